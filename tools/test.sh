#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds, and runs the kernel tests in a guest (tests/kselftest/run.sh).
#   tools/test.sh [-b] [-p PASSES] [TEST...]
#   tools/test.sh [-b] -l [TEST...]        one pass, on a kernel with kmemleak, which looks for leaks after it
#   -b: beside other work of the host: what compares times is skipped

. "$(dirname "$0")/lib.sh"
need_root "$@"
passes=2 leaks='' beside=''
tests=/usr/lib/pymm/tests
while getopts bp:l option; do
	case $option in
	b) beside=1 ;;
	p) passes=$OPTARG ;;
	l) leaks=y ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
are_tests "$@"
"$tools/build.sh"
if [ "$leaks" ]; then
	exec "$tools/guest.sh" -t 600 -a kmemleak=on -- env "PYMM_BESIDE=$beside" $tests/kmemleak.sh "$@"
fi
exec "$tools/guest.sh" -t 600 -- env "PYMM_BESIDE=$beside" "PYMM_PASSES=$passes" $tests/run.sh "$@"
