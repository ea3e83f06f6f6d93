import gc


class C:
    pass


def called(phase, info):
    if phase == 'start':
        seen.append(len(made))


seen = []
made = []
gc.disable()
gc.collect()
gc.callbacks.append(called)
gc.set_threshold(50, 10, 10)
gc.enable()
for i in range(400):
    made.append(C())
gc.disable()
print([seen[i + 1] - seen[i] for i in range(len(seen) - 1)], 40 <= seen[0] <= 51)
