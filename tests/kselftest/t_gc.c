// SPDX-License-Identifier: GPL-2.0
/*
 * The collector: what keeps objects alive, when it runs by itself, its counters,
 * and graphs made at random.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pymm_util.h"
#include "snapshot_util.h"
#include "trace_util.h"

FIXTURE(gc) {
	int arena;
	int thread;
	uint64_t objects;
};

FIXTURE_SETUP(gc)
{
	PT_OPEN(self->arena);
	self->thread = pt_thread(self->arena, NULL);
	ASSERT_LE(0, self->thread);
	self->objects = pt_settle(self->arena, self->thread);
	pt_set_flags(self->arena, 0);
}

FIXTURE_TEARDOWN(gc)
{
	EXPECT_STREQ("", pt_finish(self->arena, self->thread, self->objects));
}

#define COLLECT(generation) "GC_COLLECT r0, " #generation "\nPRINT r0!, end\n"
#define SELF_LIST(name) "BUILD_LIST r0, ()\nLIST_APPEND r0, r0\nSTORE_GLOBAL r0!, " #name "\n"

/* for _ in range(count): body; a jump back, so a check point, after each turn */
#define REPEAT(count, body)								\
	"LOAD_CONST r8, " #count "\nLOAD_CONST r9, 1\n"				\
	"repeat:\nPOP_JUMP_IF_FALSE r8, repeated\n" body				\
	"BINARY_OP r8, r8!, r9, -=\nJUMP_BACKWARD repeat\nrepeated:\n"

/* ---- what is collected ---- */

TEST_F(gc, nothing_to_do)
{
	EXPECT_EXEC("0\n0\n0\n", COLLECT(0) COLLECT(1) COLLECT(2) END);
}

TEST_F(gc, ring_of_1000)
{
	EXPECT_EXEC("1000\n",
		"BUILD_LIST r1, ()\nCOPY r2, r1\n"
		REPEAT(999, "BUILD_LIST r2, r2!\n")
		"LIST_APPEND r1!, r2!\n" COLLECT(2) END);
}

TEST_F(gc, rings_of_dicts_and_tuples)
{
	/* d -> t -> l -> d */
	EXPECT_EXEC("3\n",
		"BUILD_LIST r1, ()\nBUILD_TUPLE r2, r1\nLOAD_CONST r3, 'k'\nBUILD_MAP r4, ()\n"
		"STORE_SUBSCR r2!, r4, r3\nLIST_APPEND r1!, r4!\n" COLLECT(2) END);
}

/* A dict's keys are visited too. */
TEST_F(gc, ring_through_a_key)
{
	EXPECT_EXEC("3\n",
		"MAKE_FUNCTION r1, f\nBUILD_TUPLE r2, r1\nLOAD_CONST r3, 1\nBUILD_MAP r4, r2..r3\n"
		"BUILD_LIST r5, r4\nLOAD_CONST r6, 'l'\nSTORE_SUBSCR r5!, r4!, r6\n"
		"DELETE_FAST r1\nDELETE_FAST r2\n" "GC_COLLECT r0, 2\nLOAD_CONST r1, 1\n"
		"BINARY_OP r0, r0, r1, -\nPRINT r0, end\n" END ".code f\n" END);
}

TEST_F(gc, a_slot_keeps_a_cycle_alive)
{
	EXPECT_EXEC("0\n1\n", "BUILD_LIST r1, ()\nLIST_APPEND r1, r1\n" COLLECT(2)
		"DELETE_FAST r1\n" COLLECT(2) END);
}

/* The slots of every frame, not only of the innermost one. */
TEST_F(gc, a_callers_slot_keeps_a_cycle_alive)
{
	EXPECT_EXEC("0\n1\n",
		"BUILD_LIST r1, ()\nLIST_APPEND r1, r1\nMAKE_FUNCTION r2, f\nCALL r3, r2, ()\n"
		"DELETE_FAST r1\n" COLLECT(2) END ".code f\n" COLLECT(2) END);
}

