#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds, and runs a pass over one file of the kernel tests in a guest that is restored from a snapshot.
#   tools/quick.sh TEST [OPTION...]      t_gc, t_gc -t ring_of_1000

. "$(dirname "$0")/lib.sh"
[ $# -gt 0 ] || die "make quick T=t_gc, or T='t_gc -t ring_of_1000', names the test; there are: $(tests | xargs)"
are_tests "$1"
# A test that is not there is known without a guest.
source=$tree/tests/kselftest/${1%32}.c
if [ "${2-}" = -t ] && [ -e "$source" ]; then
	there=$(sed -nE 's/^TEST(_F)?\(([a-z0-9_]+, )?([a-z0-9_]+)\).*/\3/p' "$source")
	grep -qxF -e "${3-}" <<<"$there" || die "$1 has no test '${3-}', only: $(xargs <<<"$there")"
fi
[[ ${2--t} = -* ]] || die "one file of tests at a time: $2 is none of the options of $1"
need_root "$@"
"$tools/build.sh"
exec "$tools/guest.sh" -q -t 600 -- env PYMM_PASSES=1 /usr/lib/pymm/tests/run.sh "$*"
