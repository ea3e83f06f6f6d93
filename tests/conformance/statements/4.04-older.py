import gc

gc.disable()
gc.collect()
gc.collect(0)
gc.collect(0)
print(gc.get_count()[1:])
gc.collect(1)
print(gc.get_count()[1:])
gc.collect(1)
gc.collect(0)
print(gc.get_count()[1:])
gc.collect()
print(gc.get_count()[1:])
