for v in ([], {}, set(), ([],)):
    try:
        hash(v)
    except TypeError as e:
        print(e)
