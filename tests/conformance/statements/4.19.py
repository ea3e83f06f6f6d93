import gc

gc.disable()
l = []
l.append(l)
gc.collect()
del l
gc.freeze()
print(gc.get_count(), gc.collect(), gc.get_freeze_count() > 0)
m = []
m.append(m)
del m
print(gc.collect())
gc.unfreeze()
print(gc.get_freeze_count(), gc.collect(), gc.collect())
n = []


def among(objects):
    for x in objects:
        if x is n:
            return True
    return False


gc.freeze()
print(among(gc.get_objects()), gc.is_tracked(n))
o = [n]
print([x is o for x in gc.get_referrers(n) if type(x) is list], among(gc.get_objects(2)))
gc.unfreeze()
print([among(gc.get_objects(g)) for g in (0, 1, 2)])
