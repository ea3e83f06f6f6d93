class Q:
    def __del__(s):
        print('k' in d and d['k'], len(d), end=' ')


d = {}
d['k'] = Q()
d['k'] = 1
d['k'] = Q()
del d['k']
