// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload threads --mode cpu: CPU-bound threads under one GIL against the same work in one
 * thread.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "workload_modes.h"

/**
 * struct cpu_run - one measurement, both ways
 * @before: counters before the threads ran
 * @after: and afterwards
 * @members: what each thread did
 * @share_ratio: how much longer the one had held the GIL that had it longest than the one that
 *	had it shortest, when the first of them ended; 0: that cannot be said
 */
struct cpu_run {
	struct pymm_stat before;
	struct pymm_stat after;
	struct team_member *members;
	double share_ratio;
};

/**
 * struct cpu - all of them
 * @w: the call
 * @arena: where the threads are
 * @ways: the times
 * @runs: measurements
 */
struct cpu {
	struct workload *w;
	struct pymm_arena *arena;
	struct ways ways;
	struct cpu_run *runs;
};

/* What first_end is told: whose shares are to be compared. */
struct shares {
	const struct cpu *cpu;
	struct cpu_run *run;
};

static double ratio(uint64_t threads_ns, uint64_t serial_ns)
{
	return (double)threads_ns / (double)serial_ns;
}

static uint64_t held_ns(const struct cpu *cpu, const struct cpu_run *run)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < cpu->w->threads; i++)
		sum += run->members[i].gil.hold_ns;
	return sum;
}

static bool is_member(const struct shares *shares, const struct pymm_dump_thread *thread)
{
	for (unsigned int i = 0; i < shares->cpu->w->threads; i++)
		if (shares->run->members[i].thread_id == thread->thread_id)
			return true;
	return false;
}

/*
 * When one has ended, the others hold the GIL until they have held it for as long: shares say
 * something as long as all take part. Without memory for a snapshot nothing is said.
 */
static void compare_shares(void *arg)
{
	uint64_t longest = 0, shortest = UINT64_MAX;
	const struct pymm_dump_record *record = NULL;
	struct pymm_snapshot *snapshot;
	struct shares *shares = arg;

	if (pymm_snapshot_take(shares->cpu->arena, &snapshot))
		return;
	while ((record = pymm_snapshot_next(snapshot, record))) {
		const struct pymm_dump_thread *thread = (const void *)record;

		if (record->kind != PYMM_DUMP_THREAD || !is_member(shares, thread))
			continue;
		longest = longest < thread->hold_ns ? thread->hold_ns : longest;
		shortest = shortest > thread->hold_ns ? thread->hold_ns : shortest;
	}
	pymm_snapshot_free(snapshot);
	if (shortest && longest)
		shares->run->share_ratio = (double)longest / (double)shortest;
}

static int measure_serial(struct cpu *cpu, uint64_t *ns, struct progress *progress)
{
	struct workload *w = cpu->w;
	struct team_member alone;
	struct pymm_program *program;
	int ret = loop_program(w->cmd, &loop_countdown, w->turns * w->threads, &program);

	if (ret == CMD_OK)
		ret = team_run(w->cmd, cpu->arena, program, 1, &alone, ns, progress);
	pymm_program_free(program);
	return ret;
}

static int run_threads(struct cpu *cpu, struct cpu_run *run, const struct pymm_program *program,
		       uint64_t *ns, struct progress *progress)
{
	struct shares shares = { .cpu = cpu, .run = run };
	struct team_job *jobs = calloc(cpu->w->threads, sizeof(*jobs));
	struct team_order order = {
		.jobs = jobs,
		.nr = cpu->w->threads,
		.first_end = compare_shares,
		.arg = &shares,
		.progress = progress,
	};
	int ret;

	if (!jobs)
		return cmd_fail(cpu->w->cmd, "out of memory");
	for (unsigned int i = 0; i < order.nr; i++)
		jobs[i] = (struct team_job){ .arena = cpu->arena, .program = program };
	ret = team_work(cpu->w->cmd, &order, run->members, ns);
	free(jobs);
	return ret;
}

