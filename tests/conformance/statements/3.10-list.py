class Q:
    def __del__(s):
        print(len(L))


L = [Q(), 1, 2]
del L[:]
