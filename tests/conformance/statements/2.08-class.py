class A:
    v = 1

    def m(s):
        return v


try:
    A().m()
except NameError:
    print('no class scope')
