// SPDX-License-Identifier: GPL-2.0
/*
 * Reference counts: who holds one, when an object dies, and in which order.
 */
#include <errno.h>
#include <stdlib.h>

#include "kselftest_harness.h"
#include "pymm_util.h"
#include "snapshot_util.h"
#include "trace_util.h"

PT_FIXTURE(refcount)

#define BIND_LIST(name) "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, " #name "\n"

/* ---- a = []; b = a; del a; del b ---- */

TEST_F(refcount, one_two_one_gone)
{
	pt_exec(self->thread, BIND_LIST(a) END);
	EXPECT_EQ(1, pt_refs(self->arena, "a"));
	pt_exec(self->thread, "LOAD_GLOBAL r0, a\nSTORE_GLOBAL r0!, b\n" END);
	EXPECT_EQ(2, pt_refs(self->arena, "a"));
	pt_exec(self->thread, "DELETE_GLOBAL a\n" END);
	EXPECT_EQ(1, pt_refs(self->arena, "b"));
	pt_exec(self->thread, "DELETE_GLOBAL b\n" END);
	EXPECT_EQ(0, pt_count_type(self->arena, PYMM_TYPE_LIST));
}

TEST_F(refcount, dies_by_count_not_by_collector)
{
	struct pymm_stat before, after;

	pt_exec(self->thread, BIND_LIST(a) END);
	before = pt_stat(self->arena);
	pt_exec(self->thread, "DELETE_GLOBAL a\n" END);
	after = pt_stat(self->arena);
	EXPECT_EQ(before.objects - 1, after.objects);
	for (int i = 0; i < PYMM_GENERATIONS; i++) {
		EXPECT_EQ(before.collections[i], after.collections[i]);
		EXPECT_EQ(before.collected[i], after.collected[i]);
	}
}

/* Within one program: the very next instruction finds it gone, with the collector off. */
TEST_F(refcount, dies_at_once)
{
	pt_set_flags(self->arena, 0);
	EXPECT_EXEC("True\n",
		"BUILD_LIST r0, ()\nGET_ID r1, r0\nDELETE_FAST r0\nBUILD_LIST r0, ()\nGET_ID r2, r0\n"
		"COMPARE_OP r3, r1, r2, ==\nPRINT r3, end\n" END);
}

TEST_F(refcount, allocated_and_freed_are_counted)
{
	struct pymm_stat before = pt_stat(self->arena);
	struct pymm_stat after;

	pt_exec(self->thread, BIND_LIST(a) END);
	after = pt_stat(self->arena);
	EXPECT_EQ(before.objects - before.objects_allocated + before.objects_freed,
		  after.objects - after.objects_allocated + after.objects_freed);
	EXPECT_LT(before.objects_allocated, after.objects_allocated);
}

/* ---- who holds a reference: on top of the name x, and of the slot that is asked ---- */

struct holder {
	const char *name;
	const char *text;	/* r0 holds what x is bound to */
	unsigned int more;
};

