n = float('nan')
print(n == n, n in [n], [n] == [n])
