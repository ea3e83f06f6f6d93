# SPDX-License-Identifier: GPL-2.0-only
"""The steps of programs made at random that raise and handle exceptions.

They stay within what differences.md says.
"""

import re

CLASSES = ["ValueError", "KeyError", "TypeError", "X", "Y", "Z", "ZeroDivisionError", "IndexError",
           "RuntimeError", "AttributeError", "NameError", "StopIteration"]
CAUGHT = [*CLASSES, "Exception", "Exception", "Exception", "LookupError", "BaseException",
          "(X, KeyError)", "(TypeError, (LookupError, X))", "(ValueError, ArithmeticError)", "()"]
# By then a name may be another object's, which has no such method, or is a function: pymm's have no
# attributes of their own.
CHANGES = re.compile(r"(?<!keep)\.(append|extend|add|discard|update)\(|\.\w+ = |setattr")
DEEPEST = 3         # try in try


def indented(text):
    """A block."""
    return "\n".join("    " + line for line in text.splitlines())


class Raising:
    """What a Maker knows about exceptions."""

    tries = 0       # that are around what is made now

    # ---- expressions ----

    def error_class(self):
        """A class."""
        return self.random.choice(CLASSES)

    def error(self):
        """An exception."""
        kind = self.error_class()
        if kind == "Y":
            return f"Y({self.new_name()})"
        return self.random.choice([f"{kind}()", f"{kind}({self.value()})", f"{kind}({self.atom()})",
                                   f"{kind}({self.value()}, {self.value()})"])

    def manager(self):
        """What has __enter__ and __exit__."""
        return f"{self.random.choice('MMW')}({self.new_name()}, {self.random.choice(['True', 'False'])})"

    # ---- statements ----

    def raising(self):
        """One that raises, most often."""
        fresh, other = self.instance_new(), self.instance_new()
        return self.random.choice([
            f"raise {self.error_class()}", f"raise {self.error()}", f"raise {self.error()}",
            f"raise {self.error()} from {self.error()}", f"raise {self.error()} from None",
            f"raise {self.error_class()} from {self.error_class()}", "raise",
            f"raise {self.name()}", f"raise {self.error()} from {self.name()}",
            "1 / 0", "[][1]", "{}['k']", "{}[(1, 2)]", "undefined", f"{self.name()}.nothing",
            f"assert not [{self.value()}], {self.value()}", "assert 0", "int('x')", "next(iter(()))",
            f"swap({self.value()})", f"deep({self.random.randrange(3)}, {self.value()})",
            f"deep({self.random.randrange(3)}, {self.value()})", f"for z in {self.name()}: pass",
            self.with_any(), f"with {self.manager()}: deep(1, {self.value()})",
            f"[x.nothing for x in ({self.value()}, {self.value()})]", f"raise Q({self.new_name()})",
            f"[deep(x is None, x) for x in ({self.value()},)]", "raise Q", "raise Q from X", "raise Z from Q",
            f"raise {self.error()} from Y", f"raise Z({fresh}) from Y",
            f"class T:\n    a = {self.value()}\n    b = {{'a': {self.value()}}}['b']",
            f"{self.name()} = [{self.value()}, deep(0, {self.value()})]",
            f"last({self.instance_new()}, deep(0, {self.value()}))",
            f"for z in {self.name()}:\n    {self.name()} = z\n    z.nothing",
            f"h = {{1: {self.value()}, 2: {self.value()}}}\nfor z in h: h[z - 3] = h",
            f"set().remove({self.atom()})", "set().pop()", "threading.Lock().release()",
            f"{{no_ref({self.name()})}}", f"{{no_ref({self.name()}): 1}}", f"{self.name()} < {self.name()}",
            f"{self.name()} + {self.name()}", f"-{self.name()}", f"{self.name()}[{self.atom()}]",
            f"builtins.len({self.name()})", f"{self.name()}()", f"{self.name()}.m({self.value()})",
            f"a, b = {self.name()}", f"del {self.name()}[0]",
            f"[{fresh}] + ({other},)", f"len({fresh}, {other})", f"(lambda a: 0)({fresh}, {other})",
            f"[{fresh}][{other}]", f"{fresh} < {other}", f"{{[{fresh}]: {other}}}",
            f"{{{fresh}, ([{other}],)}}", f"({fresh},)[{other}:]",
            "D()", f"D({fresh}, x={other})", f"adder(1, {self.value()})", "del undefined",
            f"{self.random.choice('DERNFGMY')}({fresh}, {other}, {fresh})", f"Y(m={fresh})",
            f"C({fresh}, {other})", f"{fresh}({other})", f"{self.name()}({fresh}, {other})",
            f"del {fresh}.nothing", f"del {self.instance() or 'C()'}.nothing",
            f"Y({fresh}, m={other}, x={self.value()})", f"del {self.name()}.nothing",
            f"{{1: {self.value()}, 2: {{}}['k']}}", f"raises({self.value()})({self.value()})",
        ])

    def with_any(self):
        """Any object is asked to be a context manager, but for a lock: it might be taken."""
        name = self.name()
        return f"if type({name}) is not Lock:\n    with {name}: pass"

    def plain(self):
        """One that raises nothing, most often."""
        text = None
        while not text or (CHANGES.search(text) and not text.startswith("if type(")):
            text = self.inner(False) if self.inside else self.step_text(self.PLAIN)
        return text

    def handling(self, name):
        """One of the body of an except, where the exception may have a name."""
        choices = [self.plain(), self.plain(), "raise", self.raising(), "print([sys.exception()])",
                   self.handling_more()]
        if name:
            error = self.kept_name()
            choices += [f"{error} = e"] * 4 + [
                "print([e], count(e))", f"e.a = {self.value()}", f"raise {self.error()} from e",
                f"{self.random.choice(self.REFS)} = weakref.ref(e, called)", "del e",
                "e.__traceback__ = None", "e.__context__ = None", f"{error} = e.args",
                f"{error} = e.__traceback__", "e.b = e", "raise e", f"raise {self.error_class()} from e",
                f"{error} = e.__traceback__.tb_next",
                f"{error} = e.__traceback__.tb_frame", f"e.__traceback__ = sys.exception().__traceback__",
                f"{error} = [e, {self.value()}]", "keep.append(e)", f"{error} = lambda: e",
                "print([e.__context__, e.__cause__], e.__suppress_context__)", "e = None"]
        return self.random.choice(choices)

    def handling_more(self):
        """A try, if there are not too many around it."""
        return self.attempt() if self.tries < DEEPEST else "pass"

    def kept_name(self):
        """Where an exception is kept."""
        return self.local() if self.inside and self.random.random() < 0.6 else self.name()

    def body(self, may_leave=False):
        """Some statements."""
        made = [self.plain() for _ in range(self.random.randrange(2))]
        kinds = [self.raising, self.raising, self.raising, self.plain, self.handling_more]
        made.append(self.random.choice(kinds)())
        if self.random.random() < 0.2:
            made.append(self.managed())
        if may_leave and self.inside and self.random.random() < 0.3:
            made.append(f"return {self.value()}")
        return "\n".join(made)

    def managed(self):
        """with"""
        text = "" if self.random.random() < 0.4 else f" as {self.kept_name()}"
        more = f", {self.manager()}" if self.random.random() < 0.2 else ""
        return f"with {self.manager()}{text}{more}:\n{indented(self.raising())}"

    def attempt(self):
        """try, with some of what may follow."""
        self.tries += 1
        lines = ["try:", indented(self.body(True))]
        finally_only = self.random.random() < 0.2
        if not finally_only:
            lines += self.excepts()
        if finally_only or self.random.random() < 0.3:
            lines += ["finally:", indented(self.last())]
        self.tries -= 1
        text = "\n".join(lines)
        if self.random.random() < 0.15:
            text = self.loop(text)
        return text

    def excepts(self):
        """One or two, and else."""
        lines = []
        for _ in range(self.random.choice([1, 1, 2])):
            name = self.random.random() < 0.8
            lines.append(f"except {self.random.choice(CAUGHT)}{' as e' * name}:")
            lines += [indented(self.handling(name)) for _ in range(self.random.choice([1, 1, 2]))]
        if self.random.random() < 0.2:
            lines += ["else:", indented(self.plain())]
        return lines

    def last(self):
        """What finally has."""
        if self.inside and self.random.random() < 0.15:
            return f"return {self.local()}"
        return self.random.choice([self.plain(), "print('finally')", "print([sys.exception()])",
                                   self.raising()])

    def loop(self, text):
        """A loop around it, which may be left in its midst."""
        ends = ["break", "continue", "pass"]
        lines = text.splitlines()
        for _ in range(2):
            # Behind a colon stands what is no deeper than its block.
            at = self.random.randrange(len(lines))
            if re.match(r" *(try|except|finally|else|with|if)\b.*:$", lines[at]):
                space = " " * (len(lines[at + 1]) - len(lines[at + 1].lstrip()))
                number, end = self.random.randrange(2), self.random.choice(ends)
                lines.insert(at + 1, f"{space}if z == {number}: {end}")
        lines.append(self.random.choice(ends))
        return f"for z in [{self.value()}, 1, 0]:\n" + indented("\n".join(lines))

    def guarded(self, text):
        """A step that raises nothing."""
        end = self.random.choice([["print('caught', [e], count(e))"], [f"{self.name()} = e"],
                                  [f"{self.name()} = e", "print([e.__context__, e.__cause__])"]])
        return "\n".join(["try:", indented(text), "except Exception as e:",
                          *("    " + line for line in end)])

    # ---- steps ----

    def catch(self):
        """A try that lets nothing out."""
        return self.guarded(self.attempt())

    def error_new(self):
        """A name to an exception."""
        return f"{self.name()} = {self.error()}"

    def error_change(self):
        """What an exception refers to."""
        name = self.of(*CLASSES)
        if not name:
            return None
        other = self.of(*CLASSES)
        return self.random.choice([
            f"{name}.a = {self.value()}", f"{name}.__traceback__ = None", f"{name}.__context__ = None",
            f"{name}.__cause__ = {other}", f"{self.name()} = {name}.args", f"{name}.a = {name}",
            f"{self.name()} = {name}.__traceback__", f"{self.name()} = {name}.__context__",
            f"{name}.__context__ = {other}" if other != name else f"{name}.__cause__ = None",
            f"{self.random.choice(self.REFS)} = weakref.ref({name}, called)",
            self.guarded(f"raise {name}"), self.guarded(f"raise {name} from {other}")])
