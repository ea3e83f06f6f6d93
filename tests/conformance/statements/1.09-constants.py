def f():
    return 'hello'


def g():
    return 'hello'


print(f() is g())
