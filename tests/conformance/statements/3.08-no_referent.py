import weakref

for o in ([], {}, (), 1, 's'):
    try:
        weakref.ref(o)
    except TypeError:
        print('no', end=' ')
