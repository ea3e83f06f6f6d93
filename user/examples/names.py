x = 300
y = x
print(f"x is: {x}, id: {id(x)}")
print(f"y is: {y}, id: {y}")
print(f"Are x and y the same object? {x is y}")
x = 400
print(f"\nAfter reassigning x:")
print(f"x is: {x}, id: {id(x)}")
print(f"y is: {y}, id: {id(y)}")
print(f"Are x and y the same object now? {x is y}")
