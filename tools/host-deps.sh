#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Installs what the host needs to make and boot guests. Everything else is in the guest's root.
#   tools/host-deps.sh [COMMAND:PACKAGE...]      and what else a script needs

. "$(dirname "$0")/lib.sh"
need_root "$@"

# command:package
wanted="mmdebstrap:mmdebstrap qemu-system-x86_64:qemu-system-x86 mksquashfs:squashfs-tools cpio:cpio
	rsync:rsync xz:xz-utils make:make unshare:util-linux flock:util-linux $*"

missing() {
	local pair

	for pair in $wanted; do
		command -v "${pair%%:*}" >/dev/null || echo "${pair#*:}"
	done
}

install() {
	export DEBIAN_FRONTEND=noninteractive
	apt-get update
	apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

[ "$(uname -m)" = x86_64 ] || die "guests are made for x86_64 machines, this one is $(uname -m)"
packages=$(missing | sort -u | xargs)
if [ "$packages" ]; then
	command -v apt-get >/dev/null || die "this is not Debian: install what provides $packages"
	# shellcheck disable=SC2086 # one word for each package
	step host "installing $packages" install $packages ||
		die "could not install $packages: is a Debian mirror reachable?"
fi
unshare --mount true 2>/dev/null ||
	die "mount namespaces are not allowed here: use a machine, or a container with CAP_SYS_ADMIN"
