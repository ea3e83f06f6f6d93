import gc

gc.disable()
o = []
o.append(o)
gc.collect()
o.append([0])
del o
print(gc.collect(0), gc.collect(1), gc.collect(2))
