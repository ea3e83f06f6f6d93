# A method asks its function for an attribute that it has not; it is not set or deleted there.
import sys


class C:
    def m(self):
        pass


def get(x):
    x.nothing


def set(x):
    x.nothing = 1


def delete(x):
    del x.nothing


for change in (get, set, delete):
    o = C()
    m = o.m
    try:
        change(m)
    except AttributeError as e:
        print([e], sys.getrefcount(m), sys.getrefcount(o), sys.getrefcount(C.m), sys.getrefcount(e))
