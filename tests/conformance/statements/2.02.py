class Q:
    def __del__(s):
        print(type(x).__name__)


x = Q()
x = 5
