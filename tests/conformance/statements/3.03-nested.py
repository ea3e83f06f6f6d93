class D:
    def __init__(s, n):
        s.n = n

    def __del__(s):
        print(s.n, end=' ')


l = [D('a'), [D('b'), D('c')], D('d')]
del l
