#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds, boots the guest K, and tortures the module in it (tests/torture).
#   tools/torture.sh [-s SECONDS] [OPTION...]     how long (20, or 30 on a kernel that checks much), and further
#                                                 options of pymm_torture
# On a kernel with kmemleak, leaks are looked for as well.

. "$(dirname "$0")/lib.sh"

slower=1
# shellcheck source=tools/kernels/kasan
. "$tools/kernels/$K"
seconds=20 arguments=''
if [ "$slower" != 1 ]; then
	# The arena that dies beside an unload takes its time to fill.
	set -- -o 200000 "$@"
fi
if [ "$K" = kasan ]; then
	arguments=kmemleak=on
fi
given=("$@")
while getopts s:r:p:t:a:w:o: option; do
	case $option in
	s)
		seconds=$OPTARG
		is_number "$seconds" "SECONDS"
		;;
	[rptawo]) ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# = 0 ] || die "torture has no argument $1"
"$tools/build.sh"
# Beside the rounds: boot, the end of the last round, unloading, kmemleak.
"$tools/guest.sh" -m 2G -t $((seconds + 240)) -a "$arguments" -- \
	/usr/lib/pymm/tests/torture/torture.sh -s "$seconds" "${given[@]}"
