// SPDX-License-Identifier: GPL-2.0
/*
 * The quick forms of instructions, and those that are executed together: what they do must be what
 * the instructions do one by one. So each program runs in three arenas: as it is; with a check
 * point at each instruction, which executes none together; and one step a call. What it leaves,
 * the numbers of objects included, has to be the same in all, and what Python prints.
 */
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "pymm_util.h"

enum mode {
	PLAIN,
	CHECK_ALL,
	STEPPED,
	MODES,
};

/* Twice: hints are there the second time, and dead headers. r9 collects what is shown in the end. */
#define BEGIN \
	"LOAD_GLOBAL r9, shown\nLOAD_CONST r8, 2\nLOAD_CONST r7, None\nagain:\n"
#define AGAIN \
	"LOAD_CONST r6, 1\nBINARY_OP r8, r8!, r6!, -=\nPOP_JUMP_IF_FALSE r8, end\n" \
	"JUMP_BACKWARD again\nend:\nLOAD_CONST r0, None\nRETURN_VALUE r0!\n"
#define PUT(reg) "LIST_APPEND r9, " #reg "\n"

static void step(int thread, const char *text)
{
	struct pymm_program *program = pt_assemble(text);
	struct pymm_run run = { .max_steps = 1 };

	pt_must(pt_run(thread, program, &run), "RUN");
	while (run.status == PYMM_STATUS_LIMIT)
		pt_must(pt_run_flags(thread, PYMM_RUN_RESUME, &run), "RESUME");
	pymm_program_free(program);
}

/* What the program leaves in "shown", with the counters of its arena. */
static char *run_in(enum mode mode, const char *text)
{
	int arena = pt_open(), thread = pt_thread(arena, NULL);
	struct pymm_stat stat;
	char *result;

	if (mode == CHECK_ALL)
		pt_set_flags(arena, pt_config(arena).flags | PYMM_CONFIG_F_CHECK_ALL);
	pt_exec(thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, shown\n"
		"LOAD_CONST r0, None\nRETURN_VALUE r0!\n");
	if (mode == STEPPED)
		step(thread, text);
	else
		pt_exec(thread, text);
	stat = pt_stat(arena);
	if (asprintf(&result, "%s%llu made, %llu freed, %llu alive, %llu tracked, %llu names",
		     pt_exec(thread, "LOAD_GLOBAL r0, shown\nPRINT r0, end\n"
			     "LOAD_CONST r0, None\nRETURN_VALUE r0!\n"),
		     (unsigned long long)stat.objects_allocated,
		     (unsigned long long)stat.objects_freed, (unsigned long long)stat.objects,
		     (unsigned long long)stat.tracked[0], (unsigned long long)stat.names) < 0)
		pt_die("no memory");
	close(thread);
	close(arena);
	return result;
}

