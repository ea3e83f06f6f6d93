a = 256
b = 257
z = 0
print(a + z is a, b + z is b)
