class D:
    def __del__(s):
        print('the list has', len(t[0]))


t = ([D()],)
t[0] += [1]
