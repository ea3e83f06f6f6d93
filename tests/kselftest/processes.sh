# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Sourced by the tests of the pymm command that look at other processes, instead of expect.sh: processes beside the
# test, which end with it. $tests is the directory that it is in.

tests=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/kselftest/expect.sh
. "$tests/expect.sh"

declare -A running=()
trap 'end "${!running[@]}"; rm -rf "$work"' EXIT
chmod 755 "$work"

# run COMMAND...: beside the test; $pid is its process.
run() {
	"$@" &
	pid=$!
	# shellcheck disable=SC2034 # the trap ends them
	running[$pid]=1
	# What the shell says of those that are killed is no concern of anybody.
	disown "$pid"
}

# end PID...: those are killed.
end() {
	local i

	for i; do
		kill -KILL "$i" 2>/dev/null || :
		unset "running[$i]"
	done
}

# until_gone PID
until_gone() {
	while kill -0 "$1" 2>/dev/null; do
		sleep 0.05
	done
	unset "running[$1]"
}

# until_comm NAME: until $pid is that program, and no longer the one that starts it.
until_comm() {
	until [ "$(<"/proc/$pid/comm")" = "$1" ]; do
		sleep 0.05
	done
}

# until_dump PATTERN: until the arena of $pid holds that.
until_dump() {
	local i

	for ((i = 0; i < 600; i++)); do
		! pymm arena dump -p "$pid" 2>/dev/null | grep -q "$1" || return 0
		sleep 0.05
	done
	echo "# no $1 in process $pid"
	return 1
}

# run_program TEXT: $pid runs it, and has bound the name ready.
run_program() {
	printf '%s\n' "$1" >"program.$count.pyasm"
	run pymm program run "program.$count.pyasm" >program.out 2>program.err
	until_dump '"name":"ready"'
}

# run_python TEXT: $pid runs it, after what calls the kernel; it has said that it is ready.
run_python() {
	rm -f ready
	{
		cat <<-'END'
			import ctypes, fcntl, os, signal, struct, sys, time
			def call(fd, nr, fmt, *args):
			    data = bytearray(struct.pack(fmt, *args))
			    fcntl.ioctl(fd, 0xC0000000 | len(data) << 16 | 0xBB << 8 | nr, data)
			    return struct.unpack(fmt, data)
			INSPECT, RUN, CONFIG = 1, 2, 4
			def arena(): return os.open("/dev/pymm", os.O_RDWR)
			def thread(fd): return call(fd, 2, "<IiII", 0, 0, 0, 0)[1]
			def dup(fd, rights): return call(fd, 3, "<IIiI", 0, rights, 0, 0)[2]
			def acquire(fd): call(fd, 0x11, "<IIQ72x", 0, 1, 0xffffffffffffffff)
			def wait():
			    open("ready", "w").close()
			    time.sleep(600)
		END
		printf '%s\n' "$1"
	} >"holder.$count.py"
	run python3 "holder.$count.py"
	for ((i = 0; i < 600; i++)); do
		[ ! -e ready ] || return 0
		sleep 0.05
	done
	echo "# process $pid is not ready"
	return 1
}

# ---- other users ----

# Who calls pymm in expect_user.
user=(setpriv --reuid=1234 --regid=1234 --clear-groups)
# shellcheck disable=SC2034 # for those who source it
denied="pymm: process *: permission denied: run pymm as root, or as the user of the process *"
yama=/proc/sys/kernel/yama/ptrace_scope

# let_users_trace: until the test ends. Where it is not so, only root may, and what is refused goes to the kernel's log.
let_users_trace() {
	[ -e $yama ] || return 0
	scope=$(<$yama)
	trap 'end "${!running[@]}"; echo "$scope" >$yama; rm -rf "$work"' EXIT
	echo 0 >$yama
}

# expect_user NAME STATUS STDOUT STDERR ARGUMENT...: as expect, by another user.
expect_user() {
	# shellcheck disable=SC2317 # expect calls it
	pymm() {
		"${user[@]}" pymm "$@"
	}
	expect "$@"
	unset -f pymm
}
