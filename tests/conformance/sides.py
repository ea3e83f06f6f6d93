# SPDX-License-Identifier: GPL-2.0-only
"""Running programs on CPython and on pymm."""

import difflib
import os
import subprocess
import sys

from compiler import Source, translate
from parts import parts

HERE = os.path.dirname(os.path.abspath(__file__))
RUNNER = os.path.join(HERE, "run_device")
RUNNER_HELP = "run_native, or run_device (the default)"
MARK = "\x1e "
AT_ONCE = 200       # programs in one process
LONGEST = 60        # seconds of a program, on the slowest kernel


def compile_file(path, to):
    """Compile a program in Python, each part of it; returns what pymm() takes; raises Refused."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    written = []
    for number, part in enumerate(parts(text)):
        written.append(f"{to}.{number}")
        with open(written[-1], "w", encoding="utf-8") as file:
            file.write(translate(Source(part, path)))
    return ",".join(written)


def _outputs(command, programs):
    """What each of several programs prints; None where its process ended before it."""
    done = subprocess.run([*command, *programs], capture_output=True, text=True, errors="replace",
                          check=False, timeout=LONGEST * len(programs))
    texts = {}
    for part in done.stdout.split(MARK)[1:]:
        program, _, text = part.partition("\n")
        texts[program] = text
    if done.returncode and texts:
        texts[program] += f"<ended with {done.returncode}>\n{done.stderr}"
    elif done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr}")
    return texts


def _in_batches(command, programs):
    texts = {}
    while programs:
        texts.update(_outputs(command, programs[:AT_ONCE]))
        # What came after one that ended its process is run again.
        programs = [program for program in programs if program not in texts]
    return texts


def reference(paths):
    """What programs print on CPython, by path."""
    return _in_batches([sys.executable, os.path.join(HERE, "reference.py")], paths)


def pymm(runner, programs):
    """What compiled programs print on pymm."""
    return _in_batches([runner], programs)


def difference(expected, seen):
    """The lines in which two texts differ."""
    return difflib.unified_diff((expected or "").splitlines(), (seen or "").splitlines(),
                                "CPython", "pymm", lineterm="", n=1)
