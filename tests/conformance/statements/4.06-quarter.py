import gc


class C:
    pass


def called(phase, info):
    if phase == 'start':
        seen.append(info['generation'])


def is_full(old, new):
    global seen
    kept = [C() for _ in range(old)]
    gc.collect()
    seen = []
    gc.enable()
    made = [C() for _ in range(new)]
    gc.disable()
    return 2 in seen, 1 in seen


# However small the thresholds: not before a quarter has been made of what was old.
gc.disable()
gc.set_threshold(10, 2, 2)
gc.callbacks.append(called)
print(is_full(20000, 2000), is_full(100, 60000), is_full(50000, 5000))
