import types
import weakref


class C:
    pass


def f():
    pass


m = types.ModuleType('m')
s = {1}
z = frozenset([1])
print(weakref.ref(C)() is C, weakref.ref(f)() is f, weakref.ref(m)() is m, weakref.ref(s)() is s,
      weakref.ref(z)() is z, weakref.ref(C())())
