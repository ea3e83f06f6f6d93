import gc

gc.disable()


class C:
    pass


L = [C() for _ in range(500)]
gc.collect()
M = [C() for _ in range(300)]
a = gc.get_count()[0]
del L
print(a >= 300, gc.get_count()[0])
