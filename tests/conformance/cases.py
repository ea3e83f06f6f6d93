#!/usr/bin/python3.13
# SPDX-License-Identifier: GPL-2.0-only
"""Cases of the collector: cases.py FILE makes a script for run_cases of them (case_script.h).

FILE is as gc_cases.md describes it: cases of steps, and what CPython was seen to do. Each step is a
program of its own; cases_prelude.py is what they have in common. With --runner the script is run.
Status 2: FILE is not as it should be, or a step cannot be executed.
"""

import argparse
import json
import os
import re
import subprocess
import sys

import sides
from compiler import Refused, Source, translate

KINDS = {"list": "[{label!r}]", "dict": "{{'@label': {label!r}}}", "set": "{{{label!r}}}",
         "inst": "_Inst({label!r})", "slots": "_Slots({label!r})", "fin": "_Fin({label!r})"}
IMPORTS = "import gc\nimport weakref\n"
FLAGS = ("STATS", "COLLECTABLE", "UNCOLLECTABLE", "SAVEALL", "LEAK")
STATE = {"alive": dict, "refs": dict, "names": list, "untracked_named": list,
         "weakrefs_alive": dict, "finalized": list, "garbage": list}
TYPES = {dict: "an object", list: "a list", str: "a string", int: "a number", bool: "true or false"}

# A collection begins each time; the first one counts what was allocated before, too.
AUTO = """\
_last = None
_full = 0
_counts = [0, 0, 0]
_objects = []


def _begins(phase, info):
    global _last, _full
    if phase != 'start':
        return
    g = info['generation']
    _counts[g] = _counts[g] + 1
    if {sequence}:
        print('! sequence', 0 if _last is None else _i - _last, g)
    if g == 2:
        print('! full', _counts[0] + _counts[1] + _counts[2])
    _last = _i


gc.collect()
gc.callbacks.append(_begins)
gc.set_threshold({thresholds})
gc.enable()
for _i in range({allocations}):
    _o = _Inst(None)
    {use}
gc.disable()
del gc.callbacks[:]
print('! gen0', _counts[0])
print('! gen1', _counts[1])
"""


class Bad(Exception):
    """What is wrong with the file."""


def typed(value, kind, what):
    """The value, which has to be of that type."""
    if not isinstance(value, kind) or isinstance(value, bool) and kind is not bool:
        raise Bad(f"{what} is not {TYPES[kind]}")
    return value


def member(holder, key, kind):
    """A field that has to be there."""
    if key not in typed(holder, dict, "what holds the fields"):
        raise Bad(f'there is no "{key}"')
    return typed(holder[key], kind, f'"{key}"')


def word(text, what="a name"):
    """A name, an attribute, a label."""
    if not isinstance(text, str) or not re.fullmatch(r"\w+", text, re.ASCII):
        raise Bad(f"{text!r} is not {what}")
    return text


class Script:
    """The lines, and which programs they have."""

    def __init__(self):
        self.lines = []
        self.programs = {}
        with open(os.path.join(sides.HERE, "cases_prelude.py"), encoding="utf-8") as file:
            self.prelude = file.read()

    def add(self, *words):
        """Add a line."""
        self.lines.append(" ".join(str(word) for word in words))

    def program(self, text):
        """The number of a program in Python."""
        if text not in self.programs:
            try:
                body = translate(Source(text, "step"))
            except (Refused, SyntaxError) as error:
                raise Bad(str(error)) from None
            self.programs[text] = len(self.programs)
            self.lines += ["program", *(line for line in body.splitlines()
                                        if not line.startswith("\t;")), "."]
        return self.programs[text]

    def expect(self, field, parts):
        """What is to be seen, part by part."""
        self.add("expect", field)
        for part in parts:
            self.add("expect", field, part)

    def begin(self, name):
        """A case with nothing in it."""
        prelude = self.program(self.prelude)
        self.add("case", name)
        self.add("run", prelude)


