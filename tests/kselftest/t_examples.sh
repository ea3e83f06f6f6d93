#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The examples of pymm program: each prints what CPython prints of the Python beside it.

directory=$(cd "$(dirname "$0")" && pwd) || exit 1
# shellcheck source=tests/kselftest/expect.sh
. "$(dirname "$0")/expect.sh"

command -v python3 >/dev/null && exec python3 -P "$directory/examples.py" /usr/share/pymm/examples
result skip all "no python3"
totals
