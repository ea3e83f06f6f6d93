print(hash(1) == hash(1.0) == hash(True), hash(-1), len({1, 1.0, True}))
