def main():
    global counter
    if "counter" not in globals():
        counter = 0
    n = 100_000
    while n > 0:
        counter += 1
        n -= 1
    print(counter)


main()
