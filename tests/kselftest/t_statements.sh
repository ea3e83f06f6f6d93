#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The statements of the reference, as programs: each prints what CPython 3.13 printed when this was built.

directory=$(cd "$(dirname "$0")/conformance" && pwd) || exit 1
# shellcheck source=tests/kselftest/expect.sh
. "$(dirname "$0")/expect.sh"

# statements NAME [OPTION]: the programs that are run with that option of run_device.
statements() {
	local programs

	mapfile -t programs <"$directory/recorded/programs${2-}.txt"
	(cd "$directory/recorded" && "$directory/run_device" ${2+"$2"} "${programs[@]}") >seen 2>&1 || :
	check "$1" diff "$directory/recorded/expected${2-}.txt" seen
}

statements collections
statements no_collections -d
totals