/* The frames of a paused program, when another thread collects. */
TEST_F(gc, a_paused_frame_keeps_a_cycle_alive)
{
	struct pymm_program *program = pt_assemble(
		"BUILD_LIST r1, ()\nLIST_APPEND r1, r1\nNOP\nNOP\n" END);
	struct pymm_run run = { .max_steps = 3 };
	int other = pt_thread(self->arena, NULL);

	ASSERT_EQ(0, pt_run(other, program, &run));
	ASSERT_EQ(PYMM_STATUS_LIMIT, run.status);
	EXPECT_EXEC("0\n", COLLECT(2) END);
	ASSERT_EQ(0, pt_run_flags(other, PYMM_RUN_ABANDON, &run));
	EXPECT_EXEC("1\n", COLLECT(2) END);
	close(other);
	pymm_program_free(program);
}

TEST_F(gc, what_a_collection_frees_is_freed)
{
	struct pymm_stat before = pt_stat(self->arena);
	struct pymm_stat after;

	pt_exec(self->thread, REPEAT(500, "BUILD_LIST r0, ()\nLIST_APPEND r0, r0\n") "DELETE_FAST r0\n"
		END);
	EXPECT_EQ(before.objects + 500, pt_stat(self->arena).objects);
	EXPECT_EXEC("500\n", COLLECT(2) END);
	after = pt_stat(self->arena);
	EXPECT_EQ(before.objects, after.objects);
	EXPECT_EQ(before.collected[2] + 500, after.collected[2]);
	EXPECT_EQ(before.collections[2] + 1, after.collections[2]);
	EXPECT_EQ(before.collections[1], after.collections[1]);
	EXPECT_LT(before.gc_ns, after.gc_ns);
}

/* Atoms and untracked containers die along and are not counted. */
TEST_F(gc, atoms_are_not_counted)
{
	EXPECT_EXEC("1\n",
		"LOAD_CONST r1, 1000\nLOAD_CONST r2, 'a text'\nLOAD_CONST r3, 1\n"
		"BINARY_OP r1, r1, r3, +\nBUILD_MAP r4, ()\nSTORE_SUBSCR r3, r4, r3\n"
		"BUILD_LIST r0, r1..r4!\nLIST_APPEND r0, r0\nDELETE_FAST r0\n" COLLECT(2) END);
}

TEST_F(gc, garbage_of_another_arena_stays)
{
	int arena = pt_open();
	int thread = pt_thread(arena, NULL);

	pt_set_flags(arena, 0);
	pt_exec(thread, "BUILD_LIST r0, ()\nLIST_APPEND r0, r0\n" END);
	EXPECT_EXEC("0\n", COLLECT(2) END);
	EXPECT_EQ(1, pt_count_type(arena, PYMM_TYPE_LIST));
	EXPECT_STREQ("1\n", pt_exec(thread, COLLECT(2) END));
	close(thread);
	close(arena);
}

/* An arena that dies takes its cycles along, and what is bound in it. */
TEST_F(gc, an_arena_dies_with_cycles)
{
	int arena = pt_open();
	int thread = pt_thread(arena, NULL);

	pt_set_flags(arena, 0);
	pt_exec(thread, SELF_LIST(a) "LOAD_GLOBALS r0\nSTORE_GLOBAL r0, g\n"
		REPEAT(1000, "BUILD_LIST r0, ()\nLIST_APPEND r0, r0\n") END);
	close(thread);
	close(arena);
}

/* ---- generations ---- */

TEST_F(gc, one_survival_promotes)
{
	pt_exec(self->thread, SELF_LIST(l) END);
	EXPECT_EQ(0, pt_generation(self->arena, "l"));
	pt_exec(self->thread, COLLECT(0) END);
	EXPECT_EQ(1, pt_generation(self->arena, "l"));
	pt_exec(self->thread, COLLECT(0) END);
	EXPECT_EQ(1, pt_generation(self->arena, "l"));
	pt_exec(self->thread, COLLECT(1) END);
	EXPECT_EQ(2, pt_generation(self->arena, "l"));
	pt_exec(self->thread, COLLECT(2) END);
	EXPECT_EQ(2, pt_generation(self->arena, "l"));
}

TEST_F(gc, a_full_collection_promotes_all)
{
	pt_exec(self->thread, SELF_LIST(l) COLLECT(2) END);
	EXPECT_EQ(2, pt_generation(self->arena, "l"));
}

TEST_F(gc, an_old_cycle_is_left_by_a_young_collection)
{
	EXPECT_EXEC("0\n0\n0\n1\n",
		SELF_LIST(l) COLLECT(2) "DELETE_GLOBAL l\n" COLLECT(0) COLLECT(1) COLLECT(2) END);
}

