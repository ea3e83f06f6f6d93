# SPDX-License-Identifier: GPL-2.0
# The first input is tools/check/known, the second has findings of the tool called `tool`, "file:line: text [id]".
# Prints those that are not known, and what is known but was not found; the status is then 1.

NR == FNR {
	if ($1 == tool) {
		expected[$2, $3] = $4
		entry[$2, $3] = $2 " " $3
	}
	next
}

{
	id = $0
	sub(/.*\[/, "", id)
	sub(/\].*/, "", id)
	file = $0
	sub(/:.*/, "", file)
	found[file, id]++
	text[file, id] = text[file, id] $0 "\n"
}

END {
	for (key in found)
		if (!(key in expected)) {
			printf "%s", text[key]
			bad = 1
		} else if (expected[key] != "*" && expected[key] != found[key]) {
			printf "%s%s: %d are known\n", text[key], tool, expected[key]
			bad = 1
		}
	for (key in expected)
		if (!(key in found)) {
			print "not found any more, take it out of tools/check/known: " tool " " entry[key]
			bad = 1
		}
	exit bad
}
