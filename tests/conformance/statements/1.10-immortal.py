import sys

print({sys.getrefcount(o) for o in (None, True, False, 1, -5, 256, (), '', b'', 'a', int)})
