p = 300
r = (1, 2)
z = 7, 'one', ()
# ---- compiled by itself ----
q = 300
s = (1, 2)
t = (1, 2)
y = 7, 'one', ()
# ---- compiled by itself ----
print(p is q, r is s, s is t, z is y, z[0] is y[0], z[1] is y[1], z[2] is y[2])
