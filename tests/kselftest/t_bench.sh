#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pymm bench: its tables and JSON, that both sides do the same, what it says when they do not, and that the loops are what
# dis shows. Figures mean nothing here, but for those of memory: the loops are as short as can be.

# shellcheck source=tests/kselftest/expect.sh
. "$(dirname "$0")/expect.sh"

rows=/usr/share/pymm/bench
short=(-r 1 -m 1)

# edited FILE EXPRESSION: a copy of the rows, in which sed did that.
edited() {
	rm -rf edited
	cp -r "$rows" edited
	sed -i "$2" "edited/$1"
	! cmp -s "$rows/$1" "edited/$1"
}

# The opcodes of each loop with their operands but for slots and labels: those of the .pyasm, and those of loop(), of
# which loads from and stores to the stack, and what is a jump's and a call's in pymm, are left out. Not those of functions
# and classes in it.
cat >compare.py <<'EOF'
import dis, glob, re, subprocess, sys

LAST = {"LOAD_CONST", "LOAD_GLOBAL", "STORE_GLOBAL", "DELETE_GLOBAL", "BINARY_OP", "LOAD_ATTR", "STORE_ATTR"}
IN_ONE = [
    (r"LOAD_BUILD_CLASS LOAD_CONST:<\S* MAKE_FUNCTION LOAD_CONST:C CALL ",
     "MAKE_FUNCTION BUILD_MAP CALL DELETE_FAST LOAD_CONST:None BUILD_CLASS:C "),
    (r"LOAD_CONST:\((\w+),(\w+)\) BUILD_CONST_KEY_MAP ", r"LOAD_CONST:\1 LOAD_CONST:\2 BUILD_MAP "),
    (r"LOAD_GLOBAL:len (LOAD_GLOBAL:L )?CALL ", r"\1GET_LEN "),
    (r"LOAD_ATTR:append CALL POP_TOP ", "LIST_APPEND "),
    (r"LOAD_GLOBAL:print (.*)CALL POP_TOP ", r"\1PRINT "),
    (r"END_FOR POP_TOP |POP_TOP ", "DELETE_FAST "),
    (r"RETURN_CONST:None ", "LOAD_CONST:None RETURN_VALUE "),
]

def of_cpython(path):
    module = {}
    with open(path) as file:
        exec(file.read(), module)
    words = ""
    for i in dis.get_instructions(module["loop"]):
        if re.match("RESUME|LOAD_FAST|STORE_FAST|TO_BOOL|PUSH_NULL|COPY", i.opname):
            continue
        text = i.argrepr if i.opname == "BINARY_OP" else re.sub("[ ']", "", str(i.argval))
        words += f"{i.opname}:{text} " if i.opname in LAST | {"RETURN_CONST"} else f"{i.opname} "
    for pattern, replacement in IN_ONE:
        words = re.sub(pattern, replacement, words)
    return words.split()

def of_pymm(path):
    text = subprocess.run(["pymm", "program", "dis", path], capture_output=True, text=True, check=True).stdout
    words = []
    for line in re.split(r"\n\.code ", text)[0].splitlines():
        if line.endswith(":") or line.startswith("."):
            continue
        opcode, operands = line.split(maxsplit=1)
        last = operands.split(", ", 1)[-1] if opcode == "LOAD_CONST" else operands.split()[-1]
        if opcode != "COPY":
            words.append(f"{opcode}:{re.sub('[ \"]', '', last)}" if opcode in LAST | {"BUILD_CLASS"} else opcode)
    return words

paths = glob.glob(sys.argv[1] + "/**/*.pyasm", recursive=True)
for path in paths:
    cpython, pymm = of_cpython(path.removesuffix("asm")), of_pymm(path)
    if cpython != pymm:
        sys.exit(f"{path}:\nCPython {cpython}\npymm    {pymm}")
sys.exit(not paths)
EOF

echo "TAP version 13"

