class D:
    def __init__(s, n):
        s.n = n

    def __del__(s):
        print(s.n)


class F:
    def __del__(s):
        a = D('local')
        raise ValueError(s.b)


f = F()
f.a = D('attribute')
f.b = 1
del f
print('on')
f = F()
f.a = D('attribute without what is raised')
del f
print('on')
