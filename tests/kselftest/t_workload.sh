#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pymm workload threads: what each mode does and says, with numbers as small as can be. Times mean little here: what is
# asked of them holds on a slow and busy machine, too.

# shellcheck source=tests/kselftest/expect.sh
. "$(dirname "$0")/expect.sh"

threads=(workload threads)

echo "TAP version 13"

# misused NAME MESSAGE OPTION...: status 2, and what to do instead.
misused() {
	expect "$1" 2 "" "pymm: $2
See 'pymm workload help'." "${threads[@]}" "${@:3}"
}

# interrupted NAME OPTION...: SIGINT ends it, whatever its threads do. They are there when it knows of the signal.
interrupted() {
	local status=0 pid name=$1
	shift

	pymm "${threads[@]}" "$@" >stdout 2>stderr </dev/null &
	pid=$!
	while tasks=("/proc/$pid/task/"*) && [ -e "/proc/$pid/task" ] && [ ${#tasks[@]} -lt 2 ]; do
		sleep 0.1
	done
	kill -INT $pid
	wait $pid || status=$?
	if [ $status = 130 ] && [ ! -s stdout ] && ! grep -v ' \.\.\. ' stderr; then
		result ok "interrupted_$name"
	else
		echo "# status $status: $(cat stdout stderr)"
		result fail "interrupted_$name"
	fi
}

misused unknown_mode "--mode: unknown value 'none': there are cpu*" --mode none
misused unknown_policy "--policy: unknown value 'fido' (did you mean fifo[?])" --policy fido
misused turns_and_seconds "-n and -s cannot be had together: give one of them" -n 1 -s 1

# ---- cpu ----
expect cpu 0 "3 threads, each: n = 1000; while n > 0: n -= 1
policy io-boost, switch interval 5.00 ms, check points: backward jumps
*
  median *
The median run: *
The threads held the GIL for *" "" "${threads[@]}" -t 3 -n 1000 --runs 1 --policy io-boost
for policy in cpython fifo io-boost; do
	expect_json "json_cpu_$policy" 0 "d['mode'] == 'cpu' and d['policy'] == '$policy' and d['threads'] == 3 and
d['turns'] == 1000 and d['switch_interval_ns'] == 7000000 and d['check_all'] and
d['best']['ratio'] > 0 and d['median']['serial_ns'] > 0 and d['median']['threads_ns'] > 0 and len(d['runs']) == 2 and
all(r['hold_ns'] == sum(m['hold_ns'] for m in r['members']) and 'share_ratio' in r and
[m['steps'] for m in r['members']] == [6005] * 3 for r in d['runs'])" \
		"${threads[@]}" -t 3 -n 1000 -i 7000 --runs 2 --check-all --policy $policy
done
# Of equal threads none gets much more than another. On a machine that does nothing else it is a tenth.
expect_json fair 0 "all(1 <= r['share_ratio'] < 4 and r['forced_switches'] == 0 and r['switches'] > 16 for r in d['runs'])" \
	"${threads[@]}" --mode cpu -t 8 -s 2 --runs 1 --policy fifo
interrupted cpu -s 3600

# ---- race, lock ----
expect race 0 "2 threads, each 20000 times: counter += 1
policy cpython, switch interval 50.0 us

check points *
backward jumps       1        40000        40000            0   0.0% *
all instructions     1        40000 *" "" "${threads[@]}" --mode race -n 20000 -i 50 --runs 1
for policy in cpython fifo io-boost; do
	expect_json "json_race_$policy" 0 "d['mode'] == 'race' and d['policy'] == '$policy' and d['turns'] == 20000 and
d['updates'] == 40000 and [s['check_all'] for s in d['settings']] == [False, True] and
[r['counter'] for r in d['settings'][0]['runs']] == [40000] * 2 and d['settings'][0]['lost'] == 0 and
d['settings'][1]['lost'] > 0 and all(sum(r['lost'] for r in s['runs']) == s['lost'] and
all(r['counter'] + r['lost'] == 40000 and r['ns'] > 0 for r in s['runs']) for s in d['settings'])" \
		"${threads[@]}" --mode race -n 20000 -i 50 --runs 2 --policy $policy
	expect_json "json_lock_$policy" 0 "d['mode'] == 'lock' and d['policy'] == '$policy' and d['updates'] == 9000 and
[s['check_all'] for s in d['settings']] == [False, True] and all(s['lost'] == 0 and s['price'] > 0 and
all(r['counter'] == 9000 and r['price'] == r['ns'] / r['unlocked_ns'] for r in s['runs']) for s in d['settings']) and
d['settings'][0]['runs'][0]['unlocked_lost'] == 0" \
		"${threads[@]}" --mode lock -t 3 -n 3000 -i 50 --runs 1 --policy $policy
done
expect_json race_check_all 0 "[s['check_all'] for s in d['settings']] == [True] and d['settings'][0]['lost'] > 0" \
	"${threads[@]}" --mode race -n 20000 -i 50 --check-all
expect_json race_alone 0 "[s['lost'] for s in d['settings']] == [0, 0]" "${threads[@]}" --mode race -t 1 -n 1000
expect lock 0 "2 threads, each 1000 times: with lock: counter += 1
*
check points * no lock  price
all instructions     1         2000         2000            0   0.0% *" "" \
	"${threads[@]}" --mode lock -n 1000 -i 50 --runs 1 --check-all
interrupted race --mode race -s 3600 -i 50
interrupted lock --mode lock -s 3600 -i 50

# ---- multi ----
expect multi 0 "3 threads, each in an arena of its own: n = 1000; while n > 0: n -= 1
policy cpython, switch interval 5.00 ms, [0-9]* CPUs
*
     run     one by one        at once  speedup
       1 *
       2 *
    best *
  median *" "" "${threads[@]}" --mode multi -t 3 -n 1000 --runs 2
expect_json json_multi 0 "d['mode'] == 'multi' and d['policy'] == 'fifo' and d['threads'] == 3 and d['turns'] == 1000 and
d['switch_interval_ns'] == 9000000 and not d['check_all'] and d['cpus'] > 0 and len(d['runs']) == 3 and
all(r['serial_ns'] > 0 and r['parallel_ns'] > 0 and r['speedup'] == r['serial_ns'] / r['parallel_ns']
for r in [d['best'], d['median']] + d['runs'])" \
	"${threads[@]}" --mode multi -t 3 -n 1000 -i 9000 --policy fifo
interrupted multi --mode multi -s 3600

totals
