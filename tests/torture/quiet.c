// SPDX-License-Identifier: GPL-2.0
/*
 * What is looked at while all workers stand still between two actions: the totals of the counters
 * in the arenas, the arenas' own counters, their heaps, their GILs and Locks.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gil_util.h"
#include "programs.h"
#include "pymm_util.h"
#include "torture.h"

static unsigned int numbers(const struct tt_shared *shared)
{
	return shared->options.processes * shared->options.threads;
}

/* Run a text of the controller's. Its steps are not the workers'. */
static const char *run_own(struct tt_round *round, enum tt_place place, const char *text)
{
	uint64_t before = pt_stat(round->arenas[place]).steps;
	const char *output = pt_exec(round->threads[place], text);

	round->own_steps[place] += pt_stat(round->arenas[place]).steps - before;
	return output;
}

/* A counter of 0, a tally of 0 for each thread, and a lock that @lock_new makes. */
static void bind_counter(struct tt_round *round, enum tt_place place, const char *suffix,
			 const char *lock_new)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, "LOAD_CONST r0, 0\nSTORE_GLOBAL r0, counter%s\nSTORE_GLOBAL r0, inside%s\n"
		"%s r1\nSTORE_GLOBAL r1!, lock%s\nBUILD_MAP r1, ()\n",
		suffix, suffix, lock_new, suffix);
	for (unsigned int i = 0; i < numbers(round->shared); i++)
		fprintf(out, "LOAD_CONST r2, %u\nSTORE_SUBSCR r0, r1, r2\n", i);
	fprintf(out, "STORE_GLOBAL r1!, tally%s\n" END, suffix);
	fclose(out);
	if (*run_own(round, place, text))
		pt_die("the counters cannot be bound");
	free(text);
}

void tt_quiet_begin(struct tt_round *round)
{
	for (int i = 0; i < TT_PLACES; i++) {
		if (*run_own(round, i, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, shared\n"
			     "BUILD_MAP r0, ()\nSTORE_GLOBAL r0!, table\n" END))
			pt_die("the containers cannot be bound");
	}
	bind_counter(round, TT_EXACT, "", "LOCK_NEW");
	bind_counter(round, TT_MEMORY, "", "LOCK_NEW");
	bind_counter(round, TT_LOCKS, "_" TT_STEADY, "LOCK_NEW");
	bind_counter(round, TT_LOCKS, "_" TT_MORTAL, "LOCK_NEW");
	bind_counter(round, TT_LOCKS, "_" TT_RECURSIVE, "RLOCK_NEW");
}

/* ---- totals ---- */

struct totals {
	int64_t counter;
	int64_t tally;
	int64_t of[TT_MAX_PROCESSES * TT_MAX_THREADS];
};

/* What is printed: "12\n{0: 5, 1: 7}\n". */
static bool read_totals(struct tt_round *round, enum tt_place place, const char *suffix,
			struct totals *totals)
{
	char text[256];
	const char *at;
	char *end;

	snprintf(text, sizeof(text), "LOAD_GLOBAL r0, counter%s\nPRINT r0, end\n"
		 "LOAD_GLOBAL r0, tally%s\nPRINT r0, end\n" END, suffix, suffix);
	memset(totals, 0, sizeof(*totals));
	at = run_own(round, place, text);
	totals->counter = strtoll(at, &end, 10);
	if (end == at || *end != '\n') {
		tt_fail(round->shared, "the counter of arena %d is: %s", place, at);
		return false;
	}
	while ((at = strpbrk(end, "{,"))) {
		int64_t key = strtoll(at + 1, &end, 10);
		int64_t value = *end == ':' ? strtoll(end + 1, &end, 10) : -1;

		if (key < 0 || key >= numbers(round->shared) || value < 0) {
			tt_fail(round->shared, "a tally of arena %d is: %s", place, at);
			return false;
		}
		totals->of[key] = value;
		totals->tally += value;
	}
	return true;
}

/*
 * @slack: turns that may have ended in their middle: a killed process has one at most, as nobody
 * else is in the middle of one then.
 */
