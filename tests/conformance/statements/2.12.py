class D:
    def __init__(s, n):
        s.n = n

    def __del__(s):
        print(s.n, end=' ')


def f():
    a = D('a')
    b = D('b')
    c = D('c')


f()
