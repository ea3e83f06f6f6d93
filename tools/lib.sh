# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Sourced by the other scripts: where things are, messages, progress, locks, privileges.

set -euo pipefail
umask 022

# su without "-" leaves these out.
PATH=$PATH:/usr/sbin:/sbin

tools=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
tree=${tools%/*}
tree_key=${tree##*/}-$(printf %s "$tree" | sha256sum | cut -c1-8)
K=${K:-6.12}
B=${B:-}
variant=$K${B:+-$B}
# Where the module is built. All defects have one directory: they differ in a few files.
# shellcheck disable=SC2034
module=module-$K${B:+-${B%%-*}}
cache=$(realpath -m "${PYMM_CACHE:-${HOME:?set HOME or PYMM_CACHE}/.cache/pymm}")
logs=$cache/log
job='' clock='' scratch=''
# What in_root mounts in the root, each SOURCE:PLACE.
mounts=()

say() {
	printf '[%s] %s\n' "$1" "$2" >&2
}

die() {
	printf 'pymm: %s\n' "$*" >&2
	exit 1
}

# What stands at the head of a script is its help.
case ${1-} in
-h | --help)
	awk 'NR > 2 && !/^#/ { exit } NR > 2 { sub(/^# ?/, ""); print }' "$0"
	exit
	;;
esac

# is_number TEXT WHAT
is_number() {
	[[ $1 =~ ^[0-9]+$ ]] || die "$2 is a number, not '$1'"
}

# kernels: the names that K can have.
kernels() {
	(cd "$tools/kernels" && find . -type f ! -name '*.config' -printf '%P\n' | sort)
}

[ -f "$tools/kernels/$K" ] || die "there is no kernel K=$K, only: $(kernels | xargs)"
case $B in
'' | kcov | gcov | defect-?*) ;;
*) die "B is kcov, gcov or defect-NAME (kmod/defect.h), not $B" ;;
esac

# How the network is reached, for package managers.
proxies=()
for name in http_proxy https_proxy no_proxy; do
	[ -z "${!name-}" ] || proxies+=("$name=${!name}")
done

# tests: the files of kernel tests.
tests() {
	(cd "$tree/tests/kselftest" && printf '%s\n' t_*.c t_*.sh | sed 's/\.[a-z]*$//' | sort)
}

# are_tests TEST...: does each begin with the name of a file of kernel tests? Those built for 32 bits end in 32.
are_tests() {
	local test name

	for test; do
		name=${test%% *}
		name=${name%.sh}
		tests | grep -qx "${name%32}" || die "there is no test ${test%% *}, only: $(tests | xargs)"
	done
}

# Making a root, chroots and mounts need root. The cache stays the caller's, whatever HOME sudo sets.
need_root() {
	mkdir -p "$cache"
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || die "this needs root: run it as root or install sudo"
		exec sudo env K="$K" B="$B" PYMM_CACHE="$cache" TERM="${TERM:-dumb}" \
			"${proxies[@]}" "$0" "$@"
	fi
	mkdir -p "$logs"
}

# However a script ends, what it started ends with it.
on_exit() {
	[ -z "$clock" ] || kill -- "-$clock" 2>/dev/null || :
	if [ "$job" ]; then
		kill -- "-$job" 2>/dev/null || :
		wait "$job" 2>/dev/null || :
	fi
	[ -z "$scratch" ] || rm -rf "$scratch"
}

trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# Seconds on a terminal; elsewhere a line at the start and one each half minute, so that a log shows progress.
ticker() {
	local label=$1 text=$2 s=0

	while sleep 1 && kill -0 $$ 2>/dev/null; do
		s=$((s + 1))
		[ $s -ge 2 ] || continue
		if [ -t 2 ]; then
			printf '\r[%s] %s ... %d s' "$label" "$text" $s >&2
		elif [ $s = 2 ] || [ $((s % 30)) = 0 ]; then
			say "$label" "$text ... $s s"
		fi
	done
}

# The last line of a step: how long it took, or how it failed.
step_end() {
	local label=$1 text=$2 seconds=$3 status=$4 log=$5

	if [ "$seconds" -ge 2 ] && [ -t 2 ]; then
		printf '\r' >&2
	fi
	if [ "$status" != 0 ]; then
		say "$label" "$text failed after $seconds s:"
		tail -n 40 "$log" | sed 's/^/    /' >&2
		say "$label" "the whole log is $log"
	elif [ "$seconds" -ge 2 ]; then
		say "$label" "$text ... done, $seconds s"
	fi
}

