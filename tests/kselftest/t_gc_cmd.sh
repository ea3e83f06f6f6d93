#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pymm arena and pymm gc: arenas of other processes, which compute, wait, are stopped, hold the GIL, have ended, have
# several arenas, few rights, or are another user's.

# shellcheck source=tests/kselftest/processes.sh
. "$(dirname "$0")/processes.sh"

# expect_lines NAME EXPRESSION ARGUMENT...: pymm; EXPRESSION is Python about its lines of JSON d, by kind k, objects by id o
# and by name n, and all references r.
expect_lines() {
	local name=$1 expression=$2 seen=0
	shift 2

	pymm "$@" >stdout 2>stderr </dev/null || seen=$?
	if [ "$seen" = 0 ] && python3 -c "import json, sys
d = [json.loads(i) for i in sys.stdin]
k = {i: [j for j in d if j['kind'] == i] for i in ('arena', 'object', 'name', 'frame')}
o = {i['id']: i for i in k['object']}
n = {i['name']: o.get(i['object']) for i in k['name']}
r = [j for i in k['object'] for j in i['references']] + [j for i in k['name'] for j in (i['object'], i['key'])]
r += [j for i in k['frame'] for j in i['slots'] + [i['code']] if j]
sys.exit(not ($expression))" < <(tr -d '\n' <stdout | sed 's/}{/}\n{/g') 2>python; then
		result ok "$name"
		return
	fi
	{
		echo "pymm $*"
		echo "status $seen; expected $expression"
		head -c 4000 stdout
		cat stderr python
	} | sed 's/^/# /'
	result fail "$name"
}

echo "TAP version 13"

# ---- a program that waits for a lock ----

# What it has: a list that is in itself, a second name for it, how many references there are to it; garbage; and the
# name of the module gc, which is another object here.
waits='
LOAD_CONST r1, 7_000
LOAD_CONST r2, 0.30000000000000004
LOAD_CONST r3, "text"
BUILD_LIST r0, r1..r3!
LIST_APPEND r0, r0
STORE_GLOBAL r0, a
STORE_GLOBAL r0, b
GET_REFCOUNT r1, r0
LOAD_CONST r2, 1000
BINARY_OP r1, r1, r2, *
STORE_GLOBAL r1, count
BUILD_LIST r2, ()
LIST_APPEND r2, r2
DELETE_FAST r2
LOAD_CONST r2, "mine"
STORE_GLOBAL r2!, gc
LOCK_NEW r3
STORE_GLOBAL r3, ready
LOCK_ACQUIRE r1, r3, forever
LOCK_ACQUIRE r1, r3, forever
RETURN_VALUE r1'
run_program "$waits"
waiting=$pid

expect show 0 " arena *process/fd
*[0-9] * 5 *1 *- *0   0   0  $waiting/3 pymm" "" arena show
expect_json json_show 0 "list(d) == ['arenas', 'skipped'] and d['skipped'] == 0 and [list(i) for i in d['arenas']] ==
[['arena', 'processes', 'objects', 'bytes', 'names', 'threads', 'gil_holder', 'collections']] and
d['arenas'][0]['processes'] == [{'pid': $waiting, 'comm': 'pymm', 'fds': [3]}] and d['arenas'][0]['names'] == 5 and
d['arenas'][0]['threads'] == 1 and d['arenas'][0]['gil_holder'] is None and d['arenas'][0]['collections'] == [0, 0, 0]" \
	arena show
expect show_one 0 "*$waiting/3 pymm" "" arena show -p "$waiting" -f 3

