s = {1, 2.5, 1.0}
print(len(s))
x = 0.1 + 0.2
print(x)
s.add(x)
print(0.3 in s, x in s)
print(frozenset(s) == s)
s.remove(2)
