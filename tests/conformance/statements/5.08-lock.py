import threading

L = threading.Lock()
print(type(L).__name__, L.acquire(), L.acquire(False))
L.release()
print(L.acquire(False))
L.release()
try:
    L.release()
except RuntimeError as error:
    print(error)
try:
    threading.Lock().release()
except RuntimeError as error:
    print(error)
