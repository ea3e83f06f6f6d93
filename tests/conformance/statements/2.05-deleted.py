import sys


class C:
    pass


class D(C):
    pass


v = C()
b = sys.getrefcount(v)
try:
    del v.nothing
except AttributeError as e:
    k = e
print(sys.getrefcount(v) - b, k)
try:
    v.nothing
except AttributeError as e:
    k = e
print(sys.getrefcount(v) - b, k)
v = v.__dict__
v = D()
v.a = 1
try:
    del v.b
except AttributeError as e:
    k = e
print(sys.getrefcount(v) - b, k, v.__dict__)
try:
    del v.b
except AttributeError as e:
    k = e
print(sys.getrefcount(v) - b, k)
