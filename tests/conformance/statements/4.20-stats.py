import gc

gc.disable()
gc.collect()
s = gc.get_stats()
l = []
l.append(l)
del l
gc.collect(0)
gc.collect(1)
gc.collect(1)
t = gc.get_stats()
for g in (0, 1, 2):
    print([t[g][k] - s[g][k] for k in ('collections', 'collected', 'uncollectable')])
