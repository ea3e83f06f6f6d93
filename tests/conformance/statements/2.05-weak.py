import sys
import weakref


class C:
    pass


c = C()
b = sys.getrefcount(c)
w = weakref.ref(c)
print(sys.getrefcount(c) - b)
