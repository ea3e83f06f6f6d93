# SPDX-License-Identifier: GPL-2.0-only
with open(__name__.rpartition("/")[0] + "/common.py", encoding="utf-8") as file:
    exec(file.read())


def count(n):
    while n > 0:
        n -= 1


def loop():
    # Thousandths: the time of two threads to that of one that does all the work.
    count(turns // 10)
    before = time.perf_counter_ns()
    count(2 * turns)
    serial = time.perf_counter_ns() - before
    threads = [threading.Thread(target=count, args=(turns,)) for _ in range(2)]
    before = time.perf_counter_ns()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(1000 * (time.perf_counter_ns() - before) // serial)
