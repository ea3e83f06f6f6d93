import gc
import weakref


class F:
    def __del__(s):
        global k
        k = s


f = F()
f.me = f
w = weakref.ref(f)
del f
gc.collect()
print(w(), k.me is k)
