my_list = [1, 2, 3]
other = my_list
before = id(my_list)
my_list.append(4)
my_list += [5]
print(other, id(my_list) == before)