/* o = []; o.append(o); collect; o.append([0]); del o */
TEST_F(gc, nepotism)
{
	EXPECT_EXEC("0\n0\n0\n2\n",
		SELF_LIST(o) COLLECT(2) "LOAD_CONST r1, 0\nBUILD_LIST r1, r1\nLOAD_GLOBAL r2, o\n"
		"LIST_APPEND r2!, r1!\nDELETE_GLOBAL o\n" COLLECT(0) COLLECT(1) COLLECT(2) END);
}

TEST_F(gc, tracked_counts_each_generation)
{
	struct pymm_stat stat;

	pt_exec(self->thread, COLLECT(2) END);
	stat = pt_stat(self->arena);
	pt_exec(self->thread, SELF_LIST(a) END);
	EXPECT_EQ(stat.tracked[0] + 1, pt_stat(self->arena).tracked[0]);
	pt_exec(self->thread, COLLECT(0) END);
	EXPECT_EQ(stat.tracked[1] + 1, pt_stat(self->arena).tracked[1]);
	pt_exec(self->thread, SELF_LIST(b) COLLECT(1) END);
	EXPECT_EQ(0, pt_stat(self->arena).tracked[0]);
	EXPECT_EQ(0, pt_stat(self->arena).tracked[1]);
	EXPECT_EQ(stat.tracked[2] + 2, pt_stat(self->arena).tracked[2]);
}

/* collect(0) twice, collect(1), collect(2): (_, 2, 0), (_, 0, 1), (_, 0, 0) */
TEST_F(gc, counts_as_get_count)
{
	pt_exec(self->thread, COLLECT(2) COLLECT(0) COLLECT(0) END);
	EXPECT_EQ(2, pt_stat(self->arena).counts[1]);
	EXPECT_EQ(0, pt_stat(self->arena).counts[2]);
	pt_exec(self->thread, COLLECT(1) END);
	EXPECT_EQ(0, pt_stat(self->arena).counts[1]);
	EXPECT_EQ(1, pt_stat(self->arena).counts[2]);
	pt_exec(self->thread, COLLECT(2) END);
	EXPECT_EQ(0, pt_stat(self->arena).counts[1]);
	EXPECT_EQ(0, pt_stat(self->arena).counts[2]);
}

/* Containers made less containers freed, atoms do not count. */
TEST_F(gc, count_of_allocations)
{
	uint64_t count;

	pt_exec(self->thread, COLLECT(2) END);
	count = pt_stat(self->arena).counts[0];
	pt_exec(self->thread, "BUILD_LIST r1, ()\n" REPEAT(300, "BUILD_LIST r0, ()\nLIST_APPEND r1, r0!\n")
		"STORE_GLOBAL r1, l\n" END);
	EXPECT_EQ(count + 301, pt_stat(self->arena).counts[0]);
	pt_exec(self->thread, "DELETE_GLOBAL l\n" END);
	EXPECT_EQ(count, pt_stat(self->arena).counts[0]);
	pt_exec(self->thread, "LOAD_CONST r0, 1000\n" REPEAT(300, "BINARY_OP r0, r0, r9, +\n") END);
	EXPECT_EQ(count, pt_stat(self->arena).counts[0]);
}

/* Freeing old objects lowers the count of young ones, never below 0. */
TEST_F(gc, freeing_old_objects_lowers_the_count)
{
	pt_exec(self->thread, "BUILD_LIST r1, ()\n" REPEAT(500, "BUILD_LIST r0, ()\nLIST_APPEND r1, r0!\n")
		"STORE_GLOBAL r1!, old\n" COLLECT(2)
		"BUILD_LIST r1, ()\n" "LOAD_CONST r8, 300\nmore:\nBUILD_LIST r0, ()\nLIST_APPEND r1, r0!\n"
		"BINARY_OP r8, r8!, r9, -=\nPOP_JUMP_IF_FALSE r8, enough\nJUMP_BACKWARD more\nenough:\n"
		"STORE_GLOBAL r1!, young\n" END);
	EXPECT_LE(300, pt_stat(self->arena).counts[0]);
	pt_exec(self->thread, "DELETE_GLOBAL old\n" END);
	EXPECT_EQ(0, pt_stat(self->arena).counts[0]);
}

/* ---- what is tracked ---- */

