# counter += 1, a global


def loop():
    global counter
    counter = 0
    n = turns
    while n:
        counter += 1
        counter += 1
        counter += 1
        counter += 1
        counter += 1
        counter += 1
        counter += 1
        counter += 1
        counter += 1
        counter += 1
        n -= 1
    print(counter)
