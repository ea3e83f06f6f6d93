#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The pymm command: exit status, what goes to which stream, messages with file and line, JSON.

# shellcheck source=tests/kselftest/expect.sh
. "$(dirname "$0")/expect.sh"

cat >hello.pyasm <<'EOF'
# prints, then ends
LOAD_CONST r0, "hello"
PRINT r0, end
RETURN_VALUE r0!
EOF
cat >raises.pyasm <<'EOF'
LOAD_CONST r0, "before"
PRINT r0, end

LOAD_GLOBAL r0, spam
RETURN_VALUE r0
EOF
cat >raises_inside.pyasm <<'EOF'
MAKE_FUNCTION r0, f
CALL r1, r0, ()
RETURN_VALUE r1
.code f
LOAD_CONST r0, 1
LOAD_CONST r1, 0
BINARY_OP r0, r0, r1, //
RETURN_VALUE r0
EOF
cat >recurses.pyasm <<'EOF'
MAKE_FUNCTION r0, f
STORE_GLOBAL r0, f
CALL r0, r0!, ()
RETURN_VALUE r0
.code f
LOAD_GLOBAL r0, f
CALL r0, r0!, ()
RETURN_VALUE r0
EOF
cat >catches.pyasm <<'EOF'
loop:
JUMP_BACKWARD loop
caught:
GET_TYPE r1, r0
PRINT r1, end
RETURN_VALUE r1
.handler loop, caught, caught, r0
EOF
printf 'NOP\n\nLOAD_CONTS r0, 1\n' >opcode.pyasm
printf 'LOAD_CONST r0, 1\nRETURN_VALUE r300\n' >slot.pyasm
printf 'JUMP_FORWARD nowhere\nLOAD_CONST r0, 1\nRETURN_VALUE r0\n' >label.pyasm
printf 'LOAD_CONST r0, 1\n' >end.pyasm
printf 'loop:\nNOP\nJUMP_BACKWARD loop\n' >forever.pyasm
printf 'BUILD_LIST r0, ()\nloop:\nBUILD_LIST r1, ()\nLIST_APPEND r0, r1\nJUMP_BACKWARD loop\n' >grows.pyasm
cat >heap.pyasm <<'EOF'
; a = [7_000, 0.5, "text"]; b = a
LOAD_CONST r1, 7_000
LOAD_CONST r2, 0.5
LOAD_CONST r3, "text"
BUILD_LIST r0, r1..r3!
STORE_GLOBAL r0, a
STORE_GLOBAL r0!, b
LOAD_CONST r0, None
RETURN_VALUE r0
EOF
cat >frozen.pyasm <<'EOF'
; a = []; gc.freeze()
BUILD_LIST r0, ()
STORE_GLOBAL r0!, a
LOAD_GLOBAL r0, gc
LOAD_ATTR r0, r0!, freeze
CALL r0, r0!, ()
RETURN_VALUE r0!
EOF

echo "TAP version 13"

# ---- usage: status 2, and nothing but a message ----
expect no_object 2 "" "pymm: *pymm help*"
expect unknown_object 2 "" "pymm: *'nonsense'*" nonsense
expect no_command 2 "" "pymm: program*" program
expect unknown_command 2 "" "pymm: program*'nonsense'*" program nonsense
expect no_file 2 "" "pymm: program run*" program run
expect unknown_option 2 "" "pymm: *--nonsense*" program run --nonsense hello.pyasm
expect bad_number 2 "" "pymm: *--steps*'x'*" program run --steps x hello.pyasm
expect help 0 "Usage: pymm *" "" help
expect help_option 0 "Usage: pymm *" "" --help
for object in demo program workload arena gc trace bench feature version; do
	expect "help_of_$object" 0 "pymm $object*" "" "$object" help
done
expect help_lists_rows 0 "pymm bench*A row is one of
*  counter  *counter += 1*" "" bench help
expect version 0 "pymm *" "" version
expect version_option 0 "pymm *" "" --version
expect feature 0 "*LOAD_CONST*" "" feature