static const struct row {
	const char *name;
	const char *text;
	const char *shown;	/* NULL: numbers of objects are in it */
} rows[] = {
	{ "sums of small and large ints",
	  BEGIN "LOAD_CONST r0, 255\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +\n" PUT(r0)
	  "LOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +=\n" PUT(r0)
	  "LOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, -\n" PUT(r0)
	  "LOAD_CONST r1, 256\nBINARY_OP r0, r0, r1!, +\n" PUT(r0)
	  "LOAD_CONST r1, 1000\nBINARY_OP r0, r0!, r1, -=\n" PUT(r0) PUT(r1) AGAIN,
	  "[256, 257, 256, 512, -488, 1000, 256, 257, 256, 512, -488, 1000]\n" },
	{ "numbers of ints that die of the next one",
	  BEGIN "LOAD_CONST r0, 1000\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +\nGET_ID r2, r0\n"
	  PUT(r2) "LOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +\nGET_ID r2, r0\n" PUT(r2)
	  "COPY r3, r0\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +\nGET_ID r2, r0\n" PUT(r2)
	  PUT(r3) AGAIN, NULL },
	{ "a sum into another slot, and into that of the constant",
	  BEGIN "LOAD_CONST r0, 1000\nLOAD_CONST r1, 1\nBINARY_OP r2, r0, r1!, -\n" PUT(r0) PUT(r2)
	  "LOAD_CONST r1, 2\nBINARY_OP r1, r0, r1!, +\n" PUT(r1)
	  "LOAD_CONST r1, 3\nBINARY_OP r3, r0!, r1!, +\n" PUT(r3) AGAIN,
	  "[1000, 999, 1002, 1003, 1000, 999, 1002, 1003]\n" },
	{ "a constant into a slot that is in use",
	  BEGIN "BUILD_LIST r1, ()\nLOAD_CONST r0, 7\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +\n"
	  PUT(r0) AGAIN, "[8, 8]\n" },
	{ "a jump to the second of two",
	  BEGIN "LOAD_CONST r0, 1000\nLOAD_CONST r1, 5\nJUMP_FORWARD there\nLOAD_CONST r1, 1\n"
	  "there:\nBINARY_OP r0, r0!, r1!, +\n" PUT(r0) AGAIN, "[1005, 1005]\n" },
	{ "bools and others among the operands",
	  BEGIN "LOAD_CONST r0, True\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +\n" PUT(r0)
	  "LOAD_CONST r0, 'a'\nLOAD_CONST r1, 'b'\nBINARY_OP r0, r0!, r1!, +=\n" PUT(r0)
	  "LOAD_CONST r0, 7\nLOAD_CONST r1, True\nBINARY_OP r0, r0!, r1!, -\n" PUT(r0)
	  "LOAD_CONST r0, 4\nBINARY_OP r0, r0!, r0!, +\n" PUT(r0) AGAIN,
	  "[2, 'ab', 6, 8, 2, 'ab', 6, 8]\n" },
	{ "loops that end at 0, from either side",
	  BEGIN "LOAD_CONST r0, 3\nLOAD_CONST r2, 0\n"
	  "down:\nLOAD_CONST r1, 100\nBINARY_OP r2, r2!, r1!, +\n"
	  "LOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, -=\nPOP_JUMP_IF_FALSE r0, out\n"
	  "JUMP_BACKWARD down\nout:\n" PUT(r2)
	  "LOAD_CONST r0, -300\n"
	  "up:\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +=\nPOP_JUMP_IF_FALSE r0, over\n"
	  "JUMP_BACKWARD up\nover:\n" PUT(r0) AGAIN, "[300, 0, 300, 0]\n" },
	{ "name = name",
	  BEGIN "LOAD_CONST r0, 1000\nSTORE_GLOBAL r0!, y\nLOAD_GLOBAL r0, y\nSTORE_GLOBAL r0!, x\n"
	  "LOAD_GLOBAL r0, x\nSTORE_GLOBAL r0!, x\nBUILD_LIST r0, ()\nSTORE_GLOBAL r0!, y\n"
	  "LOAD_GLOBAL r0, x\n" PUT(r0) "LOAD_GLOBAL r0, y\nSTORE_GLOBAL r0!, x\n"
	  "LOAD_GLOBAL r0, x\n" PUT(r0) "DELETE_GLOBAL x\n" AGAIN, "[1000, [], 1000, []]\n" },
	{ "name += constant",
	  BEGIN "LOAD_CONST r0, 255\nSTORE_GLOBAL r0!, x\n"
	  "LOAD_GLOBAL r0, x\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +=\nSTORE_GLOBAL r0!, x\n"
	  "LOAD_GLOBAL r0, x\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +=\nSTORE_GLOBAL r0!, x\n"
	  "LOAD_GLOBAL r0, x\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +=\nSTORE_GLOBAL r0!, x\n"
	  "LOAD_GLOBAL r0, x\nGET_ID r1, r0\n" PUT(r1) PUT(r0)
	  "LOAD_GLOBAL r0, x\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, -=\nSTORE_GLOBAL r0!, x\n"
	  "LOAD_GLOBAL r0, x\n" PUT(r0) "DELETE_GLOBAL x\n" AGAIN, NULL },
	{ "name += constant of what another refers to",
	  BEGIN "LOAD_CONST r0, 999\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +\n"
	  "STORE_GLOBAL r0, x\n"
	  "LOAD_GLOBAL r2, x\nLOAD_CONST r1, 1\nBINARY_OP r2, r2!, r1!, +=\nSTORE_GLOBAL r2!, x\n"
	  "LOAD_GLOBAL r2, x\n" PUT(r0) PUT(r2) AGAIN, "[1000, 1001, 1000, 1001]\n" },
	{ "name += constant, where the name is of a str",
	  BEGIN "LOAD_CONST r0, 'a'\nSTORE_GLOBAL r0!, x\n"
	  "LOAD_GLOBAL r0, x\nLOAD_CONST r1, 'b'\nBINARY_OP r0, r0!, r1!, +=\nSTORE_GLOBAL r0!, x\n"
	  "LOAD_GLOBAL r0, x\n" PUT(r0) AGAIN, "['ab', 'ab']\n" },
	{ "dict[str] = value",
	  BEGIN "BUILD_MAP r0, ()\nLOAD_CONST r2, 1000\nLOAD_CONST r1, 'k'\n"
	  "STORE_SUBSCR r2, r0, r1!\nLOAD_CONST r2, 2000\nLOAD_CONST r1, 'k'\n"
	  "STORE_SUBSCR r2, r0, r1!\nLOAD_CONST r1, 'l'\nSTORE_SUBSCR r2, r0, r1\n"
	  "STORE_SUBSCR r2!, r0, r1!\nLOAD_CONST r1, 'k'\nBINARY_SUBSCR r2, r0, r1!\n" PUT(r2)
	  "BUILD_LIST r2, ()\nLOAD_CONST r1, 'k'\nSTORE_SUBSCR r2!, r0, r1!\n" PUT(r0) AGAIN,
	  "[2000, {'k': [], 'l': 2000}, 2000, {'k': [], 'l': 2000}]\n" },
	{ "the same instruction on dicts of another order, and on a list",
	  "LOAD_GLOBAL r9, shown\nLOAD_CONST r8, 4\nBUILD_MAP r3, ()\n"
	  "again:\nBUILD_MAP r4, ()\nLOAD_CONST r0, 'z'\nSTORE_SUBSCR r8, r4, r0\n"
	  "LOAD_CONST r0, 'k'\nSTORE_SUBSCR r8, r3, r0\nDELETE_SUBSCR r3, r0\n"
	  "LOAD_CONST r2, 5\nLOAD_CONST r1, 'k'\nSTORE_SUBSCR r2, r3, r1!\n"
	  "LOAD_CONST r1, 'k'\nBINARY_SUBSCR r2, r3, r1!\n" PUT(r2) PUT(r3)
	  "COPY r5, r3\nCOPY r3, r4\nCOPY r4, r5\n" AGAIN, NULL },
	{ "lists for lists",
	  BEGIN "BUILD_LIST r0, ()\nGET_ID r1, r0\n" PUT(r1) "BUILD_LIST r0, ()\nGET_ID r1, r0\n"
	  PUT(r1) "BUILD_LIST r0, ()\nCOPY r2, r0\nBUILD_LIST r0, ()\nGET_ID r1, r0\n" PUT(r1)
	  "IS_OP r1, r0, r2, is\n" PUT(r1) "LIST_APPEND r0, r8\nBUILD_LIST r0, ()\n" PUT(r0)
	  "BUILD_LIST r0, ()\nBUILD_LIST r3, ()\nBUILD_LIST r0, ()\nGET_ID r1, r0\n" PUT(r1) AGAIN,
	  NULL },
	{ "items of a list",
	  BEGIN "BUILD_LIST r0, ()\nLOAD_CONST r1, 1000\nLIST_APPEND r0, r1\nLIST_APPEND r0, r1\n"
	  "LIST_APPEND r0, r1!\nLIST_APPEND r0, r0\nBUILD_LIST r1, ()\nLIST_APPEND r0, r1!\n"
	  PUT(r0) AGAIN, "[[1000, 1000, 1000, [...], []], [1000, 1000, 1000, [...], []]]\n" },
	/* The room of eight is found full in the middle, and a jump leads there, too. Four refer to it: r0, shown, itself. */
	{ "items of a list, one after the other",
	  BEGIN "BUILD_LIST r0, ()\nLOAD_CONST r1, 1000\nLOAD_CONST r2, 2\nLOAD_CONST r3, 3\nLOAD_CONST r4, 1\n"
	  "LIST_APPEND r0, r1\nLIST_APPEND r0, r2!\nin:\nLIST_APPEND r0, r3\nLIST_APPEND r0, r1\nLIST_APPEND r0, r0\n"
	  "LIST_APPEND r0, r1\nLIST_APPEND r0, r3\nPOP_JUMP_IF_FALSE r4, out\nLOAD_CONST r4, 0\nJUMP_BACKWARD in\nout:\n"
	  PUT(r0) "GET_REFCOUNT r1, r0\n" PUT(r1) AGAIN,
	  "[[1000, 2, 3, 1000, [...], 1000, 3, 3, 1000, [...], 1000, 3], 4, "
	  "[1000, 2, 3, 1000, [...], 1000, 3, 3, 1000, [...], 1000, 3], 4]\n" },
	{ "an item that is not there",
	  BEGIN "BUILD_LIST r0, ()\nLOAD_CONST r1, 1000\nLIST_APPEND r0, r1\n" PUT(r0) "LIST_APPEND r0, r1!\n"
	  "LIST_APPEND r0, r1\n" AGAIN, "[[1000, 1000]]\n" },
	{ "jumps on what is true and what is not",
	  BEGIN "LOAD_CONST r0, None\nPOP_JUMP_IF_TRUE r0!, a\nLOAD_CONST r0, False\n"
	  "POP_JUMP_IF_TRUE r0, a\nLOAD_CONST r0, 1000\nPOP_JUMP_IF_FALSE r0!, a\n"
	  "LOAD_CONST r0, True\nPOP_JUMP_IF_FALSE r0, a\nBUILD_LIST r0, ()\n"
	  "POP_JUMP_IF_TRUE r0!, a\nLOAD_CONST r0, ''\nPOP_JUMP_IF_TRUE r0, a\n"
	  "LOAD_CONST r0, 'right'\n" PUT(r0) "a:\n" AGAIN, "['right', 'right']\n" },
};

