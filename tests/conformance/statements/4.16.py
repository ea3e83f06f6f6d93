import gc
import weakref

gc.disable()
gc.collect()


class F:
    def __init__(s, n):
        s.n = n

    def __del__(s):
        print('del', s.n, end=' ')


a = F('a')
b = F('b')
a.o = b
b.o = a
w = weakref.ref(b, lambda r: print('cb', end=' '))
del a, b
print(gc.collect())
# What is reached late is behind: all are alive at the first collection.
a = F('a')
b = F('b')
c = F('c')
c.o = a
a.o = b
b.o = c
del a, b
gc.collect(0)
d = F('d')
d.o = d
del c, d
print(gc.collect())
# The younger generation is behind the older one.
d = F('old')
d.o = d
gc.collect()
e = F('young')
e.o = e
del d, e
print(gc.collect())
