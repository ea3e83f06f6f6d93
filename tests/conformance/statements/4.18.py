import gc

gc.disable()


class C:
    pass


def among(o, objects):
    for x in objects:
        if x is o:
            return True
    return False


c = C()
l = [c]
t = (c, l)
d = {'k': c}
e = C()
e.a = c
e.b = l
print([among(o, gc.get_referrers(c)) for o in (l, t, d, e, C)])
print([among(o, gc.get_referrers(l)) for o in (l, t, d, e, c)])
print([among(o, gc.get_referrers(c, l)) for o in (l, t, d, e, c)])
print([among(o, gc.get_referrers(1)) for o in (l, t, d)], len(gc.get_referrers()))
x = object()
t = (x,)
a = among(t, gc.get_referrers(x))
gc.collect(0)
print(a, among(t, gc.get_referrers(x)))
print(gc.get_referents([1, 'a', []]), gc.get_referents(1), gc.get_referents())
print(gc.get_referents((1, 2), [3]), gc.get_referents({'a': 1, 2: 'b'}), gc.get_referents(slice(1, 2)))
print(among(c, gc.get_referents(e)), among(l, gc.get_referents(e)), among(C, gc.get_referents(e)))
gc.collect()
n = C()
print(among(n, gc.get_objects(0)), among(n, gc.get_objects(1)), among(n, gc.get_objects()), among(n, gc.get_objects(None)))
for wrong in (3, -2, 'a'):
    try:
        gc.get_objects(wrong)
    except ValueError as e:
        print(e)
    except TypeError as e:
        print(e)
