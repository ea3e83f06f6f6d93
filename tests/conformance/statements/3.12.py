import weakref


class C:
    pass


def drop(r):
    del d['k']


c = C()
d = {'k': weakref.ref(c, drop)}
print(len(d))
del c
print(len(d))
