import gc

gc.disable()


def mk(a, b):
    return (a, b)


t = mk(1, 'a')
a = gc.is_tracked(t)
gc.collect(0)
u = mk(1, [])
gc.collect()
print(a, gc.is_tracked(t), gc.is_tracked(u))
v = mk(mk(1, 2), 3)
w = mk(v, 4)
print(gc.is_tracked(v[0]), gc.is_tracked(v), gc.is_tracked(w))
for g in (0, 1, 2, 2):
    gc.collect(g)
    print(gc.is_tracked(v[0]), gc.is_tracked(v), gc.is_tracked(w))
x = mk({}, None)
gc.collect()
print(gc.is_tracked(x))
y = mk(frozenset(), 1.5)
z = mk(range(3), int)
gc.collect()
print(gc.is_tracked(y), gc.is_tracked(z))