static int measure_threads(struct cpu *cpu, struct cpu_run *run, uint64_t *ns,
			   struct progress *progress)
{
	struct cmd *cmd = cpu->w->cmd;
	struct pymm_program *program;
	int ret = loop_program(cmd, &loop_countdown, cpu->w->turns, &program), error;

	if (ret)
		return ret;
	error = pymm_arena_stat(cpu->arena, &run->before);
	ret = run_threads(cpu, run, program, ns, progress);
	pymm_program_free(program);
	if (ret == CMD_OK && !error)
		error = pymm_arena_stat(cpu->arena, &run->after);
	return ret || !error ? ret : cmd_fail_errno(cmd, error, "cannot read the counters");
}

static int measure(void *arg, unsigned int number, enum way way, uint64_t *ns,
		   struct progress *progress)
{
	struct cpu *cpu = arg;
	struct cpu_run *run = &cpu->runs[number];

	if (way == WAY_SERIAL)
		return measure_serial(cpu, ns, progress);
	run->members = calloc(cpu->w->threads, sizeof(*run->members));
	if (!run->members)
		return cmd_fail(cpu->w->cmd, "out of memory");
	return measure_threads(cpu, run, ns, progress);
}

/* The run whose threads took the median time. */
static unsigned int median_run(const struct cpu *cpu)
{
	unsigned int i = 0;

	while (cpu->ways.ns[i][WAY_SHARED] != ways_median(&cpu->ways, WAY_SHARED))
		i++;
	return i;
}

static void print_member(const struct team_member *member, uint64_t held)
{
	char hold[TIME_TEXT_LEN], hold_max[TIME_TEXT_LEN], wait[TIME_TEXT_LEN],
		wait_max[TIME_TEXT_LEN];

	printf("%8u %8" PRIu64 " %9s %8s %5.1f%% %8" PRIu64 " %9s %8s\n", member->thread_id,
	       (uint64_t)member->gil.holds, time_text(hold, member->gil.hold_ns),
	       time_text(hold_max, member->gil.hold_max_ns),
	       100 * (double)member->gil.hold_ns / (double)(held ? held : 1),
	       (uint64_t)member->gil.waits, time_text(wait, member->gil.wait_ns),
	       time_text(wait_max, member->gil.wait_max_ns));
}

static void print_run(const struct cpu *cpu, unsigned int number)
{
	const struct cpu_run *run = &cpu->runs[number];
	uint64_t held = held_ns(cpu, run);
	char text[TIME_TEXT_LEN];

	printf("\nThe median run: %" PRIu64 " switches, %" PRIu64 " drop requests, %" PRIu64
	       " forced switches\n",
	       (uint64_t)(run->after.gil_switches - run->before.gil_switches),
	       (uint64_t)(run->after.gil_drop_requests - run->before.gil_drop_requests),
	       (uint64_t)(run->after.gil_forced_switches - run->before.gil_forced_switches));
	printf("%8s %8s %9s %8s %6s %8s %9s %8s\n", "thread", "holds", "held", "longest", "share",
	       "waits", "waited", "longest");
	for (unsigned int i = 0; i < cpu->w->threads; i++)
		print_member(&run->members[i], held);
	printf("The threads held the GIL for %s, %.1f%% of the time that passed: one at a time.\n",
	       time_text(text, held),
	       100 * (double)held / (double)cpu->ways.ns[number][WAY_SHARED]);
	if (run->share_ratio > 0)
		printf("When the first one ended, the largest share was %.2f times the smallest.\n",
		       run->share_ratio);
}

static void print_times(const char *label, uint64_t serial_ns, uint64_t threads_ns)
{
	char serial[TIME_TEXT_LEN], threads[TIME_TEXT_LEN];

	printf("%8s %12s %12s %8.2f\n", label, time_text(serial, serial_ns),
	       time_text(threads, threads_ns), ratio(threads_ns, serial_ns));
}