expect table 0 "ns for one execution*CPython 3.*
row *ratio *
countdown *   while n: n -= 1
counter *   counter += 1*" "" bench run "${short[@]}" countdown counter
# Without a ROW all are measured; of the collector's, here one.
check edit_heaps edited gc/rows '/garbage-ring/!d'
expect_json json 0 "(lambda d: len(d) >= 7 and d.pop()['name'] == 'gc/garbage-ring' and all(
	row['unit'] == 'ns' and row['pymm'] > 0 and row['cpython'] > 0 and
	abs(row['ratio'] * row['pymm'] / row['cpython'] - 1) < 1e-9 and row['lo'] <= row['ratio'] <= row['hi'] and
	row['turns'] % 100 == 0 and row['rounds'] == 3 and row['statement'] and row['cpython_version'][:2] == '3.' and
	(row['pymm_net'] is None) == (row['name'] == 'countdown') for row in d))(
	[row for row in d if row['name'][:4] != 'gil/'])" bench run -r 3 -m 1 -n 10 -d edited
expect_json some_rows_to_file 0 "d == json.load(open('file.json')) and
	[(row['name'], row['copies'], row['unit']) for row in d] ==
	[('countdown', 1, 'instructions'), ('counter', 10, 'instructions')]" \
	bench run "${short[@]}" --icount -o file.json counter countdown

# The collector's rows. What CPython asks for to hold objects is what sys.getsizeof() says, but for an int (32, not 28) and
# an instance (its attributes as well), and a little for measuring itself.
rows_of() {
	pymm bench help | sed -n "s,^  \($1[^ ]*\) .*,\1,p" | sort | xargs
}
check gc_rows [ "$(rows_of gc/)" = "$(printf '%s\n' gc/{lists,lists8,dicts,tuples,instances,chain}-{first,later} \
	gc/garbage-{self,pairs,ring} gc/free-{lists,chain} gc/build-{on,off} gc/bytes-{list,list8,dict,tuple,instance} \
	gc/pause-{1k,4k,16k,64k,256k,1m,4m} | sort | xargs)" ]
expect gc_table 0 "ns for each of n objects*CPython 3.*
row *ratio *
gc/garbage-self *   n = 100: gc.disable(); for i in range(n): l = \[\]; l.append(l); gc.collect()" \
	"" bench run -r 1 -n 100 gc/garbage-self
expect_json gc_times 0 "len({row['name'] for row in d}) == len(d) == 21 and all(
	row['unit'] == 'ns' and row['pymm'] > 0 and row['cpython'] > 0 and row['pymm_net'] is row['cpython_net'] is None and row['copies'] == row['rounds'] == 1 and
	row['turns'] == {'gc/pause-16k': 32, 'gc/pause-4m': 8000}.get(row['name'], 2000) and
	row['statement'].startswith(f'n = {row[\"turns\"]}: ') and row['lo'] == row['ratio'] == row['hi'] and
	abs(row['ratio'] * row['pymm'] / row['cpython'] - 1) < 1e-9 for row in d)" \
	bench run -r 1 -n 2000 'gc/[!bp]*' 'gc/build*' gc/pause-16k gc/pause-4m
expect_json gc_bytes 0 "[(row['name'], row['unit'], row['turns']) for row in d] ==
	[(f'gc/bytes-{name}', 'bytes', 20000) for name in ('list', 'list8', 'dict', 'tuple', 'instance')] and
	all(size - 1 < row['cpython'] < size + 1 for row, size in
		zip(d, (56, 56 + 64, 184 + 56 + 32, 56 + 32, d[4]['cpython']))) and
	48 + 32 < d[4]['cpython'] and 16 <= d[0]['pymm'] < d[1]['pymm']" \
	bench run -r 1 -n 200000 'gc/bytes-*'
expect_json gc_to_file 0 "d == json.load(open('file.json')) and
	[(row['name'], row['turns'], row['unit']) for row in d] ==
	[('counter', row['turns'], 'instructions') for row in d[:1]] + [('gc/lists-later', 1, 'instructions')]" \
	bench run "${short[@]}" -n 1 --icount -o file.json 'gc/l*s-later' counter

# The GIL's rows.
check gil_rows [ "$(rows_of gil/)" = "$(printf '%s\n' gil/{getppid,release-acquire,handoff} gil/take-{5ms,0.5ms,0.05ms} \
	gil/ping-{idle,1spin,2spin}{,-fifo,-boost} gil/{spinner-boost,two-threads,lock,lock-contended,fair-fifo} | sort | xargs)" ]
