#!/usr/bin/python3.13
# SPDX-License-Identifier: GPL-2.0-only
"""Can cases.py and run_cases fail? Each field changed, and each way in which a file is wrong.

Of gc_cases.json, in which all is as CPython does it, a case is taken for each field, and that field
is changed: the case has to differ, in that field. Then files that are wrong: the message has to say
where, and the status is 2.
"""

import argparse
import copy
import json
import os
import re
import subprocess
import sys
import tempfile

import sides

CASES = os.path.join(sides.HERE, "cases.py")


def load():
    """The cases by their names."""
    with open(os.path.join(sides.HERE, "gc_cases.json"), encoding="utf-8") as file:
        content = json.load(file)
    return {case["id"]: case for case in content["cases"] + content["auto"]}


def run(content, runner):
    """The status and all that is printed about a file, which is JSON or a text."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(content if isinstance(content, str) else json.dumps(content))
        file.flush()
        done = subprocess.run([sys.executable, CASES, "--runner", runner, file.name],
                              capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


# ---- fields that are changed ----

def last(name):
    """What the trace says after the last step that has that field."""
    return lambda case: [entry for entry in case["trace"] if name in entry][-1]


def state(case):
    """The state after the last step."""
    return case["trace"][-1]["state"]


def state_of(number):
    """The state after a step."""
    return lambda case: case["trace"][number - 1]["state"]


def top(case):
    """The case itself."""
    return case


def set_to(value):
    """Another value."""
    return lambda _: value


# FIELD that differs: case, what holds the field, the field, what becomes of its value
CHANGES = [
    ("returned", "ring3", last("returned"), "returned", set_to(2)),
    ("count_after0", "promotion", last("count_after"), "count_after", set_to([1, 0, 0])),
    ("count_after1", "promotion", last("count_after"), "count_after", set_to([0, 1, 0])),
    ("count_after2", "promotion", last("count_after"), "count_after", set_to([0, 0, 1])),
    ("stat_collected", "ring3", last("stat_collected"), "stat_collected", set_to(4)),
    ("stat_uncollectable", "ring3", last("stat_uncollectable"), "stat_uncollectable", set_to(1)),
    ("events", "wr_cb", last("events"), "events", set_to([])),
    ("events", "fin_reads_wr", last("events"), "events",
     set_to([["finalize", "f", "weakref w alive"]])),
    ("events", "fin_both", last("events"), "events", lambda events: events[::-1]),
    ("events", "fin_raise", last("events"), "events",
     set_to([["finalize", "f"], ["unraisable", "ValueError"]])),
    ("events", "fin_collect", last("events"), "events",
     set_to([["finalize", "f"], ["nested_collect", 1]])),
    ("alive", "promotion", state_of(4), "alive", set_to({"a": 1})),
    ("alive", "ring3", state, "alive", set_to({"a": 2})),
    ("alive", "self_list", state_of(3), "alive", set_to({})),
    ("refs", "diamond", state_of(8), "refs", lambda refs: refs | {"d": 2}),
    ("names", "outside_name", state_of(5), "names", set_to(["a", "b"])),
    ("untracked_named", "untrack_tuple", state, "untracked_named", set_to([])),
    ("weakrefs_alive", "wr_plain", state, "weakrefs_alive", set_to({"w": True})),
    ("weakrefs_alive", "wr_plain", state, "weakrefs_alive", set_to({})),
    ("finalized", "fin_resurrect", state_of(6), "finalized", set_to([])),
    ("garbage", "saveall", state_of(8), "garbage", set_to(["b", "a"])),
    ("garbage", "saveall", state_of(8), "garbage", set_to(["a"])),
    ("collected", "ring1000", top, "collected", set_to([999])),
    ("collected", "promotion", top, "collected", set_to([0, 0, 0, 0, 0, 0])),
    ("all_events", "fin_both", top, "events", set_to([[["finalize", "a"]]])),
    ("weakrefs_alive", "wr_reachable", top, "weakrefs_alive_at_end", set_to({"w": False})),
    ("sequence", "auto_gen0_keep", top, "sequence_alloc_gen",
     lambda sequence: sequence[:-1] + [[sequence[-1][0], 1]]),
    ("sequence", "auto_gen0_cycles", top, "sequence_alloc_gen",
     lambda sequence: sequence[:3] + [[sequence[3][0] + 1, 0]] + sequence[4:]),
    ("sequence", "auto_threshold0_zero", top, "sequence_alloc_gen", set_to([[96, 0]])),
    ("gen0", "auto_default", top, "sequence_summary", lambda summary: summary | {"gen0": 135}),
    ("gen1", "auto_default", top, "sequence_summary", lambda summary: summary | {"gen1": 13}),
    ("full", "auto_default", top, "sequence_summary",
     lambda summary: summary | {"gen2": [266128 - 2001]}),
]


def changed(cases):
    """All of them in a file, each with a name of its own."""
    content = {"cases": [], "auto": []}
    for number, (_, name, holder, field, change) in enumerate(CHANGES):
        case = copy.deepcopy(cases[name])
        case["id"] = f"changed{number}"
        holds = holder(case)
        holds[field] = change(holds[field])
        content["cases" if "ops" in case else "auto"].append(case)
    return content


def check_changes(cases, runner):
    """Each that was not found."""
    status, output = run(changed(cases), runner)
    seen = dict(re.findall(r"^not ok (\w+)\n    .*?: (\w+): expected", output, re.MULTILINE))
    wrong = [f"{field} of {name} is changed, and {seen.get(f'changed{number}', 'nothing')} differs"
             for number, (field, name, *_) in enumerate(CHANGES)
             if seen.get(f"changed{number}") != field]
    return wrong + [f"status {status} where all cases differ"] * (status != 1)


# ---- files that are wrong ----

def with_steps(*steps):
    """A case of these steps."""
    return {"cases": [{"id": "k", "ops": list(steps), "collected": [], "events": [],
                       "weakrefs_alive_at_end": {}, "trace": []}]}


def without(cases, name, *path):
    """A case from which a field is gone."""
    case = copy.deepcopy(cases[name])
    holder = case
    for part in path[:-1]:
        holder = holder[part]
    del holder[path[-1]]
    return {"cases": [case]}


def wrong_files(cases):
    """(what is to be said, file)"""
    a, f = ["new", "a", "list"], ["new", "f", "fin"]
    return [
        ("line 1", "{"),
        ('no "cases"', {}),
        ("not an object", []),
        ('case 1: there is no "id"', {"cases": [{"ops": []}]}),
        ("case 1: what holds the fields is not an object", {"cases": [7]}),
        ('case ring3: there is no "ops"', without(cases, "ring3", "ops")),
        ('case ring3: there is no "collected"', without(cases, "ring3", "collected")),
        ('step 1, new a inst: there is no "state"', without(cases, "ring3", "trace", 0, "state")),
        ('step 2, new b inst: there is no "refs"',
         without(cases, "ring3", "trace", 1, "state", "refs")),
        ('step 10, collect 2: there is no "returned"',
         without(cases, "ring3", "trace", 9, "returned")),
        ("case ring3: 10 steps, but 9 in its trace", without(cases, "ring3", "trace", 9)),
        ("case k: step 2, frobnicate a: there is no verb", with_steps(a, ["frobnicate", "a"])),
        ("case k: step 1, []: it has no verb", with_steps([])),
        ("case k: step 1, 7: a step is not a list", with_steps(7)),
        ("case k: step 1, new a: new takes 2", with_steps(["new", "a"])),
        ("'deque' is no kind", with_steps(["new", "a", "deque"])),
        ("'a b' is not a name", with_steps(["new", "a b", "list"])),
        ("case k: step 2, append a zz: the name 'zz' is not bound",
         with_steps(a, ["append", "a", "zz"])),
        ("case k: step 3, del a: the name 'a' is not bound", with_steps(a, ["del", "a"],
                                                                      ["del", "a"])),
        ("there is no generation 3", with_steps(["collect", 3])),
        ("the generation is not a number", with_steps(["collect", "2"])),
        ("'LOUD' is no action", with_steps(f, ["act", "f", "LOUD"])),
        ("resurrect takes 1", with_steps(f, ["act", "f", "resurrect"])),
        ("no weak reference 'w'", with_steps(f, ["act", "f", "read_weakref", "w"])),
        ("there is no flag", with_steps(["debug", "LOUD"])),
        ("neither a name nor an atom", with_steps(["tuple", "t", [[]]])),
        # What only executing it tells.
        ("step 2, setattr s zz s: AttributeError", with_steps(["new", "s", "slots"],
                                                              ["setattr", "s", "zz", "s"])),
        ("step 3, del b: the name 'b' is not bound", with_steps(f, ["act", "f", "resurrect", "b"], ["del", "b"])),
        ('auto 1: there is no "id"', {"cases": [], "auto": [{}]}),
        ("auto x: there are three thresholds",
         {"cases": [], "auto": [{"id": "x", "thresholds": [1]}]}),
    ]


def check_wrong(cases, runner):
    """Each about which nothing, or something else is said."""
    wrong = []
    for message, content in wrong_files(cases):
        status, output = run(content, runner)
        if status != 2 or message not in output:
            wrong.append(f"status {status} and not {message!r}, but: {output.strip()}")
    return wrong


def main():
    """0 when all is found."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runner", required=True, help="run_cases")
    runner = parser.parse_args().runner
    cases = load()
    wrong = check_changes(cases, runner) + check_wrong(cases, runner)
    for text in wrong:
        print(f"not found: {text}")
    total = len(CHANGES) + len(wrong_files(cases))
    print(f"{total - len(wrong)} passed, {len(wrong)} failed")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
