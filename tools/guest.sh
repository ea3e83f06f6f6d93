#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Boots a guest, runs a command in it, and gives back its output and status (126 for all above 125).
#   tools/guest.sh [-m MEMORY] [-s CPUS] [-t SECONDS] [-a "KERNEL ARGUMENTS"] [-c FILE] [-l] [-u] [-n] [-r|-i|-q] -- COMMAND...
# The guest has the kernel K (tools/kernels/K) and what tools/build.sh staged for it and for B. The module is there, in
# /usr/lib/pymm/pymm.ko, but not loaded: -l loads it before the command. -r gives the command the standard input, of
# which all is read before the guest boots; without it there is none. -i gives it the terminal. -t sets a limit of time
# (600 s, 0 for none), which is longer by as much as K is slower; -c keeps the console's log, with all that the kernel
# says, in FILE; -m is the memory (1G), -s the number of processors (2); -u has the kernel as users have it: with
# mitigations, without KFENCE; -n has the clock count instructions, each a nanosecond, on one processor; -q restores a
# guest that has booted (without -m, -s, -a, -u, -n, -i).
#   tools/guest.sh -l -r -- pymm program run - <first.pyasm >output
# A guest that ran out of time gives status 124, one that died 125.

. "$(dirname "$0")/lib.sh"

misused() {
	printf 'pymm: %s\n' "$1" "tools/guest.sh -h shows the options" >&2
	exit 2
}

memory=1G cpus=2 seconds=600 slower=1 arguments='' kernel_args='' console='' interactive='' quick='' load='' input=''
# shellcheck source=tools/kernels/kasan
. "$tools/kernels/$K"
given=("$@")
while getopts :m:s:t:a:c:lruniq option; do
	case $option in
	m) memory=$OPTARG ;;
	s) cpus=$OPTARG ;;
	t) seconds=$OPTARG ;;
	a) kernel_args=$OPTARG ;;
	c) console=$(realpath -m "$OPTARG") ;;
	l) load=y ;;
	r) input=y ;;
	u) mitigations='' arguments='' ;;
	n) count_instructions=y cpus=1 ;;
	i) interactive=y ;;
	q) quick=y ;;
	:) misused "-$OPTARG wants a value" ;;
	*) misused "there is no option -$OPTARG" ;;
	esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || misused "there is no command for the guest to run"
[ -z "$interactive" ] || [ -z "$input" ] || misused "-i and -r cannot be had together"
[ -z "$interactive" ] || [ -t 0 ] ||
	die "a shell in the guest needs a terminal: tools/guest.sh -l -r -- sh <FILE runs a script without one"
need_root "${given[@]}"
"$tools/host-deps.sh"
root=$("$tools/root.sh")
kernel=$("$tools/kernel.sh")
disk=$("$tools/disk.sh")
[ -z "$quick" ] || snapshot=$("$tools/snapshot.sh")
# shellcheck source=tools/qemu.sh
. "$tools/qemu.sh"
build=$root/build/$tree_key
seconds=$((seconds * slower))
scratch=$(mktemp -d "$cache/run.XXXXXX")
keep_console=$console
console=${console:-$logs/console-$variant-${scratch##*.}.log}

# What is needed for this run.
pack_files() {
	local files=$scratch/files

	mkdir -p "$files" "$build/stage" "$build/$module/stage"
	install -m 755 "$tools/init" "$files/init"
	{
		[ -z "$load" ] || printf 'insmod /usr/lib/pymm/pymm.ko && '
		printf '%q ' exec "$@"
	} >"$files/command"
	[ -z "$input" ] || cat >"$files/stdin"
	[ -z "$interactive" ] || echo "$(stty size) $TERM" >"$files/interactive"
	if [ -t 1 ]; then
		echo "$TERM" >"$files/term"
	fi
}

# The kernel unpacks archives one after the other: its own, what is needed for this run, what was built.
pack_initrd() {
	cat "$kernel/base.cpio"
	(cd "$scratch/files" && find . -type f | cpio --quiet -o -H newc)
	(cd "$build" && find stage | cpio --quiet -o -H newc)
	(cd "$build/$module" && find stage | cpio --quiet -o -H newc)
}

# For a guest that is restored, the same in an archive that is unpacked in its root.
pack_disk() {
	tar -c -C "$build/stage" . -C "$build/$module/stage" . -C "$scratch" files
}

pack() {
	pack_files "$@"
	lock "$build/lock"
	if [ "$quick" ]; then
		pack_disk >"$scratch/disk"
	else
		pack_initrd >"$scratch/initrd"
	fi
	unlock
}

set_machine() {
	if [ "$quick" ]; then
		machine "$memory" 2 PYMM_SNAPSHOT=y
		# shellcheck disable=SC2207 # words
		machine+=($(handed_over "$scratch/disk") -initrd "$snapshot/initrd"
			-incoming "exec:cat $snapshot/state")
	else
		machine "$memory" "$cpus" "$kernel_args"
		machine+=(-initrd "$scratch/initrd")
	fi
}

# hvc0 is the kernel's console and goes to a log; hvc1 is the command's terminal.
run_qemu() {
	timeout --foreground "$seconds" qemu-system-x86_64 "${machine[@]}" \
		-chardev file,id=console,path="$console" -chardev stdio,id=command,signal="$1"
}

# How long a guest may say nothing: tools/init gives a sign of life each 10 s of its own time.
silence=$((90 * slower))

# An emulated guest hangs now and then, even while it boots or in its very end after its command, and would until its time
# is over: it waits for QEMU to take what it writes to a console (see qemu.sh).
end_hung() {
	local size='' now since=$SECONDS

	until grep -qs 'pymm: the command ended' "$console"; do
		sleep 2
		kill -0 $$ 2>/dev/null || return 0
		now=$(stat -c %s "$console")
		if [ "$now" != "$size" ]; then
			size=$now since=$SECONDS
		elif [ -z "${count_instructions-}" ] && [ $((SECONDS - since)) -gt $silence ]; then
			: >"$scratch/silent"
			pkill -KILL -g "$1" qemu-system
			return 0
		fi
	done
	sleep $((10 * slower))
	: >"$scratch/hung"
	pkill -g "$1" qemu-system
}

# Through a pipe, because QEMU makes its standard output non-blocking for all who share it; and in a process
# group of its own, so that whatever ends this script ends QEMU.
run_batch() {
	local status=0

	set -m
	# A line is what a restored guest waits for.
	{ { [ -z "$quick" ] || echo; } | run_qemu on | tee "$scratch/output"; } </dev/null &
	job=$!
	end_hung "$job" &
	clock=$!
	disown "$clock"
	set +m
	wait "$job" || status=$?
	job=
	kill -- "-$clock" 2>/dev/null || :
	clock=
	return $status
}

# explain STATUS: what happened to a guest that did not end by itself.
explain() {
	[ ! -e "$scratch/silent" ] || set -- silent
	case $1 in
	silent) say guest "it gave no sign of life for $silence s and was stopped; the console ended with:" ;;
	0) say guest "the kernel panicked or reset; its console ended with:" ;;
	124) say guest "stopped after $seconds s (tools/guest.sh -t sets the limit); the console ended with:" ;;
	*) say guest "QEMU failed with status $1; the console ended with:" ;;
	esac
	tail -n 40 "$console" | sed 's/^/    /' >&2
	say guest "the whole console log is $console"
}

