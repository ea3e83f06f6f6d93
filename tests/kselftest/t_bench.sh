#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# pymm bench: its table and JSON, that both sides do the same, what it says when they do not, and that the rows are what
# dis shows. Figures mean nothing here: the loops are as short as can be.

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

# The opcodes of each row with their operands but for slots and labels: those of the .pyasm, and those of loop(), of
# which loads from and stores to the stack, and what is a jump's and a call's in pymm, are left out.
cat >compare.py <<'EOF'
import dis, glob, re, subprocess, sys

CONST = {"LOAD_CONST", "LOAD_GLOBAL", "STORE_GLOBAL", "BINARY_OP"}
IN_ONE = [
    (r"LOAD_GLOBAL:len CALL ", "GET_LEN "),
    (r"LOAD_GLOBAL:print (.*)CALL POP_TOP ", r"\1PRINT "),
    (r"LOAD_ATTR:append CALL POP_TOP ", "LIST_APPEND "),
    (r"RETURN_CONST ", "LOAD_CONST:None RETURN_VALUE "),
]

def of_cpython(path):
    module = {}
    with open(path) as file:
        exec(file.read(), module)
    words = ""
    for i in dis.get_instructions(module["loop"]):
        if re.match("RESUME|LOAD_FAST|STORE_FAST|TO_BOOL", i.opname):
            continue
        text = i.argrepr if i.opname == "BINARY_OP" else str(i.argval)
        words += f"{i.opname}:{text} " if i.opname in CONST | {"LOAD_ATTR"} else f"{i.opname} "
    for pattern, replacement in IN_ONE:
        words = re.sub(pattern, replacement, words)
    return words.split()

def of_pymm(path):
    text = subprocess.run(["pymm", "program", "dis", path], capture_output=True, text=True, check=True).stdout
    words = []
    for line in text.splitlines():
        if not line.endswith(":") and not line.startswith("."):
            opcode, operands = line.split(maxsplit=1)
            words.append(f"{opcode}:{operands.split()[-1]}".replace('"', "") if opcode in CONST else opcode)
    return words

paths = glob.glob(sys.argv[1] + "/*.pyasm")
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
expect_json json 0 "len(d) >= 6 and all(
	row['unit'] == 'ns' and row['pymm'] > 0 and row['cpython'] > 0 and
	abs(row['ratio'] * row['pymm'] / row['cpython'] - 1) < 1e-9 and row['lo'] <= row['ratio'] <= row['hi'] and
	row['turns'] % 100 == 0 and row['rounds'] == 3 and row['statement'] and row['cpython_version'][:2] == '3.' and
	(row['pymm_net'] is None) == (row['name'] == 'countdown') for row in d)" bench run -r 3 -m 1
expect_json some_rows_to_file 0 "d == json.load(open('file.json')) and
	[(row['name'], row['copies'], row['unit']) for row in d] ==
	[('countdown', 1, 'instructions'), ('counter', 10, 'instructions')]" \
	bench run "${short[@]}" --icount -o file.json counter countdown

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

# Where no other command is found.
PATH=/nonexistent /usr/bin/pymm bench run "${short[@]}" counter >table 2>note
check without_python grep -qE '^counter +[0-9.]+ +- +- +- +- +[0-9.]+ +- ' table
check without_python_says grep -qx 'pymm: there is no python3 to compare with' note
PATH=/nonexistent /usr/bin/pymm -j bench run "${short[@]}" counter >json 2>/dev/null
check without_python_json grep -qE '"pymm":[0-9.]+,"cpython":null,"ratio":null,"lo":null,' json

check rows_are_dis python3 compare.py "$rows"
check edit_opcode edited counter.pyasm 's/+=/+/'
check other_opcode eval 'python3 compare.py edited 2>&1 | grep "^pymm .*BINARY_OP:+'\''"'

# Nothing is left running of what is interrupted.
interrupted() {
	local status=0

	timeout --preserve-status -s INT "${PYMM_SLOWER:-1}.5" pymm bench run -m 60000 countdown || status=$?
	[ $status = 130 ] && ! pgrep -f bench/measure.py
}
check interrupted interrupted

totals
