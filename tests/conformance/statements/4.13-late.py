# A finalizer makes the __dict__ of its instance: what is in it lives as long as the instance, or the dict.
import gc


class F:
    def __del__(s):
        s.__dict__
        kept.append(s)
        print('del', s.n)


class G:
    def __del__(s):
        kept.append(s.__dict__)
        print('del', s.n)


def make(c, n):
    a = c()
    a.n = n
    a.me = a
    a.items = [a, n]


kept = []
make(F, 1)
print(gc.collect(), kept[0].items[1], kept[0].me is kept[0])
make(G, 2)
print(gc.collect(), kept[1]['items'][1], kept[1]['me'].n)
kept = None
print(gc.collect(), gc.collect())
