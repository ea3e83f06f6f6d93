#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pymm gil: arenas of other processes whose threads do nothing, hold the GIL, wait for it and for locks, or for each
# other; rights, other users; and what is set.

# shellcheck source=tests/kselftest/processes.sh
. "$(dirname "$0")/processes.sh"

# run_threads FIRST [TEXT...]: $pid has an arena with these.
run_threads() {
	run "$tests/run_threads" "$@" >program.out 2>program.err
}

# until_gil PATTERN [NUMBER]: until so many lines (1) that are shown of $pid have it.
until_gil() {
	local i

	for ((i = 0; i < 600; i++)); do
		[ "$(pymm gil -p "$pid" 2>/dev/null | grep -c -- "$1")" != "${2-1}" ] || return 0
		sleep 0.05
	done
	echo "# no ${2-1} lines $1 of process $pid:"
	pymm gil -p "$pid" 2>&1 | sed 's/^/# /'
	return 1
}

# id_of NAME: of the object that it is bound to in the arena of $pid.
id_of() {
	pymm arena dump -p "$pid" | sed -n "s/.*\"name\":\"$1\",\"object\":\([0-9]*\).*/\1/p"
}

# pair FIRST SECOND COUNT: a program that takes the lock FIRST, waits until COUNT of them did so, and takes SECOND.
pair() {
	cat <<END
LOAD_GLOBAL r0, $1
LOCK_ACQUIRE r1, r0, forever
LOAD_GLOBAL r2, n
LOAD_CONST r3, 1
BINARY_OP r2, r2!, r3, +
STORE_GLOBAL r2!, n
again: LOAD_GLOBAL r2, n
LOAD_CONST r3, $3
COMPARE_OP r2, r2!, r3!, <
POP_JUMP_IF_FALSE r2, over
JUMP_BACKWARD again
over: LOAD_GLOBAL r0, $2
LOCK_ACQUIRE r1, r0, forever
RETURN_VALUE r1
END
}

# What takes a lock, once.
take() {
	printf 'LOAD_GLOBAL r0, %s\nLOCK_ACQUIRE r1, r0, forever\nRETURN_VALUE r1' "$1"
}

# new LOCK...: binds each to a new LOCK or RLOCK, "a=LOCK", and n to 0.
new() {
	local lock

	for lock; do
		printf '%s_NEW r0\nSTORE_GLOBAL r0!, %s\n' "${lock#*=}" "${lock%=*}"
	done
	printf 'LOAD_CONST r0, 0\nSTORE_GLOBAL r0, n\nRETURN_VALUE r0'
}

echo "TAP version 13"

# ---- nobody waits ----
exec 9<>/dev/pymm
run sleep 600
exec 9<&-
until_comm sleep
unused="arena * of process $pid: policy cpython, switch interval 5.00 ms
GIL: nobody holds it, 0 threads wait for it
0 switches, 0 of them forced, 0 drop requests, 0 times abandoned"
expect unused 0 "$unused" "" gil show -p "$pid"
expect bare 0 "$unused" "" gil -p "$pid" -f 9
expect_json json_unused 0 "list(d) == ['pid', 'fd', 'arena', 'policy', 'switch_interval_ns', 'holder', 'held_ns', 'waiters', 'switches',
'forced_switches', 'drop_requests', 'abandoned', 'threads', 'locks', 'waits', 'deadlocks'] and (d['pid'], d['fd']) == ($pid, 9) and
(d['policy'], d['switch_interval_ns'], d['holder'], d['held_ns'], d['waiters']) == ('cpython', 5000000, None, None, 0) and
d['threads'] == d['locks'] == d['waits'] == d['deadlocks'] == []" gil show -p "$pid"