static const struct holder holders[] = {
	{ "nobody", "NOP\n", 0 },
	{ "name", "STORE_GLOBAL r0, y\n", 1 },
	{ "slot", "COPY r1, r0\n", 1 },
	{ "list item", "BUILD_LIST r1, r0\n", 1 },
	{ "five list items", "COPY r1, r0\nCOPY r2, r0\nCOPY r3, r0\nCOPY r4, r0\n"
	  "BUILD_LIST r5, r0..r4\nDELETE_FAST r1\nDELETE_FAST r2\nDELETE_FAST r3\nDELETE_FAST r4\n",
	  5 },
	{ "appended", "BUILD_LIST r1, ()\nLIST_APPEND r1, r0\n", 1 },
	{ "extended", "BUILD_TUPLE r1, r0\nBUILD_LIST r2, ()\nLIST_EXTEND r2, r1\n"
	  "DELETE_FAST r1\n", 1 },
	{ "tuple item", "BUILD_TUPLE r1, r0\n", 1 },
	{ "dict value", "LOAD_CONST r1, 'k'\nCOPY r2, r0\nBUILD_MAP r3, r1..r2\nDELETE_FAST r2\n",
	  1 },
	{ "dict key", "COPY r1, r0\nLOAD_CONST r2, 1\nBUILD_MAP r3, r1..r2\nDELETE_FAST r1\n", 1 },
	{ "key that was there", "COPY r1, r0\nLOAD_CONST r2, 1\nBUILD_MAP r3, r1..r2\n"
	  "STORE_SUBSCR r2, r3, r1\nDELETE_FAST r1\n", 1 },
	{ "repeated list", "BUILD_LIST r1, r0\nLOAD_CONST r2, 3\nBINARY_OP r1, r1, r2, *\n", 3 },
	{ "repeated in place", "BUILD_LIST r1, r0\nLOAD_CONST r2, 3\nBINARY_OP r1, r1, r2, *=\n",
	  3 },
	{ "sum of tuples", "BUILD_TUPLE r1, r0\nBINARY_OP r2, r1, r1, +\nDELETE_FAST r1\n", 2 },
	{ "replaced item", "BUILD_LIST r1, r0\nLOAD_CONST r2, 0\nSTORE_SUBSCR r2, r1, r2\n", 0 },
	{ "deleted item", "BUILD_LIST r1, r0\nLOAD_CONST r2, 0\nDELETE_SUBSCR r1, r2\n", 0 },
	{ "deleted pair", "BUILD_MAP r1, ()\nSTORE_SUBSCR r0, r1, r0\nDELETE_SUBSCR r1, r0\n", 0 },
	{ "looked up", "BUILD_TUPLE r1, r0\nLOAD_CONST r2, 0\nBINARY_SUBSCR r3, r1, r2\n", 2 },
	{ "found by in", "BUILD_LIST r1, r0\nCONTAINS_OP r2, r0, r1, in\nDELETE_FAST r1\n", 0 },
	{ "compared", "COMPARE_OP r1, r0, r0, ==\nIS_OP r1, r0, r0, is\n", 0 },
	{ "printed", "PRINT r0, end\n", 0 },
	{ "overwritten slot", "COPY r1, r0\nLOAD_CONST r1, 1\n", 0 },
	{ "copied to itself", "COPY r0, r0\n", 0 },
};

/* The count that GET_REFCOUNT gives, on the last line that was printed. */
static long last_number(const char *output)
{
	const char *end = output + strlen(output);

	while (end > output && end[-1] == '\n')
		end--;
	while (end > output && end[-1] != '\n')
		end--;
	return strtol(end, NULL, 10);
}

/* x is bound to a tuple that is not a constant, so it can be a key as well. */
#define BIND_X "LOAD_CONST r0, 1000\nBUILD_TUPLE r0, r0\nSTORE_GLOBAL r0, x\n"

TEST_F(refcount, each_holder_counts)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(holders); i++) {
		EXPECT_EQ(2 + holders[i].more,
			  last_number(pt_execf(self->thread,
				BIND_X "%sGET_REFCOUNT r9, r0\nPRINT r9, end\n" END,
				holders[i].text)))
			TH_LOG("%s", holders[i].name);
	}
}

TEST_F(refcount, each_holder_lets_go)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(holders); i++) {
		pt_execf(self->thread, BIND_X "%s" END, holders[i].text);
		pt_exec(self->thread, "LOAD_CONST r0, None\nSTORE_GLOBAL r0, y\n" END);
		EXPECT_EQ(1, pt_refs(self->arena, "x"))
			TH_LOG("%s", holders[i].name);
	}
}

TEST_F(refcount, getrefcount_counts_its_slot)
{
	EXPECT_EXEC("1\n", "BUILD_LIST r0, ()\nGET_REFCOUNT r1, r0\nPRINT r1, end\n" END);
}

/* The table of constants holds one, the slot another. */
TEST_F(refcount, constants_hold_one)
{
	EXPECT_EXEC("2\n", "LOAD_CONST r0, 1000\nGET_REFCOUNT r1, r0\nPRINT r1, end\n" END);
	EXPECT_EXEC("3\n", "LOAD_CONST r0, 1000\nLOAD_CONST r1, 1000\nGET_REFCOUNT r2, r0\n"
		"PRINT r2, end\n" END);
}

TEST_F(refcount, constants_die_with_their_code)
{
	pt_exec(self->thread, "LOAD_CONST r0, 'not an identifier'\nSTORE_GLOBAL r0, s\n" END);
	EXPECT_EQ(1, pt_refs(self->arena, "s"));
	EXPECT_EQ(0, pt_count_type(self->arena, PYMM_TYPE_CODE));
}

