import gc

gc.disable()


class F:
    def __del__(s):
        print(s.o.n, len(s.l), end=' ')


a = F()
b = F()
a.n = 'a'
b.n = 'b'
a.l = [a]
b.l = [a, b]
a.o = b
b.o = a
del a, b
print(gc.collect())