class Names:
    """What a case may have bound, and what its finalizers do."""

    def __init__(self):
        self.bound = set()
        self.later = set()      # by finalizers, whenever they run
        self.weak = set()
        self.finalizers = {}    # label: lines

    def new(self, name):
        """The variable of a name that a step binds."""
        self.bound.add(word(name))
        return f"_names['n_{name}']"

    def any(self, name):
        """The variable of a name that is bound, or may be."""
        if word(name) not in self.bound | self.later:
            raise Bad(f"the name {name!r} is not bound")
        return f"_names['n_{name}']"

    def value(self, element):
        """The text of what is no name, or a name's."""
        if isinstance(element, str):
            return self.any(element)
        if element is not None and not isinstance(element, (bool, int, float)):
            raise Bad(f"{element!r} is neither a name nor an atom")
        return repr(element)

    def element(self, element):
        """The same of a tuple: a string that is not bound then is an atom."""
        if not isinstance(element, str):
            return self.value(element)
        if element not in self.bound | self.later:
            return repr(element)
        return f"_names['n_{element}'] if 'n_{element}' in _names else {element!r}"


# ---- what finalizers do ----

EVENT = "print('! events finalize', self._n"


def read_weakref(names, weak):
    """Part of the event itself."""
    if word(weak) not in names.weak:
        raise Bad(f"there is no weak reference {weak!r}")
    return f"{EVENT}, 'weakref', 'w_{weak}', " \
           f"'dead' if _weak['w_{weak}']() is None else 'alive')"


def binds(names, name, value):
    """A name of the case."""
    names.later.add(word(name))
    return f"_names['n_{name}'] = {value}"


def new_cycle(_names, name):
    """An instance that only it refers to."""
    return f"o = _Inst('@{word(name)}')\n    o.a = o\n    del o"


def make_weakref(names, weak):
    """Kept outside."""
    names.weak.add(word(weak))
    return f"_weak['w_{weak}'] = weakref.ref(self)"


ACTIONS = {
    "read_weakref": (1, read_weakref),
    "resurrect": (1, lambda names, name: binds(names, name, "self")),
    "resurrect_attr": (2, lambda names, name, attr:
                       binds(names, name, f"self.{word(attr, 'an attribute')}")),
    "raise": (0, lambda names: "raise RuntimeError('of a finalizer')"),
    "new_cycle": (1, new_cycle),
    "break": (0, lambda names: "self.a = None"),
    "collect": (0, lambda names: "print('! events nested_collect', gc.collect())"),
    "make_weakref": (1, make_weakref),
}


def finalizer(lines):
    """The function: first it says that it runs, perhaps with what it reads."""
    first = [line for line in lines if line.startswith(EVENT)] or [f"{EVENT})"]
    rest = [line for line in lines if not line.startswith(EVENT)]
    return "\n    ".join(["def _act(self):", *first, *rest])


# ---- steps ----

def step_new(names, name, kind):
    """new NAME KIND"""
    if kind not in KINDS:
        raise Bad(f"{kind!r} is no kind of object, only: {', '.join(KINDS)}")
    return f"{names.new(name)} = " + KINDS[kind].format(label=f"@{name}")


def step_tuple(names, name, elements):
    """tuple NAME [E...]: with a variable in it, it is no constant."""
    items = "".join(f"{names.element(element)}, "
                    for element in typed(elements, list, "what a tuple has"))
    return f"_label = '@{word(name)}'\n{names.new(name)} = (_label, {items})"


def step_del(names, name):
    """del NAME"""
    variable = names.any(name)
    names.bound.discard(name)
    return f"del {variable}"


def referent(names, target, callback, weak):
    """The call that makes a weak reference."""
    callback = typed(callback, bool, "whether there is a callback")
    return f"weakref.ref({names.any(target)}" + f", _callback('w_{word(weak)}')" * callback + ")"


def step_wref(names, weak, target, callback):
    """wref W E CB"""
    text = f"_weak['w_{word(weak)}'] = {referent(names, target, callback, weak)}"
    names.weak.add(weak)
    return text


def step_act(names, name, action, *args):
    """act NAME ACTION [ARG...]"""
    if action not in ACTIONS:
        raise Bad(f"{action!r} is no action, only: {', '.join(ACTIONS)}")
    count, make = ACTIONS[action]
    if len(args) != count:
        raise Bad(f"{action} takes {count} arguments, not {len(args)}")
    lines = names.finalizers.setdefault(word(name), [])
    lines.append(make(names, *args))
    return f"{finalizer(lines)}\n_acts['@{name}'] = _act\ndel _act"


def step_collect(_names, generation):
    """collect G"""
    if typed(generation, int, "the generation") not in (0, 1, 2):
        raise Bad(f"there is no generation {generation}")
    return f"_before()\nprint('! returned', gc.collect({generation}))\n" \
           "_counts(gc.get_count())\n_after()"


