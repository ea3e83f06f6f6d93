# SPDX-License-Identifier: GPL-2.0-only
"""The steps of programs made at random that tell the collector what to do, and look at it.

They stay within what differences.md says.
"""

# Of the prelude, with a finalizer that collects, or that breaks the cycle it is in.
COLLECTORS = ["H", "B"]


class Collecting:
    """What a Maker knows about the collector."""

    def setting(self):
        """What is told."""
        return self.random.choice([
            "gc.disable()", "gc.enable()", "gc.enable()", "gc.freeze()", "gc.unfreeze()",
            "gc.unfreeze()", f"gc.set_threshold({self.random.randrange(3000, 5000)}, 10, 10)",
            "gc.callbacks.append(phases)", "gc.callbacks.append(fails_in_phase)",
            "del gc.callbacks[:]", "del gc.callbacks[:]"])

    def save(self):
        """Garbage that is kept for a while."""
        keep = self.random.choice(["", f"\n{self.name()} = gc.garbage[0] if gc.garbage else None",
                                   f"\nkeep.extend(gc.garbage[:{self.random.randrange(3)}])"])
        generation = self.random.choice(["", 0, 1, 2])
        return (f"gc.set_debug(gc.DEBUG_SAVEALL)\nprint('kept', gc.collect({generation}), "
                f"saved(), gc.get_debug()){keep}\ngc.set_debug(0)\ndel gc.garbage[:]")

    def automatic(self):
        """Collections that begin by themselves."""
        threshold = self.random.choice([10, 20, 50])
        count = self.random.randrange(3, 30) * (threshold + 1) + threshold // 2
        use = self.random.choice(["None", "gc.garbage", "[]"])
        return f"automatic({count}, {threshold}, {self.random.randrange(1, 4)}, {use})"

    def ask(self):
        """What is told about objects."""
        name = self.name()
        return self.random.choice([
            "tracked()", "tracked()", f"referrers(no_atom({self.path()}))", f"referents({name})",
            f"print(gc.is_finalized({self.path()}))", "print(gc.get_count()[1:])",
            "print(gc.get_threshold(), gc.isenabled())",
            f"referrers(no_atom({name}), no_atom({self.name()}))"])

    def collecting(self):
        """Any of these, in the programs that have them."""
        if not self.collects:
            return None
        return self.random.choice([self.setting, self.save, self.automatic] + [self.ask] * 6 +
                                  [self.collect] * 4)()
