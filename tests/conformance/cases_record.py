#!/usr/bin/python3.13
# SPDX-License-Identifier: GPL-2.0-only
"""What CPython does in cases of the collector: cases_record.py FILE adds it to each.

FILE, or - for the standard input, is as gc_cases.json, of whose cases only "id" and "ops" are read;
the whole is printed. Status 2: a case cannot be executed, or FILE is not as it should be.
"""

import argparse
import gc
import json
import sys
import weakref

import cases

# Events are texts until the end of a step: the collector counts no text.
EVENTS = []
SEPARATOR = "|"


def say(*words):
    """An event."""
    EVENTS.append(SEPARATOR.join(words))


def classes(recorder):
    """Those of a case: what instances share is of the class, and so each case has its own."""
    class Inst:
        """A plain one."""

        def __init__(self, label):
            self._n = label

    class Slots:
        """One without a dict."""

        __slots__ = ("_n", "a", "b", "peer", "__weakref__")

        def __init__(self, label):
            self._n = label

    class Fin(Inst):
        """One with a finalizer."""

        def __del__(self):
            recorder.finalize(self)

    return {"inst": Inst, "slots": Slots, "fin": Fin}


def callback(weak):
    """Of a weak reference: a function, its cell, and the tuple that has it."""
    def called(reference):
        say("weakref_callback", weak, f"referent {alive(reference)}")
    return called


def alive(reference):
    """In words."""
    return "dead" if reference() is None else "alive"


def label(found, kinds):
    """That of an object of the case, or None."""
    if isinstance(found, kinds):
        return getattr(found, "_n", None)
    if type(found) in (list, tuple):
        first = found[0] if found else None
    elif type(found) is dict:
        first = found.get("@")
    else:
        first = next((item for item in found if isinstance(item, str) and item[0] == "@"), None
                     ) if type(found) is set else None
    return first if isinstance(first, str) and first[:1] == "@" else None


class Unfit(Exception):
    """A step that cannot be executed, and why."""


class Recorder:
    """A case that is executed. Nothing of it but the names refers to objects of the case."""

    def __init__(self, names, weak, acts):
        self.names = names
        self.weak = weak
        self.acts = acts
        self.classes = classes(self)
        self.kinds = tuple(self.classes.values())
        self.types = {list, tuple, dict, set, *self.kinds}

    # ---- finalizers ----

    def finalize(self, dying):
        """What __del__() does: first it says so, perhaps with what it reads."""
        name = dying._n[1:]
        acts = self.acts.get(name, ())
        say("finalize", name, *(f"weakref {act[1]} {alive(self.weak[act[1]])}"
                                     for act in acts if act[0] == "read_weakref"))
        for action, *args in acts:
            if action != "read_weakref":
                getattr(self, f"act_{action}")(dying, *args)

    def act_resurrect(self, dying, name):
        """resurrect N"""
        self.names[name] = dying

    def act_resurrect_attr(self, dying, name, attribute):
        """resurrect_attr N ATTR"""
        self.names[name] = getattr(dying, attribute)

    def act_raise(self, _dying):
        """raise"""
        raise RuntimeError("of a finalizer")

    def act_new_cycle(self, _dying, name):
        """new_cycle N"""
        made = self.classes["inst"]("@" + name)
        made.a = made

    def act_break(self, dying):
        """break"""
        dying.a = None

    def act_collect(self, _dying):
        """collect"""
        say("nested_collect", str(gc.collect()))

    def act_make_weakref(self, dying, weak):
        """make_weakref W"""
        self.weak[weak] = weakref.ref(dying)

    # ---- steps ----

    def reference(self, weak, target, calls):
        """A weak reference."""
        if calls:
            return weakref.ref(self.names[target], callback(weak))
        return weakref.ref(self.names[target])

    def element(self, element):
        """Of a tuple."""
        return self.names.get(element, element) if isinstance(element, str) else element

    def value(self, element):
        """A name's, or an atom."""
        return self.names[element] if isinstance(element, str) else element

    def step_new(self, name, kind):
        """new NAME KIND"""
        text = "@" + name
        self.names[name] = ([text] if kind == "list" else {"@": text} if kind == "dict" else
                            {text} if kind == "set" else self.classes[kind](text))

    def step_tuple(self, name, elements):
        """tuple NAME [E...]"""
        self.names[name] = ("@" + name, *[self.element(element) for element in elements])

    def step_append(self, holder, element):
        """append C E"""
        self.names[holder].append(self.value(element))

    def step_add(self, holder, element):
        """add C E"""
        self.names[holder].add(self.value(element))

    def step_setkey(self, holder, element):
        """setkey C E"""
        self.names[holder][element] = self.value(element)

    def step_setattr(self, holder, attribute, element):
        """setattr C ATTR E"""
        setattr(self.names[holder], attribute, self.value(element))

    def step_deledge(self, holder, attribute):
        """deledge C ATTR"""
        delattr(self.names[holder], attribute)

    def step_bind(self, name, element):
        """bind NAME E"""
        self.names[name] = self.value(element)

    def step_del(self, name):
        """del NAME"""
        del self.names[name]

    def step_dict_of(self, holder):
        """dict_of C"""
        self.names[holder].__dict__  # pylint: disable=pointless-statement

    def step_wref(self, weak, target, calls):
        """wref W E CB"""
        self.weak[weak] = self.reference(weak, target, calls)

    def step_wref_in(self, weak, target, holder, calls):
        """wref_in W E C CB"""
        setattr(self.names[holder], weak, self.reference(weak, target, calls))

    def step_act(self, name, *act):
        """act NAME ACTION [ARG...]"""
        self.acts.setdefault(name, []).append(act)

    def step_freeze(self):
        """freeze"""
        gc.freeze()

    def step_unfreeze(self):
        """unfreeze"""
        gc.unfreeze()

    def step_debug(self, flag):
        """debug FLAG"""
        gc.set_debug(getattr(gc, f"DEBUG_{flag}") if flag else 0)

    def step_drop_garbage(self):
        """drop_garbage"""
        gc.garbage.clear()

    # ---- what is seen ----

    def collect(self, generation):
        """collect G"""
        before = [sum(stats[key] for stats in gc.get_stats())
                  for key in ("collected", "uncollectable")]
        entry = {"returned": gc.collect(generation), "count_after": gc.get_count()}
        entry["count_after"] = list(entry["count_after"])
        for key, number in zip(("collected", "uncollectable"), before):
            entry[f"stat_{key}"] = sum(stats[key] for stats in gc.get_stats()) - number
        return entry

    def state(self):
        """After a step."""
        generations, refs = {}, {}
        for generation in (0, 1, 2):
            found = [one for one in gc.get_objects(generation) if type(one) in self.types]
            for i in range(len(found)):     # pylint: disable=consider-using-enumerate
                name = label(found[i], self.kinds)
                if name:
                    generations[name[1:]] = generation
                    # But for the list and the argument.
                    refs[name[1:]] = sys.getrefcount(found[i]) - 2
            del found
        return {
            "alive": generations, "refs": refs, "names": sorted(self.names),
            "untracked_named": sorted(name for name in self.names
                                      if not gc.is_tracked(self.names[name])),
            "weakrefs_alive": {name: self.weak[name]() is not None for name in self.weak},
            "finalized": sorted(name for name in self.names
                                if gc.is_finalized(self.names[name])),
            "garbage": [text[1:] for text in (label(one, self.kinds) for one in gc.garbage)
                        if text],
        }

    def step(self, step):
        """The entry of the trace."""
        entry = {"op": step}
        try:
            if step[0] == "collect":
                entry |= self.collect(step[1])
            else:
                getattr(self, f"step_{step[0]}")(*step[1:])
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise Unfit(f"{json.dumps(step)}: {type(error).__name__}: {error}") from None
        if EVENTS:
            entry["events"] = [text.split(SEPARATOR) for text in EVENTS]
            for event in entry["events"]:
                if event[0] == "nested_collect":
                    event[1] = int(event[1])
            del EVENTS[:]
        entry["state"] = self.state()
        return entry

    def end(self):
        """Drop all of it."""
        for names in (self.acts, self.names, self.weak):
            names.clear()
        gc.set_debug(0)
        gc.garbage.clear()
        gc.unfreeze()
        gc.collect()