TEST_F(gc, atoms_are_not_tracked)
{
	pt_exec(self->thread, "LOAD_CONST r0, 1000\nSTORE_GLOBAL r0, i\nLOAD_CONST r0, 'a text'\n"
		"STORE_GLOBAL r0, s\n" END);
	EXPECT_EQ(PYMM_GENERATION_NONE, pt_generation(self->arena, "i"));
	EXPECT_EQ(PYMM_GENERATION_NONE, pt_generation(self->arena, "s"));
}

TEST_F(gc, lists_functions_and_locks_are_tracked)
{
	pt_exec(self->thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0, list\nMAKE_FUNCTION r0, f\n"
		"STORE_GLOBAL r0, f\nLOCK_NEW r0\nSTORE_GLOBAL r0, lock\n" END ".code f\n" END);
	EXPECT_EQ(0, pt_generation(self->arena, "list"));
	EXPECT_EQ(0, pt_generation(self->arena, "f"));
	EXPECT_EQ(0, pt_generation(self->arena, "lock"));
}

/* A tuple is tracked until a collection finds nothing in it that could be. */
TEST_F(gc, tuples_are_untracked)
{
	pt_exec(self->thread, "LOAD_CONST r0, 1000\nBUILD_TUPLE r0, r0\nSTORE_GLOBAL r0, atoms\n"
		"BUILD_LIST r0, ()\nBUILD_TUPLE r0, r0\nSTORE_GLOBAL r0, more\n" END);
	EXPECT_EQ(0, pt_generation(self->arena, "atoms"));
	pt_exec(self->thread, COLLECT(0) END);
	EXPECT_EQ(PYMM_GENERATION_NONE, pt_generation(self->arena, "atoms"));
	EXPECT_EQ(1, pt_generation(self->arena, "more"));
	pt_exec(self->thread, COLLECT(2) END);
	EXPECT_EQ(2, pt_generation(self->arena, "more"));
}

/* A dict is not tracked until a container is stored; only a full collection untracks. */
TEST_F(gc, dicts_are_tracked_late)
{
	pt_exec(self->thread, "BUILD_MAP r0, ()\nSTORE_GLOBAL r0, d\nLOAD_CONST r1, 'a'\n"
		"LOAD_CONST r2, 1\nSTORE_SUBSCR r2, r0, r1\n" END);
	EXPECT_EQ(PYMM_GENERATION_NONE, pt_generation(self->arena, "d"));
	pt_exec(self->thread, "LOAD_GLOBAL r0, d\nLOAD_CONST r1, 'b'\nBUILD_LIST r2, ()\n"
		"STORE_SUBSCR r2, r0, r1\n" END);
	EXPECT_EQ(0, pt_generation(self->arena, "d"));
	pt_exec(self->thread, "LOAD_GLOBAL r0, d\nLOAD_CONST r1, 'b'\nDELETE_SUBSCR r0, r1\n" END);
	EXPECT_EQ(0, pt_generation(self->arena, "d"));
	pt_exec(self->thread, COLLECT(0) END);
	EXPECT_EQ(1, pt_generation(self->arena, "d"));
	pt_exec(self->thread, COLLECT(2) END);
	EXPECT_EQ(PYMM_GENERATION_NONE, pt_generation(self->arena, "d"));
}

/* An untracked dict that gets a container again is tracked again, in the youngest. */
TEST_F(gc, dicts_are_tracked_again)
{
	pt_exec(self->thread, "BUILD_MAP r0, ()\nSTORE_GLOBAL r0, d\n" COLLECT(2)
		"LOAD_GLOBAL r0, d\nLOAD_CONST r1, 1\nSTORE_SUBSCR r0, r0!, r1\n" END);
	EXPECT_EQ(0, pt_generation(self->arena, "d"));
	EXPECT_EXEC("1\n", "DELETE_GLOBAL d\n" COLLECT(0) END);
}

/* ---- by itself ---- */

/* The generations of the collections that happen while @text runs: "000001". */
static void collections_of(int arena, int thread, const char *text, char *sequence, size_t size)
{
	struct pt_trace trace;
	struct pt_event event;
	char *events, *at;
	const char *output;

	*sequence = 0;
	if (pt_trace_begin(&trace, "pymm_gc_start"))
		pt_die("no trace events");
	output = pt_exec(thread, text);
	events = at = pt_trace_text(&trace);
	pt_trace_end(&trace);
	if (strcmp(output, ""))
		pt_die("%s", output);
	while (size > 1 && pt_event_next(&at, &event)) {
		if (pt_event_field(&event, "arena") != pt_query(arena).arena_id)
			continue;
		*sequence++ = '0' + pt_event_field(&event, "generation");
		*sequence = 0;
		size--;
	}
	free(events);
}

