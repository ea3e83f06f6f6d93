#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs tests of the core and prints what failed, and a total. See Makefile.
#   check.sh 'TEST...' 'KERNEL-TEST...' 'NAME-LEFT-OUT...'

set -euo pipefail

read -ra tests <<<"$1"
read -ra kernel_tests <<<"$2"
read -ra left_out <<<"$3"
passed=0
failed=0
left=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# A test program that ends early has failed, too: its plan is its last line.
run() {
	local status=0

	timeout 300 "$@" >"$log" 2>&1 || status=$?
	passed=$((passed + $(grep -c '^ok ' "$log" || :)))
	failed=$((failed + $(grep -c '^not ok ' "$log" || :)))
	left=$((left + $(grep -cE '^# (left out|skipped) ' "$log" || :)))
	if [ $status != 0 ] || ! tail -n 1 "$log" | grep -q '^1\.\.[1-9]'; then
		grep -q '^not ok ' "$log" || failed=$((failed + 1))
		echo "# ${1##*/}: status $status"
		grep -vE '^(ok|# left out) ' "$log" | tail -n 40
	fi
}

for test in "${tests[@]}"; do
	run "$test"
done
# They end with what they have allocated themselves.
export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
for test in "${kernel_tests[@]}"; do
	run "$test" "${left_out[@]}"
done
echo "# core in user space: $passed passed, $failed failed; $left kernel tests need more than the device"
[ $failed = 0 ]
