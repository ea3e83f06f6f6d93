x = 1
globals()['x'] = 2
print(x)
