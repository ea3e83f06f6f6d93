import sys

x = object()
b = sys.getrefcount(x)
f = (lambda y: (lambda: y))(x)
g = (lambda a=x: a)
print(sys.getrefcount(x) - b)
