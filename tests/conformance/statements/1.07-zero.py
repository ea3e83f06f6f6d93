p = 0.0
q = -0.0
print(p == q, p is q)
