class D:
    def __init__(self, n):
        self.n = n
    def __del__(self):
        print('del', self.n)
class N(D):
    def __del__(self):
        global v
        print('new', self.n)
        v = [D('of ' + self.n)]
        print('set', self.n)
def f(a):
    pass
v = N('1')
try:
    (v, N('2'), [][1])
except IndexError as e:
    print([e])
v = N('3')
try:
    f(N('4'), v)
except TypeError as e:
    print('caught')
v = N('5')
try:
    [].x(N('6'), v)
except AttributeError as e:
    print('caught')
v = N('7')
try:
    len(N('8'), v)
except TypeError as e:
    print('caught')
v = N('9')
try:
    N('10') + v
except TypeError as e:
    print('caught')
v = None
