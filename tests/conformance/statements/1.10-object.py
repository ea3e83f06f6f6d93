import sys

o = object()
a = sys.getrefcount(o)
l = [o] * 1000
print(sys.getrefcount(o) - a)
