# SPDX-License-Identifier: GPL-2.0-only
"""From a code object of CPython to one of pyasm."""

import dis
import types

from .exceptions import Table
from .frame import Entry, Slots, constant
from .instructions import HANDLERS

# The parameter of the body of a class.
NAMESPACE = "namespace"


class Program:
    """All code objects of a program."""

    def __init__(self, source):
        self.source = source
        self.names = set()
        self.bodies = []

    def add(self, code, is_class=False):
        """Translate a code object, and those in it; returns its name."""
        name = self._name("".join(c for c in code.co_name if c.isalnum() or c == "_"))
        body = Body(self, code, name, is_class)
        self.bodies.append(body)
        body.run()
        return name

    def _name(self, plain):
        name, number = plain, 1
        while name in self.names:
            number += 1
            name = f"{plain}_{number}"
        self.names.add(name)
        return name

    def text(self):
        """The whole of it."""
        return "\n\n".join("\n".join(body.lines) for body in self.bodies) + "\n"


def translate(source):
    """The pyasm of a Source."""
    program = Program(source)
    program.add(source.code)
    return program.text()


class Body:
    """A code object being translated."""

    def __init__(self, program, code, name, is_class):
        self.program = program
        self.source = program.source
        self.code = code
        self.name = name
        self.is_class = is_class
        self.is_module = code.co_name == "<module>"
        self.slots = Slots(code, first=1 if is_class else 0)
        self.stack = []         # of Entry; None where nothing gets to
        self.states = {}        # the stack at targets of jumps
        self.table = Table(code)
        self.bound = set()      # variables of comprehensions that are, at this place
        self.labels = 0
        self.emitted = 0        # instructions
        self.lines = []
        self.line = None
        self.insn = None
        self.next = None

    # ---- the walk ----

    def run(self):
        """Translate all that is ever executed."""
        if self.code.co_flags & 0x0c or self.code.co_posonlyargcount:
            self.source.refuse(self.code.co_firstlineno, "*args, **kwargs or positional-only")
        self._head()
        self.lines.append("begin:")
        instructions = list(dis.get_instructions(self.code))
        for insn, following in zip(instructions, [*instructions[1:], None]):
            self.insn, self.next = insn, following
            self._step(insn)
        self.table.end(self)

    def _head(self):
        parameters = list(self.slots.parameters)
        if self.slots.keyword_only:
            parameters += ["*", *self.slots.keyword_only]
        if self.is_class:
            parameters = [NAMESPACE]
        if not self.is_module:
            self.lines.append(" ".join([".code", self.name, *parameters]))
        if self.slots.others:
            self.lines.append(" ".join([".slot", *self.slots.others]))

    def _step(self, insn):
        if insn.offset in self.states:
            self._arrive(insn)
        self.table.arrive(self, insn.offset)
        if insn.is_jump_target or insn.offset in self.table.places:
            self.lines.append(f"L{insn.offset}:")
        if self.stack is None:
            return
        self._say_line(insn)
        self.table.begin(self, insn.offset)
        handler = HANDLERS.get(insn.opname)
        if not handler:
            self.refuse(insn.opname)
        handler(self, insn)

    def _arrive(self, insn):
        state = self.states[insn.offset]
        if self.stack is not None and [e.key() for e in self.stack] != [e.key() for e in state]:
            self.refuse("what is called depends on a condition")
        self.stack = [Entry(None, *e.key()) for e in state]

    def _say_line(self, insn):
        number = insn.positions.lineno
        if number and number != self.line and insn.opname != "RESUME":
            self.lines.append(f"\t; {number}: {self.source.line(number)}")
            self.line = number

    def refuse(self, what):
        """Refuse the instruction that is being translated."""
        self.source.construct(self.insn.positions, what)

    # ---- what instructions are made of ----

    def emit(self, text):
        """Add an instruction."""
        self.emitted += 1
        op, _, operands = text.partition(" ")
        self.lines.append(f"\t{op}\t{operands}".rstrip())

    def handler(self, first, end, target, depth):
        """What is raised between two labels goes to a third one, and into the stack."""
        self.lines.append(f".handler {first}, {end}, {target}, {self.slots.at(depth)}")

    def goes_to(self, offset, pushed=()):
        """A jump to there: remember the stack; returns the label."""
        if offset > self.insn.offset:
            self.states[offset] = [*self.stack, *pushed]
        return f"L{offset}"

    def ends(self):
        """Nothing gets to the next instruction from here."""
        self.stack = None

    def label(self):
        """A label of its own."""
        self.labels += 1
        return f"own{self.labels}"

    @property
    def depth(self):
        """Entries of the stack."""
        return len(self.stack)

    def push(self, **kind):
        """A new entry; its slot."""
        self.stack.append(Entry(**kind))
        return self.slots.at(self.depth - 1)

    def pop(self):
        """Takes the top off, which must be an object; its slot."""
        return self.pop_many(1)[0]

    def pop_many(self, count):
        """Takes several off; their slots."""
        first = self.depth - count
        for entry in self.stack[first:]:
            if entry.empty:
                self.refuse(f"{entry.marker} as a value")
        del self.stack[first:]
        return [self.slots.at(first + i) for i in range(count)]

    def pop_range(self, count):
        """As pop_many(), written as consecutive slots."""
        self.pop_many(count)
        return self.slots.range(self.depth, count)

    def load_const(self, value):
        """Push a constant."""
        if isinstance(value, types.CodeType):
            self.push(const=(value,), marker="a code object")
            return
        text = constant(tuple(value) if isinstance(value, frozenset) else value)
        if text is None:
            self.refuse(f"the constant {value!r}")
        slot = self.push(const=(value,))
        self.emit(f"LOAD_CONST {slot}, {text}")
        if isinstance(value, frozenset):
            self.emit(f"BUILD_FROZENSET {slot}, {slot}!")

    def drop(self, entry, slot):
        """Drop what an entry holds."""
        if not entry.empty:
            self.emit(f"DELETE_FAST {slot}")
