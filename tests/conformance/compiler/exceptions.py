# SPDX-License-Identifier: GPL-2.0-only
"""try, with, raise, assert: CPython's exception table, and what its handlers are made of."""

import dis

from .frame import Entry
from .handlers import handles


class Table:
    """The exception table of a code object.

    In pymm an exception comes to the slot that is the lowest to be emptied; in CPython the
    number of the instruction may lie there, and the exception above it.
    """

    def __init__(self, code):
        self.entries = dis.Bytecode(code).exception_entries
        self.length = len(code.co_code)
        self.lasti = {entry.target: entry.depth for entry in self.entries if entry.lasti}
        self.places = {place for entry in self.entries
                       for place in (entry.start, entry.end, entry.target)}
        self.passed = {}

    def arrive(self, body, offset):
        """An instruction: what has a label, and the stack of those that handle its exceptions."""
        if offset in self.places:
            self.passed[offset] = body.emitted
        for entry in self.entries:
            if body.stack is not None and entry.start <= offset < entry.end:
                self._seed(body, entry)

    @staticmethod
    def _seed(body, entry):
        if entry.target not in body.states:
            lasti = [Entry(marker="the number of an instruction")] * entry.lasti
            body.states[entry.target] = [*body.stack[:entry.depth], *lasti, Entry()]

    def begin(self, body, offset):
        """The first instruction of a handler."""
        if offset in self.lasti:
            depth = self.lasti[offset]
            body.emit(f"COPY {body.slots.at(depth + 1)}, {body.slots.at(depth)}!")

    def end(self, body):
        """All is translated: say where exceptions are handled."""
        if self.length in self.places:
            self.passed[self.length] = body.emitted
            body.lines.append(f"L{self.length}:")
        for entry in self.entries:
            if self.passed[entry.start] < self.passed[entry.end]:
                body.handler(f"L{entry.start}", f"L{entry.end}", f"L{entry.target}", entry.depth)
        # CPython empties its value stack before it leaves a frame.
        body.handler("begin", "end", "end", 0)
        body.lines.append("end:")
        body.emit(f"RERAISE {body.slots.at(0)}!")


# ---- raise ----

@handles("RAISE_VARARGS")
def _raise_varargs(body, insn):
    slots = body.pop_many(insn.arg)
    if not slots:
        slots = [body.slots.at(body.depth)]
        body.emit(f"GET_EXC {slots[0]}")
    name = ("RERAISE", "RAISE", "RAISE_FROM")[insn.arg]
    body.emit(f"{name} " + ", ".join(f"{slot}!" for slot in slots))
    body.ends()


@handles("RERAISE")
def _reraise(body, _insn):
    body.emit(f"RERAISE {body.pop()}!")
    body.ends()


@handles("LOAD_ASSERTION_ERROR")
def _load_assertion_error(body, _insn):
    if "AssertionError" in body.source.bound:
        body.refuse("assert where AssertionError is bound")
    body.emit(f"LOAD_GLOBAL {body.push()}, AssertionError")


# ---- except ----

@handles("PUSH_EXC_INFO")
def _push_exc_info(body, _insn):
    slot = body.pop()
    before, now = body.push(), body.push()
    body.emit(f"COPY {now}, {slot}!")
    body.emit(f"PUSH_EXC_INFO {before}, {now}")


@handles("POP_EXCEPT")
def _pop_except(body, _insn):
    body.emit(f"POP_EXCEPT {body.pop()}!")


@handles("CHECK_EXC_MATCH")
def _check_exc_match(body, _insn):
    classes, exception = body.pop(), body.slots.at(body.depth - 1)
    body.emit(f"CHECK_EXC_MATCH {body.push()}, {exception}, {classes}!")


# ---- with ----

@handles("BEFORE_WITH")
def _before_with(body, _insn):
    manager, enter = body.pop(), body.slots.temporary()
    body.emit(f"BEFORE_WITH {body.push()}, {manager}!, {enter}")
    # It is dropped after the call.
    body.emit(f"CALL {body.push()}, {enter}, ()")
    body.emit(f"DELETE_FAST {enter}")


@handles("WITH_EXCEPT_START")
def _with_except_start(body, _insn):
    leave, exception = body.slots.at(body.depth - 4), body.slots.at(body.depth - 1)
    temporary = body.slots.temporary
    body.emit(f"GET_TYPE {temporary()}, {exception}")
    body.emit(f"COPY {temporary(1)}, {exception}")
    body.emit(f"LOAD_ATTR {temporary(2)}, {exception}, __traceback__")
    body.emit(f"CALL {body.push()}, {leave}, {temporary()}..{temporary(2)}!")
