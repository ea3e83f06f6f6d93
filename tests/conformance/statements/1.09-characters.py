a = 'x\xe9\xe9\u0100\u0100'
print(a[1] is a[2], a[3] is a[4], '' is a[5:])
