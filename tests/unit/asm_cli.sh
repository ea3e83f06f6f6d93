#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The pymm command without the module: arguments, errors, help, JSON; and that completion, manual pages and
# the library's map say what the sources say. Prints TAP.
#   asm_cli.sh PYMM

set -u
shopt -s inherit_errexit

pymm=$1
here=$(cd "$(dirname "$0")" && pwd)
user=$here/../../user
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cases=0 failed=0

report() {
	cases=$((cases + 1))
	if [ "$1" = 0 ]; then
		echo "ok $cases - $2"
	else
		failed=$((failed + 1))
		echo "not ok $cases - $2"
		sed 's/^/# /' "$scratch/out" "$scratch/err"
	fi
}

# expect STATUS STDOUT STDERR ARG...: exit status, and patterns that all of the output must match.
expect() {
	local status=$1 out=$2 err=$3 bad=0
	shift 3

	"$pymm" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
	[ $? = "$status" ] || bad=1
	# shellcheck disable=SC2053
	[[ $(<"$scratch/out") == $out ]] || bad=1
	# shellcheck disable=SC2053
	[[ $(<"$scratch/err") == $err ]] || bad=1
	report $bad "pymm $*"
}

# same NAME: what was written to out and to want is the same.
same() {
	diff "$scratch/want" "$scratch/out" >"$scratch/err" 2>&1
	report $? "$1"
}

good=$scratch/good.pyasm bad=$scratch/bad.pyasm
printf 'LOAD_CONST r0, 1\nRETURN_VALUE r0!\n' >"$good"
printf 'LOAD_CONST r0, 1\nRETURN_VALU r0!\n' >"$bad"

# What is said when there is no module, or no permission, or both are there.
gone="pymm: pymm.ko is not loaded: run 'make load' (or 'make demo' for a guest)"
if [ -e /dev/pymm ]; then
	echo "# /dev/pymm is there: not tested what is said when it is not"
else
	expect 1 '' "$gone" feature
	expect 1 "{\"error\":\"${gone#pymm: }\"}" "$gone" -j feature
	expect 1 '' "$gone" program run "$good"
	expect 0 "$good: ok, checked by the assembler only: pymm.ko is not loaded" '' program check "$good"
	expect 0 "{\"file\":\"$good\",\"status\":\"ok\",\"checked_by\":\"assembler\"}" '' -j program check "$good"
fi

expect 0 'pymm *, ABI 1' '' version
expect 0 'pymm *, ABI 1' '' -V
expect 0 '{"version":"*","abi_version":1}' '' version -j
expect 0 $'{\n  "version": "*",\n*}' '' --pretty --version
expect 0 'Usage: pymm \[OPTIONS\] OBJECT { COMMAND | help }*' '' --help
expect 0 'Usage: pymm \[OPTIONS\] OBJECT { COMMAND | help }*' '' help
expect 0 'pymm program: *' '' program help
expect 0 'pymm program: *' '' help program
expect 0 '{"name":"program",*' '' -j help program
expect 2 '' "pymm: unknown object 'proqram' (did you mean program\?)*See 'pymm help'." help proqram
expect 0 'pymm demo: *
  pymm demo \[OPTIONS\] \[SCENE...\]
      --claim NUMBER *
      --no-trace *
A scene is one of
  all  *
  names  *
  table  *
