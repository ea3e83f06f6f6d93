t = (1, 2)
s = 'ab'
i = 10**9
f = frozenset([1])
print(tuple(t) is t, t[:] is t, t + () is t, str(s) is s, int(i) is i, frozenset(f) is f)