/* From an empty count: make so many lists, keep them or leave them as cycles. */
#define KEEP_LISTS(count) \
	"BUILD_LIST r1, ()\nGC_COLLECT r0, 2\n" REPEAT(count, "BUILD_LIST r0, ()\nLIST_APPEND r1, r0!\n")
#define DROP_CYCLES(count) \
	"GC_COLLECT r0, 2\n" REPEAT(count, "BUILD_LIST r0, ()\nLIST_APPEND r0, r0\n")

TEST_F(gc, at_threshold_plus_1)
{
	char seen[16];

	pt_set_flags(self->arena, PYMM_CONFIG_F_GC);
	pt_set_thresholds(self->arena, 50, 10, 10);
	collections_of(self->arena, self->thread, KEEP_LISTS(50) END, seen, sizeof(seen));
	EXPECT_STREQ("2", seen);
	collections_of(self->arena, self->thread, KEEP_LISTS(51) END, seen, sizeof(seen));
	EXPECT_STREQ("20", seen);
	collections_of(self->arena, self->thread, KEEP_LISTS(101) END, seen, sizeof(seen));
	EXPECT_STREQ("20", seen);
	collections_of(self->arena, self->thread, KEEP_LISTS(102) END, seen, sizeof(seen));
	EXPECT_STREQ("200", seen);
}

/* gc_cases.json, auto_gen0_keep and auto_gen0_cycles: thresholds (100, 5, 5). */
TEST_F(gc, every_seventh_is_of_generation_1)
{
	char seen[64];

	pt_set_flags(self->arena, PYMM_CONFIG_F_GC);
	pt_set_thresholds(self->arena, 100, 5, 5);
	collections_of(self->arena, self->thread, KEEP_LISTS(2000) END, seen, sizeof(seen));
	EXPECT_STREQ("2" "0000001" "0000001" "00000", seen);
	collections_of(self->arena, self->thread, DROP_CYCLES(2000) END, seen, sizeof(seen));
	EXPECT_STREQ("2" "0000001" "0000001" "00000", seen);
}

/*
 * The 25% rule, observed on CPython 3.13.5 with 1000 old objects and thresholds
 * (10, 0, 0): a full collection waits until a quarter as many have survived
 * collections of generation 1, each of which brings 22.
 */
TEST_F(gc, full_collections_get_rarer)
{
	char seen[80];

	pt_set_flags(self->arena, PYMM_CONFIG_F_GC);
	pt_exec(self->thread, KEEP_LISTS(1000) "STORE_GLOBAL r1!, old\n" END);
	pt_set_thresholds(self->arena, 10, 0, 0);
	collections_of(self->arena, self->thread, KEEP_LISTS(700) END, seen, sizeof(seen));
	EXPECT_STREQ("2" "010101010101010101010101" "2" "010101010101010101010101010101" "2"
		     "0101010", seen);
}

/*
 * gc_cases.json, auto_default: the thresholds as they are, 300 000 living lists; and 75 000, as
 * CPython 3.13.5 had it.
 */
TEST_F(gc, with_default_thresholds)
{
	bool slower = pt_slower() > 1;
	struct pymm_stat before, after;

	pt_set_flags(self->arena, PYMM_CONFIG_F_GC);
	before = pt_stat(self->arena);
	EXPECT_STREQ("", pt_exec(self->thread, slower ? KEEP_LISTS(75000) END : KEEP_LISTS(300000) END));
	after = pt_stat(self->arena);
	EXPECT_EQ(slower ? 34 : 136, after.collections[0] - before.collections[0]);
	EXPECT_EQ(slower ? 3 : 12, after.collections[1] - before.collections[1]);
	EXPECT_EQ(1 + !slower, after.collections[2] - before.collections[2]);
}

TEST_F(gc, not_when_disabled)
{
	char seen[16];

	pt_set_thresholds(self->arena, 10, 10, 10);
	collections_of(self->arena, self->thread, KEEP_LISTS(1000) END, seen, sizeof(seen));
	EXPECT_STREQ("2", seen);
}

