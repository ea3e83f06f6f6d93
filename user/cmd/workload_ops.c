// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload bind, workload mutate: how long single operations take. An operation
 * is one execution of a Python statement; ten of them stand in a loop, and the
 * time of the same loop without them is taken off.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "trace_hist.h"
#include "workload.h"

#define COPIES		10
#define RUN_NS		UINT64_C(20000000)
#define MAX_ROUNDS	4096
/* A list that is appended to grows no longer than this in one run. */
#define MAX_TURNS	20000

/**
 * struct op - a statement and its instructions
 * @python: the statement
 * @name: its key in JSON
 * @loop: the instructions, those before the loop with it
 */
struct op {
	const char *python;
	const char *name;
	struct loop loop;
};

static const struct op bind_ops[] = {
	{ "y = x    (names of the arena)", "bind_global", {
		"\tLOAD_CONST r3, 300\n"
		"\tSTORE_GLOBAL r3!, x\n",
		"\tLOAD_GLOBAL r3, x\n"
		"\tSTORE_GLOBAL r3!, y\n", COPIES } },
	{ "y = x    (locals)", "bind_local", {
		"\tLOAD_CONST r3, 300\n",
		"\tCOPY r4, r3\n", COPIES } },
	{ "y = x; del y    (names of the arena)", "bind_unbind_global", {
		"\tLOAD_CONST r3, 300\n"
		"\tSTORE_GLOBAL r3!, x\n",
		"\tLOAD_GLOBAL r3, x\n"
		"\tSTORE_GLOBAL r3!, y\n"
		"\tDELETE_GLOBAL y\n", COPIES } },
	{ 0 },
};

static const struct op mutate_ops[] = {
	{ "l.append(x)", "list_append", {
		"\tLOAD_CONST r3, 300\n"
		"\tBUILD_LIST r4, ()\n",
		"\tLIST_APPEND r4, r3\n", COPIES } },
	{ "l[0] = x", "list_set", {
		"\tLOAD_CONST r3, 300\n"
		"\tBUILD_LIST r4, r3..r3\n",
		"\tLOAD_CONST r5, 0\n"
		"\tSTORE_SUBSCR r3, r4, r5!\n", COPIES } },
	{ "d['k'] = x", "dict_set", {
		"\tLOAD_CONST r3, 300\n"
		"\tBUILD_MAP r4, ()\n",
		"\tLOAD_CONST r5, \"k\"\n"
		"\tSTORE_SUBSCR r3, r4, r5!\n", COPIES } },
	{ 0 },
};

/**
 * struct op_result - times of a run of the loop, each the median of @rounds
 * @turns: of the loop
 * @rounds: times it was run, and the empty one beside it
 * @full_ns: the loop
 * @empty_ns: the empty loop
 */
struct op_result {
	uint64_t turns;
	unsigned int rounds;
	uint64_t full_ns;
	uint64_t empty_ns;
};

/**
 * struct bench - measuring of one statement
 * @thread: runs the programs
 * @full: the loop
 * @empty: the empty loop
 * @full_ns: times of @full
 * @empty_ns: times of @empty
 */
struct bench {
	struct pymm_thread *thread;
	struct pymm_program *full;
	struct pymm_program *empty;
	uint64_t full_ns[MAX_ROUNDS];
	uint64_t empty_ns[MAX_ROUNDS];
};

static int run_rounds(struct cmd *cmd, struct bench *bench, uint64_t until_ns,
		      struct op_result *result)
{
	unsigned int *rounds = &result->rounds;
	int ret = CMD_OK;

	do {
		ret = loop_time(cmd, bench->thread, bench->full, &bench->full_ns[*rounds]);
		if (!ret)
			ret = loop_time(cmd, bench->thread, bench->empty,
					&bench->empty_ns[*rounds]);
	} while (!ret && ++*rounds < MAX_ROUNDS && time_now() < until_ns);
	if (ret)
		return ret;
	qsort(bench->full_ns, *rounds, sizeof(*bench->full_ns), compare_u64);
	qsort(bench->empty_ns, *rounds, sizeof(*bench->empty_ns), compare_u64);
	result->full_ns = bench->full_ns[*rounds / 2];
	result->empty_ns = bench->empty_ns[*rounds / 2];
	return CMD_OK;
}

