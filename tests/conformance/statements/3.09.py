class F:
    def __del__(s):
        1 / 0


f = F()
del f
print('on')
