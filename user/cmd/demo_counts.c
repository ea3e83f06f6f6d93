// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene threads: counts of references that are right although nothing but the GIL protects them,
 * and what it would cost without.
 */
#include <inttypes.h>

#include "demo_updates.h"
#include "trace_hist.h"

/* Two references more, and two less, in steps between which every other thread can come. */
static const struct loop bindings = {
	.body = ASM("LOAD_GLOBAL r3, shared") ASM("COPY r4, r3") ASM("DELETE_FAST r3")
		ASM("DELETE_FAST r4"),
	.copies = 4,
};

int demo_counts(struct demo *demo)
{
	struct updates updates;
	struct seen before, after;
	int ret = demo_run(demo, "shared = []",
			   ASM("BUILD_LIST r0, ()") ASM("STORE_GLOBAL r0!, shared"), NULL);

	if (!ret)
		ret = demo_name(demo, "shared", &before);
	demo_python(demo, "a = shared; b = a; del a; del b  # in two threads, again and again");
	if (!ret)
		ret = updates_run(demo, &bindings, true, &updates);
	if (!ret)
		ret = demo_name(demo, "shared", &after);
	if (ret)
		return ret;
	demo_claim(demo, "S35", before.refs == 1 && after.refs == 1 &&
		   updates.switches > UPDATE_THREADS,
		   "its count was changed %" PRId64 " times by two threads, by plain additions, with "
		   "%" PRIu64 " switches in between; it was %u and is %u", updates.expected * 16,
		   updates.switches, before.refs, after.refs);
	return CMD_OK;
}

/* ---- what a count costs that several threads can change at a time ---- */

#define PAIRS	2000000U
#define TRIES	5

static uint64_t plain_pairs(volatile uint32_t *count)
{
	uint64_t started = time_now();

	for (unsigned int i = 0; i < PAIRS; i++) {
		*count += 1;
		*count -= 1;
	}
	return time_now() - started;
}

static uint64_t atomic_pairs(uint32_t *count)
{
	uint64_t started = time_now();

	for (unsigned int i = 0; i < PAIRS; i++) {
		__atomic_add_fetch(count, 1, __ATOMIC_ACQ_REL);
		__atomic_sub_fetch(count, 1, __ATOMIC_ACQ_REL);
	}
	return time_now() - started;
}

void demo_atomics(struct demo *demo)
{
	uint64_t plain = UINT64_MAX, atomic = UINT64_MAX, ns;
	uint32_t count = 1;

	for (int i = 0; i < TRIES; i++) {
		ns = plain_pairs(&count);
		plain = ns < plain ? ns : plain;
		ns = atomic_pairs(&count);
		atomic = ns < atomic ? ns : atomic;
	}
	demo_claim(demo, "S36", count == 1 && atomic > plain,
		   "one thread, a reference more and one less: %.1f ns with plain additions, %.1f ns "
		   "with atomic ones, which counts without a GIL need where nothing better is thought of",
		   (double)plain / PAIRS, (double)atomic / PAIRS);
}