def step_debug(_names, flag):
    """debug FLAG"""
    if flag and flag not in FLAGS:
        raise Bad(f"there is no flag {flag!r}, only: {', '.join(FLAGS)}")
    return f"gc.set_debug({'gc.DEBUG_' + flag if flag else 0})"


VERBS = {
    "new": (2, step_new),
    "tuple": (2, step_tuple),
    "append": (2, lambda names, c, e: f"{names.any(c)}.append({names.value(e)})"),
    "add": (2, lambda names, c, e: f"{names.any(c)}.add({names.value(e)})"),
    "setkey": (2, lambda names, c, e: f"{names.any(c)}[{str(e)!r}] = {names.value(e)}"),
    "setattr": (3, lambda names, c, attr, e:
                f"{names.any(c)}.{word(attr, 'an attribute')} = {names.value(e)}"),
    "deledge": (2, lambda names, c, attr: f"del {names.any(c)}.{word(attr, 'an attribute')}"),
    "bind": (2, lambda names, name, e: (lambda value: f"{names.new(name)} = {value}")(
        names.value(e))),
    "del": (1, step_del),
    "dict_of": (1, lambda names, c: f"{names.any(c)}.__dict__"),
    "wref": (3, step_wref),
    "wref_in": (4, lambda names, weak, e, c, callback:
                f"{names.any(c)}.{word(weak)} = {referent(names, e, callback, weak)}"),
    "act": (None, step_act),
    "collect": (1, step_collect),
    "freeze": (0, lambda names: "gc.freeze()"),
    "unfreeze": (0, lambda names: "gc.unfreeze()"),
    "debug": (1, step_debug),
    "drop_garbage": (0, lambda names: "del gc.garbage[:]"),
}


def program(names, step):
    """The Python of a step."""
    if not typed(step, list, "a step") or not isinstance(step[0], str):
        raise Bad("it has no verb")
    verb, args = step[0], step[1:]
    if verb not in VERBS:
        raise Bad(f"there is no verb {verb!r}")
    count, make = VERBS[verb]
    if count is None:
        count = max(2, len(args))
    if len(args) != count:
        raise Bad(f"{verb} takes {count} arguments, not {len(args)}")
    return make(names, *args)


# ---- what is expected ----

def events(listed):
    """The text of each."""
    return [" ".join(str(part) for part in typed(event, list, "an event"))
            for event in typed(listed, list, '"events"')]


def expect_state(script, state):
    """After any step."""
    for field, kind in STATE.items():
        value = member(state, field, kind)
        if kind is dict:
            value = [f"{key} {number}" for key, number in value.items()]
        script.expect(field, value)


def expect_collection(script, entry):
    """Right after gc.collect()."""
    for generation, count in enumerate(member(entry, "count_after", list)):
        # What is null is not compared.
        if count is not None:
            script.expect(f"count_after{generation}", [count])
    for field in ("returned", "stat_collected", "stat_uncollectable"):
        script.expect(field, [member(entry, field, int)])


def expect_step(script, step, entry, look):
    """What the trace says."""
    if member(entry, "op", list) != step:
        raise Bad('"op" of its trace is another step')
    script.add("look", look)
    script.expect("events", events(entry.get("events", [])))
    if step[0] == "collect":
        expect_collection(script, entry)
    expect_state(script, member(entry, "state", dict))


# ---- cases ----

def show(step):
    """A step in words."""
    return " ".join(part if isinstance(part, str) else json.dumps(part) for part in step)


