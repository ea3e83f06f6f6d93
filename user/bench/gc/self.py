# for i in range(n): l = []; l.append(l)


def loop():
    for i in range(turns):
        l = []
        l.append(l)
    print(turns)
