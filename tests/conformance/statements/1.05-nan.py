inf = 1e300 * 1e300
n = inf - inf
print(n == n, n in [n], [n] == [n])
