# for i in range(n): L[i] = [1, 2, 3, 4, 5, 6, 7, 8]


def loop():
    for i in range(turns):
        L[i] = [1, 2, 3, 4, 5, 6, 7, 8]
    print(len(L))
