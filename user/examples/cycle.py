import gc

gc.collect()
a = []
b = []
a.append(b)
b.append(a)
print(a)
print(gc.collect())
del a, b
print(gc.collect())
print(gc.collect())
