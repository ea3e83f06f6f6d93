# for i in range(n): L[i] = []


def loop():
    for i in range(turns):
        L[i] = []
    print(len(L))
