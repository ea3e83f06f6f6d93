class D:
    def __init__(s, n):
        s.n = n

    def __del__(s):
        print(s.n)


class I:
    def __init__(s, n):
        pass

    def __del__(s):
        print('I')


class Z(Exception):
    def __del__(s):
        print('Z', s.args)


class Y(Exception):
    def __init__(s, n):
        pass

    def __del__(s):
        print('Y')


def from_class(error):
    raise error from Y


def with_class():
    raise Z from Y


def t(call):
    try:
        call()
    except Exception as e:
        print(type(e))


t(lambda: [D('a')] + (D('b'),))
t(lambda: len(D('c'), D('d')))
t(lambda: (lambda a: 0)(D('e'), D('f'), D('g')))
t(lambda: [D('h')][D('i')])
t(lambda: D('j') < D('k'))
t(lambda: isinstance(D('n'), D('o')))
t(lambda: max(D('p'), D('q')))
t(lambda: {[D('v')]: D('w')})
t(lambda: {D('x'), ([D('y')],)})
t(lambda: getattr(D('B'), D('C')))
t(lambda: D('D') in D('E'))
t(lambda: (D('I'), D('J'))[D('K'):D('L')])
t(lambda: iter(D('M')))
t(lambda: -D('N'))
t(lambda: I(D('O'), D('P')))
t(lambda: I(D('Q'), x=D('R')))
t(lambda: I(x=D('S')))
t(lambda: D('T')(D('U')))
t(with_class)
t(lambda: from_class(Z(1)))
