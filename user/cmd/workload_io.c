// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload threads --mode io: a thread that does short I/O beside threads that compute. The
 * convoy: beside them it waits for the GIL after each byte.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "workload_ping.h"

/**
 * struct io_row - beside some spinners
 * @ping: what the pings were like
 * @wall_ns: how long the spinners ran beside them
 * @steps: instructions that these executed
 * @alone_ns: how long they ran without them
 * @alone_steps: instructions then
 */
struct io_row {
	struct ping ping;
	uint64_t wall_ns;
	uint64_t steps;
	uint64_t alone_ns;
	uint64_t alone_steps;
};

/**
 * struct io - all of them
 * @w: the call; as many spinners as it has threads, at the most
 * @arena: where all threads are
 * @program: what spinners run, for ever
 * @jobs: the ping, then the spinners
 * @members: what became of them
 * @rows: with no spinner, with one, ...
 */
struct io {
	struct workload *w;
	struct pymm_arena *arena;
	struct pymm_program *program;
	struct team_job *jobs;
	struct team_member *members;
	struct io_row *rows;
};

static uint64_t count_steps(const struct team_member *members, unsigned int nr)
{
	uint64_t steps = 0;

	for (unsigned int i = 0; i < nr; i++)
		steps += members[i].run.steps;
	return steps;
}

static int run_pings(struct io *io, unsigned int spinners, struct progress *progress)
{
	struct io_row *row = &io->rows[spinners];
	struct team_order order = {
		.jobs = io->jobs,
		.nr = 1 + spinners,
		.leads = true,
		.progress = progress,
	};
	int ret;

	row->ping = (struct ping){
		.wanted = io->w->turns,
		.limit_ns = io->w->wanted_ns,
		.think_ns = io->w->think_ns,
	};
	io->jobs[0].arg = &row->ping;
	ret = team_work(io->w->cmd, &order, io->members, &row->wall_ns);
	row->steps = count_steps(io->members + 1, spinners);
	return ret;
}

/* The same spinners, for as long. */
static int run_alone(struct io *io, unsigned int spinners, struct progress *progress)
{
	struct io_row *row = &io->rows[spinners];
	struct team_order order = {
		.jobs = io->jobs + 1,
		.nr = spinners,
		.limit_ns = row->wall_ns,
		.progress = progress,
	};
	int ret;

	if (!spinners)
		return CMD_OK;
	ret = team_work(io->w->cmd, &order, io->members, &row->alone_ns);
	row->alone_steps = count_steps(io->members, spinners);
	return ret;
}

static int measure(struct io *io, unsigned int spinners)
{
	struct progress progress = { .started_ns = time_now() };
	int ret;

	snprintf(progress.what, sizeof(progress.what), "beside %u of %u spinners", spinners,
		 io->w->threads);
	ret = run_pings(io, spinners, &progress);
	if (!ret)
		ret = run_alone(io, spinners, &progress);
	progress_end(&progress);
	return ret;
}

static uint64_t percentile(const struct ping *ping, unsigned int percent)
{
	return ping->back[(ping->nr - 1) * percent / 100];
}

static double rate(const struct ping *ping)
{
	return (double)ping->nr * 1e9 / (double)ping->wall_ns;
}

/* What the spinners do in some time, as a part of what they do without the pings; 0: unknown. */
static double throughput(const struct io_row *row)
{
	if (!row->alone_steps || !row->wall_ns)
		return 0;
	return (double)row->steps / (double)row->wall_ns * (double)row->alone_ns /
	       (double)row->alone_steps;
}

static void print_row(const struct io_row *row, unsigned int spinners)
{
	const struct ping *ping = &row->ping;
	char median[TIME_TEXT_LEN], p99[TIME_TEXT_LEN], longest[TIME_TEXT_LEN];

	printf("%8u %8" PRIu64 " %9.1f %10s %10s %10s", spinners, ping->nr, rate(ping),
	       time_text(median, percentile(ping, 50)), time_text(p99, percentile(ping, 99)),
	       time_text(longest, percentile(ping, 100)));
	if (row->alone_steps)
		printf(" %9.1f%%\n", 100 * throughput(row));
	else
		printf(" %10s\n", "-");
}

