# for i in range(n): L[i] = (i, L)


def loop():
    for i in range(turns):
        L[i] = (i, L)
    print(len(L))
