# SPDX-License-Identifier: GPL-2.0-only
"""Programs about objects, made at random of a seed.

A step is chosen by looking at what the names hold after the steps before it, which have been
executed: most of them raise nothing. Where pymm differs is kept out: differences.md says it all.
"""

import contextlib
import gc
import io
import os
import random
import sys
import warnings

from classes import Classes
from collecting import COLLECTORS, Collecting
from parts import SEPARATOR
from raising import Raising, indented
from reference import as_new

HERE = os.path.dirname(os.path.abspath(__file__))
INSTANCES = ["C", "D", "E", "R", "N", "F", "G", "M", *COLLECTORS]
NAMES = [f"v{i}" for i in range(8)]
REFS = [f"w{i}" for i in range(4)]
LONGEST = 8         # of containers, so that what is printed stays short
DEPTH = 3           # of the objects that are changed, from a name on

NUMBERS = ["0", "1", "-1", "2", "7", "-7", "256", "257", "-5", "-6", "2**31", "2**62", "-2**63",
           "2**63 - 1", "0.0", "-0.0", "0.5", "1.5", "-2.5", "1e16", "1e-5", "1e22", "0.1", "3.0",
           "1e300", "5e-324", "123456789.125", "True", "False", "10**15 + 1"]
TEXTS = ["''", "'a'", "'abc'", "'xyz'", "'a b'", "'xyz abc'", "'\\xe9'", "'\\u20ac-\\U0001f600'",
         "'it\\'s'", "'\\n\\x7f'",
         "b''", "b'a'", "b'abc\\xff'"]

MODULES = ("builtins", "gc", "sys", "threading", "types", "weakref")
IMPORTS = "\n".join(f"import {name}" for name in MODULES)

with open(os.path.join(HERE, "prelude.py"), encoding="utf-8") as _file:
    PRELUDE = _file.read()


