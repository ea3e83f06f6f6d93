/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who waits for whom: each thread for one other at most, so that all that can happen is a chain
 * that ends at somebody who does not wait, or a cycle, which is a deadlock.
 */
#ifndef PYMM_CMD_GIL_WAITS_H
#define PYMM_CMD_GIL_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a wait that leads to nobody who waits. */
#define GIL_WAITS_END	SIZE_MAX

/**
 * struct gil_wait - a thread that waits
 * @thread: its number
 * @lock: id of the Lock or RLock that it waits for, or 0: it waits for the GIL
 * @blocker: thread that has that now, which may be the same; or 0: nobody
 * @since_ns: for how long
 * @anybody: a Lock, which any thread may release
 * @next: index of the wait of @blocker, or GIL_WAITS_END
 * @walk: the walk that came by here
 * @first: of the waits of a cycle, it is the one of the lowest thread
 *
 * gil_waits_link() sets @next and all below it.
 */
struct gil_wait {
	uint32_t thread;
	uint32_t lock;
	uint32_t blocker;
	uint64_t since_ns;
	bool anybody;
	size_t next;
	size_t walk;
	bool first;
};

/**
 * gil_waits_link() - find out who waits for whom, and the cycles
 * @waits: one for each thread that waits, by number of the thread
 * @count: how many
 * @took_ns: how long it took to look at all of them
 *
 * Who waits while it is being looked on may have begun to after somebody else was looked at, who
 * does no longer: a cycle of such waits need never have been. One whose waits are all older than
 * the look is one, as who waits neither takes nor releases anything.
 *
 * Return: how many cycles there would be beside those marked, of which that is not certain: it
 * will be at another look, if they are still there.
 */
size_t gil_waits_link(struct gil_wait *waits, size_t count, uint64_t took_ns);

#endif /* PYMM_CMD_GIL_WAITS_H */
