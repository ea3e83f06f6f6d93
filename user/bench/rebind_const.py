# x = 1000, a global: two constants in turn, so that another object is bound each time


def loop():
    global x
    n = turns
    while n:
        x = 1000
        x = 2000
        x = 1000
        x = 2000
        x = 1000
        x = 2000
        x = 1000
        x = 2000
        x = 1000
        x = 2000
        n -= 1
    print(x)
