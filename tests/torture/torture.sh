#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Tortures the module in a guest, as root: loads it, runs pymm_torture with these arguments, unloads it. Besides what
# that finds, the kernel log may get no line that ../watch.sh does not expect, and kmemleak, when the kernel was booted
# with kmemleak=on, may find nothing.
#   torture.sh [OPTION...]     options of pymm_torture
# PYMM_KO names the module (default: ../../pymm.ko).

set -euo pipefail
cd "$(dirname "$0")"
ko=$(realpath "${PYMM_KO:-../../pymm.ko}")
# shellcheck source=tests/kselftest/watch.sh
. ../watch.sh
kernel_log=$(mktemp)
trap 'rm -f "$kernel_log"' EXIT
failed=0

fail() {
	failed=$((failed + 1))
	printf 'not ok: %s\n' "$1"
}

if [ "$(id -u)" != 0 ]; then
	echo "torture.sh: this needs root, in a guest" >&2
	exit 2
fi
rmmod pymm 2>/dev/null || :
log_begin "$kernel_log"
insmod "$ko"
status=0
./pymm_torture -k "$ko" "$@" || status=$?
[ $status = 0 ] || fail "pymm_torture ended with status $status"
if kmemleak_wanted; then
	found=$(kmemleak_reports '') || :
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
lines=$(log_unexpected)
if [ "$lines" ]; then
	head -n 150 <<<"$lines"
	fail "the kernel log has new lines"
fi
[ $failed = 0 ]
