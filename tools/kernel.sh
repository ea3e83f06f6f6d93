#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Makes what belongs to the kernel K (tools/kernels/K), unless it is cached, and prints the directory:
#   image       what QEMU boots
#   base.cpio   the shell and the modules that mount the rest
#   build       what modules are built with (KDIR), once the directory is mounted at /kernel in the root

. "$(dirname "$0")/lib.sh"
need_root "$@"
kind='' version='' suite='' fragments='' minutes=''
# shellcheck source=tools/kernels/kasan
. "$tools/kernels/$K"
"$tools/host-deps.sh"
root=$("$tools/root.sh")

# Raise when fill_kernel makes something different from the same files.
recipe=1

# pack_base DIRECTORY [MODULE...]: the modules, in the order in which they are loaded, are named as in the root.
pack_base() {
	local to=$1 base=$1/base applet module
	shift
	mkdir -p "$base"/{bin,modules,dev,proc,sys,disk,upper,root,stage}
	cp "$root/usr/bin/busybox" "$base/bin/"
	for applet in sh blockdev cat chmod chroot dd hostname insmod ip mkdir mount mv rmdir setsid stty tar; do
		ln -s busybox "$base/bin/$applet"
	done
	: >"$base/modules/order"
	for module; do
		in_root "$root" / xz -dc "$module" >"$base/modules/$(basename "$module" .xz)"
		basename "$module" .xz >>"$base/modules/order"
	done
	(cd "$base" && find . | cpio --quiet -o -H newc) >"$to/base.cpio"
	rm -rf "$base"
}

