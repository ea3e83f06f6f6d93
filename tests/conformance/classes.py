# SPDX-License-Identifier: GPL-2.0-only
"""The steps of programs made at random that define and change classes."""

import re

from raising import indented

BASES = [*"CCDDDERNFG", "object"]
# What those have that are called without an argument.
PLAIN_ROOTS = ("C", "S", "object")


class Classes:
    """What a Maker knows about the classes that steps have defined."""

    def root(self, kind):
        """The class of the prelude that one is derived of."""
        while kind in self.classes:
            kind = self.classes[kind]
        return kind

    def call(self, kind):
        """A call of a class."""
        return f"{kind}()" if self.root(kind) in PLAIN_ROOTS else f"{kind}({self.new_name()})"

    def know(self, text):
        """A step was executed, which may have defined classes."""
        for name in re.findall(r"^class (K\d+)", text, re.MULTILINE):
            if isinstance(self.space.get(name), type):
                self.classes[name] = self.space[name].__base__.__name__

    def _method(self, has_x):
        last = self.random.choice(["(self, b, a)", "[self.x, a]", "C.m(self, a, b)"])
        head = f"a={self.value()}, *, b=x" if has_x else "a=None, b=()"
        return [f"def m(self, {head}):", f"    return {last}"]

    def _init(self, base):
        value = self.random.choice([f"[a, {self.name()}]", "(a,)", "a", "[self]"])
        return ["def __init__(self, n, a=None):", f"    {base}.__init__(self, n)",
                f"    self.a = {value}"]

    def _del(self, name, base, calls_base):
        lines = ["def __del__(self):", f"    print('{name}', count(self))"]
        return lines + [f"    {base}.__del__(self)"] * calls_base

    def _chance(self, probability):
        return self.random.random() < probability

    def subclass(self):
        """A class, and perhaps an instance of it."""
        if not self.dropped and (self.tries or len(self.classes) > 5):
            return None
        base = self.random.choice([*BASES, *self.classes])
        self.made += 1
        name = f"K{self.made}"
        has_init = self.root(base) not in PLAIN_ROOTS
        lines = [f"x = {self.value()}"] if self._chance(0.3) else []
        lines += self._method(bool(lines)) if self._chance(0.5) else []
        lines += self._init(base) if has_init and self._chance(0.4) else []
        lines += self._del(name, base, has_init and self._chance(0.7)) if self._chance(0.3) else []
        bases = "" if base == "object" and self._chance(0.5) else f"({base})"
        text = f"class {name}{bases}:\n" + indented("\n".join(lines or ["pass"]))
        if not self.dropped or self._chance(0.4):
            return text
        call = f"{name}({self.new_name() if has_init else ''})"
        value = self.random.choice([call, call, name, "None"])
        return f"{text}\n{self.name()} = {value}\n{name} = None"

    def of_class(self):
        """An attribute of a class that a step has defined."""
        if not self.classes:
            return None
        name = self.random.choice(list(self.classes))
        ref = self.random.choice(self.REFS)
        choices = [f"{name}.x = {self.value()}", f"{self.name()} = {self.call(name)}",
                   f"{self.name()} = hasattr({name}, 'x')", f"{self.name()} = {name}",
                   f"{ref} = weakref.ref({name}, called)",
                   f"print(issubclass({name}, D), isinstance({self.name()}, {name}))"]
        if "x" in vars(self.space[name]):
            choices += [f"del {name}.x", f"{self.name()} = {name}.x"]
        return self.random.choice(choices)
