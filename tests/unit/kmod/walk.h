/* SPDX-License-Identifier: GPL-2.0-only */
/* Does everything in an arena agree with everything else? */
#ifndef UNIT_WALK_H
#define UNIT_WALK_H

#include <stdbool.h>

struct pymm_arena;

/** struct unit_report - the first disagreement that was found; "" if there was none */
struct unit_report {
	char text[240];
};

/**
 * unit_walk() - walk an arena that no task is in a call of
 *
 * Returns true, or false with what is wrong. Checked is that
 * - the count of each object is the number of references found in objects, frames, the
 *   namespace and the collector; what is dying has only what it has not dropped yet;
 * - each header is alive or on the free list, once; the counters agree;
 * - the collector's order and pos[] agree, each tracked object stands in one segment, what is
 *   not tracked in none and cannot be part of a cycle;
 * - the bytes charged are the bytes allocated, each payload being as large as its owner believes;
 * - the index of each dict leads to its entries, and no key is there twice;
 * - the interned strs are those that the table of them has;
 * - values that are to be shared exist once, strs are UTF-8;
 * - threads, their frames and the GIL agree, and no operation has left anything half done.
 */
bool unit_walk(const struct pymm_arena *arena, struct unit_report *report);

#endif /* UNIT_WALK_H */