# finish STATUS: QEMU's status is 2 * code + 1 when the guest ended by itself (tools/init), with code = 1 + the
# command's status. Whoever kills QEMU may give it an odd status as well.
finish() {
	local status=$((($1 - 3) / 2)) ended

	ended=$(sed -n 's/.*pymm: the command ended with \([0-9]*\).*/\1/p' "$console" | tail -n 1)
	if [ "$ended" ] && [ -e "$scratch/hung" ]; then
		say guest "it hung after the command had ended, and was stopped"
		status=$ended
	elif [ $(($1 % 2)) = 0 ] || [ "$1" = 1 ] || [ -z "$ended" ]; then
		explain "$1"
		[ "$1" = 124 ] && exit 124
		exit 125
	fi
	if [ "$status" = 0 ]; then
		[ "$keep_console" ] || rm -f "$console"
	else
		say guest "the command's status is $status; the console log is $console"
	fi
	exit "$status"
}

# An emulated guest dies now and then of the breakpoint that the kernel puts over an instruction while it patches it,
# above all on a loaded machine: while it boots, before tools/init says that it is up, or later, also where the module
# has a tracepoint. It executes a breakpoint that is there no more: what the kernel shows of the code has another byte
# in its place. Try again then, but never when a test had failed by then.
is_missed_patch() {
	local code

	emulated || return 1
	! grep -qs '^not ok' "$scratch/output" || return 1
	grep -q 'pymm: the guest is up' "$console" || return 0
	code=$(grep -A 20 'Oops: int3' "$console" | grep -m 1 'Code:') || return 1
	[[ $code =~ ([0-9a-f]{2})\ \<[0-9a-f]{2}\> ]] && [ "${BASH_REMATCH[1]}" != cc ]
}

# It hung, once, and neither a test nor its kernel had anything to say by then.
is_hung() {
	[ -e "$scratch/silent" ] && [ "$1" = 1 ] && emulated &&
		! grep -qs '^not ok' "$scratch/output" && ! grep -v 'BUG: KCSAN' "$console" | grep -qE 'BUG|WARNING|INFO|Oops|lockup|stall'
}

boot() {
	local try status

	for try in 1 2 3 4; do
		status=0
		rm -f "$scratch/silent"
		: >"$console"
		if [ "$interactive" ]; then
			run_qemu off || status=$?
		else
			run_batch || status=$?
		fi
		cp "$console" "${console%.log}-$try.log"
		if is_hung $try; then
			say guest "it gave no sign of life for $silence s (${console%.log}-$try.log); trying again from the start"
		elif [ $status = 0 ] && [ $try != 4 ] && is_missed_patch; then
			say guest "it died of a patched instruction (${console%.log}-$try.log); trying again from the start"
		else
			rm "${console%.log}-$try.log"
			return $status
		fi
	done
}

find "$logs" -name 'console-*' -mtime +7 -delete
pack "$@"
set_machine
status=0
start=booting
[ -z "$quick" ] || start=restoring
say guest "$start $variant"
boot || status=$?
finish "$status"
