import weakref


class Node:
    pass


def died(ref):
    print("died", ref() is None)


node = Node()
r = weakref.ref(node, died)
print(r() is node)
del node
print(r())
