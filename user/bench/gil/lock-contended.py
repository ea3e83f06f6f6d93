# SPDX-License-Identifier: GPL-2.0-only
with open(__name__.rpartition("/")[0] + "/common.py", encoding="utf-8") as file:
    exec(file.read())


def loop():
    lock = threading.Lock()

    def work():
        n = turns
        while n > 0:
            lock.acquire(); lock.release()
            n -= 1

    threads = [threading.Thread(target=work) for _ in range(2)]
    before = time.perf_counter_ns()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print((time.perf_counter_ns() - before) // (2 * turns))
