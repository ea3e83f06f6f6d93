# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
# Sourced by the scripts that run in a guest, as root: what the kernel says meanwhile, and what kmemleak finds.

# until_true SECONDS COMMAND...: tries until it succeeds.
until_true() {
	local tries=$(($1 * 20))
	shift
	while ! "$@" 2>/dev/null; do
		[ $((tries -= 1)) -gt 0 ] || return 1
		sleep 0.05
	done
}

# ---- the kernel's log ----

# log_begin FILE: from here on, all that the kernel says is kept there, for log_unexpected. Records that came too fast
# end the reader.
log_begin() {
	log_file=$1
	log_marker="pymm-watch $$: begin"
	echo on >/proc/sys/kernel/printk_devkmsg
	echo "$log_marker" >/dev/kmsg
	cat /dev/kmsg >"$log_file" 2>&1 &
	log_reader=$!
}

log_has() {
	grep -qF "$1" "$log_file"
}

# Prints the lines that were not expected, and ends the keeping. Expected are the taint of the module, the reports on
# those whom the OOM killer is to kill, that an emulated interrupt or clock was slow, that the allocator was told to
# fail (t_failnth), and data races of the kernel alone: in its console too, when it prints that our memory is out.
# KCSAN ends a report by a line of "=". No detector's line is expected, wherever it stands.
log_unexpected() {
	echo "pymm-watch $$: end" >/dev/kmsg
	until_true 5 log_has "pymm-watch $$: end" || echo "the kernel log was overwritten"
	kill "$log_reader" 2>/dev/null || :
	awk -v marker="$log_marker" '
		function report_end() {
			if (ours && report !~ / (vprintk|console_[a-z_]+|hvc_[a-z_]+)\+/)
				printf "%s", report
			report = ""
			ours = interrupted = 0
		}
		# A record is "priority,number,time,flags;text", and may have lines of properties below it.
		!found { found = index($0, marker); next }
		!/^[0-9]+,/ || /;pymm-watch / { next }
		{
			split($0, field, ",")
			sub(/^[^;]*;/, "")
			line = sprintf("[%12.6f] %s", field[3] / 1e6, $0)
		}
		/^BUG: KCSAN: / { report_end(); report = line "\n"; ours = /\[pymm\]/; next }
		/^=====+$/ && report != "" { report_end(); next }
		report != "" {
			report = report line "\n"
			# Below it stands what was interrupted.
			interrupted = /asm_sysvec|asm_common_interrupt/ || (interrupted && /\+0x/)
			ours = ours || (!interrupted && /\[pymm\]/)
			next
		}
		/BUG|WARNING|KASAN|UBSAN|INFO:|Oops|refcount_t:|ODEBUG:|corruption/ { print line; next }
		/^pymm: loading out-of-tree module taints kernel/ { next }
		/^pymm: module verification failed: signature and.or required key missing/ { next }
		/^(hrtimer|perf): interrupt took / { next }
		/^(clocksource|tsc|sched_clock): / { next }
		/^=====+$/ { next }
		/^SLUB: Unable to allocate memory on CPU / { next }
		/^  (cache: .*, object size: |node [0-9]+: slabs: |.* debugging increased min order, use slab_debug=O)/ { next }
		/^(t_limits|pymm_hungry) invoked oom-killer/ { oom = line; next }
		/^Memory cgroup out of memory: Killed process [0-9]+ \((t_limits|pymm_hungry)\)/ { oom = ""; next }
		/^oom_reaper: reaped process [0-9]+ \((t_limits|pymm_hungry)\)/ { next }
		/^ioctl_fuzz: [0-9]+ --replay / { next }
		oom == "" { print line }
		END {
			report_end()
			if (oom != "")
				print oom " ... and nobody was killed"
			if (!found)
				print "the kernel log was overwritten"
		}' "$log_file"
}

# ---- kmemleak ----

kmemleak=/sys/kernel/debug/kmemleak

# Was the kernel booted for it? Without, there is nothing to ask.
kmemleak_wanted() {
	grep -qw kmemleak=on /proc/cmdline
}

# kmemleak_tell WORD: kmemleak refuses all but "clear" when it is off or has given up.
kmemleak_tell() {
	(echo "$1" >$kmemleak) 2>/dev/null || {
		echo "kmemleak refuses \"$1\": it is off (boot with kmemleak=on), or gave up"
		return 1
	}
}

# kmemleak_reports FILE: prints the reports on memory of the module. They are of objects that are older than five
# seconds and did not change from one scan to the next. While the module is loaded its functions have names in their
# traces; those of a module that is gone are addresses that are nobody's, unless FILE, the module if it is not empty, is loaded again for the
# time of the reading: usually where it was.
kmemleak_reports() {
	sleep 6
	kmemleak_tell scan && kmemleak_tell scan || return
	[ ! "$1" ] || insmod "$1"
	awk '
		/^unreferenced object/ { if (ours) printf "%s", text; text = ""; ours = 0 }
		{ text = text $0 "\n" }
		/\[pymm\]|^ *(\[<[0-9a-fx]+>\] *)?0x[0-9a-f]+$/ { ours = 1 }
		END { if (ours) printf "%s", text }' $kmemleak
	[ ! "$1" ] || rmmod pymm
}
