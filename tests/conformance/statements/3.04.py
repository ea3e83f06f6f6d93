h = None
for _ in range(50000):
    h = [h]
del h
for _ in range(50000):
    h = (h,) if _ else None
del h
print('ok')
