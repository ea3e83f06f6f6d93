# An exception is older than what dies with the operands of what raised it: a collection there
# makes it old.
import gc


class H:
    def __del__(s):
        print('del', gc.collect())


def older(call):
    try:
        call()
    except Exception as e:
        e.e = e
    print(gc.collect(0), gc.collect(1), gc.collect() > 0)


gc.collect()
gc.disable()
older(lambda: H() < H())
older(lambda: len(H(), H()))
older(lambda: [][H()])
older(lambda: H(H()))
older(lambda: (lambda: 0)(H()))
older(lambda: -H())
older(lambda: {}[H()])
older(lambda: getattr(H(), 'x'))
older(lambda: (lambda a: 0)(H(), H(), H()))
older(lambda: (lambda a, b: 0)(H()))
older(lambda: (lambda a: 0)(a=H(), b=H()))
older(lambda: (lambda a: 0)(H(), H(), a=H()))
older(lambda: (lambda a: 0)(H(), H(), b=H()))


class C:
    def f(a):
        pass

    def g(self):
        pass


def kept(o):
    o.g = o.g
    o.g(H())
    o.g = None


older(lambda: C.f(H(), H()))
older(lambda: C.f())
older(lambda: C().g(H(), H()))
older(lambda: C.f(H(), H(), b=H()))
older(lambda: kept(C()))
