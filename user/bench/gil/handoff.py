# SPDX-License-Identifier: GPL-2.0-only
with open(__name__.rpartition("/")[0] + "/common.py", encoding="utf-8") as file:
    exec(file.read())


def loop():
    times = []
    go = threading.Lock()
    done = threading.Lock()
    go.acquire()
    done.acquire()
    dropped = 0

    def other():
        for _ in range(turns):
            go.acquire()
            times.append(time.perf_counter_ns() - dropped)
            done.release()

    thread = threading.Thread(target=other)
    before = sys.getswitchinterval()
    # Nobody is to ask for it.
    sys.setswitchinterval(10)
    thread.start()
    for _ in range(turns):
        go.release()
        # Until the other one waits for the GIL.
        until = time.perf_counter_ns() + 1000000
        while time.perf_counter_ns() < until:
            pass
        dropped = time.perf_counter_ns()
        done.acquire()
    thread.join()
    sys.setswitchinterval(before)
    print(median(times))
