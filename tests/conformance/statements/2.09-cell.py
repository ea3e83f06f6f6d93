print([f() for f in [lambda: i for i in range(3)]])
