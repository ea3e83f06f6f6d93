# SPDX-License-Identifier: GPL-2.0-only
"""Functions, classes and calls."""

from .frame import Entry, constant, word
from .handlers import handles
from .table import ARGUMENTS, FUNCTIONS, METHOD_NAMES, METHODS

FUNCTION_ATTRIBUTES = {1: "defaults", 2: "kwdefaults", 8: "closure"}


# ---- definitions ----

@handles("MAKE_FUNCTION")
def _make_function(body, _insn):
    code = body.stack.pop().const[0]
    name = body.program.add(code, _makes_class(body))
    body.emit(f"MAKE_FUNCTION {body.push()}, {name}")


def _makes_class(body):
    """Is it the body of a class, right above LOAD_BUILD_CLASS, NULL, and perhaps a closure?"""
    return any(entry.marker == "class" for entry in body.stack[-3:-1])


@handles("SET_FUNCTION_ATTRIBUTE")
def _set_function_attribute(body, insn):
    value, function = body.pop_many(2)
    attribute = FUNCTION_ATTRIBUTES.get(insn.arg)
    if not attribute:
        body.refuse("annotations")
    body.emit(f"SET_FUNCTION_ATTRIBUTE {function}, {value}!, {attribute}")
    body.emit(f"COPY {body.push()}, {function}!")


@handles("LOAD_BUILD_CLASS")
def _load_build_class(body, _insn):
    body.push(marker="class")


def _build_class(body, count):
    """__build_class__(body, name, base)"""
    temporary = body.slots.temporary
    name = body.stack[1 - count].const[0]
    slots = body.pop_many(count)
    del body.stack[-2:]
    body.emit(f"BUILD_MAP {temporary()}, ()")
    body.emit(f"COPY {temporary(1)}, {temporary()}")
    body.emit(f"CALL {temporary(1)}, {slots[0]}!, {temporary(1)}!")
    body.emit(f"DELETE_FAST {temporary(1)}")
    if count == 2:
        body.emit(f"LOAD_CONST {temporary(1)}, None")
    base = slots[2] if count > 2 else temporary(1)
    body.emit(f"BUILD_CLASS {body.push()}, {base}!, {temporary()}!, {word(name)}")
    body.emit(f"DELETE_FAST {slots[1]}")


# ---- attributes of modules, and methods that are instructions ----

@handles("LOAD_ATTR")
def _load_attr(body, insn):
    owner, name = body.stack[-1], insn.argval
    if owner.marker:
        body.stack.pop()
        body.push(marker=f"{owner.marker}.{name}")
    elif insn.arg & 1 and name in METHOD_NAMES and name not in body.source.methods:
        # As with CPython's methods of built-in types, self stays below the arguments.
        body.stack[-1] = Entry(method=name)
    else:
        _load_object_attr(body, name, insn.arg & 1)
        return
    if insn.arg & 1:
        body.push(empty=True)


def _load_object_attr(body, name, is_called):
    """For a call, the instance stays in the slot above the function of its class."""
    slot = body.pop()
    if is_called:
        function, this = body.push(), body.push(this=True)
        body.emit(f"LOAD_METHOD {function}, {slot}!, {this}, {word(name)}")
    else:
        body.emit(f"LOAD_ATTR {body.push()}, {slot}!, {word(name)}")


# ---- calls ----

@handles("CALL")
def _call(body, insn):
    callee = body.stack[-insn.arg - 2]
    if callee.marker == "class":
        _build_class(body, insn.arg)
    elif callee.marker == "print":
        _print(body, insn.arg, end=True)
    elif callee.marker:
        _instruction(body, callee.marker, insn.arg, FUNCTIONS)
    elif callee.method:
        _instruction(body, callee.method, insn.arg, METHODS)
    elif callee.deadly:
        _call_deadly(body, insn.arg)
    elif not (body.stack[-insn.arg - 1].empty or body.stack[-insn.arg - 1].this):
        _call_held(body, insn.arg + 1)
    else:
        _call_object(body, insn.arg)


