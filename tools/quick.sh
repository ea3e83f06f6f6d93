#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds, and runs a pass over one file of the kernel tests in a guest that is restored from a snapshot.
#   tools/quick.sh TEST [OPTION...]      t_gc, t_gc -t whole

. "$(dirname "$0")/lib.sh"
[ $# -gt 0 ] || die "make quick T=t_gc, or T='t_gc -t whole', names the test"
need_root "$@"
"$tools/build.sh"
exec "$tools/guest.sh" -q -t 600 -- env PYMM_PASSES=1 /usr/lib/pymm/tests/run.sh "$*"
