#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Removes what the other scripts keep between runs.

. "$(dirname "$0")/lib.sh"
need_root "$@"
rm -rf --one-file-system "$cache"/{root,disk,kernel,snapshot,run}[-.]* "$cache/ccache" "$logs"
