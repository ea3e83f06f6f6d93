import sys

print(sys.getrefcount([]))
