# SPDX-License-Identifier: GPL-2.0-only
with open(__name__.rpartition("/")[0] + "/common.py", encoding="utf-8") as file:
    exec(file.read())


def loop():
    lock = threading.Lock()
    n = turns // 10
    before = time.perf_counter_ns()
    while n > 0:
        lock.acquire(); lock.release()
        lock.acquire(); lock.release()
        lock.acquire(); lock.release()
        lock.acquire(); lock.release()
        lock.acquire(); lock.release()
        lock.acquire(); lock.release()
        lock.acquire(); lock.release()
        lock.acquire(); lock.release()
        lock.acquire(); lock.release()
        lock.acquire(); lock.release()
        n -= 1
    print((time.perf_counter_ns() - before) // turns)
