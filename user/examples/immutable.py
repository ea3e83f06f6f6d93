old = s = "hello"
s += " world"
print(old, "|", s, "|", old is s)
old = t = (1, 2)
t += (3,)
print(old, t)
old[0] = 0
