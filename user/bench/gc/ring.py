# first = last = []; for i in range(n): last = [last]; first.append(last)


def loop():
    first = last = []
    for i in range(turns):
        last = [last]
    first.append(last)
    print(len(first))
