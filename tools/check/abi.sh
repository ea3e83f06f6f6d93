#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Prints the ABI that include/uapi/linux/pymm.h and pymm_ops.h make, from the tree's top:
#   struct NAME SIZE        and below it each member: offset, size, name, type
#   enum NAME               and below it each enumerator: name, value
#   define NAME VALUE       of every macro that is a constant; ioctl numbers and sizes of versions are among them
#   op NUMBER NAME OPERANDS FLAGS
# tools/check.sh compares that with tools/check/abi.txt. Sizes and offsets come from what the compiler wrote into the
# debug information, not from another parse of the header. Fails when a struct differs between 32 and 64 bits, when the
# compiler had to pad one, or when a member is of a type that is not the same everywhere.

set -euo pipefail
header=include/uapi/linux/pymm.h
compile=(gcc -std=gnu11 -Wall -Wextra -Werror -Iinclude/uapi)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

die() {
	printf '%s\n' "$@" >&2
	exit 1
}

# Debug information has all types only when it is told to keep those that nothing uses.
types() {
	"${compile[@]}" "-m$1" -g -fno-eliminate-unused-debug-types -c -o "$work/types$1.o" -x c "$header"
	pahole -F dwarf "$work/types$1.o"
}

# What pahole prints, as "offset size name type"; alignments that are only asked for and empty lines left out.
structs() {
	types "$1" | awk '
		/^struct .* \{$/ { name = $2; members = ""; next }
		/\/\* size: / { size = $3; sub(",", "", size); next }
		/^\}/ { printf "struct %s %s\n%s", name, size, members; next }
		match($0, /\/\* +[0-9]+ +[0-9]+ \*\/$/) {
			split(substr($0, RSTART), place, " ")
			line = substr($0, 1, RSTART - 1)
			gsub(/__attribute__\(\([^;]*\)\)|;/, "", line)
			count = split(line, words, " ")
			type = words[1]
			for (i = 2; i < count; i++)
				type = type " " words[i]
			members = members sprintf("\t%d %d %s %s\n", place[2], place[3], words[count], type)
		}'
}

# Macros that take no arguments and have a value (the contract has no strings), and enumerators.
print_constants() {
	awk -v print_form='	printf("%s%s %s\\n", %s);\n' '
		function show(before, name, form, value) { printf print_form, before, name, form, value }
		/^enum pymm_[A-Za-z0-9_]+ \{$/ { inside = 1; printf "\tputs(\"enum %s\");\n", $2; next }
		inside && /^}/ { inside = 0 }
		inside && match($0, /^\tPYMM_[A-Za-z0-9_]+/) { name = substr($0, 2, RLENGTH - 1); show("\\t", name, "%d", name) }
		/^#define[ \t]+PYMM_[A-Za-z0-9_]+[ \t]+[^ \t]/ { show("define ", $2, "%#llx", "(unsigned long long)(" $2 ")") }
	' "$header"
}

values() {
	{
		cat <<-'END'
			#include <stdio.h>
			#include <linux/pymm.h>
			#define PYMM_OP(number, name, ...) _Static_assert(PYMM_OP_##name == number, #name);
			#include <linux/pymm_ops.h>
			#undef PYMM_OP
			#define PYMM_OP(number, name, dst, src1, src2, imm, flags) \
				printf("op %d %s %s %s %s %s %#x\n", number, #name, #dst, #src1, #src2, #imm, flags);
			int main(void)
			{
		END
		print_constants
		printf '#include <linux/pymm_ops.h>\n\treturn 0;\n}\n'
	} >"$work/values.c"
	"${compile[@]}" "-m$1" -o "$work/values$1" "$work/values.c"
	"$work/values$1"
}

# gcc's -Wpadded speaks of holes and of padding at the end.
no_padding() {
	"${compile[@]}" "-m$1" -Wpadded -fsyntax-only -x c "$header"
}

types_are_fixed() {
	awk '/^\t/ { type = $0; sub(/^\t[0-9]+ [0-9]+ [^ ]+ /, "", type)
		if (type !~ /^(__u8|__u16|__u32|__u64|__s8|__s16|__s32|__s64|char|struct pymm_[a-z_]+)$/) {
			print "not a type for a contract:" $0; bad = 1 } }
		END { exit bad }' "$1" >&2
}

for bits in 64 32; do
	no_padding $bits || die "$header: a struct has padding that is not named, with -m$bits"
	structs $bits >"$work/structs$bits"
	values $bits >"$work/numbers$bits"
done
diff -U3 "$work/structs64" "$work/structs32" >&2 || die "$header: a struct is not the same in a 32-bit program"
diff -U3 "$work/numbers64" "$work/numbers32" >&2 || die "$header: a number is not the same in a 32-bit program"
types_are_fixed "$work/structs64"
[ -s "$work/structs64" ] || die "$header: no struct was found"
cat "$work/structs64" "$work/numbers64"
