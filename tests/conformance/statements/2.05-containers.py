import sys

x = object()
l = [x] * 5
d = {x: x}
s = {x}
t = (x,)
print(sys.getrefcount(x) - 2)
