#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The static checks, run in the root on a copy of the tree.
#   tools/check.sh             all of them
#   tools/check.sh NAME...     these (the names are at the end of this file)
#   tools/check.sh accept-abi  take the ABI as it is now for the one that later runs compare with
# What the tools find and is to stay is in tools/check/known, with the reason.

. "$(dirname "$0")/lib.sh"
need_root "$@"
"$tools/host-deps.sh"
root=$("$tools/root.sh")
kernel=$("$tools/kernel.sh")
mounts=("$kernel:/kernel")
scripts=/usr/src/pymm-linux-source/scripts
selftests=/usr/src/pymm-linux-source/tools/testing/selftests
# Not where build.sh builds: other flags would have both rebuild everything every time.
dir=/build/$tree_key/check
abi=tools/check/abi.txt
tidy_flags="-std=gnu11 -D_GNU_SOURCE '-DPYMM_VERSION=\"0\"' '-DPYMM_BENCH_DIR=\"\"' '-DPYMM_MODULE=\"\"' '-DGC_CASES=\"\"' -Wall -Wextra -Iinclude/uapi -Iinclude -isystem bpf/build"
tidy_flags+=" -isystem $selftests"
# The analyzer's limit for one function, a fifth of its default: it takes longer than all other checks as it is.
tidy_flags+=' -Xclang -analyzer-config -Xclang max-nodes=45000'
core_flags='-funsigned-char -Wno-gnu -Wno-unused-parameter -Wno-sign-compare -Itests/unit/kmod/shim -Itests/unit/kmod'
wanted=("$@")
passed=0 failed=0

run() {
	in_root "$root" "$dir" "$@"
}

# files PATTERN PLACE...: the names below those places that match, one a line, without what was built there. Fails when
# there are none: nothing would be checked.
files() {
	local pattern=$1
	shift
	(cd "$root$dir" && find "$@" -name "$pattern" -type f ! -path '*/build*/*' | sort | grep .)
}

# all COMMAND...: with the names that come in.
all() {
	run xargs "$@"
}

# each COMMAND...: with a few of the names that come in at a time, on all processors. What one run says stays together.
each() {
	# shellcheck disable=SC2016 # for the inner shell
	run xargs -P "$(nproc)" -n 4 bash -c 'status=0
		report=$("$@") || status=$?
		flock . echo "$report"
		exit $status' _ "$@"
}

# unknown TOOL: of lines "file:line: text [id]" those that tools/check/known does not name, and entries of it that the
# tool does not find any more. Fails when there are any.
unknown() {
	sort -u | awk -v tool="$1" -f "$tools/check/known.awk" "$tools/check/known" -
}

# Of the kernel's part alone: user space has no macros of the kernel. What it says on other matters than its findings,
# errors of its own above all, is unknown too.
checkpatch() {
	files '*.[ch]' kmod include |
		{ each "$scripts/checkpatch.pl" --strict --no-tree --terse --show-types -f 2>&1 || :; } |
		sed -E '/^(total:.*)?$/d; s/^([^:]*:[0-9]+): (CHECK|WARNING|ERROR):([A-Z_]+): (.*)/\1: \4 [\3]/' |
		unknown checkpatch
}

module() {
	run make -k -j"$(nproc)" --no-print-directory -C /kernel/build M="$dir" \
		W=1 KCFLAGS=-Werror C=1 CF=-Wsparse-error modules
}

# Names of structs, their sizes and holes in them, which design and speed rest on.
layout() {
	local found

	run make --no-print-directory -C /kernel/build M="$dir" kmod/eval.o
	found=$(run pahole -F dwarf --sizes kmod/eval.o)
	while read -r name size; do
		if ! grep -qxE "$name	$size	0" <<<"$found"; then
			echo "struct $name is to have $size bytes and no hole, it has: $(grep -E "^$name	" <<<"$found")"
			return 1
		fi
	done <<-END
		pymm_object 16
		pymm_chunk $((2048 * 32))
		pymm_frame 88
		pymm_insn 16
		pymm_walk 16
	END
}

