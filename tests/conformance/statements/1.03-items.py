for o in ((1, 2), 'ab', b'ab'):
    try:
        o[0] = o[0]
    except TypeError as e:
        print(e)
