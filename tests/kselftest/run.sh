#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs the kernel tests, as root: the module is loaded, every test run, the module unloaded; then again with some of
# them, or all that were named. Meanwhile nothing may be leaked, and the kernel log may get no line but those on an
# unsigned module from outside the tree.
#   run.sh [TEST...]     all tests, or those named (t_gil), each maybe with its options ("t_gil -t fair")
# PYMM_KO names the module (default: ../pymm.ko), PYMM_PASSES how often (2), PYMM_SLOWER how many times slower than a
# stock one the kernel is (1), PYMM_BESIDE=1 that the host does other work.

cd "$(dirname "$0")" || exit 1
# shellcheck source=tests/kselftest/watch.sh
. ./watch.sh
ko=${PYMM_KO:-../pymm.ko}
passes=${PYMM_PASSES:-2}
slower=${PYMM_SLOWER:-1}
# Where all is slower, tests that were also built for 32 bits are run once: only the entry to the kernel differs. And
# nothing is compared with an interpreter there, nor does the command do all it can. What finds data races does not have
# each allocation fail and each limit reached, one after the other, nor one thread alone do what all others see. Beside
# other work nothing is asked to be quick, and the command's own work is done on one kernel.
# What has the kernel patch its code while it runs comes first: an emulated guest may die of it, and begins again.
mapfile -t tests < <(printf "%s\n" t_trace t_* | awk '!seen[$0]++')
unfit=
# In a module that will be loaded again, when all are run: where something of the kernel's could be left.
again=" t_exit t_gc t_gil t_trace t_uapi t_uapi_files "
if [ "$slower" -gt 1 ]; then
	unfit+='|32$|^t_(bench|cli|conformance|examples|gc_cmd|gil_cmd|workload).sh$'
	[[ $(uname -r) != *-kcsan* ]] || unfit+='|^t_failnth|^t_limits|^t_gc_cases$|^t_statements.sh$'
fi
if [ "${PYMM_BESIDE:-0}" = 1 ]; then
	unfit+='|^t_gc_stall$'
	[[ $(uname -r) = 6.12.* ]] || unfit+='|^t_(bench|cli|conformance|examples|gc_cmd|gil_cmd|workload).sh$'
fi
if [ $# -gt 0 ]; then
	tests=("$@")
	again=" ${*%% *} "
elif [ -n "$unfit" ]; then
	mapfile -t tests < <(printf "%s\n" "${tests[@]}" | grep -vE "${unfit#|}")
fi
log=$(mktemp) kernel_log=$(mktemp)
trap 'rm -f "$log" "$kernel_log"' EXIT
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

mount_once() {
	mountpoint -q "$2" || mount -t "$1" "$1" "$2" 2>/dev/null || :
}

# ---- what must be gone when nobody uses the module ----

unused() {
	local count

	read -r count </sys/module/pymm/refcnt
	[ "$count" = 0 ]
}

no_memory() {
	! grep -q '\[pymm\]' /proc/vmallocinfo
}

check_rest() {
	until_true 3 unused || fail "$1: the module is in use: $(cat /sys/module/pymm/refcnt)"
	until_true 3 no_memory || fail "$1: memory is left: $(grep -m 3 '\[pymm\]' /proc/vmallocinfo)"
}

# ---- a test ----

# read_totals: result, by kind, is what the last line of the test says. Processes are dear where all is slower: this
# starts none.
declare -A result
read_totals() {
	local line words kind

	result=([pass]=0 [xfail]=0 [fail]=0 [xpass]=0 [error]=0 [skip]=0)
	while read -r line; do
		[[ $line = "# Totals: "* ]] && words=${line#"# Totals: "}
	done <"$log"
	[ "${words-}" ] || return
	for kind in $words; do
		result[${kind%:*}]=${kind#*:}
	done
}

# The harness says everything three times.
print_log() {
	local line uninteresting='^# +(RUN|OK|FAIL) |^# (Starting|PASSED|FAILED|Totals)'

	while IFS= read -r line; do
		[[ $line =~ $uninteresting ]] || printf '%s\n' "$line"
	done <"$log"
}

# run_test PROGRAM [OPTION...]
run_test() {
	local status=0 start=${EPOCHREALTIME/./} name=${1#./} tenths

	timeout -k 5 $((180 * slower)) "$@" >"$log" 2>&1 || status=$?
	if ! read_totals; then
		cat "$log"
		fail "$name printed no result (status $status)"
		return
	fi
	print_log
	passed=$((passed + result[pass] + result[xfail]))
	failed=$((failed + result[fail] + result[xpass] + result[error]))
	skipped=$((skipped + result[skip]))
	if [ $((result[pass] + result[xfail] + result[fail] + result[skip])) = 0 ]; then
		fail "$1 has no such test: ${*:2}"
	fi
	if [ $status != 0 ] && [ "${result[fail]}" = 0 ]; then
		fail "$name ended with status $status"
	fi
	tenths=$(((${EPOCHREALTIME/./} - start) / 100000))
	say "$name: ${result[pass]} passed, ${result[fail]} failed, ${result[skip]} skipped, $((tenths / 10)).$((tenths % 10)) s"
	check_rest "$name"
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
		[[ $1 = "$passes" || $again = *" ${words[0]} "* ]] || continue
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
rmmod pymm 2>/dev/null
log_begin "$kernel_log"
for ((pass = 1; pass <= passes; pass++)); do
	run_pass "$pass"
done
check_missing
lines=$(log_unexpected)
if [ "$lines" = "" ]; then
	ok "the kernel log"
else
	head -n 100 <<<"$lines"
	fail "the kernel log has new lines"
fi
[ $skipped = 0 ] || more=", $skipped skipped"
echo "$passed passed, $failed failed${more:-}"
[ $failed = 0 ]
