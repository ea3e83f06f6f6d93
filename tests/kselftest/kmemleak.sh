#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs tests in a kernel booted with kmemleak=on, and fails if memory of the module is left that nothing refers to.
#   kmemleak.sh [TEST...]    those that come through every allocation and its failure, or those named; kmemleak makes
#                            what allocates several times slower, so not all of them
# With the module, kmemleak's reports name its functions; without it, what only the module's data referred to shows
# as well: so it looks twice. That kmemleak finds a leak at all, in such a run, is what "make test-selfcheck" shows.

set -euo pipefail
cd "$(dirname "$0")"
kmemleak=/sys/kernel/debug/kmemleak
tests=("$@")
if [ $# = 0 ]; then
	tests=(t_names t_program_image t_failnth)
fi
report=$(mktemp)
trap 'rm -f "$report"' EXIT
failed=0

die() {
	printf 'kmemleak.sh: %s\n' "$*" >&2
	exit 2
}

# tell WORD: kmemleak refuses all but "clear" when it is off, or has given up.
tell() {
	(echo "$1" >$kmemleak) 2>/dev/null || die "kmemleak refuses \"$1\": it is off (boot with kmemleak=on), or gave up"
}

# Reports are of objects that are older than five seconds and did not change from one scan to the next.
scan() {
	tell scan
	sleep 6
	tell scan
	tell scan
	cat $kmemleak >"$report"
}

# The reports with the module's functions in their trace: a name, or an address that is nobody's any more.
of_module() {
	awk '
		/^unreferenced object/ { if (ours) printf "%s", text; text = ""; ours = 0 }
		{ text = text $0 "\n" }
		/\[pymm\]|^ *(\[<[0-9a-fx]+>\] *)?0x[0-9a-f]+$/ { ours = 1 }
		END { if (ours) printf "%s", text }' "$report"
}

# look WHEN: one more result.
look() {
	scan
	if [ "$(of_module)" ]; then
		of_module | head -n 100
		printf 'not ok: kmemleak: %s unreferenced objects of pymm %s\n' \
			"$(of_module | grep -c '^unreferenced object')" "$1"
		failed=1
	else
		printf '# ok: kmemleak: nothing unreferenced of pymm %s (%s of others)\n' "$1" \
			"$(grep -c '^unreferenced object' "$report" || :)"
	fi
}

[ -e $kmemleak ] || die "this kernel has no kmemleak (CONFIG_DEBUG_KMEMLEAK), or no debugfs"
tell scan
echo clear >$kmemleak
# The tests load the module and unload it. Afterwards it is loaded for the names alone: usually where it was.
PYMM_PASSES=1 ./run.sh "${tests[@]}" || failed=1
insmod "${PYMM_KO:-../pymm.ko}"
look "while the module is loaded"
rmmod pymm
look "without the module"
[ $failed = 0 ]
