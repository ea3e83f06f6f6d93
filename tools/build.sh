#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds the tree in the guest's root, without touching the tree itself.
#   tools/build.sh              build all and stage it for tools/guest.sh
#   tools/build.sh TARGET...    make these targets there instead (V=1 and the like pass as well)

. "$(dirname "$0")/lib.sh"
need_root "$@"
"$tools/host-deps.sh"
root=$("$tools/root.sh")
dir=$root/build/$tree_key

# Clones come and go (continuous integration makes one each run); what was built for them goes with them.
prune() {
	local path

	for path in "$root"/build/*/path; do
		if [ -e "$path" ] && [ ! -e "$(cat "$path")" ]; then
			rm -rf "${path%/path}"
		fi
	done
}

run_make() {
	in_root "$root" "/build/$tree_key/tree" make -j2 KDIR="/lib/modules/$(release_of "$root")/build" \
		KSELFTEST=/usr/src/pymm-linux-source/tools/testing/selftests "$@"
}

build() {
	prune
	sync_tree "$dir/tree"
	if [ $# -gt 0 ]; then
		run_make "$@"
		return
	fi
	rm -rf "$dir/stage.tmp"
	run_make install DESTDIR="/build/$tree_key/stage.tmp"
	rm -rf "$dir/stage"
	mv "$dir/stage.tmp" "$dir/stage"
}

mkdir -p "$dir"
echo "$tree" >"$dir/path"
lock "$dir/lock"
step build "building for $K" build "$@"
grep -i 'warning:' "$logs/build-$K-$tree_key.log" >&2 || :
