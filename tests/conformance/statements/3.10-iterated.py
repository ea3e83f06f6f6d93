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
