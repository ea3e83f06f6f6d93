# L = [None] * n: what is to hold the objects, so that their memory can be told from its own


def loop():
    global L
    L = [None] * turns
    print(len(L))
