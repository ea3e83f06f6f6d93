import weakref


class L:
    pass


a = L()
w = weakref.ref(a)
b = a
del a
print(w() is not None)
del b
print(w() is None)
