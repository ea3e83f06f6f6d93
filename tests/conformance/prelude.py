# What every program made by programs.py begins with: classes whose objects say when they die, and
# probe(), which shows after each step all that its names can reach.
import gc
import sys
import types
import weakref

v0 = v1 = v2 = v3 = v4 = v5 = v6 = v7 = None
w0 = w1 = w2 = w3 = None
keep = []
p, q, r, s = 1, 2.5, -3, True
t, u = 'abc', 'b'


class C:
    x = None

    def m(self, a=None, b=None):
        return (a, self, b)


class D:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        print('del', self.n)


class E(D):
    def __del__(self):
        print('unbind', self.n)
        global v0
        v0 = None


class R(D):
    def __del__(self):
        print('resurrect', self.n)
        keep.append(self)


class N(D):
    def __del__(self):
        print('new', self.n)
        global v1
        v1 = [D('of ' + self.n)]


class S:
    __slots__ = ('a',)


def called(r):
    print('callback', r() is None)


def unbinds(r):
    global v2
    print('callback unbinds', r is w0, r is w1, r is w2, r is w3)
    v2 = None


def fails(r):
    print('callback fails')
    [][1]


def cell(a):
    def get(new=None):
        nonlocal a
        old = a
        if new is not None:
            a = new
        return old
    return get


def adder(a):
    return lambda b=a: (a, b)


def swap(a, b):
    t = a
    a = b
    b = t
    return a, b


def last(a, b=None, *, c=None):
    a = b
    b = c
    return b


def items(x):
    if type(x) in (list, tuple):
        return x[:3]
    return ()


def count(x):
    if type(x) in (list, dict, set, frozenset, C, D, E, R, N, S, slice):
        return sys.getrefcount(x)
    return 0


def alive(w):
    return w is not None and w() is not None


def firsts(t):
    r = []
    for x in t:
        i = 0
        while t[i] is not x:
            i += 1
        r.append(i)
    return r


def probe():
    print([count(v0), count(v1), count(v2), count(v3), count(v4), count(v5), count(v6), count(v7)],
          [alive(w0), alive(w1), alive(w2), alive(w3)])
    t = [v0, v1, v2, v3, v4, v5, v6, v7, w0, w1, w2, w3]
    for v in (v0, v1, v2, v3, v4, v5, v6, v7):
        t.extend(items(v))
    print(firsts(t))
    print(v0, v1, v2, v3, v4, v5, v6, v7)


# What CPython leaves behind when it makes classes.
gc.collect()
