# del L


def loop():
    global L
    del L
    print(turns)
