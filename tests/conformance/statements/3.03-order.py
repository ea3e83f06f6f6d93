class D:
    def __init__(s, n):
        s.n = n

    def __del__(s):
        print(s.n, end=' ')


l = [D('l0'), D('l1')]
del l
t = (D('t0'), D('t1'))
del t
d = {1: D('d0'), 2: D('d1')}
del d
o = D('o')
o.a = D('oa')
o.b = D('ob')
del o
