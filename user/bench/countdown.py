# while n: n -= 1


def loop():
    n = turns
    while n:
        n -= 1
    print(n)
