#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The statements of the reference, as programs: each prints what CPython 3.13 printed when this was built.

directory=$(cd "$(dirname "$0")/conformance" && pwd) || exit 1
# shellcheck source=tests/kselftest/expect.sh
. "$(dirname "$0")/expect.sh"

mapfile -t programs <"$directory/recorded/programs.txt"
(cd "$directory/recorded" && "$directory/run_device" "${programs[@]}") >seen 2>&1 || :
check statements diff "$directory/recorded/expected.txt" seen
totals