# undocumented SOURCE...: functions that a header of the module declares and whose definition has no comment above it.
undocumented() {
	awk '
		/^[a-z].* \**pymm_[a-z0-9_]+\(/ && !/^static/ {
			name = $0
			sub(/\(.*/, "", name)
			sub(/.*[ *]/, "", name)
			if (FILENAME ~ /\.h$/)
				shared[name]
			else if (name in shared && above !~ /\*\/$/)
				print FILENAME ":" FNR ": " name "() is declared in a header and has no comment"
		}
		{ above = $0 }' "$@"
}

kernel_doc() {
	local bare

	files '*.[ch]' kmod include | all "$scripts/kernel-doc" -none -Wall -Werror
	bare=$(cd "$root$dir" && undocumented kmod/*.h kmod/*.c)
	echo "$bare"
	[ -z "$bare" ]
}

# compile LANGUAGE FLAG...: all headers, each as the only one of a source.
compile() {
	local language=$1 header
	shift
	for header in linux/pymm.h pymm/pymm.h; do
		run gcc -x "$language" -Wall -Wextra -Werror -Iinclude/uapi -Iinclude "$@" \
			-fsyntax-only - <<<"#include <$header>"
	done
}

# C90 is what the kernel asks of its own headers, without -pedantic: it has no long long.
headers() {
	compile c -std=c90
	compile c -std=c99 -pedantic
	compile c -std=c11 -pedantic -m32
	compile c++ -std=c++17 -pedantic
}

abi_is_accepted() {
	run tools/check/abi.sh >"$root$dir/abi.now"
	diff -U2 --label accepted --label now "$tree/$abi" "$root$dir/abi.now" || {
		echo "The ABI differs from $abi. Programs built before this change may fail with it."
		echo "If that is meant: tools/check.sh accept-abi, and tell users by PYMM_ABI_VERSION once it is frozen."
		return 1
	}
}

accept_abi() {
	run tools/check/abi.sh >"$root$dir/abi.now"
	cat "$root$dir/abi.now" >"$tree/$abi"
	say check "$abi is the ABI as it is now"
}

# tidy CONFIG FLAGS PATTERN PLACE...
tidy() {
	local config=$1 flags="$2 $tidy_flags"
	shift 2
	files "$@" | each tools/check/tidy.sh "$config" /build/clang-tidy "$flags"
}

clang_tidy() {
	local place='(/build/[^:]*/check/)?([^:]*:[0-9]+):[0-9]+' tests=tools/check/clang-tidy-tests.yaml

	# The skeletons of the BPF programs, which the command includes.
	run make --no-print-directory -C bpf >&2
	{
		tidy tools/check/clang-tidy.yaml '' '*.c' user
		tidy $tests -Itests/kselftest '*.c' tests/kselftest tests/torture
		# ioctl_fuzz is a program like others, the rest is for the core of the module in user space.
		tidy $tests '' 'ioctl_*.c' tests/fuzz
		tidy $tests "$core_flags" '[!i]*.c' tests/fuzz
	} | sed -nE "s#^$place: (error|warning): (.*) \[([^],]*)[^]]*\]\$#\2: \4 [\5]#p" |
		unknown clang-tidy
}

# Warnings only: of style it says what depends on taste. In the module it is blind for macros of the kernel. What it
# found in a source that is the same since is kept.
# cppcheck_below WHAT OPTION...
cppcheck_below() {
	local kept=/build/$tree_key/cppcheck-$1

	shift
	mkdir -p "$root$kept"
	run cppcheck -j "$(nproc)" --cppcheck-build-dir="$kept" --quiet --std=c11 --enable=warning,performance --check-level=exhaustive \
		--template='{file}:{line}: {message} [{id}]' "$@" 2>&1
}

cppcheck() {
	{
		cppcheck_below user -D_GNU_SOURCE '-DPYMM_MODULE=""' -Iinclude/uapi -Iinclude -Itests/kselftest \
			user tests/torture tests/unit -i tests/unit/kmod
		cppcheck_below fuzz -D_GNU_SOURCE -Iinclude/uapi -Iinclude -Itests/unit/kmod/shim -Itests/unit/kmod tests/fuzz
		cppcheck_below kmod -D__KERNEL__ -DMODULE -Iinclude/uapi -Iinclude -Ikmod kmod
	} | unknown cppcheck
}

shell() {
	files '*.sh' tools tests | all shellcheck -x -P SCRIPTDIR -P . tools/init .ci/run
}

manuals() {
	files '*.[1-9]' user/man | all mandoc -T lint -W warning
}

spelling() {
	run codespell --config tools/check/codespell.cfg
}

# Where the status of a command is asked for, bash does not end at the first error inside of it, so it is not.
strictly() {
	set -e
	"$@"
}

# check NAME TEXT FUNCTION
check() {
	local status

	[ ${#wanted[@]} = 0 ] || [[ " ${wanted[*]} " = *" $1 "* ]] || return 0
	set +e
	step "$1" "$2" strictly "$3"
	status=$?
	set -e
	if [ $status = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
}

build_dir "$root" >/dev/null
lock "$root/build/$tree_key/check.lock"
sync_tree "$root$dir"
if [ "${wanted[*]}" = accept-abi ]; then
	accept_abi
	exit
fi
check checkpatch "style of kmod/ and include/" checkpatch
check module "compiler and sparse warnings of kmod/" module
check layout "sizes of the module's structs" layout
check kernel-doc "comments of kmod/ and include/" kernel_doc
check headers "headers in C and C++, 64 and 32 bits" headers
check abi "the ABI against $abi" abi_is_accepted
check clang-tidy "defects in user/ and tests/" clang_tidy
check cppcheck "defects in kmod/, user/ and tests/" cppcheck
check shellcheck "shell scripts" shell
check mandoc "manual pages" manuals
check codespell "spelling" spelling
[ ${#wanted[@]} = 0 ] || [ $((passed + failed)) = ${#wanted[@]} ] || die "not all of these are checks: ${wanted[*]}; there are $(sed -n 's/^check \([a-z-]*\) .*/\1/p' "$0" | xargs)"
[ $failed = 0 ] || die "$failed of $((passed + failed)) static checks failed"
say check "$passed static checks passed"
