import gc

seen = []
gc.disable()
gc.collect()
gc.set_threshold(100, 10, 10)
gc.callbacks.append(lambda p, i: seen.append(p))
made = list(range(5000))
gc.enable()
a = []
gc.disable()
print(len(seen))
