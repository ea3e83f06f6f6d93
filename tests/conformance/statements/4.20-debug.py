import gc

gc.disable()
gc.collect()
gc.set_debug(gc.DEBUG_SAVEALL)
l = ['mine']
l.append(l)
del l
print(gc.collect(), gc.garbage[0][0], gc.DEBUG_LEAK, gc.get_debug())
gc.set_debug(0)
del gc.garbage[:]
print(gc.collect())
print(gc.DEBUG_STATS, gc.DEBUG_COLLECTABLE, gc.DEBUG_UNCOLLECTABLE, gc.DEBUG_SAVEALL)


class F:
    def __del__(s):
        print('del', s.n)


gc.set_debug(gc.DEBUG_SAVEALL)
f = F()
f.n = 1
f.me = f
del f
print(gc.collect(0), len(gc.garbage), gc.garbage[0].me is gc.garbage[0])
gc.set_debug(0)
del gc.garbage[:]
print(gc.collect())
