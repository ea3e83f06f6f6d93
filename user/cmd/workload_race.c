// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload threads --mode race, --mode lock: updates of a counter that get lost or not, where
 * backward jumps alone are check points (CPython since 3.10) and where all instructions are
 * (CPython up to 3.9).
 */
#include <inttypes.h>
#include <stdlib.h>

#include "workload_modes.h"

/**
 * struct count - what became of the counter
 * @value: its last one
 * @switches: of the GIL
 * @ns: the time it took
 */
struct count {
	int64_t value;
	uint64_t switches;
	uint64_t ns;
};

/**
 * struct race_run - one measurement
 * @bare: with no lock
 * @locked: with it, if the mode has one
 */
struct race_run {
	struct count bare;
	struct count locked;
};

/**
 * struct race - all of them
 * @w: the call
 * @locks: the mode has a lock
 * @arena: where the counter is
 * @thread: makes and reads it
 * @members: what became of the threads
 * @bare: what they run
 * @locked: what they run with the lock
 * @runs: with backward jumps alone, then with all instructions
 */
struct race {
	struct workload *w;
	bool locks;
	struct pymm_arena *arena;
	struct pymm_thread *thread;
	struct team_member *members;
	struct pymm_program *bare;
	struct pymm_program *locked;
	struct race_run *runs[2];
};

/* Without an option, both settings are measured. */
static bool is_measured(const struct race *race, unsigned int check_all)
{
	return check_all || !workload_check_all(race->w);
}

static int64_t updates(const struct race *race)
{
	return (int64_t)(race->w->turns * race->w->threads);
}

/* Instructions of a single line of Python; what they print goes to @out. */
static int run_line(struct race *race, const char *line, FILE *out)
{
	const struct loop loop = { .setup = line };
	struct pymm_program *program;
	struct pymm_run run = { 0 };
	int ret = loop_program(race->w->cmd, &loop, 1, &program);

	if (ret)
		return ret;
	ret = pymm_thread_exec(race->thread, program, out, &run);
	pymm_program_free(program);
	if (ret || run.status != PYMM_STATUS_DONE)
		return loop_failed(race->w->cmd, ret, &run);
	return CMD_OK;
}

/* counter = 0; lock = Lock() */
static int reset(struct race *race)
{
	return run_line(race, ASM("LOAD_CONST r3, 0") ASM("STORE_GLOBAL r3!, counter")
			ASM("LOCK_NEW r3") ASM("STORE_GLOBAL r3!, lock"), NULL);
}

static int read_counter(struct race *race, int64_t *value)
{
	char text[32] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");
	int ret;

	if (!out)
		return cmd_fail(race->w->cmd, "out of memory");
	ret = run_line(race, ASM("LOAD_GLOBAL r3, counter") ASM("PRINT r3!, end"), out);
	fclose(out);
	*value = strtoll(text, NULL, 10);
	return ret;
}

static int count(struct race *race, const struct pymm_program *program, struct count *count,
		 struct progress *progress)
{
	struct workload *w = race->w;
	struct pymm_stat before, after;
	int ret = reset(race), error;

	if (ret)
		return ret;
	error = pymm_arena_stat(race->arena, &before);
	ret = team_run(w->cmd, race->arena, program, w->threads, race->members, &count->ns,
		       progress);
	if (!error)
		error = pymm_arena_stat(race->arena, &after);
	if (ret || error)
		return ret ? ret : cmd_fail_errno(w->cmd, error, "cannot read the counters");
	count->switches = after.gil_switches - before.gil_switches;
	return read_counter(race, &count->value);
}

/* Every other run begins with the lock, if there is one. */
static int measure(struct race *race, unsigned int check_all, unsigned int number)
{
	struct race_run *run = &race->runs[check_all][number];
	struct progress progress = { .started_ns = time_now() };
	bool locked_first = race->locks && number % 2;
	int ret = workload_configure(race->w, race->arena, check_all);

	snprintf(progress.what, sizeof(progress.what), "%s: run %u of %u",
		 check_points_text(check_all), number + 1, race->w->nr_runs);
	if (!ret && locked_first)
		ret = count(race, race->locked, &run->locked, &progress);
	if (!ret)
		ret = count(race, race->bare, &run->bare, &progress);
	if (!ret && race->locks && !locked_first)
		ret = count(race, race->locked, &run->locked, &progress);
	progress_end(&progress);
	return ret;
}

static const struct count *result(const struct race *race, const struct race_run *run)
{
	return race->locks ? &run->locked : &run->bare;
}

static double price(const struct race_run *run)
{
	return (double)run->locked.ns / (double)run->bare.ns;
}

static int compare_prices(const void *a, const void *b)
{
	double left = price(a), right = price(b);

	return left < right ? -1 : left > right;
}

