import sys

a = []
print(sys.getrefcount(a))
b = a
print(sys.getrefcount(a))
del a
print(sys.getrefcount(b))
print(sys.getrefcount(None))
del b
b
