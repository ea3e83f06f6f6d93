# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Sourced by the tests of the pymm command: calls of it and what they should say, as TAP. The test goes on in a scratch
# directory of its own, and ends with totals.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

prefix=${0##*/t_}
prefix=${prefix%.sh}
count=0 passed=0 failed=0 skipped=0

result() {
	count=$((count + 1))
	case $1 in
	ok) passed=$((passed + 1)); echo "ok $count $prefix.$2" ;;
	skip) skipped=$((skipped + 1)); echo "ok $count $prefix.$2 # SKIP $3" ;;
	*) failed=$((failed + 1)); echo "not ok $count $prefix.$2" ;;
	esac
}

# check NAME COMMAND...: what it says is shown when it fails.
check() {
	local name=$1
	shift

	if "$@" >log 2>&1; then
		result ok "$name"
	else
		sed 's/^/# /' log
		result fail "$name"
	fi
}

# expect NAME STATUS STDOUT STDERR ARGUMENT...: runs pymm; the texts are patterns of the shell.
expect() {
	local name=$1 status=$2 out=$3 err=$4 seen=0
	shift 4

	pymm "$@" >stdout 2>stderr </dev/null || seen=$?
	# shellcheck disable=SC2053 # patterns
	if [ "$seen" = "$status" ] && [[ $(<stdout) == $out ]] && [[ $(<stderr) == $err ]]; then
		result ok "$name"
		return
	fi
	{
		echo "pymm $*"
		echo "status $seen, expected $status"
		echo "stdout: $(<stdout)"
		echo "expected: $out"
		echo "stderr: $(<stderr)"
		echo "expected: $err"
	} | sed 's/^/# /'
	result fail "$name"
}

# expect_json NAME STATUS EXPRESSION ARGUMENT...: pymm -j; EXPRESSION is Python about the document d.
expect_json() {
	local name=$1 status=$2 expression=$3 seen=0
	shift 3

	if ! command -v python3 >/dev/null; then
		result skip "$name" "no python3"
		return
	fi
	pymm -j "$@" >stdout 2>stderr </dev/null || seen=$?
	if [ "$seen" = "$status" ] &&
	   python3 -c "import json, sys; d = json.load(sys.stdin); sys.exit(not ($expression))" <stdout 2>python; then
		result ok "$name"
		return
	fi
	{
		echo "pymm -j $*"
		echo "status $seen, expected $status; expected $expression"
		head -c 2000 stdout
		cat stderr python
	} | sed 's/^/# /'
	result fail "$name"
}

totals() {
	echo "1..$count"
	echo "# Totals: pass:$passed fail:$failed xfail:0 xpass:0 skip:$skipped error:0"
	[ $failed = 0 ]
}
