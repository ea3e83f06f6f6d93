# What iterates over a dict goes by places: what is deleted and added meanwhile is met, or not, as the table grows.
def run(n, m):
    d = {}
    for i in range(n):
        d[i] = i
    out = []
    try:
        for k in d:
            out.append(k)
            del d[k]
            d[k + 100] = 1
            if len(out) > m:
                break
    except RuntimeError as e:
        print('err', str(e))
    print(n, m, out, len(d))
run(1, 3)
run(2, 8)
run(3, 8)
run(3, 20)
run(4, 20)
run(5, 20)
run(6, 30)
run(9, 30)
run(10, 30)
run(11, 50)
run(20, 80)
run(21, 80)
e = {1: 1, 2: 2}
f = []
try:
    for k in e:
        f.append(k)
        del e[k]
        e[k + 7] = 2
        if len(f) > 10:
            break
except RuntimeError as x:
    print('err', str(x))
print(f)


# The first key that is no str has a table of strs made anew.
def mixed(n, at):
    d = {}
    for i in range(n):
        d['k' + str(i)] = i
    out = []
    try:
        for k in d:
            out.append(k)
            if len(out) == at:
                del d[k]
                d[at] = 1
            if len(out) > 30:
                break
    except RuntimeError as error:
        print('error', str(error))
    print(n, at, out, len(d))


mixed(2, 1)
mixed(4, 1)
mixed(4, 2)
mixed(4, 4)
mixed(5, 2)
mixed(7, 3)
mixed(10, 1)
mixed(12, 5)
g = {'a': 0, 'b': 1, 'c': 2, 'd': 3}
out = []
for k in g:
    out.append(k)
    if k == 'a':
        del g['a']
        g[1] = 1
print(out)
