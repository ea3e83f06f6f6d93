x = []
y = []
i = id(x)
x.append(1)
print(id(x) == i, id(x) == id(y), type(x) is type(y), x == y)