class Case:
    """A case: its programs first, as all names are known after the last step only."""

    def __init__(self, case):
        self.name = member(case, "id", str)
        self.steps = member(case, "ops", list)
        self.trace = member(case, "trace", list)
        self.collected = member(case, "collected", list)
        self.events = [events(group) for group in member(case, "events", list)]
        self.weak = member(case, "weakrefs_alive_at_end", dict)
        if self.trace and len(self.trace) != len(self.steps):
            raise Bad(f"{len(self.steps)} steps, but {len(self.trace)} in its trace")
        self.names = Names()
        self.bound = set()
        self.texts = [self.each(number, lambda step: program(self.names, step))
                      for number in range(len(self.steps))]

    def each(self, number, do):
        """Do it with a step; what is wrong is wrong with that one."""
        try:
            result = do(self.steps[number])
        except Bad as error:
            words = self.steps[number]
            words = show(words) if words and isinstance(words, list) else json.dumps(words)
            raise Bad(f"step {number + 1}, {words}: {error}") from None
        self.bound |= self.names.bound | self.names.later
        return result

    def write(self, script):
        """All lines."""
        numbers = [self.each(number, lambda _, text=text: script.program(IMPORTS + text))
                   for number, text in enumerate(self.texts)]
        look = script.program(f"_look({self.tuple_of('n_', self.bound)}, "
                              f"{self.tuple_of('w_', self.names.weak)})\n")
        script.begin(self.name)
        for number, text in enumerate(numbers):
            script.add("step", show(self.steps[number]))
            script.add("run", text)
            if self.trace:
                self.each(number, lambda step, number=number: expect_step(
                    script, step, self.trace[number], look))
        script.add("end")
        script.add("look", look)
        script.expect("collected", self.collected)
        script.expect("all_events", [", ".join(group) for group in self.events])
        script.expect("weakrefs_alive", [f"{name} {alive}" for name, alive in self.weak.items()])

    @staticmethod
    def tuple_of(prefix, names):
        """The text of a tuple of strings."""
        return "(" + "".join(f"'{prefix}{name}', " for name in sorted(names)) + ")"


def write_auto(script, case):
    """A sequence of collections that begin by themselves."""
    name = member(case, "id", str)
    thresholds = [typed(number, int, "a threshold") for number in member(case, "thresholds", list)]
    if len(thresholds) != 3:
        raise Bad("there are three thresholds")
    sequence = case.get("sequence_alloc_gen")
    summary = case.get("sequence_summary")
    if sequence is None and summary is None:
        raise Bad('there is neither "sequence_alloc_gen" nor "sequence_summary"')
    text = AUTO.format(sequence=sequence is not None, allocations=member(case, "allocations", int),
                       thresholds=", ".join(str(number) for number in thresholds),
                       use="_objects.append(_o)" if member(case, "kept", bool) else "_o.a = _o")
    number = script.program(IMPORTS + text)
    script.begin(name)
    script.add("step", "automatic collections")
    script.add("run", number)
    if sequence is not None:
        expect_sequence(script, typed(sequence, list, '"sequence_alloc_gen"'))
    if summary is not None:
        expect_summary(script, typed(summary, dict, '"sequence_summary"'), thresholds[0] + 1)


def expect_sequence(script, sequence):
    """Allocations from one to the next; the first has a generation only."""
    pairs = [tuple(typed(number, int, "a part of the sequence") for number in
                   typed(pair, list, "a part of the sequence")) for pair in sequence]
    if any(len(pair) != 2 for pair in pairs):
        raise Bad("a part of the sequence is an allocation and a generation")
    starts = [pairs[0][0], *(pair[0] for pair in pairs)] if pairs else []
    script.expect("sequence", [f"{at - start} {generation}"
                               for start, (at, generation) in zip(starts, pairs)])


def expect_summary(script, summary, period):
    """Which collection in all a full one is follows from its place: all have the same period."""
    for field in ("gen0", "gen1"):
        script.expect(field, [member(summary, field, int)])
    script.expect("full", [typed(at, int, "a full collection's place") // period + 1
                           for at in member(summary, "gen2", list)])


def write_all(script, cases, write, kind):
    """Each, or where it is wrong."""
    for number, case in enumerate(cases):
        name = case.get("id") if isinstance(case, dict) else None
        try:
            write(script, case)
        except Bad as error:
            raise Bad(f"{kind} {name or number + 1}: {error}") from None


def load(path):
    """What a file says, as JSON."""
    try:
        if path == "-":
            return json.load(sys.stdin)
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise Bad(str(error)) from None


def script_of(content):
    """The text of a script."""
    script = Script()
    write_all(script, member(content, "cases", list), lambda to, case: Case(case).write(to),
              "case")
    write_all(script, typed(content.get("auto", []), list, '"auto"'), write_auto, "auto")
    return "\n".join(script.lines) + "\n"


def main():
    """The status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runner", help="run_cases; otherwise the script is printed")
    parser.add_argument("file", help="as gc_cases.json; - for the standard input")
    args = parser.parse_args()
    try:
        script = script_of(load(args.file))
    except Bad as error:
        print(f"{args.file}: {error}" if args.file != "-" else error, file=sys.stderr)
        return 2
    if not args.runner:
        print(script, end="")
        return 0
    return subprocess.run([args.runner], input=script, text=True, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
