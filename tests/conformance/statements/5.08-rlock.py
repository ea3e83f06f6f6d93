import gc
import threading

L = threading.RLock()
print(type(L).__name__, gc.is_tracked(L), L.acquire(), L.acquire(), L.acquire(False))
L.release()
L.release()
L.release()
try:
    L.release()
except RuntimeError as error:
    print(error)
print(L.acquire(False))
L.release()
