#!/usr/bin/python3.13
# SPDX-License-Identifier: GPL-2.0-only
"""Run programs made at random on CPython and on pymm, and compare them after each step.

A program that differs is shrunk, and printed in Python and as pyasm.
"""

import argparse
import multiprocessing
import os
import re
import sys
import tempfile
import time
import warnings
from itertools import zip_longest

import programs
import sides
from compiler import Refused
from shrink import shrink

LENGTH = 100        # steps of a program
BATCH = 40          # programs at a time, at most
SHOWN = 5           # programs that differ, until it ends

# How both show what has an address or a number.
SHAPES = [
    (r"\(<lambda>\)>", ">"),
    (r"'method' object has no", "'function' object has no"),
    (r"<lambda>(\(\) )", r"lambda\1"),
    (r"'(?:[QXYZ]|Exception|ValueError)' object", "'exception' object"),
    (r"\b(?:(?:\w+\.<locals>|[C-GM-SW-Z])\.)?(\w+?)(?:_\d+)?(\(\) (?:missing|takes|got))", r"\1\2"),
    (r"<class '__main__\.", "<class '"),
    (r"<(?:__main__\.)?([C-GMNRSW]) object at [^<>]*>", r"<\1>"),
    (r"<function [^ ]*(?:<locals>\.(?:<lambda>|\w+))? at [^<>]*>", "<function>"),
    (r"<function at [^<>]*>", "<function>"),
    (r"<weakref at (?:[^<>(]|\([^()]*\)|<[^<>]*>)*>", "<weakref>"),
    (r"<bound method [\w.]+ of <\w+>>", "<method>"),
    (r"<method at [^<>]*>", "<method>"),
    (r"<frame at [^<>]*(?:<\w+>)?>", "<frame>"),
    (r"<traceback (?:object )?at [^<>]*>", "<traceback>"),
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
            compiled.append(os.path.join(scratch, f"{number}.pyasm"))
            with open(sources[-1], "w", encoding="utf-8") as file:
                file.write(programs.program(steps))
            sides.compile_file(sources[-1], compiled[-1])
        expected, seen = sides.reference(sources), sides.pymm(runner, compiled)
        return [(steps, normalize(expected[source]), normalize(seen.get(text, "")))
                for steps, source, text in zip(all_steps, sources, compiled)]


def exception(line):
    """The exception that ends a program with this line, or None."""
    match = re.match(r"(\w+(?:Error|Iteration)): ", line or "")
    return match and match[1]


def kind(expected, seen):
    """How two texts differ: the exceptions that end them there; None if they do not."""
    for one, other in zip_longest(expected.splitlines(), seen.splitlines()):
        if one != other:
            return exception(one), exception(other)
    return None


def kind_of(runner, steps):
    """How a program differs; None if not, or if it cannot be compiled."""
    try:
        [(_, expected, seen)] = run_both(runner, [steps])
    except (Refused, SyntaxError):
        return None
    return kind(expected, seen)


def run_batch(job):
    """(steps made, those programs of some seeds that differ)"""
    runner, seeds, wild = job
    made = [programs.make(seed, LENGTH, wild) for seed in seeds]
    found = [(seed, steps) for seed, (steps, expected, seen) in zip(seeds, run_both(runner, made))
             if expected != seen]
    return sum(map(len, made)), found


def show(runner, seed, steps):
    """Print a program that differs, as small as it can be made."""
    how = kind_of(runner, steps)
    small = shrink(steps, lambda some: kind_of(runner, some) == how)
    [(_, expected, seen)] = run_both(runner, [small])
    print(f"differs: --seed {seed}, {len(small)} of {len(steps)} steps:")
    print("\n".join(f"    {line}" for step in small for line in step.splitlines()))
    for line in sides.difference(expected, seen):
        print(f"  {line}")
    with tempfile.TemporaryDirectory() as scratch:
        source, compiled = os.path.join(scratch, "small.py"), os.path.join(scratch, "small.pyasm")
        with open(source, "w", encoding="utf-8") as file:
            file.write(programs.program(small))
        sides.compile_file(source, compiled)
        with open(compiled, encoding="utf-8") as file:
            print(steps_only(file.read()))


def steps_only(text):
    """The steps themselves of a program in pyasm: without what all programs begin with."""
    main = text.partition("\n.code ")[0]
    return "".join("    " + line + "\n" for line in
                   main.partition(": print('--', 0)")[2].splitlines()[1:])


def seeds_from(first, size):
    """Batches of seeds, without end."""
    while True:
        yield range(first, first + size)
        first += size


def main():
    """0 when all is the same."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--native", metavar="RUNNER", help=sides.RUNNER_HELP)
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1, help="of the first program")
    parser.add_argument("--wild", type=float, default=0, metavar="PROBABILITY",
                        help="of a step that looks at no types, and so mostly raises")
    args = parser.parse_args()
    warnings.simplefilter("ignore", SyntaxWarning)
    begin, steps, found, ran = time.monotonic(), 0, [], 0
    size = min(BATCH, -(-args.steps // LENGTH // multiprocessing.cpu_count()))
    with multiprocessing.Pool() as pool:
        jobs = ((args.native, seeds, args.wild) for seeds in seeds_from(args.seed, size))
        while steps < args.steps and len(found) < SHOWN:
            jobs_now = [next(jobs) for _ in range(multiprocessing.cpu_count())]
            for made, differ in pool.map(run_batch, jobs_now):
                steps, ran = steps + made, ran + size
                found += differ
    for seed, program in found[:SHOWN]:
        show(args.native, seed, program)
    print(f"# {steps} steps of {ran} programs in {time.monotonic() - begin:.0f} s, seeds from "
          f"{args.seed}")
    print(f"{ran - len(found)} passed, {len(found)} failed")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
