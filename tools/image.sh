#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Makes what a guest boots from its root, unless it is cached, and prints the directory: vmlinux (entered by QEMU
# at its PVH entry, 0.7 s faster than a bzImage), base.cpio (the shell and modules that mount the rest) and
# disk.squashfs (the root without compilers and sources; squashfs is the smallest module to load, and reading
# uncompressed is fastest under emulation).

. "$(dirname "$0")/lib.sh"
need_root "$@"
root=$("$tools/root.sh")
release=$(release_of "$root")

# Raise when fill_image makes something different.
recipe=1

extract_kernel() {
	in_root "$root" / /usr/src/pymm-linux-source/scripts/extract-vmlinux "/boot/vmlinuz-$release" >"$1/vmlinux"
}

# The modules, unpacked, with their order in a list.
pack_modules() {
	local module

	in_root "$root" / modprobe -S "$release" -a --show-depends virtio_blk squashfs overlay >"$1/depends"
	while read -r action module; do
		[ "$action" = insmod ] || continue
		xz -dc "$root$module" >"$1/$(basename "$module" .xz)"
		basename "$module" .xz >>"$1/order"
	done <"$1/depends"
}

pack_base() {
	local base=$1/base applet

	mkdir -p "$base"/{bin,modules,dev,proc,sys,disk,upper,root,stage}
	cp "$root/usr/bin/busybox" "$base/bin/"
	for applet in sh cat chmod chroot dd hostname insmod ip mkdir mount setsid stty; do
		ln -s busybox "$base/bin/$applet"
	done
	pack_modules "$base/modules"
	(cd "$base" && find . | cpio --quiet -o -H newc) >"$1/base.cpio"
	rm -rf "$base"
}

pack_disk() {
	mksquashfs "$root" "$1/disk.squashfs" -noI -noD -noF -noX -no-progress -wildcards -e \
		'build/*' 'boot/*' 'tmp/*' 'usr/src/*' 'usr/include/*' 'var/cache/*' 'var/lib/apt/*' \
		'usr/libx32/*' 'usr/lib/gcc/*' 'usr/libexec/gcc/*' 'usr/lib/llvm-*' 'usr/lib*/*.a' 'usr/lib/*/*.a' \
		'usr/lib/*/libLLVM*' 'usr/lib/*/libclang*' 'usr/lib/udev/hwdb*' 'usr/lib/modules/*/kernel/drivers'
}

fill_image() {
	mkdir "$1"
	extract_kernel "$1"
	pack_base "$1"
	pack_disk "$1"
}

image=$(keyed "guest-$K" "$recipe" "$root")
make_once "$image" image "making the guest image $K (about 5 s)" fill_image
echo "$image"
