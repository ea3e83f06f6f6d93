import gc
import sys
import weakref


class P:
    kind = 'P'

    def __init__(self, n, *, tag=None):
        self.n = n
        self.tag = tag

    def who(self, more=()):
        return (self.n, self.tag, more)


class Q(P):
    count = 1
    twice = count * 2

    def who(self, more=()):
        return P.who(self, (more, self.twice))

    def __del__(self):
        print('del', self.n)


def outer(a):
    b = [a]

    class K:
        n = a

        def get(self):
            return b
    return K


def loops(t):
    r = []
    for i in t:
        for j in range(i):
            if j == 2:
                break
            r.append((i, j))
        else:
            r.append(i)
            continue
        if i > 4:
            return r
    return None


q = Q(1, tag='x')
print(q.who(), Q.who(q, more=3), P.kind, Q.kind, isinstance(q, P), q.twice)
K = outer(5)
print(K.n, K().get())
print(loops([1, 2, 3, 4, 5, 6]), loops(()))
a, (b, c) = 1, (2, 3)
print(a, b, c, [x * y for x in range(3) for y in range(x)], {k: v for k, v in [(1, 2), (3, 4)]}, {x for x in (1, 2)})
print([[x, y] for x in (5, 6) for y in (1, [x for x in (7, 8)])])
print({k: [[x] for x in (1, 2) if x] for k in (3, 4)}, [[x for x in (x, k)] for x in 'ab' for k in (1,)])
d = {'a': 1, 'b': 2}
d['a'] += 5
l = [1, 2, 3, 4]
l[1:3] = [9]
l[0] *= 7
print(d, l, 0 < l[0] < 10, 'a' not in d, l[-1] if l else None, -l[0], not l)
f = lambda x, y=2, *, z=3: (x, y, z)
print(f(1), f(1, z=5, y=4))
w = weakref.ref(q)
del q
print(w() is None)
