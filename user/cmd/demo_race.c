// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene race: updates of a counter that get lost.
 */
#include <inttypes.h>

#include "demo_updates.h"

/* for _ in range(n): counter += 1 */
static const struct loop unlocked = { .body = UPDATE, .copies = 1 };

static int three_steps(struct demo *demo)
{
	struct seen read, added, written;
	int ret = updates_reset(demo, "counter = 0");

	demo_python(demo, "counter += 1");
	if (!ret)
		ret = demo_begin(demo, demo->thread, UPDATE, 2);
	if (!ret)
		ret = demo_name(demo, "counter", &read);
	if (!ret)
		ret = demo_step(demo, demo->thread, 1);
	if (!ret)
		ret = demo_name(demo, "counter", &added);
	if (!ret)
		ret = demo_step(demo, demo->thread, 1);
	if (!ret)
		ret = demo_name(demo, "counter", &written);
	if (!ret)
		ret = demo_step(demo, demo->thread, 0);
	if (ret)
		return ret;
	demo_claim(demo, "G2", read.id == added.id && added.id != written.id,
		   "counter names object %u after the read, %u after the addition, %u after the "
		   "write", read.id, added.id, written.id);
	return CMD_OK;
}

/* One after the other: as the text would have it. */
static int in_turn(struct demo *demo, int64_t *value)
{
	int ret = updates_reset(demo, "counter = 0; counter += 1; counter += 1");

	for (int i = 0; i < 2 && !ret; i++)
		ret = demo_run(demo, NULL, UPDATE, NULL);
	return ret ? ret : updates_counter(demo, value);
}

static int text_order(struct demo *demo)
{
	int64_t value, alone = 0;
	int ret = updates_interleave(demo, &value);

	if (ret)
		return ret;
	demo_claim(demo, "G4", value == 1,
		   "with the two threads paused in that order, counter is %" PRId64, value);
	ret = in_turn(demo, &alone);
	if (ret)
		return ret;
	demo_claim(demo, "S32", alone == 2 && value == 1,
		   "the same two updates one after the other: %" PRId64 "; in the text's order: %"
		   PRId64, alone, value);
	return CMD_OK;
}

static int internals(struct demo *demo, const struct updates *updates)
{
	unsigned int checked, wrong;
	int ret = demo_miscounted(demo, &checked, &wrong);

	if (ret)
		return ret;
	demo_claim(demo, "S37", checked && !wrong && updates->value < updates->expected,
		   "%" PRId64 " updates were lost, and %" PRIu64 " objects made meanwhile; of the "
		   "%u alive, %u have a count that is not the number of references to them",
		   updates->expected - updates->value, updates->made, checked, wrong);
	return CMD_OK;
}

/* As the text's snippet: with a lock that nobody asks for. Here it is even taken all the time. */
static int take_unused_lock(struct demo *demo)
{
	int ret = updates_make_lock(demo, "lock = Lock()");

	return ret ? ret : demo_run(demo, "lock.acquire()",
				    ASM("LOAD_GLOBAL r0, lock")
				    ASM("LOCK_ACQUIRE r1, r0, nowait"), NULL);
}

static int lose_updates(struct demo *demo, struct updates *updates)
{
	struct seen lock;
	int ret = take_unused_lock(demo);

	demo_python(demo, "t1.start(); t2.start(); t1.join(); t2.join()");
	if (!ret)
		ret = updates_run(demo, &unlocked, true, updates);
	if (!ret)
		ret = demo_name(demo, "lock", &lock);
	if (ret)
		return ret;
	demo_claim(demo, "G1", updates->value > 0 && updates->value < updates->expected,
		   "every instruction a check point: %" PRId64 " of %" PRId64 " updates, %" PRId64
		   " lost; %" PRIu64 " switches", updates->value, updates->expected,
		   updates->expected - updates->value, updates->switches);
	demo_claim(demo, "G5", lock.value == 1 && updates->value < updates->expected,
		   "a third thread had the lock taken, and has it still; the two ran to their ends "
		   "beside it, and lost %" PRId64 " updates", updates->expected - updates->value);
	return internals(demo, updates);
}

static int keep_updates(struct demo *demo, const struct updates *lost)
{
	struct updates updates;
	int ret;

	demo_python(demo, "t1.start(); t2.start(); t1.join(); t2.join()");
	ret = updates_run(demo, &unlocked, false, &updates);
	if (ret)
		return ret;
	demo_seen(demo, updates.value == updates.expected && updates.switches > UPDATE_THREADS,
		  "only backward jumps are check points, as in 3.13: %" PRId64 " of %" PRId64
		  " updates; %" PRIu64 " switches", updates.value, updates.expected,
		  updates.switches);
	demo_claim(demo, "G3", lost->value < lost->expected,
		   "every instruction is one, as in 3.9: %" PRId64 " of %" PRId64, lost->value,
		   lost->expected);
	return CMD_OK;
}

int demo_race(struct demo *demo)
{
	struct updates updates;
	int ret = three_steps(demo);

	if (!ret)
		ret = text_order(demo);
	if (!ret)
		ret = lose_updates(demo, &updates);
	return ret ? ret : keep_updates(demo, &updates);
}