/* A function holds its code, the code its constants. */
TEST_F(refcount, a_function_keeps_its_constants)
{
	pt_exec(self->thread, "MAKE_FUNCTION r0, f\nSTORE_GLOBAL r0, f\nCALL r1, r0, ()\n"
		"STORE_GLOBAL r1, s\n" END
		".code f\nLOAD_CONST r0, 'not an identifier'\nRETURN_VALUE r0!\n");
	EXPECT_EQ(2, pt_refs(self->arena, "s"));
	EXPECT_EQ(1, pt_count_type(self->arena, PYMM_TYPE_CODE));
	pt_exec(self->thread, "DELETE_GLOBAL f\n" END);
	EXPECT_EQ(1, pt_refs(self->arena, "s"));
	EXPECT_EQ(0, pt_count_type(self->arena, PYMM_TYPE_CODE));
}

/* g(x): the caller's reference moves into the callee's slot, or a new one does. */
TEST_F(refcount, arguments)
{
	EXPECT_EXEC("3\n", BIND_X "MAKE_FUNCTION r1, g\nCOPY r2, r0\nCALL r3, r1, r2!\n"
		"PRINT r3, end\n" END ".code g x\nGET_REFCOUNT r1, r0\nRETURN_VALUE r1!\n");
	EXPECT_EXEC("4\n", BIND_X "MAKE_FUNCTION r1, g\nCOPY r2, r0\nCALL r3, r1, r2\n"
		"PRINT r3, end\n" END ".code g x\nGET_REFCOUNT r1, r0\nRETURN_VALUE r1!\n");
}

TEST_F(refcount, locals_are_dropped_on_return)
{
	EXPECT_EXEC("2\n", BIND_X "MAKE_FUNCTION r1, g\nCALL r2, r1, r0\nGET_REFCOUNT r2, r0\n"
		"PRINT r2, end\n" END
		".code g x\nCOPY r1, r0\nCOPY r2, r0\nLOAD_CONST r3, None\nRETURN_VALUE r3\n");
}

/* A paused program's frame holds what its slots hold; the dump shows both. */
TEST_F(refcount, frames_hold)
{
	struct pymm_program *program = pt_assemble(
		"BUILD_LIST r0, ()\nSTORE_GLOBAL r0, x\nCOPY r1, r0\nNOP\n" END);
	struct pymm_run run = { .max_steps = 3 };

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	ASSERT_EQ(PYMM_STATUS_LIMIT, run.status);
	EXPECT_EQ(3, pt_refs(self->arena, "x"));
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_ABANDON, &run));
	EXPECT_EQ(1, pt_refs(self->arena, "x"));
	pymm_program_free(program);
}

TEST_F(refcount, an_exception_drops_the_frames)
{
	EXPECT_EXEC("NameError: name 'unbound' is not defined\n",
		"BUILD_LIST r0, ()\nSTORE_GLOBAL r0, x\nCOPY r1, r0\nMAKE_FUNCTION r2, f\n"
		"CALL r3, r2, r0\n" END ".code f x\nCOPY r1, r0\nLOAD_GLOBAL r2, unbound\n" END);
	EXPECT_EQ(1, pt_refs(self->arena, "x"));
}

/* ---- CONSUME moves a reference: with it there is one less than without ---- */

struct consumer {
	const char *text;	/* of which %s is "!" or nothing */
	const char *x;		/* how to make what x names */
	unsigned int left;	/* references with "!", apart from the slot that is asked */
};

#define A_LIST	"LOAD_CONST r0, 7\nBUILD_LIST r0, r0\n"
#define A_DICT	"LOAD_CONST r0, 7\nLOAD_CONST r1, 8\nBUILD_MAP r0, r0..r1\n"
#define A_LOCK	"LOCK_NEW r0\nLOCK_ACQUIRE r1, r0, nowait\n"