# ---- programs ----
expect run 0 "hello" "" program run hello.pyasm
expect run_raises 1 "before" "raises.pyasm:4: NameError: name 'spam' is not defined" program run raises.pyasm
expect run_raises_inside 1 "" \
	"Traceback (most recent call last):
  File \"raises_inside.pyasm\", line 2, in <module>
  File \"raises_inside.pyasm\", line 7, in f
raises_inside.pyasm:7: ZeroDivisionError: integer division or modulo by zero" program run raises_inside.pyasm
expect run_recurses 1 "" "Traceback (most recent call last):
  File \"recurses.pyasm\", line 3, in <module>
  File \"recurses.pyasm\", line 7, in f
  File \"recurses.pyasm\", line 7, in f
  File \"recurses.pyasm\", line 7, in f
  ?Previous line repeated 996 more times?
recurses.pyasm:7: RecursionError: maximum recursion depth exceeded" program run recurses.pyasm
expect run_unknown_opcode 1 "" "opcode.pyasm:3:1: *LOAD_CONTS*LOAD_CONST*" program run opcode.pyasm
expect run_bad_slot 1 "" "slot.pyasm:2:*r300*" program run slot.pyasm
expect run_bad_label 1 "" "label.pyasm:1:*nowhere*" program run label.pyasm
expect run_no_end 1 "" "end.pyasm:1:*RETURN_VALUE*" program run end.pyasm
expect run_no_such_file 1 "" "pymm: absent.pyasm: No such file or directory" program run absent.pyasm
expect run_steps 1 "" "forever.pyasm:*1000 steps*" program run --steps 1000 forever.pyasm
expect run_no_text 1 "" "/bin/true:1:1: this is no text: it has a NUL byte" program run /bin/true
expect run_max_bytes 1 "" "grows.pyasm:[34]: MemoryError: the arena's limit of 1048576 bytes is reached" \
	program run --max-bytes 1_048_576 grows.pyasm
expect run_max_objects 1 "" "grows.pyasm:[34]: MemoryError: the arena's limit of 2000 objects is reached" \
	program run --max-objects 2000 grows.pyasm
expect run_max_both 1 "" "grows.pyasm:[34]: MemoryError: the arena's limit of 1024 objects is reached" \
	program run --max-objects 1024 --max-bytes 0x10000000 grows.pyasm
expect check 0 "hello.pyasm: ok*" "" program check hello.pyasm
expect check_bad 1 "" "opcode.pyasm:3:*" program check opcode.pyasm

# What dis writes is a program of the same meaning.
pymm program dis raises_inside.pyasm >again.pyasm
expect dis 1 "" "Traceback*again.pyasm:*: ZeroDivisionError: *" program run again.pyasm

run_stdin() {
	if [ "$(pymm program run - <hello.pyasm)" = hello ]; then
		result ok run_stdin
	else
		result fail run_stdin
	fi
}
run_stdin

# ---- what a program leaves ----
expect dump 0 "" "*object *refs *type *value *refers to
*[0-9] *1 *-  float *0.5 *
*[0-9] *2 *0  list *3 items *[0-9] [0-9]*
*object  name
*[0-9]  a
*[0-9]  b" program run --dump heap.pyasm
expect dump_frozen 0 "" "*[0-9] *1 perm  list *0 items *" program run --dump frozen.pyasm
expect_json json_dump_frozen 0 "[(i['type'], i['generation']) for i in d['dump']['objects'] if i['type'] == 'list'] ==
[('list', 'permanent')]" program run --dump frozen.pyasm
expect dump_output 0 "hello" "" program run --dump hello.pyasm
# The collector visits a list from its end, as CPython's does.
expect_json json_dump 0 "(lambda o, n: n['a'] == n['b'] and o[n['a']]['type'] == 'list' and o[n['a']]['refs'] == 2 and
o[n['a']]['length'] == 3 and o[n['a']]['generation'] == 0 and
[(o[i]['type'], o[i].get('value', o[i].get('text')), o[i]['generation'], o[i]['refs']) for i in o[n['a']]['references']] ==
[('str', 'text', None, 1), ('float', 0.5, None, 1), ('int', 7000, None, 1)] and d['dump']['frames'] == [])(
{i['id']: i for i in d['dump']['objects']}, {i['name']: i['object'] for i in d['dump']['names']})" \
	program run --dump heap.pyasm