# ---- what is set, and seen ----
expect set_policy 0 "policy fifo, switch interval 5.00 ms" "" gil set -p "$pid" --policy fifo
expect set_interval 0 "policy fifo, switch interval 250 us" "" gil set -p "$pid" -i 250
expect set_seen 0 "arena * of process $pid: policy fifo, switch interval 250 us
*" "" gil -p "$pid"
expect_json json_set 0 "list(d) == ['pid', 'fd', 'arena', 'policy', 'switch_interval_ns'] and
(d['policy'], d['switch_interval_ns']) == ('io-boost', 3600 * 10 ** 9)" gil set -p "$pid" --policy=io-boost -i 3_600_000_000
expect_json json_set_seen 0 "(d['policy'], d['switch_interval_ns']) == ('io-boost', 3600 * 10 ** 9)" gil -p "$pid"
expect set_back 0 "policy cpython, switch interval 5.00 ms" "" gil set -p "$pid" --policy cpython -i 5000
expect set_unknown 2 "" "pymm: --policy: unknown value 'lottery': there are cpython, fifo, io-boost
See 'pymm gil help'." gil set -p "$pid" --policy lottery
expect set_nothing 2 "" "pymm: gil set: nothing is to be set: give --policy or -i
See 'pymm gil help'." gil set -p "$pid"
expect set_kept 0 "$unused" "" gil -p "$pid"

# As a kernel answers that does not know the policy: the call that sets it is refused.
cat >older.py <<'END'
import ctypes, os, struct, sys
def insn(code, jt, jf, k): return struct.pack("<HBBI", code, jt, jf, k)
ioctl, config = 16, 0xC0000000 | 56 << 16 | 0xBB << 8 | 1
filter = (insn(0x20, 0, 0, 0) + insn(0x15, 0, 3, ioctl) + insn(0x20, 0, 0, 24) + insn(0x15, 0, 1, config) +
          insn(0x06, 0, 0, 0x50000 | 95) + insn(0x06, 0, 0, 0x7fff0000))
