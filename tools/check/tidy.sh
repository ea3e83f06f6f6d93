#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs clang-tidy on some sources, in the tree's top.
#   tools/check/tidy.sh CONFIG KEPT FLAGS SOURCE...
# What it says of a source is kept in the directory KEPT, and said again while the source, what it includes, CONFIG, FLAGS
# and clang-tidy itself are the same: it takes longer than all other checks.

set -euo pipefail
config=$1 kept=$2 flags=$3
shift 3
eval "flags=($flags)"
mkdir -p "$kept"
how="$(clang-tidy --version) $(cat "$config") ${flags[*]}"

key_of() {
	{ echo "$how" && clang -E -CC -dD "${flags[@]}" "$1"; } | sha256sum | cut -d ' ' -f 1
}

find "$kept" -mindepth 1 -mtime +30 -delete
for source; do
	key=$(key_of "$source")
	if [ -e "$kept/$key" ]; then
		touch "$kept/$key"
		cat "$kept/$key"
		continue
	fi
	clang-tidy --quiet --config-file="$config" "$source" -- "${flags[@]}" | tee "$kept/$key.$$"
	# Other checks find it as a whole or not at all.
	mv "$kept/$key.$$" "$kept/$key"
done
