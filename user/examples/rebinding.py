s = "hello"
print(f"Before: id(s) = {id(s)}")
s = "world"
print(f"After: id(s) = {id(s)}")
