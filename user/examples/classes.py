class Point:
    def __init__(self, x):
        self.x = x

    def double(self):
        return self.x + self.x

    def __del__(self):
        print("del", self.x)


p = Point(21)
print(p.double())
q = p
del p
print("still there")
del q
print("gone")
