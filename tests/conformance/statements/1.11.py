print(() is tuple([]), '' is str(), b'' is bytes(0), frozenset() is frozenset([]), [] is [])
