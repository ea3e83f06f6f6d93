#!/usr/bin/python3.13
# SPDX-License-Identifier: GPL-2.0-only
"""Run programs made at random on CPython and on pymm, and compare them after each step.

A program that differs is shrunk, and printed in Python and as pyasm.
"""

import argparse
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from itertools import zip_longest

import programs
import sides
from compiler import Refused, Source, translate
from parts import parts
from shrink import shrink

LENGTH = 100        # steps of a program
BATCH = 40          # programs at a time, at most
OPCODES = os.path.join(sides.HERE, "../../include/uapi/linux/pymm_ops.h")
SHOWN = 5           # programs that differ, until it ends

# How both show what has an address or a number.
SHAPES = [
    (r"\(<lambda>\)>", ">"),
    (r"type '\w+' is not subscriptable", "'type' object is not subscriptable"),
    (r"('S' object has no attribute 'nothing') and no __dict__ for setting new attributes", r"\1"),
    ("doesn't support item deletion", "does not support item deletion"),
    (r"<lambda>(\(\) )", r"lambda\1"),
    (r"\b(?:\w+\.<locals>\.)*(?:(?:[B-HM-TW-Z]|K\d+)\.)?(\w+?)(?:_\d+)?(\(\) (?:missing|takes|got))", r"\1\2"),
    (r"<class '(?:__main__\.)?(?:\w+\.<locals>\.)*", "<class '"),
    (r"<(?:__main__\.)?(?:\w+\.<locals>\.)*([B-HMNRSWT]|K\d+) object at [^<>]*>", r"<\1>"),
    (r"<function [^ ]*(?:<locals>\.(?:<lambda>|\w+))? at [^<>]*>", "<function>"),
    (r"<function at [^<>]*>", "<function>"),
    (r"<weakref at (?:[^<>(]|\([^()]*\)|<[^<>]*>)*>", "<weakref>"),
    (r"<cell at [^<>]*>", "<cell>"),
    (r"<bound method [\w.]+ of <\w+>>", "<method>"),
    (r"<method at [^<>]*>", "<method>"),
    (r"<frame at [^<>]*(?:<\w+>)?>", "<frame>"),
    (r"<traceback (?:object )?at [^<>]*>", "<traceback>"),
    (r"<(?:(?:un)?locked _thread\.)?lock (?:object )?at [^<>]*>", "<lock>"),
    (r"<(\w*iterator)(?: object)? at [^<>]*>", r"<\1>"),
]


def normalize(text):
    """A text in which both sides show objects the same."""
    for shape, shown in SHAPES:
        text = re.sub(shape, shown, text)
    return text


def run_both(runner, all_steps):
    """What both sides print of several programs: [(steps, CPython's, pymm's)]."""
    with tempfile.TemporaryDirectory() as scratch:
        sources, compiled = [], []
        for number, steps in enumerate(all_steps):
            sources.append(os.path.join(scratch, f"{number}.py"))
            with open(sources[-1], "w", encoding="utf-8") as file:
                file.write(programs.program(steps))
            compiled.append(sides.compile_file(sources[-1], sources[-1][:-3]))
        expected, seen = sides.reference(sources), sides.pymm(runner, compiled)
        return [(steps, normalize(expected[source]), normalize(seen.get(text, "")))
                for steps, source, text in zip(all_steps, sources, compiled)]


def exception(line):
    """The exception that ends a program with this line, or None."""
    match = re.match(r"(\w+(?:Error|Iteration)): ", line or "")
    return match and match[1]


def kind(expected, seen):
    """How two texts differ: the exceptions that end them there, and whether it does not end well
    itself; None if they do not."""
    for one, other in zip_longest(expected.splitlines(), seen.splitlines()):
        if one != other:
            return exception(one), exception(other), (other or "").startswith("<ended")
    return None


def kind_of(runner, steps):
    """How a program differs; None if not, or if it cannot be compiled."""
    try:
        [(_, expected, seen)] = run_both(runner, [steps])
    except (Refused, SyntaxError, subprocess.TimeoutExpired):
        return None
    return kind(expected, seen)


