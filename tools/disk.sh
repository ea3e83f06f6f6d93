#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Makes the disk of all guests from the root, unless it is cached, and prints its name: the root without compilers,
# sources and kernels. squashfs is the smallest module to load, and reading uncompressed is fastest under emulation.

. "$(dirname "$0")/lib.sh"
need_root "$@"
root=$("$tools/root.sh")

# Raise when fill_disk makes something different.
recipe=2

fill_disk() {
	mkdir "$1"
	mksquashfs "$root" "$1/disk.squashfs" -noI -noD -noF -noX -no-progress -wildcards -e \
		'build/*' 'boot/*' 'kernel/*' 'tmp/*' 'usr/src/*' 'usr/include/*' 'var/cache/*' 'var/lib/apt/*' \
		'usr/libx32/*' 'usr/lib/gcc/*' 'usr/libexec/gcc/*' 'usr/lib/llvm-*' 'usr/lib*/*.a' 'usr/lib/*/*.a' \
		'usr/lib/*/libLLVM*' 'usr/lib/*/libclang*' 'usr/lib/udev/hwdb*' 'usr/lib/modules/*'
}

disk=$(keyed disk "$recipe" "$(cat "$root/etc/pymm-root")")
make_once "$disk" disk "making the guests' disk (about 5 s)" fill_disk
echo "$disk/disk.squashfs"
