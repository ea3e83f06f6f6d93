import gc

gc.disable()
l = []
l.append(l)
del l
print(gc.collect(), gc.isenabled())
for wrong in (3, -1):
    try:
        gc.collect(wrong)
    except ValueError as e:
        print(e)
for wrong in ('a', None, 1.5):
    try:
        gc.collect(wrong)
    except TypeError as e:
        print('TypeError')


class F:
    def __del__(s):
        print('nested', gc.collect(), gc.collect(0))


f = F()
f.me = f
l = []
l.append(l)
del f, l
print(gc.collect())
print(gc.collect(1), gc.collect(True))
