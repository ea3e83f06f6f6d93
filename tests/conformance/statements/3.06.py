class F:
    def __del__(s):
        global k
        k = s
        print('del', end=' ')


f = F()
del f
del k
print('gone')
