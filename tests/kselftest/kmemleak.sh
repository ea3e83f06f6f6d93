#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs tests in a kernel booted with kmemleak=on, and fails if memory of the module is left that nothing refers to.
#   kmemleak.sh [TEST...]    all of them, as run.sh, or those named
# With the module, kmemleak's reports name its functions; without it, what only the module's data referred to shows
# as well: so it looks twice. That kmemleak finds a leak at all, in such a run, is what "make test-selfcheck" shows.

set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/kselftest/watch.sh
. ./watch.sh
failed=0

# look WHEN: one more result. When kmemleak cannot be asked, what it says of that is its report.
look() {
	local report

	report=$(kmemleak_reports) || :
	if [ "$report" ]; then
		head -n 100 <<<"$report"
		printf 'not ok: kmemleak: %s unreferenced objects of pymm %s\n' \
			"$(grep -c '^unreferenced object' <<<"$report")" "$1"
		failed=1
	else
		printf '# ok: kmemleak: nothing unreferenced of pymm %s\n' "$1"
	fi
}

kmemleak_tell scan >&2 || exit 2
kmemleak_tell clear
# The tests load the module and unload it. Afterwards it is loaded for the names alone: usually where it was.
PYMM_PASSES=1 ./run.sh "$@" || failed=1
insmod "${PYMM_KO:-../pymm.ko}"
look "while the module is loaded"
rmmod pymm
look "without the module"
[ $failed = 0 ]