expect gil_table 0 "ns for one operation*CPython 3.*
row *ratio *
gil/release-acquire *   release and acquire, nobody waits" "" bench run "${short[@]}" gil/release-acquire
expect_json gil 0 "len({row['name'] for row in d}) == len(d) == 20 and all(
	row['unit'] == ('times' if row['name'][4:] in ('spinner-boost', 'two-threads', 'fair-fifo') else 'ns') and
	row['pymm'] > 0 and row['turns'] >= 3 and row['rounds'] == 1 and
	(row['cpython'] is row['ratio'] is row['cpython_net'] is None if row['name'] == 'gil/fair-fifo' else
	row['cpython'] > 0 and abs(row['ratio'] * row['pymm'] / row['cpython'] - 1) < 1e-9) and
	row['syscalls'] == {'getppid': 1, 'release-acquire': 2, 'handoff': 2}.get(row['name'][4:],
		2 if 'take' in row['name'] else 4 if 'ping' in row['name'] else 0) and
	(row['unit'] == 'times' or abs(row['pymm'] - row['syscalls'] * d[0]['pymm'] - row['pymm_net']) < 1e-6) for row in d)" \
	bench run "${short[@]}" 'gil/*'
expect_json gil_icount 0 "d == []" bench run "${short[@]}" --icount 'gil/*'

expect unknown_row 2 "" "pymm: bench run: there is no row 'nonsense' in *" bench run nonsense
expect no_rows 1 "" "pymm: $PWD: there is no row" bench run -d "$PWD"
expect no_dir 1 "" "pymm: /nonexistent: No such file or directory" bench run -d /nonexistent
expect file_fails 1 "" "pymm: /nonexistent/file: No such file or directory" bench run -o /nonexistent/file

# A row whose two sides differ is told, not measured.
check edit_result edited counter.py 's/print(counter)/print(counter + 1)/'
expect other_result 1 "*" "pymm: counter: pymm printed 1000, CPython 1001" bench run -d edited counter
check edit_exception edited counter.py 's/n = turns/n = spam/'
expect python_fails 1 "*" "*NameError: name 'spam' is not defined*pymm: python3 does not answer" \
	bench run -d edited counter
check edit_pyasm edited counter.pyasm 's/turns/spam/'
expect pymm_fails 1 "*" "pymm: a loop ended by NameError: name 'spam' is not defined" bench run -d edited counter
check edit_title edited counter.pyasm '1s/a turn//'
expect no_title 1 "" "edited/counter.pyasm:1: *COPIES*" bench run -d edited counter

# What is wrong in the table of heaps is told before anything is measured.
# wrong_table NAME EXPRESSION TEXT
wrong_table() {
	check "edit_$1" edited gc/rows "$2"
	expect "$1" 1 "" "edited/gc/rows:$3" bench run -d edited gc/lists-first
}
# shellcheck disable=SC2016 # ends of lines
{
	steps='a step is to be STEP, STEP=ROW or STEP@ROW'
	wrong_table no_number 's/^1000\t\(.*garbage-self\)/\1/' "12: thousandths *"
	wrong_table number_0 's/^1000\t\(.*garbage-self\)/0\t\1/' "12: thousandths *"
	wrong_table no_steps 's/^1000\t.*garbage-self/1000/' "12: there is no step"
	wrong_table many_steps 's/garbage-self/& drop drop drop drop drop drop/' "12: there are too many steps"
	wrong_table no_row_name 's/=garbage-self/=/' "12: $steps"
	wrong_table no_step_name 's/collect=garbage-self/=garbage-self/' "12: $steps"
	wrong_table first_memory 's/disable hold lists@/lists@/' "16: before the first step *"
	wrong_table both_kinds 's/lists=build-on/lists@build-on collect=later/' "6: where memory *"
}
check edit_step edited gc/rows 's/ self / nothing /'
expect no_step 1 "" "pymm: edited/gc/nothing.pyasm: No such file or directory" bench run -d edited gc/lists-first
check edit_statements edited gc/self.pyasm '1s/; //'
expect no_statements 1 "" "edited/gc/self.pyasm:1: *STATEMENTS*" bench run -d edited gc/lists-first
check edit_heap edited gc/self.py 's/print(turns)/print(turns + 1)/'
expect other_heap 1 "*" "pymm: self: pymm printed 10, CPython 11" bench run -d edited -n 10 gc/garbage-self
check edit_collect edited gc/collect.pyasm 's/collect$/collects/; s/collect\t/collects\t/'
expect collect_fails 1 "*" "pymm: a loop ended by AttributeError: *'collects'*" bench run -d edited -n 10 gc/garbage-self
check edit_heap_python edited gc/collect.py 's/gc.collect()/spam/'
expect collect_of_python_fails 1 "*" "*NameError: name 'spam' is not defined*pymm: python3 does not answer" \
	bench run -d edited -n 10 gc/garbage-self
