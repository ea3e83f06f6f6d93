import weakref


class F:
    def __del__(s):
        print('del', w() is s, end=' ')


f = F()
w = weakref.ref(f, lambda r: print('callback', r() is None))
del f