static int measure(struct cmd *cmd, struct bench *bench, const struct op *op, uint64_t ns,
		   struct op_result *result)
{
	struct loop empty = { .setup = op->loop.setup };
	uint64_t until_ns = time_now() + ns;
	int ret = loop_turns(cmd, bench->thread, &op->loop, RUN_NS, &result->turns);

	if (ret)
		return ret;
	if (result->turns > MAX_TURNS)
		result->turns = MAX_TURNS;
	ret = loop_program(cmd, &op->loop, result->turns, &bench->full);
	if (!ret)
		ret = loop_program(cmd, &empty, result->turns, &bench->empty);
	if (!ret)
		ret = run_rounds(cmd, bench, until_ns, result);
	pymm_program_free(bench->full);
	pymm_program_free(bench->empty);
	bench->full = NULL;
	bench->empty = NULL;
	return ret;
}

/* Times of one operation, in ns. */
static double gross_ns(const struct op_result *result)
{
	return (double)result->full_ns / (double)result->turns / COPIES;
}

static double net_ns(const struct op_result *result)
{
	return gross_ns(result) - (double)result->empty_ns / (double)result->turns / COPIES;
}

static double rate(const struct op_result *result)
{
	double ns = net_ns(result);

	return ns > 0 ? 1e9 / ns : 0;
}

static void show(struct cmd *cmd, const struct op *op, const struct op_result *result)
{
	struct json *json = cmd->json;

	if (!json) {
		printf("%-38s %8.1f ns %8.1f ns %14.0f /s\n", op->python, gross_ns(result),
		       net_ns(result), rate(result));
		fflush(stdout);
		return;
	}
	json_open_object(json, NULL);
	json_add_string(json, "name", op->name);
	json_add_string(json, "python", op->python);
	json_add_uint(json, "turns", result->turns);
	json_add_uint(json, "copies", COPIES);
	json_add_uint(json, "rounds", result->rounds);
	json_add_uint(json, "loop_ns", result->full_ns);
	json_add_uint(json, "empty_loop_ns", result->empty_ns);
	json_add_double(json, "net_ns", net_ns(result));
	json_add_double(json, "per_second", rate(result));
	json_close(json);
}

static int run_ops(struct cmd *cmd, struct bench *bench, const struct op *ops)
{
	uint64_t ns = cmd_number(cmd, "-s", 2) * UINT64_C(1000000000);
	struct progress progress = { .what = "measuring", .started_ns = time_now() };
	unsigned int nr = 0;
	int ret = CMD_OK;

	while (ops[nr].name)
		nr++;
	if (!cmd->json)
		printf("%-38s %11s %11s %17s\n", "statement", "with loop", "net", "operations");
	json_open_object(cmd->json, NULL);
	json_open_array(cmd->json, "programs");
	for (const struct op *op = ops; !ret && op->name; op++) {
		struct op_result result = { 0 };

		ret = measure(cmd, bench, op, ns / nr, &result);
		progress_end(&progress);
		if (!ret)
			show(cmd, op, &result);
		progress_tick(&progress);
	}
	progress_end(&progress);
	return ret;
}

static int run(struct cmd *cmd, const struct op *ops)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct pymm_arena *arena;
	int ret;

	if (!bench)
		return cmd_fail(cmd, "out of memory");
	cmd_catch_signals();
	ret = cmd_open_arena(cmd, &arena);
	if (!ret)
		ret = cmd_open_thread(cmd, arena, &bench->thread);
	if (!ret)
		ret = run_ops(cmd, bench, ops);
	pymm_thread_close(bench->thread);
	pymm_arena_close(arena);
	free(bench);
	return ret;
}

int workload_bind(struct cmd *cmd)
{
	return run(cmd, bind_ops);
}

int workload_mutate(struct cmd *cmd)
{
	return run(cmd, mutate_ops);
}
