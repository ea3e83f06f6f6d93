import gc

gc.disable()


def made(f):
    gc.collect()
    before = gc.get_count()[0]
    made = [f(i) for i in range(1000)]
    return gc.get_count()[0] - before


print(990 < made(lambda i: (i,)) < 1010, 990 < made(lambda i: [i]) < 1010)
print(990 < made(lambda i: {i: i}) < 1010, 990 < made(lambda i: {i}) < 1010)
print(made(lambda i: i) < 10, made(str) < 10, made(range) < 10)
