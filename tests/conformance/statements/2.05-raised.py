class D:
    def __init__(s, n):
        s.n = n

    def __del__(s):
        print(s.n)




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
