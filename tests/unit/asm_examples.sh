#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the examples print, which is what CPython prints for the Python beside their lines. Prints TAP; needs the
# module.
#   asm_examples.sh [PYMM [EXAMPLES]]

set -u

pymm=${1:-pymm}
examples=${2:-/usr/share/pymm/examples}
cases=0 failed=0

if [ ! -e /dev/pymm ]; then
	echo '1..0 # SKIP pymm.ko is not loaded'
	exit 0
fi

# expect STATUS FILE OUTPUT: what the program prints, on stderr too; the directory is not compared.
expect() {
	local status=$1 file=$2 want=$3 got verdict=ok

	got=$(cd "$examples" && "$pymm" program run "$file" 2>&1)
	[[ $? = "$status" && $got = "$want" ]] || verdict='not ok'
	cases=$((cases + 1))
	echo "$verdict $cases - $file"
	if [ "$verdict" != ok ]; then
		failed=$((failed + 1))
		printf '# %s\n' "${got//$'\n'/$'\n# '}"
	fi
}

expect 0 append.pyasm '[1, 2, 3, 4, 5] True'
expect 0 countdown.pyasm 0
expect 0 counter.pyasm 100000
expect 0 counter_lock.pyasm 100000
expect 0 cycle.pyasm $'[[[...]]]\n0\n2\n0'
expect 1 functions.pyasm $'610\n(\'second\', \'first\')
functions.pyasm:24: TypeError: function takes 2 positional arguments but 1 was given'
expect 1 immutable.pyasm $'hello | hello world | False\n(1, 2) (1, 2, 3)
immutable.pyasm:33: TypeError: \'tuple\' object does not support item assignment'
expect 0 names.pyasm $'x is y: True ids equal: True\nx is y: False x: 400 y: 300'
expect 1 refcount.pyasm $'2\n3\n2\n4294967295\nrefcount.pyasm:27: NameError: name \'b\' is not defined'

known=$(grep -c '^expect ' "$0")
there=$(find "$examples" -name '*.pyasm' | wc -l)
cases=$((cases + 1))
if [ "$known" = "$there" ]; then
	echo "ok $cases - every example was run"
else
	failed=$((failed + 1))
	echo "not ok $cases - every example was run: $known of $there"
fi
echo "1..$cases"
[ $failed = 0 ]
