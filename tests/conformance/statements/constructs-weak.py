import gc
import weakref
gc.disable()
class S:
    __slots__ = ('a', '__weakref__')
s = S()
w = weakref.ref(s)
print(w() is s)
class T(S):
    __slots__ = ()
t = T()
print(weakref.ref(t)() is t)
class U:
    __slots__ = 'a'
try:
    weakref.ref(U())
except TypeError as e:
    print(e)
class I:
    pass
class D:
    def __init__(self, n):
        self.n = n
    def __del__(self):
        print('del', self.n)
def make(n):
    d = D(n)
    def called(r):
        print('called', n, r() is None, d.n)
    return called
a = I()
b = I()
b.b = b
b.r = weakref.ref(a, make(1))
gc.collect()
del a
print('after')
del b
print(gc.collect())
class M:
    def __init__(self, n):
        self.d = D(n)
    def cb(self, r):
        print('method', self.d.n)
a = I()
r = weakref.ref(a, M(2).cb)
del a
print('gone', r() is None)
a = I()
a.r = weakref.ref(a, M(3).cb)
del a
print('x')
def raises(n):
    d = D(n)
    def called(r):
        d.n
        raise ValueError(n)
    return called
i = I()
i.n = 'x'
print(gc.is_tracked(i.__dict__))
i.a = []
print(gc.is_tracked(i.__dict__))
i = I()
i.n = []
print(gc.is_tracked(i.__dict__))
