import gc

gc.disable()


class C:
    pass


c = C()
c.me = c
del c
print(gc.collect(), end=' ')
c = C()
c.me = c
c.__dict__
del c
print(gc.collect())
print(gc.is_tracked(C()))
