# for i in range(n // 2): a = C(); b = C(); a.o = b; b.o = a


def loop():
    global C

    class C:
        pass

    for i in range(turns // 2):
        a = C()
        b = C()
        a.o = b
        b.o = a
    print(turns)