TEST_F(gc, not_with_threshold_0)
{
	char seen[16];

	pt_set_flags(self->arena, PYMM_CONFIG_F_GC);
	pt_set_thresholds(self->arena, 0, 5, 5);
	collections_of(self->arena, self->thread, KEEP_LISTS(1000) END, seen, sizeof(seen));
	EXPECT_STREQ("2", seen);
}

/* Cycles made in a loop do not pile up. */
TEST_F(gc, keeps_garbage_small)
{
	uint64_t objects = pt_stat(self->arena).objects;

	pt_set_flags(self->arena, PYMM_CONFIG_F_GC);
	pt_set_max_objects(self->arena, objects + 5000);
	EXPECT_EXEC("", DROP_CYCLES(20000) END);
	EXPECT_GT(objects + 2100, pt_stat(self->arena).objects);
}

/* ---- random graphs ---- */

#define NODES	60
#define EDGES	90

/* Lists, dicts and tuples n0, n1, ...; edges between them; then most names are dropped. */
static char *random_graph(uint64_t seed)
{
	static const char *const makes[] = {
		"BUILD_LIST r0, ()\n", "BUILD_LIST r0, ()\n", "BUILD_MAP r0, ()\n",
	};
	uint64_t state = seed;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (int i = 0; i < NODES; i++) {
		uint64_t kind = i < 10 ? pt_below(&state, 3) : pt_below(&state, 4);

		if (kind < 3)
			fprintf(out, "%s", makes[kind]);
		else
			fprintf(out, "LOAD_GLOBAL r0, n%d\nLOAD_GLOBAL r1, n%d\n"
				"BUILD_TUPLE r0, r0..r1!\n", (int)pt_below(&state, i),
				(int)pt_below(&state, i));
		fprintf(out, "STORE_GLOBAL r0!, n%d\n", i);
	}
	fprintf(out, END);
	fclose(out);
	return text;
}

/* Adds one edge, where the source can have one. */
static void random_edge(int thread, uint64_t *state)
{
	int from = pt_below(state, NODES), to = pt_below(state, NODES);
	const char *seen = pt_execf(thread,
		"LOAD_GLOBAL r0, n%d\nLOAD_GLOBAL r1, n%d\nLIST_APPEND r0!, r1!\n" END, from, to);

	if (!*seen)
		return;
	/* No list: a dict takes it under a key, a tuple does not take it at all. */
	pt_execf(thread, "LOAD_GLOBAL r0, n%d\nLOAD_GLOBAL r1, n%d\nLOAD_CONST r2, 'k%d'\n"
		 "STORE_SUBSCR r1!, r0!, r2\n" END, from, to, to);
}

/* A snapshot as a graph: which of its objects can be reached from names. */
struct graph {
	const struct pymm_dump_object **objects;
	bool *reached;
	unsigned int count;
};

static int find_object(const struct graph *graph, uint32_t id)
{
	for (unsigned int i = 0; i < graph->count; i++)
		if (graph->objects[i]->id == id)
			return i;
	return -1;
}

static void reach(struct graph *graph, uint32_t id)
{
	int i = find_object(graph, id);
	const uint32_t *refs;

	if (i < 0 || graph->reached[i])
		return;
	graph->reached[i] = true;
	if (graph->objects[i]->type == PYMM_TYPE_STR || graph->objects[i]->type == PYMM_TYPE_BYTES)
		return;
	refs = (const uint32_t *)(graph->objects[i] + 1);
	for (uint32_t ref = 0; ref < graph->objects[i]->nr_refs; ref++)
		reach(graph, refs[ref]);
}

static void load_graph(struct graph *graph, const struct pymm_snapshot *snapshot)
{
	const struct pymm_dump_record *record = NULL;

	graph->count = 0;
	while ((record = pymm_snapshot_next(snapshot, record)))
		graph->count += record->kind == PYMM_DUMP_OBJECT;
	graph->objects = calloc(graph->count, sizeof(*graph->objects));
	graph->reached = calloc(graph->count, sizeof(*graph->reached));
	graph->count = 0;
	while ((record = pymm_snapshot_next(snapshot, record)))
		if (record->kind == PYMM_DUMP_OBJECT)
			graph->objects[graph->count++] = (const void *)record;
	while ((record = pymm_snapshot_next(snapshot, record))) {
		const struct pymm_dump_name *name = (const void *)record;

		if (record->kind != PYMM_DUMP_NAME)
			continue;
		reach(graph, name->id);
		reach(graph, name->key);
	}
}

