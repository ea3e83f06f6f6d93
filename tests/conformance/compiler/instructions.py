# SPDX-License-Identifier: GPL-2.0-only
"""What becomes of each instruction of CPython 3.13, but for calls and names."""

import dis

from . import calls, exceptions, names
from .frame import Entry, constant, word
from .handlers import HANDLERS, handles

__all__ = ["HANDLERS", "calls", "exceptions", "names"]

OPERATORS = {op + end for op in ("+", "-", "*", "/", "//", "%", "&", "|", "^", "<<", ">>")
             for end in ("", "=")}


@handles("RESUME", "CACHE", "EXTENDED_ARG")
def _nothing(_body, _insn):
    pass


@handles("NOP")
def _nop(body, _insn):
    body.emit("NOP")


@handles("TO_BOOL")
def _to_bool(body, _insn):
    # What follows mostly looks at the truth of any object itself.
    if body.next.opname not in ("POP_JUMP_IF_FALSE", "POP_JUMP_IF_TRUE", "UNARY_NOT"):
        slot = body.pop()
        body.emit(f"UNARY_NOT {slot}, {slot}!")
        body.emit(f"UNARY_NOT {body.push()}, {slot}!")


# ---- the stack ----

@handles("LOAD_CONST")
def _load_const(body, insn):
    body.load_const(insn.argval)


@handles("POP_TOP", "END_FOR")
def _pop_top(body, _insn):
    entry = body.stack.pop()
    body.drop(entry, body.slots.at(body.depth))


@handles("PUSH_NULL")
def _push_null(body, _insn):
    body.push(empty=True)


@handles("COPY")
def _copy(body, insn):
    if body.stack[-insn.arg].empty:
        body.refuse("COPY of what is no object")
    source = body.slots.at(body.depth - insn.arg)
    body.emit(f"COPY {body.push()}, {source}")


@handles("SWAP")
def _swap(body, insn):
    top, other = body.stack[-1], body.stack[-insn.arg]
    top_slot, other_slot = body.slots.at(body.depth - 1), body.slots.at(body.depth - insn.arg)
    temporary = body.slots.temporary()
    if not top.empty:
        body.emit(f"COPY {temporary}, {top_slot}!")
    if not other.empty:
        body.emit(f"COPY {top_slot}, {other_slot}!")
    if not top.empty:
        body.emit(f"COPY {other_slot}, {temporary}!")
    body.stack[-1], body.stack[-insn.arg] = other, top


# ---- operators ----

def _hold(body, text, *slots):
    """An instruction whose operands are dropped one after the other, the first one first.

    They are held until all has died that dies of it. Of an exception the highest slot is emptied
    first.
    """
    held = [body.slots.temporary(i) for i in reversed(range(len(slots)))]
    for temporary, slot in zip(held, slots):
        body.emit(f"COPY {temporary}, {slot}!")
    body.emit(text.format(*held))
    for temporary in held:
        body.emit(f"DELETE_FAST {temporary}")


def _binary(body, text):
    """The right operand is dropped after all has died that dies of the left one."""
    is_const = body.stack[-1].const
    left, right = body.pop_many(2)
    if is_const:
        body.emit(text.format(d=body.push(), left=left + "!", right=right + "!"))
        return
    result = body.slots.temporary()
    body.emit(text.format(d=result, left=left + "!", right=right))
    body.emit(f"DELETE_FAST {right}")
    body.emit(f"COPY {body.push()}, {result}!")


@handles("BINARY_OP")
def _binary_op(body, insn):
    if insn.argrepr not in OPERATORS:
        body.refuse(f"operator {insn.argrepr}")
    if insn.argrepr in ("&=", "-=", "^="):
        _shrink(body, insn.argrepr)
    else:
        _binary(body, "BINARY_OP {d}, {left}, {right}, " + insn.argrepr)


def _shrink(body, operator):
    """Keys of a set may die."""
    left, right = body.pop_many(2)
    _hold(body, f"BINARY_OP {body.push()}, {{}}, {{}}, {operator}", left, right)


@handles("COMPARE_OP")
def _compare_op(body, insn):
    _binary(body, "COMPARE_OP {d}, {left}, {right}, " + dis.cmp_op[insn.arg >> 5])


@handles("IS_OP")
def _is_op(body, insn):
    _binary(body, "IS_OP {d}, {left}, {right}, " + ("is", "is not")[insn.arg])


@handles("CONTAINS_OP")
def _contains_op(body, insn):
    _binary(body, "CONTAINS_OP {d}, {left}, {right}, " + ("in", "not in")[insn.arg])


@handles("UNARY_NOT", "UNARY_NEGATIVE")
def _unary(body, insn):
    slot = body.pop()
    body.emit(f"{insn.opname} {body.push()}, {slot}!")


# ---- containers ----

@handles("BUILD_LIST", "BUILD_TUPLE", "BUILD_SET", "BUILD_SLICE")
def _build(body, insn):
    slots = body.pop_range(insn.arg)
    body.emit(f"{insn.opname} {body.push()}, {slots}")


@handles("BUILD_MAP")
def _build_map(body, insn):
    slots = body.pop_range(2 * insn.arg)
    body.emit(f"BUILD_MAP {body.push()}, {slots}")


