t = ([],)
t[0].append(1)
print(t)
