# x = y, globals: y and z in turn, so that another object is bound each time


def loop():
    global x, y, z
    y = 1000
    z = 2000
    n = turns
    while n:
        x = y
        x = z
        x = y
        x = z
        x = y
        x = z
        x = y
        x = z
        x = y
        x = z
        n -= 1
    print(x)
