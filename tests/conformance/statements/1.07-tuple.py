r = (1, 2)
s = (1, 2)
n = 1
print(r is s, (n, 2) is r, (n, 2) == r)
