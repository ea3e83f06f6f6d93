// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm bench: statements in pymm and in CPython, side by side.
 *
 * Both sides run the same loop in turns; which one begins changes from round to
 * round. Compared are whole loops. The empty loop is measured beside each, so that
 * what is left without it can be shown as well.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "trace_hist.h"
#include "workload.h"

/* The row that is nothing but the loop that the others are in. */
#define EMPTY		"countdown"
/* A loop with loops in it divides its turns by this. */
#define TURNS_STEP	100
#define MAX_TURNS	UINT64_C(1000000000000)
#define MAX_ROUNDS	999

static const char installed[] = PYMM_BENCH_DIR;

enum side { PYMM, CPYTHON, SIDES };

/**
 * struct bench - one call of the command
 * @cmd: the call
 * @rows: of its directory
 * @python: CPython's process
 * @empty: the empty loop
 * @file: JSON for -o, or NULL
 * @unit: what the clock counts
 * @rounds: how often each loop is measured
 * @wanted_ns: how long the slower side is to run a loop
 * @progress: what is said meanwhile
 */
struct bench {
	struct cmd *cmd;
	struct bench_rows rows;
	struct bench_python python;
	struct bench_loop empty;
	struct json *file;
	const char *unit;
	unsigned int rounds;
	uint64_t wanted_ns;
	struct progress progress;
};

/**
 * struct times - of a loop, one for each round, on each side
 * @ns: the times
 */
struct times {
	uint64_t ns[SIDES][MAX_ROUNDS];
};

/**
 * struct result - what was found out about a row, for one execution of its statement
 * @turns: of the loop
 * @whole: time, medians
 * @net: the same without the empty loop; NAN for that itself, and for a side that is not there
 * @ratio: CPython's time divided by pymm's
 * @lo: the smallest ratio of a round
 * @hi: the largest
 */
struct result {
	uint64_t turns;
	double whole[SIDES];
	double net[SIDES];
	double ratio;
	double lo;
	double hi;
};

static int run_side(struct bench *bench, enum side side, const char *name,
		    const struct bench_loop *loop, uint64_t turns, struct bench_run *run)
{
	progress_tick(&bench->progress);
	if (side == PYMM)
		return bench_loop_run(bench->cmd, loop, turns, run);
	return bench_python_run(bench->cmd, &bench->python, bench->rows.dir, name, turns, run);
}

/* Runs a loop on both sides, which must print the same. */
static int run_sides(struct bench *bench, const char *name, const struct bench_loop *loop,
		     uint64_t turns, enum side first, uint64_t ns[SIDES])
{
	struct bench_run runs[SIDES];
	enum side second = first == PYMM ? CPYTHON : PYMM;
	int ret;

	if (!bench->python.pid) {
		ret = run_side(bench, PYMM, name, loop, turns, &runs[PYMM]);
		ns[PYMM] = runs[PYMM].ns;
		ns[CPYTHON] = 0;
		return ret;
	}
	ret = run_side(bench, first, name, loop, turns, &runs[first]);
	if (!ret)
		ret = run_side(bench, second, name, loop, turns, &runs[second]);
	if (ret)
		return ret;
	if (strcmp(runs[PYMM].text, runs[CPYTHON].text))
		return cmd_fail(bench->cmd, "%s: pymm printed %.*s, CPython %.*s", name,
				(int)strcspn(runs[PYMM].text, "\n"), runs[PYMM].text,
				(int)strcspn(runs[CPYTHON].text, "\n"), runs[CPYTHON].text);
	ns[PYMM] = runs[PYMM].ns;
	ns[CPYTHON] = runs[CPYTHON].ns;
	return CMD_OK;
}

/* How many turns take the wanted time; this warms both sides up. */
static int choose_turns(struct bench *bench, const char *name, const struct bench_loop *loop,
			uint64_t *turns)
{
	uint64_t ns[SIDES], slower, steps;

	for (*turns = TURNS_STEP;; *turns *= 4) {
		int ret = run_sides(bench, name, loop, *turns, PYMM, ns);

		if (ret)
			return ret;
		slower = ns[PYMM] > ns[CPYTHON] ? ns[PYMM] : ns[CPYTHON];
		if (slower >= bench->wanted_ns / 4 || *turns >= MAX_TURNS)
			break;
	}
	steps = (uint64_t)((double)*turns / TURNS_STEP * (double)bench->wanted_ns / (double)slower);
	*turns = (steps + 1) * TURNS_STEP;
	return CMD_OK;
}

static int run_rounds(struct bench *bench, const struct bench_row *row,
		      const struct bench_loop *loop, uint64_t turns, struct times *whole,
		      struct times *empty)
{
	for (unsigned int i = 0; i < bench->rounds; i++) {
		enum side first = i & 1 ? CPYTHON : PYMM;
		uint64_t ns[SIDES];
		int ret = run_sides(bench, row->name, loop, turns, first, ns);

		if (ret)
			return ret;
		for (int side = 0; side < SIDES; side++)
			whole->ns[side][i] = ns[side];
		ret = run_sides(bench, EMPTY, &bench->empty, turns, first, ns);
		if (ret)
			return ret;
		for (int side = 0; side < SIDES; side++)
			empty->ns[side][i] = ns[side];
	}
	return CMD_OK;
}