Without a scene: all.*' '' demo help
expect 0 'pymm program: *' '' program run --help
expect 0 '{"name":"program",*' '' -j program help
expect 2 '' "pymm: which object?*See 'pymm help'."
expect 2 '' "pymm: unknown object 'prog': there are demo, program, workload, arena, gc, *" prog run "$good"
expect 2 '' "pymm: unknown object 'Worklod' (did you mean workload\?)*" Worklod
expect 2 '' "pymm: unknown option '-x': there are -j, --json, *" -x program
expect 2 '' "pymm: unknown option '--jsn' (did you mean --json\?)*" --jsn program
expect 2 '' "pymm: program: which command?*See 'pymm program help'." program
expect 2 '' "pymm: program: unknown command 'ru': there are run, check, dis
*" program ru
expect 2 '' "pymm: program: unknown command 'cheqk' (did you mean check\?)*" program cheqk
expect 2 '' "pymm: demo: unknown scene 'foo': there are all, model, *, table
*" demo foo
expect 2 '' "pymm: demo: unknown scene 'thread' (did you mean threads\?)*" demo --no-trace names thread
expect 2 '' "pymm: program run: FILE|- is missing*" program run
expect 2 '' "pymm: program run: too many arguments: 'b'*" program run a b
expect 2 '' "pymm: program run: unknown option '--step' (did you mean --steps\?)*" program run --step 1 a
expect 2 '' "pymm: --steps: N is missing*" program run a --steps
expect 2 '' "pymm: program run: unknown option '-y': there are --steps, *--json, *" program run -y
expect 2 '' "pymm: --steps: '1x' is not a whole number*" program run a --steps=1x
expect 2 '' "pymm: --steps: '0.5' is not a whole number*" program run a --steps 0.5
expect 2 '' "pymm: --steps: '1__0' is not a whole number*" program run a --steps 1__0
expect 2 '' "pymm: --steps: '' is not a whole number*" program run a --steps=
expect 2 '' "pymm: --steps: '18446744073709551616' is not a whole number*" program run a --steps 18446744073709551616
expect 2 '' "pymm: --steps: 0x0 is too small: at least 1*" program run a --steps 0x0
expect 2 '' "pymm: --stat takes no value*" program run a --stat=1
expect 2 '' "pymm: --max-bytes: 4095 is too small: at least 1048576*" program run a --max-bytes 4095
expect 2 '' "pymm: --max-objects: 0x80000000 is too large: at most 2147483647*" program run a --max-objects 0x80000000
expect 2 "{\"error\":\"program: unknown command 'ru': there are run, check, dis\"}" "pymm: program: unknown command 'ru'*" -j program ru
# Of another process: none is there that has anything.
for command in stats count threshold collect freeze unfreeze enable disable; do
	expect 2 '' "pymm: gc $command: -p PID is missing: *See 'pymm gc help'." gc $command
done
expect 2 '' "pymm: gil show: -p PID is missing: *See 'pymm gil help'." gil
expect 2 '' "pymm: gil show: -p PID is missing: *" gil show -f 3
expect 2 '' "pymm: gil set: -p PID is missing: *" gil set -i 5000
expect 2 '' "pymm: gil set: nothing is to be set: give --policy or -i*" gil set -p $$
expect 2 '' "pymm: --policy: unknown value 'lottery': there are cpython, fifo, io-boost
*" gil set -p $$ --policy lottery
expect 2 '' "pymm: --policy: unknown value 'io_boost' (did you mean io-boost\?)*" gil set -p $$ --policy=io_boost
expect 2 '' "pymm: --policy: unknown value 'FIFO' *" gil set -p $$ --policy FIFO -i 1
expect 2 '' "pymm: -i: 0 is too small: at least 1*" gil set -p $$ -i 0
expect 2 '' "pymm: -i: 3600000001 is too large: at most 3600000000*" gil set -p $$ -i 3600000001
expect 2 '' "pymm: -i: '5ms' is not a whole number*" gil set -p $$ -i 5ms
expect 1 '' "pymm: process $$: its file descriptor 0 is no arena" gil -p $$ -f 0
expect 2 '' "pymm: arena dump: -p PID is missing: *" arena dump
expect 2 '' "pymm: arena show: -f is of a process: give -p, too*" arena show -f 3
expect 2 '' "pymm: -p: 'x' is not a whole number*" gc stats -p x
expect 2 '' "pymm: -p: 0 is too small: at least 1*" gc stats -p 0
expect 2 '' "pymm: -f: 0x80000000 is too large: *" gc stats -p $$ -f 0x80000000
expect 2 '' "pymm: --timeout: 0 is too small: at least 1*" gc collect -p $$ --timeout 0
expect 2 '' "pymm: gc stats: unknown option '--timeout': there are -p, -f, *" gc stats --timeout 1
expect 2 '' "pymm: gc collect: '3' is no generation: there are 0, 1, 2*" gc collect -p $$ 3
expect 2 '' "pymm: gc collect: too many arguments: '1'*" gc collect -p $$ 2 1
expect 2 '' "pymm: gc threshold: 'x' is not a whole number*" gc threshold -p $$ 1 x
expect 2 '' "pymm: gc threshold: 2147483648 is too large: at most 2147483647*" gc threshold -p $$ 2147483648
expect 2 '' "pymm: gc threshold: too many arguments: '4'*" gc threshold -p $$ 1 2 3 4
true & ended=$!
wait $ended
expect 1 '' "pymm: process $ended: there is no such process" gc stats -p $ended
expect 1 '' "pymm: process $ended: there is no such process" arena dump -p $ended
expect 1 "{\"error\":\"process $ended: there is no such process\"}" "pymm: process $ended: *" -j arena show -p $ended
expect 1 '' "pymm: process $$: its file descriptor 0 is no arena" gc stats -p $$ -f 0
expect 1 '' "pymm: process $$: its file descriptor 99 is no arena" arena show -p $$ -f 99
if [ -e /dev/pymm ]; then
	expect 1 '' "pymm: process $$ has no arena: *" gc stats -p $$
