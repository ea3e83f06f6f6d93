# A collection that is due takes place where a finalizer begins.
import gc


class D:
    def __del__(s):
        print('del', gc.get_count()[0] < 8)


def f(x):
    d = D()
    a = []
    a.append(a)
    a.append(x * 3.5)
    a = None
    b = [[], [], [], [], [], [], [], []]
    d = None
    print('end', gc.get_count()[0] < 8, b)


gc.collect()
f(1.5)
gc.disable()
f(1.5)
gc.enable()
gc.collect()
gc.set_threshold(8, 1000, 1000)
f(1.5)
