import gc

seen = []
gc.set_threshold(0)
gc.callbacks.append(lambda p, i: seen.append(p))
made = [[] for _ in range(9999)]
print(len(seen), gc.get_threshold())
gc.disable()
gc.set_threshold(5, 2)
more = [[] for _ in range(9999)]
print(len(seen), gc.get_threshold(), gc.isenabled())
gc.set_threshold(1, 2, 3)
print(gc.get_threshold())
for wrong in ('a', None, 1.5, 2**31):
    try:
        gc.set_threshold(wrong)
    except TypeError as e:
        print('TypeError')
    except OverflowError as e:
        print(e)
