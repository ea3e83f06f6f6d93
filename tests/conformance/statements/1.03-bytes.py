o = b'ab'
o[0] = o[0]