static double median(uint64_t *ns, unsigned int nr)
{
	const uint64_t *middle = ns + nr / 2;

	qsort(ns, nr, sizeof(*ns), compare_u64);
	return (double)*middle;
}

/* Ratios of single rounds; to be called before median() sorts them. */
static void find_range(const struct times *whole, unsigned int rounds, struct result *result)
{
	for (unsigned int i = 0; i < rounds; i++) {
		double ratio = (double)whole->ns[CPYTHON][i] / (double)whole->ns[PYMM][i];

		if (!i || ratio < result->lo)
			result->lo = ratio;
		if (!i || ratio > result->hi)
			result->hi = ratio;
	}
}

static void evaluate(const struct bench *bench, const struct bench_row *row, struct times *whole,
		     struct times *empty, struct result *result)
{
	double operations = (double)result->turns * row->copies;
	bool is_empty = !strcmp(row->name, EMPTY);

	find_range(whole, bench->rounds, result);
	for (int side = 0; side < SIDES; side++) {
		double whole_ns = median(whole->ns[side], bench->rounds);
		double empty_ns = median(empty->ns[side], bench->rounds);

		result->whole[side] = whole_ns / operations;
		result->net[side] = is_empty ? NAN : (whole_ns - empty_ns) / operations;
	}
	result->ratio = result->whole[CPYTHON] / result->whole[PYMM];
	if (!bench->python.pid) {
		result->whole[CPYTHON] = NAN;
		result->net[CPYTHON] = NAN;
		result->ratio = NAN;
		result->lo = NAN;
		result->hi = NAN;
	}
}

static int measure(struct bench *bench, const struct bench_row *row, struct result *result)
{
	struct times *times = calloc(2, sizeof(*times));
	struct bench_loop loop;
	int ret;

	if (!times)
		return cmd_fail(bench->cmd, "out of memory");
	ret = bench_loop_open(bench->cmd, bench->rows.dir, row->name, &loop);
	if (!ret)
		ret = choose_turns(bench, row->name, &loop, &result->turns);
	if (!ret)
		ret = run_rounds(bench, row, &loop, result->turns, &times[0], &times[1]);
	if (!ret)
		evaluate(bench, row, &times[0], &times[1], result);
	bench_loop_close(&loop);
	free(times);
	return ret;
}

static void add_json(struct json *json, const struct bench *bench, const struct bench_row *row,
		     const struct result *result)
{
	json_open_object(json, NULL);
	json_add_string(json, "name", row->name);
	json_add_string(json, "unit", bench->unit);
	json_add_double(json, "pymm", result->whole[PYMM]);
	json_add_double(json, "cpython", result->whole[CPYTHON]);
	json_add_double(json, "ratio", result->ratio);
	json_add_double(json, "lo", result->lo);
	json_add_double(json, "hi", result->hi);
	json_add_double(json, "pymm_net", result->net[PYMM]);
	json_add_double(json, "cpython_net", result->net[CPYTHON]);
	json_add_string(json, "statement", row->statement);
	json_add_uint(json, "copies", row->copies);
	json_add_uint(json, "turns", result->turns);
	json_add_uint(json, "rounds", bench->rounds);
	if (bench->python.pid)
		json_add_string(json, "cpython_version", bench->python.version);
	else
		json_add_null(json, "cpython_version");
	json_close(json);
}

static void print_head(const struct bench *bench)
{
	printf("%s for one execution of the statement, medians of %u; CPython %s\n"
	       "ratio: CPython's to pymm's, with the loop around the statements; net: without it\n"
	       "%-14s%10s%10s%8s%8s%8s%10s%13s   %s\n",
	       bench->unit, bench->rounds,
	       bench->python.pid ? bench->python.version : "is not there", "row", "pymm", "CPython",
	       "ratio", "lowest", "highest", "pymm net", "CPython net", "statement");
}

static void print_number(double number, int width, int digits)
{
	if (isnan(number))
		printf("%*s", width, "-");
	else
		printf("%*.*f", width, digits, number);
}

static void print_row(const struct bench_row *row, const struct result *result)
{
	printf("%-14s", row->name);
	print_number(result->whole[PYMM], 10, 1);
	print_number(result->whole[CPYTHON], 10, 1);
	print_number(result->ratio, 8, 2);
	print_number(result->lo, 8, 2);
	print_number(result->hi, 8, 2);
	print_number(result->net[PYMM], 10, 1);
	print_number(result->net[CPYTHON], 13, 1);
	printf("   %s\n", row->statement);
	fflush(stdout);
}

