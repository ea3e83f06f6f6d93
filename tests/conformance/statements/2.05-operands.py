class D:
    def __init__(s, n):
        s.n = n

    def __del__(s):
        print(s.n)

print(D('p') is D('q'))
print(D('p') is not D('q'))
D('a') == D('b')
D('c') in [D('d'), D('e')]
[D('g')][0:len([D('f')])]
{D('h'): D('i')}
[D('j'), D('k')][0]
x = [D('l')][0].n
isinstance(D('m'), D)
(D('n'), D('o')) == (D('r'), D('s'))

def f(a, b):
    pass

f(D('t'), D('u'))
max(1, 2, len([D('v'), D('w')]))
callable(D('x'))
hasattr(D('y'), 'n')
getattr(D('z'), 'q', D('0'))
next(iter([]), D('1'))
x = D('2'), D('3')
x = None
not D('4')
D('5') and D('6')
D('7') or D('8')
type(D('9'))
D('A').x = D('B')
[D('C')][0] = D('D')
{}[D('E')] = D('F')
[D('G'), D('H')][0:1] = [D('I'), D('J')]
del [D('K')][0]