def unraisable(info):
    """An exception in a finalizer."""
    say("unraisable", info.exc_type.__name__)


def record_of(steps, freezes):
    """All but the name of a case, of whose steps @steps yields the next, or None.

    Unless one @freezes, what was before is frozen: no collection has to look at it. Raises Unfit.
    """
    gc.disable()
    # From here, not only from an object that gc.unfreeze() may put behind them: as names of a program on pymm, they are
    # reached from outside of what is collected.
    names, weak, acts = {}, {}, {}
    recorder = Recorder(names, weak, acts)
    hook, sys.unraisablehook = sys.unraisablehook, unraisable
    gc.collect()
    if not freezes:
        gc.freeze()
    try:
        trace = [recorder.step(step) for step in steps(recorder)]
    finally:
        recorder.end()
        del EVENTS[:]
        sys.unraisablehook = hook
        gc.enable()
    return {"ops": [entry["op"] for entry in trace], "trace": trace,
            "collected": [entry["returned"] for entry in trace if "returned" in entry],
            "events": [entry["events"] for entry in trace if "events" in entry],
            "weakrefs_alive_at_end": trace[-1]["state"]["weakrefs_alive"] if trace else {}}


def record(steps):
    """The same of these steps."""
    return record_of(lambda _: steps, any(step[0] in ("freeze", "unfreeze") for step in steps))


def main():
    """The status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", help="as gc_cases.json; - for the standard input")
    args = parser.parse_args()
    try:
        content = cases.load(args.file)
        for case in cases.member(content, "cases", list):
            name = cases.member(case, "id", str)
            for step in cases.member(case, "ops", list):
                if not step or not isinstance(step, list) or not isinstance(step[0], str):
                    raise Unfit(f"case {name}: {json.dumps(step)} is not a step")
            try:
                case |= record(case["ops"])
            except Unfit as error:
                raise Unfit(f"case {name}: {error}") from None
    except (cases.Bad, Unfit) as error:
        print(f"{args.file}: {error}" if args.file != "-" else error, file=sys.stderr)
        return 2
    print(json.dumps(content, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
