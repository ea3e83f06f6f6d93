def append_to_list(item, my_list=[]):
    my_list.append(item)
    return my_list


print(append_to_list(1))
print(append_to_list(2))
