#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs all that runs() lists, two at a time, and prints a table of the kernel tests on all kernels, the other runs, and
# the count of all.
#   tools/test-all.sh [RUN...]      all runs, or those named
# A run is a command that prints a line "N passed, N failed[, N skipped]" at its end; one that prints none is one test.
# One that fails without saying so is one failure. kmemleak doubles what a test takes: here it looks at those of what
# comes and goes with a descriptor, and at the torture; "make test-leaks" has it look at all tests. The unit tests' sweep
# of kills is the short one; "make unit" does the whole.

. "$(dirname "$0")/lib.sh"
need_root "$@"

# NAME KERNEL HOW COMMAND...: what takes longest comes first. Those called like their kernel are the table's columns.
# HOW: "beside" another run, or "alone", which is what measures how much time something takes.
runs() {
	cat <<-END
		kasan	kasan	beside	tools/test.sh -b -p 1
		kcsan	kcsan	beside	tools/test.sh -b -p 1
		6.12	6.12	beside	tools/test.sh -b -p 2
		7.3	7.3	beside	tools/test.sh -b -p 1
		unit	6.12	beside	tools/build.sh check-unit SWEEP=short
		fuzz	6.12	beside	tools/fuzz.sh -s 1 20
		torture	kasan	beside	tools/torture.sh
		leaks	kasan	beside	tools/test.sh -b -l t_exit t_failnth t_uapi_files
		check	6.12	beside	tools/check.sh
		races	kcsan	beside	tools/torture.sh
		conform	6.12	beside	tools/conformance.sh native -n 6000 -s 1
		time	6.12	alone	tools/test.sh -p 1 t_gil t_gc_stall
	END
}

results=$logs/test-all-$tree_key
at_once=2
declare -A names=()

stop_all() {
	local pid

	for pid in "${!names[@]}"; do
		kill -- "-$pid" 2>/dev/null || :
	done
	wait
	on_exit
}

# run NAME KERNEL COMMAND...
run() {
	local name=$1 start=$SECONDS status=0

	(cd "$tree" && K=$2 exec "${@:3}") >"$results/$name.log" 2>&1 </dev/null || status=$?
	echo "$status $((SECONDS - start))" >"$results/$name.end"
}

# count NAME: "PASSED FAILED SKIPPED SECONDS" of a run that has ended.
count() {
	local status=1 seconds=0 line form='^([0-9]+) passed, ([0-9]+) failed(, ([0-9]+) skipped)?$'

	read -r status seconds <"$results/$1.end" || :
	line=$(grep -E "$form" "$results/$1.log" | tail -n 1) || :
	[[ $line =~ $form ]] || BASH_REMATCH=('' "$((status == 0))" "$((status != 0))" '' 0)
	if [ "$status" != 0 ] && [ "${BASH_REMATCH[2]}" = 0 ]; then
		BASH_REMATCH[2]=1
	fi
	echo "${BASH_REMATCH[1]} ${BASH_REMATCH[2]} ${BASH_REMATCH[4]:-0} $seconds"
}

# The line of a run that has ended; of one that failed, what failed or how it ended.
report() {
	local passed failed skipped seconds log=$results/$1.log

	read -r passed failed skipped seconds < <(count "$1")
	say test-all "$1: $passed passed, $failed failed, $skipped skipped, $seconds s"
	[ "$failed" = 0 ] && return
	{ grep -B 12 '^not ok' "$log" || tail -n 20 "$log"; } | tail -n 60 | sed 's/^/    /' >&2
	say test-all "the whole log is $log"
}

# Waits for one of them.
reap() {
	local pid

	wait -n -p pid "${!names[@]}" || :
	report "${names[$pid]}"
	unset "names[$pid]"
}

# wait_until N: until no more than so many are running.
wait_until() {
	while [ ${#names[@]} -gt "$1" ]; do
		reap
	done
}

# One after the other: each takes all processors, and much of the disk, when it is built.
make_kernels() {
	local kernel

	while read -r kernel; do
		K=$kernel "$tools/kernel.sh" >/dev/null </dev/null
	done < <(awk '{ print $2 }' "$results/runs" | sort -u)
}

run_all() {
	local name kernel how command

	while read -r -u 4 name kernel how command; do
		wait_until "$([ "$how" = alone ] && echo 0 || echo $((at_once - 1)))"
		say test-all "$name: $command"
		set -m
		# shellcheck disable=SC2086 # words
		run "$name" "$kernel" $command &
		set +m
		names[$!]=$name
	done 4<"$results/runs"
	wait_until 0
}

# Rows are tests, columns kernels; a cell has what passed in all passes, and what failed or was skipped if any was.
table() {
	local columns

	columns=$(awk '$1 == $2 { print $1 }' "$results/runs" | sort | xargs)
	[ "$columns" ] || return 0
	# shellcheck disable=SC2046,SC2086 # words
	(cd "$results" && awk -v columns="$columns" '
		function cell(t, k, text) {
			if (!((t, k) in seconds))
				return "-"
			text = passed[t, k]
			if (failed[t, k])
				text = text " " failed[t, k] " failed"
			if (skipped[t, k])
				text = text " " skipped[t, k] " skipped"
			return sprintf("%s %4d s", text, seconds[t, k])
		}
		BEGIN { n = split(columns, k) }
		match($0, /^# t_[a-z0-9_.]+: [0-9]+ passed, [0-9]+ failed, [0-9]+ skipped, /) {
			sub(/:$/, "", $2)
			column = FILENAME
			sub(/\.log$/, "", column)
			if (!($2 in known)) {
				known[$2]
				order[++tests] = $2
			}
			passed[$2, column] += $3
			failed[$2, column] += $5
			skipped[$2, column] += $7
			seconds[$2, column] += $9
		}
		END {
			printf "%-22s", ""
			for (i = 1; i <= n; i++)
				printf "%22s", k[i]
			print ""
			for (t = 1; t <= tests; t++) {
				printf "%-22s", order[t]
				for (i = 1; i <= n; i++)
					printf "%22s", cell(order[t], k[i])
				print ""
			}
		}' $(printf '%s.log ' $columns))
}

summary() {
	local name passed=0 failed=0 skipped=0 p f s seconds

	printf '%-22s%10s%10s%10s%10s\n' '' passed failed skipped seconds
	while read -r name _; do
		read -r p f s seconds < <(count "$name")
		printf '%-22s%10d%10d%10d%10d\n' "$name" "$p" "$f" "$s" "$seconds"
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	done <"$results/runs"
	[ $skipped = 0 ] || skipped_too=", $skipped skipped"
	echo "$passed passed, $failed failed${skipped_too-}"
	[ $failed = 0 ]
}

mkdir -p "$results"
lock "$results/lock"
rm -f "$results"/*.{log,end}
for name; do
	runs | grep -q "^$name	" || die "there is no run $name, only: $(runs | cut -f 1 | xargs)"
done
runs | awk -v wanted="$*" 'wanted == "" || index(" " wanted " ", " " $1 " ")' >"$results/runs"
make_kernels
trap stop_all EXIT
run_all
echo
table
echo
summary
