try:
    1 / 0
except ZeroDivisionError as e:
    pass
print('e' in globals())


def f():
    e = 1
    try:
        1 / 0
    except ZeroDivisionError as e:
        print(e)
    return e


try:
    f()
except UnboundLocalError as error:
    print(error)
