#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Are the detectors alive? Builds the module once with each defect of kmod/defect.h, runs a test with it, and passes
# only if the right detector reports the defect. One defect a boot: lockdep goes quiet after another report.
#   tools/selfcheck.sh [DEFECT...]

. "$(dirname "$0")/lib.sh"
need_root "$@"

tests=/usr/lib/pymm/tests
once="env PYMM_PASSES=1 $tests/run.sh"
passed=0 failed=0

# DEFECT|kernel|kernel arguments|command in the guest, which must fail|what must be found: in the console's log, or
# ("say:") in what the command printed. The kernels "user" and "beside" are none: the core in user space, whose tests
# walk the heap, or which runs programs beside CPython.
defects() {
	cat <<-END
		USE_AFTER_FREE|kasan||$once t_immutable|BUG: KASAN: slab-use-after-free in pymm_defect_
		OUT_OF_BOUNDS|kasan||$once t_immutable|BUG: KASAN: slab-out-of-bounds in pymm_defect_
		SHIFT|kasan||$once t_immutable|UBSAN: shift-out-of-bounds in .*kmod/defect.c
		DEADLOCK|kasan||$once t_immutable|WARNING: possible circular locking dependency detected
		SLEEP|kasan||$once t_immutable|BUG: sleeping function called from invalid context at kernel/locking/mutex.c
		LEAK|kasan|kmemleak=on|$tests/kmemleak.sh t_immutable|say:unreferenced objects of pymm
		DATA_RACE|kcsan||$once t_gil|BUG: KCSAN: data-race in pymm_defect_
		LOST_REFERENCE|user||t_refcount|say:walk: the dict [0-9]+ has an entry [0-9]+ of dead objects
		WRONG_COUNT|beside||-n 4000 -s 1|say:^  [+]\[[0-9, ]+\] \[
		WRONG_ORDER|beside||-n 4000 -s 1|say:^  [+](del|unbind|new|resurrect|enter|callback) .*
		NO_INTERNING|beside||-n 4000 -s 1|say:^  [+](True|False|[[][0-9]+).*
		GIL_TWO|6.12||$tests/torture/torture.sh|say:two holders
	END
}

# run_defect DEFECT KERNEL ARGUMENTS COMMAND OUTPUT CONSOLE: the status of the command with the defect built in.
run_defect() {
	case $2 in
	user)
		# shellcheck disable=SC2016 # for make
		"$tools/build.sh" check-core TESTS= KT_TESTS='$(BUILD)/kselftest/'"$4" PYMM_DEFECT="$1" >"$5" 2>&1
		;;
	beside)
		# shellcheck disable=SC2086 # words
		B=defect-$1 "$tools/conformance.sh" native $4 >"$5" 2>&1
		;;
	*)
		K=$2 B=defect-$1 "$tools/build.sh" &&
			K=$2 B=defect-$1 "$tools/guest.sh" -t 600 -c "$6" -a "$3" -- bash -c "$4" >"$5"
		;;
	esac
}

# check DEFECT KERNEL ARGUMENTS COMMAND REPORT
check() {
	local console=$logs/selfcheck-$1-$tree_key.console output=$logs/selfcheck-$1-$tree_key.out status=0
	local found report=${5#say:}

	rm -f "$console" "$output"
	run_defect "$1" "$2" "$3" "$4" "$output" "$console" || status=$?
	[ "$report" = "$5" ] || console=$output
	[ -e "$console" ] || die "the guest or the build of $1 did not begin (status $status)"
	found=$(grep -m 1 -oE "($report).*" "$console") || :
	if [ "$status" != 0 ] && [ "$found" ]; then
		say selfcheck "$1: reported on $2: $found"
		return
	fi
	tail -n 20 "$output" | sed 's/^/    /' >&2
	say selfcheck "$1: NOT reported on $2 (status $status): no \"$report\" in $console"
	return 1
}

for name; do
	defects | grep -q "^$name|" || die "there is no defect $name, only: $(defects | cut -d '|' -f 1 | xargs)"
done
# All defects are built in one place.
lock "$logs/selfcheck-$tree_key.lock"
while IFS='|' read -r -u 3 defect kernel arguments command report; do
	if [ $# -gt 0 ] && [[ " $* " != *" $defect "* ]]; then
		continue
	fi
	if check "$defect" "$kernel" "$arguments" "$command" "$report"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done 3< <(defects)
echo "$passed passed, $failed failed"
[ $failed = 0 ] && [ $passed -gt 0 ]
