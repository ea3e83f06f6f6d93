class Q:
    def __del__(s):
        d['new'] = 1


d = {'a': Q(), 'b': 2}
for k in d:
    d['a'] = 0
