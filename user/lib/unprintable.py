#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-only OR MIT
"""Writes unprintable.h: run it with the CPython whose repr() is to be matched."""

import unicodedata

FIRST, LAST, PER_LINE = 0x80, 0x10FFFF, 4


def ranges():
    start = None
    for code in range(FIRST, LAST + 2):
        hidden = code <= LAST and not chr(code).isprintable()
        if hidden and start is None:
            start = code
        elif not hidden and start is not None:
            yield start, code - 1
            start = None


def main():
    items = ["{ %#x, %#x }," % pair for pair in ranges()]
    print("/* SPDX-License-Identifier: LGPL-2.1-only OR MIT */")
    print("/*")
    print(" * Code points from U+0080 that str.isprintable() of CPython denies, as first and")
    print(f" * last of each range. Unicode {unicodedata.unidata_version}. Made by unprintable.py.")
    print(" */")
    print("static const struct {\n\tuint32_t first;\n\tuint32_t last;\n} unprintable[] = {")
    for at in range(0, len(items), PER_LINE):
        print("\t" + " ".join(items[at:at + PER_LINE]))
    print("};")


main()
