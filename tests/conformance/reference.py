#!/usr/bin/python3.13
# SPDX-License-Identifier: GPL-2.0-only
"""What programs print on CPython, as run_native prints it: reference.py FILE...

Before what each prints stands a line "\\x1e FILE"; an exception that ends it is the last line. What
dies when its namespace does is not printed.
"""

import gc
import io
import os
import sys

from parts import parts

# Of a collector that nobody has told anything.
THRESHOLDS = gc.get_threshold()


def unraisable(info):
    """An exception in a finalizer or a callback."""
    print(f"Exception ignored: {info.exc_type.__name__}: {info.exc_value}")


def as_new():
    """The collector, whatever a program has told it."""
    gc.callbacks.clear()
    gc.set_debug(0)
    gc.set_threshold(*THRESHOLDS)
    gc.garbage.clear()
    gc.unfreeze()
    gc.enable()


def run(path):
    """The text that a program prints."""
    with open(path, encoding="utf-8") as file:
        codes = [compile(part, path, "exec") for part in parts(file.read())]
    namespace = {"__name__": "__main__"}
    gc.collect()
    sys.stdout = io.StringIO()
    try:
        while codes:
            exec(codes.pop(0), namespace)
    except Exception as error:  # pylint: disable=broad-except
        print(f"{type(error).__name__}: {error}")
        del error
    as_new()
    text = sys.stdout.getvalue()
    namespace.clear()
    gc.collect()
    sys.stdout = sys.__stdout__
    return text


def main():
    """Run all."""
    sys.unraisablehook = unraisable
    for path in sys.argv[1:]:
        text = run(path)
        print(f"\x1e {path}\n{text}", end="")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
