# SPDX-License-Identifier: GPL-2.0-only
"""Programs about objects, made at random of a seed.

A step is chosen by looking at what the names hold after the steps before it, which have been
executed: most of them raise nothing. Where pymm is known to differ is kept out.
"""

import contextlib
import gc
import io
import os
import random
import sys
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
NAMES = [f"v{i}" for i in range(8)]
REFS = [f"w{i}" for i in range(4)]
LONGEST = 8         # of containers, so that what is printed stays short
WILD = 0           # how often a step is made without looking, and so mostly raises

with open(os.path.join(HERE, "prelude.py"), encoding="utf-8") as _file:
    PRELUDE = _file.read()


class Maker:
    """Makes the steps of a program."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.space = {"__name__": "__main__"}
        self.number = 0
        exec(PRELUDE, self.space)

    # ---- choices ----

    def name(self):
        """Any name."""
        return self.random.choice(NAMES)

    def of(self, *types):
        """A name that holds an object of one of these types, or None."""
        if self.random.random() < WILD:
            return self.name()
        found = [name for name in NAMES if type(self.space[name]).__name__ in types]
        return self.random.choice(found) if found else None

    def instance(self):
        """A name that holds an instance with attributes."""
        return self.of("C", "D", "E", "R", "N")

    def new_name(self):
        """What a finalizer says."""
        self.number += 1
        return repr(f"{self.number}")

    def atom(self):
        """An object without references."""
        return self.random.choice(["None", "True", "0", "1", "-3", "300", "1.5", "'a'", "'xyz'",
                                   "b'b'", "()", "(1, 2)", "''"])

    def key(self):
        """What a dict may have as a key."""
        return self.random.choice(["'a'", "'b'", "1", "2", "1.0", "True", "(1, 2)", "None", "257"])

    def instance_new(self):
        """A new instance."""
        kind = self.random.choice("CCDDDERNS")
        return f"{kind}()" if kind in "CS" else f"{kind}({self.new_name()})"

    def value(self, depth=0):
        """An expression."""
        kinds = [self.name, self.name, self.name, self.instance_new, self.atom]
        if depth < 2:
            kinds += [self.display, self.display, self.temporary]
        kind = self.random.choice(kinds)
        return kind(depth + 1) if kind in (self.display, self.temporary) else kind()

    def display(self, depth=0):
        """A container that is made."""
        items = [self.value(depth) for _ in range(self.random.choice([0, 1, 1, 2, 3]))]
        kind = self.random.choice("[[(({")
        if kind == "[":
            return f"[{', '.join(items)}]"
        if kind == "(":
            return f"({''.join(item + ', ' for item in items)})"
        pairs = [f"{self.key()}: {item}" for item in items]
        return f"{{{', '.join(pairs)}}}"

    def temporary(self, depth=0):
        """Something of which a part dies at once."""
        one, other = self.value(depth), self.value(depth)
        return self.random.choice([
            f"[{one}, {other}][0]", f"({one}, {other})[1]", f"{{'a': {one}, 'b': {other}}}['b']",
            f"len([{one}, {other}])", f"({one} is {other})", f"swap({one}, {other})",
            f"last({one}, {other})", f"last({one}, c={other})", f"(lambda: {self.name()})()",
            f"(lambda a: a)({one})", f"[{one}] + [{other}]", f"({one},) + ({other},)",
            f"(not {one})", f"({one} and {other})", f"({one} or {other})",
            f"({one} if {other} else None)", f"(type({one}) is type({other}))", f"[{one}, {other}][:1]",
            f"isinstance({one}, D)", f"list(({one}, {other}))", f"tuple([{one}, {other}])",
            f"[x for x in ({one}, {other})]", f"C().m({one}, b={other})", f"max(1, len([{one}]))",
            f"getattr(C(), 'nothing', {one})", f"next(iter([{one}, {other}]))",
            f"cell({one})({other})", f"adder({one})({other})", f"slice({one}, {other})",
        ])

    # ---- steps ----

    def bind(self):
        """A name to anything."""
        return f"{self.name()} = {self.value()}"

    def rebind(self):
        """A name to what another has."""
        return f"{self.name()} = {self.name()}"

    def delete(self):
        """A name."""
        name = self.name()
        return f"del {name}\n{name} = None"

    def unpack(self):
        """Two names at once."""
        one, other = self.name(), self.name()
        return self.random.choice([f"{one}, {other} = {other}, {one}",
                                   f"{one}, {other} = [{self.value()}, {self.value()}]",
                                   f"{one} = {other} = {self.value()}"])

    def list_grow(self):
        """A list in place."""
        name = self.of("list")
        if not name or len(self._list(name)) > LONGEST:
            return None
        return self.random.choice([
            f"{name}.append({self.value()})", f"{name}.extend([{self.value()}, {self.value()}])",
            f"{name} += [{self.value()}]", f"{name} += ({self.value()},)",
            f"{name} = {name} + [{self.value()}]", f"{name} = {name} * 2",
            f"{name}[1:1] = [{self.value()}]", f"{name}[:0] = ({self.value()}, {self.value()})"])

    def _list(self, name):
        value = self.space[name]
        return value if isinstance(value, (list, dict, set, tuple)) else ()

    def list_item(self):
        """An item, or several, of a list."""
        name = self.of("list")
        if not name or not self._list(name):
            return None
        index = self.random.randrange(-len(self._list(name)), len(self._list(name)))
        return self.random.choice([
            f"{name}[{index}] = {self.value()}", f"{name}[{index}] = {self.value()}",
            f"del {name}[{index}]", f"{self.name()} = {name}[{index}]", f"del {name}[{index}:]",
            f"{name}[{index}:] = [{self.value()}]", f"del {name}[::2]",
            f"{self.name()} = {name}[{index}:]", f"{self.name()} = {name}[::-1]"])

    def tuple_item(self):
        """Of a tuple."""
        name = self.of("tuple")
        if not name or not self._list(name):
            return None
        index = self.random.randrange(len(self._list(name)))
        grown = f"{name} += ({self.value()},)" if len(self._list(name)) < LONGEST else f"{name} = ()"
        return self.random.choice([f"{self.name()} = {name}[{index}]", grown,
                                   f"{self.name()} = {name}[{index}:]"])

    def dict_item(self):
        """Of a dict."""
        name = self.of("dict")
        if not name:
            return None
        keys = [key for key in self._list(name) if isinstance(key, (int, float, str, tuple))]
        choices = [f"{name}[{self.key()}] = {self.value()}"] * 2
        if keys:
            key = repr(self.random.choice(keys))
            choices += [f"del {name}[{key}]", f"{name}[{key}] = {self.value()}",
                        f"{self.name()} = {name}[{key}]"]
        owner = self.instance()
        if owner and len(self._list(name)) < LONGEST:
            choices.append(f"{name}[{owner}] = {self.value()}")
        return self.random.choice(choices)

    def set_item(self):
        """A set of numbers."""
        name = self.of("set")
        if not name:
            return f"{self.name()} = {{1, {self.random.randrange(9)}}}"
        number = self.random.randrange(9)
        return self.random.choice([f"{name}.add({number})", f"{name}.discard({number})",
                                   f"{name} |= {{{number}, 2}}", f"{name} = {name} - {{{number}}}",
                                   f"{name} = {name} ^ {{{number}}}", f"{name}.update([{number}])",
                                   f"{self.name()} = frozenset({name})",
                                   f"{self.name()} = {number} in {name}"])

    def attribute(self):
        """Of an instance."""
        name = self.instance()
        if not name:
            return f"{self.name()} = {self.instance_new()}"
        # Those of CPython die in the order of the keys that all instances share, pymm's as they were
        # set: only one of them holds what can tell.
        which = self.random.choice("aaabx")
        value = self.value() if which == "a" else self.atom()
        choices = [f"{name}.{which} = {value}"] * 4
        if which in getattr(self.space[name], "__dict__", ()):
            choices += [f"del {name}.{which}", f"{self.name()} = {name}.{which}"]
        choices += [f"{self.name()} = hasattr({name}, '{which}')",
                    f"setattr({name}, '{which}', {value})"]
        return self.random.choice(choices)

    def slot(self):
        """Of an instance with __slots__."""
        name = self.of("S")
        if not name:
            return f"{self.name()} = S()"
        return f"{name}.a = {self.value()}"

    def method(self):
        """Of an instance of C."""
        name = self.of("C")
        if not name:
            return f"{self.name()} = C()"
        return self.random.choice([f"{self.name()} = {name}.m", f"C.x = {self.value()}",
                                   f"{self.name()} = {name}.m({self.value()})",
                                   f"{self.name()} = {name}.m(b={self.value()}, a={self.value()})",
                                   f"C.m({name}, {self.value()}, {self.value()})"])

    def closure(self):
        """A function with a variable of its own."""
        name = self.of("function")
        choices = [f"{self.name()} = cell({self.value()})", f"{self.name()} = adder({self.value()})"]
        if name:
            choices += [f"{self.name()} = {name}({self.value()})", f"{self.name()} = {name}()",
                        f"{name}({self.value()})"]
        return self.random.choice(choices)

    def iterate(self):
        """Over what a name has."""
        name = self.of("list", "tuple", "dict")
        if not name:
            return None
        return self.random.choice([
            f"{self.name()} = iter({name})", f"{self.name()} = [x for x in {name}]",
            f"{self.name()} = [[x] for x in {name}][:3]",
            f"for x in {name}:\n    print(type(x) in (list, dict, D))\nx = None",
            f"for x in {name}:\n    if x is {self.name()}:\n        break\nelse:\n"
            f"    print('no')\nx = None",
            f"{self.name()} = [({self.name()}, x) for x in {name} if x][:2]"])

    def advance(self):
        """An iterator."""
        name = self.of("list_iterator", "tuple_iterator", "range_iterator")
        if not name:
            return f"{self.name()} = iter(range({self.random.randrange(3)}))"
        return f"{self.name()} = next({name}, {self.value()})"

    def weak(self):
        """A weak reference."""
        name = self.of("C", "D", "E", "R", "N", "function", "set", "frozenset")
        ref = self.random.choice(REFS)
        if not name:
            return f"{ref} = None"
        callback = self.random.choice(["", "", ", called", ", called", ", unbinds", ", fails"])
        return self.random.choice([f"{ref} = weakref.ref({name}{callback})"] * 4 +
                                  [f"{ref} = None", f"{self.name()} = weakref.ref({name}{callback})",
                                   f"{self.random.choice(REFS)} = {ref}"])

    def strong(self):
        """What a weak reference refers to."""
        ref = self.random.choice(REFS)
        return f"{self.name()} = {ref} and {ref}()"

    def collect(self):
        """A collection."""
        return f"print('collected', gc.collect({self.random.choice(['', '', 0, 1, 2])}))"

    def keep(self):
        """What was resurrected."""
        return self.random.choice(["del keep[:]", f"{self.name()} = keep", f"keep.append({self.name()})"
                                   if len(self.space["keep"]) < LONGEST else "del keep[:]"])

    def expression(self):
        """What is made is dropped."""
        return self.value()

    STEPS = ([bind] * 6 + [rebind] * 3 + [delete] * 3 + [unpack] * 2 + [list_grow] * 5 +
             [list_item] * 5 + [tuple_item] * 2 + [dict_item] * 5 + [set_item] + [attribute] * 6 +
             [slot] + [method] * 2 + [closure] * 3 + [iterate] * 2 + [advance] + [weak] * 5 +
             [strong] + [collect] * 2 + [keep] + [expression] * 2)

    def step(self):
        """A step that can be executed, as text."""
        text = None
        while not text:
            text = self.random.choice(self.STEPS)(self)
        return text

    def run(self, text):
        """Execute a step: does the program go on?"""
        try:
            exec(text + "\nprobe()", self.space)
        except Exception:  # pylint: disable=broad-except
            return False
        return sum(map(_size, (self.space[name] for name in NAMES))) < 400


def _size(value):
    """About how long it is when printed."""
    return len(repr(value)) // 20


def make(seed, length):
    """The steps of a program."""
    steps = []
    warnings.simplefilter("ignore", SyntaxWarning)
    hook, sys.unraisablehook = sys.unraisablehook, lambda info: None
    with contextlib.redirect_stdout(io.StringIO()):
        maker = Maker(seed)
        for _ in range(length):
            steps.append(maker.step())
            if not maker.run(steps[-1]):
                break
        maker.space.clear()
        gc.collect()
    sys.unraisablehook = hook
    return steps


def program(steps):
    """The text of a program."""
    lines = [PRELUDE]
    for number, step in enumerate(steps):
        lines += [f"print('--', {number})", step, "probe()"]
    return "\n".join(lines) + "\n"
