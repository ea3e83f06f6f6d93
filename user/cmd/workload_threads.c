// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload threads: CPU-bound threads under one GIL against the same work in one
 * thread.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace_hist.h"
#include "workload_team.h"

/* The text's "while n > 0: n -= 1". */
static const struct loop countdown;

/**
 * struct threads_run - one measurement, both ways
 * @serial_ns: all the work in one thread
 * @threads_ns: shared out
 * @before: counters before the threads ran
 * @after: and afterwards
 * @members: what each thread did
 */
struct threads_run {
	uint64_t serial_ns;
	uint64_t threads_ns;
	struct pymm_stat before;
	struct pymm_stat after;
	struct team_member *members;
};

/**
 * struct threads - one call of the command
 * @cmd: the call
 * @arena: where the threads are
 * @threads: how many
 * @turns: of each
 * @nr_runs: measurements
 * @runs: their results
 * @serial: times of one thread, sorted
 * @shared: times of all threads, sorted
 * @config: what the arena was set to
 */
struct threads {
	struct cmd *cmd;
	struct pymm_arena *arena;
	unsigned int threads;
	uint64_t turns;
	unsigned int nr_runs;
	struct threads_run *runs;
	uint64_t *serial;
	uint64_t *shared;
	struct pymm_config config;
};

static double ratio(uint64_t threads_ns, uint64_t serial_ns)
{
	return (double)threads_ns / (double)serial_ns;
}

static uint64_t held_ns(const struct threads *t, const struct threads_run *run)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < t->threads; i++)
		sum += run->members[i].gil.hold_ns;
	return sum;
}

static int configure(struct threads *t)
{
	int ret;

	t->config = (struct pymm_config){
		.fields = PYMM_CONFIG_SWITCH_INTERVAL | PYMM_CONFIG_FLAGS,
		.flags = PYMM_CONFIG_F_GC |
			 (cmd_flag(t->cmd, "--check-all") ? PYMM_CONFIG_F_CHECK_ALL : 0),
		.switch_interval_ns = cmd_number(t->cmd, "-i", 5000) * 1000,
	};
	ret = pymm_arena_config(t->arena, &t->config);
	return ret ? cmd_fail_errno(t->cmd, ret, "cannot configure the arena") : CMD_OK;
}

static int choose_turns(struct threads *t)
{
	uint64_t wanted_ns = cmd_number(t->cmd, "-s", 1) * UINT64_C(1000000000);
	struct pymm_thread *thread;
	int ret;

	t->turns = cmd_number(t->cmd, "-n", 0);
	if (t->turns)
		return CMD_OK;
	ret = cmd_open_thread(t->cmd, t->arena, &thread);
	if (ret)
		return ret;
	ret = loop_turns(t->cmd, thread, &countdown, wanted_ns / t->threads, &t->turns);
	pymm_thread_close(thread);
	return ret;
}

static int measure_serial(struct threads *t, struct threads_run *run, struct progress *progress)
{
	struct team_member alone;
	struct pymm_program *program;
	int ret = loop_program(t->cmd, &countdown, t->turns * t->threads, &program);

	if (ret == CMD_OK)
		ret = team_run(t->cmd, t->arena, program, 1, &alone, &run->serial_ns, progress);
	pymm_program_free(program);
	return ret;
}

static int measure_threads(struct threads *t, struct threads_run *run, struct progress *progress)
{
	struct pymm_program *program;
	int ret = loop_program(t->cmd, &countdown, t->turns, &program), error;

	if (ret)
		return ret;
	error = pymm_arena_stat(t->arena, &run->before);
	ret = team_run(t->cmd, t->arena, program, t->threads, run->members, &run->threads_ns,
		       progress);
	pymm_program_free(program);
	if (ret == CMD_OK && !error)
		error = pymm_arena_stat(t->arena, &run->after);
	return ret || !error ? ret : cmd_fail_errno(t->cmd, error, "cannot read the counters");
}