static void print(const struct cpu *cpu)
{
	const struct workload *w = cpu->w;
	const struct ways *ways = &cpu->ways;
	char text[TIME_TEXT_LEN];

	printf("%u thread%s, each: n = %" PRIu64 "; while n > 0: n -= 1\n", w->threads,
	       w->threads == 1 ? "" : "s", w->turns);
	workload_print_config(w);
	printf(", check points: %s\n\n", check_points_text(workload_check_all(w)));
	printf("%8s %12s %12s %8s\n", "run", "one thread", "threads", "ratio");
	for (unsigned int i = 0; i < ways->nr; i++) {
		snprintf(text, sizeof(text), "%u", i + 1);
		print_times(text, ways->ns[i][WAY_SERIAL], ways->ns[i][WAY_SHARED]);
	}
	print_times("best", ways_best(ways, WAY_SERIAL), ways_best(ways, WAY_SHARED));
	print_times("median", ways_median(ways, WAY_SERIAL), ways_median(ways, WAY_SHARED));
	print_run(cpu, median_run(cpu));
}

static void json_add_times(struct json *json, uint64_t serial_ns, uint64_t threads_ns)
{
	json_add_uint(json, "serial_ns", serial_ns);
	json_add_uint(json, "threads_ns", threads_ns);
	json_add_double(json, "ratio", ratio(threads_ns, serial_ns));
}

static void json_run(const struct cpu *cpu, unsigned int number)
{
	const struct cpu_run *run = &cpu->runs[number];
	const uint64_t *ns = cpu->ways.ns[number];
	struct json *json = cpu->w->cmd->json;

	json_open_object(json, NULL);
	json_add_times(json, ns[WAY_SERIAL], ns[WAY_SHARED]);
	json_add_uint(json, "switches", run->after.gil_switches - run->before.gil_switches);
	json_add_uint(json, "drop_requests",
		      run->after.gil_drop_requests - run->before.gil_drop_requests);
	json_add_uint(json, "forced_switches",
		      run->after.gil_forced_switches - run->before.gil_forced_switches);
	json_add_uint(json, "hold_ns", held_ns(cpu, run));
	if (run->share_ratio > 0)
		json_add_double(json, "share_ratio", run->share_ratio);
	else
		json_add_null(json, "share_ratio");
	json_open_array(json, "members");
	for (unsigned int i = 0; i < cpu->w->threads; i++) {
		json_open_member(json, &run->members[i]);
		json_close(json);
	}
	json_close(json);
	json_close(json);
}

static void write_json(const struct cpu *cpu)
{
	const struct ways *ways = &cpu->ways;
	struct json *json = cpu->w->cmd->json;

	workload_json(cpu->w);
	json_add_uint(json, "turns", cpu->w->turns);
	json_add_bool(json, "check_all", workload_check_all(cpu->w));
	json_open_object(json, "best");
	json_add_times(json, ways_best(ways, WAY_SERIAL), ways_best(ways, WAY_SHARED));
	json_close(json);
	json_open_object(json, "median");
	json_add_times(json, ways_median(ways, WAY_SERIAL), ways_median(ways, WAY_SHARED));
	json_close(json);
	json_open_array(json, "runs");
	for (unsigned int i = 0; i < ways->nr; i++)
		json_run(cpu, i);
	json_close(json);
	json_close(json);
}

static int run_all(struct cpu *cpu)
{
	int ret = workload_arena(cpu->w, &cpu->arena);

	if (!ret)
		ret = workload_choose_turns(cpu->w, cpu->arena, &loop_countdown);
	if (!ret)
		ret = ways_measure(cpu->w, &cpu->ways, measure, cpu);
	if (ret)
		return ret;
	if (cpu->w->cmd->json)
		write_json(cpu);
	else
		print(cpu);
	return CMD_OK;
}

int mode_cpu(struct workload *w)
{
	struct cpu cpu = { .w = w, .runs = calloc(w->nr_runs, sizeof(*cpu.runs)) };
	int ret = cpu.runs ? run_all(&cpu) : cmd_fail(w->cmd, "out of memory");

	for (unsigned int i = 0; cpu.runs && i < w->nr_runs; i++)
		free(cpu.runs[i].members);
	free(cpu.runs);
	ways_free(&cpu.ways);
	pymm_arena_close(cpu.arena);
	return ret;
}
