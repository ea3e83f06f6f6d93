/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Updates of a counter, by one thread step by step or by two at the same time.
 */
#ifndef PYMM_CMD_DEMO_UPDATES_H
#define PYMM_CMD_DEMO_UPDATES_H

#include "demo.h"

#define UPDATE_THREADS	2

/**
 * struct updates - two threads at work on the counter
 * @expected: updates
 * @value: of the counter afterwards
 * @switches: of the GIL meanwhile
 * @made: objects made meanwhile
 */
struct updates {
	int64_t expected;
	int64_t value;
	uint64_t switches;
	uint64_t made;
};

/** updates_run() - two threads run @loop; @check_all: every instruction is a check point */
int updates_run(struct demo *demo, const struct loop *loop, bool check_all,
		struct updates *updates);

/** updates_configure() - the shortest switch interval; @check_all: as above */
int updates_configure(struct demo *demo, bool check_all);

/** updates_reset() - counter = 0 */
int updates_reset(struct demo *demo, const char *python);

/** updates_counter() - print(counter) */
int updates_counter(struct demo *demo, int64_t *value);

/** updates_make_lock() - lock = Lock() */
int updates_make_lock(struct demo *demo, const char *python);

/**
 * updates_interleave() - counter += 1 in two threads in the text's order: A reads, B reads, both
 * add, A writes, B writes
 */
int updates_interleave(struct demo *demo, int64_t *value);

#endif /* PYMM_CMD_DEMO_UPDATES_H */
