#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
# Judges what test_decimal.c makes of floats, line by line: exits with 1 and says which differ.
#   repr BITS TEXT      the float is written as this text
#   read BITS TEXT      the text is read as this float
#   refuse RESULT TEXT  the text is no float
import struct
import sys


def float_of(bits):
    return struct.unpack("<d", struct.pack("<Q", int(bits, 16)))[0]


def bits_of(value):
    return f"{struct.unpack('<Q', struct.pack('<d', value))[0]:016x}"


def read(text):
    try:
        return bits_of(float(text))
    except ValueError:
        return "0"


def expected(what, number, text):
    if what == "repr":
        return text, repr(float_of(number))
    return number, read(text)


differ = 0
for line in sys.stdin:
    what, number, text = line.rstrip("\n").split(" ", 2)
    seen, wanted = expected(what, number, text)
    if seen != wanted:
        differ += 1
        if differ < 10:
            print(f"# {what} {number} {text}: expected {wanted}")
sys.exit(differ > 0)
