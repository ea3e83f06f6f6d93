import sys

l = []
b = sys.getrefcount(l)
i = iter(l)
print(sys.getrefcount(l) - b)
