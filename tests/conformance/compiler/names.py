# SPDX-License-Identifier: GPL-2.0-only
"""Variables: fast locals, cells, globals, the namespace of a class."""

import dis

from .frame import word
from .handlers import handles
from .table import BUILTINS, DEADLY

# Nothing, on the stack: the variable of a comprehension before that.
UNBOUND = "unbound variable "

# What CPython puts into the namespace of a class and pymm has no use for.
CLASS_NAMES = ("__module__", "__qualname__", "__firstlineno__", "__static_attributes__")


# ---- fast locals ----

def _load(body, index):
    name = body.slots.variable(index)
    body.emit(f"COPY {body.push()}, {name}")


def _store(body, index):
    name = body.slots.variable(index)
    if (body.stack[-1].marker or "").startswith(UNBOUND):
        # After a comprehension: its variable is bound or not.
        body.stack.pop()
        body.emit(f"LOAD_CONST {name}, None")
        body.emit(f"DELETE_FAST {name}")
        body.bound.discard(name)
    else:
        body.bound.add(name)
        body.emit(f"COPY {name}, {body.pop()}!")


@handles("LOAD_FAST", "LOAD_FAST_CHECK")
def _load_fast(body, insn):
    _load(body, insn.arg)


@handles("LOAD_FAST_LOAD_FAST")
def _load_fast_load_fast(body, insn):
    _load(body, insn.arg >> 4)
    _load(body, insn.arg & 15)


@handles("STORE_FAST")
def _store_fast(body, insn):
    _store(body, insn.arg)


@handles("STORE_FAST_STORE_FAST")
def _store_fast_store_fast(body, insn):
    _store(body, insn.arg >> 4)
    _store(body, insn.arg & 15)


@handles("STORE_FAST_LOAD_FAST")
def _store_fast_load_fast(body, insn):
    _store(body, insn.arg >> 4)
    _load(body, insn.arg & 15)


@handles("LOAD_FAST_AND_CLEAR")
def _load_fast_and_clear(body, insn):
    name = body.code._varname_from_oparg(insn.arg)
    if insn.arg < body.code.co_argcount + body.code.co_kwonlyargcount:
        body.emit(f"COPY {body.push()}, {body.slots.variable(insn.arg)}!")
        return
    if not body.is_module and name in body.source.outside_comprehensions(body.code):
        body.refuse(f"the variable {name} of a comprehension is one of the function, too")
    slot = body.slots.variable(insn.arg)
    if any(entry.marker == UNBOUND + name for entry in body.stack) and slot in body.bound:
        # That of a comprehension around this one.
        body.emit(f"COPY {body.push()}, {slot}!")
        return
    body.bound.discard(slot)
    body.push(marker=UNBOUND + name)


@handles("DELETE_FAST")
def _delete_fast(body, insn):
    body.emit(f"DELETE_FAST {body.slots.variable(insn.arg)}")


# ---- cells ----

@handles("MAKE_CELL")
def _make_cell(body, insn):
    body.emit(f"MAKE_CELL {body.slots.variable(insn.arg)}")


@handles("COPY_FREE_VARS")
def _copy_free_vars(body, _insn):
    body.emit(f"COPY_FREE_VARS {body.slots.free()}")


@handles("LOAD_DEREF")
def _load_deref(body, insn):
    body.emit(f"LOAD_DEREF {body.push()}, {body.slots.variable(insn.arg)}")


@handles("STORE_DEREF")
def _store_deref(body, insn):
    body.emit(f"STORE_DEREF {body.pop()}!, {body.slots.variable(insn.arg)}")


@handles("DELETE_DEREF")
def _delete_deref(body, insn):
    body.emit(f"DELETE_DEREF {body.slots.variable(insn.arg)}")


# ---- globals ----

def _load_global(body, name):
    imported = body.source.imports.get(name)
    if imported == "gc":
        # A module of pymm's, which every program has.
        body.emit(f"LOAD_GLOBAL {body.push()}, gc")
    elif imported:
        body.push(marker=imported)
    elif name in BUILTINS and name not in body.source.bound:
        body.push(marker=name)
    else:
        deadly = name in DEADLY and name not in body.source.bound
        body.emit(f"LOAD_GLOBAL {body.push(deadly=deadly)}, {word(name)}")


