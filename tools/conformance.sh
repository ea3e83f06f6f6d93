#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Runs the same programs on CPython 3.13 and on pymm (tests/conformance): the statements of the reference and the cases of
# the collector, then programs and such cases made at random; on the core of the module in user space, in the build
# root, then on the module in a guest.
#   tools/conformance.sh [-o] [-n STEPS] [-g STEPS] [-s SEED]   how many steps of each at random in user space (100000), in
#                                                         the guest (5000), and the seed of the first program
#   tools/conformance.sh native|guest [...]                only there
#   tools/conformance.sh [native] -c FILE   the cases of the collector in FILE, and nothing else, in the guest, or in user
#                                           space: a line a case, "ok ID" or "not ok ID" with what differs. FILE is as
#                                           tests/conformance/gc_cases.json; status 1 if any differs, 2 if FILE is wrong
#   tools/conformance.sh -r FILE            prints FILE with what CPython does in its cases, of which only "id" and "ops" are
#                                           read; status 2 if that cannot be done
# -o shows how often the steps in user space have each opcode.
# B=defect-NAME builds in a defect of kmod/defect.h, which has to be found.
# The last line is the count. A program made at random that differs is shown as small as it can be made.

. "$(dirname "$0")/lib.sh"
need_root "$@"
steps=100000 guest_steps=5000 seed=$(date +%s) where=both random=random cases='' record=''
case ${1-} in
native | guest)
	where=$1
	shift
	;;
esac
while getopts c:on:g:r:s: option; do
	case $option in
	c) cases=$OPTARG ;;
	o) random=opcodes ;;
	n) steps=$OPTARG ;;
	g) guest_steps=$OPTARG ;;
	r) record=$OPTARG ;;
	s) seed=$OPTARG ;;
	*) exit 2 ;;
	esac
done
is_number "$steps" "the steps"
is_number "$guest_steps" "the steps"
is_number "$seed" "the seed"

case $B in
defect-?*) defect=${B#defect-} ;;
*) defect='' ;;
esac

# in_copy ROOT COPY COMMAND...: in a copy of the tree in the root, which sees itself in /tree as what build.sh builds.
in_copy() {
	# shellcheck disable=SC2034 # of in_root
	local mounts=("$2:/tree")

	in_root "$1" /tree/tests/conformance "${@:3}"
}

# make_in_copy ROOT COPY GOAL...
make_in_copy() {
	in_copy "$1" "$2" make --no-print-directory -s -j"$(nproc)" "${@:3}" ${defect:+PYMM_DEFECT="$defect"}
}

# in_interpreter FILE SCRIPT: a script of tests/conformance reads a file of cases, in the build root, which has the interpreter.
in_interpreter() {
	[ -r "$1" ] || {
		printf 'pymm: %s cannot be read\n' "$1" >&2
		exit 2
	}
	"$tools/host-deps.sh"
	root=$("$tools/root.sh")
	copy=$(build_dir "$root")/conformance
	lock "$copy.lock"
	sync_tree "$copy"
	in_copy "$root" "$copy" python3 -B "$2" - <"$1" >"$scratch/script" || {
		printf 'pymm: that is wrong with %s\n' "$1" >&2
		exit 2
	}
}

cases() {
	local root copy

	in_interpreter "$cases" cases.py
	if [ "$where" = native ]; then
		make_in_copy "$root" "$copy" all >&2
		in_copy "$root" "$copy" "build/native${defect:+-$defect}/run_cases" \
			<"$scratch/script"
	else
		unlock
		"$tools/build.sh"
		"$tools/guest.sh" -t 900 -l -r -- /usr/lib/pymm/tests/conformance/run_cases <"$scratch/script" | tr -d '\r'
	fi
}

# Both parts of each side, even if the first one fails; but nothing of what was built before, if that fails. (Where the
# status of a function is asked for, nothing in it ends the script by itself.)
native() {
	local root copy status=0

	"$tools/host-deps.sh" || return
	root=$("$tools/root.sh") || return
	copy=$(build_dir "$root")/conformance
	lock "$copy.lock"
	if ! { sync_tree "$copy" && make_in_copy "$root" "$copy" all >&2; }; then
		unlock
		return 1
	fi
	make_in_copy "$root" "$copy" check || status=1
	make_in_copy "$root" "$copy" "$random" STEPS="$steps" SEED="$seed" || status=1
	unlock
	return $status
}

guest() {
	"$tools/build.sh" || return
	# shellcheck disable=SC2016 # for the guest's shell
	"$tools/guest.sh" -t $((900 + guest_steps / 2)) -- sh -c '
		insmod /usr/lib/pymm/pymm.ko
		cd /usr/lib/pymm/tests/conformance || exit 1
		status=0
		python3 conformance.py || status=1
		python3 cases.py --runner ./run_cases gc_cases.json || status=1
		python3 generate.py --steps "$1" --seed "$2" || status=1
		python3 cases_random.py --steps "$1" --seed "$2" || status=1
		exit $status' _ "$guest_steps" "$seed"
}

# sum FILE: the count of all parts.
sum() {
	awk '/^[0-9]+ passed, [0-9]+ failed$/ { passed += $1; failed += $3 }
		END { printf "%d passed, %d failed\n", passed, failed }' "$1"
}

scratch=$(mktemp -d "$cache/conformance.XXXXXX")
if [ "$record" ]; then
	in_interpreter "$record" cases_record.py
	cat "$scratch/script"
	exit
elif [ "$cases" ]; then
	cases
	exit
fi
status=0
if [ "$where" != guest ]; then
	native | tee "$scratch/output" || status=1
fi
if [ "$where" != native ]; then
	guest | tr -d '\r' | tee -a "$scratch/output" || status=1
fi
sum "$scratch/output"
exit $status