static const struct consumer consumers[] = {
	{ "COPY r1, r0%s\n", A_LIST, 2 },
	{ "STORE_GLOBAL r0%s, y\n", A_LIST, 2 },
	{ "BUILD_LIST r1, r0%s\n", A_LIST, 2 },
	{ "BUILD_TUPLE r1, r0%s\n", A_LIST, 2 },
	{ "COPY r2, r0!\nLOAD_CONST r1, 1\nBUILD_MAP r3, r1..r2%s\n", A_LIST, 2 },
	{ "BUILD_LIST r1, ()\nLIST_APPEND r1, r0%s\n", A_LIST, 2 },
	{ "LOAD_CONST r1, 1\nLIST_APPEND r0%s, r1\n", A_LIST, 1 },
	{ "BUILD_LIST r1, ()\nLIST_EXTEND r1, r0%s\n", A_LIST, 1 },
	{ "LOAD_CONST r1, ()\nLIST_EXTEND r0%s, r1\n", A_LIST, 1 },
	{ "BUILD_LIST r1, ()\nBINARY_OP r2, r0%s, r1, +\n", A_LIST, 1 },
	{ "BUILD_LIST r1, ()\nBINARY_OP r2, r1, r0%s, +\n", A_LIST, 1 },
	{ "BUILD_LIST r1, ()\nBINARY_OP r2, r0%s, r1, +=\n", A_LIST, 2 },
	{ "BUILD_LIST r1, ()\nBINARY_OP r2, r1, r0%s, +=\n", A_LIST, 1 },
	{ "COMPARE_OP r1, r0%s, r0, ==\n", A_LIST, 1 },
	{ "LOAD_CONST r1, 1\nCOMPARE_OP r1, r1, r0%s, !=\n", A_LIST, 1 },
	{ "LOAD_CONST r1, 1\nIS_OP r1, r0%s, r1, is\n", A_LIST, 1 },
	{ "LOAD_CONST r1, 1\nIS_OP r1, r1, r0%s, is\n", A_LIST, 1 },
	{ "LOAD_CONST r1, (1, 2)\nCONTAINS_OP r1, r0%s, r1, in\n", A_LIST, 1 },
	{ "LOAD_CONST r1, 1\nCONTAINS_OP r1, r1, r0%s, in\n", A_LIST, 1 },
	{ "UNARY_NOT r1, r0%s\n", A_LIST, 1 },
	{ "LOAD_CONST r1, 0\nBINARY_SUBSCR r2, r0%s, r1\n", A_LIST, 1 },
	{ "BUILD_LIST r1, r0\nLOAD_CONST r2, 0\nSTORE_SUBSCR r0%s, r1, r2\n", A_LIST, 2 },
	{ "LOAD_CONST r1, 0\nSTORE_SUBSCR r1, r0%s, r1\n", A_LIST, 1 },
	{ "LOAD_CONST r1, 0\nDELETE_SUBSCR r0%s, r1\n", A_LIST, 1 },
	{ "LOAD_CONST r1, 7\nDELETE_SUBSCR r0%s, r1\n", A_DICT, 1 },
	{ "GET_LEN r1, r0%s\n", A_LIST, 1 },
	{ "GET_ID r1, r0%s\n", A_LIST, 1 },
	{ "GET_REFCOUNT r1, r0%s\n", A_LIST, 1 },
	{ "PRINT r0%s\n", A_LIST, 1 },
	{ "POP_JUMP_IF_FALSE r0%s, on\non:\n", A_LIST, 1 },
	{ "POP_JUMP_IF_TRUE r0%s, on\non:\n", A_LIST, 1 },
	{ "LOCK_RELEASE r0%s\n", A_LOCK, 1 },
	{ "MAKE_FUNCTION r1, f\nCALL r2, r1, r0%s\n", A_LIST, 2 },
};

static unsigned int refs_after(int thread, const struct consumer *consumer, const char *mark)
{
	char text[256];

	snprintf(text, sizeof(text), consumer->text, mark);
	return last_number(pt_execf(thread,
		"%sSTORE_GLOBAL r0, x\n%sLOAD_CONST r9, ''\nPRINT r9, end\n"
		"LOAD_GLOBAL r9, x\nGET_REFCOUNT r8, r9\nPRINT r8, end\n" END
		".code f x\nRETURN_VALUE r0!\n", consumer->x, text));
}