@handles("LOAD_GLOBAL")
def _load_global_null(body, insn):
    _load_global(body, insn.argval)
    if insn.arg & 1:
        body.push(empty=True)


@handles("STORE_GLOBAL")
def _store_global(body, insn):
    _store_name_global(body, insn)


@handles("DELETE_GLOBAL")
def _delete_global(body, insn):
    body.emit(f"DELETE_GLOBAL {word(insn.argval)}")


def _store_name_global(body, insn):
    if body.source.imports.get(insn.argval):
        if body.stack[-1].marker != body.source.imports[insn.argval]:
            body.refuse("an imported name is bound again")
        body.stack.pop()
    else:
        slot = body.pop()
        body.emit(f"STORE_GLOBAL {slot}, {word(insn.argval)}")
        body.emit(f"DELETE_FAST {slot}")


@handles("IMPORT_NAME")
def _import_name(body, insn):
    for _ in range(2):
        body.emit(f"DELETE_FAST {body.pop()}")
    body.push(marker=insn.argval)


@handles("IMPORT_FROM")
def _import_from(body, insn):
    body.push(marker=f"{body.stack[-1].marker}.{insn.argval}")


# ---- the namespace of a class ----

def _load_class_name(body, name, otherwise):
    """Look into the namespace first."""
    key = body.slots.temporary()
    found, done, slot = body.label(), body.label(), body.slots.at(body.depth)
    body.emit(f'LOAD_CONST {key}, "{name}"')
    body.emit(f"CONTAINS_OP {slot}, {key}, namespace, in")
    body.emit(f"POP_JUMP_IF_TRUE {slot}!, {found}")
    otherwise()
    if body.stack[-1].empty:
        body.refuse(f"{name} in the body of a class")
    body.emit(f"JUMP_FORWARD {done}")
    body.lines.append(f"{found}:")
    body.emit(f"BINARY_SUBSCR {slot}, namespace, {key}")
    body.lines.append(f"{done}:")
    body.emit(f"DELETE_FAST {key}")


def _stored(code):
    """What the body of a class binds."""
    return {insn.argval for insn in dis.get_instructions(code) if insn.opname == "STORE_NAME"}


@handles("LOAD_NAME")
def _load_name(body, insn):
    name = insn.argval
    if body.next.opname == "STORE_NAME" and body.next.argval in CLASS_NAMES:
        body.push(marker=name)
    elif body.is_module or name not in _stored(body.code):
        _load_global(body, name)
    else:
        _load_class_name(body, name, lambda: _load_global(body, name))


@handles("STORE_NAME")
def _store_name(body, insn):
    if body.is_module:
        _store_name_global(body, insn)
    elif insn.argval in CLASS_NAMES:
        entry = body.stack.pop()
        body.drop(entry, body.slots.at(body.depth))
    else:
        key = body.slots.temporary()
        body.emit(f'LOAD_CONST {key}, "{insn.argval}"')
        body.emit(f"STORE_SUBSCR {body.pop()}!, namespace, {key}!")


@handles("DELETE_NAME")
def _delete_name(body, insn):
    if body.is_module:
        _delete_global(body, insn)
        return
    key = body.slots.temporary()
    body.emit(f'LOAD_CONST {key}, "{insn.argval}"')
    body.emit(f"DELETE_SUBSCR namespace, {key}!")


@handles("LOAD_LOCALS")
def _load_locals(body, _insn):
    body.push(marker="locals")


@handles("LOAD_FROM_DICT_OR_DEREF")
def _load_from_dict_or_deref(body, insn):
    body.stack.pop()
    name = body.code._varname_from_oparg(insn.arg)
    slot = body.slots.variable(insn.arg)
    _load_class_name(body, name, lambda: body.emit(f"LOAD_DEREF {body.push()}, {slot}"))
