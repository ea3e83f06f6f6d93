import gc

gc.disable()


class D:
    def __del__(s):
        print('dead', end=' ')


d = D()
d = None
print('next')
