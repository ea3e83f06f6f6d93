#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Makes the root file system in which all is built and which guests have (root.conf), unless it is cached, and
# prints its path.

. "$(dirname "$0")/lib.sh"
need_root "$@"
# shellcheck source=tools/root.conf
. "$tools/root.conf"

# Raise when fill_root makes something different from the same root.conf.
recipe=1

# What the builds and checks take from the kernel's source; Debian's header package has neither.
source_files() {
	printf "$source/%s\n" tools/testing/selftests/kselftest{,.h,_harness.h,_module.h,_install.sh,_deps.sh} \
		tools/testing/selftests/lib.mk \
		scripts/{checkpatch.pl,spelling.txt,const_structs.checkpatch,kernel-doc,extract-vmlinux}
}

fill_root() {
	local root=$1

	# Kernel packages would otherwise make an initrd that nobody boots.
	export INITRD=No DEBIAN_FRONTEND=noninteractive
	mmdebstrap --variant=minbase --include="$packages" \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		"$suite" "$root" || die "mmdebstrap failed: is a Debian mirror reachable?"
	mkdir "$root/usr/src/pymm-linux-source" "$root/build"
	# Made again, it has other versions of packages.
	cat /proc/sys/kernel/random/uuid >"$root/etc/pymm-root"
	source_files | tar -C "$root/usr/src/pymm-linux-source" --strip-components=1 \
		-T - -xf "$root/usr/src/$source.tar.xz"
}

root=$(keyed root "$recipe" "$(cat "$tools/root.conf")")
[ -d "$root" ] || enough_space 4000 "a root"
make_once "$root" root "making the root for builds and guests (about 2 minutes)" fill_root
echo "$root"
