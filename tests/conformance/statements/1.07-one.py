x = 300
y = 300
print(x is y)
