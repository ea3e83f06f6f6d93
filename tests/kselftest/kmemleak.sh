#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs tests in a kernel booted with kmemleak=on, and fails if memory of the module is left that nothing refers to.
#   kmemleak.sh [TEST...]    all of them, as run.sh, or those named
# That kmemleak finds a leak at all, in such a run, is what "make test-selfcheck" shows.

set -euo pipefail
cd "$(dirname "$0")"
# shellcheck source=tests/kselftest/watch.sh
. ./watch.sh
failed=0

kmemleak_tell scan >&2 || exit 2
kmemleak_tell clear
# The tests load the module and unload it.
PYMM_PASSES=1 ./run.sh "$@" || failed=1
# When kmemleak cannot be asked, what it says of that is its report.
report=$(kmemleak_reports "${PYMM_KO:-../pymm.ko}") || :
if [ "$report" ]; then
	head -n 100 <<<"$report"
	printf 'not ok: kmemleak: %s unreferenced objects of pymm\n' "$(grep -c '^unreferenced object' <<<"$report")"
	failed=1
else
	echo "# ok: kmemleak: nothing unreferenced of pymm"
fi
[ $failed = 0 ]