static void print(const struct io *io)
{
	char think[TIME_TEXT_LEN];

	printf("A ping: release the GIL, write a byte, read it %s later, take the GIL\n",
	       time_text(think, io->w->think_ns));
	workload_print_config(io->w);
	printf(", check points: %s\n\n", check_points_text(workload_check_all(io->w)));
	printf("%8s %8s %9s %32s %10s\n", "", "", "", "until it has the GIL again", "spinners'");
	printf("%8s %8s %9s %10s %10s %10s %10s\n", "spinners", "pings", "a second", "median",
	       "99 %", "longest", "speed");
	for (unsigned int i = 0; i <= io->w->threads; i++)
		print_row(&io->rows[i], i);
}

static void json_row(struct json *json, const struct io_row *row, unsigned int spinners)
{
	const struct ping *ping = &row->ping;

	json_open_object(json, NULL);
	json_add_uint(json, "spinners", spinners);
	json_add_uint(json, "pings", ping->nr);
	json_add_uint(json, "pings_ns", ping->wall_ns);
	json_add_double(json, "pings_per_second", rate(ping));
	json_add_uint(json, "median_ns", percentile(ping, 50));
	json_add_uint(json, "p99_ns", percentile(ping, 99));
	json_add_uint(json, "max_ns", percentile(ping, 100));
	json_add_uint(json, "spinner_steps", row->steps);
	json_add_uint(json, "spinner_ns", row->wall_ns);
	json_add_uint(json, "alone_steps", row->alone_steps);
	json_add_uint(json, "alone_ns", row->alone_ns);
	if (row->alone_steps)
		json_add_double(json, "throughput", throughput(row));
	else
		json_add_null(json, "throughput");
	json_close(json);
}

static void write_json(const struct io *io)
{
	struct json *json = io->w->cmd->json;

	workload_json(io->w);
	json_add_bool(json, "check_all", workload_check_all(io->w));
	json_add_uint(json, "think_ns", io->w->think_ns);
	json_open_array(json, "rows");
	for (unsigned int i = 0; i <= io->w->threads; i++)
		json_row(json, &io->rows[i], i);
	json_close(json);
	json_close(json);
}

static int prepare(struct io *io)
{
	int ret;

	if (!io->jobs || !io->members || !io->rows)
		return cmd_fail(io->w->cmd, "out of memory");
	ret = workload_arena(io->w, &io->arena);
	if (!ret)
		ret = loop_program(io->w->cmd, &loop_countdown, INT64_MAX, &io->program);
	io->jobs[0] = (struct team_job){ .arena = io->arena, .run = ping_job };
	for (unsigned int i = 1; i <= io->w->threads; i++)
		io->jobs[i] = (struct team_job){ .arena = io->arena, .program = io->program };
	return ret;
}

static int run_all(struct io *io)
{
	int ret = prepare(io);

	for (unsigned int i = 0; !ret && i <= io->w->threads; i++)
		ret = measure(io, i);
	if (ret)
		return ret;
	if (io->w->cmd->json)
		write_json(io);
	else
		print(io);
	return CMD_OK;
}

int mode_io(struct workload *w)
{
	struct io io = {
		.w = w,
		.jobs = calloc(1 + w->threads, sizeof(*io.jobs)),
		.members = calloc(1 + w->threads, sizeof(*io.members)),
		.rows = calloc(1 + w->threads, sizeof(*io.rows)),
	};
	int ret = run_all(&io);

	for (unsigned int i = 0; io.rows && i <= w->threads; i++)
		ping_free(&io.rows[i].ping);
	free(io.jobs);
	free(io.members);
	free(io.rows);
	pymm_program_free(io.program);
	pymm_arena_close(io.arena);
	return ret;
}
