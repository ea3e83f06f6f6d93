import sys


class C:
    def m(self):
        pass


c = C()
b = sys.getrefcount(c)
m = c.m
print(sys.getrefcount(c) - b)