rm edited/gc/rows
expect no_table 2 "" "pymm: bench run: there is no row 'gc/garbage-self' in edited*" bench run -d edited gc/garbage-self
expect no_objects 2 "" "pymm: -n: 0 is too small*" bench run -n 0 gc/garbage-self

# Where no other command is found.
PATH=/nonexistent /usr/bin/pymm bench run "${short[@]}" counter >table 2>note
check without_python grep -qE '^counter +[0-9.]+ +- +- +- +- +-?[0-9.]+ +- ' table
check without_python_says grep -qx 'pymm: there is no python3 to compare with' note
PATH=/nonexistent /usr/bin/pymm -j bench run "${short[@]}" counter >json 2>/dev/null
check without_python_json grep -qE '"pymm":[0-9.]+,"cpython":null,"ratio":null,"lo":null,' json
PATH=/nonexistent /usr/bin/pymm -j bench run -r 1 -n 10 gc/garbage-ring gc/bytes-list >json 2>/dev/null
check gc_without_python [ "$(grep -oE '"pymm":[0-9.]+,"cpython":null,"ratio":null,"lo":null,' json | wc -l)" = 2 ]

check rows_are_dis python3 compare.py "$rows"
check edit_opcode edited counter.pyasm 's/+=/+/'
check other_opcode eval 'python3 compare.py edited 2>&1 | grep "^pymm .*BINARY_OP:+'\''"'
check edit_step_opcode edited gc/ring.pyasm 's/last, last!/last, ()/;s/BUILD_LIST/BUILD_TUPLE/'
check other_step eval 'python3 compare.py edited 2>&1 | grep "^pymm .*BUILD_TUPLE"'

# The lines that pauses.py finds, of pauses 200 + 2n and 1600 + 4n.
pause() {
	printf '{"name":"gc/pause-%s","unit":"ns","turns":%s,"pymm":%s,"cpython":%s}' "$@"
}
pauses() {
	[ "$(python3 "$rows/pauses.py" pauses.json)" = "$1" ]
}
echo "[{\"name\":\"counter\"},$(pause 4m 400 2.5 8),$(pause 1k 100 4 20),$(pause 4k 200 3 12)]" >pauses.json
check pauses pauses '# ns objects pymm cpython pymm-fitted cpython-fitted
100 400 2000 400 2000
200 600 2400 600 2400
400 1000 3200 1000 3200
# pymm: 200 and 2.0 for each object, at most 0% off
# cpython: 1600 and 4.0 for each object, at most 0% off
# CPython'\''s to pymm'\''s for each object: 2.00'
sed -i 's/"cpython":[0-9]*/"cpython":null/g' pauses.json
check pauses_without_python pauses '# ns objects pymm pymm-fitted
100 400 400
200 600 600
400 1000 1000
# pymm: 200 and 2.0 for each object, at most 0% off'
echo "[{\"name\":\"counter\"},$(pause 1k 100 4 20),$(pause 4k 200 3 12)]" >pauses.json
check too_few_pauses pauses ''

# Nothing is left running of what is interrupted.
interrupted() {
	local status=0

	timeout --preserve-status -s INT "${PYMM_SLOWER:-1}.5" pymm bench run "$@" || status=$?
	[ $status = 130 ] && ! pgrep -f bench/measure.py
}
check interrupted interrupted -m 60000 countdown
check interrupted_heap interrupted -n 1000000 gc/chain-first
check interrupted_between interrupted -r 999 -n 1 gc/chain-first

totals
