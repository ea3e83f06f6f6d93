# SPDX-License-Identifier: GPL-2.0-only
# CPython's side of pymm bench. It first writes its version; then reads lines "TURNS FILE", and answers each with the
# time that loop() of that file took, in ns, and what it printed, which is one line. A file is a module of its own, and
# keeps its globals, as an arena does.
import contextlib
import io
import sys
import time


def load(path):
    globals_of = {"__name__": path}
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), globals_of)
    return globals_of


def run(loop):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        started = time.perf_counter_ns()
        loop()
        ns = time.perf_counter_ns() - started
    return ns, printed.getvalue()


def main():
    modules = {}
    print(sys.version.split()[0], flush=True)
    for line in sys.stdin:
        turns, path = line.rstrip("\n").split(" ", 1)
        if path not in modules:
            modules[path] = load(path)
        modules[path]["turns"] = int(turns)
        ns, printed = run(modules[path]["loop"])
        print(ns, printed, end="", flush=True)


main()
