# for i in range(n): L[i] = {'a': i, 'b': []}


def loop():
    for i in range(turns):
        L[i] = {'a': i, 'b': []}
    print(len(L))