TEST_F(refcount, consume_moves_a_reference)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(consumers); i++) {
		EXPECT_EQ(consumers[i].left + 1, refs_after(self->thread, &consumers[i], "!"))
			TH_LOG("%s", consumers[i].text);
		EXPECT_EQ(consumers[i].left + 2, refs_after(self->thread, &consumers[i], ""))
			TH_LOG("without: %s", consumers[i].text);
		pt_exec(self->thread, "LOAD_CONST r0, None\nSTORE_GLOBAL r0, y\n" END);
	}
}

TEST_F(refcount, consume_of_the_last_reference)
{
	EXPECT_EXEC("False 1\n",
		"BUILD_LIST r0, ()\nLOAD_CONST r1, 1\nIS_OP r2, r0!, r1, is\nPRINT r2\n"
		"BUILD_LIST r0, ()\nBUILD_LIST r1, r0!\nGET_LEN r2, r1!\nPRINT r2, end\n" END);
	EXPECT_EQ(0, pt_count_type(self->arena, PYMM_TYPE_LIST));
}

/* Both operands are the same slot: one reference is moved, not two. */
TEST_F(refcount, consume_the_same_slot_twice)
{
	EXPECT_EXEC("True\n", BIND_X "IS_OP r1, r0!, r0!, is\nPRINT r1, end\n" END);
	EXPECT_EQ(1, pt_refs(self->arena, "x"));
}

TEST_F(refcount, consumed_operands_of_a_failed_operation)
{
	EXPECT_EXEC("TypeError: unsupported operand type(s) for -: 'tuple' and 'tuple'\n",
		BIND_X "COPY r1, r0\nBINARY_OP r2, r0!, r1!, -\n" END);
	EXPECT_EQ(1, pt_refs(self->arena, "x"));
}

/* ---- immortals ---- */

static const char *const immortals[] = {
	"None", "True", "False", "0", "-5", "256", "''", "'a'", "'\u00e9'", "()",
};

TEST_F(refcount, immortals_show_2_to_the_32_less_1)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(immortals); i++) {
		EXPECT_STREQ("4294967295\n", pt_execf(self->thread,
			"LOAD_CONST r0, %s\nGET_REFCOUNT r1, r0\nPRINT r1, end\n" END, immortals[i]))
			TH_LOG("%s", immortals[i]);
	}
}

TEST_F(refcount, immortals_do_not_move)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(immortals); i++) {
		EXPECT_STREQ("4294967295\n", pt_execf(self->thread,
			"LOAD_CONST r0, %s\nBUILD_LIST r1, r0\nLOAD_CONST r2, 1000\n"
			"BINARY_OP r1, r1!, r2, *=\nGET_REFCOUNT r1, r0\nPRINT r1, end\n" END,
			immortals[i]))
			TH_LOG("%s", immortals[i]);
	}
}

TEST_F(refcount, immortals_are_not_counted_as_objects)
{
	struct pymm_stat before = pt_stat(self->arena);
	struct pymm_stat after;

	pt_exec(self->thread, "LOAD_CONST r0, 5\nSTORE_GLOBAL r0, x\n" END);
	after = pt_stat(self->arena);
	/* "x" itself is a one-letter string, so it is immortal too. */
	EXPECT_EQ(before.objects, after.objects);
	EXPECT_EQ(before.objects_immortal, after.objects_immortal);
	EXPECT_EQ(PYMM_REFS_IMMORTAL, pt_refs(self->arena, "x"));
}

/* ---- order of death ---- */

/*
 * Runs @make, which prints the ids of objects it binds into the container @box,
 * unbinds box, and says in which order (a is the first printed) they were freed.
 */
static void order_of_death(int arena, int thread, const char *make, char *order)
{
	long ids[8];
	unsigned int count = 0;
	struct pt_trace trace;
	struct pt_event event;
	char *text, *at, *end;
	const char *printed = pt_exec(thread, make);

	while (count < 8 && (ids[count] = strtol(printed, &end, 10), end != printed)) {
		printed = end;
		count++;
	}
	*order = 0;
	if (pt_trace_begin(&trace, "pymm_object_free"))
		pt_die("no trace events");
	pt_exec(thread, "DELETE_GLOBAL box\n" END);
	text = at = pt_trace_text(&trace);
	pt_trace_end(&trace);
	while (pt_event_next(&at, &event)) {
		if (pt_event_field(&event, "arena") != pt_query(arena).arena_id)
			continue;
		for (unsigned int i = 0; i < count; i++)
			if (pt_event_field(&event, "id") == (uint64_t)ids[i])
				*order++ = 'a' + i;
	}
	*order = 0;
	free(text);
}

