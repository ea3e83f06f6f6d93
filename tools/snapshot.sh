#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Makes the snapshot of a guest that has booted and waits for files and a command (tools/guest.sh -q), unless it is
# cached, and prints the directory: state, and the initrd that the guest was booted with.

. "$(dirname "$0")/lib.sh"
need_root "$@"
memory=1G slower=1 arguments=''
# shellcheck source=tools/kernels/kasan
. "$tools/kernels/$K"
"$tools/host-deps.sh"
kernel=$("$tools/kernel.sh")
disk=$("$tools/disk.sh")
# shellcheck source=tools/qemu.sh
. "$tools/qemu.sh"
machine "$memory" 2 PYMM_SNAPSHOT=y

# Raise when fill_snapshot makes something different.
recipe=1

# What QEMU's monitor is told: nothing until the guest says that it is ready.
orders() {
	local tries=$((200 * slower))

	until grep -qs 'pymm: ready for a snapshot' "$1/console"; do
		[ $((tries -= 1)) -gt 0 ] || return 0
		sleep 0.3
	done
	echo 'migrate_set_parameter max-bandwidth 10G'
	echo "migrate \"exec:cat > $1/state\""
	echo info migrate
	echo quit
}

take() {
	rm -f "$1"/{console,state}
	# shellcheck disable=SC2046 # words
	orders "$1" | timeout --foreground $((60 * slower)) qemu-system-x86_64 "${machine[@]}" \
		$(handed_over "$1/empty") -initrd "$1/initrd" -chardev file,id=console,path="$1/console" \
		-chardev null,id=command -monitor stdio >"$1/monitor"
	grep -q 'Migration status: completed' "$1/monitor"
}

# An emulated guest may die of a patched instruction (tools/guest.sh): try again.
fill_snapshot() {
	local try

	mkdir "$1"
	{
		cat "$kernel/base.cpio"
		(cd "$tools" && echo init | cpio --quiet -o -H newc)
	} >"$1/initrd"
	for try in 1 2 3 4; do
		if take "$1"; then
			rm "$1"/{console,monitor,empty}
			return
		fi
		echo "try $try failed; the console:"
		cat "$1/console"
	done
	return 1
}

snapshot=$(keyed "snapshot-$K" "$recipe" "$(cat "$tools"/{init,qemu.sh})" "$(qemu-system-x86_64 --version)" "${machine[@]}")
make_once "$snapshot" snapshot "making the snapshot of a guest $K (about $((7 * slower)) s)" fill_snapshot
echo "$snapshot"
