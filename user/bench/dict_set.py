# d["a"] = x: keys that are there after the first turn, and another value each time


def loop():
    x = 1000
    y = 2000
    d = {}
    n = turns
    while n:
        d["a"] = x
        d["b"] = x
        d["c"] = x
        d["d"] = x
        d["e"] = x
        d["a"] = y
        d["b"] = y
        d["c"] = y
        d["d"] = y
        d["e"] = y
        n -= 1
    print(d)
