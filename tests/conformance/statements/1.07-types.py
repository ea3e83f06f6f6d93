a = 1
b = 1.0
c = True
print(a == b == c, a is b, a is c)
print((1, 1.0, True), (1.0, True, 1), (0.0, -0.0))