else
	expect 1 '' "$gone" gc stats -p $$
	expect 0 '' '*' arena show
	expect 0 '{"arenas":\[],"skipped":*}' '*' -j arena show
fi
# A thread of a process is none.
python3 -c '
import subprocess, sys, threading
def run():
    t = threading.get_native_id()
    r = subprocess.run([sys.argv[1], "gc", "stats", "-p", str(t)], capture_output=True, text=True)
    w = f"pymm: process {t}: that is a thread of a process: give the Tgid of /proc/{t}/status\n"
    print(r, file=sys.stderr)
    found.append((r.returncode, r.stdout, r.stderr) == (1, "", w))
found = []
thread = threading.Thread(target=run)
thread.start()
thread.join()
sys.exit(not found[0])' "$pymm" >"$scratch/out" 2>"$scratch/err"
report $? 'a thread is told from a process'

expect 1 '' "pymm: /nonexistent: No such file or directory" program run /nonexistent
expect 1 '' "pymm: -x: No such file or directory" program check -- -x
expect 1 '' "$bad:2:1: unknown opcode 'RETURN_VALU' (did you mean RETURN_VALUE\?)" program run "$bad"
expect 1 "{\"error\":\"$bad:2:1: unknown opcode*\",\"file\":\"$bad\",\"line\":2,\"column\":1}" "$bad:2:1: *" \
	-j program dis "$bad"
expect 1 '' '<stdin>:1:1: there is no instruction in the program' program check -
expect 0 $'\tLOAD_CONST r0, 1\n\tRETURN_VALUE r0!' '' program dis "$good"
expect 0 "{\"file\":\"$good\",\"text\":\"\\\\tLOAD_CONST r0, 1\\\\n\\\\tRETURN_VALUE r0!\\\\n\"}" '' -j program dis "$good"

# The commands and options as JSON help has them, in the form of the completion's table.
"$pymm" -j help | python3 -c '
import json, sys
for object in json.load(sys.stdin)["objects"]:
    for command in object["commands"]:
        options = [o["name"] + ("=" + ",".join(o.get("words", [])) if "value" in o else "")
                   for o in command["options"]]
        print(object["name"], command["name"], *options)
' >"$scratch/want"
sed -n "/^_pymm_commands='/,/^'/{/'/d;p}" "$user/completion/pymm" >"$scratch/out"
same 'the completion has every command and option'