@handles("BUILD_CONST_KEY_MAP")
def _build_const_key_map(body, insn):
    keys = body.stack[-1].const[0]
    body.emit(f"DELETE_FAST {body.pop()}")
    temporary = body.slots.temporary
    for i, (slot, key) in enumerate(zip(body.pop_many(insn.arg), keys)):
        body.emit(f"LOAD_CONST {temporary(2 * i)}, {constant(key)}")
        body.emit(f"COPY {temporary(2 * i + 1)}, {slot}!")
    body.emit(f"BUILD_MAP {body.push()}, {temporary()}..{temporary(2 * insn.arg - 1)}!")


@handles("LIST_APPEND", "LIST_EXTEND", "SET_ADD", "SET_UPDATE")
def _add(body, insn):
    slot = body.pop()
    body.emit(f"{insn.opname} {body.slots.at(body.depth - insn.arg)}, {slot}!")


@handles("MAP_ADD")
def _map_add(body, insn):
    key, value = body.pop_many(2)
    body.emit(f"STORE_SUBSCR {value}!, {body.slots.at(body.depth - insn.arg)}, {key}!")


@handles("BINARY_SUBSCR")
def _binary_subscr(body, _insn):
    _binary(body, "BINARY_SUBSCR {d}, {left}, {right}")


@handles("BINARY_SLICE")
def _binary_slice(body, _insn):
    container, start, stop = body.pop_many(3)
    body.emit(f"BUILD_SLICE {start}, {start}..{stop}!")
    # The slice dies first.
    body.emit(f"BINARY_SUBSCR {stop}, {container}, {start}!")
    body.emit(f"COPY {body.push()}, {stop}!")


@handles("STORE_SLICE")
def _store_slice(body, _insn):
    value, container, start, stop = body.pop_many(4)
    body.emit(f"BUILD_SLICE {start}, {start}..{stop}!")
    _hold(body, "STORE_SUBSCR {1}, {2}, {0}", start, value, container)


@handles("STORE_SUBSCR")
def _store_subscr(body, _insn):
    value, container, key = body.pop_many(3)
    _hold(body, "STORE_SUBSCR {}, {}, {}", value, container, key)


@handles("DELETE_SUBSCR")
def _delete_subscr(body, _insn):
    _hold(body, "DELETE_SUBSCR {}, {}", *body.pop_many(2))


@handles("UNPACK_SEQUENCE")
def _unpack_sequence(body, insn):
    slot = body.pop()
    if not insn.arg:
        body.refuse("unpacking into nothing")
    # CPython has the first item on top.
    temporary = body.slots.temporary
    body.emit(f"UNPACK_SEQUENCE {temporary()}..{temporary(insn.arg - 1)}, {slot}!")
    for i in reversed(range(insn.arg)):
        body.emit(f"COPY {body.push()}, {temporary(i)}!")


# ---- attributes ----

@handles("STORE_ATTR")
def _store_attr(body, insn):
    value, owner = body.pop_many(2)
    _hold(body, f"STORE_ATTR {{1}}, {{0}}, {word(insn.argval)}", value, owner)


@handles("DELETE_ATTR")
def _delete_attr(body, insn):
    slot = body.pop()
    body.emit(f"DELETE_ATTR {slot}, {word(insn.argval)}")
    body.emit(f"DELETE_FAST {slot}")


# ---- jumps ----

@handles("JUMP_FORWARD")
def _jump_forward(body, insn):
    body.emit(f"JUMP_FORWARD {body.goes_to(insn.argval)}")
    body.ends()


@handles("JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT")
def _jump_backward(body, insn):
    body.emit(f"JUMP_BACKWARD {body.goes_to(insn.argval)}")
    body.ends()


@handles("POP_JUMP_IF_FALSE", "POP_JUMP_IF_TRUE")
def _pop_jump(body, insn):
    slot = body.pop()
    body.emit(f"{insn.opname} {slot}!, {body.goes_to(insn.argval)}")


@handles("POP_JUMP_IF_NONE", "POP_JUMP_IF_NOT_NONE")
def _pop_jump_none(body, insn):
    slot, none = body.pop(), body.slots.temporary()
    body.emit(f"LOAD_CONST {none}, None")
    body.emit(f"IS_OP {slot}, {slot}!, {none}!, {'is not' if 'NOT' in insn.opname else 'is'}")
    body.emit(f"POP_JUMP_IF_TRUE {slot}!, {body.goes_to(insn.argval)}")


@handles("GET_ITER")
def _get_iter(body, _insn):
    slot = body.pop()
    body.emit(f"GET_ITER {body.push()}, {slot}!")


@handles("FOR_ITER")
def _for_iter(body, insn):
    iterator = body.slots.at(body.depth - 1)
    # At the end there is no item, but END_FOR drops one.
    label = body.goes_to(insn.argval, [Entry(empty=True)])
    item = body.push()
    body.emit(f"FOR_ITER {item}, {iterator}, {label}")


@handles("RETURN_VALUE")
def _return_value(body, _insn):
    body.emit(f"RETURN_VALUE {body.pop()}!")
    body.ends()


@handles("RETURN_CONST")
def _return_const(body, insn):
    body.load_const(insn.argval)
    body.emit(f"RETURN_VALUE {body.pop()}!")
    body.ends()
