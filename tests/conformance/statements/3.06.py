import gc


class F:
    def __del__(s):
        global k
        k = s
        print('del', gc.is_finalized(s), end=' ')


f = F()
print(gc.is_finalized(f), end=' ')
del f
print(gc.is_finalized(k), end=' ')
del k
print('gone')
