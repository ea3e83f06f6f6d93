a = []
b = a
del a
print(b)
a
