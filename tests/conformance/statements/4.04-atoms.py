import gc

gc.disable()
a = gc.get_count()[0]
L = [i + 0.5 for i in range(1000)] + [str(i) for i in range(1000)]
print(gc.get_count()[0] - a < 5)
