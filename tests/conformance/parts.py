# SPDX-License-Identifier: GPL-2.0-only
"""A program of several parts that are compiled one after the other, and share all names."""

SEPARATOR = "# ---- compiled by itself ----\n"


def parts(text):
    """Each part."""
    return text.split(SEPARATOR)
