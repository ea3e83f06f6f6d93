#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs ioctl_fuzz in a guest: inserts the module, fuzzes, removes the module, and looks at the kernel's log once
# more. Arguments are those of ioctl_fuzz that have a value. With --seconds alone, a third of the time has one thread,
# where each arena is checked, the rest has many.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
module=${PYMM_KO:-$here/../pymm.ko}
kept=${PYMM_FUZZ_KEEP:-/tmp/ioctl_fuzz}
kernel_log=$(mktemp)
trap 'rm -f "$kernel_log"' EXIT
# shellcheck source=tests/kselftest/watch.sh
. "$here/../tests/watch.sh"

fail() {
	echo "ioctl_fuzz: FAILED: $*"
	exit 1
}

# All places in the module that KCOV tells of.
pcs() {
	readelf -rW "$module" | grep -c __sanitizer_cov_trace_pc || :
}

seconds='' rest=() replay=''
while [ $# -gt 0 ]; do
	case $1 in
	--seconds) seconds=$2 ;;
	--replay | --runs | --threads) replay=y rest+=("$1" "$2") ;;
	*) rest+=("$1" "${2:?}") ;;
	esac
	shift 2
done
rest+=(--pcs "$(pcs)")
[ "$(pcs)" != 0 ] || rest+=(--blind)

log_begin "$kernel_log"
insmod "$module"
if [ "$replay" ] || [ -z "$seconds" ]; then
	"$here/ioctl_fuzz" ${seconds:+--seconds "$seconds"} "${rest[@]}"
else
	"$here/ioctl_fuzz" --threads 1 --seconds $((seconds / 3)) --from "$here/seeds/ioctl_fuzz" --keep "$kept.1" \
		"${rest[@]}"
	"$here/ioctl_fuzz" --seconds $((seconds - seconds / 3)) --from "$kept.1" --keep "$kept" "${rest[@]}"
	echo "ioctl_fuzz: kept inputs:"
	sort -u "$kept.1" "$kept"
	echo "ioctl_fuzz: end"
fi
rmmod pymm || fail "the module cannot be removed"
lines=$(log_unexpected)
[ ! "$lines" ] || {
	head -n 100 <<<"$lines"
	fail "the kernel log has new lines"
}
echo "ioctl_fuzz: all passed"
