import sys

x = []
a = sys.getrefcount(x)
y = x
print(sys.getrefcount(x) - a, y is x)