def _call_object(body, count, keywords=""):
    is_method = body.stack[-count - 1].this
    arguments = body.pop_range(count + is_method)
    if not is_method:
        body.stack.pop()
    callee = body.pop()
    body.emit(f"CALL{'_METHOD' * is_method}{keywords} {body.push()}, {callee}!, {arguments}")


def _call_held(body, count):
    """As assert and with do: no NULL below the arguments, and what is called is not taken apart."""
    arguments, result = body.pop_range(count), body.slots.temporary()
    callee = body.pop()
    body.emit(f"CALL {result}, {callee}, {arguments}")
    body.emit(f"DELETE_FAST {callee}")
    body.emit(f"COPY {body.push()}, {result}!")


def _call_deadly(body, count):
    """The arguments are dropped after all has died that dies of the call."""
    slots, result = body.pop_many(count), body.slots.temporary()
    body.stack.pop()
    callee = body.pop()
    arguments = f"{slots[0]}..{slots[-1]}" if slots else "()"
    body.emit(f"CALL {result}, {callee}, {arguments}")
    for slot in [*slots, callee]:
        body.emit(f"DELETE_FAST {slot}")
    body.emit(f"COPY {body.push()}, {result}!")


def _instruction(body, name, count, table):
    rows = table.get((name, count))
    if not rows:
        body.refuse(f"{name}() with {count} arguments")
    first = body.stack[-1].const if count == 1 else None
    if ARGUMENTS.get((name, count), first) != first:
        body.refuse(f"{name}() with another argument than {ARGUMENTS[name, count][0]}")
    slots = dict(enumerate(body.pop_many(count)))
    del body.stack[-2:]
    result = body.slots.at(body.depth)
    for row in rows:
        if "{c0}" in row and not first:
            body.refuse(f"{name}() of what is no constant")
        body.emit(_fill(row, result, slots, body.slots.temporary(), first))
    if any("{d}" in row for row in rows):
        body.push()
    else:
        _push_none(body)


def _fill(row, result, slots, temporary, first):
    for number, slot in slots.items():
        row = row.replace(f"{{{number}}}", slot)
    row = row.replace("{d}", result).replace("{self}", result).replace("{t}", temporary)
    return row.replace("{c0}", constant(first[0]) if first else "")


def _push_none(body):
    """The result of what has none, which is most often dropped."""
    if body.next.opname == "POP_TOP":
        body.push(empty=True)
    else:
        body.load_const(None)


# ---- print ----

def _print(body, count, end):
    """All are printed before the first argument is dropped."""
    slots = body.pop_many(count)
    del body.stack[-2:]
    result = body.slots.at(body.depth)
    if not slots:
        body.emit(f'LOAD_CONST {result}, ""')
        slots = [result]
    for slot in slots:
        last = slot is slots[-1]
        body.emit(f"PRINT {slot}{'!' * (len(slots) == 1)}{', end' * (last and end)}")
    for slot in slots[:0 if len(slots) == 1 else None]:
        body.emit(f"DELETE_FAST {slot}")
    _push_none(body)


@handles("CALL_KW")
def _call_kw(body, insn):
    callee = body.stack[-insn.arg - 3]
    if callee.marker == "print":
        _print_kw(body, insn.arg)
    elif callee.marker or callee.method:
        body.refuse(f"{callee.marker or callee.method}() with keywords")
    else:
        _call_object(body, insn.arg + 1, "_KW")


def _print_kw(body, count):
    names, value = body.stack[-1].const[0], body.stack[-2].const
    if names != ("end",) or value != (" ",) or count == 1:
        body.refuse("print() with other keywords than end=' '")
    for slot in reversed(body.pop_many(2)):
        body.emit(f"DELETE_FAST {slot}")
    _print(body, count - 1, end=False)
