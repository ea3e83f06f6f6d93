l = [1]
i = id(l)
l += [2]
t = (1,)
j = id(t)
k = t
t += (2,)
print(id(l) == i, id(t) == j, k)