static void check_totals(struct tt_round *round, enum tt_place place, const char *suffix,
			 uint64_t slack, struct totals *totals)
{
	if (!read_totals(round, place, suffix, totals))
		return;
	if ((uint64_t)llabs(totals->counter - totals->tally) > slack)
		tt_fail(round->shared, "wrong total: counter%s of arena %d is %" PRId64
			", the sum of the turns is %" PRId64 ", and %" PRIu64 " may be half done",
			suffix, place, totals->counter, totals->tally, slack);
}

static uint64_t turns(const struct tt_task *task, enum tt_program program)
{
	if (program == TT_PROGRAM_COUNTER)
		return task->counted;
	return program == TT_PROGRAM_RLOCK ? task->relocked : task->locked;
}

/* Threads of processes that nobody kills know what they did. */
static void check_tally(struct tt_round *round, enum tt_program program,
			const struct totals *totals)
{
	struct tt_shared *shared = round->shared;
	unsigned int threads = shared->options.threads;

	for (unsigned int i = 0; i < numbers(shared); i++) {
		const struct tt_process *process = &shared->processes[i / threads];
		const struct tt_task *task = &process->tasks[i % threads];
		uint64_t done = turns(task, program);

		if (!process->mortal && (uint64_t)totals->of[i] != done)
			tt_fail(shared, "wrong total: thread %u did %" PRIu64 " turns of program "
				"%d, its tally is %" PRId64, i, done, program, totals->of[i]);
	}
}

static void check_counters(struct tt_round *round)
{
	uint64_t kills = tt_get(round->shared->kills);
	struct totals totals;

	check_totals(round, TT_EXACT, "", kills, &totals);
	check_tally(round, TT_PROGRAM_COUNTER, &totals);
	check_totals(round, TT_MEMORY, "",
		     kills + tt_get(round->shared->arenas[TT_MEMORY].memory_errors), &totals);
	check_totals(round, TT_LOCKS, "_" TT_MORTAL, kills, &totals);
	check_totals(round, TT_LOCKS, "_" TT_STEADY, 0, &totals);
	check_tally(round, TT_PROGRAM_LOCK, &totals);
	check_totals(round, TT_LOCKS, "_" TT_RECURSIVE, kills, &totals);
	check_tally(round, TT_PROGRAM_RLOCK, &totals);
}

/* ---- the Locks ---- */

/* No program is in the middle of anything, so a lock that is taken was a killed one's. */
static void check_lock(struct tt_round *round, const char *suffix, const char *timeout,
		       bool may_be_taken)
{
	char text[256];

	snprintf(text, sizeof(text), "LOAD_GLOBAL r0, lock%s\nLOCK_ACQUIRE r1, r0, %s\n"
		 "PRINT r1, end\nLOCK_RELEASE r0\n" END, suffix, timeout);
	if (strcmp(run_own(round, TT_LOCKS, text), "True\n") && !may_be_taken)
		tt_fail(round->shared, "lock%s is taken, and nobody has it", suffix);
}

/* A process that is killed is one owner of the RLock at most. */
static void check_told(struct tt_round *round)
{
	uint64_t told = tt_get(round->shared->arenas[TT_LOCKS].locks_told);

	if (told > tt_get(round->shared->kills))
		tt_fail(round->shared, "%" PRIu64 " were told that the RLock's owner died, and %"
			PRIu64 " processes were killed", told, tt_get(round->shared->kills));
	round->shared->rlocks_told += told;
}

/* ---- the GIL ---- */

