# What __init__ of an exception, or of its cause, raises: what was to be raised dies before the variables.
class D:
    def __init__(s, n):
        s.n = n

    def __del__(s):
        print('del', s.n)


class E(Exception):
    def __init__(s):
        [][1]


class N(Exception):
    def __init__(s):
        return 1


class X(Exception):
    def __del__(s):
        print('del', s.args)


class O(Exception):
    def __init__(s):
        pass


def cause():
    x = D('x')
    raise E from X('cause')


def of_cause():
    x = D('x')
    raise X('raised') from E


def no_none():
    x = D('x')
    raise N from X('cause')


def no_cause():
    x = D('x')
    raise O from D('no exception')


def caught():
    x = D('x')
    try:
        raise E from X('cause')
    except IndexError as e:
        print('caught', [e])


for call in (cause, of_cause, no_none, no_cause, caught):
    try:
        call()
    except Exception as e:
        print([e])
