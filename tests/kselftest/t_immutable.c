// SPDX-License-Identifier: GPL-2.0
/*
 * What cannot be changed, what can, and that an object stays itself meanwhile.
 */
#include <errno.h>

#include "kselftest_harness.h"
#include "pymm_util.h"

PT_FIXTURE(immutable)

/* print(f() is g()) */
#define FUNCTIONS	"MAKE_FUNCTION r0, f\nCALL r1, r0, ()\nMAKE_FUNCTION r0, g\nCALL r2, r0, ()\n"
#define SAME		"IS_OP r3, r1, r2, is\nPRINT r3\n"
#define RETURNS(value)	"LOAD_CONST r0, " value "\nRETURN_VALUE r0\n"

/* Equal constants of all code objects of a program are one object; type and sign tell them apart. */
TEST_F(immutable, constants_of_several_functions)
{
	static const char *const same[] = {
		"300", "-9223372036854775808", "1.5", "0.0", "-0.0", "1e300", "'a b'", "'a longer text'", "b'ab'", "b'a longer text'",
		"(1, 2)", "((1, 2), 'a b', (300, 1.5, None, True), b'ab', -0.0)",
	};
	static const char *const apart[][2] = {
		{ "300", "300.0" }, { "0.0", "-0.0" }, { "'a b'", "b'a b'" }, { "(1, 2)", "(1.0, 2)" }, { "(1, 2)", "(True, 2)" },
		{ "(0.0,)", "(-0.0,)" }, { "(1, 2)", "(1, 2, 3)" }, { "(1, (2,))", "(1, (2.0,))" }, { "('a b',)", "(b'a b',)" },
		{ "300", "301" }, { "'a b'", "'a c'" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(same); i++) {
		EXPECT_STREQ("True ", pt_execf(self->thread, FUNCTIONS SAME END ".code f\n" RETURNS("%s") ".code g\n"
					       RETURNS("%s"), same[i], same[i]))
			TH_LOG("%s", same[i]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(apart); i++) {
		EXPECT_STREQ("False ", pt_execf(self->thread, FUNCTIONS SAME END ".code f\n" RETURNS("%s") ".code g\n"
						RETURNS("%s"), apart[i][0], apart[i][1]))
			TH_LOG("%s, %s", apart[i][0], apart[i][1]);
	}
	/* Those of programs that were loaded one after the other are others. */
	EXPECT_EXEC("", "LOAD_CONST r0, 300\nSTORE_GLOBAL r0, n\n" END);
	EXPECT_EXEC("False\n", "LOAD_GLOBAL r1, n\nLOAD_CONST r2, 300\nIS_OP r3, r1, r2, is\nPRINT r3, end\nDELETE_GLOBAL n\n" END);
}

TEST_F(immutable, str_item_assignment)
{
	EXPECT_EXEC("TypeError: 'str' object does not support item assignment\n",
		"LOAD_CONST r0, 'hello'\nLOAD_CONST r1, 0\nLOAD_CONST r2, 'J'\n"
		"STORE_SUBSCR r2, r0, r1\n" END);
}

TEST_F(immutable, tuple_item_assignment)
{
	EXPECT_EXEC("TypeError: 'tuple' object does not support item assignment\n",
		"LOAD_CONST r0, (1, 2)\nLOAD_CONST r1, 0\nSTORE_SUBSCR r1, r0, r1\n" END);
}

TEST_F(immutable, tuple_item_deletion)
{
	EXPECT_EXEC("TypeError: 'tuple' object doesn't support item deletion\n",
		"LOAD_CONST r0, (1, 2)\nLOAD_CONST r1, 0\nDELETE_SUBSCR r0, r1\n" END);
}

/* Appending and extending is for lists; nothing else is changed by it. */
TEST_F(immutable, append_to_a_tuple)
{
	EXPECT_EQ(0, strncmp("TypeError: ", pt_exec(self->thread,
		"LOAD_CONST r0, (1, 2)\nSTORE_GLOBAL r0, t\nLIST_APPEND r0, r0\n" END), 11));
	EXPECT_EXEC("(1, 2)\n", "LOAD_GLOBAL r0, t\nPRINT r0, end\n" END);
	EXPECT_EQ(0, strncmp("TypeError: ", pt_exec(self->thread,
		"LOAD_GLOBAL r0, t\nLIST_EXTEND r0, r0\n" END), 11));
	EXPECT_EXEC("(1, 2)\n", "LOAD_GLOBAL r0, t\nPRINT r0, end\n" END);
}

/* x += 1 makes another int; a second name still has the first. */
TEST_F(immutable, augmented_int_is_another)
{
	EXPECT_EXEC("False 1001 1000\n",
		"LOAD_CONST r0, 1000\nCOPY r1, r0\nLOAD_CONST r2, 1\nBINARY_OP r0, r0, r2, +=\n"
		"IS_OP r3, r0, r1, is\nPRINT r3\nPRINT r0\nPRINT r1, end\n" END);
}

TEST_F(immutable, augmented_tuple_is_another)
{
	EXPECT_EXEC("False (1, 2) (1,)\n",
		"LOAD_CONST r0, (1,)\nCOPY r1, r0\nLOAD_CONST r2, (2,)\nBINARY_OP r0, r0, r2, +=\n"
		"IS_OP r3, r0, r1, is\nPRINT r3\nPRINT r0\nPRINT r1, end\n" END);
}

TEST_F(immutable, augmented_str_is_another)
{
	EXPECT_EXEC("False ab a b\n",
		"LOAD_CONST r0, 'a '\nCOPY r1, r0\nLOAD_CONST r2, 'b'\nBINARY_OP r0, r0, r2, +=\n"
		"IS_OP r3, r0, r1, is\nPRINT r3\nLOAD_CONST r4, 'ab'\nPRINT r4\nPRINT r0, end\n" END);
}

TEST_F(immutable, list_methods_keep_it)
{
	EXPECT_EXEC("True [1, 2, 3, 4]\n",
		"LOAD_CONST r5, (1, 2, 3)\nBUILD_LIST r0, ()\nLIST_EXTEND r0, r5\nGET_ID r1, r0\n"
		"LOAD_CONST r2, 4\nLIST_APPEND r0, r2\nGET_ID r3, r0\nCOMPARE_OP r4, r1, r3, ==\n"
		"PRINT r4\nPRINT r0, end\n" END);
}

TEST_F(immutable, augmented_list_is_itself)
{
	EXPECT_EXEC("True [1, 2]\n",
		"LOAD_CONST r1, 1\nBUILD_LIST r0, r1\nCOPY r2, r0\nLOAD_CONST r3, (2,)\n"
		"BINARY_OP r0, r0, r3, +=\nIS_OP r4, r0, r2, is\nPRINT r4\nPRINT r2, end\n" END);
	EXPECT_EXEC("True [1, 1]\n",
		"LOAD_CONST r1, 1\nBUILD_LIST r0, r1\nCOPY r2, r0\nLOAD_CONST r3, 2\n"
		"BINARY_OP r0, r0, r3, *=\nIS_OP r4, r0, r2, is\nPRINT r4\nPRINT r2, end\n" END);
}

TEST_F(immutable, plain_sum_of_lists_is_another)
{
	EXPECT_EXEC("False [1] [1, 2]\n",
		"LOAD_CONST r1, 1\nBUILD_LIST r0, r1\nLOAD_CONST r1, 2\nBUILD_LIST r2, r1\n"
		"BINARY_OP r3, r0, r2, +\nIS_OP r4, r3, r0, is\nPRINT r4\nPRINT r0\nPRINT r3, end\n" END);
}

TEST_F(immutable, dict_keeps_its_id)
{
	EXPECT_EXEC("True {'a': 2}\n",
		"BUILD_MAP r0, ()\nGET_ID r1, r0\nLOAD_CONST r2, 'a'\nLOAD_CONST r3, 1\n"
		"STORE_SUBSCR r3, r0, r2\nLOAD_CONST r3, 2\nSTORE_SUBSCR r3, r0, r2\n"
		"GET_ID r4, r0\nCOMPARE_OP r4, r4, r1, ==\nPRINT r4\nPRINT r0, end\n" END);
}

/* Two names, one list: what is done through one is seen through the other. */
TEST_F(immutable, mutation_is_seen_through_every_name)
{
	EXPECT_EXEC("[7]\n",
		"BUILD_LIST r0, ()\nSTORE_GLOBAL r0, a\nSTORE_GLOBAL r0!, b\nLOAD_GLOBAL r0, a\n"
		"LOAD_CONST r1, 7\nLIST_APPEND r0, r1\nLOAD_GLOBAL r2, b\nPRINT r2, end\n" END);
}

TEST_F(immutable, a_tuple_is_shallow)
{
	EXPECT_EXEC("([1],)\n",
		"BUILD_LIST r0, ()\nBUILD_TUPLE r1, r0\nLOAD_CONST r2, 0\nBINARY_SUBSCR r3, r1, r2\n"
		"LOAD_CONST r4, 1\nLIST_APPEND r3, r4\nPRINT r1, end\n" END);
}

/* t[0] += [1], as dis shows it: load, add in place, store. The first two have happened. */
TEST_F(immutable, augmented_item_of_a_tuple_mutates_and_raises)
{
	EXPECT_EXEC("TypeError: 'tuple' object does not support item assignment\n",
		"BUILD_LIST r0, ()\nBUILD_TUPLE r1, r0!\nSTORE_GLOBAL r1, t\nLOAD_CONST r2, 0\n"
		"BINARY_SUBSCR r3, r1, r2\nLOAD_CONST r4, 1\nBUILD_LIST r4, r4!\n"
		"BINARY_OP r3, r3!, r4!, +=\nSTORE_SUBSCR r3!, r1!, r2!\n" END);
	EXPECT_EXEC("([1],)\n", "LOAD_GLOBAL r0, t\nPRINT r0, end\n" END);
}

TEST_F(immutable, only_immutables_are_keys)
{
	EXPECT_EXEC("TypeError: unhashable type: 'list'\n",
		"BUILD_MAP r0, ()\nBUILD_LIST r1, ()\nSTORE_SUBSCR r1, r0, r1\n" END);
	EXPECT_EXEC("TypeError: unhashable type: 'dict'\n",
		"BUILD_MAP r0, ()\nSTORE_SUBSCR r0, r0, r0\n" END);
	EXPECT_EXEC("TypeError: unhashable type: 'list'\n",
		"BUILD_MAP r0, ()\nBUILD_LIST r1, ()\nBUILD_TUPLE r1, r1\nSTORE_SUBSCR r1, r0, r1\n" END);
	EXPECT_EXEC("{(1, 'a'): None, True: None}\n",
		"LOAD_CONST r0, (1, 'a')\nLOAD_CONST r1, None\nLOAD_CONST r2, True\n"
		"LOAD_CONST r3, None\nBUILD_MAP r4, r0..r3\nPRINT r4, end\n" END);
}

/* The failed store has left the dict as it was. */
TEST_F(immutable, a_refused_key_changes_nothing)
{
	EXPECT_EXEC("TypeError: unhashable type: 'list'\n",
		"BUILD_MAP r0, ()\nSTORE_GLOBAL r0, d\nBUILD_LIST r1, ()\nSTORE_SUBSCR r1, r0, r1\n" END);
	EXPECT_EXEC("{} 0\n", "LOAD_GLOBAL r0, d\nPRINT r0\nGET_LEN r0, r0\nPRINT r0, end\n" END);
}

TEST_HARNESS_MAIN