expect_json json_dump_stopped 1 "d['status'] == 'limit' and [i['name'] for i in d['dump']['names']] == ['a'] and
[i['instruction'] for i in d['dump']['frames']] == [5] and
d['dump']['frames'][0]['slots'] == [d['dump']['names'][0]['object'], 0, 0, 0]" program run --steps 5 --dump heap.pyasm
expect_json json_dump_raised 1 "d['status'] == 'exception' and d['dump']['names'] == [] and d['dump']['frames'] == []" \
	program run --dump raises.pyasm
expect_json json_no_dump 0 "'dump' not in d and 'stat' not in d" program run hello.pyasm
expect dot 0 "" "" program run --dot heap.dot heap.pyasm
check_dot() {
	local list

	list=$(sed -n 's/^\t\([0-9]*\) \[label="list 3 items\\n2 references"\];$/\1/p' heap.dot)
	if [ "$(head -n 1 heap.dot)" = 'digraph pymm {' ] && [ "$(tail -n 1 heap.dot)" = '}' ] &&
	   [ "$(grep -c "^	$list -> [0-9]*;$" heap.dot)" = 3 ] && [ "$(grep -c "^	[0-9]* -> $list;$" heap.dot)" = 2 ] &&
	   grep -q 'shape=plaintext, label="b"' heap.dot && grep -q "label=\"str 'text'" heap.dot; then
		result ok check_dot
	else
		sed 's/^/# /' heap.dot
		result fail check_dot
	fi
}
check_dot
expect dot_fails 1 "" "pymm: /nonexistent/dot: No such file or directory" program run --dot /nonexistent/dot heap.pyasm
expect dot_full 1 "" "pymm: cannot write to /dev/full" program run --dot /dev/full heap.pyasm

examples=/usr/share/pymm/examples
# Of one that no function raised, one line says where.
expect example_place 1 "*" "$examples/refcount.pyasm:27: NameError: name 'b' is not defined" \
	program run "$examples/refcount.pyasm"

# ---- tracing; and without the device, where the module is installed ----
expect trace_status 1 "*no collection" "pymm: the command 'false' ended with status 1" trace gc -- false
# shellcheck disable=SC2016 # for the inner shell
expect trace_killed 1 "*no collection" "pymm: the command 'sh' ended by a signal: Killed" trace gc -- sh -c 'kill -9 $$'
expect trace_nothing 0 "*no object was made or freed" "" trace object -- true
expect trace_objects 0 "*arena *made *freed*
*list *
What died with its arena is not among the freed." "" trace object -- pymm program run heap.pyasm
expect trace_ends 0 "*" "Tracing." trace gc -i 1 -c 1

no_device() {
	local status=0

	unshare --mount sh -c 'mount -t tmpfs tmpfs /dev && exec pymm feature' >stdout 2>stderr || status=$?
	if [ $status = 1 ] && [ "$(<stderr)" = "pymm: pymm.ko is not loaded: run 'insmod /usr/lib/pymm/pymm.ko'" ]; then
		result ok no_device
	else
		echo "# status $status: $(<stderr)"
		result fail no_device
	fi
}
no_device

# interrupt ARGUMENT...: the status of a pymm that gets SIGINT once its program runs: it has computed for a second then,
# or as long as it takes where all is slower.
interrupt() {
	local status=0 pid stat

	pymm "$@" >stdout 2>stderr </dev/null &
	pid=$!
	while read -ra stat <"/proc/$pid/stat" && [ $((stat[13] + stat[14])) -lt 100 ]; do
		sleep 0.1
	done
	kill -INT $pid
	wait $pid || status=$?
	return $status
}

