import gc
import weakref

gc.disable()
a = [1, 'x', 2.5, b'y', {1: 2}, 3]
a.append(a)
del a
print(gc.collect())


class F:
    def __del__(s):
        s.me = None


f = F()
f.me = f
del f
print(gc.collect())


class C:
    pass


# A weak reference that dies of its own callback counts.
class H:
    def __init__(s):
        s.w = None


def drops(r):
    h.w = None


h = H()
c = C()
c.me = c
h.w = weakref.ref(c, drops)
del c
print(gc.collect())
