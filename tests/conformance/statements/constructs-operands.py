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
def f(a, b):
    pass
v = [D('0')]
print('add')
[N('1')] + v
print('eq')
N('2') == v
print('in')
N('2b') in v
print('is')
N('2c') is v
print('sub')
l = {1: 2}
{1: N('3')}[1] is v
print('store')
x = [None]
v = [D('4b')]
N('4').x = v
print('setitem')
v = [D('5b')]
[N('5')][0:0] = v
print('call')
v = [D('6b')]
f(N('6'), v)
print('isinstance')
v = [D('7b')]
print(isinstance(N('7'), type(v)))
print('tuple')
v = [D('8b')]
(N('8'), v)
print('extend')
v = [D('9b')]
[N('9')].extend(v)
print('method')
v = [D('10b')]
[N('10')].append(v)
print('replace')
v = [D('11b')]
x = [N('11')]
x = v
v = [D('12b')]
x = {'a': N('12')}
x['a'] = v
x = None
v = None
