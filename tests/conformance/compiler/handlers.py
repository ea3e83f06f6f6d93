# SPDX-License-Identifier: GPL-2.0-only
"""Who translates an instruction."""

HANDLERS = {}


def handles(*opnames):
    """The function is called with the Body and the instruction."""
    def register(function):
        HANDLERS.update(dict.fromkeys(opnames, function))
        return function
    return register