buffer = ctypes.create_string_buffer(filter)
program = ctypes.create_string_buffer(struct.pack("<H6xQ", len(filter) // 8, ctypes.addressof(buffer)))
prctl = ctypes.CDLL(None).prctl
if prctl(38, 1, 0, 0, 0) or prctl(22, 2, program, 0, 0):
    sys.exit("no seccomp")
os.execvp("pymm", ["pymm"] + sys.argv[1:])
END
# expect_older NAME STATUS STDOUT STDERR ARGUMENT...: as expect, on such a kernel.
expect_older() {
	pymm() {
		python3 older.py "$@"
	}
	expect "$@"
	unset -f pymm
}
expect_older older_kernel 1 "" "pymm: arena *: this kernel's pymm does not know the policy 'io-boost': 'pymm feature' lists those it knows" \
	gil set -p "$pid" --policy io-boost
end "$pid"

# ---- one holds the GIL, others wait for it, and one does nothing ----
run_python '
import threading
fd = arena()
threads = [thread(fd) for _ in range(4)]
acquire(threads[0])
for i in threads[1:3]:
    threading.Thread(target=acquire, args=(i,), daemon=True).start()
wait()'
until_gil "waits for the GIL" 2
expect held 0 "arena * of process $pid: policy cpython, switch interval 5.00 ms
GIL: held by thread 1 for * *s, 2 threads wait for it
1 switches, 0 of them forced, * drop requests, 0 times abandoned

thread     pid acquires    waits *  state
     1 *$pid        1        0     0 ns     0 ns        0     0 ns     0 ns      0 *s  runs
     2 *        0 *s  waits for the GIL
     3 *        0 *s  waits for the GIL
     4       -        0 *        -  idle

thread 2 -> GIL (thread 1)
thread 3 -> GIL (thread 1)" "" gil -p "$pid"
expect_json json_held 0 "(d['holder'], d['waiters'], d['abandoned'], d['locks'], d['deadlocks']) == (1, 2, 0, [], []) and
0 < d['held_ns'] == d['threads'][0]['since_ns'] and all(list(i) == ['thread', 'pid', 'state', 'lock', 'since_ns', 'closed', 'acquires',
'waits', 'wait_ns', 'wait_max_ns', 'holds', 'hold_ns', 'hold_max_ns', 'drops'] for i in d['threads']) and
[(i['thread'], i['state'], i['lock'], i['closed']) for i in d['threads']] ==
[(1, 'runs', None, False), (2, 'waits_for_gil', None, False), (3, 'waits_for_gil', None, False), (4, 'idle', None, False)] and
d['threads'][1]['since_ns'] > d['threads'][2]['since_ns'] > 0 and d['threads'][3]['since_ns'] is None and
d['threads'][0]['pid'] == $pid and len({i['pid'] for i in d['threads']}) == 4 and d['threads'][3]['pid'] is None and
d['waits'] == [{'thread': i, 'lock': None, 'blocker': 1} for i in (2, 3)]" gil show -p "$pid"
# No look waits for what it shows.
kill -STOP "$pid"
expect held_stopped 0 "*GIL: held by thread 1 for * *s, * for it*" "" gil -p "$pid"
expect set_stopped 0 "policy fifo, switch interval 5.00 ms" "" gil set -p "$pid" --policy fifo
end "$pid"

# ---- a lock, taken by a thread that is gone, and by one that goes on ----
run_threads "LOCK_NEW r0
STORE_GLOBAL r0, a
STORE_GLOBAL r0, also_a
LOCK_ACQUIRE r1, r0, forever
RLOCK_NEW r0
STORE_GLOBAL r0, b
LOCK_NEW r0
STORE_GLOBAL r0, free
RETURN_VALUE r1" "$(take a)" "$(take a)" "$(printf 'LOAD_GLOBAL r0, b\nLOCK_ACQUIRE r1, r0, forever\n%s' "$(take b)")"
until_gil "waits for lock" 2
until_gil " RLock "
a=$(id_of a) b=$(id_of b)
expect locks 0 "*
     2 *  waits for lock $a taken by thread 1, which is gone
     3 *  waits for lock $a taken by thread 1, which is gone
     4 *  idle

    lock  type  taken by  depth waiters  names
*$a  lock         1      1       2  a, also_a
*
thread 2 -> lock $a (thread 1, which is gone)
thread 3 -> lock $a (thread 1, which is gone)" "" gil -p "$pid"
expect locks_rlock 0 "*
*$b  RLock        4      2       0  b
*" "" gil -p "$pid"
expect_json json_locks 0 "sorted(d['locks'], key=lambda i: i['waiters']) == [
{'lock': $b, 'type': 'RLock', 'names': ['b'], 'taken_by': 4, 'depth': 2, 'waiters': 0},
{'lock': $a, 'type': 'lock', 'names': ['a', 'also_a'], 'taken_by': 1, 'depth': 1, 'waiters': 2}] and
[(i['state'], i['lock']) for i in d['threads']] == [('waits_for_lock', $a), ('waits_for_lock', $a), ('idle', None)] and
all((i['since_ns'] or 0) > 0 for i in d['threads'][:2]) and list(d['locks'][0]) == ['lock', 'type', 'names', 'taken_by', 'depth', 'waiters'] and
d['waits'] == [{'thread': i, 'lock': $a, 'blocker': 1} for i in (2, 3)] and d['deadlocks'] == []" gil -p "$pid"
end "$pid"

# ---- deadlocks ----
run_threads "$(new a=LOCK b=LOCK)" "$(pair a b 2)" "$(pair b a 2)" "$(take b)"
until_gil "waits for lock" 3
a=$(id_of a) b=$(id_of b)
expect two_locks 0 "*
thread 2 -> lock $b (thread 3)
thread 3 -> lock $a (thread 2)
thread 4 -> lock $b (thread 3)
deadlock: thread 2 -> lock $b (thread 3) -> lock $a (thread 2)
  any other thread may still release lock $b or lock $a" "" gil -p "$pid"
expect_json pids 0 "[str(i['pid']) for i in d['threads']] == sorted(__import__('os').listdir('/proc/$pid/task'), key=int)[1:]" gil -p "$pid"
expect_json json_two_locks 0 "d['deadlocks'] == [{'threads': [2, 3], 'locks': [$b, $a], 'releasable': [$b, $a]}] and
len(d['waits']) == 3 and list(d['deadlocks'][0]) == ['threads', 'locks', 'releasable']" gil -p "$pid"
end "$pid"

run_threads "$(new a=RLOCK b=RLOCK)" "$(pair a b 2)" "$(pair b a 2)"
until_gil "waits for lock" 2
a=$(id_of a) b=$(id_of b)
expect two_rlocks 0 "*
deadlock: thread 2 -> lock $b (thread 3) -> lock $a (thread 2)
  no other thread may release these: interrupt one of the threads, or end it" "" gil -p "$pid"
expect_json json_two_rlocks 0 "d['deadlocks'] == [{'threads': [2, 3], 'locks': [$b, $a], 'releasable': []}] and
[i['type'] for i in d['locks']] == ['RLock'] * 2" gil -p "$pid"
end "$pid"

# Three in a ring, a Lock among them, beside one that waits for itself.
run_threads "$(new a=RLOCK b=LOCK c=RLOCK d=LOCK)" "$(pair a b 4)" "$(pair d d 4)" "$(pair b c 4)" "$(pair c a 4)"
until_gil "waits for lock" 4
a=$(id_of a) b=$(id_of b) c=$(id_of c) d=$(id_of d)
expect rings 0 "*
deadlock: thread 2 -> lock $b (thread 4) -> lock $c (thread 5) -> lock $a (thread 2)
  any other thread may still release lock $b
deadlock: thread 3 -> lock $d (thread 3)
  any other thread may still release lock $d" "" gil -p "$pid"
expect_json json_rings 0 "d['deadlocks'] == [{'threads': [2, 4, 5], 'locks': [$b, $c, $a], 'releasable': [$b]},
{'threads': [3], 'locks': [$d], 'releasable': [$d]}]" gil show -p "$pid"
end "$pid"

