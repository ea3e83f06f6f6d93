// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows gc/... of pymm bench: what making, collecting and dropping a heap
 * costs for each object.
 *
 * In each round both sides go through all steps of a heap, one after the other,
 * in a fresh arena and a fresh process: nothing is left there from other heaps.
 */
#include <stdlib.h>

#include "bench.h"

/**
 * struct trial - a heap that is measured
 * @bench: the call
 * @heap: the heap
 * @turns: the number of objects
 * @programs: of the steps, on pymm's side
 * @values: of the steps
 */
struct trial {
	struct bench *bench;
	const struct bench_heap *heap;
	uint64_t turns;
	struct pymm_program *programs[BENCH_MAX_STEPS];
	struct bench_values values[BENCH_MAX_STEPS];
};

static int load_programs(struct trial *trial)
{
	struct bench *bench = trial->bench;
	int ret = CMD_OK;

	for (size_t i = 0; !ret && i < trial->heap->nr; i++)
		ret = bench_program_load(bench->cmd, bench->heaps.dir, trial->heap->steps[i].file,
					 &trial->programs[i]);
	return ret;
}

static int run_pymm(const struct trial *trial, struct bench_run *runs)
{
	struct bench *bench = trial->bench;
	struct bench_arena arena;
	int ret = bench_arena_open(bench->cmd, &arena);

	for (size_t i = 0; !ret && i < trial->heap->nr; i++) {
		ret = bench_go_on(bench);
		if (!ret)
			ret = bench_arena_run(bench->cmd, &arena, trial->programs[i], trial->turns,
					      &runs[i]);
	}
	bench_arena_close(&arena);
	return ret;
}

static int run_cpython(const struct trial *trial, struct bench_run *runs)
{
	struct bench *bench = trial->bench;
	struct bench_python python;
	int ret = bench_python_start(bench->cmd, bench->rows.dir,
				     trial->heap->memory ? BENCH_MEMORY : BENCH_HEAP, &python);

	for (size_t i = 0; !ret && i < trial->heap->nr; i++) {
		ret = bench_go_on(bench);
		if (!ret)
			ret = bench_python_run(bench->cmd, &python, bench->heaps.dir,
					       trial->heap->steps[i].file, trial->turns, &runs[i]);
	}
	bench_python_end(&python);
	return ret;
}

static int run_side(const struct trial *trial, enum bench_side side, struct bench_run *runs)
{
	if (side == BENCH_PYMM)
		return run_pymm(trial, runs);
	return trial->bench->python.pid ? run_cpython(trial, runs) : CMD_OK;
}

static uint64_t grown(const struct bench_run *run)
{
	return run->bytes > run[-1].bytes ? run->bytes - run[-1].bytes : 0;
}

static int take_values(struct trial *trial, unsigned int round,
		       struct bench_run runs[BENCH_SIDES][BENCH_MAX_STEPS])
{
	const struct bench_heap *heap = trial->heap;

	for (size_t i = 0; i < heap->nr; i++) {
		const struct bench_run of_step[] = { runs[BENCH_PYMM][i], runs[BENCH_CPYTHON][i] };
		int ret = bench_compare(trial->bench, heap->steps[i].file, of_step);

		if (ret)
			return ret;
		for (int side = 0; side < BENCH_SIDES; side++)
			trial->values[i].of[side][round] = !heap->memory ? runs[side][i].ns :
							   i ? grown(&runs[side][i]) : 0;
	}
	return CMD_OK;
}

static int run_rounds(struct trial *trial)
{
	int ret = CMD_OK;

	for (unsigned int i = 0; !ret && i < trial->bench->rounds; i++) {
		struct bench_run runs[BENCH_SIDES][BENCH_MAX_STEPS] = { 0 };
		enum bench_side first = i & 1 ? BENCH_CPYTHON : BENCH_PYMM;

		ret = run_side(trial, first, runs[first]);
		if (!ret)
			ret = run_side(trial, !first, runs[!first]);
		if (!ret)
			ret = take_values(trial, i, runs);
	}
	return ret;
}

static int report_step(struct trial *trial, size_t i)
{
	struct bench *bench = trial->bench;
	const struct bench_step *step = &trial->heap->steps[i];
	struct bench_result result = {
		.name = step->name,
		.unit = trial->heap->memory ? "bytes" : bench->unit,
		.copies = 1,
		.turns = trial->turns,
	};
	char *statement;

	if (asprintf(&statement, "n = %llu: %s", (unsigned long long)trial->turns,
		     step->statement) < 0)
		return cmd_fail(bench->cmd, "out of memory");
	result.statement = statement;
	bench_evaluate(bench, &trial->values[i], NULL, &result);
	bench_report(bench, &result);
	free(statement);
	return CMD_OK;
}

static bool wants_step(const struct bench *bench, const struct bench_step *step)
{
	return step->name && bench_wants(bench, step->name);
}

static int measure(struct trial *trial)
{
	struct bench *bench = trial->bench;
	const struct bench_heap *heap = trial->heap;
	int ret = load_programs(trial);

	if (!ret)
		ret = run_rounds(trial);
	progress_end(&bench->progress);
	for (size_t i = 0; !ret && i < heap->nr; i++)
		if (wants_step(bench, &heap->steps[i]))
			ret = report_step(trial, i);
	for (size_t i = 0; i < heap->nr; i++)
		pymm_program_free(trial->programs[i]);
	return ret;
}

static int measure_heap(struct bench *bench, const struct bench_heap *heap, const char *name)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	int ret;

	if (!trial)
		return cmd_fail(bench->cmd, "out of memory");
	trial->bench = bench;
	trial->heap = heap;
	trial->turns = bench->objects * heap->thousandths / 1000;
	trial->turns += !trial->turns;
	bench_begin(bench, name);
	ret = measure(trial);
	free(trial);
	return ret;
}

/* The first row of a heap that is wanted, or NULL. */
static const char *first_wanted(const struct bench *bench, const struct bench_heap *heap)
{
	for (size_t i = 0; i < heap->nr; i++)
		if (wants_step(bench, &heap->steps[i]))
			return heap->steps[i].name;
	return NULL;
}

int bench_collector(struct bench *bench)
{
	bool begun = false;
	int ret = CMD_OK;

	for (size_t i = 0; !ret && i < bench->heaps.nr; i++) {
		const char *name = first_wanted(bench, &bench->heaps.heaps[i]);

		if (!name)
			continue;
		if (!begun)
			bench_print_head(bench, "each of n objects, and bytes");
		begun = true;
		ret = measure_heap(bench, &bench->heaps.heaps[i], name);
	}
	return ret;
}
