import gc
import weakref

gc.disable()


class C:
    pass


# Step 7: a callback whose weak reference is garbage, too, is not called.
def called(r):
    print('called', r() is None)


a = C()
b = C()
a.o = b
b.o = a
a.w = weakref.ref(b, called)
w = weakref.ref(a, called)
del a, b
print(gc.collect())
