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

# interrupted NAME TASKS OPTION...: SIGINT ends it, whatever its threads do, as soon as it has so many tasks. It knows of
# the signal then.
interrupted() {
	local status=0 pid name=$1 wanted=$2 tasks
	shift 2

	pymm "${threads[@]}" "$@" >stdout 2>stderr </dev/null &
	pid=$!
	while tasks=("/proc/$pid/task/"*) && [ -e "/proc/$pid/task" ] && [ ${#tasks[@]} -lt "$wanted" ]; do
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
misused no_runs "--runs: --mode io measures once: give -s SECONDS for longer" --mode io --runs 2
misused too_many_pings "-n: that is too large for --mode io: at most 1000000" --mode io -n 1_000_001
misused no_think "--think: nothing is waited for in --mode cpu: leave it out" --think 1
misused mixed_turns "-n: --mode mixed runs for a time: give -s SECONDS instead" --mode mixed -n 5
misused mixed_runs "--runs: --mode mixed measures once: give -s SECONDS for longer" --mode mixed --runs 2
misused mixed_threads "-t: --mode mixed wants at least 2 threads" --mode mixed -t 1

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
interrupted cpu 2 -s 3600

# ---- io ----
expect io 0 "A ping: release the GIL, write a byte, read it 500 us later, take the GIL
policy cpython, switch interval 5.00 ms, check points: backward jumps
*
spinners    pings *
       0        5 * -
       1        5 *%
       2        5 *%" "" "${threads[@]}" --mode io -n 5 --think 500
expect_json json_io 0 "d['mode'] == 'io' and d['policy'] == 'cpython' and d['threads'] == 2 and d['think_ns'] == 0 and
d['switch_interval_ns'] == 1000000 and not d['check_all'] and [r['spinners'] for r in d['rows']] == [0, 1, 2] and
all(r['pings'] > 0 and 10 ** 9 <= r['pings_ns'] <= r['spinner_ns'] and r['median_ns'] <= r['p99_ns'] <= r['max_ns'] and
r['pings_per_second'] == r['pings'] * 10 ** 9 / r['pings_ns'] for r in d['rows']) and
[r['throughput'] is None for r in d['rows']] == [True, False, False] and d['rows'][0]['alone_steps'] == 0 and
all(r['throughput'] > 0 and r['spinner_steps'] > 0 and r['alone_steps'] > 0 for r in d['rows'][1:])" \
	"${threads[@]}" --mode io -s 1 -i 1000 --think 0
# The convoy: who comes back beside one that computes waits for an interval, here a long one; or, under io-boost, does not.
for policy in cpython fifo; do
	expect_json "convoy_$policy" 0 "d['rows'][1]['pings'] == 5 and d['rows'][1]['median_ns'] >= 3 * 10 ** 8" \
		"${threads[@]}" --mode io -t 1 -n 5 -i 300_000 --policy $policy
done
expect_json convoy_io-boost 0 "d['rows'][1]['pings'] == 5 and d['rows'][1]['median_ns'] < 3 * 10 ** 8" \
	"${threads[@]}" --mode io -t 1 -n 5 -i 300_000 --policy io-boost
interrupted io 3 --mode io -s 3600
# In its second row, where the GIL is to be had in an hour.
interrupted io_convoy 4 --mode io -n 1 -i 3600_000_000

# ---- mixed ----
# For so long that it says how far it is.
expect mixed 0 "Threads that compute: 2; that count to 100 and sleep 20.0 ms in turn: 1; for 1[1-9].[0-9] s
policy cpython, switch interval 5.00 ms, check points: backward jumps

  thread *
       1 computes *
       2 computes *
       3 sleeps *" "running ... 1* s" "${threads[@]}" --mode mixed -s 11 -t 3 --think 20_000
for policy in cpython fifo io-boost; do
	expect_json "json_mixed_$policy" 0 "d['mode'] == 'mixed' and d['policy'] == '$policy' and d['threads'] == 4 and
d['sleep_ns'] == 2000000 and d['check_all'] and d['ns'] >= 10 ** 9 and
[m['does'] for m in d['members']] == ['computes'] * 2 + ['sleeps'] * 2 and
['sleeps' in m for m in d['members']] == [False] * 2 + [True] * 2 and
all(m['steps'] > 0 and m['hold_ns'] > 0 for m in d['members']) and
all(m['sleeps'] > 0 and m['holds'] >= m['sleeps'] for m in d['members'][2:])" \
		"${threads[@]}" --mode mixed -t 4 --think 2000 --check-all --policy $policy
done
interrupted mixed 3 --mode mixed -s 3600
interrupted mixed_asleep 3 --mode mixed -s 3600 --think 3600_000_000

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
interrupted race 3 --mode race -s 3600 -i 50
interrupted lock 3 --mode lock -s 3600 -i 50

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
interrupted multi 2 --mode multi -s 3600

totals
