import threading


def main():
    global counter, lock
    if "lock" not in globals():
        counter = 0
        lock = threading.Lock()
    n = 100_000
    while n > 0:
        with lock:
            counter += 1
        n -= 1
    print(counter)


main()
