# SPDX-License-Identifier: GPL-2.0-only
# What CPython's sides of the rows gil/... share. Each file of a row has a function loop() that does what the row measures
# "turns" times and prints the result, in ns or thousandths.
import os
import sys
import threading
import time


def median(values):
    return sorted(values)[len(values) // 2]


class Spinners:
    """Threads that compute while the block is executed, at a switch interval in seconds."""

    def __init__(self, count, interval=0.005):
        self.stop = False
        self.turns = 0
        self.threads = [threading.Thread(target=self.spin) for _ in range(count)]
        self.interval = interval

    def spin(self):
        n = 0
        while not self.stop:
            n += 1
        self.turns += n

    def __enter__(self):
        self.before = sys.getswitchinterval()
        sys.setswitchinterval(self.interval)
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *unused):
        self.stop = True
        for thread in self.threads:
            thread.join()
        sys.setswitchinterval(self.before)


THINK = 0.001


class Echo:
    """A process that writes back what it reads, after some thought."""

    def __enter__(self):
        to, self.there = os.pipe()
        self.here, back = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os.close(self.there)
            while os.read(to, 1):
                time.sleep(THINK)
                os.write(back, b"x")
            os._exit(0)
        os.close(to)
        os.close(back)
        return self

    def ping(self):
        os.write(self.there, b"x")
        os.read(self.here, 1)

    def __exit__(self, *unused):
        os.close(self.there)
        os.close(self.here)
        os.waitpid(self.pid, 0)


def take(interval):
    """How long it takes to have the GIL again beside a thread that computes."""
    times = []
    with Spinners(1, interval):
        for _ in range(turns):
            before = time.perf_counter_ns()
            time.sleep(0.002)
            times.append(time.perf_counter_ns() - before - 2000000)
    print(median(times))


def ping(spinners):
    """How long a byte takes to another process and back, but for what that one thinks."""
    times = []
    with Echo() as echo, Spinners(spinners):
        for _ in range(turns):
            before = time.perf_counter_ns()
            echo.ping()
            times.append(time.perf_counter_ns() - before - int(THINK * 1e9))
    print(median(times))
