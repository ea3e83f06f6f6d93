# l.append(x): after a thousand of them the list is dropped for a new one


def loop():
    x = 1000
    n = turns
    while n:
        l = []
        m = 100
        while m:
            l.append(x)
            l.append(x)
            l.append(x)
            l.append(x)
            l.append(x)
            l.append(x)
            l.append(x)
            l.append(x)
            l.append(x)
            l.append(x)
            m -= 1
        n -= 100
    print(len(l))