static void free_graph(struct graph *graph)
{
	free(graph->objects);
	free(graph->reached);
}

/* References to an object from others and from names. */
static unsigned int references_to(const struct graph *graph, const struct pymm_snapshot *snapshot,
				  uint32_t id)
{
	const struct pymm_dump_record *record = NULL;
	unsigned int count = 0;

	for (unsigned int i = 0; i < graph->count; i++) {
		const uint32_t *refs = (const uint32_t *)(graph->objects[i] + 1);

		if (graph->objects[i]->type == PYMM_TYPE_STR ||
		    graph->objects[i]->type == PYMM_TYPE_BYTES)
			continue;
		for (uint32_t ref = 0; ref < graph->objects[i]->nr_refs; ref++)
			count += refs[ref] == id;
	}
	while ((record = pymm_snapshot_next(snapshot, record))) {
		const struct pymm_dump_name *name = (const void *)record;

		if (record->kind == PYMM_DUMP_NAME)
			count += (name->id == id) + (name->key == id);
	}
	return count;
}

/*
 * Counts add up, what a full collection returns is what cannot be reached from a
 * name, and afterwards just the rest is there. Returns what is wrong, or "".
 */
static const char *collect_and_compare(int arena, int thread)
{
	static char message[128];
	struct pymm_snapshot *before = pt_snapshot(arena);
	struct pymm_snapshot *after;
	struct graph graph;
	unsigned int garbage = 0;
	int collected;

	message[0] = 0;
	load_graph(&graph, before);
	for (unsigned int i = 0; i < graph.count; i++) {
		const struct pymm_dump_object *object = graph.objects[i];

		garbage += !graph.reached[i] && object->generation != PYMM_GENERATION_NONE;
		if (object->refs != references_to(&graph, before, object->id))
			snprintf(message, sizeof(message), "object %u has %u references, found %u",
				 object->id, object->refs, references_to(&graph, before, object->id));
	}
	collected = atoi(pt_exec(thread, COLLECT(2) END));
	if (collected != (int)garbage)
		snprintf(message, sizeof(message), "collected %d of %u", collected, garbage);
	after = pt_snapshot(arena);
	for (unsigned int i = 0; i < graph.count; i++)
		if (graph.reached[i] != !!pymm_snapshot_object(after, graph.objects[i]->id))
			snprintf(message, sizeof(message), "object %u is %s", graph.objects[i]->id,
				 graph.reached[i] ? "gone" : "still there");
	free_graph(&graph);
	pymm_snapshot_free(before);
	pymm_snapshot_free(after);
	return message;
}

TEST_F(gc, random_graphs)
{
	for (uint64_t seed = 1; seed <= 8; seed++) {
		uint64_t state = seed;
		char *text = random_graph(seed);

		EXPECT_EXEC("", text);
		free(text);
		for (int i = 0; i < EDGES; i++)
			random_edge(self->thread, &state);
		EXPECT_STREQ("", collect_and_compare(self->arena, self->thread))
			TH_LOG("seed %d, all named", (int)seed);
		for (int i = 0; i < NODES; i++) {
			if (pt_below(&state, 8))
				pt_execf(self->thread, "DELETE_GLOBAL n%d\n" END, i);
		}
		EXPECT_STREQ("", collect_and_compare(self->arena, self->thread))
			TH_LOG("seed %d, few named", (int)seed);
	}
}

/* gc_select_generation() looks at the counts when the check point comes: all have died by then. */
TEST_F(gc, due_no_more)
{
	struct pymm_stat before = pt_stat(self->arena);
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fputs("BUILD_LIST r0, ()\nJUMP_FORWARD body\nend:\n" END "body:\n", out);
	for (int i = 0; i < 3000; i++)
		fputs("BUILD_LIST r1, ()\nLIST_APPEND r0, r1!\n", out);
	fputs("LOAD_CONST r0, None\nJUMP_BACKWARD end\n", out);
	fclose(out);
	EXPECT_EXEC("", text);
	EXPECT_EQ(before.collections[0], pt_stat(self->arena).collections[0]);
	free(text);
}

TEST_HARNESS_MAIN
