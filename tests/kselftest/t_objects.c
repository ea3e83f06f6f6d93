// SPDX-License-Identifier: GPL-2.0
/*
 * Objects: type, value, identity; which of them are shared; how they are printed.
 */
#include <errno.h>
#include <stdlib.h>

#include "kselftest_harness.h"
#include "image_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE(objects)

/* ---- identity ---- */

/* Is @value, computed twice, one object? (value + 0 is a new int unless it is a small one) */
static const char *computed_twice(int thread, int value)
{
	return pt_execf(thread,
			"LOAD_CONST r0, %d\nLOAD_CONST r1, 1\n"
			"BINARY_OP r2, r0, r1, +\nBINARY_OP r3, r0, r1, +\n"
			"IS_OP r4, r2, r3, is\nPRINT r4, end\n" END, value - 1);
}

TEST_F(objects, small_ints_are_shared)
{
	for (int value = -5; value <= 256; value++) {
		EXPECT_STREQ("True\n", computed_twice(self->thread, value))
			TH_LOG("%d", value);
	}
}

TEST_F(objects, other_ints_are_not)
{
	EXPECT_STREQ("False\n", computed_twice(self->thread, -6));
	EXPECT_STREQ("False\n", computed_twice(self->thread, 257));
	EXPECT_STREQ("False\n", computed_twice(self->thread, 1000000));
}

TEST_F(objects, a_small_int_is_the_constant)
{
	EXPECT_EXEC("True\n",
		"LOAD_CONST r0, 'abc'\nGET_LEN r1, r0\nLOAD_CONST r2, 3\n"
		"IS_OP r3, r1, r2, is\nPRINT r3, end\n" END);
}

TEST_F(objects, singletons)
{
	EXPECT_EXEC("True True True\n",
		"LOAD_CONST r0, ()\nBUILD_TUPLE r1, ()\nIS_OP r2, r0, r1, is\nPRINT r2\n"
		"LOAD_CONST r0, ''\nLOAD_CONST r1, 'a'\nLOAD_CONST r3, 0\n"
		"BINARY_OP r1, r1, r3, *\nIS_OP r2, r0, r1, is\nPRINT r2\n"
		"LOAD_CONST r0, 'abc'\nLOAD_CONST r1, 'cba'\nLOAD_CONST r3, 0\n"
		"BINARY_SUBSCR r0, r0, r3\nLOAD_CONST r3, 2\nBINARY_SUBSCR r1, r1, r3\n"
		"IS_OP r2, r0, r1, is\nPRINT r2, end\n" END);
}

TEST_F(objects, every_mutable_is_new)
{
	EXPECT_EXEC("False False True True\n",
		"BUILD_LIST r0, ()\nBUILD_LIST r1, ()\nIS_OP r4, r0, r1, is\nPRINT r4\n"
		"BUILD_MAP r2, ()\nBUILD_MAP r3, ()\nIS_OP r4, r2, r3, is\nPRINT r4\n"
		"COMPARE_OP r4, r0, r1, ==\nPRINT r4\nCOMPARE_OP r4, r2, r3, ==\nPRINT r4, end\n" END);
}

TEST_F(objects, is_not)
{
	EXPECT_EXEC("False True\n",
		"BUILD_LIST r0, ()\nBUILD_LIST r1, ()\nIS_OP r2, r0, r0, is not\nPRINT r2\n"
		"IS_OP r2, r0, r1, is not\nPRINT r2, end\n" END);
}

TEST_F(objects, id_tells_identity)
{
	EXPECT_EXEC("True False\n",
		"BUILD_LIST r0, ()\nBUILD_LIST r1, ()\nCOPY r2, r0\n"
		"GET_ID r3, r0\nGET_ID r4, r1\nGET_ID r5, r2\n"
		"COMPARE_OP r6, r3, r5, ==\nPRINT r6\nCOMPARE_OP r6, r3, r4, ==\nPRINT r6, end\n" END);
}

