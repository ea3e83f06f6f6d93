#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds, boots the guest K with its kernel as users have it (mitigations, no KFENCE), and measures statements in pymm and
# in the guest's python3 in turns (pymm bench, man/pymm.1). Prints a table and leaves JSON in out.
#   tools/bench.sh [-r ROUNDS] [-m MILLISECONDS] [ROW...]      in time: out/bench.json
#   tools/bench.sh -i [-r ROUNDS] [-m MILLIONS] [ROW...]       in instructions: out/bench-icount.json
# -r is how often each row is measured (7, with -i 3), -m how long the slower side runs a loop (400 ms, with -i 20 million
# instructions). Without a ROW, all of user/bench are measured.
# Times of an emulated guest are worth little, ratios of times in one run more, as long as nothing else wants the host's
# processors: whoever has to wait for one most is who runs the longest at a stretch. Instructions are nearly the same in
# each run, on a loaded host too, and say nothing about caches and mispredicted branches.

. "$(dirname "$0")/lib.sh"

misused() {
	printf 'pymm: %s\n' "$1" "tools/bench.sh -h shows the options" >&2
	exit 2
}

given=("$@")
guest=() options=() name=bench rounds=7 size=400
while getopts :ir:m: option; do
	case $option in
	i)
		guest=(-n)
		options=(--icount)
		name=bench-icount rounds=3 size=20
		;;
	r | m)
		is_number "$OPTARG" "-$option"
		options+=("-$option" "$OPTARG")
		;;
	:) misused "-$OPTARG wants a number" ;;
	*) misused "there is no option -$OPTARG" ;;
	esac
done
shift $((OPTIND - 1))
# What is given counts: the last of two.
options=(-r "$rounds" -m "$size" "${options[@]}")

# In the guest: what the figures depend on, the table, then the JSON after a line that marks it.
# shellcheck disable=SC2016 # for the guest's shell
measure='
	set -e
	uname -rv
	cat /proc/cmdline
	grep . /sys/devices/system/cpu/vulnerabilities/spectre_v2
	pymm bench run -o /tmp/bench.json "$@"
	echo "bench.sh: JSON"
	cat /tmp/bench.json'

# Microseconds in which anything had to wait for a processor, since the host was started.
waited_us() {
	sed -n 's/^some.* total=//p' /proc/pressure/cpu
}

# say_load MICROSECONDS SECONDS: what else went on while the guest ran.
say_load() {
	say bench "the host's load is $(cut -d ' ' -f 1-3 /proc/loadavg)"
	[ -e /proc/pressure/cpu ] || return 0
	say bench "something waited for a processor in $((($(waited_us) - $1) / 10000 / $2))% of $2 s"
}

for row; do
	[ -e "$tree/user/bench/$row.pyasm" ] ||
		die "there is no row $row, only: $(cd "$tree/user/bench" && printf '%s\n' *.pyasm | sed 's/\.pyasm$//' | xargs)"
done
need_root "${given[@]}"
"$tools/build.sh"
mkdir -p "$tree/out"
own "$tree/out"
scratch=$(mktemp -d "$cache/bench.XXXXXX")
start=$SECONDS before=0
[ ! -e /proc/pressure/cpu ] || before=$(waited_us)
"$tools/guest.sh" -l -u "${guest[@]}" -t 900 -- bash -c "$measure" _ "${options[@]}" "$@" | tee "$scratch/output" |
	sed '/^bench.sh: JSON/,$d'
sed '1,/^bench.sh: JSON/d' "$scratch/output" >"$tree/out/$name.json"
own "$tree/out"
say_load "$before" $((SECONDS - start + 1))
say bench "out/$name.json has these figures"
