# SPDX-License-Identifier: GPL-2.0-only
"""Running programs on CPython and on pymm."""

import difflib
import os
import re
import subprocess
import sys

from compiler import Source, translate

HERE = os.path.dirname(os.path.abspath(__file__))
RUNNER_HELP = "run_native; without it, 'pymm program run'"
MARK = "\x1e "
AT_ONCE = 200       # programs in one process


def compile_file(path, to):
    """Compile a program in Python; raises Refused."""
    with open(path, encoding="utf-8") as file:
        text = translate(Source(file.read(), path))
    with open(to, "w", encoding="utf-8") as file:
        file.write(text)


def _outputs(command, paths):
    """What each of several programs prints; None where its process ended before it."""
    done = subprocess.run([*command, *paths], capture_output=True, text=True, errors="replace",
                          check=False)
    texts = {}
    for part in done.stdout.split(MARK)[1:]:
        path, _, text = part.partition("\n")
        texts[path] = text
    if done.returncode and texts:
        texts[path] += f"<ended with {done.returncode}>\n{done.stderr}"
    elif done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr}")
    return texts


def _in_batches(command, paths):
    texts = {}
    while paths:
        texts.update(_outputs(command, paths[:AT_ONCE]))
        # What came after one that ended its process is run again.
        paths = [path for path in paths if path not in texts]
    return texts


def reference(paths):
    """What programs print on CPython, by path."""
    return _in_batches([sys.executable, os.path.join(HERE, "reference.py")], paths)


def pymm(runner, paths):
    """What programs of pyasm print on the core in user space, or without it on /dev/pymm."""
    if runner:
        return _in_batches([runner], paths)
    return {path: _command_output(path) for path in paths}


def _command_output(path):
    done = subprocess.run(["pymm", "program", "run", path], capture_output=True, text=True,
                          check=False)
    match = re.fullmatch(r".*?:\d+: (\w+)(?:: (.*))?\n", done.stderr, re.DOTALL)
    error = f"{match[1]}: {match[2] or ''}\n" if match else done.stderr
    return done.stdout + error


def difference(expected, seen):
    """The lines in which two texts differ."""
    return difflib.unified_diff((expected or "").splitlines(), (seen or "").splitlines(),
                                "CPython", "pymm", lineterm="", n=1)
