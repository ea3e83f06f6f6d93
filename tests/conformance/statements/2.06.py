import sys


def g(x):
    return sys.getrefcount(x)


b = []
print(sys.getrefcount(b), g(b), g([]))
