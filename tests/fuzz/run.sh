#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs a libFuzzer target for a time. What makes it fail is left in OUT, and how to run that again is said.
#   run.sh TARGET OUT SECONDS [SEED]     TARGET is the program; OUT/NAME.corpus keeps what it finds

set -euo pipefail

target=$1 out=$2 seconds=$3 seed=${4:-0}
name=${target##*/}
mkdir -p "$out/$name.corpus"
log=$out/$name.log
status=0
"$target" -max_total_time="$seconds" -seed="$seed" -timeout=60 -rss_limit_mb=0 -max_len=60000 -use_value_profile=0 \
	-print_final_stats=1 -artifact_prefix="$out/$name-" "$out/$name.corpus" "seeds/$name" >"$log" 2>&1 || status=$?
stat() {
	sed -n "s/^stat::$1: *//p" "$log"
}
if [ "$status" = 0 ]; then
	cover=$(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$log" | tail -n 1)
	echo "$name: passed: $(stat number_of_executed_units) inputs in $seconds s, $cover"
	exit
fi
grep -vE '^#[0-9]|^stat::' "$log" | head -n 80 || :
input=$(sed -n "s/.*Test unit written to //p" "$log" | tail -n 1)
echo "$name: FAILED (status $status); the whole log is $log"
[ -z "$input" ] || echo "$name: again: tools/fuzz.sh replay $name ${input#../../}"
exit 1
