import sys


class F:
    def __init__(s, n):
        s.n = n

    def __del__(s):
        print(s.n, [sys.exception()])
        1 / 0


class G:
    def __del__(s):
        try:
            raise KeyError('k')
        except KeyError as e:
            print([e, e.__context__])


def f():
    a = F('local')
    raise ValueError('v')


try:
    f()
except ValueError as e:
    print('caught', e)
    F('handled')
    G()
    print([e.__context__, sys.exception()])
print('on', sys.exception())
f = F('last')
del f
try:
    x = [F('item'), 0][2]
except IndexError as e:
    print(e, e.__context__)
