# SPDX-License-Identifier: GPL-2.0
# Joins tracefiles of lcov, one for each build, as tools/coverage.sh explains, and prints the table by file.
#   merged          the joined tracefile, for genhtml
#   out             what is not covered, with its text
#   known           reasons for that, by file and text (tools/check/uncovered.md); those that do not fit are told
#   tree            where the sources are
#   min_lines, min_branches  the status is 1 below these percentages
#   whole           all tests were counted: the status is 1 as well when a line is left out without a reason

BEGIN { FS = "[:,]" }

# What the capture took in beside kmod/ is passed over.
$1 == "SF" {
	file = $2
	ours = file ~ /^kmod\//
	if (ours)
		files[file]
}
!ours { next }
$1 == "DA" { lines[file, $2] += $3; if ($2 > last[file]) last[file] = $2 }
# A function has a number in its file, where it begins and ends, and under that number its names.
$1 == "FNL" { span[$2] = $3 "," $4 }
$1 == "FNA" { spans[file, $4] = span[$2]; calls[file, $4] += $3 }
$1 == "BRDA" {
	total[FILENAME, file, $2]++
	taken[FILENAME, file, $2] += ($5 != "-" && $5 > 0)
	arms[FILENAME, file, $2] = arms[FILENAME, file, $2] $0 "\n"
	builds[FILENAME]
}

function better(a, b) {
	return !total[b] || total[a] && taken[a] / total[a] >= taken[b] / total[b]
}

# The build whose branches count on that line.
function choose(file, line,    build, best) {
	best = ""
	for (build in builds)
		if ((build, file, line) in total && (best == "" || better(build SUBSEP file SUBSEP line, best)))
			best = build SUBSEP file SUBSEP line
	return best
}

function percent(part, whole) {
	return whole ? 100 * part / whole : 100
}

function print_row(name, l, lh, b, bh, f, fh) {
	printf "%-22s %5d %6.1f%%  %5d %6.1f%%  %5d %6.1f%%\n", name, l, percent(lh, l), b, percent(bh, b), f, percent(fh, f)
}

function trim(text) {
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}

function do_functions(file,    key, parts) {
	for (key in calls) {
		split(key, parts, SUBSEP)
		if (parts[1] != file)
			continue
		printf "FNL:%d,%s\nFNA:%d,%d,%s\n", f[file], spans[key], f[file], calls[key], parts[2] >merged
		f[file]++
		fh[file] += calls[key] > 0
	}
}

function do_line(file, line, text,    best) {
	if ((file, line) in lines) {
		printf "DA:%d,%.0f\n", line, lines[file, line] >merged
		l[file]++
		if (lines[file, line] > 0) {
			lh[file]++
		} else {
			printf "%s:%d: %s\n", file, line, text >out
			missing++
			if ((file, text) in reasons)
				used[file, text]
			else
				unexplained++
		}
	}
	best = choose(file, line)
	if (best == "")
		return
	printf "%s", arms[best] >merged
	b[file] += total[best]
	bh[file] += taken[best]
	if (lines[file, line] > 0 && taken[best] < total[best])
		printf "%s:%d: %d of %d branches: %s\n", file, line, taken[best], total[best], text >out
}

function do_file(file,    line, text, path) {
	path = tree "/" file
	print "SF:" file >merged
	do_functions(file)
	for (line = 1; (getline text <path) > 0; line++)
		do_line(file, line, trim(text))
	close(path)
	print "end_of_record" >merged
	if (line <= last[file])
		print "the sources have changed since " file " was counted: run all again" >"/dev/stderr"
	print_row(file, l[file], lh[file], b[file], bh[file], f[file], fh[file])
	L += l[file]; LH += lh[file]; B += b[file]; BH += bh[file]; F += f[file]; FH += fh[file]
}

# "## FILE", then "- `TEXT`: why" of each line.
function read_reasons(    row, file, end) {
	while ((getline row <known) > 0) {
		if (row ~ /^## /)
			file = substr(row, 4)
		else if (row ~ /^- `/ && (end = index(row, "`: ")))
			reasons[file, substr(row, 4, end - 4)]
	}
}

function tell_stale(    key, parts) {
	for (key in reasons)
		if (!(key in used)) {
			split(key, parts, SUBSEP)
			printf "%s: \"%s\" is covered now, or gone: its reason in uncovered.md can go\n", parts[1], parts[2]
		}
}

function sort_files(    file, i) {
	for (file in files) {
		for (i = ++count; i > 1 && names[i - 1] > file; i--)
			names[i] = names[i - 1]
		names[i] = file
	}
}

END {
	read_reasons()
	sort_files()
	printf "%-22s %13s  %13s  %13s\n", "", "lines", "branches", "functions"
	for (i = 1; i <= count; i++)
		do_file(names[i])
	print_row("all", L, LH, B, BH, F, FH)
	printf "%d lines are not covered, %d of them without a reason in uncovered.md\n", missing, unexplained
	tell_stale()
	exit percent(LH, L) < min_lines || percent(BH, B) < min_branches || (whole && unexplained)
}