# SIGINT ends a program that runs for ever: 130, as a shell shows it.
run_interrupted() {
	local status=0

	interrupt program run forever.pyasm || status=$?
	if [ $status = 130 ] && grep -q 'forever.pyasm:[23]: interrupted' stderr; then
		result ok run_interrupted
	else
		echo "# status $status: $(<stderr)"
		result fail run_interrupted
	fi
}
run_interrupted

# With --interrupt it is the program that is told; what it does not catch ends it, with 130 as well.
run_interrupt() {
	local status=0

	interrupt program run --interrupt "$1" || status=$?
	if [ $status = "$2" ] && [[ $(cat stdout stderr) =~ ^$3$ ]]; then
		result ok "run_interrupt_$1"
	else
		echo "# status $status: $(cat stdout stderr)"
		result fail "run_interrupt_$1"
	fi
}
run_interrupt catches.pyasm 0 "<class 'KeyboardInterrupt'>"
run_interrupt forever.pyasm 130 "forever.pyasm:[23]: KeyboardInterrupt"

output_to_full_disk() {
	local status=0

	pymm program run hello.pyasm >/dev/full 2>stderr || status=$?
	if [ $status = 1 ] && [ -s stderr ]; then
		result ok output_to_full_disk
	else
		result fail output_to_full_disk
	fi
}
output_to_full_disk

# ---- JSON ----
expect_json json_version 0 "d['version'] and d['abi_version'] == 1" version
expect_json json_feature 0 "isinstance(d, dict)" feature
expect_json json_run 0 "d['status'] == 'done' and d['output'] == 'hello\\n'" program run hello.pyasm
expect_json json_raises 1 "d['status'] == 'exception' and d['exception']['type'] == 'NameError' and
d['exception']['line'] == 4 and d['exception']['message'] == \"name 'spam' is not defined\" and
d['output'] == 'before\\n' and d['exception']['traceback'] == [{'line': 4, 'name': '<module>'}]" program run raises.pyasm
expect_json json_bad 1 "d['error'] and d['file'] == 'opcode.pyasm' and d['line'] == 3" program run opcode.pyasm
expect_json json_usage 2 "d['error']" nonsense
# All claims that the text has, each once, in its scene; and what a row of each kind has.
expect_json json_demo 0 "(lambda c: d['claims_differ'] == 0 and sorted(i['number'] for i in c) == sorted(
[f'S{i:02}' for i in range(1, 45)] + [f'G{i}' for i in range(1, 11)] +
[f'{k}{i}' for k, n in dict(A=6, B=2, C=1, D=2, E=4, F=1, T=6).items() for i in range(1, n + 1)]) and
len(d['scenes']) == 14 and
all(i['text'] and i['verdict'] in ('ok', 'imprecise', 'wrong', 'opinion') and
('but' in i) == (i['verdict'] != 'ok') for i in c) and
all(i['program'] and i['observed'] and i['ok'] for i in c if i['state'] == 'checked') and
not any('ok' in i for i in c if i['state'] != 'checked') and
[i['number'] for i in c if i['state'] != 'checked'] == ['S33', 'S44'] and d['claims_checked'] == len(c) - 2)(
[i for s in d['scenes'] for i in s['claims']])" demo
# Without tracing the same is observed, but for events.
expect_json json_demo_no_trace 0 "d['claims_checked'] == 14 and d['claims_differ'] == 0 and 'trace_gc' not in d" \
	demo names model --no-trace
expect demo_claim 0 "  >>> a = \[]
  E1   ok        text: a = \[]  # A list is created. ref_count = 1
                 seen: a names object *[0-9], whose count is 1
1 claims checked, 0 differ" "" demo --claim E1
expect demo_unobservable 0 "  S44  ok        text: *
                 seen: nothing: it is not counted
0 claims checked, 0 differ" "" demo --claim s44 --no-trace
expect demo_no_claim 2 "" "pymm: *there is no claim 'S99'*" demo --claim S99
expect_json json_workload 0 "isinstance(d, dict)" workload threads -n 1000 --runs 1
expect_json json_trace 0 "isinstance(d, dict)" trace gc -- true

totals
