class Resource:
    def __init__(self, name):
        self.name = name

    def __enter__(self):
        print("enter", self.name)
        return self

    def __exit__(self, kind, error, traceback):
        print("exit", self.name, error)
        return self.name == "forgiving"


def use(resource, n):
    with resource as r:
        print("in", r.name, 10 // n)
    print("done")


use(Resource("plain"), 2)
use(Resource("forgiving"), 0)
use(Resource("strict"), 0)
