# SPDX-License-Identifier: GPL-2.0-only
"""Functions and methods that are not objects in pymm but instructions.

The instructions of a row are templates: {d} is the slot of the result, {0}, {1} ... those of the
arguments, {self} that of the object whose method it is, {t} one that is free, {c0} the constant
that the first argument is. They drop references in the order in which CPython does: what an
instruction consumes (!) is gone before anything dies of it.
"""

FUNCTIONS = {
    ("builtins.len", 1): ["GET_LEN {d}, {0}!"],
    ("builtins.id", 1): ["GET_ID {d}, {0}!"],
    ("sys.getrefcount", 1): ["GET_REFCOUNT {d}, {0}!"],
    ("sys.exception", 0): ["GET_EXC {d}"],
    ("weakref.ref", 1): ["LOAD_CONST {t}, None", "WEAKREF_NEW {d}, {0}!, {t}!"],
    ("weakref.ref", 2): ["WEAKREF_NEW {d}, {0}!, {1}!"],
    ("types.ModuleType", 1): ["MODULE_NEW {d}, {c0}", "DELETE_FAST {0}"],
    ("threading.Lock", 0): ["LOCK_NEW {d}"],
    ("threading.RLock", 0): ["RLOCK_NEW {d}"],
    ("time.sleep", 1): ["SLEEP {d}, {0}!"],
    ("globals", 0): ["LOAD_GLOBALS {d}"],
}

# What a method had on the stack, in CPython's order, after what died in it.
DROP = ["DELETE_FAST {self}", "DELETE_FAST {0}"]

# Without {d}, the result is None.
METHODS = {
    ("append", 1): ["LIST_APPEND {self}, {0}", *DROP],
    ("extend", 1): ["LIST_EXTEND {self}, {0}", *DROP],
    ("add", 1): ["SET_ADD {self}, {0}", *DROP],
    ("update", 1): ["SET_UPDATE {self}, {0}", *DROP],
    ("discard", 1): ["SET_DISCARD {self}, {0}", *DROP],
    ("remove", 1): ["SET_REMOVE {self}, {0}", *DROP],
    ("pop", 0): ["SET_POP {d}, {self}!"],
    ("acquire", 0): ["LOCK_ACQUIRE {t}, {self}, forever", "DELETE_FAST {self}", "COPY {d}, {t}!"],
    ("acquire", 1): ["LOCK_ACQUIRE {t}, {self}, 0", *DROP, "COPY {d}, {t}!"],
    ("release", 0): ["LOCK_RELEASE {self}!"],
}

# What the argument of those has to be.
ARGUMENTS = {("acquire", 1): (False,)}

METHOD_NAMES = {name for name, _ in METHODS}

# Of the builtins, those that are no objects in pymm.
BUILTINS = {"print", "globals"}

# Of those that are objects, the ones that something may die of.
DEADLY = {"setattr", "delattr", "next"}