# The dump shows what the program saw: one reference is that of the operand, which was in a slot and still is. Nobody
# else has one.
dump="k['arena'] == d[:1] and sum(map(len, k.values())) == len(d) and
list(d[0]) == ['kind', 'arena', 'pid', 'fd', 'objects', 'names', 'frames'] and d[0]['pid'] == $waiting and d[0]['fd'] == 3 and
[len(k['object']), len(k['name']), len(k['frame'])] == [d[0][i] for i in ('objects', 'names', 'frames')] and
list(n) == ['a', 'b', 'count', 'gc', 'ready'] and n['a'] is n['b'] and n['a']['refs'] == n['count']['value'] // 1000 and
list(n['a']) == ['kind', 'id', 'type', 'refs', 'generation', 'length', 'references'] and
(n['a']['type'], n['a']['length'], n['a']['generation']) == ('list', 4, 0) and n['a']['references'][0] == n['a']['id'] and
[(o[i]['type'], o[i]['generation'], o[i].get('value', o[i].get('text'))) for i in n['a']['references'][1:]] ==
[('str', None, 'text'), ('float', None, 0.1 + 0.2), ('int', None, 7000)] and
list(n['ready']) == ['kind', 'id', 'type', 'refs', 'generation', 'locked', 'references'] and n['ready']['locked'] is True and
[list(i) for i in k['frame']] == [['kind', 'thread', 'code', 'instruction', 'slots']] and o[k['frame'][0]['code']]['type'] == 'code' and
k['frame'][0]['slots'][0] == n['a']['id'] and all(list(i) == ['kind', 'name', 'object', 'key'] for i in k['name']) and
{i: o[i]['refs'] for i in o} == {i: r.count(i) for i in o}"
expect_lines dump "$dump" arena dump -p "$waiting"
expect_lines dump_json "$dump" -j arena dump -p "$waiting"
expect_lines dump_pretty "$dump" arena dump -p "$waiting" --pretty
one_line_each() {
	[ "$(pymm -j arena dump -p "$waiting")" = "$(pymm arena dump -p "$waiting")" ] &&
		[ "$(pymm arena dump -p "$waiting" | grep -c '^{"kind":"[a-z]*",.*}$')" = "$(pymm arena dump -p "$waiting" | wc -l)" ]
}
check one_line_each one_line_each
dump_full() {
	local status=0

	pymm arena dump -p "$waiting" >/dev/full 2>stderr || status=$?
	[ $status = 1 ] && grep -q "^pymm: cannot write " stderr
}
check dump_full dump_full

# Collections see its garbage as CPython's does; nothing of whoever asks for them stays.
expect stats 0 "arena * of process $waiting: automatic collection is enabled
generation  threshold  count  tracked  collections  collected  uncollectable
         0       2000      4        4            0          0              0
         1         10      0        0            0          0              0
         2         10      0        0            0          0              0
frozen: 0
time in collections: 0 ns" "" gc stats -p "$waiting"
expect_json json_stats 0 "list(d) == ['pid', 'fd', 'arena', 'enabled', 'generations', 'frozen', 'gc_ns'] and
(d['pid'], d['fd'], d['enabled'], d['frozen'], d['gc_ns']) == ($waiting, 3, True, 0, 0) and
all(list(i) == ['collections', 'collected', 'uncollectable', 'tracked', 'threshold', 'count'] for i in d['generations']) and
[i['threshold'] for i in d['generations']] == [2000, 10, 10] and
d['generations'][0]['tracked'] == d['generations'][0]['count'] == 4" gc stats -p "$waiting"
expect count 0 "4 0 0" "" gc count -p "$waiting"
expect_json json_count 0 "list(d) == ['pid', 'fd', 'arena', 'count'] and d['count'] == [4, 0, 0]" gc count -p "$waiting"
expect collect_young 0 "collected: 1" "" gc collect -p "$waiting" 0
expect_json json_collect 0 "list(d) == ['pid', 'fd', 'arena', 'collected', 'output'] and d['collected'] == 0 and
d['output'] == ''" gc collect -p "$waiting"
expect_json json_collected 0 "[(i['collections'], i['collected']) for i in d['generations']] == [(1, 1), (0, 0), (1, 0)] and
d['gc_ns'] > 0 and d['generations'][2]['tracked'] == 2" gc stats -p "$waiting"
same_after() {
	pymm arena dump -p "$waiting" >before
	"$@" || return 1
	pymm arena dump -p "$waiting" >after
	diff before after
}
check dump_twice same_after true
check dump_after_collect same_after pymm gc collect -p "$waiting"
expect freeze 0 "frozen: 2" "" gc freeze -p "$waiting"
expect_lines dump_frozen "n['a']['generation'] == n['ready']['generation'] == 'permanent' and
sum(i['generation'] == 'permanent' for i in k['object']) == 2" arena dump -p "$waiting"
expect_json json_frozen 0 "d['frozen'] == 2 and [i['tracked'] for i in d['generations']] == [0, 0, 0]" gc stats -p "$waiting"
check dump_after_freeze same_after pymm gc freeze -p "$waiting"
expect_json json_unfreeze 0 "list(d) == ['pid', 'fd', 'arena', 'frozen', 'output'] and d['frozen'] == 0" gc unfreeze -p "$waiting"
expect_json json_unfrozen 0 "d['frozen'] == 0 and d['generations'][2]['tracked'] == 2" gc stats -p "$waiting"
expect threshold 0 "2000 10 10" "" gc threshold -p "$waiting"
expect threshold_one 0 "700 10 10" "" gc threshold -p "$waiting" 700
expect threshold_all 0 "0 20 30" "" gc threshold -p "$waiting" 0 20 30
expect_json json_threshold 0 "list(d) == ['pid', 'fd', 'arena', 'threshold'] and d['threshold'] == [0, 20, 30]" \
	gc threshold -p "$waiting"
