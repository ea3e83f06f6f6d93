import sys

a = sys.getrefcount(None)
l = [None] * 1000
print(sys.getrefcount(None) - a)
