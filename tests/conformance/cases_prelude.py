# What a case of the collector runs before its first step. What is printed after "!" is looked at.
import gc
import weakref

gc.disable()
# The names of the case, n_NAME, are in a dict that is as young as the first object, as they were
# when CPython was observed: the collector moves objects to the end that are found by it only.
_names = {}
# Weak references outside of the graph, w_NAME.
_weak = {}
# What finalizers do, by label.
_acts = {}


# Each object has its label, a str that begins with "@", so that a dump tells which one it is.


class _Inst:
    def __init__(self, n):
        self._n = n


class _Slots:
    __slots__ = ('_n', 'a', 'b', 'peer', '__weakref__')

    def __init__(self, n):
        self._n = n


class _Fin(_Inst):
    def __del__(self):
        if self._n in _acts:
            _acts[self._n](self)
        else:
            print('! events finalize', self._n)


def _callback(name):
    def called(r):
        print('! events weakref_callback', name, 'referent', 'dead' if r() is None else 'alive')
    return called


# What a dump does not tell.
def _look(names, weak):
    for n in names:
        if n in _names and gc.is_finalized(_names[n]):
            print('! finalized', n)
    for w in weak:
        if w in _weak:
            print('! weakrefs_alive', w, _weak[w]() is not None)


def _sum(key):
    total = 0
    for stats in gc.get_stats():
        total += stats[key]
    return total


def _counts(counts):
    print('! count_after0', counts[0])
    print('! count_after1', counts[1])
    print('! count_after2', counts[2])


def _before():
    global _collected, _uncollectable
    _collected = _sum('collected')
    _uncollectable = _sum('uncollectable')


def _after():
    print('! stat_collected', _sum('collected') - _collected)
    print('! stat_uncollectable', _sum('uncollectable') - _uncollectable)


# All of that is old, as a module is.
gc.collect()
gc.collect()
