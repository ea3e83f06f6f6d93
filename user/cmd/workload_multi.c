// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload threads --mode multi: an arena a thread, so that each has a GIL of its own.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "workload_modes.h"

/**
 * struct multi - all of them
 * @w: the call
 * @arenas: of each thread
 * @jobs: likewise
 * @members: what became of them
 * @program: what each runs
 * @ways: one after the other, and all at the same time
 */
struct multi {
	struct workload *w;
	struct pymm_arena **arenas;
	struct team_job *jobs;
	struct team_member *members;
	struct pymm_program *program;
	struct ways ways;
};

static int measure(void *arg, unsigned int number, enum way way, uint64_t *ns,
		   struct progress *progress)
{
	struct multi *multi = arg;
	unsigned int at_once = way == WAY_SHARED ? multi->w->threads : 1;

	(void)number;
	*ns = 0;
	for (unsigned int i = 0; i < multi->w->threads; i += at_once) {
		struct team_order order = {
			.jobs = &multi->jobs[i],
			.nr = at_once,
			.progress = progress,
		};
		uint64_t wall_ns;
		int ret = team_work(multi->w->cmd, &order, &multi->members[i], &wall_ns);

		if (ret)
			return ret;
		*ns += wall_ns;
	}
	return CMD_OK;
}

static double speedup(uint64_t serial_ns, uint64_t parallel_ns)
{
	return (double)serial_ns / (double)parallel_ns;
}

static void print_times(const char *label, uint64_t serial_ns, uint64_t parallel_ns)
{
	char serial[TIME_TEXT_LEN], parallel[TIME_TEXT_LEN];

	printf("%8s %14s %14s %8.2f\n", label, time_text(serial, serial_ns),
	       time_text(parallel, parallel_ns), speedup(serial_ns, parallel_ns));
}

static void print(const struct multi *multi)
{
	const struct workload *w = multi->w;
	const struct ways *ways = &multi->ways;
	char text[16];

	printf("%u thread%s, each in an arena of its own: n = %" PRIu64
	       "; while n > 0: n -= 1\n", w->threads, w->threads == 1 ? "" : "s", w->turns);
	workload_print_config(w);
	printf(", %ld CPUs\n\n", sysconf(_SC_NPROCESSORS_ONLN));
	printf("%8s %14s %14s %8s\n", "run", "one by one", "at once", "speedup");
	for (unsigned int i = 0; i < ways->nr; i++) {
		snprintf(text, sizeof(text), "%u", i + 1);
		print_times(text, ways->ns[i][WAY_SERIAL], ways->ns[i][WAY_SHARED]);
	}
	print_times("best", ways_best(ways, WAY_SERIAL), ways_best(ways, WAY_SHARED));
	print_times("median", ways_median(ways, WAY_SERIAL), ways_median(ways, WAY_SHARED));
}

static void json_times(struct json *json, const char *key, uint64_t serial_ns,
		       uint64_t parallel_ns)
{
	json_open_object(json, key);
	json_add_uint(json, "serial_ns", serial_ns);
	json_add_uint(json, "parallel_ns", parallel_ns);
	json_add_double(json, "speedup", speedup(serial_ns, parallel_ns));
	json_close(json);
}

static void write_json(const struct multi *multi)
{
	const struct ways *ways = &multi->ways;
	struct json *json = multi->w->cmd->json;

	workload_json(multi->w);
	json_add_uint(json, "turns", multi->w->turns);
	json_add_bool(json, "check_all", workload_check_all(multi->w));
	json_add_uint(json, "cpus", (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
	json_times(json, "best", ways_best(ways, WAY_SERIAL), ways_best(ways, WAY_SHARED));
	json_times(json, "median", ways_median(ways, WAY_SERIAL), ways_median(ways, WAY_SHARED));
	json_open_array(json, "runs");
	for (unsigned int i = 0; i < ways->nr; i++)
		json_times(json, NULL, ways->ns[i][WAY_SERIAL], ways->ns[i][WAY_SHARED]);
	json_close(json);
	json_close(json);
}

static int open_arenas(struct multi *multi)
{
	int ret = CMD_OK;

	for (unsigned int i = 0; !ret && i < multi->w->threads; i++)
		ret = workload_arena(multi->w, &multi->arenas[i]);
	if (!ret)
		ret = workload_choose_turns(multi->w, multi->arenas[0], &loop_countdown);
	if (!ret)
		ret = loop_program(multi->w->cmd, &loop_countdown, multi->w->turns,
				   &multi->program);
	for (unsigned int i = 0; !ret && i < multi->w->threads; i++)
		multi->jobs[i] = (struct team_job){ .arena = multi->arenas[i],
						    .program = multi->program };
	return ret;
}

static int run_all(struct multi *multi)
{
	int ret;

	if (!multi->arenas || !multi->jobs || !multi->members)
		return cmd_fail(multi->w->cmd, "out of memory");
	ret = open_arenas(multi);
	if (!ret)
		ret = ways_measure(multi->w, &multi->ways, measure, multi);
	if (ret)
		return ret;
	if (multi->w->cmd->json)
		write_json(multi);
	else
		print(multi);
	return CMD_OK;
}

int mode_multi(struct workload *w)
{
	struct multi multi = {
		.w = w,
		.arenas = calloc(w->threads, sizeof(struct pymm_arena *)),
		.jobs = calloc(w->threads, sizeof(*multi.jobs)),
		.members = calloc(w->threads, sizeof(*multi.members)),
	};
	int ret = run_all(&multi);

	for (unsigned int i = 0; multi.arenas && i < w->threads; i++)
		pymm_arena_close(multi.arenas[i]);
	free(multi.arenas);
	free(multi.jobs);
	free(multi.members);
	pymm_program_free(multi.program);
	ways_free(&multi.ways);
	return ret;
}
