#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the tests reach of kmod/, in lines, branches and functions: a table by file, out/coverage/index.html, and
# out/coverage/uncovered.txt with every line that nothing reached.
#   tools/coverage.sh             run the tests in a guest (K=kasan) and the unit tests, then report
#   tools/coverage.sh report      report again on what the last run counted
#   tools/coverage.sh unit          run only the unit tests, and report
#   tools/coverage.sh guest [TEST...]  run only the kernel tests, or those named (t_gil), and report
# Fails when kmod/ as a whole has less than 90% of its lines or 80% of its branches, when a line that both left out has
# no reason in tools/check/uncovered.md, or when a test failed.
#
# Where the counts come from
#   guest   all kernel tests on the module built with B=gcov. The kernel keeps what a module counted when it is
#           unloaded (gcov_persist); all is read from debugfs at the end and comes out with the tests' output.
#   unit    the same sources compiled for user space, tests/unit/kmod.
# Sanitizers are off in both builds: the branches that they add are not ours.
#
# How the two are joined (tools/check/coverage.awk)
#   A line is covered when one of them reached it, and so is a function. The branches of a line cannot be matched one
#   by one: macros that mean more in the kernel add branches, and the optimizer puts them in another order. So of each
#   line the build counts that took the larger share of its branches there. The true number is never smaller.
#
# What is not counted is in tools/check/coverage.rc; why lines stay uncovered, in tools/check/uncovered.md.

export K=kasan
. "$(dirname "$0")/lib.sh"
need_root "$@"
min_lines=90
min_branches=80
out=$tree/out/coverage
failed=''

# The state of the sources that were counted.
sources() {
	(cd "$here" && sha256sum kmod/*.[ch] | sha256sum)
}

# capture NAME DIRECTORY PLACE: what was counted in DIRECTORY, which saw itself at PLACE in the root. From here on a
# source is kmod/x.c.
capture() {
	mounts=("$2:$3" "$work:/coverage" "$tools/check:/check")
	in_root "$root" "$3" lcov --config-file /check/coverage.rc --capture --directory . \
		--substitute "s,^$3/kmod/,kmod/," --include 'kmod/*' --output-file "/coverage/$1.info"
	sources >"$work/$1.sources"
}

# In the guest. The first module with counters has the kernel log a version, which the tests would not expect. Files in
# debugfs have no size that tar could know.
guest_script() {
	cat <<-'END'
		insmod /usr/lib/pymm/pymm.ko && rmmod pymm
		status=0
		"$@" || status=$?
		cd /sys/kernel/debug/gcov/module/kmod
		mkdir /tmp/counts
		for file in *.gcda; do
			cat "$file" >"/tmp/counts/$file"
		done
		echo "# counts: begin"
		tar -C /tmp/counts -cz . | base64
		echo "# counts: end"
		exit $status
	END
}

run_guest() {
	local module

	B=gcov "$tools/build.sh"
	module=$(B=gcov "$tools/build.sh" --print-dir)
	find "$module" -name '*.gcda' -delete
	B=gcov "$tools/guest.sh" -m 2G -t 1200 -- bash -c "$(guest_script)" _ \
		env PYMM_PASSES=1 /usr/lib/pymm/tests/run.sh "$@" | tee "$work/guest.log" |
		grep --line-buffered -E '^(not ok|# t_|[0-9]+ passed)' || failed=y
	sed -n '/^# counts: begin/,/^# counts: end/p' "$work/guest.log" | grep -v '^#' | base64 -d |
		tar -C "$module/kmod" -xz || die "no counts came from the guest: $work/guest.log"
	step coverage "reading what the guest counted" capture guest "$module" /module
}

run_unit() {
	find "$here/tests/unit/build" -name '*.gcda' -delete 2>/dev/null || :
	mounts=("$here:/tree")
	step unit "running the unit tests" in_root "$root" /tree make -C tests/unit/kmod check VARIANT=coverage ||
		failed=y
	step coverage "reading what the unit tests counted" capture unit "$here" /tree
}

# Joins what was counted with these sources and prints the table.
report() {
	local name found=()

	for name in unit guest; do
		if [ "$(cat "$work/$name.sources" 2>/dev/null)" = "$(sources)" ]; then
			found+=("$work/$name.info")
		else
			say coverage "without '$name': not counted yet, or with other sources"
		fi
	done
	[ ${#found[@]} -gt 0 ] || die "nothing was counted"
	rm -rf "$out"
	mkdir -p "$out"
	awk -f "$tools/check/coverage.awk" -v out="$out/uncovered.txt" -v known="$tools/check/uncovered.md" \
		-v merged="$work/all.info" -v min_lines=$min_lines -v min_branches=$min_branches \
		-v tree="$here" -v whole=$((${#found[@]} == 2)) "${found[@]}"
}

html() {
	mounts=("$here:/tree" "$work:/coverage" "$tools/check:/check")
	in_root "$root" /tree genhtml --config-file /check/coverage.rc --quiet --title pymm \
		--output-directory /coverage/html /coverage/all.info
	cp -r "$work/html/." "$out/"
	own "$tree/out"
}

"$tools/host-deps.sh"
root=$("$tools/root.sh")
work=$root/build/$tree_key/coverage
here=$root/build/$tree_key/coverage-tree
mkdir -p "$work"
build_dir "$root" >/dev/null
lock "$root/build/$tree_key/coverage.lock"
sync_tree "$here"
case ${1-} in
'')
	run_unit
	run_guest
	;;
unit) run_unit ;;
guest) run_guest "${@:2}" ;;
report) ;;
*) die "tools/coverage.sh [unit|guest [TEST...]|report]" ;;
esac
enough=y
report || enough=''
step coverage "writing $out/index.html" html
[ "$enough" ] || die "kmod/ wants $min_lines% of lines, $min_branches% of branches, and a reason for each line left out"
[ -z "$failed" ] || die "some tests failed"
