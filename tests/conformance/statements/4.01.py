import gc

print(gc.get_threshold(), len(gc.get_stats()), gc.isenabled())
print(list(gc.get_stats()[0]))
