# SPDX-License-Identifier: GPL-2.0-only
"""The slots of a code object: its variables, then its value stack, then some for a moment."""

import json
import math
import re


class Entry:
    """An entry of the value stack.

    const: (value,) when it is known.
    marker: what is no object in pymm: a module, a function that is an instruction there.
    empty: its slot holds nothing.
    deadly: something may die of a call of it, before the arguments are dropped.
    this: its slot holds an instance whose method is called, or nothing.
    method: the method of it that is called next, when that is an instruction.
    """

    def __init__(self, const=None, marker=None, empty=False, method=None, deadly=False,
                 this=False):
        self.const = const
        self.marker = marker
        self.empty = empty or marker is not None
        self.method = method
        self.deadly = deadly
        self.this = this

    def key(self):
        """What must be the same where paths meet."""
        return self.marker, self.empty, self.method, self.deadly, self.this


def word(name):
    """A name as pyasm has it."""
    return name if name.isascii() else json.dumps(name, ensure_ascii=False)


def constant(value):
    """A constant as pyasm has it, or None."""
    if isinstance(value, int) and not -2**63 <= value < 2**63:
        return None
    if value is None or isinstance(value, (bool, int)):
        return repr(value)
    if isinstance(value, float):
        return "nan" if math.isnan(value) else repr(value)
    if isinstance(value, str):
        return '"' + "".join(map(_escape, value)) + '"'
    if isinstance(value, bytes):
        return 'b"' + "".join(map(_escape_byte, value)) + '"'
    if isinstance(value, tuple):
        items = [constant(item) for item in value]
        if None not in items:
            return f"({', '.join(items)}{',' * (len(items) == 1)})"
    return None


def _escape(char):
    if char in '"\\':
        return "\\" + char
    if char.isprintable() and char.isascii():
        return char
    return f"\\U{ord(char):08x}"


def _escape_byte(byte):
    char = chr(byte)
    return char if 32 <= byte < 127 and char not in '"\\' else f"\\x{byte:02x}"


class Slots:
    """How the slots of a code object are called."""

    def __init__(self, code, first):
        names = dict.fromkeys(code.co_varnames + code.co_cellvars + code.co_freevars)
        count = code.co_argcount + code.co_kwonlyargcount
        self.names = [self._name(name) for name in names]
        self.parameters = self.names[:code.co_argcount]
        self.keyword_only = self.names[code.co_argcount:count]
        self.others = self.names[count:]
        self.nr_free = len(code.co_freevars)
        self.stack = first + len(self.names)
        self.scratch = self.stack + code.co_stacksize

    @staticmethod
    def _name(name):
        # Comprehensions in the body of a class leave a name with a dot there.
        name = name.replace(".", "_")
        return word(name + "_" if re.fullmatch(r"r\d+", name) else name)

    def variable(self, index):
        """A variable: a local, a cell or one of the closure."""
        return self.names[index]

    def free(self):
        """Those of the closure."""
        return f"{self.names[-self.nr_free]}..{self.names[-1]}"

    def at(self, depth):
        """An entry of the value stack."""
        return f"r{self.stack + depth}"

    def temporary(self, number=0):
        """One that is empty between two instructions of CPython."""
        return f"r{self.scratch + number}"

    def range(self, first, count):
        """Consecutive entries of the value stack, consumed."""
        if not count:
            return "()"
        if count == 1:
            return self.at(first) + "!"
        return f"{self.at(first)}..{self.at(first + count - 1)}!"
