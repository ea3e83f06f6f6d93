import weakref


class C:
    pass


def wrong(r):
    print([][1])


c = C()
w = weakref.ref(c, wrong)
v = weakref.ref(c, lambda r: print('first'))
del c
print('on', w() is None)
