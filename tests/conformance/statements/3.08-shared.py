import weakref


class C:
    pass


def called(r):
    pass


o = C()
print(weakref.ref(o) is weakref.ref(o), weakref.ref(o, called) is weakref.ref(o, called))
w = [weakref.ref(o, lambda r, i=i: print(i, end=' ')) for i in range(3)]
del o
