n = 299
p = n + 1
q = n + 1
print(p is q, p is 300, p == q)