def run_batch(job):
    """(steps made, those programs of some seeds that differ, how often steps have each opcode)"""
    runner, seeds, counts = job
    made = [programs.make(seed, LENGTH) for seed in seeds]
    found = [(seed, steps) for seed, (steps, expected, seen) in zip(seeds, run_both(runner, made))
             if expected != seen]
    opcodes = Counter()
    for steps in made if counts else ():
        opcodes.update(line.split()[0] for line in pyasm(steps) if re.match(r"\t[A-Z]", line))
    return sum(map(len, made)), found, opcodes


def show_opcodes(counted):
    """A table of all there are."""
    with open(OPCODES, encoding="utf-8") as file:
        names = re.findall(r"^PYMM_OP\(\d+, (\w+)", file.read(), re.MULTILINE)
    for name in names:
        print(f"{counted[name]:9} {name}")
    print(f"# of {len(names)} opcodes {sum(name in counted for name in names)} are in the steps")


def report(job):
    """A program that differs, as small as it can be made, in both languages."""
    runner, seed, steps = job
    how = kind_of(runner, steps)
    small = shrink(steps, lambda some: kind_of(runner, some) == how)
    for i, step in enumerate(small):
        def with_lines(lines, i=i):
            return [*small[:i], "\n".join(lines), *small[i + 1:]]
        if "while " in step:
            continue
        lines = shrink(step.splitlines(), lambda some: kind_of(runner, with_lines(some)) == how)
        small = with_lines(lines)
    [(_, expected, seen)] = run_both(runner, [small])
    return "\n".join([
        f"differs: --seed {seed}. As small as it was made, {len(small)} of {len(steps)} steps, in Python:",
        *(f"    {line}" for step in small for line in step.splitlines()),
        "what is printed after each step (prelude.py), by CPython (-) and by pymm (+):",
        *(f"  {line}" for line in sides.difference(expected, seen)),
        "these steps as .pyasm:",
        *(f"    {line}" for line in pyasm(small)),
        f"again: make conformance STEPS=1 GUEST_STEPS=1 SEED={seed}"])


def pyasm(steps):
    """The lines of a program in pyasm that are of its steps."""
    first, *more = parts(programs.program(steps))
    with_prelude, prelude = blocks(first), blocks(programs.program([]))
    main = with_prelude[0].partition(": print('--', 0)")[2].splitlines()[1:]
    own = [block for block in with_prelude[1:] if block not in prelude]
    return main + "\n".join(own + [block for part in more for block in blocks(part)]).splitlines()


def blocks(part):
    """The code objects of a part of a program."""
    return translate(Source(part, "program")).split("\n\n")


def seeds_from(first, size):
    """Batches of seeds, without end."""
    while True:
        yield range(first, first + size)
        first += size


def main():
    """0 when all is the same."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runner", default=sides.RUNNER, help=sides.RUNNER_HELP)
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1, help="of the first program")
    parser.add_argument("--opcodes", action="store_true",
                        help="how often the steps have each one, as a table")
    args = parser.parse_args()
    warnings.simplefilter("ignore", SyntaxWarning)
    if os.environ.get("PYTHONHASHSEED") != "0":
        # A seed makes the same steps each time.
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"})
    begin, steps, found, ran = time.monotonic(), 0, [], 0
    opcodes = Counter()
    size = min(BATCH, -(-args.steps // LENGTH // multiprocessing.cpu_count()))
    with multiprocessing.Pool() as pool:
        jobs = ((args.runner, seeds, args.opcodes) for seeds in seeds_from(args.seed, size))
        while steps < args.steps and len(found) < SHOWN:
            jobs_now = [next(jobs) for _ in range(multiprocessing.cpu_count())]
            for made, differ, counted in pool.map(run_batch, jobs_now):
                opcodes.update(counted)
                steps, ran = steps + made, ran + size
                found += differ
        shown = [(args.runner, seed, program) for seed, program in found[:SHOWN]]
        for text in pool.imap(report, shown, chunksize=1):
            print(text)
    if args.opcodes:
        show_opcodes(opcodes)
    print(f"# {steps} steps of {ran} programs in {time.monotonic() - begin:.0f} s, seeds from "
          f"{args.seed}")
    print(f"{ran - len(found)} passed, {len(found)} failed")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