static int measure_row(struct bench *bench, const struct bench_row *row)
{
	struct result result = { 0 };
	int ret;

	bench->progress = (struct progress){ .started_ns = time_now() };
	snprintf(bench->progress.what, sizeof(bench->progress.what), "%s", row->name);
	ret = measure(bench, row, &result);
	progress_end(&bench->progress);
	if (ret)
		return ret;
	add_json(bench->cmd->json, bench, row, &result);
	add_json(bench->file, bench, row, &result);
	if (!bench->cmd->json)
		print_row(row, &result);
	return CMD_OK;
}

static bool is_wanted(const struct cmd *cmd, const struct bench_row *row)
{
	for (int i = 0; i < cmd->argc; i++)
		if (!strcmp(cmd->argv[i], row->name))
			return true;
	return !cmd->argc;
}

static int measure_rows(struct bench *bench)
{
	int ret = bench_loop_open(bench->cmd, bench->rows.dir, EMPTY, &bench->empty);

	json_open_array(bench->cmd->json, NULL);
	json_open_array(bench->file, NULL);
	if (!ret && !bench->cmd->json)
		print_head(bench);
	for (size_t i = 0; !ret && i < bench->rows.nr; i++)
		if (is_wanted(bench->cmd, &bench->rows.rows[i]))
			ret = measure_row(bench, &bench->rows.rows[i]);
	bench_loop_close(&bench->empty);
	return ret;
}

/* With the document for -o, of which nothing is written when something fails. */
static int measure_to_file(struct bench *bench, const char *path)
{
	FILE *out = fopen(path, "we");
	int ret;

	if (!out)
		return cmd_fail_errno(bench->cmd, errno, "%s", path);
	bench->file = json_new(out, bench->cmd->pretty);
	ret = bench->file ? measure_rows(bench) : cmd_fail(bench->cmd, "out of memory");
	if (!ret && json_flush(bench->file))
		ret = cmd_fail(bench->cmd, "cannot write to %s", path);
	json_free(bench->file);
	if (fclose(out) && !ret)
		ret = cmd_fail_errno(bench->cmd, errno, "%s", path);
	return ret;
}

static int check_names(struct bench *bench)
{
	struct cmd *cmd = bench->cmd;

	for (int i = 0; i < cmd->argc; i++)
		if (!bench_rows_find(&bench->rows, cmd->argv[i]))
			return cmd_misused(cmd, "bench run: there is no row '%s' in %s", cmd->argv[i],
					   bench->rows.dir);
	return CMD_OK;
}

static int bench_run(struct cmd *cmd)
{
	const char *path = cmd_text(cmd, "-o", NULL);
	struct bench bench = {
		.cmd = cmd,
		.unit = cmd_flag(cmd, "--icount") ? "instructions" : "ns",
		.rounds = (unsigned int)cmd_number(cmd, "-r", 7),
		.wanted_ns = cmd_number(cmd, "-m", 400) * 1000000,
	};
	int ret = bench_rows_read(cmd, cmd_text(cmd, "-d", installed), &bench.rows);

	if (!ret)
		ret = check_names(&bench);
	cmd_catch_signals();
	if (!ret)
		ret = bench_python_start(cmd, bench.rows.dir, &bench.python);
	if (!ret)
		ret = path ? measure_to_file(&bench, path) : measure_rows(&bench);
	bench_python_end(&bench.python);
	bench_rows_free(&bench.rows);
	return ret;
}

/* For help, where they are installed. */
static int list_rows(struct cmd *cmd)
{
	struct bench_rows rows;
	int ret;

	if (access(installed, R_OK))
		return CMD_OK;
	ret = bench_rows_read(cmd, installed, &rows);
	if (!ret)
		printf("\nA row is one of\n");
	for (size_t i = 0; !ret && i < rows.nr; i++)
		printf("  %-14s %s\n", rows.rows[i].name, rows.rows[i].statement);
	bench_rows_free(&rows);
	return ret;
}

static const struct cmd_option run_options[] = {
	{ "-r", CMD_NUMBER, "ROUNDS", "how often both sides are measured, in turns (7)", 1,
	  MAX_ROUNDS, NULL },
	{ "-m", CMD_NUMBER, "MILLISECONDS", "how long the slower side runs a loop (400)", 1, 60000,
	  NULL },
	{ "-d", CMD_TEXT, "DIR", "where the rows are; otherwise those installed", 0, 0, NULL },
	{ "-o", CMD_TEXT, "FILE", "write JSON to a file as well", 0, 0, NULL },
	{ "--icount", CMD_FLAG, NULL, "the clock counts instructions: QEMU's -icount shift=0", 0, 0,
	  NULL },
	{ 0 },
};

static const struct cmd_command commands[] = {
	{ "run", "[ROW...]", "measure statements in pymm and in python3", run_options, 0, -1,
	  bench_run },
	{ 0 },
};

const struct cmd_object cmd_bench = {
	.name = "bench",
	.summary = "pymm and CPython, statement by statement",
	.commands = commands,
	.more = list_rows,
	.bare = true,
};
