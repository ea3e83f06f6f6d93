# SPDX-License-Identifier: GPL-2.0-only
"""The text of a program, what it imports, and the words in which a part of it is refused."""

import ast

# What needs more than a missing instruction to say so: found before anything is translated.
REFUSED = (
    ast.TryStar, ast.AsyncWith, ast.AsyncFunctionDef, ast.AsyncFor, ast.Await, ast.Yield,
    ast.YieldFrom, ast.GeneratorExp, ast.Match, ast.JoinedStr, ast.Starred, ast.AnnAssign,
    ast.TypeAlias,
)

# The modules whose functions are in calls.FUNCTIONS.
MODULES = ("builtins", "gc", "sys", "threading", "time", "types", "weakref")


class Refused(Exception):
    """The program has something that pymm cannot run."""


class Source:
    """A parsed program."""

    def __init__(self, text, path):
        self.path = path
        self.lines = text.splitlines()
        self.tree = ast.parse(text, path)
        self.code = compile(text, path, "exec")
        self.imports = {}
        self.bound = set()
        self.methods = set()
        for node in ast.walk(self.tree):
            self._look_at(node)

    def refuse(self, line, what):
        """End with the place and what stands there."""
        raise Refused(f"{self.path}:{line}: {what}")

    def construct(self, positions, what):
        """Refuse the smallest construct at a place of the bytecode."""
        place = (positions.lineno, positions.end_lineno, positions.col_offset,
                 positions.end_col_offset)
        for node in ast.walk(self.tree):
            at = tuple(getattr(node, name, None) for name in
                       ("lineno", "end_lineno", "col_offset", "end_col_offset"))
            if at == place:
                self.refuse(positions.lineno, f"{type(node).__name__}: {what}")
        self.refuse(positions.lineno, what)

    def line(self, number):
        """The text of a line."""
        return self.lines[number - 1].strip()

    def outside_comprehensions(self, code):
        """The names that a function binds other than as variables of comprehensions."""
        for node in ast.walk(self.tree):
            if (isinstance(node, (ast.FunctionDef, ast.Lambda)) and
                    node.lineno == code.co_firstlineno and
                    getattr(node, "name", "<lambda>") == code.co_name):
                return set(_bound_by(node))
        return set()

    def _look_at(self, node):
        if isinstance(node, REFUSED):
            self.refuse(node.lineno, type(node).__name__)
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._import(node, alias, alias.name)
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                self._import(node, alias, f"{node.module}.{alias.name}")
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            self.bound.add(node.id)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            self._look_at_definition(node)
        if isinstance(node, ast.arg):
            self.bound.add(node.arg)
        if isinstance(node, ast.ExceptHandler):
            self.bound.add(node.name)

    def _look_at_definition(self, node):
        self.bound.add(node.name)
        if node.decorator_list:
            self.refuse(node.lineno, "decorator")
        if isinstance(node, ast.FunctionDef):
            self.methods.add(node.name)
            return
        if len(node.bases) > 1 or node.keywords:
            self.refuse(node.lineno, "ClassDef with more than one base, or keywords")

    def _import(self, node, alias, full):
        if full.split(".")[0] not in MODULES:
            self.refuse(node.lineno, f"{type(node).__name__} of {full}")
        self.imports[alias.asname or alias.name] = full


def _bound_by(node):
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Name) and not isinstance(child.ctx, ast.Load):
            yield child.id
        if isinstance(child, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler)):
            yield child.name
        if isinstance(child, (ast.FunctionDef, ast.ClassDef)):
            continue
        if not isinstance(child, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp)):
            yield from _bound_by(child)
