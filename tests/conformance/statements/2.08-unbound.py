x = 1


def f():
    try:
        print(x)
    except UnboundLocalError:
        print('unbound')
    x = 2


f()