/* New lists in r0 to r3 and their ids. */
#define FOUR_LISTS \
	"BUILD_LIST r0, ()\nGET_ID r8, r0\nPRINT r8\nBUILD_LIST r1, ()\nGET_ID r8, r1\nPRINT r8\n" \
	"BUILD_LIST r2, ()\nGET_ID r8, r2\nPRINT r8\nBUILD_LIST r3, ()\nGET_ID r8, r3\nPRINT r8, end\n"

TEST_F(refcount, list_dies_from_its_end)
{
	char order[9];

	order_of_death(self->arena, self->thread,
		       FOUR_LISTS "BUILD_LIST r4, r0..r3!\nSTORE_GLOBAL r4!, box\n" END, order);
	EXPECT_STREQ("dcba", order);
}

TEST_F(refcount, tuple_dies_from_its_end)
{
	char order[9];

	order_of_death(self->arena, self->thread,
		       FOUR_LISTS "BUILD_TUPLE r4, r0..r3!\nSTORE_GLOBAL r4!, box\n" END, order);
	EXPECT_STREQ("dcba", order);
}

TEST_F(refcount, dict_dies_from_its_first)
{
	char order[9];

	order_of_death(self->arena, self->thread, FOUR_LISTS
		"BUILD_MAP r4, ()\nLOAD_CONST r5, 1\nSTORE_SUBSCR r0!, r4, r5\nLOAD_CONST r5, 2\n"
		"STORE_SUBSCR r1!, r4, r5\nLOAD_CONST r5, 3\nSTORE_SUBSCR r2!, r4, r5\n"
		"LOAD_CONST r5, 4\nSTORE_SUBSCR r3!, r4, r5\nSTORE_GLOBAL r4!, box\n" END, order);
	EXPECT_STREQ("abcd", order);
}

/* [a, [b, c], d]: depth first. */
TEST_F(refcount, children_die_before_the_next_sibling)
{
	char order[9];

	order_of_death(self->arena, self->thread, FOUR_LISTS
		"BUILD_LIST r1, r1..r2!\nCOPY r2, r3!\nBUILD_LIST r4, r0..r2!\n"
		"STORE_GLOBAL r4!, box\n" END, order);
	EXPECT_STREQ("dcba", order);
}

/* ---- long chains: freed without recursion, and the kernel log says nothing ---- */

/* h = make(h), so many times; then h is dropped in the slot. */
static const char *chain(int thread, const char *make, unsigned int length)
{
	return pt_execf(thread,
		"LOAD_CONST r0, None\nLOAD_CONST r1, %u\nLOAD_CONST r2, 1\n"
		"more:\n%sBINARY_OP r1, r1!, r2, -=\nPOP_JUMP_IF_FALSE r1, made\nJUMP_BACKWARD more\n"
		"made:\nDELETE_FAST r0\n" END, length, make);
}

TEST_F(refcount, chain_of_lists)
{
	struct pymm_stat before = pt_stat(self->arena);
	struct pymm_stat after;

	EXPECT_STREQ("", chain(self->thread, "BUILD_LIST r0, r0!\n", pt_fewer(1000000)));
	after = pt_stat(self->arena);
	EXPECT_EQ(before.objects, after.objects);
	EXPECT_LE(pt_fewer(1000000), after.objects_freed - before.objects_freed);
}

TEST_F(refcount, chain_of_tuples)
{
	struct pymm_stat before = pt_stat(self->arena);

	EXPECT_STREQ("", chain(self->thread, "BUILD_TUPLE r0, r0!\n", pt_fewer(300000)));
	EXPECT_EQ(before.objects, pt_stat(self->arena).objects);
}

TEST_F(refcount, chain_of_dicts)
{
	struct pymm_stat before = pt_stat(self->arena);

	EXPECT_STREQ("", chain(self->thread, "BUILD_MAP r9, ()\nLOAD_CONST r8, 'k'\n"
			       "STORE_SUBSCR r0!, r9, r8\nCOPY r0, r9!\n", pt_fewer(200000)));
	EXPECT_EQ(before.objects, pt_stat(self->arena).objects);
}

TEST_HARNESS_MAIN
