len = lambda o: 7
print(len([]))
del len
print(len([]))
