# What every program made by programs.py begins with: classes whose objects say when they die, and
# probe(), which shows after each step all that its names can reach.
import builtins
import gc
import sys
import threading
import types
import weakref

v0 = v1 = v2 = v3 = v4 = v5 = v6 = v7 = None
w0 = w1 = w2 = w3 = None
keep = []
Module = type(types.ModuleType('m'))
Lock = type(threading.Lock())
Ref = type(weakref.ref(Module))
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


class F(D):
    def __del__(self):
        a = D('of ' + self.n)
        raise ValueError(self.n)


class G(D):
    def __del__(self):
        try:
            deep(1, self.n)
        except ValueError as e:
            print('caught', self.n, [e, e.__context__, sys.exception()])


class H(D):
    def __del__(self):
        print('nested', self.n, gc.collect())


class B(D):
    def __del__(self):
        print('breaks', self.n)
        self.a = None


class X(Exception):
    pass


class Y(ValueError):
    def __init__(self, n, *, m=None):
        self.n = n

    def __del__(self):
        print('del', self.n)


class Z(X):
    def __del__(self):
        print('resurrect', self.args)
        keep.append(self)


class Q(X):
    def __init__(self, n):
        a = D(n)
        self.a = a
        undefined


class M(D):
    def __init__(self, n, swallow):
        self.n = n
        self.swallow = swallow

    def __enter__(self):
        print('enter', self.n, sys.getrefcount(self))
        return [self]

    def __exit__(self, kind, error, traceback):
        print('exit', self.n, kind is None, [error], count(error), sys.getrefcount(traceback))
        return self.swallow


class W(M):
    def __exit__(self, kind, error, traceback):
        raise X(self.n)


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


def raises(a):
    def inner(b):
        nonlocal a
        a = [b]
        raise X(a, b)
    return inner


def raised(r):
    a = D('of a callback')
    raise X(r() is None)


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


def deep(n, x):
    a = [x]
    if n:
        return deep(n - 1, a)
    raise ValueError(x)


def items(x):
    if type(x) in (list, tuple):
        return x[:3]
    return ()


def numbers(x):
    if type(x) in (set, frozenset):
        return x
    return ()


def no_ref(x):
    if type(x) is Ref:
        return []
    return x


def no_lock(x):
    if type(x) is Lock:
        return 1
    return x


def count(x):
    if isinstance(x, BaseException):
        return sys.getrefcount(x)
    if isinstance(x, C) or isinstance(x, D):
        return sys.getrefcount(x)
    if type(x) in (list, dict, set, frozenset, S, slice, Module, Lock):
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


def phases(phase, info):
    print(phase, info)


def fails_in_phase(phase, info):
    raise X(phase)


def among(x, objects):
    for y in objects:
        if y is x:
            return True
    return False


def held_by_names(objects):
    return [among(v, objects) for v in (v0, v1, v2, v3, v4, v5, v6, v7)]


def saved():
    return len(gc.garbage), held_by_names(gc.garbage)


# A tuple may be a constant, which CPython tracks until the first collection.
def no_atom(x):
    if isinstance(x, C) or isinstance(x, D) or type(x) in (list, dict, set, frozenset, S, Module):
        return x
    return keep


def tracked():
    young = gc.get_objects(0)
    older = gc.get_objects(1)
    print([(gc.is_tracked(v), among(v, young), among(v, older))
           for v in (no_atom(v0), no_atom(v1), no_atom(v2), no_atom(v3), no_atom(v4), no_atom(v5), no_atom(v6),
                     no_atom(v7))])


def referrers(x, y=keep):
    r = gc.get_referrers(x)
    print([among(v, r) for v in (no_atom(v0), no_atom(v1), no_atom(v2), no_atom(v3), no_atom(v4), no_atom(v5))])
    r = gc.get_referrers(x, y)
    print([among(v, r) for v in (no_atom(v0), no_atom(v1), no_atom(v2), no_atom(v3), no_atom(v4), no_atom(v5))])


def referents(x):
    if type(x) in (list, tuple, dict):
        print(firsts([v0, v1, v2, v3, v4, v5, v6, v7] + gc.get_referents(x)))


# Nothing else has instances of it: CPython counts one as one object, until its class has too many attributes.
class A:
    pass


# What is made for a callback is gone when that has ended.
def automatic(count, first, second, held):
    def begins(phase, info):
        nonlocal last
        if phase == 'start':
            seen.append(info['generation'])
            if last is not None:
                times.append(made - last)
            last = made
    last = None
    seen = []
    times = []
    kept = []
    was = gc.isenabled()
    thresholds = gc.get_threshold()
    others = gc.callbacks[:]
    gc.disable()
    gc.callbacks[:] = [begins]
    gc.collect()
    last = None
    del seen[:], times[:]
    gc.set_threshold(first, second, 1000)
    gc.enable()
    for made in range(count):
        c = A()
        if held is None:
            c.a = c
        else:
            kept.append(c)
    gc.disable()
    del gc.callbacks[:]
    gc.set_threshold(thresholds[0], thresholds[1], thresholds[2])
    print(seen, times)
    del kept, c
    # The first collection counts what was allocated before, too: how many are left, then, may differ.
    print(gc.collect() > 0)
    gc.callbacks[:] = others
    if was:
        gc.enable()


# What CPython leaves behind when it makes classes.
gc.collect()
