def total(items):
    sum = 0
    for item in items:
        sum += item
    return sum


print(total(range(1, 11)))
print(total((1.5, 2)))
i = iter("ab")
print(next(i), next(i), next(i, "end"))
next(i)
