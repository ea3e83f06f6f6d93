# for i in range(n): L = [L]


def loop():
    global L
    L = []
    for i in range(turns):
        L = [L]
    print(len(L))
