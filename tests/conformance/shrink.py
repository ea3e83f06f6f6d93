# SPDX-License-Identifier: GPL-2.0-only
"""Fewer steps of a program that differs."""

TRIES = 400


def shrink(steps, differs):
    """Delete steps, many at once first, while it still differs."""
    size, tries = max(1, len(steps) // 2), 0
    while tries < TRIES:
        at, before = 0, len(steps)
        while at < len(steps) and tries < TRIES:
            fewer = steps[:at] + steps[at + size:]
            tries += 1
            if fewer and differs(fewer):
                steps = fewer
            else:
                at += size
        if size == 1 and len(steps) == before:
            break
        size = max(1, size // 2)
    return steps
