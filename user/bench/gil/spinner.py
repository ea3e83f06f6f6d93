# SPDX-License-Identifier: GPL-2.0-only
with open(__name__.rpartition("/")[0] + "/common.py", encoding="utf-8") as file:
    exec(file.read())


def loop():
    # Thousandths: how many times longer a thread that computes takes beside pings.
    with Echo() as echo, Spinners(1) as beside:
        before = time.perf_counter_ns()
        for _ in range(turns):
            echo.ping()
        ns = time.perf_counter_ns() - before
    with Spinners(1) as alone:
        time.sleep(ns / 1e9)
    print(1000 * alone.turns // max(1, beside.turns))
