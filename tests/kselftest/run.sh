#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs the kernel tests, as root: twice the module is loaded, every test run, the module unloaded. Meanwhile nothing
# may be leaked, and the kernel log may get no line but those on an unsigned module from outside the tree.
#   run.sh [TEST...]     all tests, or those named (t_gil), each maybe with its options ("t_gil -t fair")
# PYMM_KO names the module (default: ../pymm.ko), PYMM_PASSES how often (2), PYMM_SLOWER how many times slower than a
# stock one the kernel is (1).

cd "$(dirname "$0")" || exit 1
ko=${PYMM_KO:-../pymm.ko}
passes=${PYMM_PASSES:-2}
slower=${PYMM_SLOWER:-1}
# Where all is slower, tests that were also built for 32 bits are run once: only the entry to the kernel differs.
tests=(t_*)
if [ $# -gt 0 ]; then
	tests=("$@")
elif [ "$slower" -gt 1 ]; then
	mapfile -t tests < <(printf "%s\n" t_* | grep -v "32$")
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
passed=0 failed=0 skipped=0

say() {
	printf '# %s\n' "$*"
}

ok() {
	passed=$((passed + 1))
	say "ok: $1"
}

fail() {
	failed=$((failed + 1))
	printf 'not ok: %s\n' "$1"
}

# until SECONDS COMMAND...: tries until it succeeds.
until_true() {
	local tries=$(($1 * 20))
	shift
	while ! "$@" 2>/dev/null; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
}

mount_once() {
	mountpoint -q "$2" || mount -t "$1" "$1" "$2" 2>/dev/null || :
}

# ---- what the kernel says ----

marker="pymm-tests $$: begin"

# Nothing is expected but the taint of the module, what the memory cgroup tests provoke, that an emulated interrupt or
# clock was slow, and data races of the kernel alone: in its console too, when it prints that our memory is out. KCSAN ends a
# report by a line of "=". Where t_failnth has an allocation of files fail, the allocator says so.
unexpected() {
	dmesg | awk -v marker="$marker" '
		function report_end() {
			if (ours && report !~ / (vprintk|console_[a-z_]+|hvc_[a-z_]+)\+/)
				printf "%s", report
			report = ""
			ours = interrupted = 0
		}
		index($0, marker) { found = 1; next }
		!found { next }
		/BUG: KCSAN: / { report_end(); report = $0 "\n"; ours = /\[pymm\]/; next }
		/\] =====+$/ { report_end(); next }
		report != "" {
			report = report $0 "\n"
			# Below it stands what was interrupted.
			interrupted = /asm_sysvec|asm_common_interrupt/ || (interrupted && /\+0x/)
			ours = ours || (!interrupted && /\[pymm\]/)
			next
		}
		/pymm: loading out-of-tree module taints kernel/ { next }
		/pymm: module verification failed: signature and.or required key missing/ { next }
		/hrtimer: interrupt took [0-9]+ ns/ { next }
		/\] (clocksource|tsc|sched_clock): / { next }
		/ SLUB: Unable to allocate memory on CPU / { next }
		/\]   (cache: .*, object size: |node [0-9]+: slabs: )/ { next }
		/t_limits invoked oom-killer/ { oom = 1 }
		/Memory cgroup out of memory: Killed process [0-9]+ \(t_limits\)/ { oom = 0; next }
		/oom_reaper: reaped process [0-9]+ \(t_limits\)/ { next }
		!oom { print }
		END {
			report_end()
			if (!found)
				print "the kernel log was overwritten"
		}'
}

# ---- what must be gone when nobody uses the module ----

unused() {
	[ "$(cat /sys/module/pymm/refcnt)" = 0 ]
}

no_memory() {
	! grep -q '\[pymm\]' /proc/vmallocinfo
}

check_rest() {
	until_true 3 unused || fail "$1: the module is in use: $(cat /sys/module/pymm/refcnt)"
	until_true 3 no_memory || fail "$1: memory is left: $(grep -m 3 '\[pymm\]' /proc/vmallocinfo)"
}

# ---- a test ----

# total pass: so many passed, as the last line of the test says.
total() {
	local number

	number=$(sed -n "s/^# Totals:.* $1:\\([0-9]*\\).*/\\1/p" "$log" | tail -n 1)
	echo "${number:-0}"
}

# run_test PROGRAM [OPTION...]
run_test() {
	local status=0 start=$EPOCHREALTIME name=${1#./}

	timeout -k 5 $((180 * slower)) "$@" >"$log" 2>&1 || status=$?
	if ! grep -q '^# Totals:' "$log"; then
		cat "$log"
		fail "$name printed no result (status $status)"
		return
	fi
	# The harness says everything three times.
	grep -vE '^# +(RUN|OK|FAIL) |^# (Starting|PASSED|FAILED|Totals)' "$log"
	passed=$((passed + $(total pass) + $(total xfail)))
	failed=$((failed + $(total fail) + $(total xpass) + $(total error)))
	skipped=$((skipped + $(total skip)))
	if [ $(($(total pass) + $(total xfail) + $(total fail) + $(total skip))) = 0 ]; then
		fail "$1 has no such test: ${*:2}"
	fi
	if [ $status != 0 ] && [ "$(total fail)" = 0 ]; then
		fail "$name ended with status $status"
	fi
	say "$name: $(total pass) passed, $(total fail) failed, $(total skip) skipped, $(awk "BEGIN {
		printf \"%.1f\", $EPOCHREALTIME - $start }") s"
	check_rest "$name"
}

# KCSAN watches when told; what it has seen of other parts of the kernel is not ours.
watch_races() {
	[ ! -e /sys/kernel/debug/kcsan ] || echo on >/sys/kernel/debug/kcsan
}

run_pass() {
	local test words

	say "pass $1"
	if ! insmod "$ko"; then
		fail "insmod $ko"
		return
	fi
	if ! until_true 2 test -c /dev/pymm; then
		fail "no /dev/pymm"
		return
	fi
	for test in "${tests[@]}"; do
		read -ra words <<<"$test"
		[ -e "${words[0]}" ] || words[0]+=.sh
		run_test "./${words[0]}" "${words[@]:1}"
	done
	# What BPF and probes held is let go a little later.
	if until_true 5 rmmod pymm; then
		ok "rmmod"
	else
		fail "rmmod"
	fi
	if grep -q pymm /proc/slabinfo; then
		fail "slab caches are left"
	fi
}

# Without the module, the command says what to do.
check_missing() {
	local status=0

	command -v pymm >/dev/null || return 0
	pymm feature >"$log" 2>&1 || status=$?
	if [ $status = 1 ] && grep -q 'pymm.ko is not loaded: ' "$log"; then
		ok "pymm without the module"
	else
		cat "$log"
		fail "pymm without the module"
	fi
}

if [ "$(id -u)" != 0 ]; then
	echo "run.sh: this needs root, in a guest" >&2
	exit 2
fi
mount_once tracefs /sys/kernel/tracing
mount_once bpf /sys/fs/bpf
mount_once cgroup2 /sys/fs/cgroup
mount_once debugfs /sys/kernel/debug
watch_races
rmmod pymm 2>/dev/null
echo "$marker" >/dev/kmsg
for ((pass = 1; pass <= passes; pass++)); do
	run_pass "$pass"
done
check_missing
if [ "$(unexpected)" = "" ]; then
	ok "the kernel log"
else
	unexpected | head -n 100
	fail "the kernel log has new lines"
fi
[ $skipped = 0 ] || more=", $skipped skipped"
echo "$passed passed, $failed failed${more:-}"
[ $failed = 0 ]