# What bash completes.
complete_as() {
	local want=$1
	shift
	printf '%s\n' "$want" >"$scratch/want"
	bash -c '
		source "$0"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		compopt() { :; }
		_pymm
		echo "${COMPREPLY[@]}"' "$user/completion/pymm" "$@" >"$scratch/out"
	same "completion of '$*'"
}
complete_as 'program' pymm prog
complete_as 'run' pymm program ru
complete_as '--steps --stat' pymm program run --st
complete_as '--steps' pymm -j program run --ste
complete_as '--pretty' pymm --pr

"$pymm" -j help | python3 -c '
import json, sys
print(*sorted(o["name"] for o in json.load(sys.stdin)["objects"]), sep="\n")' >"$scratch/want"
sed -n 's/^\.B \([a-z]*\)$/\1/p' "$user/man/pymm.1" | sort -u | comm -12 "$scratch/want" - >"$scratch/out"
same 'pymm(1) has every object'

sed -n 's/^PYMM_OP([0-9]*, \([A-Z_]*\),.*/\1/p' "$here/../../include/uapi/linux/pymm_ops.h" | sort >"$scratch/want"
sed -n 's/^\.BI\{0,1\} "\{0,1\}\([A-Z][A-Z_]*[A-Z]\)\( .*\|\)$/\1/p' "$user/man/pyasm.5" | sort >"$scratch/out"
same 'pyasm(5) has every opcode'

# The built-in functions, and the types that are found by their names.
awk -F '"' '/^\t\[PYMM_BUILTIN_[A-Z]+\] = \{ "/ { print $2 }
	/^const struct pymm_type_ops / { name = "" }
	/^\t\.name = "/ { name = $2 }
	name && /PYMM_TYPE_NAMED/ { print name }
	/^};/ { name = "" }' "$here"/../../kmod/{builtin,type,type_*}.c | sort >"$scratch/want"
sed -n '/^What a name is bound to/,/\.$/{s/.*types: //; s/\.$//; s/, */\n/g; p}' "$user/man/pyasm.5" | grep . | sort >"$scratch/out"
same 'pyasm(5) has every name that is built in'

# Each class of exceptions and the one that it is derived from; and the attributes.
sed -n 's/^\t\[PYMM_EXC_[A-Z_]*\] = { "\([A-Za-z]*\)"\(, PYMM_EXC_\([A-Z_]*\)\)\? },$/\1 \3/p' \
	"$here/../../kmod/type_exception.c" | awk '{ gsub("_", "", $2); print tolower($1 " " $2) }' | sort >"$scratch/want"
sed -n '/^BaseException$/,/^\.fi/{/^\./!p}' "$user/man/pyasm.5" |
	awk '{ depth = (match($0, /[^ ]/) - 1) / 4; base[depth] = $1; print tolower($1 " " base[depth - 1]) }' |
	sort >"$scratch/out"
same 'pyasm(5) has every class of exceptions'

sed -n '/^static const struct pymm_exception_member /,/^}/s/^\t{ "\([a-z_]*\)", .*/\1/p' \
	"$here/../../kmod/type_exception.c" | sort -u >"$scratch/want"
sed -n '/An exception has the attributes/,/\. A traceback/p' "$user/man/pyasm.5" | sed 's/\. A traceback.*//' |
	grep -owFf "$scratch/want" | sort -u >"$scratch/out"
same 'pyasm(5) has every attribute of exceptions'

sed -n '/^ *\/\?\*/!s/^[a-z].*\b\(pymm_[a-z_]*\)(.*/\1/p; s/^\(pymm_[a-z_]*\)(.*/\1/p' \
	"$here/../../include/pymm/pymm.h" | sort >"$scratch/want"
sed -n 's/^\t\t\(pymm_[a-z_]*\);$/\1/p' "$user/lib/libpymm.map" >"$scratch/out"
same 'the library exports what its header declares, in order'

echo "1..$cases"
[ $failed = 0 ]
