#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prints the coverage of each source file from gcov's data: coverage.py DIR [-v]

Counted are lines, and branches: the ways out of each condition. With -v, what was not taken.
"""
import glob
import gzip
import json
import os
import subprocess
import sys
import tempfile


def read(directory):
    """Line counts and branch counts of each file of kmod/, merged over all objects."""
    files = {}
    notes = [os.path.abspath(name) for name in glob.glob(directory + "/*.gcda")]
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(["gcov", "--json-format", "--branch-probabilities", *notes], cwd=scratch,
                       check=True, stdout=subprocess.DEVNULL)
        for name in glob.glob(scratch + "/*.gz"):
            with gzip.open(name) as data:
                for file in json.load(data)["files"]:
                    if "/kmod/" in file["file"] and "/unit/" not in file["file"]:
                        merge(files.setdefault(os.path.basename(file["file"]), {}), file)
    return files


def merge(lines, file):
    """Add what one object says of a file to what others said."""
    for line in file["lines"]:
        count, branches = lines.get(line["line_number"], (0, []))
        new = [branch["count"] for branch in line["branches"] if not branch["throw"]]
        if len(new) == len(branches):
            new = [a + b for a, b in zip(new, branches)]
        elif len(new) < len(branches):
            new = branches
        lines[line["line_number"]] = (count + line["count"], new)


def percent(part, whole):
    """A share in percent, as text."""
    return f"{100 * part / whole:6.1f}%" if whole else "      -"


def main():
    """Print a table, and a total."""
    total = [0, 0, 0, 0]
    for name, lines in sorted(read(sys.argv[1]).items()):
        branches = [count for _, ways in lines.values() for count in ways]
        row = [sum(1 for count, _ in lines.values() if count), len(lines),
               sum(1 for count in branches if count), len(branches)]
        total = [a + b for a, b in zip(total, row)]
        print(f"{name:16} lines {percent(*row[:2])} of {row[1]:4}  "
              f"branches {percent(*row[2:])} of {row[3]:4}")
        if "-v" in sys.argv:
            print("   lines:", *[n for n, (count, _) in sorted(lines.items()) if not count])
            print("   branches:", *[n for n, (_, ways) in sorted(lines.items()) if 0 in ways])
    print(f"{'all':16} lines {percent(*total[:2])} of {total[1]:4}  "
          f"branches {percent(*total[2:])} of {total[3]:4}")


main()
