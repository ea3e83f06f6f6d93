def ap(item, my_list=[]):
    my_list.append(item)
    return my_list


a = ap(1)
print(a)
b = ap(2)
print(b, a is b)
