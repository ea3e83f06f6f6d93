import gc

gc.disable()
d = {}
d['a'] = 1
a = gc.is_tracked(d)
d['b'] = []
b = gc.is_tracked(d)
del d['b']
c = gc.is_tracked(d)
gc.collect(0)
e = gc.is_tracked(d)
gc.collect()
print(a, b, c, e, gc.is_tracked(d))


def mk(a):
    return (a, 1)


for made in ({1: 2}, {'a': []}, {mk(1): 2}, {'a': mk(1)}, {'a': {}}, dict([(1, 2)]), dict([(1, [])]),
             {x: x for x in (1, 2)}, {x: [x] for x in (1, 2)}):
    print(gc.is_tracked(made), end=' ')
    gc.collect()
    print(gc.is_tracked(made), end=' ')
    gc.collect()
    print(gc.is_tracked(made))
