// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "gil_waits.h"

static int compare_threads(const void *a, const void *b)
{
	const struct gil_wait *left = a, *right = b;

	return left->thread < right->thread ? -1 : left->thread > right->thread;
}

static size_t find_wait(const struct gil_wait *waits, size_t count, uint32_t thread)
{
	struct gil_wait key = { .thread = thread };
	const struct gil_wait *found = bsearch(&key, waits, count, sizeof(key), compare_threads);

	return found ? (size_t)(found - waits) : GIL_WAITS_END;
}

/* Are all waits of the cycle that @at is in as old as that? */
static bool is_certain(const struct gil_wait *waits, size_t at, uint64_t took_ns)
{
	size_t i = at;

	do {
		if (waits[i].since_ns < took_ns)
			return false;
		i = waits[i].next;
	} while (i != at);
	return true;
}

static void mark_cycle(struct gil_wait *waits, size_t at)
{
	size_t i = at, lowest = at;

	do {
		if (i < lowest)
			lowest = i;
		i = waits[i].next;
	} while (i != at);
	waits[lowest].first = true;
}

size_t gil_waits_link(struct gil_wait *waits, size_t count, uint64_t took_ns)
{
	size_t uncertain = 0;

	for (size_t i = 0; i < count; i++) {
		struct gil_wait *wait = &waits[i];

		wait->next = wait->blocker ? find_wait(waits, count, wait->blocker) : GIL_WAITS_END;
		wait->walk = 0;
		wait->first = false;
	}
	for (size_t i = 0; i < count; i++) {
		size_t at = i;

		while (at != GIL_WAITS_END && !waits[at].walk) {
			waits[at].walk = i + 1;
			at = waits[at].next;
		}
		/* It ends where this walk has been itself: a cycle that no walk has found. */
		if (at == GIL_WAITS_END || waits[at].walk != i + 1)
			continue;
		if (is_certain(waits, at, took_ns))
			mark_cycle(waits, at);
		else
			uncertain++;
	}
	return uncertain;
}
