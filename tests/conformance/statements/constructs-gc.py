import gc
gc.disable()
print(gc.isenabled())
try:
    print(gc.collect(3))
except Exception as e:
    print([e])
try:
    print(gc.collect(-1))
except Exception as e:
    print([e])
try:
    print(gc.collect('a'))
except Exception as e:
    print([e])
try:
    print(gc.collect(1, 2))
except Exception as e:
    print([e])
try:
    print(gc.collect(True))
except Exception as e:
    print([e])
try:
    print(gc.collect(1.0))
except Exception as e:
    print([e])
try:
    print(gc.collect(2**40))
except Exception as e:
    print([e])
try:
    print(gc.collect(None))
except Exception as e:
    print([e])
try:
    print(gc.enable(1))
except Exception as e:
    print([e])
try:
    print(gc.get_threshold())
except Exception as e:
    print([e])
try:
    print(gc.get_threshold(1))
except Exception as e:
    print([e])
try:
    print(gc.set_threshold())
except Exception as e:
    print([e])
try:
    print(gc.set_threshold(1))
except Exception as e:
    print([e])
try:
    print(gc.get_threshold())
except Exception as e:
    print([e])
try:
    print(gc.set_threshold(1, 2, 3, 4))
except Exception as e:
    print([e])
try:
    print(gc.set_threshold('a'))
except Exception as e:
    print([e])
try:
    print(gc.set_threshold(2**31))
except Exception as e:
    print([e])
try:
    print(gc.set_threshold(700, 5, 10))
except Exception as e:
    print([e])
try:
    print(gc.get_threshold())
except Exception as e:
    print([e])
try:
    print(gc.get_count(1))
except Exception as e:
    print([e])
try:
    print(gc.get_stats(1))
except Exception as e:
    print([e])
try:
    print(gc.get_objects(3))
except Exception as e:
    print([e])
try:
    print(gc.get_objects('a'))
except Exception as e:
    print([e])
try:
    print(gc.get_objects(1, 2))
except Exception as e:
    print([e])
try:
    print(gc.get_objects(1.5))
except Exception as e:
    print([e])
try:
    print(gc.get_objects(-2))
except Exception as e:
    print([e])
try:
    print(gc.get_referrers())
except Exception as e:
    print([e])
try:
    print(gc.get_referents())
except Exception as e:
    print([e])
try:
    print(gc.get_referents(1, [2], (3, 4)))
except Exception as e:
    print([e])
try:
    print(gc.is_tracked())
except Exception as e:
    print([e])
try:
    print(gc.is_tracked(1, 2))
except Exception as e:
    print([e])
try:
    print(gc.is_finalized([]))
except Exception as e:
    print([e])
try:
    print(gc.freeze(1))
except Exception as e:
    print([e])
try:
    print(gc.set_debug('a'))
except Exception as e:
    print([e])
try:
    print(gc.set_debug())
except Exception as e:
    print([e])
try:
    print(gc.set_debug(2**40))
except Exception as e:
    print([e])
try:
    print(gc.set_debug(-1))
except Exception as e:
    print([e])
try:
    print(gc.get_debug())
except Exception as e:
    print([e])
try:
    print(gc.set_debug(0))
except Exception as e:
    print([e])
print(gc.DEBUG_LEAK, gc.DEBUG_STATS, gc.DEBUG_COLLECTABLE, gc.DEBUG_UNCOLLECTABLE, gc.DEBUG_SAVEALL)
print(gc.callbacks, gc.garbage, gc.__name__)
try:
    print(gc.get_referents({'a': [1], 2: 3}))
except Exception as e:
    print([e])
try:
    gc.foo
except AttributeError as e:
    print(e)
try:
    gc.collect(gen=1)
except TypeError as e:
    print(e)
try:
    gc.get_objects(x=1)
except TypeError as e:
    print(e)
try:
    gc.get_referrers(x=1)
except TypeError as e:
    print(e)
try:
    gc.set_threshold(x=1)
except TypeError as e:
    print(e)
print(gc.collect(generation=1) >= 0)
gc.collect()
gc.collect(0)
gc.collect(0)
print(gc.get_count()[1:])
gc.collect(1)
print(gc.get_count()[1:])
gc.collect()
print(gc.get_count()[1:])
l = []
l.append(l)
del l
print(gc.collect())
s = gc.get_stats()[2]
l = []
l.append(l)
del l
gc.collect()
t = gc.get_stats()[2]
print(t['collections'] - s['collections'], t['collected'] - s['collected'], t['uncollectable'])
x = []
def where():
    r = []
    for g in (0, 1, 2):
        r.append([1 for o in gc.get_objects(g) if o is x])
    return r
print(where())
gc.collect(0)
print(where())
gc.collect(1)
print(where())
gc.freeze()
print(where(), gc.get_freeze_count() > 0, gc.get_count()[1:])
y = []
print(len([1 for o in gc.get_objects() if o is y]))
gc.unfreeze()
print(where(), gc.get_freeze_count())
l = []
l.append(l)
gc.collect()
del l
gc.freeze()
print(gc.collect())
gc.unfreeze()
print(gc.collect(), gc.get_freeze_count())
x = object()
t = (x,)
print(len([r for r in gc.get_referrers(x) if r is t]))
gc.collect(0)
print(len([r for r in gc.get_referrers(x) if r is t]))
print(gc.get_referents([1, 'a', []]), gc.get_referents(1))
o = []
def told(p, i):
    o.append((p, i['generation'], i['collected'], i['uncollectable'], len(i)))
gc.callbacks.append(told)
l = []
l.append(l)
del l
print(gc.collect(1))
print(o)
def nested(p, i):
    l = []
    l.append(l)
    print('nested', gc.collect())
gc.callbacks.append(nested)
print(gc.collect(0))
print(gc.collect(0))
del gc.callbacks[:]
gc.collect()
gc.set_debug(gc.DEBUG_SAVEALL)
l = ['mine']
l.append(l)
del l
print(gc.collect(), gc.garbage[0][0], len(gc.garbage))
gc.set_debug(0)
del gc.garbage[:]
print(gc.collect())
class F:
    def __init__(self, n):
        self.n = n
        self.me = self
    def __del__(self):
        print('del', self.n, gc.is_finalized(self), gc.collect())
        gc.freeze()
        gc.unfreeze()
f = F(1)
g = F(2)
h = []
f.h = h
h.append(g)
g.h = f
del f, g, h
print(gc.collect())
f = F(3)
f.me = None
print(gc.is_finalized(f))
gc.set_debug(gc.DEBUG_SAVEALL)
l = [1]
l.append(l)
f = F(4)
del f
del l
print(gc.collect())
print([gc.is_finalized(x) for x in gc.garbage], len(gc.garbage))
gc.set_debug(0)