# step LABEL TEXT COMMAND...: runs COMMAND with its output in a log. It gets a process group of its own, so that
# ending it ends all that it started.
step() {
	local label=$1 text=$2 log=$logs/$1-$variant-$tree_key.log start=$SECONDS status=0
	shift 2
	set -m
	"$@" >"$log" 2>&1 </dev/null &
	job=$!
	ticker "$label" "$text" &
	clock=$!
	disown "$clock"
	set +m
	wait "$job" || status=$?
	job=
	kill -- "-$clock" 2>/dev/null || :
	clock=
	step_end "$label" "$text" $((SECONDS - start)) "$status" "$log"
	return "$status"
}

# lock FILE: waits until no other run holds it, and holds it until unlock or the end.
lock() {
	exec 9>"$1"
	flock -n 9 || {
		say lock "waiting for another run to finish"
		flock 9
	}
}

unlock() {
	exec 9>&-
}

# keyed NAME WHAT...: the cache directory for something made from WHAT.
keyed() {
	local name=$1
	shift
	printf '%s/%s-%s\n' "$cache" "$name" "$(printf '%s\n' "$@" | sha256sum | cut -c1-12)"
}

# make_once DIR LABEL TEXT COMMAND...: unless DIR is there, has COMMAND fill DIR.tmp and renames it. What an
# interrupted run leaves is DIR.tmp, which the next one removes.
make_once() {
	local dir=$1 label=$2 text=$3
	shift 3
	if [ ! -d "$dir" ]; then
		lock "$dir.lock"
		if [ ! -d "$dir" ]; then
			rm -rf --one-file-system "$dir.tmp"
			forget_unused
			step "$label" "$text" "$@" "$dir.tmp"
			mv "$dir.tmp" "$dir"
		fi
		unlock
	fi
	touch "$dir"
}

# What another version of the tree was built with, when no tree has used it for a month.
forget_unused() {
	find "$cache" -maxdepth 1 \( -name 'root-*' -o -name 'disk-*' -o -name 'kernel-*' \
		-o -name 'snapshot-*' \) -mtime +30 \
		-exec rm -rf --one-file-system {} +
}

# enough_space MEGABYTES WHAT
enough_space() {
	local free

	free=$(df -BM --output=avail "$cache" | tail -n 1 | tr -dc 0-9)
	[ "$free" -ge "$1" ] || die "$cache has $free MB free and $2 needs $1: free some, or set PYMM_CACHE"
}

# in_root ROOT DIR COMMAND...: runs COMMAND in a chroot with /proc and what `mounts` names, in namespaces of its own:
# nothing stays mounted and nothing stays running. What compilers do is kept for all (ccache): a fresh clone is
# built in seconds, as all trees are called the same there.
in_root() {
	local root=$1 dir=$2
	shift 2
	mkdir -p "$cache/ccache"
	env -i PATH=/usr/lib/ccache:/usr/sbin:/usr/bin HOME=/root LANG=C.UTF-8 "${proxies[@]}" \
		CCACHE_DIR=/build/ccache CCACHE_MAXSIZE=3G unshare --mount --pid --fork --kill-child \
		"$tools/enter.sh" "$root" "$dir" "$cache/ccache:/build/ccache" "${mounts[@]}" -- "$@"
}

# own DIR...: directories of the tree belong to whom the tree belongs, not to root.
own() {
	chown -R --reference="$tree" "$@"
}

# The kernel release that a root was made with.
release_of() {
	ls "$1/usr/lib/modules"
}

# build_dir ROOT: makes the directory in which this tree is built there, and prints it. It says whose it is in one step:
# another build looks at any time whether the tree still exists.
build_dir() {
	local dir=$1/build/$tree_key

	mkdir -p "$dir"
	if [ ! -e "$dir/path" ]; then
		echo "$tree" >"$dir/path.$$"
		mv "$dir/path.$$" "$dir/path"
	fi
	echo "$dir"
}

# sync_tree DIR [NAME...]: brings the tree, or what is so called in it, up to date in DIR. Files are compared by content
# and stamped with the present: make sees every change, whatever times git or an editor gave. What .gitignore names was
# built there and stays.
sync_tree() {
	local dir=$1 only=()
	shift
	if [ $# -gt 0 ]; then
		only=(--include=/.gitignore "${@/#/--include=/}" --exclude='/*')
	fi
	mkdir -p "$dir"
	rsync -rlpc --delete --exclude=/.git --filter=':- .gitignore' "${only[@]}" "$tree/" "$dir/"
}
