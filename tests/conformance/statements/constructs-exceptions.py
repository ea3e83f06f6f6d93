class D:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        print('del', self.n)

class M:
    def __enter__(self):
        print('enter')
        return 7
    def __exit__(self, a, b, c):
        print('exit', a, b)
        return True

def f(x):
    d = D(x)
    raise ValueError(x)

try:
    f(1)
except ValueError as e:
    print(e, e.args)
else:
    print('else')
finally:
    print('finally')
with M() as m:
    print(m)
with M() as m:
    f(2)
for i in range(3):
    try:
        with M() as k, M() as l:
            if i == 1:
                continue
            assert i, 'x'
            assert i == 3
        print('x')
    except Exception as e:
        print([e])
    finally:
        print('fin', i)
def g():
    try:
        return f(5)
    except (TypeError, ValueError) as e:
        try:
            raise KeyError(1) from e
        except KeyError as k:
            print([k.__cause__, k.__context__, k.__suppress_context__])
            try:
                raise
            finally:
                print('inner')
    finally:
        return 3
print(g())
try:
    [D(9), D(10)][5]
except IndexError as e:
    print(e)
print([x for x in range(3)])
assert 0, 'bad'
