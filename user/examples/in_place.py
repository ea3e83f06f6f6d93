my_list = [1, 2, 3]
print(f"Before: id(my_list) = {id(my_list)}")
my_list.append(4)
print(f"After: id(my_list) = {id(my_list)}")
print(my_list)
