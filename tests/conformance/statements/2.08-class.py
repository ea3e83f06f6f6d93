class A:
    v = 1

    def m(s):
        return v


A().m()
