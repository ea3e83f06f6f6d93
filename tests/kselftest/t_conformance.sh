#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The same programs and cases of the collector, made at random, on CPython 3.13 and on the module that is loaded.
# "make conformance" runs many more.

directory=$(cd "$(dirname "$0")/conformance" && pwd) || exit 1
# shellcheck source=tests/kselftest/expect.sh
. "$(dirname "$0")/expect.sh"

if ! command -v python3 >/dev/null; then
	result skip random "no python3"
	result skip cases "no python3"
else
	check random python3 -B "$directory/generate.py" --steps 300 --seed 2
	check cases python3 -B "$directory/cases_random.py" --steps 200 --seed 2
fi
totals
