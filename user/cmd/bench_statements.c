// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows of pymm bench that are statements.
 *
 * Both sides run the same loop in turns; which one begins changes from round to
 * round. Compared are whole loops. The empty loop is measured beside each, so that
 * what is left without it can be shown as well.
 */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* The row that is nothing but the loop that the others are in. */
#define EMPTY		"countdown"
/* A loop with loops in it divides its turns by this. */
#define TURNS_STEP	100
#define MAX_TURNS	UINT64_C(1000000000000)

/**
 * struct loop_of - the loop of a row, ready to be run
 * @name: of its files
 * @arena: its arena on pymm's side
 * @program: its program
 */
struct loop_of {
	const char *name;
	struct bench_arena arena;
	struct pymm_program *program;
};

static int open_loop(struct bench *bench, const char *name, struct loop_of *loop)
{
	int ret;

	*loop = (struct loop_of){ .name = name };
	ret = bench_program_load(bench->cmd, bench->rows.dir, name, &loop->program);
	return ret ? ret : bench_arena_open(bench->cmd, &loop->arena);
}

static void close_loop(struct loop_of *loop)
{
	bench_arena_close(&loop->arena);
	pymm_program_free(loop->program);
}

static int run_side(struct bench *bench, enum bench_side side, const struct loop_of *loop,
		    uint64_t turns, struct bench_run *run)
{
	int ret = bench_go_on(bench);

	if (ret)
		return ret;
	if (side == BENCH_PYMM)
		return bench_arena_run(bench->cmd, &loop->arena, loop->program, turns, run);
	if (!bench->python.pid)
		return CMD_OK;
	return bench_python_run(bench->cmd, &bench->python, bench->rows.dir, loop->name, turns, run);
}

/* Runs a loop on both sides, which must print the same. */
static int run_sides(struct bench *bench, const struct loop_of *loop, uint64_t turns,
		     enum bench_side first, uint64_t ns[BENCH_SIDES])
{
	struct bench_run runs[BENCH_SIDES] = { 0 };
	int ret = run_side(bench, first, loop, turns, &runs[first]);

	if (!ret)
		ret = run_side(bench, !first, loop, turns, &runs[!first]);
	for (int side = 0; side < BENCH_SIDES; side++)
		ns[side] = runs[side].ns;
	return ret ? ret : bench_compare(bench, loop->name, runs);
}

/* How many turns take the wanted time; this warms both sides up. */
static int choose_turns(struct bench *bench, const struct loop_of *loop, uint64_t *turns)
{
	uint64_t ns[BENCH_SIDES], slower, steps;

	for (*turns = TURNS_STEP;; *turns *= 4) {
		int ret = run_sides(bench, loop, *turns, BENCH_PYMM, ns);

		if (ret)
			return ret;
		slower = ns[BENCH_PYMM] > ns[BENCH_CPYTHON] ? ns[BENCH_PYMM] : ns[BENCH_CPYTHON];
		if (slower >= bench->wanted_ns / 4 || *turns >= MAX_TURNS)
			break;
	}
	steps = (uint64_t)((double)*turns / TURNS_STEP * (double)bench->wanted_ns / (double)slower);
	*turns = (steps + 1) * TURNS_STEP;
	return CMD_OK;
}

static int run_rounds(struct bench *bench, const struct loop_of *loop, const struct loop_of *empty,
		      uint64_t turns, struct bench_values values[2])
{
	const struct loop_of *loops[] = { loop, empty };

	for (unsigned int i = 0; i < bench->rounds; i++) {
		for (int which = 0; which < 2; which++) {
			uint64_t ns[BENCH_SIDES];
			int ret = run_sides(bench, loops[which], turns,
					    i & 1 ? BENCH_CPYTHON : BENCH_PYMM, ns);

			if (ret)
				return ret;
			for (int side = 0; side < BENCH_SIDES; side++)
				values[which].of[side][i] = ns[side];
		}
	}
	return CMD_OK;
}

static int measure(struct bench *bench, const struct loop_of *empty, struct bench_result *result)
{
	struct bench_values *values = calloc(2, sizeof(*values));
	struct loop_of loop;
	int ret;

	if (!values)
		return cmd_fail(bench->cmd, "out of memory");
	ret = open_loop(bench, result->name, &loop);
	if (!ret)
		ret = choose_turns(bench, &loop, &result->turns);
	if (!ret)
		ret = run_rounds(bench, &loop, empty, result->turns, values);
	if (!ret)
		bench_evaluate(bench, &values[0], strcmp(result->name, EMPTY) ? &values[1] : NULL,
			       result);
	close_loop(&loop);
	free(values);
	return ret;
}

static int measure_row(struct bench *bench, const struct loop_of *empty,
		       const struct bench_row *row)
{
	struct bench_result result = {
		.name = row->name,
		.statement = row->statement,
		.unit = bench->unit,
		.copies = row->copies,
	};
	int ret;

	bench_begin(bench, row->name);
	ret = measure(bench, empty, &result);
	progress_end(&bench->progress);
	if (!ret)
		bench_report(bench, &result);
	return ret;
}

int bench_statements(struct bench *bench)
{
	struct loop_of empty = { 0 };
	int ret = CMD_OK;

	for (size_t i = 0; !ret && i < bench->rows.nr; i++) {
		const struct bench_row *row = &bench->rows.rows[i];

		if (!bench_wants(bench, row->name))
			continue;
		if (!empty.name) {
			bench_print_head(bench, "one execution of the statement");
			ret = open_loop(bench, EMPTY, &empty);
		}
		if (!ret)
			ret = measure_row(bench, &empty, row);
	}
	close_loop(&empty);
	return ret;
}