expect not_stopped 0 "collected: 0" "" gc collect -p "$waiting" --timeout 60
kill -STOP "$waiting"
expect stopped 0 "collected: 0" "" gc collect -p "$waiting"
expect_lines stopped_dump "n['a']['refs'] == n['count']['value'] // 1000" arena dump -p "$waiting"
kill -KILL "$waiting"
until_gone "$waiting"
expect ended 1 "" "pymm: process $waiting: there is no such process" gc stats -p "$waiting"
expect nothing 0 "" "" arena show
expect_json json_nothing 0 "d == {'arenas': [], 'skipped': 0}" arena show
expect no_arena 1 "" "pymm: process $$ has no arena: 'pymm arena show' lists those there are" gc stats -p $$
expect_json json_no_arena 1 "list(d) == ['error']" gc stats -p $$

# ---- one that computes, and sees what is set ----
run_program '
LOAD_CONST r0, 1
STORE_GLOBAL r0, ready
LOAD_CONST r2, 0.5
again: BINARY_OP r3, r2, r2, +
STORE_GLOBAL r3!, a
LOAD_GLOBAL r0, gc
LOAD_ATTR r1, r0, isenabled
CALL r1, r1!, ()
POP_JUMP_IF_FALSE r1, over
JUMP_BACKWARD again
over: LOAD_ATTR r1, r0, get_threshold
CALL r1, r1!, ()
PRINT r1!, end
LOAD_ATTR r1, r0!, get_freeze_count
CALL r1, r1!, ()
PRINT r1, end
RETURN_VALUE r1'
computing=$pid
expect_json computing 0 "d['arenas'][0]['gil_holder'] == 1" arena show -p "$computing"
# Whenever it is taken, a dump is whole.
for i in 1 2 3; do
	expect_lines "computing_dump_$i" "k['frame'][0]['thread'] == 1 and all(i in o or i < min(o) for i in r) and
