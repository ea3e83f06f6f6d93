#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Fuzzes: the core of the module in user space, in the build root, then the module in a guest with KASAN and KCOV.
#   tools/fuzz.sh [-s SEED] [SECONDS]      half of the time each (40 s), the seeds of tests/fuzz/seeds first; what is
#                                          made at random begins with SEED, for a test that does nearly the same each time
#   tools/fuzz.sh native [SECONDS]         only the first
#   tools/fuzz.sh guest SECONDS [ARGUMENT...]  only the second, with arguments of ioctl_fuzz (--seed N, --replay CHAIN)
#   tools/fuzz.sh replay TARGET FILE       an input of a target in user space once more
# What makes something fail is left in out/fuzz, and how to run it again is said.

. "$(dirname "$0")/lib.sh"

need_root "$@"
seed=''
if [ "${1-}" = -s ]; then
	is_number "${2-}" "SEED"
	seed=$2
	shift 2
fi
out=$tree/out/fuzz
key=$tree_key
mkdir -p "$out"
own "$tree/out"
trap 'own "$tree/out"; on_exit' EXIT

# in_tree COMMAND...: in the build root, in a copy of the tree, with out/fuzz as the tree's. The user-space build has a
# copy of its own: other flags would have build.sh build everything again. It sees itself in /tree as well.
in_tree() {
	local root

	"$tools/host-deps.sh"
	root=$("$tools/root.sh")
	build_dir "$root" >/dev/null
	lock "$root/build/$key/fuzz.lock"
	sync_tree "$root/build/$key/fuzz"
	# shellcheck disable=SC2034 # of in_root
	mounts=("$root/build/$key/fuzz:/tree" "$out:/tree/out/fuzz")
	in_root "$root" /tree "$@"
}

native() {
	in_tree make --no-print-directory -j"$(nproc)" -s -C tests/fuzz check
	in_tree make --no-print-directory -s -C tests/fuzz run SECONDS="$1" SEED="$seed"
}

# The inputs worth keeping come back through the guest's output; after a failure the last inputs of each thread stand
# there, and all earlier ones in the console's log.
guest() {
	local seconds=$1 status=0 console=$out/ioctl_fuzz.console output=$out/ioctl_fuzz.out
	shift
	export K=kasan B=kcov
	"$tools/build.sh"
	"$tools/guest.sh" -t $((seconds + 120)) -c "$console" -- \
		/usr/lib/pymm/fuzz/ioctl_fuzz.sh --seconds "$seconds" ${seed:+--seed "$seed"} "$@" | tee "$output" |
		sed '/^ioctl_fuzz: kept/,/^ioctl_fuzz: end/d' || status=$?
	sed -n '/^ioctl_fuzz: kept/,/^ioctl_fuzz: end/{/^ioctl_fuzz:/!p}' "$output" >"$out/ioctl_fuzz.kept"
	[ "$status" != 0 ] || return 0
	say fuzz "ioctl_fuzz failed; the inputs that were executed: grep -- --replay $console"
	say fuzz "again: tools/fuzz.sh guest 60 --threads 1 --replay CHAIN (or several, without --threads)"
	return 1
}

case ${1-40} in
native | guest)
	is_number "${2:-20}" "the time"
	"$1" "${2:-20}" "${@:3}"
	;;
replay)
	cp "$3" "$out/replay.input"
	in_tree make --no-print-directory -s -C tests/fuzz replay TARGET="$2" INPUT=../../out/fuzz/replay.input
	;;
*)
	is_number "${1:-40}" "the time, unless it is native, guest or replay,"
	native $((${1:-40} / 2))
	guest $((${1:-40} / 2))
	;;
esac
