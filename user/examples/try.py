def divide(a, b):
    try:
        result = a // b
    except ZeroDivisionError as error:
        print("caught", error)
        result = None
    finally:
        print("finally")
    return result


print(divide(7, 2))
print(divide(1, 0))
print(divide(1, None))