[len(k['object']), len(k['name']), len(k['frame'])] == [d[0][i] for i in ('objects', 'names', 'frames')]" arena dump -p "$computing"
done
kill -STOP "$computing"
expect stopped_collect 0 "collected: 0" "" gc collect -p "$computing"
kill -CONT "$computing"
expect computing_collect 0 "collected: 0" "" gc collect -p "$computing"
expect computing_freeze 0 "frozen: *" "" gc freeze -p "$computing"
frozen=$(sed 's/.* //' stdout)
expect computing_threshold 0 "1 2 2147483647" "" gc threshold -p "$computing" 1 2 0x7fffffff
expect enable 0 "" "" gc enable -p "$computing"
expect_json json_disable 0 "list(d) == ['pid', 'fd', 'arena', 'enabled'] and d['enabled'] is False" gc disable -p "$computing"
until_gone "$computing"
check seen_by_program [ "$(<program.out)" = "(1, 2, 2147483647)
$frozen" ]

# ---- finalizers run in whoever collects, and what they print is shown there ----

# Two instances that refer to each other, and are garbage.
finalizer='
MAKE_FUNCTION r0, del
LOAD_CONST r1, "__del__"
BUILD_MAP r2, ()
STORE_SUBSCR r0!, r2, r1!
LOAD_CONST r0, None
BUILD_CLASS r0, r0!, r2!, C
STORE_GLOBAL r0, C
CALL r1, r0, ()
CALL r2, r0!, ()
STORE_ATTR r1, r2, other
STORE_ATTR r2!, r1!, other
LOCK_NEW r0
STORE_GLOBAL r0, ready
LOCK_ACQUIRE r1, r0, forever
LOCK_ACQUIRE r1, r0, forever
RETURN_VALUE r1
.code del self
LOAD_CONST r1, "bye"'
run_program "$finalizer
PRINT r1
LOAD_CONST r1, None
RETURN_VALUE r1"
expect finalizers 0 "bye bye collected: 2" "" gc collect -p "$pid"
run_program "$finalizer
PRINT r1, end
RETURN_VALUE r2"
expect finalizers_raise 0 "bye
Exception ignored: UnboundLocalError: *
bye
Exception ignored: UnboundLocalError: *
collected: 2" "" gc collect -p "$pid"
run_program "$finalizer
PRINT r1, end
LOAD_CONST r1, None
RETURN_VALUE r1"
expect_json finalizers_json 0 "d['collected'] == 2 and d['output'] == 'bye\\nbye\\n'" gc collect -p "$pid"
# Two finalizers, of which one waits each time: what it has printed is not lost, and another call does the rest.
run_program "$finalizer
PRINT r1, end
LOAD_GLOBAL r1, ready
LOCK_ACQUIRE r1, r1, forever
RETURN_VALUE r1"
expect finalizer_waits 1 "bye" "pymm: arena *: gave up after 1 s: a finalizer or callback waits, *" \
	gc collect -p "$pid" --timeout 1
expect_json finalizer_waits_json 1 "list(d) == ['error', 'output'] and d['output'] == 'bye\\n'" gc collect -p "$pid" --timeout 1
expect finalizer_waited 0 "collected: *" "" gc collect -p "$pid"

# ---- file descriptors of all kinds ----
end "${!running[@]}"
exec 8<>/dev/pymm 9<>/dev/pymm
run sleep 600
exec 8<&- 9<&-
expect several 1 "" "pymm: process $pid has several arenas: choose with -f one of its file descriptors 8 (arena *), 9 (arena *)" \
	gc stats -p "$pid"
expect several_show 0 "*
*$pid/8 sleep
*$pid/9 sleep" "" arena show -p "$pid"
expect_json chosen 0 "d['fd'] == 9 and d['gc_ns'] == 0" gc stats -p "$pid" -f 9
expect_lines unused "len(d) == 1 and (d[0]['objects'], d[0]['names'], d[0]['frames']) == (0, 0, 0)" arena dump -p "$pid" -f 8
expect unused_collect 0 "collected: 0" "" gc collect -p "$pid" -f 8
expect no_such_fd 1 "" "pymm: process $pid: its file descriptor 7 is no arena" gc stats -p "$pid" -f 7
expect other_file 1 "" "pymm: process $pid: its file descriptor 0 is no arena" arena show -p "$pid" -f 0
end "$pid"
run_python '
fd = arena()
os.dup2(fd, 20); os.dup2(dup(fd, INSPECT), 21)
if os.fork(): wait()
else: time.sleep(600)'
expect_json shared 0 "len(d['arenas']) == 1 and [i['fds'] for i in d['arenas'][0]['processes']] == [[3, 4, 20, 21]] * 2" arena show
expect same_arena 0 "0 0 0" "" gc count -p "$pid"
running[$(pgrep -P "$pid")]=1
end "${!running[@]}"
run_python '
fd = arena()
first, second = dup(fd, INSPECT), dup(fd, 0)
os.close(fd); os.dup2(first, 20); os.dup2(second, 21); os.close(first); os.close(second)
wait()'
expect rights_stats 0 "arena *" "" gc stats -p "$pid"
expect rights_count 0 "0 0 0" "" gc count -p "$pid"
expect rights_config 1 "" "pymm: process $pid: its file descriptor 20 of arena * has not the right to config, nor has another one" \
	gc threshold -p "$pid" 1
expect rights_disable 1 "" "*the right to config, *" gc disable -p "$pid"
expect rights_run 1 "" "*its file descriptor 20 of arena * has not the right to run, nor has another one" gc collect -p "$pid"
expect rights_inspect 1 "" "pymm: process $pid: its file descriptor 21 of arena * has not the right to inspect" \
	arena dump -p "$pid" -f 21
expect rights_read 0 "2000 10 10" "" gc threshold -p "$pid" -f 21
expect_json rights_show 0 "d['arenas'][0]['objects'] is None and d['arenas'][0]['collections'] is None" arena show -p "$pid" -f 21
run_python '
fd = arena()
t = thread(fd)
call(fd, 1, "<IIQ3IIQQ", 0x20, 0, 0, 0, 0, 0, 1, 0, 0)
wait()'
expect no_thread 1 "" "pymm: arena * has as many threads as it may have" gc collect -p "$pid"
end "$pid"
run_python '
fd = arena()
t = thread(fd)
os.close(fd)
wait()'
expect only_thread 1 "" "pymm: process $pid has only threads, through which their arena cannot be reached: it must keep the arena open" \
	gc stats -p "$pid"
expect thread_fd 1 "" "pymm: process $pid: its file descriptor 4 is no arena" gc stats -p "$pid" -f 4
end "${!running[@]}"

# ---- the GIL held ----
run_python '
fd = arena()
acquire(thread(fd))
wait()'
expect held_stats 0 "arena *" "" gc stats -p "$pid"
expect held 1 "" "pymm: arena *: gave up after 1 s: thread 1 holds the GIL" gc collect -p "$pid" --timeout 1
expect held_json 1 '{"error":"arena *: gave up after 1 s: thread 1 holds the GIL"}' "*" -j gc freeze -p "$pid" --timeout 1
kill -STOP "$pid"
expect held_stopped 1 "" "*thread 1 holds the GIL (the process is stopped: SIGCONT lets it go on)" gc collect -p "$pid" --timeout 1
interrupted() {
	local status=0 waiter

	pymm gc collect -p "$pid" --timeout 100 >stdout 2>stderr &
	waiter=$!
	# From when on it catches the signal, it may come at any time.
	until [ $((0x$(sed -n 's/^SigCgt:\t//p' "/proc/$waiter/status") & 1 << 14)) != 0 ]; do
		sleep 0.05
	done
	kill "-$1" $waiter
	wait $waiter || status=$?
	cat stdout stderr
	[ $status = 130 ] && [ "$(cat stdout stderr)" = "pymm: interrupted" ]
}
check held_interrupt interrupted INT
check held_terminate interrupted TERM
end "$pid"
# A holder that has gone: its arena lives on in another process.
run_python '
fd = arena()
if os.fork(): wait()
else:
    acquire(thread(fd))
    os.kill(os.getpid(), signal.SIGKILL)'
expect holder_died 0 "collected: 0" "" gc collect -p "$pid"

# ---- other users ----
let_users_trace
expect_user other_user 1 "" "$denied" gc stats -p "$pid"
expect_user other_user_dump 1 "" "$denied" arena dump -p "$pid"
expect_user other_user_show 0 "" "pymm: *[0-9] processes may not be looked at by this user" arena show
expect_user other_user_json 0 '{"arenas":\[],"skipped":[1-9]*}' "*" -j arena show
end "$pid"
# A program of the user, with an arena that it got: the device itself it may not open.
exec 9<>/dev/pymm
run "${user[@]}" sleep 600
exec 9<&-
until_comm sleep
expect_user own 0 "collected: 0" "" gc collect -p "$pid"
expect_user own_show 0 "*
*$pid/9 sleep" "*" arena show
# One that has changed its user, and one that hides itself: they are root's to look at.
chmod 777 "$work"
run_python '
fd = arena()
os.setgroups([])
os.setresgid(1234, 1234, 1234)
os.setresuid(1234, 1234, 1234)
wait()'
expect_user changed_user 1 "" "$denied" gc stats -p "$pid"
expect changed_user_root 0 "arena *" "" gc stats -p "$pid"
run_python '
ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
fd = arena()
wait()'
expect not_dumpable_root 0 "arena *" "" gc stats -p "$pid"
user=(setpriv --bounding-set=-all --inh-caps=-all)
expect_user not_dumpable 1 "" "$denied" gc stats -p "$pid"

totals