/* Nobody who is alive holds it: it can be had, and the witness is alone or dead. */
static void check_gil(struct tt_round *round, enum tt_place place)
{
	struct tt_shared *shared = round->shared;
	struct tt_arena *arena = &shared->arenas[place];
	struct tt_witness *witness = &arena->witness;
	int thread = round->threads[place];
	int ret = pt_gil(thread, PYMM_GIL_ACQUIRE,
			 pt_now() + shared->options.stall * 1000 * NS_PER_MS, NULL);

	if (ret && ret != -EOWNERDEAD) {
		tt_fail(shared, "nobody uses arena %d, and ACQUIRE returns %s", place,
			strerrorname_np(-ret));
		return;
	}
	if (ret)
		arena->told++;
	if (witness->holders) {
		if (!tt_gone(shared, witness->owner))
			tt_fail(shared, "two holders of the GIL of arena %d: the controller, and "
				"%#" PRIx64, place, witness->owner);
		else if (!ret && place == TT_STRICT)
			tt_fail(shared, "nobody was told that the holder of arena %d died", place);
		witness->holders = 0;
		for (unsigned int i = 0; i < TT_BLOCK; i++)
			witness->block[i] = witness->number;
	}
	ret = pt_gil(thread, PYMM_GIL_RELEASE, 0, NULL);
	if (ret)
		tt_fail(shared, "RELEASE: %s", strerrorname_np(-ret));
}

/* ---- the arena's counters ---- */

static bool may_lose_steps(const struct tt_shared *shared)
{
	return tt_get(shared->kills) || shared->options.actors[TT_OOM];
}

static void check_stat(struct tt_round *round, enum tt_place place)
{
	struct tt_shared *shared = round->shared;
	const struct tt_arena *arena = &shared->arenas[place];
	struct pymm_stat stat = pt_stat(round->arenas[place]);
	uint64_t told = arena->steps + round->own_steps[place];
	uint64_t dead = tt_get(shared->kills) * shared->options.threads + arena->abandons;

	if (stat.objects_allocated - stat.objects_freed != stat.objects ||
	    stat.tracked[0] + stat.tracked[1] + stat.tracked[2] > stat.objects ||
	    stat.bytes > stat.bytes_peak)
		tt_fail(shared, "arena %d: %llu objects, %llu made, %llu freed, %llu + %llu + %llu "
			"tracked, %llu bytes, at most %llu", place, stat.objects,
			stat.objects_allocated, stat.objects_freed, stat.tracked[0],
			stat.tracked[1], stat.tracked[2], stat.bytes, stat.bytes_peak);
	if (stat.gil_holder || stat.gil_waiters ||
	    stat.gil_forced_switches > stat.gil_drop_requests)
		tt_fail(shared, "arena %d: holder %u, %u waiters, %llu forced switches, %llu "
			"requests", place, stat.gil_holder, stat.gil_waiters,
			stat.gil_forced_switches, stat.gil_drop_requests);
	if (arena->told > stat.gil_abandoned || stat.gil_abandoned > dead)
		tt_fail(shared, "arena %d: %" PRIu64 " were told of %llu abandoned holds, %" PRIu64
			" can have been", place, arena->told, stat.gil_abandoned, dead);
	if (stat.steps < told || (!may_lose_steps(shared) && stat.steps != told))
		tt_fail(shared, "arena %d: %llu steps, of which %" PRIu64 " were told", place,
			stat.steps, told);
}

static void check_heap(struct tt_round *round, enum tt_place place)
{
	char why[160];

	if (!tt_heap_check(round->arenas[place], true, why, sizeof(why)))
		tt_fail(round->shared, "a dump of arena %d, at rest: %s", place, why);
}

/* Who set them low may be dead. */
static void widen(int arena)
{
	pt_set_max_objects(arena, 0x7fffffff);
	pt_set_max_bytes(arena, 256ULL << 20);
}

void tt_quiet(struct tt_round *round)
{
	widen(round->arenas[TT_MEMORY]);
	for (int i = 0; i < TT_PLACES; i++)
		check_gil(round, i);
	check_counters(round);
	check_lock(round, "_" TT_STEADY, "nowait", false);
	check_lock(round, "_" TT_MORTAL, "nowait", tt_get(round->shared->kills));
	/* One whose owner was killed is free soon. */
	check_lock(round, "_" TT_RECURSIVE, "2000000000", false);
	check_told(round);
	for (int i = 0; i < TT_PLACES; i++) {
		check_stat(round, i);
		check_heap(round, i);
	}
}
