import weakref


class F:
    def __del__(s):
        global k
        k = s


f = F()
w = weakref.ref(f)
del f
print(w() is k)
