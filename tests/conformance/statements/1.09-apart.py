p = 'hello'
r = 'a b'
x = b'hello'
# ---- compiled by itself ----
q = 'hello'
s = 'a b'
y = b'hello'
# ---- compiled by itself ----
print(p is q, r is s, x is y)
