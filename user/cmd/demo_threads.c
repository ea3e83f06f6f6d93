// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene threads: two CPU-bound threads under one GIL.
 */
#include <inttypes.h>
#include <unistd.h>

#include "demo.h"
#include "trace_hist.h"
#include "workload_team.h"

#define THREADS		2
/* The best of some runs counts. On a busy machine they can be unlike: then of more. */
#define RUNS		3
#define MAX_RUNS	9
/* Two threads are no faster than one if they take at least so much of its time. */
#define NO_FASTER	0.9
/* All the work in one thread; many switch intervals long. */
#define SERIAL_NS	UINT64_C(400000000)

/**
 * struct countdowns - what was measured
 * @turns: of each thread
 * @runs: times that both ways were measured
 * @serial_ns: one thread that does all the work: the shortest time
 * @threads_ns: two threads that share it: the shortest time
 */
struct countdowns {
	uint64_t turns;
	unsigned int runs;
	uint64_t serial_ns;
	uint64_t threads_ns;
};

static double ratio(const struct countdowns *result)
{
	return (double)result->threads_ns / (double)result->serial_ns;
}

static uint64_t shorter(uint64_t a, uint64_t b)
{
	return a && a < b ? a : b;
}

static int count_down(struct demo *demo, unsigned int threads, uint64_t turns,
		      struct team_member *members, uint64_t *wall_ns, struct progress *progress)
{
	struct pymm_program *program;
	int ret = loop_program(demo->cmd, &loop_countdown, turns, &program);

	if (!ret)
		ret = team_run(demo->cmd, demo->arena, program, threads, members, wall_ns,
			       progress);
	pymm_program_free(program);
	return ret;
}

static int measure_once(struct demo *demo, struct countdowns *result, struct progress *progress)
{
	struct team_member members[THREADS];
	uint64_t serial_ns, threads_ns;
	int ret;

	ret = count_down(demo, 1, result->turns * THREADS, members, &serial_ns, progress);
	if (!ret)
		ret = count_down(demo, THREADS, result->turns, members, &threads_ns, progress);
	if (ret)
		return ret;
	result->serial_ns = shorter(result->serial_ns, serial_ns);
	result->threads_ns = shorter(result->threads_ns, threads_ns);
	result->runs++;
	return CMD_OK;
}

static int measure(struct demo *demo, struct countdowns *result)
{
	struct progress progress = { .what = "counting down", .started_ns = time_now() };
	int ret;

	do
		ret = measure_once(demo, result, &progress);
	while (!ret && (result->runs < RUNS ||
			(ratio(result) < NO_FASTER && result->runs < MAX_RUNS)));
	progress_end(&progress);
	return ret;
}

static int compare_times(struct demo *demo, struct countdowns *result)
{
	char serial[TIME_TEXT_LEN], threads[TIME_TEXT_LEN];
	int ret = measure(demo, result);

	if (ret)
		return ret;
	demo_claim(demo, "F1", ratio(result) >= NO_FASTER,
		   "%" PRIu64 " turns on %ld CPUs: %s in one thread, %s in two, %.2f times that "
		   "(best of %u runs each)", result->turns * THREADS, sysconf(_SC_NPROCESSORS_ONLN),
		   time_text(serial, result->serial_ns), time_text(threads, result->threads_ns),
		   ratio(result), result->runs);
	return CMD_OK;
}

static int check_trace(struct demo *demo, uint64_t held, uint64_t held_ns)
{
	uint64_t holds, ns;
	char traced[TIME_TEXT_LEN], counted[TIME_TEXT_LEN];
	int ret = demo_trace_end(demo, demo->gil);

	if (ret || !demo->gil)
		return ret;
	holds = trace_gil_holds(demo->gil, demo->arena_id, &ns);
	demo_seen(demo, holds == held && ns == held_ns && !trace_lost(demo->gil),
		  "events: %" PRIu64 " holds, %s; by the threads' own counters %" PRIu64
		  " holds, %s", holds, time_text(traced, ns), held, time_text(counted, held_ns));
	return CMD_OK;
}

/* Who was let in while another one held the GIL has made that one's hold end without a release. */
static void claim_gil(struct demo *demo, uint64_t wall_ns, uint64_t held_ns, uint64_t unreleased,
		      const struct pymm_stat *before, const struct pymm_stat *after)
{
	char wall[TIME_TEXT_LEN], held[TIME_TEXT_LEN];

	demo_claim(demo, "S34", held_ns && held_ns <= wall_ns && !unreleased &&
		   after->gil_abandoned == before->gil_abandoned,
		   "in %s the two threads held the GIL for %s together, %.1f%%; holds that did not "
		   "end by a release: %" PRIu64, time_text(wall, wall_ns), time_text(held, held_ns),
		   100 * (double)held_ns / (double)wall_ns, unreleased);
	demo_claim(demo, "S38", after->gil_switches - before->gil_switches > THREADS,
		   "%" PRIu64 " switches, %" PRIu64 " of them forced, after %" PRIu64
		   " requests to drop the GIL",
		   (uint64_t)(after->gil_switches - before->gil_switches),
		   (uint64_t)(after->gil_forced_switches - before->gil_forced_switches),
		   (uint64_t)(after->gil_drop_requests - before->gil_drop_requests));
}

/* Two threads once more, for what they do with the GIL. */
static int look_at_gil(struct demo *demo, uint64_t turns)
{
	uint64_t wall_ns, held = 0, held_ns = 0, unreleased = 0;
	struct team_member members[THREADS];
	struct pymm_stat before, after;
	int ret = demo_stat(demo, &before);

	if (!ret)
		ret = count_down(demo, THREADS, turns, members, &wall_ns, NULL);
	if (!ret)
		ret = demo_stat(demo, &after);
	if (ret)
		return ret;
	for (unsigned int i = 0; i < THREADS; i++) {
		held += members[i].gil.holds;
		held_ns += members[i].gil.hold_ns;
		unreleased += members[i].gil.acquires - members[i].gil.holds;
	}
	ret = check_trace(demo, held, held_ns);
	if (!ret)
		claim_gil(demo, wall_ns, held_ns, unreleased, &before, &after);
	return ret;
}

/* Times are compared without tracing, which costs time. */
int demo_threads(struct demo *demo)
{
	struct countdowns result = { 0 };
	int ret = loop_turns(demo->cmd, demo->thread, &loop_countdown, SERIAL_NS / THREADS,
			     &result.turns);

	trace_close(demo->gil);
	demo->gil = NULL;
	demo_python(demo, "t1 = Thread(target=count); t2 = Thread(target=count); t1.start(); ...");
	if (!ret)
		ret = compare_times(demo, &result);
	if (!ret)
		ret = demo_trace(demo, &trace_tool_gil, &demo->gil);
	if (!ret)
		ret = look_at_gil(demo, result.turns);
	if (!ret)
		ret = demo_counts(demo);
	if (!ret)
		demo_atomics(demo);
	return ret;
}
