import gc


class C:
    pass


last = None


def called(phase, info):
    global last
    if phase == 'start':
        seen.append(info['generation'])
        if last is not None:
            periods.append(i - last)
        last = i


# Old, so that a full collection is not yet worth it.
old = [C() for _ in range(2000)]
gc.disable()
gc.collect()
seen = []
periods = []
made = []
gc.set_threshold(100, 5, 5)
gc.callbacks.append(called)
gc.enable()
for i in range(6000):
    made.append(C())
gc.disable()
print(seen)
print(periods[:42])