TEST(as_one_by_one)
{
	for (const struct row *row = rows; row < rows + sizeof(rows) / sizeof(*rows); row++) {
		char *results[MODES];

		for (int mode = 0; mode < MODES; mode++)
			results[mode] = run_in(mode, row->text);
		if (row->shown)
			EXPECT_EQ(0, strncmp(row->shown, results[PLAIN], strlen(row->shown)))
				TH_LOG("%s: %s", row->name, results[PLAIN]);
		EXPECT_STREQ(results[CHECK_ALL], results[PLAIN])
			TH_LOG("%s", row->name);
		EXPECT_STREQ(results[STEPPED], results[PLAIN])
			TH_LOG("%s", row->name);
		for (int mode = 0; mode < MODES; mode++)
			free(results[mode]);
	}
}

PT_FIXTURE(quick)

/* A pause may come between any two instructions, also those that are executed together. */
TEST_F(quick, pauses_anywhere)
{
	static const char text[] =
		"LOAD_CONST r0, 1000\nSTORE_GLOBAL r0!, x\n"
		"LOAD_GLOBAL r0, x\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +=\nSTORE_GLOBAL r0!, x\n"
		"LOAD_CONST r0, 3\nmore:\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, -=\n"
		"POP_JUMP_IF_FALSE r0, out\nJUMP_BACKWARD more\nout:\n"
		"LOAD_GLOBAL r0, x\nSTORE_GLOBAL r0!, y\nLOAD_CONST r0, None\nRETURN_VALUE r0!\n";
	/* 2 and 4; 1 and, for 3, 2 and 1, 4, 4 and 3; 4 more. */
	const unsigned int steps = 6 + 1 + 11 + 4;
	struct pymm_program *program = pt_assemble(text);

	for (unsigned int first = 1; first <= steps; first++) {
		struct pymm_run run = { .max_steps = first };

		ASSERT_EQ(0, pt_run(self->thread, program, &run));
		EXPECT_EQ(first, run.steps);
		if (run.status == PYMM_STATUS_LIMIT) {
			run.max_steps = 0;
			ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
			EXPECT_EQ(steps - first, run.steps);
		}
		ASSERT_EQ(PYMM_STATUS_DONE, run.status);
		EXPECT_EXEC("1001\n", "LOAD_GLOBAL r0, y\nPRINT r0!, end\n"
			    "LOAD_CONST r0, None\nRETURN_VALUE r0!\n");
	}
	pymm_program_free(program);
}