TEST_F(objects, id_is_for_life)
{
	EXPECT_EXEC("True\n",
		"BUILD_LIST r0, ()\nSTORE_GLOBAL r0, l\nGET_ID r1, r0\nSTORE_GLOBAL r1, i\n"
		"LIST_APPEND r0, r1\nGC_COLLECT r2, 2\nGET_ID r2, r0\nCOMPARE_OP r3, r1, r2, ==\n"
		"PRINT r3, end\n" END);
	EXPECT_EXEC("True\n",
		"LOAD_GLOBAL r0, l\nGET_ID r0, r0\nLOAD_GLOBAL r1, i\n"
		"COMPARE_OP r2, r0, r1, ==\nPRINT r2, end\n" END);
}

TEST_F(objects, id_is_what_a_dump_shows)
{
	char id[16];

	pt_exec(self->thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0, l\n" END);
	snprintf(id, sizeof(id), "%u\n", pt_id(self->arena, "l"));
	EXPECT_EXEC(id, "LOAD_GLOBAL r0, l\nGET_ID r0, r0\nPRINT r0, end\n" END);
}

/* 1000 lists that are alive together have 1000 ids: a dict keyed by id gets as many keys. */
TEST_F(objects, ids_of_living_objects_differ)
{
	EXPECT_EXEC("1000\n",
		"BUILD_LIST r0, ()\nBUILD_MAP r1, ()\nLOAD_CONST r2, 0\nLOAD_CONST r3, 1000\n"
		"LOAD_CONST r4, 1\n"
		"loop:\nBUILD_LIST r5, ()\nGET_ID r6, r5\nLIST_APPEND r0, r5!\n"
		"STORE_SUBSCR r4, r1, r6\nBINARY_OP r2, r2, r4, +=\nCOMPARE_OP r7, r2, r3, ==\n"
		"POP_JUMP_IF_TRUE r7, done\nJUMP_BACKWARD loop\n"
		"done:\nGET_LEN r7, r1\nPRINT r7, end\n" END);
}

TEST_F(objects, an_id_may_come_back)
{
	EXPECT_EXEC("True\n",
		"BUILD_LIST r0, ()\nGET_ID r1, r0\nDELETE_FAST r0\nBUILD_LIST r0, ()\nGET_ID r2, r0\n"
		"COMPARE_OP r3, r1, r2, ==\nPRINT r3, end\n" END);
}

/* ---- constants ---- */

TEST_F(objects, equal_constants_of_one_code_are_one)
{
	EXPECT_EXEC("True True True\n",
		"LOAD_CONST r0, 300\nLOAD_CONST r1, 300\nIS_OP r2, r0, r1, is\nPRINT r2\n"
		"LOAD_CONST r0, 'a b'\nLOAD_CONST r1, 'a b'\nIS_OP r2, r0, r1, is\nPRINT r2\n"
		"LOAD_CONST r0, (1, 'a b')\nLOAD_CONST r1, (1, 'a b')\nIS_OP r2, r0, r1, is\n"
		"PRINT r2, end\n" END);
}

/* 1 == True, but they are two constants. */
TEST_F(objects, constants_of_two_types_are_not_merged)
{
	EXPECT_EXEC("1 True (1,) (True,)\n",
		"LOAD_CONST r0, 1\nPRINT r0\nLOAD_CONST r0, True\nPRINT r0\n"
		"LOAD_CONST r0, (1,)\nPRINT r0\nLOAD_CONST r0, (True,)\nPRINT r0, end\n" END);
}

TEST_F(objects, constants_of_two_codes_are_not_merged)
{
	pt_exec(self->thread, "LOAD_CONST r0, 300\nSTORE_GLOBAL r0, x\n"
		"LOAD_CONST r0, (1, 2)\nSTORE_GLOBAL r0, t\n" END);
	pt_exec(self->thread, "LOAD_CONST r0, 300\nSTORE_GLOBAL r0, y\n"
		"LOAD_CONST r0, (1, 2)\nSTORE_GLOBAL r0, u\n" END);
	EXPECT_NE(pt_id(self->arena, "x"), pt_id(self->arena, "y"));
	EXPECT_NE(pt_id(self->arena, "t"), pt_id(self->arena, "u"));
}

TEST_F(objects, identifiers_are_interned)
{
	pt_exec(self->thread, "LOAD_CONST r0, 'hello_1'\nSTORE_GLOBAL r0, x\n" END);
	pt_exec(self->thread, "LOAD_CONST r0, 'hello_1'\nSTORE_GLOBAL r0, y\n" END);
	EXPECT_EQ(pt_id(self->arena, "x"), pt_id(self->arena, "y"));
}

TEST_F(objects, other_strings_are_not)
{
	pt_exec(self->thread, "LOAD_CONST r0, 'hello world!'\nSTORE_GLOBAL r0, x\n" END);
	pt_exec(self->thread, "LOAD_CONST r0, 'hello world!'\nSTORE_GLOBAL r0, y\n" END);
	EXPECT_NE(pt_id(self->arena, "x"), pt_id(self->arena, "y"));
}

TEST_F(objects, a_computed_string_is_not_interned)
{
	EXPECT_EXEC("True False\n",
		"LOAD_CONST r0, 'hel'\nLOAD_CONST r1, 'lo'\nBINARY_OP r0, r0, r1, +\n"
		"LOAD_CONST r1, 'hello'\nCOMPARE_OP r2, r0, r1, ==\nPRINT r2\n"
		"IS_OP r2, r0, r1, is\nPRINT r2, end\n" END);
}

/* An interned string dies with its last reference; the next one is a new object. */
TEST_F(objects, interned_strings_are_mortal)
{
	struct pymm_stat before = pt_stat(self->arena);

	pt_exec(self->thread, "LOAD_CONST r0, 'some_name'\nPRINT r0, end\n" END);
	EXPECT_EQ(before.objects, pt_stat(self->arena).objects);
}

TEST_F(objects, an_operation_may_return_its_operand)
{
	EXPECT_EXEC("True True True True\n",
		"LOAD_CONST r0, (1000, 2000)\nLOAD_CONST r1, ()\nLOAD_CONST r2, 1\n"
		"LOAD_CONST r3, 'abc'\nLOAD_CONST r4, ''\n"
		"BINARY_OP r5, r0, r1, +\nIS_OP r6, r5, r0, is\nPRINT r6\n"
		"BINARY_OP r5, r0, r2, *\nIS_OP r6, r5, r0, is\nPRINT r6\n"
		"BINARY_OP r5, r3, r4, +\nIS_OP r6, r5, r3, is\nPRINT r6\n"
		"BINARY_OP r5, r3, r2, *\nIS_OP r6, r5, r3, is\nPRINT r6, end\n" END);
}

TEST_F(objects, a_list_operation_makes_a_new_list)
{
	EXPECT_EXEC("False False\n",
		"BUILD_LIST r0, ()\nBUILD_LIST r1, ()\nLOAD_CONST r2, 1\n"
		"BINARY_OP r5, r0, r1, +\nIS_OP r6, r5, r0, is\nPRINT r6\n"
		"BINARY_OP r5, r0, r2, *\nIS_OP r6, r5, r0, is\nPRINT r6, end\n" END);
}

TEST_F(objects, a_container_gives_back_what_was_put_in)
{
	EXPECT_EXEC("True True True\n",
		"LOAD_CONST r0, 1000\nBUILD_LIST r1, r0..r0\nBUILD_TUPLE r2, r0..r0\n"
		"LOAD_CONST r3, 0\nBINARY_SUBSCR r4, r1, r3\nIS_OP r5, r4, r0, is\nPRINT r5\n"
		"BINARY_SUBSCR r4, r2, r3\nIS_OP r5, r4, r0, is\nPRINT r5\n"
		"BUILD_MAP r1, ()\nSTORE_SUBSCR r0, r1, r3\nBINARY_SUBSCR r4, r1, r3\n"
		"IS_OP r5, r4, r0, is\nPRINT r5, end\n" END);
}

/* ---- dicts ---- */

TEST_F(objects, a_dict_keeps_the_order_of_insertion)
{
	EXPECT_EXEC("{'b': 1, 'a': 2, 3: 3}\n{'b': 1, 'a': 9, 3: 3}\n{'a': 9, 3: 3, 'b': 1}\n",
		"LOAD_CONST r0, 'b'\nLOAD_CONST r1, 1\nLOAD_CONST r2, 'a'\nLOAD_CONST r3, 2\n"
		"LOAD_CONST r4, 3\nLOAD_CONST r5, 3\nBUILD_MAP r6, r0..r5\nPRINT r6, end\n"
		"LOAD_CONST r7, 9\nSTORE_SUBSCR r7, r6, r2\nPRINT r6, end\n"
		"DELETE_SUBSCR r6, r0\nSTORE_SUBSCR r1, r6, r0\nPRINT r6, end\n" END);
}

TEST_F(objects, a_dict_keeps_the_first_of_equal_keys)
{
	EXPECT_EXEC("{1: 'b'}\n",
		"LOAD_CONST r0, 1\nLOAD_CONST r1, 'a'\nLOAD_CONST r2, True\nLOAD_CONST r3, 'b'\n"
		"BUILD_MAP r4, r0..r3\nPRINT r4, end\n" END);
}

TEST_F(objects, a_dict_finds_what_it_has_among_many)
{
	EXPECT_EXEC("5000 2500 4998\n",
		"BUILD_MAP r0, ()\nLOAD_CONST r1, 0\nLOAD_CONST r2, 1\nLOAD_CONST r3, 5000\n"
		"fill:\nSTORE_SUBSCR r1, r0, r1\nBINARY_OP r1, r1, r2, +=\nCOMPARE_OP r4, r1, r3, ==\n"
		"POP_JUMP_IF_TRUE r4, filled\nJUMP_BACKWARD fill\n"
		"filled:\nGET_LEN r4, r0\nPRINT r4\nLOAD_CONST r1, 0\nLOAD_CONST r5, 2\n"
		"drop:\nDELETE_SUBSCR r0, r1\nBINARY_OP r1, r1, r5, +=\nCOMPARE_OP r4, r1, r3, ==\n"
		"POP_JUMP_IF_TRUE r4, dropped\nJUMP_BACKWARD drop\n"
		"dropped:\nGET_LEN r4, r0\nPRINT r4\nLOAD_CONST r1, 4998\nLOAD_CONST r5, 4999\n"
		"STORE_SUBSCR r1, r0, r5\nBINARY_SUBSCR r6, r0, r5\nPRINT r6, end\n" END);
}

/* ---- printing: what print() of CPython writes ---- */

TEST_F(objects, print_atoms)
{
	EXPECT_EXEC("None True False 0 -1 9223372036854775807 -9223372036854775808 text \n",
		"LOAD_CONST r0, None\nPRINT r0\nLOAD_CONST r0, True\nPRINT r0\nLOAD_CONST r0, False\n"
		"PRINT r0\nLOAD_CONST r0, 0\nPRINT r0\nLOAD_CONST r0, -1\nPRINT r0\n"
		"LOAD_CONST r0, 9223372036854775807\nPRINT r0\nLOAD_CONST r0, -9223372036854775808\n"
		"PRINT r0\nLOAD_CONST r0, 'text'\nPRINT r0\nLOAD_CONST r0, ''\nPRINT r0, end\n" END);
}

TEST_F(objects, print_containers)
{
	EXPECT_EXEC("() (1,) (1, 'a') [] {}\n",
		"LOAD_CONST r0, ()\nPRINT r0\nLOAD_CONST r0, (1,)\nPRINT r0\nLOAD_CONST r0, (1, 'a')\n"
		"PRINT r0\nBUILD_LIST r0, ()\nPRINT r0\nBUILD_MAP r0, ()\nPRINT r0, end\n" END);
	EXPECT_EXEC("[None, (True, ('x',)), {2: [3]}]\n",
		"LOAD_CONST r3, 3\nBUILD_LIST r3, r3..r3\nLOAD_CONST r2, 2\nBUILD_MAP r2, r2..r3\n"
		"LOAD_CONST r1, (True, ('x',))\nLOAD_CONST r0, None\nBUILD_LIST r0, r0..r2\n"
		"PRINT r0, end\n" END);
}

TEST_F(objects, print_cycles)
{
	EXPECT_EXEC("[[...]]\n", "BUILD_LIST r0, ()\nLIST_APPEND r0, r0\nPRINT r0, end\n"
		"LOAD_CONST r1, 0\nDELETE_SUBSCR r0, r1\n" END);
	EXPECT_EXEC("{'a': {...}}\n",
		"BUILD_MAP r0, ()\nLOAD_CONST r1, 'a'\nSTORE_SUBSCR r0, r0, r1\nPRINT r0, end\n"
		"DELETE_SUBSCR r0, r1\n" END);
	EXPECT_EXEC("([(...)],)\n",
		"BUILD_LIST r0, ()\nBUILD_TUPLE r1, r0..r0\nLIST_APPEND r0, r1\nPRINT r1, end\n"
		"LOAD_CONST r2, 0\nDELETE_SUBSCR r0, r2\n" END);
}

/* Not a cycle: the same list twice. */
TEST_F(objects, print_shared_item)
{
	EXPECT_EXEC("[[], []]\n", "BUILD_LIST r0, ()\nCOPY r1, r0\nBUILD_LIST r2, r0..r1\n"
		"PRINT r2, end\n" END);
}

/* A str inside a container is shown by its repr(); constants by hand: no assembler between. */
TEST_F(objects, print_str_in_container)
{
	static const struct {
		const char *text;
		const char *repr;
	} rows[] = {
		{ "plain", "['plain']\n" },
		{ "\n\t\r\\", "['\\n\\t\\r\\\\']\n" },
		{ "it's", "[\"it's\"]\n" },
		{ "\"", "['\"']\n" },
		{ "'\"", "['\\'\"']\n" },
		{ "\x01\x7f", "['\\x01\\x7f']\n" },
		{ "\u00e9\u20ac\U0001f600", "['\u00e9\u20ac\U0001f600']\n" },
		{ "\u00a0\u00ad", "['\\xa0\\xad']\n" },
		{ "\u200b", "['\\u200b']\n" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t records[256];
		struct pymm_run run = {
			.output = (uintptr_t)records, .output_size = sizeof(records) };
		char seen[128] = "";
		struct pt_image image;
		FILE *out = fmemopen(seen, sizeof(seen), "w");

		pt_image_begin(&image);
		pt_code_begin(&image, 1, 0);
		pt_insn(&image, PYMM_OP_LOAD_CONST, 0, 0, 0, 0, 0);
		pt_insn(&image, PYMM_OP_BUILD_LIST, 0, 0, 0, 0, 1);
		pt_insn(&image, PYMM_OP_PRINT, PYMM_INSN_END, 0, 0, 0, 0);
		pt_insn(&image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
		pt_const_str(&image, rows[i].text);
		pt_code_end(&image);
		EXPECT_EQ(0, pt_run_image(self->thread, image.data, image.size, 0, &run));
		EXPECT_EQ(0, pymm_output_render(records, run.output_used, out));
		fclose(out);
		EXPECT_STREQ(rows[i].repr, seen);
		pt_image_free(&image);
	}
}

/* Functions and locks are shown by id and type; the records are read as they are. */
TEST_F(objects, print_other_objects)
{
	struct pymm_program *program = pt_assemble(
		"MAKE_FUNCTION r0, f\nSTORE_GLOBAL r0, f\nPRINT r0, end\n"
		"LOCK_NEW r0\nSTORE_GLOBAL r0, l\nPRINT r0, end\n" END
		".code f\nLOAD_CONST r0, None\nRETURN_VALUE r0\n");
	uint32_t records[64] = { 0 };
	struct pymm_run run = { .output = (uintptr_t)records, .output_size = sizeof(records) };
	const uint32_t expected[] = {
		PYMM_RECORD_OBJECT, 8, 0, PYMM_TYPE_FUNCTION, PYMM_RECORD_END, 1,
		PYMM_RECORD_OBJECT, 8, 0, PYMM_TYPE_LOCK, PYMM_RECORD_END, 1,
	};

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(sizeof(expected), run.output_used);
	EXPECT_EQ(pt_id(self->arena, "f"), records[2]);
	EXPECT_EQ(pt_id(self->arena, "l"), records[8]);
	records[2] = records[8] = 0;
	EXPECT_EQ(0, memcmp(expected, records, sizeof(expected)));
	pymm_program_free(program);
}

TEST_F(objects, records_of_a_container)
{
	struct pymm_program *program = pt_assemble(
		"LOAD_CONST r0, 'key'\nBUILD_LIST r1, ()\nLIST_APPEND r1, r1\nBUILD_MAP r2, r0..r1\n"
		"STORE_GLOBAL r1, l\nPRINT r2\nLOAD_CONST r0, 0\nDELETE_SUBSCR r1, r0\n" END);
	uint32_t records[64] = { 0 };
	struct pymm_run run = { .output = (uintptr_t)records, .output_size = sizeof(records) };
	const uint32_t expected[] = {
		PYMM_RECORD_DICT, 1,
		PYMM_RECORD_STR, 3, 'k' | 'e' << 8 | 'y' << 16, 0,
		PYMM_RECORD_LIST, 1,
		PYMM_RECORD_CYCLE, 8, 0, PYMM_TYPE_LIST,
		PYMM_RECORD_END, 0,
	};

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(sizeof(expected), run.output_used);
	EXPECT_EQ(pt_id(self->arena, "l"), records[10]);
	records[10] = 0;
	EXPECT_EQ(0, memcmp(expected, records, sizeof(expected)));
	pymm_program_free(program);
}

/* ---- too deep ---- */

/* Deeper than the kernel's stack has room for, were each level to take some of it. */
#define TOO_DEEP	pt_fewer(100000)

/* r0: a list in a list in a list ..., %u of them */
#define NEST \
	"BUILD_LIST r0, ()\nLOAD_CONST r1, %u\nLOAD_CONST r2, 1\n" \
	"nest:\nBUILD_LIST r0, r0!\nBINARY_OP r1, r1, r2, -=\n" \
	"POP_JUMP_IF_FALSE r1, nested\nJUMP_BACKWARD nest\nnested:\n"

static bool is_recursion_error(const char *seen)
{
	return !strncmp(seen, "RecursionError", 14);
}

TEST_F(objects, print_too_deep)
{
	EXPECT_TRUE(is_recursion_error(pt_execf(self->thread, NEST "PRINT r0, end\n" END, TOO_DEEP)));
}

TEST_F(objects, compare_too_deep)
{
	EXPECT_TRUE(is_recursion_error(pt_execf(self->thread,
		NEST "STORE_GLOBAL r0!, other\n"
		"BUILD_LIST r0, ()\nLOAD_CONST r1, %u\n"
		"again:\nBUILD_LIST r0, r0!\nBINARY_OP r1, r1, r2, -=\n"
		"POP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD again\ndone:\n"
		"LOAD_GLOBAL r1, other\nCOMPARE_OP r2, r0, r1, ==\n" END, TOO_DEEP, TOO_DEEP)));
}

TEST_F(objects, hash_too_deep)
{
	EXPECT_TRUE(is_recursion_error(pt_execf(self->thread,
		"LOAD_CONST r0, (1,)\nLOAD_CONST r1, %u\nLOAD_CONST r2, 1\n"
		"nest:\nBUILD_TUPLE r0, r0!\nBINARY_OP r1, r1, r2, -=\n"
		"POP_JUMP_IF_FALSE r1, nested\nJUMP_BACKWARD nest\nnested:\n"
		"BUILD_MAP r1, ()\nSTORE_SUBSCR r2, r1, r0\n" END, TOO_DEEP)));
}

/* a = [a, None], b = [b], and so on: the first items decide at each level, as deep as they go. */
TEST_F(objects, order_too_deep)
{
	EXPECT_TRUE(is_recursion_error(pt_execf(self->thread,
		"BUILD_LIST r0, ()\nBUILD_LIST r1, ()\nLOAD_CONST r4, %u\nLOAD_CONST r5, 1\n"
		"nest:\nCOPY r2, r0!\nLOAD_CONST r3, None\nBUILD_LIST r0, r2..r3!\n"
		"BUILD_LIST r1, r1!\nBINARY_OP r4, r4!, r5, -=\n"
		"POP_JUMP_IF_FALSE r4, nested\nJUMP_BACKWARD nest\nnested:\n"
		"COMPARE_OP r2, r0, r1, <\n" END, TOO_DEEP)));
}

/* A cycle compared with another one never ends in CPython either: RecursionError. */
TEST_F(objects, compare_cycles)
{
	EXPECT_TRUE(is_recursion_error(pt_exec(self->thread,
		"BUILD_LIST r0, ()\nLIST_APPEND r0, r0\nBUILD_LIST r1, ()\nLIST_APPEND r1, r1\n"
		"COMPARE_OP r2, r0, r1, ==\n" END)));
}

TEST_F(objects, compare_cycle_with_itself)
{
	EXPECT_EXEC("True\n", "BUILD_LIST r0, ()\nLIST_APPEND r0, r0\nCOMPARE_OP r2, r0, r0, ==\n"
		"PRINT r2, end\n" END);
}

TEST_HARNESS_MAIN
