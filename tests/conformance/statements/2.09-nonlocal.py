def c():
    n = 0

    def inc():
        nonlocal n
        n += 1
        return n
    return inc


f = c()
f()
print(f())
g = c()
print(g(), f())
