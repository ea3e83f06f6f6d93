# SPDX-License-Identifier: GPL-2.0-only
# CPython's side of pymm bench. It first writes its version; then reads lines "TURNS FILE", and answers each with the
# time that loop() of that file took, in ns, the bytes that are in use after it, and what it printed, which is one line.
#   measure.py            a file is a module of its own, and keeps its globals; bytes are not counted and are 0
#   measure.py heap       all files have the same globals, as programs in an arena have
#   measure.py memory     so they have, and bytes are counted: those asked for, of which allocators make more, as an
#                         arena counts its own. sys.getsizeof() leaves out the attributes of instances.
# On a heap, the objects that CPython began with are frozen: an arena has none such, which a collection would look at.
import gc
import io
import sys
import time


def load(path, globals_of):
    globals_of["__name__"] = path
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), globals_of)
    return globals_of["loop"], globals_of


def run(loop):
    printed = io.StringIO()
    stdout, sys.stdout = sys.stdout, printed
    try:
        started = time.perf_counter_ns()
        loop()
        ns = time.perf_counter_ns() - started
    finally:
        sys.stdout = stdout
    return ns, printed.getvalue()


def main(mode=None):
    loaded = {}
    shared = {} if mode else None
    traced = None
    print(sys.version.split()[0], flush=True)
    if mode == "memory":
        # Only here: it imports much, and that takes its time.
        import tracemalloc as traced
        traced.start()
    if mode:
        gc.collect()
        gc.freeze()
    for line in sys.stdin:
        turns, path = line.rstrip("\n").split(" ", 1)
        if path not in loaded:
            loaded[path] = load(path, {} if shared is None else shared)
        loop, globals_of = loaded[path]
        globals_of["turns"] = int(turns)
        ns, printed = run(loop)
        print(ns, traced.get_traced_memory()[0] if traced else 0, printed, end="", flush=True)


main(*sys.argv[1:])