# A program of pymm itself.
run_program 'LOCK_NEW r0
STORE_GLOBAL r0, ready
LOCK_ACQUIRE r1, r0, forever
LOCK_ACQUIRE r1, r0, forever
RETURN_VALUE r1'
until_gil "waits for lock"
expect self 0 "*
     1 * $pid *  waits for lock * taken by thread 1

    lock  type  taken by  depth waiters  names
*  lock         1      1       1  ready

thread 1 -> lock * (thread 1)
deadlock: thread 1 -> lock * (thread 1)
  any other thread may still release lock *" "" gil -p "$pid"
# No thread waits for ever that is interrupted.
kill -INT "$pid"
until_gone "$pid"
expect ended 1 "" "pymm: process $pid: there is no such process" gil -p "$pid"

# ---- rights, and other users ----
run_python '
fd = arena()
first, second, third = dup(fd, INSPECT), dup(fd, CONFIG), dup(fd, RUN)
for i, j in zip((first, second, third), (20, 21, 22)): os.dup2(i, j)
for i in (fd, first, second, third): os.close(i)
wait()'
expect rights_show 0 "arena *" "" gil -p "$pid"
expect rights_set 0 "policy fifo, *" "" gil set -p "$pid" --policy fifo
expect rights_no_inspect 1 "" "pymm: process $pid: its file descriptor 21 of arena * has not the right to inspect" gil -p "$pid" -f 21
expect rights_no_config 1 "" "pymm: process $pid: its file descriptor 20 of arena * has not the right to config" \
	gil set -p "$pid" -f 20 -i 1
expect_json rights_json 1 "list(d) == ['error']" gil set -p "$pid" -f 22 -i 1
expect no_such_fd 1 "" "pymm: process $pid: its file descriptor 7 is no arena" gil -p "$pid" -f 7
expect no_arena 1 "" "pymm: process $$ has no arena: 'pymm arena show' lists those there are" gil -p $$
let_users_trace
expect_user other_user 1 "" "$denied" gil -p "$pid"
expect_user other_user_set 1 "" "$denied" gil set -p "$pid" --policy cpython
expect_json kept 0 "d['policy'] == 'fifo'" gil -p "$pid"
end "$pid"
exec 9<>/dev/pymm
run "${user[@]}" sleep 600
exec 9<&-
until_comm sleep
expect_user own 0 "arena *" "" gil -p "$pid"
expect_user own_set 0 "policy io-boost, switch interval 1.00 ms" "" gil set -p "$pid" --policy io-boost -i 1000

totals