# pack_stock DIRECTORY FILES RELEASE: with the modules of a stock kernel below FILES, a directory in the root.
pack_stock() {
	local modules

	mapfile -t modules < <(in_root "$root" / modprobe -d "$2" -S "$3" -a --show-depends virtio_blk squashfs overlay |
		sed -n "s,^insmod \\([^ ]*\\).*,\\1,p")
	[ ${#modules[@]} -ge 3 ] || die "the modules of $3 are not as expected"
	pack_base "$1" "${modules[@]}"
}

# QEMU enters a vmlinux at its PVH entry, which is 0.7 s faster than a bzImage.
extract() {
	in_root "$root" / /usr/src/pymm-linux-source/scripts/extract-vmlinux "$1" >"$2/image"
}

kernel_of_root() {
	local release

	release=$(release_of "$root")
	extract "/boot/vmlinuz-$release" "$1"
	ln -s "/lib/modules/$release/build" "$1/build"
	pack_stock "$1" / "$release"
}

# What apt is asked about the suite is kept out of the root.
apt_of_suite() {
	local command=$1
	shift
	in_root "$root" /kernel/debs "$command" -o Dir::Etc::sourcelist=/kernel/debs/sources \
		-o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=/kernel/debs/lists -o Dir::Cache=/kernel/debs \
		-o APT::Sandbox::User=root -o Acquire::Languages=none "$@"
}

# wanted_packages RELEASE: as time went on, Debian has split the image into more of them.
wanted_packages() {
	apt_of_suite apt-cache pkgnames linux- | grep -xF "$(
		printf "linux-%s-$1-amd64\n" image binary modules headers
		printf "linux-%s\n" "headers-$1-common" "kbuild-$1"
	)"
}

# Debian has several versions at a time; the newest of those that begin like ours is taken.
download_kernel() {
	local release packages package

	mkdir -p "$1/debs/lists/partial" "$1/debs/archives/partial"
	sed -n "s/^\\(deb .*\\) ${suite%%-*} main\$/\\1 $suite main/p" "$root/etc/apt/sources.list" >"$1/debs/sources"
	# The root's own is as old as the root.
	cp -L /etc/resolv.conf "$root/etc/"
	apt_of_suite apt-get update
	release=$(apt_of_suite apt-cache pkgnames "linux-headers-$version." |
		sed -n 's/^linux-headers-\(.*\)-common$/\1/p' | grep -v -- '-rt$' | sort -V | tail -n 1)
	[ "$release" ] || die "$suite has no kernel $version"
	mapfile -t packages < <(wanted_packages "$release")
	apt_of_suite apt-get download "${packages[@]}"
	for package in "${packages[@]}"; do
		in_root "$root" /kernel sh -c "dpkg -x debs/${package}_*.deb ."
	done
	rm -rf "$1/debs"
	[ -e "$1/lib" ] || ln -s usr/lib "$1/lib"
	echo "$release-amd64" >"$1/release"
}

kernel_of_packages() {
	local release vmlinuz

	mounts+=("$1:/kernel")
	download_kernel "$1"
	release=$(cat "$1/release")
	vmlinuz=$(find "$1" -name 'vmlinuz*' -type f -printf '/kernel/%P')
	extract "$vmlinuz" "$1"
	in_root "$root" / depmod -b /kernel "$release"
	pack_stock "$1" /kernel "$release"
	# The packages expect to be in /usr/src.
	sed -i 's, */usr/src/, /kernel/usr/src/,; s,= /,=/,' "$1/usr/src/linux-headers-$release/Makefile"
	ln -s "usr/src/linux-headers-$release" "$1/build"
	rm -rf "${1:?}"/{usr/lib/modules,usr/share,lib,boot}
}

# make_kernel ARGUMENT...: in its source. What would differ from build to build is left out, for ccache.
make_kernel() {
	in_root "$root" "/build/kernel/$source" env \
		KBUILD_BUILD_TIMESTAMP=@0 KBUILD_BUILD_USER=pymm KBUILD_BUILD_HOST=pymm \
		make O="/build/kernel/$K" -j"$(nproc)" CC='ccache gcc' "$@"
}

configure_kernel() {
	local files=()

	make_kernel allnoconfig
	for name in $fragments; do
		files+=("/build/kernel/$name.config")
		cp "$tools/kernels/$name.config" "$1/sources/"
	done
	in_root "$root" "/build/kernel/$source" scripts/kconfig/merge_config.sh \
		-O "/build/kernel/$K" -m "/build/kernel/$K/.config" "${files[@]}"
	make_kernel olddefconfig
}

# Of gigabytes of objects, only what modules are built with is kept. With KASAN a kernel cannot be entered at its
# PVH entry, where it has no shadow memory yet.
kernel_of_source() {
	local source objects=$1/sources/$K

	source=$(. "$tools/root.conf" && echo "$source")
	mkdir -p "$objects"
	mounts+=("$1:/kernel" "$1/sources:/build/kernel")
	tar -C "$1/sources" -xf "$root/usr/src/$source.tar.xz"
	configure_kernel "$1"
	make_kernel bzImage modules
	make_kernel run-command KBUILD_RUN_COMMAND="/build/kernel/$source/scripts/package/install-extmod-build /kernel/build"
	cp "$objects/.config" "$1/build/"
	# For the types that the module's BTF refers to.
	strip --strip-debug -o "$1/build/vmlinux" "$objects/vmlinux"
	cp "$objects/arch/x86/boot/bzImage" "$1/image"
	rm -rf "$1/sources"
	pack_base "$1"
}

fill_kernel() {
	mkdir "$1"
	"kernel_of_$kind" "$1"
}

# Everything that the kernel is made from. Of the root, that is what goes with its own kernel: the sources, the compiler.
files=("$tools/kernels/$K")
for name in $fragments; do
	files+=("$tools/kernels/$name.config")
done
kernel=$(keyed "kernel-$K" "$recipe" "$(release_of "$root")" "$(cat "${files[@]}")")
case $kind in
root) text="taking the kernel $K from the root" ;;
packages) text="getting the kernel $K (about 20 s)" ;;
source) text="building the kernel $K (about $minutes minutes)" ;;
esac
[ -d "$kernel" ] || [ "$kind" != source ] || enough_space 8000 "building a kernel"
make_once "$kernel" kernel "$text" fill_kernel
echo "$kernel"
