import gc
import sys
import threading
import types
import weakref


class T:
    pass


class M:
    def m(self):
        pass


def error():
    try:
        raise ValueError
    except ValueError as e:
        return e


def cells(a):
    return lambda: a


print([gc.is_tracked(o) for o in ([], set(), frozenset([1]), lambda: 0, types.ModuleType('m'), T, T(), M().m, iter([]),
                                  iter(()), iter({}), iter({1}), weakref.ref(T), slice(1), error(), cells(1))])
print([gc.is_tracked(o) for o in (1, 1.5, 'a', b'', True, None, range(3), object(), (), int)])
print([gc.is_tracked(o) for o in (2**40, 'long enough', 'T', -1.25)])
