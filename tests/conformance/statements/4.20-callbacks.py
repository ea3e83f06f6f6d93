import gc

gc.disable()
gc.collect()
o = []


def called(p, i):
    o.append((p, dict(i)))


gc.callbacks.append(called)
l = []
l.append(l)
del l
gc.collect(1)
print(o)
del o[:]
gc.collect()
print(o)
del gc.callbacks[:]
del o[:]
gc.collect()
print(o)


def fails(p, i):
    raise ValueError(p)


gc.callbacks.append(fails)
gc.callbacks.append(called)
print(gc.collect(0))
print(o)
del gc.callbacks[0]
print(gc.collect(0), len(o))
