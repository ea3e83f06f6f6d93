#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Boots a guest, runs a command in it, and gives back its output and status (126 for all above 125).
#   tools/guest.sh [-m MEMORY] [-s CPUS] [-t SECONDS] [-a "KERNEL ARGUMENTS"] [-i] -- COMMAND...
# The guest has what tools/build.sh staged. -t 0 sets no limit of time (the default is 600 s); -i gives the
# command the terminal. A guest that ran out of time gives status 124, one that died 125.

. "$(dirname "$0")/lib.sh"

usage() {
	sed -n '3,6s/^# //p' "$0" >&2
	exit 2
}

memory=1G cpus=2 seconds=600 kernel_args='' interactive=''
arguments=("$@")
while getopts m:s:t:a:i option; do
	case $option in
	m) memory=$OPTARG ;;
	s) cpus=$OPTARG ;;
	t) seconds=$OPTARG ;;
	a) kernel_args=$OPTARG ;;
	i) interactive=y ;;
	*) usage ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || usage
[ -z "$interactive" ] || [ -t 0 ] || die "-i needs a terminal"
need_root "${arguments[@]}"
"$tools/host-deps.sh"
root=$("$tools/root.sh")
image=$("$tools/image.sh")
build=$root/build/$tree_key
scratch=$(mktemp -d "$cache/run.XXXXXX")
console=$logs/console-${scratch##*.}.log

# The kernel unpacks archives one after the other: the image's, what is needed for this run, what was built.
pack() {
	local files=$scratch/files

	mkdir -p "$files" "$build/stage"
	install -m 755 "$tools/init" "$files/init"
	printf '%q ' exec "$@" >"$files/command"
	[ -z "$interactive" ] || echo "$(stty size) $TERM" >"$files/interactive"
	if [ -t 1 ]; then
		echo "$TERM" >"$files/term"
	fi
	lock "$build/lock"
	{
		cat "$image/base.cpio"
		(cd "$files" && find . -type f | cpio --quiet -o -H newc)
		(cd "$build" && find stage | cpio --quiet -o -H newc)
	} >"$scratch/initrd"
	unlock
}

# /dev/kvm alone proves nothing: it can exist, answer, and hang any guest.
accelerator() {
	if [ "${1-}" != tcg ] && grep -qwE 'vmx|svm' /proc/cpuinfo && [ -w /dev/kvm ]; then
		echo -accel kvm -cpu host
	else
		echo -accel tcg,thread=multi -cpu max
	fi
}

# hvc0 is the kernel's console and goes to a log; hvc1 is the command's terminal.
run_qemu() {
	# shellcheck disable=SC2046 # words
	timeout --foreground "$seconds" qemu-system-x86_64 -M pc $(accelerator) -m "$memory" -smp "$cpus" \
		-nographic -nodefaults -no-user-config -no-reboot -device isa-debug-exit,iobase=0xf4,iosize=4 \
		-drive file="$image/disk.squashfs",format=raw,if=virtio,readonly=on -device virtio-serial-pci \
		-chardev file,id=console,path="$console" -device virtconsole,chardev=console \
		-chardev stdio,id=command,signal="$1" -device virtconsole,chardev=command \
		-kernel "$image/vmlinux" -initrd "$scratch/initrd" \
		-append "console=hvc0 quiet panic=-1 oops=panic mitigations=off $kernel_args"
}

# Through a pipe, because QEMU makes its standard output non-blocking for all who share it; and in a process
# group of its own, so that whatever ends this script ends QEMU.
run_batch() {
	local status=0

	set -m
	{ run_qemu on | cat; } </dev/null &
	job=$!
	set +m
	wait "$job" || status=$?
	job=
	return $status
}

# explain STATUS: what happened to a guest that did not end by itself.
explain() {
	case $1 in
	0) say guest "the kernel panicked or reset; its console ended with:" ;;
	124) say guest "stopped after $seconds s (tools/guest.sh -t sets the limit); the console ended with:" ;;
	*) say guest "QEMU failed with status $1; the console ended with:" ;;
	esac
	tail -n 40 "$console" | sed 's/^/    /' >&2
	say guest "the whole console log is $console"
}

# finish STATUS: QEMU's status is 2 * code + 1 when the guest ended by itself (tools/init), with code = 1 + the
# command's status.
finish() {
	case $1 in
	3)
		rm -f "$console"
		exit 0
		;;
	0 | 1 | *[02468])
		explain "$1"
		[ "$1" = 124 ] && exit 124
		exit 125
		;;
	esac
	say guest "the command's status is $((($1 - 3) / 2)); the console log is $console"
	exit $((($1 - 3) / 2))
}

# An emulated guest dies now and then of the breakpoint that the kernel puts over an instruction while it patches it,
# above all on a loaded machine: while it boots, before tools/init says that it is up, or later, in the kernel's own
# code. The likely cause is the emulation; it is not proven. Try again, but never when code of the module was hit.
is_missed_patch() {
	[ "$(accelerator)" = "$(accelerator tcg)" ] || return 1
	grep -q 'pymm: the guest is up' "$console" || return 0
	grep -q 'Oops: int3' "$console" && ! grep -q 'RIP:.*\[pymm\]' "$console"
}

boot() {
	local try status

	for try in 1 2 3 4; do
		status=0
		: >"$console"
		if [ "$interactive" ]; then
			run_qemu off || status=$?
		else
			run_batch || status=$?
		fi
		if [ $status != 0 ] || [ $try = 4 ] || ! is_missed_patch; then
			return $status
		fi
		cp "$console" "${console%.log}-$try.log"
		say guest "it died of a patched instruction (${console%.log}-$try.log); trying again from the start"
	done
}

find "$logs" -name 'console-*' -mtime +7 -delete
pack "$@"
status=0
say guest "booting $K (about 3 s)"
boot || status=$?
finish "$status"
