t = ([],)
try:
    t[0] += [1]
except TypeError:
    print('TypeError', t)
