class A:
    pass


a = A()
i = id(a)
a.x = 1
print(type(a).__name__, a.__class__ is A, id(a) == i)
