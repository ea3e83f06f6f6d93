# x = []: the list before it is freed


def loop():
    n = turns
    while n:
        x = []
        x = []
        x = []
        x = []
        x = []
        x = []
        x = []
        x = []
        x = []
        x = []
        n -= 1
    print(x)
