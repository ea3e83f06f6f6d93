import gc

gc.disable()
gc.collect()


def where():
    return [any_is(gc.get_objects(g)) for g in (0, 1, 2)]


def any_is(objects):
    for o in objects:
        if o is x:
            return True
    return False


x = []
print(where())
gc.collect(0)
print(where())
gc.collect(0)
print(where())
gc.collect(1)
print(where())
gc.collect()
print(where())
y = []
gc.collect(1)
x = y
print(where())
