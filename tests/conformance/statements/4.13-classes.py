# What a class or a module refers to stands behind its dict: after a collection that moved it, what that found
# before it has come first.
import gc
import types


class Base:
    pass


class Reached(Base):
    pass


class Held(Base):
    pass


def named(o):
    return o is Base or o is Reached or type(o) is Reached or type(o) is Held or o is K or o is m


def order(what):
    print(what)
    for generation in (0, 1, 2):
        for o in gc.get_objects(generation):
            if named(o):
                print(generation, type(o).__name__, o is K, o is m)


KINDS = ((object, None), (Base, None), (object, ()), (object, ('a',)), (Base, ()), (Exception, None), (Exception, ()))
K = m = None
# The namespace shall be older than what it refers to.
gc.disable()
gc.collect()

# Attributes that were there when it was made.
old = [Held()]
gc.collect(0)
r = [[Reached()]]
class K:
    x = old[0]
old = None
gc.collect(2)
order('attribute of a class')

# Its dict is known to the collector after it: for what CPython puts there, or for what it is given.
for base, slots in KINDS:
    K = r = None
    gc.collect(2)
    old = [Held()]
    gc.collect(0)
    r = [[Reached()]]
    K = type('K', (base,), {} if slots is None else {'__slots__': slots})
    K.x = old[0]
    old = None
    order('set before')
    gc.collect(2)
    order('set before, collected')

for base, slots in KINDS:
    K = r = None
    gc.collect(2)
    K = type('K', (base,), {} if slots is None else {'__slots__': slots})
    gc.collect(2)
    old = [Held()]
    gc.collect(2)
    r = [Reached()]
    K.x = old[0]
    old = None
    gc.collect(2)
    order('set after a collection')

# A module is not found before its dict, and both are collected.
K = r = None
gc.collect(2)
old = [Held()]
gc.collect(0)
r = [[Reached()]]
m = types.ModuleType('m')
m.x = old[0]
old = None
gc.collect(2)
order('module')
m.me = m
m = r = None
print(gc.collect(2))
