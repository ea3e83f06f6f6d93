#!/usr/bin/python3.13
# SPDX-License-Identifier: GPL-2.0-only
"""Run each numbered statement of semantics.md, sections 1 to 5, on CPython and on pymm.

A statement has programs (statements/NUMBER*.py), or a line in not_applicable.md that says why not,
or, where it takes several threads, one in experiments.md that names kernel tests; NUMBERS has all. What is left out of one, or said otherwise, because pymm differs has a line in
differences.md. constructs.py has what the compiler knows. What is expected is what CPython prints
now.
"""

import argparse
import glob
import os
import re
import sys
import tempfile
import warnings

import sides
from compiler import Refused

STATEMENTS = os.path.join(sides.HERE, "statements")


def numbers():
    """All statements."""
    with open(os.path.join(STATEMENTS, "NUMBERS"), encoding="utf-8") as file:
        return file.read().split()


def number_of(name):
    """The statement that a program is of; None for one that is of the compiler."""
    match = re.match(r"\d+\.\d+", name)
    return match and match[0]


def with_programs(names):
    """The statements that have some."""
    return {number_of(name) for name in names} - {None}


def rows(table, column):
    """The statements that the rows of a table are about."""
    with open(os.path.join(sides.HERE, table), encoding="utf-8") as file:
        cells = [line.split("|")[column] for line in file if line.startswith("| ")]
    return [number for cell in cells for number in re.findall(r"\d+\.\d+", cell)]


def compile_all(names, scratch):
    """{name: what it was compiled to}, and {name: why it was refused}"""
    compiled, refused = {}, {}
    for name in names:
        path = os.path.join(scratch, f"{name}.pyasm")
        try:
            compiled[name] = sides.compile_file(os.path.join(STATEMENTS, f"{name}.py"), path)
        except (Refused, SyntaxError) as error:
            refused[name] = str(error)
    return compiled, refused


def show_difference(name, expected, seen):
    """Prints what differs."""
    print(f"differs {name}")
    for line in sides.difference(expected, seen):
        print(f"    {line}")


def compare(names, runner, scratch):
    """Runs all; how many are the same, and how many not."""
    compiled, refused = compile_all(names, scratch)
    paths = {name: os.path.join(STATEMENTS, f"{name}.py") for name in names}
    expected = sides.reference(list(paths.values()))
    seen = sides.pymm(runner, list(compiled.values()))
    passed = 0
    for name in names:
        if name in refused:
            print(f"refused {name}: {refused[name]}")
        elif expected[paths[name]] == seen.get(compiled[name]):
            print(f"ok {name}")
            passed += 1
        else:
            show_difference(name, expected[paths[name]], seen.get(compiled[name]))
    return passed, len(names) - passed


def record(names, directory):
    """Write all programs, and what CPython prints of them, for where there is no CPython.

    programs.txt has what run_device runs, expected.txt what it should print.
    """
    os.makedirs(directory, exist_ok=True)
    compiled, refused = compile_all(names, directory)
    if refused:
        raise Refused(str(refused))
    paths = {name: os.path.join(STATEMENTS, f"{name}.py") for name in names}
    printed = sides.reference(list(paths.values()))
    with (open(os.path.join(directory, "programs.txt"), "w", encoding="utf-8") as programs,
          open(os.path.join(directory, "expected.txt"), "w", encoding="utf-8") as expected):
        for name in names:
            program = compiled[name].replace(directory + "/", "")
            print(program, file=programs)
            expected.write(f"{sides.MARK}{program}\n{printed[paths[name]]}")


def not_covered(names):
    """Statements that are nowhere, and what is covered that is none."""
    covered = {*with_programs(names), *rows("not_applicable.md", 1), *rows("experiments.md", 1)}
    wrong = (set(numbers()) - covered) | ({*covered, *rows("differences.md", 2)} - set(numbers()))
    for number in sorted(wrong):
        print(f"missing {number}" if number in numbers() else f"unknown {number}")
    return len(wrong)


def missing_tests():
    """Kernel tests that experiments.md names, and that are not there; where there are no sources, none."""
    paths = glob.glob(os.path.join(sides.HERE, "..", "kselftest", "t_*.c"))
    if not paths:
        return 0
    with open(os.path.join(sides.HERE, "experiments.md"), encoding="utf-8") as file:
        named = re.findall(r"\b([a-z]+)\.([a-z][a-z0-9_]+)\b", "".join(
            line.rsplit("|", 2)[1] for line in file if re.match(r"\| \d", line)))
    there = set()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            there |= set(re.findall(r"^TEST_F\((\w+), (\w+)\)", file.read(), re.MULTILINE))
    for test in sorted(set(named) - there):
        print(f"there is no kernel test {test[0]}.{test[1]}")
    return len(set(named) - there)


def main():
    """0 when all is the same."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runner", default=sides.RUNNER, help=sides.RUNNER_HELP)
    parser.add_argument("--record", metavar="DIRECTORY",
                        help="run nothing on pymm: write the programs and what CPython prints")
    parser.add_argument("name", nargs="*", help="only these programs")
    args = parser.parse_args()
    warnings.simplefilter("ignore", SyntaxWarning)
    names = sorted(os.path.basename(path)[:-3] for path in glob.glob(f"{STATEMENTS}/*.py"))
    chosen = [name for name in names if not args.name or name in args.name]
    if args.record:
        record(chosen, args.record)
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        passed, failed = compare(chosen, args.runner, scratch)
    if not args.name:
        failed += not_covered(names) + missing_tests()
        print(f"# of {len(numbers())} statements {len(with_programs(names))} have programs; "
              f"parts of {len(set(rows('not_applicable.md', 1)))} are not applicable, and of "
              f"{len(set(rows('differences.md', 2)))} differ; {len(set(rows('experiments.md', 1)))} "
              "have kernel tests of several threads")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
