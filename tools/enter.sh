#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The inside of in_root (lib.sh), run in namespaces of its own: mounts, and then becomes a command in a chroot.
#   tools/enter.sh ROOT DIRECTORY [SOURCE:PLACE...] -- COMMAND...

set -euo pipefail
root=$1 dir=$2
shift 2
# objtool wants /proc.
mount -t proc proc "$root/proc"
# Each make is process 1 and has its pipe in /tmp, named after that.
mount -t tmpfs tmpfs "$root/tmp"
while [ "$1" != -- ]; do
	mkdir -p "$root${1#*:}"
	mount --bind "${1%%:*}" "$root${1#*:}"
	shift
done
shift
exec unshare --root="$root" --wd="$dir" "$@"
