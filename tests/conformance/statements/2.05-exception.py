import gc
import sys
import weakref


class C:
    pass


def f(c):
    d = C()
    w.append(weakref.ref(d))
    raise ValueError(c)


def g(x):
    try:
        f(x)
    except ValueError as e:
        return e
    return None


x = C()
w = [weakref.ref(x)]
b = sys.getrefcount(x)
e = g(x)
print(sys.getrefcount(x) - b, w[1]() is None)
e.__traceback__ = None
print(sys.getrefcount(x) - b, w[1]() is None)
e = None
print(sys.getrefcount(x) - b)


def keeps(x):
    try:
        f(x)
    except ValueError as e:
        kept = e


gc.collect()
keeps(x)
print(sys.getrefcount(x) - b, w[2]() is None)
print(gc.collect())
print(sys.getrefcount(x) - b, w[2]() is None)
