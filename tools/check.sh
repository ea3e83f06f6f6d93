#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The static checks, run in the guest's root on a copy of the tree.

. "$(dirname "$0")/lib.sh"
need_root "$@"
"$tools/host-deps.sh"
root=$("$tools/root.sh")
scripts=/usr/src/pymm-linux-source/scripts
# Not where build.sh builds: other flags would have both rebuild everything every time.
dir=/build/$tree_key/check
failed=0

run() {
	in_root "$root" "$dir" "$@"
}

# files PATTERN PLACE...: the names below those places that match, one a line.
files() {
	local pattern=$1
	shift
	(cd "$root$dir" && find "$@" -name "$pattern" -type f | sort)
}

# Errors and warnings fail; what --strict adds (CHECK) is only shown, and makes for status 1 as well.
checkpatch() {
	local sources report status=0

	mapfile -t sources < <(files '*.[ch]' kmod include)
	report=$(run "$scripts/checkpatch.pl" --strict --no-tree --terse --show-types -f "${sources[@]}") || status=$?
	grep ': CHECK:' <<<"$report" || :
	# Asking for the kernel's version is what compat.h is for, and no other file does.
	! grep -vE ': CHECK:|^total:|^$|compat.h:.*(LINUX_VERSION_CODE|CONSTANT_COMPARISON)' \
		<<<"$report" && { [ "$status" = 0 ] || [ "$report" ]; }
}

module() {
	run make -k -j2 --no-print-directory -C "/lib/modules/$(release_of "$root")/build" M="$dir" \
		W=1 KCFLAGS=-Werror C=1 CF=-Wsparse-error modules
}

kernel_doc() {
	local sources

	mapfile -t sources < <(files '*.[ch]' kmod include/uapi)
	run "$scripts/kernel-doc" -none -Werror "${sources[@]}"
}

shell() {
	local scripts

	mapfile -t scripts < <(files '*.sh' tools tests)
	run shellcheck -x -P SCRIPTDIR -P . "${scripts[@]}" tools/init .ci/run
}

check() {
	step "$@" || failed=$((failed + 1))
}

mkdir -p "$root/build/$tree_key"
echo "$tree" >"$root/build/$tree_key/path"
lock "$root/build/$tree_key/check.lock"
sync_tree "$root$dir"
check checkpatch "style of kmod/ and include/" checkpatch
check module "compiler and sparse warnings of kmod/" module
check kernel-doc "comments of kmod/ and include/uapi/" kernel_doc
check shellcheck "shell scripts" shell
[ $failed = 0 ] || die "$failed of 4 static checks failed"
say check "4 static checks passed"
