print(id(object()) == id(object()))
a = object()
b = object()
print(id(a) == id(b))
