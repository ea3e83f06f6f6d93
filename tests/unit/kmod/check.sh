#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs tests of the core and prints what failed, and a total. See Makefile.
#   check.sh 'TEST...' 'KERNEL-TEST...' LEFT-OUT all|some
# LEFT-OUT is the file of the kernel tests that are left out: it says what is in it. "some": these are not all of them.

set -euo pipefail

read -ra tests <<<"$1"
read -ra kernel_tests <<<"$2"
left_out=$3 which=$4
passed=0
failed=0
scratch=$(mktemp -d)
log=$scratch/log
trap 'rm -rf "$scratch"' EXIT

# A test program that ends early has failed, too: its plan is its last line.
run() {
	local status=0

	timeout 300 "$@" >"$log" 2>&1 || status=$?
	passed=$((passed + $(grep -c '^ok ' "$log" || :)))
	failed=$((failed + $(grep -c '^not ok ' "$log" || :)))
	sed -nE 's/^# (left out|skipped) - //p' "$log" >>"$scratch/left"
	if [ $status != 0 ] || ! tail -n 1 "$log" | grep -q '^1\.\.[1-9]'; then
		grep -q '^not ok ' "$log" || failed=$((failed + 1))
		echo "# ${1##*/}: status $status"
		grep '^not ok ' "$log" || :
		grep -vE '^(not ok|ok|# left out|# [0-9]+ (turns|met)) ?' "$log" | tail -n 40
	fi
}

# named [KIND]: the tests in LEFT-OUT.
named() {
	awk -v kind="${1-}" '!/^(#|$)/ && (kind == "" || $1 == kind) { print $2 }' "$left_out"
}

# same COMM-OPTION TEXT: fails when one list has names that the other has not, and says TEXT of each.
same() {
	comm "$1" <(named | sort) <(sort "$scratch/left") |
		awk -v text="$2" '{ print $1, text; found = 1 } END { exit found }'
}

# What fails is not left out, and says so itself: nothing is compared then.
left_as_named() {
	local status=0

	[ $failed = 0 ] || return 0
	same -13 "is left out or skipped: if that is meant, name it in $left_out with its reason" || status=1
	[ "$which" = some ] || same -23 "is not left out: take it out of $left_out" || status=1
	return $status
}

for test in "${tests[@]}"; do
	run "$test"
done
# They end with what they have allocated themselves.
export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
mapfile -t not_run < <(named shim)
for test in "${kernel_tests[@]}"; do
	run "$test" "${not_run[@]}"
done
left_as_named || failed=1
echo "# core in user space: $passed passed, $failed failed;" \
	"$(wc -l <"$scratch/left") kernel tests need more than the device"
[ $failed = 0 ]
