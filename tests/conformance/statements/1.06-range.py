r = [n for n in range(-2000, 3000) if int(str(n)) is int(str(n))]
print(r[0], r[-1])