/* Every other run begins with the threads, so that neither way is always the first. */
static int measure(struct threads *t, unsigned int number)
{
	struct threads_run *run = &t->runs[number];
	struct progress progress = { .started_ns = time_now() };
	int ret;

	snprintf(progress.what, sizeof(progress.what), "run %u of %u", number + 1, t->nr_runs);
	run->members = calloc(t->threads, sizeof(*run->members));
	if (!run->members)
		return cmd_fail(t->cmd, "out of memory");
	if (number & 1) {
		ret = measure_threads(t, run, &progress);
		if (!ret)
			ret = measure_serial(t, run, &progress);
	} else {
		ret = measure_serial(t, run, &progress);
		if (!ret)
			ret = measure_threads(t, run, &progress);
	}
	progress_end(&progress);
	t->serial[number] = run->serial_ns;
	t->shared[number] = run->threads_ns;
	return ret;
}

/* The run whose threads took the median time. */
static const struct threads_run *median_run(const struct threads *t)
{
	const struct threads_run *run = t->runs;

	while (run->threads_ns != t->shared[t->nr_runs / 2])
		run++;
	return run;
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

static void print_run(const struct threads *t, const struct threads_run *run)
{
	uint64_t held = held_ns(t, run);
	char text[TIME_TEXT_LEN];

	printf("\nThe median run: %" PRIu64 " switches, %" PRIu64 " drop requests, %" PRIu64
	       " forced switches\n",
	       (uint64_t)(run->after.gil_switches - run->before.gil_switches),
	       (uint64_t)(run->after.gil_drop_requests - run->before.gil_drop_requests),
	       (uint64_t)(run->after.gil_forced_switches - run->before.gil_forced_switches));
	printf("%8s %8s %9s %8s %6s %8s %9s %8s\n", "thread", "holds", "held", "longest", "share",
	       "waits", "waited", "longest");
	for (unsigned int i = 0; i < t->threads; i++)
		print_member(&run->members[i], held);
	printf("The threads held the GIL for %s, %.1f%% of the time that passed: one at a time.\n",
	       time_text(text, held), 100 * (double)held / (double)run->threads_ns);
}

static void print_times(const char *label, uint64_t serial_ns, uint64_t threads_ns)
{
	char serial[TIME_TEXT_LEN], threads[TIME_TEXT_LEN];

	printf("%8s %12s %12s %8.2f\n", label, time_text(serial, serial_ns),
	       time_text(threads, threads_ns), ratio(threads_ns, serial_ns));
}

static void print(const struct threads *t)
{
	unsigned int middle = t->nr_runs / 2;
	char text[TIME_TEXT_LEN];

	printf("%u thread%s, each: n = %" PRIu64 "; while n > 0: n -= 1\n"
	       "switch interval %s, check points: %s\n\n", t->threads, t->threads == 1 ? "" : "s",
	       t->turns, time_text(text, t->config.switch_interval_ns),
	       t->config.flags & PYMM_CONFIG_F_CHECK_ALL ? "all instructions" : "backward jumps");
	printf("%8s %12s %12s %8s\n", "run", "one thread", "threads", "ratio");
	for (unsigned int i = 0; i < t->nr_runs; i++) {
		snprintf(text, sizeof(text), "%u", i + 1);
		print_times(text, t->runs[i].serial_ns, t->runs[i].threads_ns);
	}
	print_times("best", t->serial[0], t->shared[0]);
	print_times("median", t->serial[middle], t->shared[middle]);
	print_run(t, median_run(t));
}

static void json_member(struct json *json, const struct team_member *member)
{
	json_open_object(json, NULL);
	json_add_uint(json, "thread", member->thread_id);
	json_add_uint(json, "steps", member->run.steps);
	json_add_uint(json, "holds", member->gil.holds);
	json_add_uint(json, "hold_ns", member->gil.hold_ns);
	json_add_uint(json, "hold_max_ns", member->gil.hold_max_ns);
	json_add_uint(json, "waits", member->gil.waits);
	json_add_uint(json, "wait_ns", member->gil.wait_ns);
	json_add_uint(json, "wait_max_ns", member->gil.wait_max_ns);
	json_add_uint(json, "drops", member->gil.drops);
	json_close(json);
}

static void json_run(const struct threads *t, const struct threads_run *run)
{
	struct json *json = t->cmd->json;

	json_open_object(json, NULL);
	json_add_uint(json, "serial_ns", run->serial_ns);
	json_add_uint(json, "threads_ns", run->threads_ns);
	json_add_double(json, "ratio", ratio(run->threads_ns, run->serial_ns));
	json_add_uint(json, "switches", run->after.gil_switches - run->before.gil_switches);
	json_add_uint(json, "drop_requests",
		      run->after.gil_drop_requests - run->before.gil_drop_requests);
	json_add_uint(json, "forced_switches",
		      run->after.gil_forced_switches - run->before.gil_forced_switches);
	json_add_uint(json, "hold_ns", held_ns(t, run));
	json_open_array(json, "members");
	for (unsigned int i = 0; i < t->threads; i++)
		json_member(json, &run->members[i]);
	json_close(json);
	json_close(json);
}

static void json_times(struct json *json, const char *key, uint64_t serial_ns,
		       uint64_t threads_ns)
{
	json_open_object(json, key);
	json_add_uint(json, "serial_ns", serial_ns);
	json_add_uint(json, "threads_ns", threads_ns);
	json_add_double(json, "ratio", ratio(threads_ns, serial_ns));
	json_close(json);
}

static void write_json(const struct threads *t)
{
	unsigned int middle = t->nr_runs / 2;
	struct json *json = t->cmd->json;

	json_open_object(json, NULL);
	json_add_uint(json, "threads", t->threads);
	json_add_uint(json, "turns", t->turns);
	json_add_uint(json, "switch_interval_ns", t->config.switch_interval_ns);
	json_add_bool(json, "check_all", t->config.flags & PYMM_CONFIG_F_CHECK_ALL);
	json_times(json, "best", t->serial[0], t->shared[0]);
	json_times(json, "median", t->serial[middle], t->shared[middle]);
	json_open_array(json, "runs");
	for (unsigned int i = 0; i < t->nr_runs; i++)
		json_run(t, &t->runs[i]);
	json_close(json);
	json_close(json);
}

static int run_all(struct threads *t)
{
	int ret = configure(t);

	if (!ret)
		ret = choose_turns(t);
	if (!ret && t->turns > INT64_MAX / t->threads)
		return cmd_misused(t->cmd, "-n: %u threads cannot do so many turns", t->threads);
	for (unsigned int i = 0; !ret && i < t->nr_runs; i++)
		ret = measure(t, i);
	if (ret)
		return ret;
	qsort(t->serial, t->nr_runs, sizeof(*t->serial), compare_u64);
	qsort(t->shared, t->nr_runs, sizeof(*t->shared), compare_u64);
	if (t->cmd->json)
		write_json(t);
	else
		print(t);
	return CMD_OK;
}

int workload_threads(struct cmd *cmd)
{
	struct threads t = {
		.cmd = cmd,
		.threads = (unsigned int)cmd_number(cmd, "-t", 2),
		.nr_runs = (unsigned int)cmd_number(cmd, "--runs", 3),
	};
	int ret;

	if (cmd_number(cmd, "-n", 0) && cmd_number(cmd, "-s", 0))
		return cmd_misused(cmd, "-n and -s cannot be had together");
	cmd_catch_signals();
	ret = cmd_open_arena(cmd, &t.arena);
	if (ret)
		return ret;
	t.runs = calloc(t.nr_runs, sizeof(*t.runs));
	t.serial = calloc(t.nr_runs, sizeof(*t.serial));
	t.shared = calloc(t.nr_runs, sizeof(*t.shared));
	ret = t.runs && t.serial && t.shared ? run_all(&t) : cmd_fail(cmd, "out of memory");
	for (unsigned int i = 0; t.runs && i < t.nr_runs; i++)
		free(t.runs[i].members);
	free(t.runs);
	free(t.serial);
	free(t.shared);
	pymm_arena_close(t.arena);
	return ret;
}