/* The int that overflows stays as it was, in its slot and under its name. */
TEST_F(quick, overflow)
{
	EXPECT_EXEC("9223372036854775807\nOverflowError: int result does not fit in 64 bits\n",
		"LOAD_CONST r0, 9223372036854775807\nSTORE_GLOBAL r0, x\nPRINT r0, end\n"
		"LOAD_GLOBAL r0, x\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +=\n"
		"STORE_GLOBAL r0!, x\nLOAD_CONST r0, None\nRETURN_VALUE r0!\n");
	EXPECT_EXEC("9223372036854775807\n", "LOAD_GLOBAL r0, x\nPRINT r0!, end\n"
		    "LOAD_CONST r0, None\nRETURN_VALUE r0!\n");
	EXPECT_EXEC("OverflowError: int result does not fit in 64 bits\n",
		"LOAD_CONST r0, -9223372036854775808\nLOAD_CONST r1, 1\n"
		"BINARY_OP r0, r0!, r1!, -=\nRETURN_VALUE r0!\n");
}

/* An object more than the limit allows is none, even in place of one that would die of it. */
TEST_F(quick, limit)
{
	uint64_t objects;

	/* More than the smallest limit that can be set. */
	pt_exec(self->thread, "LOAD_CONST r0, 1000\nSTORE_GLOBAL r0!, x\nBUILD_LIST r0, ()\n"
		"LOAD_CONST r1, 2000\nmore:\nLIST_APPEND r0, r1\nLOAD_CONST r2, 1\n"
		"BINARY_OP r1, r1!, r2!, -=\nPOP_JUMP_IF_FALSE r1, enough\nJUMP_BACKWARD more\n"
		"enough:\nSTORE_GLOBAL r0!, l\nLOAD_CONST r0, None\nRETURN_VALUE r0!\n");
	objects = pt_stat(self->arena).objects;
	pt_set_max_objects(self->arena, objects);
	EXPECT_EQ(0, strncmp("MemoryError", pt_exec(self->thread, "LOAD_GLOBAL r0, x\n"
		"LOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1!, +=\nSTORE_GLOBAL r0!, x\n"
		"LOAD_CONST r0, None\nRETURN_VALUE r0!\n"), 11));
	EXPECT_EQ(objects, pt_stat(self->arena).objects);
}

TEST_HARNESS_MAIN
