#!/usr/bin/python3.13
# SPDX-License-Identifier: GPL-2.0-only
"""Compile a program in Python to pyasm(5), on standard output: compile.py FILE.py"""

import sys

from compiler import Refused, Source, translate


def main():
    """0, or 1 when the program has something that pymm has not."""
    path = sys.argv[1]
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        sys.stdout.write(translate(Source(text, path)))
    except (Refused, SyntaxError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
