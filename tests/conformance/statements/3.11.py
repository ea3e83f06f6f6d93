class Q:
    def __del__(s):
        d['new'] = 1


d = {'a': Q(), 'b': 2}
try:
    for k in d:
        d['a'] = 0
except RuntimeError as e:
    print(e)
