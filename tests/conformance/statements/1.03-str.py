o = 'ab'
o[0] = o[0]
