/* SPDX-License-Identifier: GPL-2.0 */
/* What the workers' programs and those who check them agree on. */
#ifndef TORTURE_PROGRAMS_H
#define TORTURE_PROGRAMS_H

/*
 * Turns of a counting program: under the GIL so many that it has more than 1024 steps, after which
 * the kernel lets others have the arena's own lock; under a Lock fewer, as others wait for it.
 */
#define TT_TURNS	150
#define TT_LOCK_TURNS	12

/*
 * The names bound in the arenas: counter and tally; in the arena of Locks counter_x, tally_x,
 * lock_x and inside_x, where x is s for the processes that nobody kills, m for the others, and r
 * for the RLock that all share; shared, a list, and table, a dict, that the programs change.
 */
#define TT_STEADY	"s"
#define TT_MORTAL	"m"
#define TT_RECURSIVE	"r"

#endif /* TORTURE_PROGRAMS_H */
