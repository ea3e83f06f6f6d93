def f():
    s = 'x' * 100000
    k = i = 0
    for _ in range(2000):
        k += (id(s) == i)
        i = id(s)
        t = s
        s += 'y'
    return k


print(f())
