# for i in range(n): L[i] = C(i)


def loop():
    global C

    class C:
        def __init__(self, a):
            self.a = a

    for i in range(turns):
        L[i] = C(i)
    print(len(L))
