# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Sourced by guest.sh and snapshot.sh: the machine that a guest is. Needs lib.sh, $kernel, $disk and K's file.

# /dev/kvm alone proves nothing: it can exist, answer, and hang any guest.
emulated() {
	! { grep -qwE 'vmx|svm' /proc/cpuinfo && [ -w /dev/kvm ]; }
}

# What all guests have, unless guest.sh was told otherwise: mitigations cost time, and there is nobody to hide from.
mitigations=${mitigations-mitigations=off} count_instructions=${count_instructions-}

# machine MEMORY CPUS [KERNEL ARGUMENT...]: QEMU's options in the array of that name, without what differs between a
# guest and its snapshot: the initrd and where the consoles lead to. The devices signal by messages: to have ACPI find out
# where lines would go is most of the boot of a kernel that checks its memory. Who writes to a console waits for QEMU to take
# it, without interrupts: what is written is taken at once, not by a thread that is woken, as that wake-up gets lost.
machine() {
	local memory=$1 cpus=$2 accelerator=(-accel kvm -cpu host)
	shift 2
	if [ "$count_instructions" ]; then
		# shellcheck disable=SC2054 # commas
		accelerator=(-accel tcg -cpu max -icount shift=0,sleep=off)
	elif emulated; then
		# shellcheck disable=SC2054 # commas
		accelerator=(-accel tcg,thread=multi -cpu max)
	fi
	# shellcheck disable=SC2034,SC2054 # used by others; commas
	machine=(-M pc "${accelerator[@]}" -m "$memory" -smp "$cpus" -nographic -nodefaults -no-user-config -no-reboot
		-device isa-debug-exit,iobase=0xf4,iosize=4 -drive "file=$disk,format=raw,if=virtio,readonly=on"
		-device virtio-serial-pci,ioeventfd=off,event_idx=off
		-device virtconsole,chardev=console -device virtconsole,chardev=command
		-kernel "$kernel/image"
		-append "console=hvc0 quiet panic=-1 oops=panic pci=noacpi PYMM_SLOWER=$slower $mitigations $arguments $*")
}

# handed_over FILE: the option for a disk with files that a guest gets after its snapshot was taken. Its size is part
# of the machine.
handed_over() {
	truncate -s 128M "$1"
	echo "-drive file=$1,format=raw,if=virtio,readonly=on"
}
