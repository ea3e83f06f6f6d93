#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Run each example with pymm, and the Python beside it with CPython: both must say the same.

An interpreter takes long to begin where the processor is emulated: there is one, of which each
Python program gets a copy.
"""

import difflib
import gc
import os
import re
import subprocess
import sys
import tempfile


def be(path):
    """Be the interpreter that was called with that program: its names are the program's."""
    names, collect = globals(), gc.collect
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec")
    for name in [name for name in names if not name.startswith("__")]:
        del names[name]
    collect()
    exec(code, names)


def run_python(path):
    """(exit status, stdout, stderr), or None in the copy."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        sys.stdout.flush()
        child = os.fork()
        if not child:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            be(path)
            return None
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        return status, out.read(), err.read()


def run_pymm(path):
    done = subprocess.run(["pymm", "program", "run", path], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def plain(status, out, err):
    """What is to be the same, as lines.

    Ids differ: each is replaced by its number among those that the output has. Of what is said of
    the exception that ended it, the last line is, without the place that pymm says.
    """
    seen = {}

    def number(match):
        return f"id{match[1]} #{seen.setdefault(match[2], len(seen))}"

    out = re.sub(r"\bid(\(\w+\) =|:) (\d+)", number, out)
    error = [re.sub(r"^\S+\.pyasm:\d+: ", "", line) for line in err.splitlines()[-1:]]
    return [f"status {status}", *out.splitlines(), *error]


def main(directory):
    programs = sorted(name for name in os.listdir(directory) if name.endswith(".pyasm"))
    failed = 0
    for count, name in enumerate(programs, 1):
        path = os.path.join(directory, name)
        python = run_python(path.removesuffix("asm"))
        if python is None:
            return 0
        python, pymm = plain(*python), plain(*run_pymm(path))
        same = python == pymm and len(python) > 1
        failed += not same
        for line in difflib.unified_diff(python, pymm, "CPython", "pymm", lineterm=""):
            print("#", line)
        print("ok" if same else "not ok", count, "examples." + name.removesuffix(".pyasm"))
    print(f"1..{len(programs)}")
    print(f"# Totals: pass:{len(programs) - failed} fail:{failed} xfail:0 xpass:0 skip:0 error:0")
    return failed > 0 or not programs


# Of the copy's names none is left.
raise SystemExit(main(sys.argv[1]))
