#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Builds, boots the guest K with its kernel as users have it (mitigations, no KFENCE), and measures statements and the
# collector in pymm and in the guest's python3 in turns (pymm bench, man/pymm.1). Prints tables and leaves JSON in out.
#   tools/bench.sh [-r ROUNDS] [-m MILLISECONDS] [-n OBJECTS] [ROW...]      in time: out/bench.json
#   tools/bench.sh -i [-r ROUNDS] [-m MILLIONS] [-n OBJECTS] [ROW...]       in instructions: out/bench-icount.json
# -r is how often each row is measured (7, with -i 3), -m how long the slower side runs a statement's loop (400 ms, with
# -i 20 million instructions), -n how many objects the heaps of rows gc/... have (1000000, with -i 50000; the guest has
# 2 GB, which is enough for 4 times a million empty lists). A ROW can be a pattern, as 'gc/*'. Without one, all of
# user/bench are measured. With rows gc/pause-*, out/gc-pauses.svg shows how pauses grow, and out/gc-pauses.dat has that
# in figures.
# Times of an emulated guest are worth little, ratios of times in one run more, as long as nothing else wants the host's
# processors: whoever has to wait for one most is who runs the longest at a stretch. Instructions are nearly the same in
# each run, on a loaded host too, and say nothing about caches and mispredicted branches.

. "$(dirname "$0")/lib.sh"

misused() {
	printf 'pymm: %s\n' "$1" "tools/bench.sh -h shows the options" >&2
	exit 2
}

given=("$@")
guest=() options=() name=bench rounds=7 size=400 objects=1000000
while getopts :ir:m:n: option; do
	case $option in
	i)
		guest=(-n)
		options=(--icount)
		name=bench-icount rounds=3 size=20 objects=50000
		;;
	r | m | n)
		is_number "$OPTARG" "-$option"
		options+=("-$option" "$OPTARG")
		;;
	:) misused "-$OPTARG wants a number" ;;
	*) misused "there is no option -$OPTARG" ;;
	esac
done
shift $((OPTIND - 1))
# What is given counts: the last of two.
options=(-r "$rounds" -m "$size" -n "$objects" "${options[@]}")

# In the guest: what the figures depend on, the tables, then the JSON and the pauses after lines that mark them.
# shellcheck disable=SC2016 # for the guest's shell
measure='
	set -e
	uname -rv
	cat /proc/cmdline
	grep . /sys/devices/system/cpu/vulnerabilities/spectre_v2
	pymm bench run -o /tmp/bench.json "$@"
	echo "bench.sh: JSON"
	cat /tmp/bench.json
	echo "bench.sh: pauses"
	python3 /usr/share/pymm/bench/pauses.py /tmp/bench.json'

# rows: all of them.
rows() {
	(cd "$tree/user/bench" && printf '%s\n' *.pyasm | sed 's/\.pyasm$//')
	sed '/^#/d' "$tree/user/bench/gc/rows" | grep -o '[=@][^ ]*' | sed 's,.,gc/,'
	grep -o '"gil/[^"]*"' "$tree/user/cmd/bench_gil.c" | tr -d '"'
}

# are_rows PATTERN...: does each match a row?
are_rows() {
	local names pattern row

	names=$(rows)
	for pattern; do
		# shellcheck disable=SC2254 # a pattern
		while read -r row; do
			case $row in
			$pattern) continue 2 ;;
			esac
		done <<<"$names"
		die "there is no row $pattern, only: $(xargs <<<"$names")"
	done
}

# draw DATA: out/gc-pauses.svg, when there are pauses of both.
draw() {
	[ "$name" = bench ] && [ "$(wc -l <"$1")" -ge 3 ] || return 0
	cp "$1" "$tree/out/gc-pauses.dat"
	gnuplot -c "$tools/gc-pauses.gp" "$1" "$tree/out/gc-pauses.svg"
	sed -n 's/^# //p' "$1"
	say bench "out/gc-pauses.svg shows these pauses"
}

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

are_rows "$@"
need_root "${given[@]}"
"$tools/host-deps.sh" gnuplot:gnuplot-nox
"$tools/build.sh"
mkdir -p "$tree/out"
own "$tree/out"
scratch=$(mktemp -d "$cache/bench.XXXXXX")
start=$SECONDS before=0
[ ! -e /proc/pressure/cpu ] || before=$(waited_us)
"$tools/guest.sh" -m 2G -l -u "${guest[@]}" -t 3600 -- bash -c "$measure" _ "${options[@]}" "$@" | tee "$scratch/output" |
	sed '/^bench.sh: JSON/,$d'
sed '1,/^bench.sh: JSON/d; /^bench.sh: pauses/,$d' "$scratch/output" >"$tree/out/$name.json"
sed '1,/^bench.sh: pauses/d' "$scratch/output" >"$scratch/pauses"
draw "$scratch/pauses"
own "$tree/out"
say_load "$before" $((SECONDS - start + 1))
say bench "out/$name.json has these figures"
