def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def swap(a, b):
    return b, a


print(fib(15))
print(swap("first", "second"))
print(swap(1))
