import sys

a = []
r = [sys.getrefcount(a)]
b = a
r.append(sys.getrefcount(a))
del a
r.append(sys.getrefcount(b))
print(r)
