#!/usr/bin/python3.13
# SPDX-License-Identifier: GPL-2.0-only
"""Run cases of the collector made at random on CPython and on pymm, and compare them step by step.

A case that differs is shrunk, and printed with what differs.
"""

import argparse
import gc
import multiprocessing
import os
import random
import re
import subprocess
import sys
import tempfile
import time

import cases
import cases_record
import sides
from shrink import shrink

LENGTH = 40         # steps of a case
BATCH = 60          # cases at a time, at most
SHOWN = 5           # cases that differ, until it ends
RUNNER = os.path.join(sides.HERE, "run_cases")

# The order in which attributes were set is that of CPython, which instances share, if all are set
# in the same one (differences.md).
ATTRIBUTES = {"inst": ("a", "b"), "fin": ("a", "b"), "slots": ("a", "b", "peer")}
REFERABLE = ("inst", "fin", "slots", "set")


class Maker:
    """Makes the steps of a case, each by what the names hold after those before it."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.recorder = None
        self.made = 0
        self.fins = []          # their labels
        self.holders = set()    # labels of what has had a weak reference as an attribute
        self.saves = False
        # gc.garbage is in no generation, and so not among what is frozen (differences.md).
        self.freezes = self.random.random() < 0.2

    # ---- choices ----

    def fresh(self, prefix):
        """A name that nothing has had."""
        self.made += 1
        return f"{prefix}{self.made}"

    def kind(self, name):
        """What kind of object a name has."""
        value = self.recorder.names[name]
        kinds = {found: kind for kind, found in self.recorder.classes.items()}
        return kinds.get(type(value), type(value).__name__)

    def of(self, *kinds):
        """A name of such an object, or None."""
        found = [name for name in self.recorder.names if self.kind(name) in kinds]
        return self.random.choice(found) if found else None

    def name(self):
        """Any name, or None."""
        return self.random.choice(list(self.recorder.names)) if self.recorder.names else None

    def hashable(self):
        """A name of what a set may have."""
        found = [name for name in self.recorder.names if _is_hashable(self.recorder.names[name])]
        return self.random.choice(found) if found else None

    def attribute(self, name):
        """One that is set, or the one after these; None when there is none."""
        names = ATTRIBUTES[self.kind(name)]
        count = self.attributes(name)
        return names[self.random.randrange(min(count + 1, len(names)))]

    def attributes(self, name):
        """How many are set."""
        return sum(hasattr(self.recorder.names[name], attribute)
                   for attribute in ATTRIBUTES[self.kind(name)])

    # ---- steps ----

    def new(self):
        """A new object."""
        kind = self.random.choice(["list", "list", "dict", "set", "inst", "inst", "slots", "fin",
                                   "fin", "fin"])
        name = self.fresh("o")
        if kind == "fin":
            self.fins.append(name)
        return ["new", name, kind]

    def tuple(self):
        """A tuple of names and atoms."""
        elements = [self.random.choice([self.name() or 1, self.name() or 2, 1, "x", 2.5, None])
                    for _ in range(self.random.randrange(3))]
        return ["tuple", self.fresh("t"), elements]

    def edge(self):
        """From a container to an object."""
        holder, element = self.of("list", "dict", "set", "inst", "slots", "fin"), self.name()
        if not holder:
            return None
        kind = self.kind(holder)
        if kind == "list":
            return ["append", holder, element]
        if kind == "dict":
            return ["setkey", holder, element]
        if kind == "set":
            # Beside its label: where a second one stands depends on addresses (differences.md).
            element = self.hashable() if len(self.recorder.names[holder]) < 2 else None
            return element and ["add", holder, element]
        return ["setattr", holder, self.attribute(holder), element]

    def drop_edge(self):
        """Of an instance: the one that was set last."""
        holder = self.of("inst", "slots", "fin")
        if not holder or not self.attributes(holder) or self.label(holder) in self.holders:
            return None
        return ["deledge", holder, ATTRIBUTES[self.kind(holder)][self.attributes(holder) - 1]]

    def label(self, name):
        """Of the object that has a name, but for what makes it one."""
        return (cases_record.label(self.recorder.names[name], self.recorder.kinds) or "")[1:]

    def bind(self):
        """A second name."""
        name = self.name()
        return name and ["bind", self.random.choice([self.fresh("b"), self.name()]), name]

    def delete(self):
        """A name."""
        name = self.name()
        return name and ["del", name]

    def dict_of(self):
        """A dict of an instance."""
        name = self.of("inst", "fin")
        return name and ["dict_of", name]

    def weak(self):
        """A weak reference outside."""
        target = self.of(*REFERABLE)
        name = self.random.choice([self.fresh("w"), *self.recorder.weak])
        return target and ["wref", name, target, self.random.random() < 0.5]

    def weak_in(self):
        """A weak reference as an attribute, behind the others."""
        target, holder = self.of(*REFERABLE), self.of("inst", "fin")
        if not target or not holder or self.attributes(holder) < 2:
            return None
        if self.label(holder) in self.holders:
            return None
        self.holders.add(self.label(holder))
        return ["wref_in", "r", target, holder, self.random.random() < 0.5]

    def act(self):
        """What a finalizer does."""
        if not self.fins:
            return None
        name = self.random.choice(self.fins)
        action = self.random.choice(["read_weakref", "resurrect", "resurrect", "resurrect_attr",
                                     "raise", "new_cycle", "break", "collect", "make_weakref"])
        if any(act[0] == action for act in self.recorder.acts.get(name, ())):
            return None
        args = {"resurrect": ["n"], "resurrect_attr": ["n", "a"], "new_cycle": ["c"],
                "make_weakref": ["w"]}.get(action, [])
        if action == "read_weakref":
            if not self.recorder.weak:
                return None
            args = [self.random.choice(list(self.recorder.weak))]
        elif args:
            args = [self.fresh(args[0]), *args[1:]]
        return ["act", name, action, *args]

    def collect(self):
        """A collection."""
        return ["collect", self.random.choice([0, 0, 1, 2, 2])]

    def freeze(self):
        """What is alive leaves all generations, or comes back."""
        return [self.random.choice(["freeze", "unfreeze", "unfreeze"])] if self.freezes else None

    def debug(self):
        """Garbage is kept, or dropped."""
        if self.freezes:
            return None
        self.saves = not self.saves
        return ["debug", "SAVEALL" if self.saves else ""]

    def drop_garbage(self):
        """Garbage that was kept."""
        return ["drop_garbage"] if gc.garbage else None

    STEPS = ([new] * 12 + [tuple] * 3 + [edge] * 22 + [drop_edge] * 2 + [bind] * 2 + [delete] * 14 +
             [dict_of] + [weak] * 5 + [weak_in] * 2 + [act] * 6 + [collect] * 8 + [freeze] * 4 +
             [debug] + [drop_garbage] * 2)

    def step(self):
        """A step that can be executed."""
        step = None
        while not step:
            step = self.random.choice(self.STEPS)(self)
        return step


def _is_hashable(value):
    try:
        hash(value)
    except TypeError:
        return False
    return True


def recorded(steps, freezes):
    """A case; None when it cannot be executed."""
    try:
        case = cases_record.record_of(steps, freezes)
    except cases_record.Unfit:
        return None
    for entry in case["trace"]:
        if "count_after" in entry:
            # What the recorder itself allocates counts, and what it frees, or keeps to use it again.
            entry["count_after"][0] = None
    return case


def recorded_again(steps):
    """A case of these."""
    return recorded(lambda _: steps, any("freeze" in step[0] for step in steps))


def make(seed):
    """A case, recorded while it is made."""
    maker = Maker(seed)

    def steps(recorder):
        maker.recorder = recorder
        for _ in range(LENGTH):
            yield maker.step()
        yield ["collect", 2]

    return recorded(steps, maker.freezes)


def run(runner, content):
    """What is said about those that differ, by name."""
    made = {"cases": [{"id": name, **case} for name, case in content.items()]}
    with tempfile.NamedTemporaryFile("w+", encoding="utf-8") as file:
        file.write(cases.script_of(made))
        file.flush()
        done = subprocess.run([runner, file.name], capture_output=True, text=True, check=False)
    said = dict(re.findall(r"^not ok (\w+)\n((?:    .*\n)*)", done.stdout, re.MULTILINE))
    if done.returncode and not said or not re.search("^[0-9]+ passed", done.stdout, re.MULTILINE):
        # The process has ended before all were run.
        ran = re.findall(r"^ok (\w+)", done.stdout, re.MULTILINE)
        said[next(name for name in content if name not in ran)] = done.stderr
    return said


def kind(said):
    """How a case differs: the field."""
    match = re.search(r": (\w+): expected", said or "")
    return match[1] if match else bool(said)


def run_batch(job):
    """(steps made, {seed: (steps, what differs)})"""
    runner, seeds = job
    made = {f"seed{seed}": make(seed) for seed in seeds}
    said = run(runner, made)
    return (sum(len(case["ops"]) for case in made.values()),
            {name: (made[name]["ops"], text) for name, text in said.items()})


def differs(runner, steps, how):
    """Does a case still?"""
    case = recorded_again(steps)
    if not case:
        return False
    try:
        return kind(run(runner, {"k": case}).get("k")) == how
    except cases.Bad:
        return False


def report(runner, name, steps, said):
    """A case as small as it can be made."""
    how = kind(said)
    small = shrink(steps, lambda some: differs(runner, some, how))
    case = recorded_again(small)
    print(f"differs: {name}, {len(small)} of {len(steps)} steps:")
    for step in small:
        print(f"    {cases.show(step)}")
    print(run(runner, {"k": case}).get("k", said), end="")


def main():
    """0 when all is the same."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runner", default=RUNNER, help="run_cases")
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1, help="of the first case")
    args = parser.parse_args()
    begin, steps, ran, seed, found = time.monotonic(), 0, 0, args.seed, {}
    workers = multiprocessing.cpu_count()
    size = min(BATCH, -(-args.steps // LENGTH // workers))
    with multiprocessing.Pool() as pool:
        while steps < args.steps and len(found) < SHOWN:
            jobs = [(args.runner, range(seed + i * size, seed + (i + 1) * size))
                    for i in range(workers)]
            seed += workers * size
            for made, differing in pool.map(run_batch, jobs):
                steps, ran = steps + made, ran + size
                found |= differing
    for name in list(found)[:SHOWN]:
        report(args.runner, name, *found[name])
    print(f"# {steps} steps of {ran} cases in {time.monotonic() - begin:.0f} s, seeds from "
          f"{args.seed}")
    print(f"{ran - len(found)} passed, {len(found)} failed")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
