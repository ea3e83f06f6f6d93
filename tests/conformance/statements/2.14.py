import sys

x = 300
a = sys.getrefcount(x)
y = x
b = sys.getrefcount(y)
x = 400
c = sys.getrefcount(y)
print(b - a, c - b, x is y, y)