class Maker(Raising, Classes, Collecting):
    """Makes the steps of a program."""

    REFS = REFS

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.space = {"__name__": "__main__"}
        self.made = 0
        self.functions = 0
        self.bound = None       # a global name that the function binds
        self.inside = False     # of a function
        self.classes = {}       # those that steps have defined, and their bases
        self.parts = self.random.random() < 0.3     # is it compiled in several?
        self.dropped = self.random.random() < 0.3   # do classes and modules die?
        self.collects = not self.parts and not self.dropped and self.random.random() < 0.5
        exec(PRELUDE, self.space)

    # ---- choices ----

    def name(self):
        """Any name."""
        return self.random.choice(NAMES)

    def of(self, *types):
        """A path to an object of one of these types, or None."""
        found = [path for path, value in self.paths() if type(value).__name__ in types]
        return self.random.choice(found) if found else None

    def paths(self):
        """What can be reached from the names: (expression, object)."""
        level = [(name, self.space[name]) for name in NAMES]
        for _ in range(DEPTH):
            yield from level
            level = [below for path, value in level for below in _below(path, value)]

    def path(self):
        """A path to any object."""
        return self.random.choice(list(self.paths()))[0]

    def instance(self):
        """A path to an instance with attributes, or a module."""
        return self.of(*INSTANCES, *self.classes, "module")

    def new_name(self):
        """What a finalizer says."""
        self.made += 1
        return repr(f"{self.made}")

    def atom(self):
        """An object without references."""
        return self.random.choice(["None", "True", "0", "1", "-3", "'a'", "'xyz'", "'abc'", "b'b'", "()", "''",
                                   "300", "1.5",
                                   "(1, 2)", "'a b'", "b'bb'", "(1, 300)", "(1.0, 2)"])

    def key(self):
        """What a dict may have as a key."""
        return self.random.choice(["'a'", "'b'", "1", "2", "True", "None", "1.0", "(1, 2)", "257"])

    def instance_new(self):
        """A new instance."""
        kind = self.random.choice([*"CCCCDDDDDDEERRNNSSFG", *self.classes][-24:])
        if self.collects and self.random.random() < 0.1:
            kind = self.random.choice(COLLECTORS)
        return self.call(kind)

    def value(self, depth=0):
        """An expression."""
        kinds = [self.name, self.name, self.path, self.instance_new, self.atom]
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
        fresh = self.instance_new()
        return self.random.choice([
            f"({fresh} is {self.instance_new()})", f"({fresh} in [{self.instance_new()}])",
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
            f"frozenset([{fresh}])", f"{{{fresh}}}.pop()", f"len({{{fresh}, 1}} - {{2}})",
            f"({fresh} in {{1, {self.instance_new()}}})", f"(type({one}) in {{int, str, list}})",
            f"({self.atom()} in {{1, 'a', (1, 2)}})", f"builtins.len([{one}, {other}])",
            f"(builtins.id({self.name()}) == builtins.id({self.name()}))",
            f"dict([('a', {one}), ('b', {other})])",
            f"{{x: {other} for x in (1, 'a', {self.key()})}}", f"{{'a': {one}}}['a']",
            f"issubclass(type({fresh}), D)", f"(lambda a, b={one}: (b, a))({other})",
            f"(lambda *, a: [a])(a={one})", f"(sys.getrefcount({fresh}), {other})",
            f"sys.getrefcount([{one}])", f"hasattr({one}, 'm')", f"getattr({fresh}, 'n')",
            f"[[x, y] for x in ({one},) for y in (1, {other}) if y]",
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

    def _list(self, path):
        value = eval(path, self.space)
        return value if isinstance(value, (list, dict, set, tuple)) else ()

    def list_item(self):
        """An item, or several, of a list."""
        name = self.of("list")
        if not name or not self._list(name):
            return None
        length = len(self._list(name))
        index = self.random.randrange(-length, length)
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
        keys = [key for key in self._list(name) if isinstance(key, (int, float, str)) or key == (1, 2)]
        choices = [f"{name}[{self.key()}] = {self.value()}"] * 2
        if keys:
            key = repr(self.random.choice(keys))
            choices += [f"del {name}[{key}]", f"{name}[{key}] = {self.value()}",
                        f"{self.name()} = {name}[{key}]"]
        choices += [f"{self.name()} = {self.key()} in {name}", f"{self.name()} = dict({name})",
                    f"{self.name()} = {{k: {self.value()} for k in {name}}}",
                    f"{self.name()} = [k for k in {name}]", f"print(len({name}), {name} == {{}})",
                    f"for x in {name}:\n    {name}[x] = {self.value()}\nx = None",
                    f"{self.name()} = {{1: {name}}}", f"{self.name()} = list({name})"]
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
        text = self.random.choice([f"{name}.add({number})", f"{name}.discard({number})",
                                   f"{name} |= {{{number}, 2}}", f"{name} = {name} - {{{number}}}",
                                   f"{name} = {name} ^ {{{number}}}", f"{name}.update([{number}])",
                                   f"{name} &= {{1, 2, 3, {number}}}", f"{name} -= {{{number}}}",
                                   f"{self.name()} = frozenset({name})", f"{name}.pop()",
                                   f"if {number} in {name}:\n    {name}.remove({number})",
                                   f"{self.name()} = {name} and {name}.pop()",
                                   f"{self.name()} = {{x for x in {name} if x != {number}}}",
                                   f"print({name} <= {{1, 2, 3}}, {name} == {{{number}}})",
                                   f"{self.name()} = {number} in {name}"])
        if text.endswith(".pop()") and not self._list(name):
            return None
        # By then it may be a frozenset, of an object that has no order.
        return f"if type({name}) is set:\n{indented(text)}"

    def attribute(self):
        """Of an instance."""
        name = self.instance()
        if not name:
            return f"{self.name()} = {self.instance_new()}"
        # Those of CPython die in the order of the keys that all instances share, pymm's as they were
        # set: only one of them holds what can tell.
        which = self.random.choice("aaabx")
        value = self.value() if which == "a" else self.atom()
        if type(eval(name, self.space)) is type(sys):
            value = self.value()
        choices = [f"{name}.{which} = {value}"] * 4
        if which in getattr(eval(name, self.space), "__dict__", ()):
            choices.append(f"{self.name()} = {name}.{which}")
            if which != "x":
                # That of C is its own.
                choices.append(f"if hasattr({name}, '{which}'):\n    del {name}.{which}")
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

    def module(self):
        """A module."""
        if not self.dropped:
            return None
        name = self.of("module")
        if not name:
            return f"{self.name()} = types.ModuleType('m{self.random.randrange(3)}')"
        return self.random.choice([f"{name}.a = {self.value()}", f"{name}.b = {self.value()}",
                                   f"{name}.a = {name}", f"{self.name()} = {name}.__name__"])

    def lock(self):
        """A lock, which is never waited for."""
        name = self.of("lock")
        if not name:
            return f"{self.name()} = threading.Lock()"
        use = self.random.choice(["print({0}.acquire(False))", "if not {0}.acquire(False):\n    {0}.release()",
                                  "{0}.acquire(False)\n{0}.release()", "{1} = {0}.acquire(False)"])
        return f"if type({name}) is Lock:\n" + indented(use.format(name, self.name()))

    def by_globals(self):
        """Names by the dict that they are in."""
        name = self.name()
        return self.random.choice([f"globals()['{name}'] = {self.value()}",
                                   f"{name} = globals()['{self.name()}']",
                                   f"del globals()['{name}']\n{name} = None",
                                   f"print('{name}' in globals(), 'e' in globals())"])

    def augmented(self):
        """Arithmetic in place."""
        one, other = self.random.choice("pqrs"), self.random.choice("pqrs")
        operator = self.random.choice(["+", "-", "*", "//", "%", "&", "|", "^"])
        if not _is_small(f"{one} {operator} {other}", self.space):
            return None
        return f"{one} {operator}= {other}\nprint({one}, {one} < {other} <= 3)"

    def iterate(self):
        """Over what a name has."""
        name = self.of("list", "tuple", "dict")
        if not name:
            return None
        if ".args" in name:
            # By then it may be a message, of which not all is compared.
            name = f"items({name})"
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
        name = self.of(*INSTANCES, *self.classes, "X", "Y", "Z", "function", "set", "frozenset",
                       "module", "type")
        ref = self.random.choice(REFS)
        if not name:
            return f"{ref} = None"
        callback = self.random.choice(["", "", ", called", ", called", ", unbinds", ", fails",
                                      ", raised"])
        made = f"weakref.ref(no_lock({name}){callback})"
        return self.random.choice([f"{ref} = {made}"] * 4 +
                                  [f"{ref} = None", f"{self.name()} = {made}",
                                   f"{self.random.choice(REFS)} = {ref}"])

    def strong(self):
        """What a weak reference refers to."""
        ref = self.random.choice(REFS)
        return f"{self.name()} = {ref} and {ref}()"

    def cycle(self):
        """Objects that refer to themselves, which are soon named no more."""
        one, other = self.random.sample(NAMES, 2)
        ref = self.random.choice(REFS)
        owner, callback = self.random.choice("DDDERN"), self.random.choice(["", ", called"])
        text = self.random.choice([
            f"{one} = {owner}({self.new_name()})\n{one}.a = [{one}, {self.value()}]",
            f"{one} = {owner}({self.new_name()})\n{ref} = weakref.ref({one}{callback})\n"
            f"{one}.a = ({self.value()}, {one})",
            f"{one} = [{self.value()}, {self.instance_new()}]\n{one}.append({one})",
            f"{one} = {{'a': {self.value()}, 'c': D({self.new_name()})}}\n{one}['b'] = ({one},)",
            f"{one} = cell({self.value()})\n{one}([{one}, D({self.new_name()})])",
            f"{one}, {other} = {owner}({self.new_name()}), {self.instance_new()}\n"
            f"{one}.a = {other}\n{other}.a = {one}",
            f"{one} = C()\n{one}.a = [{one}.m, {self.instance_new()}]",
        ])
        drop = self.random.choice([f"\n{one} = None"] * 3 + [""])
        return f"{text}{drop}" + f"\n{other} = None" * (f"{other}.a" in text and drop != "")

    def collect(self):
        """A collection."""
        text = f"gc.collect({self.random.choice(['', '', 0, 1, 2])})"
        # Of a class CPython counts 6 objects, of a module its dict, too, and of a frame that is left
        # of a part its function.
        return f"print('collected', {text}{' > 0' if self.parts or self.dropped else ''})"

    def number(self):
        """Arithmetic, on what the compiler does not know."""
        one, other = self.random.choice("pqrs"), self.random.choice("pqrs")
        operator = self.random.choice(["+", "-", "*", "/", "//", "%", "<", "<=", "==", "!=", "&", "|",
                                       "^", "<<", ">>"])
        text = self.random.choice([
            self.random.choice(NUMBERS), f"{one} {operator} {other}", f"-{one}", f"abs({one})",
            f"int({one})", f"min({one}, {other})", f"max({other}, {one})", f"hash({one})",
            f"bool({one})", f"not {one}", f"{one} is {other}", f"{one} in ({other}, 1)"])
        if _is_small(text, self.space):
            return f"{one} = {text}\nprint({one}, str({one}), float(str(float({one}))))"
        return None

    def text(self):
        """Of strs and bytes."""
        one, other = self.random.choice("tu"), self.random.choice("tu")
        low, high = self.random.randrange(-3, 4), self.random.randrange(-2, 6)
        text = self.random.choice([
            self.random.choice(TEXTS), f"{one} + {other}", f"{one} * 2", f"{one}[{low}:{high}]",
            f"{one}[::-1]", f"{one}[:1]", f"{one}[{low}::2]", f"{one}[{low}:{high}:3]"])
        question = self.random.choice([f"{one} == {other}", f"{one} < {other}", f"len({other})",
                                       f"{one}[:1] in {other}", f"[{one}]", f"{one} is {other}[:1]",
                                       f"{one} is {other}", f"{one} is 'abc'", f"{one} is 'xyz'",
                                       f"{one} is 'a b'", f"{one} is {self.name()}"])
        if _is_small(text, self.space) and _is_small(question, self.space):
            return f"{one} = {text}\nprint({one}, {question})"
        return None

    # ---- functions ----

    def local(self):
        """A name of a function."""
        return self.random.choice("abc")

    def function(self):
        """One that is defined and called once, with variables of all kinds."""
        self.functions += 1
        name = f"f{self.functions}"
        closure = self.random.random() < 0.5
        self.inside = True
        defaults = [self.random.choice(["None", self.value()]) for _ in range(2)]
        lines = [f"def {name}(a, b={defaults[0]}, *, c={defaults[1]}):"]
        self.bound = self.random.choice([None, None, self.name()])
        lines += [f"    global {self.bound}"] * (self.bound is not None)
        if closure:
            lines += [f"    def g{self.functions}(x):", f"        {self.random.choice(['', 'nonlocal a'])}".rstrip(),
                      f"        {self.random.choice(['a = b', 'b = [a, x]', 'x = c'])}",
                      "        return x"]
        for _ in range(self.random.randrange(2, 7)):
            tries = self.random.random() < 0.25 and self.tries < 2
            lines += indented(self.attempt() if tries else self.inner(closure)).splitlines()
        self.inside = False
        lines.append(f"    return {self.random.choice(['a', 'b', 'c', '(a, b, c)', '[c]', 'None'])}")
        call = self.random.choice([f"{name}({self.value()})", f"{name}({self.value()}, {self.value()})",
                                   f"{name}({self.value()}, c={self.value()})",
                                   f"{name}(b={self.value()}, a={self.value()})"])
        keep = self.random.choice(["", f"{self.name()} = "])
        text = "\n".join(line for line in lines if line.strip())
        return text + f"\n{self.guarded(keep + call)}\n{name} = None"

    def inner(self, closure):
        """A statement of a function."""
        one, other = self.local(), self.local()
        choices = [
            f"{one} = {other}", f"{one} = {self.value()}", f"{one} = [{other}, {self.local()}]",
            f"del {one}\n{one} = {other if one != other else None}", f"{one}, {other} = {other}, {one}",
            f"print(count({one}), count({other}), {one} is {other})",
            f"if {one} is {other}:\n    return {self.local()}",
            f"for i in range(3):\n    {one} = [{one}, {self.instance_new()}][:i]",
            f"for i in ({one}, {other}):\n    if i:\n        continue\n    {one} = i",
            f"i = 2\nwhile i:\n    i -= 1\n    {one} = ({one}, {self.value()})[i]",
            f"for i in [{self.value()}, {other}]:\n    if i is {one}:\n        return i",
            f"{one} = {other} and {self.local()}", f"{self.instance_new()}", f"last({one}, {other})",
            f"{one} = [x for x in ({other}, {self.value()})]",
            f"{one} = lambda x={other}: (x, {self.name()})",
            f"print({one} is {self.name()})", f"print(sys.getrefcount([{one}]))",
            f"{one} = {other}\nprint({other} is {one}, len([{one}]))",
        ]
        if self.bound:
            choices += [f"{self.bound} = {one}", f"{one} = {self.bound}",
                        f"del {self.bound}\n{self.bound} = {other}"]
        if self.dropped:
            choices += [f"class T(D):\n    a = {self.value()}\n    def m(self):\n        return {one}\n{one} = T(1)",
                        f"class T:\n    b = {self.value()}\n{one} = [T, T()]"]
        if closure:
            inner = f"g{self.functions}"
            choices += [f"{inner}({one})", f"{one} = {inner}({other})", f"{one} = {inner}"]
        return self.random.choice(choices)

    def keep(self):
        """What was resurrected."""
        return self.random.choice(["del keep[:]", f"{self.name()} = keep", f"keep.append({self.name()})"
                                   if len(self.space["keep"]) < LONGEST else "del keep[:]"])

    def apart(self):
        """What follows is compiled by itself: its constants are objects of their own."""
        if not self.parts:
            return None
        old = [self.of("str"), self.of("str", "bytes", "int", "float"), self.random.choice("pqrstu")]
        same = [f"{path} is {eval(path, self.space)!r}" for path in old if path]
        return f"{SEPARATOR}{IMPORTS}\nprint({', '.join(same)})"

    def expression(self):
        """What is made is dropped."""
        return self.value()

    PLAIN = ([bind] * 6 + [rebind] * 3 + [delete] * 3 + [unpack] * 2 + [list_grow] * 5 +
             [list_item] * 5 + [tuple_item] * 2 + [dict_item] * 5 + [set_item] * 3 + [attribute] * 6 +
             [slot] + [method] * 2 + [Classes.subclass] * 2 + [Classes.of_class] * 2 + [module] + [lock] +
             [by_globals] + [augmented] + [closure] * 3 + [iterate] * 2 + [advance] + [weak] * 5 +
             [strong] + [cycle] * 5 + [collect] * 4 + [keep] + [expression] * 2 + [number] * 2 + [text] +
             [function] * 4)
    STEPS = PLAIN + [apart] * 4 + [Raising.catch] * 8 + [Raising.error_new] * 2 + [Raising.error_change] * 3 + \
        [Collecting.collecting] * 20

    def step(self):
        """A step that can be executed, as text."""
        return self.step_text(self.STEPS)

    def step_text(self, steps):
        """One of these that can be executed."""
        text = None
        while not text:
            text = self.random.choice(steps)(self)
        return text

    def run(self, text):
        """Execute a step: the exception that ends the program, or None."""
        try:
            exec(text + "\nprobe()", self.space)
        except Exception as error:  # pylint: disable=broad-except
            return type(error)
        finally:
            gc.disable()
        self.know(text)
        return None

    def is_large(self):
        """Is there too much to print?"""
        return sum(_size(self.space[name]) for name in NAMES) >= 400


def _size(value):
    """About how long it is when printed."""
    return len(repr(value)) // 20


def _below(path, value):
    """What an object refers to, that an expression can name."""
    if type(value) in (list, tuple):
        return [(f"{path}[{i}]", item) for i, item in enumerate(value)]
    if type(value) is dict:
        return [(f"{path}[{key!r}]", item) for key, item in value.items() if type(key) in (int, str)]
    if isinstance(value, BaseException):
        return [(f"{path}.args[{i}]", item) for i, item in enumerate(value.args)]
    return [(f"{path}.{name}", item) for name, item in getattr(value, "__dict__", {}).items()
            if name in ("a", "b") and not callable(value)]


def _is_small(text, space):
    """Does an expression have a value that fits 64 bits, or a few characters?"""
    try:
        if "<<" in text and abs(space[text[-1]]) > 62:
            return False
        value = eval(text, space)
    except (ArithmeticError, TypeError, ValueError):
        return False
    if isinstance(value, (str, bytes)):
        return len(value) < 40
    return not isinstance(value, int) or -2**63 <= value < 2**63


def make(seed, length):
    """The steps of a program."""
    steps = []
    warnings.simplefilter("ignore", SyntaxWarning)
    hook, sys.unraisablehook = sys.unraisablehook, lambda info: None
    # No collection begins because of what was made before: a seed makes the same steps each time.
    gc.collect()
    gc.disable()
    with contextlib.redirect_stdout(io.StringIO()):
        maker = Maker(seed)
        for _ in range(length):
            step = maker.step()
            error = maker.run(step)
            if error is SyntaxError:
                # A loop is left within a function that it defines.
                continue
            # What the frames hold that an exception ends dies before it is printed, or after.
            if not error:
                steps.append(step)
            if error or maker.is_large():
                break
        as_new()
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
