import gc
import weakref

gc.disable()


class F:
    def __init__(s, n):
        s.n = n

    def __del__(s):
        print('del', s.n)


# Step 9: what one finalizer resurrects lives, the rest of the garbage dies.
class R(F):
    def __del__(s):
        print('resurrect', s.n)
        kept.append(s.o)


kept = []
a = R('a')
b = F('b')
c = F('c')
a.o = b
b.o = b
c.o = c
w = weakref.ref(b)
a.me = a
del a, b, c
print(gc.collect())
print(len(kept), kept[0].o is kept[0], w())
del kept[:]
print(gc.collect())
print(gc.collect())
