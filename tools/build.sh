#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds the tree in the guests' root, without touching the tree itself.
#   tools/build.sh              build all and stage it for tools/guest.sh
#   tools/build.sh TARGET...    make these targets there instead (V=1 and the like pass as well)
#   tools/build.sh --print-dir  only print where the module is built, with its symbols
# The module is built for the kernel K (tools/kernels/K) as B says: empty, kcov, gcov, or defect-NAME (kmod/defect.h).
# All else is the same for all of them. So B=gcov K=kasan has a directory of its own, and nothing is built again
# because another K or B was built in between. What is built sees itself in /module and /tree, whatever the tree and K
# are called: compilers' results can be shared, and a guest's gcov files are in /sys/kernel/debug/gcov/module.

. "$(dirname "$0")/lib.sh"
need_root "$@"
"$tools/host-deps.sh"
root=$("$tools/root.sh")
dir=$(build_dir "$root")

# Clones come and go (continuous integration makes one each run); what was built for them goes with them.
prune() {
	local path

	for path in "$root"/build/*/path; do
		if [ -e "$path" ] && [ ! -e "$(cat "$path")" ]; then
			rm -rf "${path%/path}"
		fi
	done
}

# what_kind: what B means for Kbuild.
what_kind() {
	case $B in
	'') ;;
	kcov) echo PYMM_KCOV=y ;;
	gcov) echo PYMM_GCOV=y ;;
	defect-?*) echo "PYMM_DEFECT=${B#defect-}" ;;
	esac
}

# The kernel must have what the module wants to use.
check_kind() {
	local wanted=''

	case $B in
	kcov) wanted=CONFIG_KCOV=y ;;
	gcov) wanted=CONFIG_GCOV_KERNEL=y ;;
	esac
	[ -z "$wanted" ] || grep -qsx "$wanted" "$kernel/build/.config" || die "the kernel $K has no $wanted for B=$B"
}

run_make() {
	in_root "$root" "$1" make -j"$(nproc)" KDIR=/kernel/build \
		KSELFTEST=/usr/src/pymm-linux-source/tools/testing/selftests "${@:2}"
}

build_module() {
	local kind

	kind=$(what_kind)
	sync_tree "$dir/$module/tree" Makefile Kbuild kmod include
	mkdir -p "$dir/$module/stage"
	mounts+=("$dir/$module/stage:/stage")
	# shellcheck disable=SC2086 # none or one
	run_make /module install-module DESTDIR=/stage $kind
}

build_user() {
	sync_tree "$dir/tree"
	rm -rf "$dir/stage.tmp"
	mkdir "$dir/stage.tmp"
	mounts+=("$dir/stage.tmp:/stage")
	run_make /tree install-user DESTDIR=/stage
	rm -rf "$dir/stage"
	mv "$dir/stage.tmp" "$dir/stage"
}

build() {
	prune
	if [ $# -gt 0 ]; then
		sync_tree "$dir/tree"
		run_make /tree "$@"
	else
		build_module
		build_user
	fi
}

if [ "${1-}" = --print-dir ]; then
	echo "$dir/$module/tree"
	exit
fi
kernel=$("$tools/kernel.sh")
check_kind
mkdir -p "$dir/tree" "$dir/$module/tree"
mounts=("$kernel:/kernel" "$dir/tree:/tree" "$dir/$module/tree:/module")
lock "$dir/lock"
step build "building for $variant" build "$@"
grep -i 'warning:' "$logs/build-$variant-$tree_key.log" >&2 || :
