#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tortures the module in a guest, as root: loads it, runs pymm_torture with these arguments, unloads it. Besides what
# that finds, the kernel log may get no line but those on a module from outside the tree and on the process that is
# killed for its memory, and kmemleak, where the kernel has it and it is on, may find nothing.
#   torture.sh [OPTION...]     options of pymm_torture
# PYMM_KO names the module (default: ../../pymm.ko).

set -euo pipefail
cd "$(dirname "$0")"
ko=$(realpath "${PYMM_KO:-../../pymm.ko}")
kmemleak=/sys/kernel/debug/kmemleak
marker="pymm-torture $$: begin"
failed=0

fail() {
	failed=$((failed + 1))
	printf 'not ok: %s\n' "$1"
}

# until_true SECONDS COMMAND...: tries until it succeeds.
until_true() {
	local tries=$(($1 * 20))
	shift
	while ! "$@" 2>/dev/null; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
}

# The report of an OOM kill goes from "invoked" to "Killed process", and belongs to whoever was in the small cgroup.
unexpected() {
	dmesg | awk -v marker="$marker" '
		index($0, marker) { found = 1; next }
		!found { next }
		/pymm: loading out-of-tree module taints kernel/ { next }
		/pymm: module verification failed: signature and.or required key missing/ { next }
		# An emulated processor that the host did not run for a while.
		/hrtimer: interrupt took [0-9]+ ns/ { next }
		/\] (clocksource|tsc|sched_clock): / { next }
		/pymm_hungry invoked oom-killer/ { oom = 1 }
		/Memory cgroup out of memory: Killed process [0-9]+ \(pymm_hungry\)/ { oom = 0; next }
		/oom_reaper: reaped process [0-9]+ \(pymm_hungry\)/ { next }
		!oom { print }
		END { if (!found) print "the kernel log was overwritten" }'
}

# Kmemleak reports what is older than five seconds and did not change from one scan to the next. While the module is
# loaded its functions have names; those of a module that was unloaded meanwhile are addresses that are nobody's.
leaks() {
	sleep 6
	echo scan >"$kmemleak"
	echo scan >"$kmemleak"
	grep -E -B 12 '\[pymm\]|^ *(\[<[0-9a-fx]+>\] *)?0x[0-9a-f]+$' "$kmemleak"
}

if [ "$(id -u)" != 0 ]; then
	echo "torture.sh: this needs root, in a guest" >&2
	exit 2
fi
rmmod pymm 2>/dev/null || :
echo "$marker" >/dev/kmsg
insmod "$ko"
status=0
./pymm_torture -k "$ko" "$@" || status=$?
[ $status = 0 ] || fail "pymm_torture ended with status $status"
# Where kmemleak is off, it cannot be told to scan.
if { echo scan >"$kmemleak"; } 2>/dev/null; then
	found=$(leaks || :)
	if [ "$found" ]; then
		head -n 150 <<<"$found"
		fail "kmemleak found leaks"
	else
		echo "# kmemleak found none"
	fi
fi
until_true 10 rmmod pymm || fail "rmmod: $(cat /sys/module/pymm/refcnt) users"
if grep -q '\[pymm\]' /proc/vmallocinfo; then
	fail "memory is left"
fi
lines=$(unexpected)
if [ "$lines" ]; then
	head -n 150 <<<"$lines"
	fail "the kernel log has new lines"
fi
[ $failed = 0 ]
