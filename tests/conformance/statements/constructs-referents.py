import gc
class A:
    pass
a = A()
a.x = 1.5
a.y = []
print(gc.get_referents(a) == [1.5, [], A], len(gc.get_referents(a)))
print(gc.get_referents({'a': 1.5, 'b': []}), gc.get_referents({'a': 1.5, 2: []}))
a.__dict__
print(gc.get_referents(a) == [{'x': 1.5, 'y': []}, A])
print(gc.get_referents({}), gc.get_referents({1: 2}), gc.get_referents((1, 2)), gc.get_referents([3, 4]))
def cell(x):
    def f():
        return x
    return f
print(gc.get_referents(slice(1, 2, 3)))
