def find(d, key):
    try:
        return d[key]
    except KeyError as error:
        raise LookupError("not found") from error


try:
    find({}, "a")
except LookupError as error:
    print(error, error.__cause__.args)
    print(error.__cause__ is error.__context__)
    raise
