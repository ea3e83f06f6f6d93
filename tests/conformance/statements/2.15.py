import types

m = types.ModuleType('m')
m.x = 1
x = m.x
m.x = 2
print(x, m.x)
