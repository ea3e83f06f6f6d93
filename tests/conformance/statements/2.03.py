a = []
b = a
del a
try:
    a
except NameError as e:
    print(e, b)
