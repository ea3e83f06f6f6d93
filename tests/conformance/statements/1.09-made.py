c = 'hello world!'
h = 'hello'
e = h + ' world!'
print(c is e, c == e)