static void print_run(const struct race *race, unsigned int check_all, unsigned int number)
{
	const struct race_run *run = &race->runs[check_all][number];
	const struct count *count = result(race, run);
	int64_t lost = updates(race) - count->value;
	char text[TIME_TEXT_LEN];

	printf("%-16s %5u %12" PRId64 " %12" PRId64 " %12" PRId64 " %5.1f%% %9" PRIu64 " %9s",
	       check_points_text(check_all), number + 1, updates(race), count->value, lost,
	       100 * (double)lost / (double)updates(race), count->switches,
	       time_text(text, count->ns));
	if (race->locks)
		printf(" %9s %6.2f", time_text(text, run->bare.ns), price(run));
	printf("\n");
}

static void print(const struct race *race)
{
	const struct workload *w = race->w;

	printf("%u thread%s, each %" PRIu64 " times: %scounter += 1\n", w->threads,
	       w->threads == 1 ? "" : "s", w->turns, race->locks ? "with lock: " : "");
	workload_print_config(w);
	printf("\n\n%-16s %5s %12s %12s %12s %6s %9s %9s%s\n", "check points", "run", "updates",
	       "counter", "lost", "", "switches", "time", race->locks ? "   no lock  price" : "");
	for (unsigned int check_all = 0; check_all < 2; check_all++)
		for (unsigned int i = 0; is_measured(race, check_all) && i < w->nr_runs; i++)
			print_run(race, check_all, i);
}

static void json_run(const struct race *race, const struct race_run *run)
{
	const struct count *count = result(race, run);
	struct json *json = race->w->cmd->json;

	json_open_object(json, NULL);
	json_add_int(json, "counter", count->value);
	json_add_int(json, "lost", updates(race) - count->value);
	json_add_uint(json, "switches", count->switches);
	json_add_uint(json, "ns", count->ns);
	if (race->locks) {
		json_add_int(json, "unlocked_lost", updates(race) - run->bare.value);
		json_add_uint(json, "unlocked_ns", run->bare.ns);
		json_add_double(json, "price", price(run));
	}
	json_close(json);
}

static void json_setting(const struct race *race, unsigned int check_all)
{
	struct json *json = race->w->cmd->json;
	unsigned int nr = race->w->nr_runs;
	int64_t lost = 0;

	json_open_object(json, NULL);
	json_add_bool(json, "check_all", check_all);
	json_open_array(json, "runs");
	for (unsigned int i = 0; i < nr; i++) {
		json_run(race, &race->runs[check_all][i]);
		lost += updates(race) - result(race, &race->runs[check_all][i])->value;
	}
	json_close(json);
	json_add_int(json, "lost", lost);
	if (race->locks) {
		qsort(race->runs[check_all], nr, sizeof(**race->runs), compare_prices);
		json_add_double(json, "price", price(&race->runs[check_all][nr / 2]));
	}
	json_close(json);
}

static void write_json(const struct race *race)
{
	struct json *json = race->w->cmd->json;

	workload_json(race->w);
	json_add_uint(json, "turns", race->w->turns);
	json_add_int(json, "updates", updates(race));
	json_open_array(json, "settings");
	for (unsigned int check_all = 0; check_all < 2; check_all++)
		if (is_measured(race, check_all))
			json_setting(race, check_all);
	json_close(json);
	json_close(json);
}

static int prepare(struct race *race)
{
	struct workload *w = race->w;
	int ret = workload_arena(w, &race->arena);

	if (!ret)
		ret = cmd_open_thread(w->cmd, race->arena, &race->thread);
	if (!ret)
		ret = reset(race);
	if (!ret)
		ret = workload_choose_turns(w, race->arena,
					    race->locks ? &loop_locked_update : &loop_update);
	if (!ret)
		ret = loop_program(w->cmd, &loop_update, w->turns, &race->bare);
	return ret ? ret : loop_program(w->cmd, &loop_locked_update, w->turns, &race->locked);
}

static int run_all(struct race *race)
{
	int ret;

	if (!race->members || !race->runs[0] || !race->runs[1])
		return cmd_fail(race->w->cmd, "out of memory");
	ret = prepare(race);
	for (unsigned int check_all = 0; check_all < 2; check_all++)
		for (unsigned int i = 0;
		     !ret && is_measured(race, check_all) && i < race->w->nr_runs; i++)
			ret = measure(race, check_all, i);
	if (ret)
		return ret;
	if (race->w->cmd->json)
		write_json(race);
	else
		print(race);
	return CMD_OK;
}

static int run_mode(struct workload *w, bool locks)
{
	struct race race = {
		.w = w,
		.locks = locks,
		.members = calloc(w->threads, sizeof(*race.members)),
		.runs = {
			calloc(w->nr_runs, sizeof(**race.runs)),
			calloc(w->nr_runs, sizeof(**race.runs)),
		},
	};
	int ret = run_all(&race);

	free(race.members);
	free(race.runs[0]);
	free(race.runs[1]);
	pymm_program_free(race.bare);
	pymm_program_free(race.locked);
	pymm_thread_close(race.thread);
	pymm_arena_close(race.arena);
	return ret;
}

int mode_race(struct workload *w)
{
	return run_mode(w, false);
}

int mode_lock(struct workload *w)
{
	return run_mode(w, true);
}
