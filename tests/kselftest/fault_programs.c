// SPDX-License-Identifier: GPL-2.0
/*
 * Programs that are made to fail; see fault_programs.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fault_programs.h"

#define PRINT_A		"LOAD_GLOBAL r0, a\nPRINT r0, end\n" END
#define COUNT_NAMES	"LOAD_GLOBALS r0\nGET_LEN r0, r0!\nPRINT r0, end\n" END

/* a = [1, 2, 3, 4], with no room for more. */
#define A_IS_A_LIST	"LOAD_CONST r0, 1\nLOAD_CONST r1, 2\nLOAD_CONST r2, 3\nLOAD_CONST r3, 4\n"	\
			"BUILD_LIST r4, r0..r3\nSTORE_GLOBAL r4, a\n" END
/* a = {1: 2, 3: 4, 'k': 5, (6,): 7}, with no room for more. */
#define A_IS_A_DICT	"LOAD_CONST r0, 1\nLOAD_CONST r1, 2\nLOAD_CONST r2, 3\nLOAD_CONST r3, 4\n"	\
			"LOAD_CONST r4, 'k'\nLOAD_CONST r5, 5\nLOAD_CONST r6, (6,)\n"			\
			"LOAD_CONST r7, 7\nBUILD_MAP r8, r0..r7\nSTORE_GLOBAL r8, a\n" END
/* a = {1, 2, 3, 4}, in a table that one more makes grow. */
#define A_IS_A_SET	"LOAD_CONST r0, 1\nLOAD_CONST r1, 2\nLOAD_CONST r2, 3\nLOAD_CONST r3, 4\n"	\
			"BUILD_SET r4, r0..r3\nSTORE_GLOBAL r4, a\n" END
/* r1 = {3, 4, 5, 6}; the slots behind are used. */
#define B_IS_A_SET	"LOAD_CONST r1, (3, 4, 5, 6)\nBUILD_SET r2, ()\nSET_UPDATE r2, r1\nCOPY r1, r2!\n"
#define THE_DICT	"1: 2, 3: 4, 'k': 5, (6,): 7"

/* Count r1 down by r2, again and again. */
#define AGAIN		"BINARY_OP r1, r1!, r2, -=\nPOP_JUMP_IF_FALSE r1, done\n"			\
			"JUMP_BACKWARD loop\ndone:\n"

/* What an earlier try has left in gc.garbage; r0 is the module, r4 becomes gc.set_debug. */
#define FORGET									\
	"LOAD_CONST r2, None\nBUILD_SLICE r2, r2\n"				\
	"LOAD_ATTR r1, r0, garbage\nDELETE_SUBSCR r1, r2\n"			\
	"LOAD_ATTR r4, r0, set_debug\nLOAD_CONST r5, 0\nCALL r3, r4, r5\n"
#define TELL(function)								\
	"LOAD_ATTR r3, r0, " function "\nCALL r3, r3!, ()\nGET_LEN r3, r3!\nPRINT r3\n"

const struct pt_fault_program pt_fault_programs[] = {
	{ "nothing", .text = END, .prints = "" },

	/* ---- containers grow ---- */
	{ "a list grows",
	  .text = "BUILD_LIST r0, ()\nLOAD_CONST r1, 40\nLOAD_CONST r2, 1\n"
		  "loop:\nLIST_APPEND r0, r1\n" AGAIN "GET_LEN r3, r0\nPRINT r3, end\n" END,
	  .prints = "40\n" },
	{ "append",
	  .setup = A_IS_A_LIST,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, 300\nLIST_APPEND r0, r1\n" END,
	  .prints = "", .look = PRINT_A,
	  .before = "[1, 2, 3, 4]\n", .after = "[1, 2, 3, 4, 300]\n" },
	{ "extend by a list",
	  .setup = A_IS_A_LIST,
	  .text = "LOAD_GLOBAL r0, a\nLIST_EXTEND r0, r0\n" END,
	  .prints = "", .look = PRINT_A,
	  .before = "[1, 2, 3, 4]\n", .after = "[1, 2, 3, 4, 1, 2, 3, 4]\n" },
	{ "extend by a str, growing more than once",
	  .setup = A_IS_A_LIST,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, 'ab\\u4e00defghij'\nLIST_EXTEND r0, r1\n" END,
	  .prints = "", .look = PRINT_A, .before = "[1, 2, 3, 4]\n",
	  .after = "[1, 2, 3, 4, 'a', 'b', '\u4e00', 'd', 'e', 'f', 'g', 'h', 'i', 'j']\n" },
	{ "extend by a dict, growing more than once",
	  .setup = A_IS_A_LIST,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, 5\nCOPY r2, r1\nLOAD_CONST r3, 6\nCOPY r4, r3\n"
		  "LOAD_CONST r5, 7\nCOPY r6, r5\nLOAD_CONST r7, 8\nCOPY r8, r7\n"
		  "LOAD_CONST r9, 9\nCOPY r10, r9\nBUILD_MAP r11, r1..r10\nLIST_EXTEND r0, r11\n" END,
	  .prints = "", .look = PRINT_A,
	  .before = "[1, 2, 3, 4]\n", .after = "[1, 2, 3, 4, 5, 6, 7, 8, 9]\n" },
	{ "list *= 300",
	  .setup = A_IS_A_LIST,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, 300\nBINARY_OP r0, r0, r1, *=\n" END,
	  .prints = "", .look = "LOAD_GLOBAL r0, a\nGET_LEN r0, r0\nPRINT r0, end\n" END,
	  .before = "4\n", .after = "1200\n" },
	{ "list *= 0",
	  .setup = A_IS_A_LIST,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, 0\nBINARY_OP r0, r0, r1, *=\n" END,
	  .prints = "", .look = PRINT_A, .before = "[1, 2, 3, 4]\n", .after = "[]\n" },
	{ "list += list",
	  .setup = A_IS_A_LIST,
	  .text = "LOAD_GLOBAL r0, a\nBUILD_LIST r1, r0\nBINARY_OP r0, r0, r1!, +=\n" END,
	  .prints = "", .look = PRINT_A,
	  .before = "[1, 2, 3, 4]\n", .after = "[1, 2, 3, 4, [...]]\n" },
	{ "a dict grows",
	  .text = "BUILD_MAP r0, ()\nLOAD_CONST r1, 30\nLOAD_CONST r2, 1\n"
		  "loop:\nSTORE_SUBSCR r1, r0, r1\n" AGAIN "GET_LEN r3, r0\nPRINT r3, end\n" END,
	  .prints = "30\n" },
	{ "a new key",
	  .setup = A_IS_A_DICT,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, 300\nSTORE_SUBSCR r1, r0, r1\n" END,
	  .prints = "", .look = PRINT_A,
	  .before = "{" THE_DICT "}\n", .after = "{" THE_DICT ", 300: 300}\n" },
	{ "a key that is there",
	  .setup = A_IS_A_DICT,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, (6,)\nLOAD_CONST r2, 300\n"
		  "STORE_SUBSCR r2, r0, r1\n" END,
	  .prints = "", .look = PRINT_A,
	  .before = "{" THE_DICT "}\n", .after = "{1: 2, 3: 4, 'k': 5, (6,): 300}\n" },
	{ "a key goes",
	  .setup = A_IS_A_DICT,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, (6,)\nDELETE_SUBSCR r0, r1\n" END,
	  .prints = "", .look = PRINT_A,
	  .before = "{" THE_DICT "}\n", .after = "{1: 2, 3: 4, 'k': 5}\n" },
	{ "a name",
	  .setup = "LOAD_CONST r0, 300\nSTORE_GLOBAL r0, a\n" END,
	  .text = "BUILD_LIST r0, ()\nSTORE_GLOBAL r0, b\n" END,
	  .prints = "", .look = COUNT_NAMES, .before = "1\n", .after = "2\n" },
	{ "the first name",
	  .text = "BUILD_LIST r0, ()\nSTORE_GLOBAL r0, a\n" END,
	  .prints = "", .look = COUNT_NAMES, .before = "0\n", .after = "1\n" },

	/* ---- atoms, tuples, operators ---- */
	{ "strs",
	  .text = "LOAD_CONST r0, 'twelve bytes'\nLOAD_CONST r1, 30\nBINARY_OP r2, r0, r1, *\n"
		  "BINARY_OP r3, r2, r0, +\nGET_LEN r4, r3\nPRINT r4, end\nLOAD_CONST r5, -1\n"
		  "BINARY_SUBSCR r6, r3, r5\nPRINT r6, end\nCONTAINS_OP r7, r6, r3, in\n"
		  "PRINT r7, end\n" END,
	  .prints = "372\ns\nTrue\n" },
	{ "a long str",
	  .text = "LOAD_CONST r0, '\\u4e00 words'\nLOAD_CONST r1, 20000\nBINARY_OP r2, r0, r1, *\n"
		  "GET_LEN r3, r2\nPRINT r3, end\nCOMPARE_OP r4, r2, r0, ==\nPRINT r4, end\n" END,
	  .prints = "140000\nFalse\n" },
	{ "bytes",
	  .text = "LOAD_CONST r0, b'twelve bytes'\nLOAD_CONST r1, 30\nBINARY_OP r2, r0, r1, *\n"
		  "BINARY_OP r3, r2, r0, +\nGET_LEN r4, r3\nPRINT r4\nLOAD_CONST r5, -1\n"
		  "BINARY_SUBSCR r6, r3, r5\nPRINT r6\nCONTAINS_OP r7, r6, r3, in\nPRINT r7\n"
		  "LOAD_CONST r8, b'ab'\nBINARY_OP r8, r8, r8, +\nBUILD_MAP r9, r7..r8\nPRINT r9, end\n" END,
	  .prints = "372 115 True {True: b'abab'}\n" },
	{ "tuples",
	  .text = "LOAD_CONST r0, 300\nLOAD_CONST r1, ('two words', (1, (2,)))\n"
		  "BUILD_TUPLE r2, r0..r1\nBINARY_OP r3, r2, r2, +\nPRINT r3, end\n"
		  "LOAD_CONST r4, 3\nBINARY_OP r5, r1, r4, *\nGET_LEN r5, r5!\nPRINT r5, end\n" END,
	  .prints = "(300, ('two words', (1, (2,))), 300, ('two words', (1, (2,))))\n6\n" },
	{ "lists",
	  .text = "LOAD_CONST r0, 300\nLOAD_CONST r1, 'two words'\nBUILD_LIST r2, r0..r1\n"
		  "BINARY_OP r3, r2, r2, +\nPRINT r3, end\nLOAD_CONST r4, 2\n"
		  "BINARY_OP r5, r2, r4, *\nPRINT r5, end\nDELETE_SUBSCR r5, r4\nPRINT r5, end\n" END,
	  .prints = "[300, 'two words', 300, 'two words']\n[300, 'two words', 300, 'two words']\n"
		    "[300, 'two words', 'two words']\n" },
	{ "ints",
	  .text = "LOAD_CONST r0, 300\nLOAD_CONST r1, 7\nBINARY_OP r2, r0, r1, //\n"
		  "BINARY_OP r3, r0, r1, <<\nUNARY_NEGATIVE r4, r3\nPRINT r2\nPRINT r3\n"
		  "PRINT r4, end\n" END,
	  .prints = "42 38400 -38400\n" },
	{ "floats",
	  .text = "LOAD_CONST r0, 1.5\nLOAD_CONST r1, 7\nBINARY_OP r2, r0, r1, *\nBINARY_OP r3, r1, r1, /\n"
		  "BINARY_OP r4, r2, r3, //=\nUNARY_NEGATIVE r4, r4!\nCOMPARE_OP r5, r4, r1, <\nPRINT r2\n"
		  "PRINT r4\nPRINT r5\nBUILD_MAP r6, r3..r4\nLOAD_CONST r7, 1\nSTORE_SUBSCR r2, r6, r7\n"
		  "PRINT r6, end\n" END,
	  .prints = "10.5 -10.0 True {1.0: 10.5}\n" },
	{ "comparison and hash of what is nested",
	  .text = "LOAD_CONST r0, (1, (2, ('two words',)))\nBUILD_LIST r1, r0\nBUILD_LIST r2, r0\n"
		  "COMPARE_OP r3, r1, r2, ==\nPRINT r3\nCOMPARE_OP r3, r1, r2, <\nPRINT r3\n"
		  "CONTAINS_OP r3, r0, r1, not in\nPRINT r3\nLOAD_CONST r4, 1\nCOPY r5, r0\n"
		  "BUILD_MAP r6, r4..r5\nSTORE_SUBSCR r4, r6, r0\nPRINT r6, end\n" END,
	  .prints = "True False False {1: (1, (2, ('two words',))), (1, (2, ('two words',))): 1}\n" },
	{ "everything else",
	  .text = "NOP\nLOAD_CONST r0, 300\nCOPY r1, r0\nIS_OP r2, r0, r1, is\nUNARY_NOT r3, r2\n"
		  "PRINT r2\nPRINT r3\nGET_ID r4, r0\nGET_ID r5, r1\nCOMPARE_OP r6, r4, r5, ==\n"
		  "PRINT r6\nDELETE_FAST r1\nDELETE_FAST r6\nBUILD_LIST r7, ()\n"
		  "GET_REFCOUNT r8, r7\nPRINT r8\nPOP_JUMP_IF_TRUE r2, over\nPRINT r2\n"
		  "over:\nJUMP_FORWARD out\nPRINT r2\nout:\nLOAD_GLOBALS r9\nPRINT r9, end\n" END,
	  .prints = "True False True 1 {}\n" },

	/* ---- printing ---- */
	{ "print",
	  .text = "LOAD_CONST r0, (None, True, -300, 'text', ())\nBUILD_LIST r1, r0\n"
		  "LIST_APPEND r1, r1\nLOAD_CONST r2, 'k'\nLOAD_CONST r3, 300\nBUILD_MAP r4, r2..r3\n"
		  "PRINT r1\nPRINT r4, end\n" END,
	  .prints = "[(None, True, -300, 'text', ()), [...]] {'k': 300}\n" },

	/* ---- functions ---- */
	{ "calls",
	  .text = "MAKE_FUNCTION r0, f\nLOAD_CONST r1, 300\nLOAD_CONST r2, 'two words'\n"
		  "CALL r3, r0, r1..r2\nPRINT r3, end\n" END
		  ".code f x y\nMAKE_FUNCTION r2, g\nCOPY r3, y\nCALL r4, r2, r3\n"
		  "BUILD_LIST r5, r0..r0\nLIST_APPEND r5, r4\nRETURN_VALUE r5!\n"
		  ".code g z\nBUILD_TUPLE r40, z\nRETURN_VALUE r40!\n",
	  .prints = "[300, ('two words',)]\n" },
	{ "recursion",
	  .text = "MAKE_FUNCTION r0, f\nSTORE_GLOBAL r0, f\nLOAD_CONST r1, 12\nCALL r2, r0, r1\n"
		  "PRINT r2, end\n" END
		  ".code f n\nPOP_JUMP_IF_FALSE n, leaf\nLOAD_GLOBAL r1, f\nLOAD_CONST r2, 1\n"
		  "BINARY_OP r3, n, r2, -\nCALL r4, r1, r3!\nBUILD_LIST r5, r4!\nRETURN_VALUE r5!\n"
		  "leaf:\nBUILD_LIST r1, ()\nRETURN_VALUE r1!\n",
	  .prints = "[[[[[[[[[[[[[]]]]]]]]]]]]]\n" },
	{ "identifiers in two code objects",
	  .text = "LOAD_CONST r0, 'spam'\nMAKE_FUNCTION r1, f\nCALL r2, r1, ()\nIS_OP r3, r0, r2, is\n"
		  "PRINT r3, end\n" END
		  ".code f\nLOAD_CONST r0, 'eggs'\nLOAD_CONST r1, 'spam'\nRETURN_VALUE r1!\n",
	  .prints = "True\n" },

	{ "defaults, keywords and a closure",
	  .text = "MAKE_FUNCTION r0, f\nLOAD_CONST r1, (300, 'two words')\n"
		  "SET_FUNCTION_ATTRIBUTE r0, r1, defaults\nLOAD_CONST r2, 400\nMAKE_CELL r2\n"
		  "BUILD_TUPLE r3, r2\nSET_FUNCTION_ATTRIBUTE r0, r3!, closure\nLOAD_CONST r4, 500\n"
		  "LOAD_CONST r5, 600\nLOAD_CONST r6, ('y',)\nCALL_KW r7, r0, r4..r6\n"
		  "UNPACK_SEQUENCE r8..r11, r7\nPRINT r9\nPRINT r10\nLOAD_DEREF r1, r2\nPRINT r1, end\n"
		  "STORE_DEREF r4, r2\nDELETE_DEREF r2\n" END
		  ".code f x y z\n.slot cell\nCOPY_FREE_VARS cell\nLOAD_DEREF r4, cell\n"
		  "COPY r5, r4!\nCOPY r4, z\nBUILD_TUPLE r4, x..z\nLOAD_DEREF r5, cell\n"
		  "BUILD_LIST r6, r4..r5!\nLOAD_CONST r7, 0\nBINARY_SUBSCR r8, r6, r7\n"
		  "STORE_DEREF r8, cell\nCOPY r9, r8\nCOPY r10, r7\nCOPY r11, r7\n"
		  "COPY r8, r7\nBUILD_TUPLE r8, r8..r11\nRETURN_VALUE r8!\n",
	  .prints = "(500, 600, 'two words') 0 (500, 600, 'two words')\n" },
	{ "classes, instances and weak references",
	  .text = "LOAD_CONST r0, None\nLOAD_CONST r1, '__init__'\nMAKE_FUNCTION r2, init\n"
		  "LOAD_CONST r3, 'm'\nMAKE_FUNCTION r4, m\nBUILD_MAP r1, r1..r4!\n"
		  "BUILD_CLASS r1, r0, r1!, C\nLOAD_CONST r2, 300\nCALL r3, r1, r2\n"
		  "WEAKREF_NEW r4, r3, r0\nLOAD_ATTR r5, r3, m\nCALL r6, r5!, ()\nPRINT r6\n"
		  "LOAD_METHOD r5, r3, r6, m\nLOAD_CONST r7, ()\nCALL_METHOD_KW r6, r5, r6..r7!\nPRINT r6\n"
		  "LOAD_METHOD r5, r3, r6, m\nCALL_METHOD r6, r5!, r6..r6!\nPRINT r6\n"
		  "LOAD_ATTR r5, r3, __dict__\nPRINT r5!\nDELETE_ATTR r3, n\nGET_TYPE r5, r3\n"
		  "IS_OP r5, r5!, r1, is\nPRINT r5\nDELETE_FAST r3\nCALL r5, r4, ()\nPRINT r5, end\n" END
		  ".code init self n\nSTORE_ATTR self, n, n\n" END
		  ".code m self\nLOAD_ATTR r1, self, n\nBUILD_LIST r1, r1!\nRETURN_VALUE r1!\n",
	  .prints = "[300] [300] [300] {'n': 300} True None\n" },
	/* What is caught is the MemoryError when there is no memory for the other exception. */
	{ "exceptions, handlers and tracebacks",
	  .text = "MAKE_FUNCTION r0, f\na:\nCALL r1, r0, ()\nb:\nJUMP_FORWARD end\n"
		  "h:\nPUSH_EXC_INFO r6, r5\nLOAD_GLOBAL r7, LookupError\nCHECK_EXC_MATCH r7, r5, r7!\n"
		  "POP_JUMP_IF_FALSE r7!, other\nPRINT r5\nLOAD_CONST r7, 300\nSTORE_ATTR r5, r7, x\n"
		  "GET_EXC r7\nLOAD_ATTR r7, r7!, x\nPRINT r7!\nPOP_EXCEPT r6!\nJUMP_FORWARD end\n"
		  "other:\nPOP_EXCEPT r6!\nRERAISE r5!\nend:\nLOAD_CONST r1, 'end'\nPRINT r1, end\n" END
		  ".handler a, b, h, r5\n"
		  ".code f\nBUILD_LIST r0, ()\nLOAD_CONST r1, 400\nBINARY_SUBSCR r2, r0, r1\n" END,
	  .prints = "list index out of range 300 end\n" },
	{ "raised classes",
	  .text = "LOAD_GLOBAL r0, KeyError\nLOAD_GLOBAL r1, ValueError\na:\nRAISE r0\nb:\n"
		  "LOAD_GLOBAL r2, KeyError\nCHECK_EXC_MATCH r2, r5, r2!\nPOP_JUMP_IF_FALSE r2!, other\n"
		  "c:\nRAISE_FROM r1, r5\nd:\nCHECK_EXC_MATCH r2, r6, r1\nPOP_JUMP_IF_FALSE r2!, another\n"
		  "LOAD_CONST r1, 'end'\nPRINT r1, end\n" END "other:\nRERAISE r5!\nanother:\nRERAISE r6!\n"
		  ".handler a, b, b, r5\n.handler c, d, d, r6\n",
	  .prints = "end\n" },
	{ "a context manager",
	  .text = "LOAD_CONST r0, '__enter__'\nMAKE_FUNCTION r1, enter\nLOAD_CONST r2, '__exit__'\n"
		  "MAKE_FUNCTION r3, exit\nBUILD_MAP r0, r0..r3!\nLOAD_CONST r1, None\nBUILD_CLASS r0, r1!, r0!, M\n"
		  "CALL r0, r0!, ()\nBEFORE_WITH r1, r0!, r2\nCALL r2, r2!, ()\nPRINT r2\nLOAD_CONST r3, None\n"
		  "COPY r4, r3\nCOPY r5, r3\nCALL r3, r1!, r3..r5!\nPRINT r3, end\n" END
		  ".code enter self\nBUILD_LIST r1, ()\nRETURN_VALUE r1!\n"
		  ".code exit self t e tb\nBUILD_LIST r4, t..tb\nGET_LEN r4, r4!\nRETURN_VALUE r4!\n",
	  .prints = "[] 3\n" },
	{ "a set grows",
	  .text = "BUILD_SET r0, ()\nLOAD_CONST r1, 40\nLOAD_CONST r2, 1\n"
		  "loop:\nSET_ADD r0, r1\n" AGAIN "GET_LEN r3, r0\nPRINT r3, end\n" END,
	  .prints = "40\n" },
	{ "a new key of a set",
	  .setup = A_IS_A_SET,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, (5,)\nSET_ADD r0, r1\n" END,
	  .prints = "", .look = PRINT_A, .before = "{1, 2, 3, 4}\n", .after = "{1, 2, 3, 4, (5,)}\n" },
	{ "update by a str",
	  .setup = A_IS_A_SET,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, 'abcdefghijklmnopqrstuvw\\u4e00'\nSET_UPDATE r0, r1\n" END,
	  .prints = "", .look = "LOAD_GLOBAL r0, a\nGET_LEN r0, r0\nPRINT r0, end\n" END,
	  .before = "4\n", .after = "28\n" },
	{ "set |= set",
	  .setup = A_IS_A_SET,
	  .text = "LOAD_GLOBAL r0, a\n" B_IS_A_SET "BINARY_OP r0, r0, r1, |=\n" END,
	  .prints = "", .look = PRINT_A, .before = "{1, 2, 3, 4}\n", .after = "{1, 2, 3, 4, 5, 6}\n" },
	{ "set ^= set",
	  .setup = A_IS_A_SET,
	  .text = "LOAD_GLOBAL r0, a\n" B_IS_A_SET "BINARY_OP r0, r0, r1, ^=\n" END,
	  .prints = "", .look = PRINT_A, .before = "{1, 2, 3, 4}\n", .after = "{1, 2, 5, 6}\n" },
	{ "set &= set",
	  .setup = A_IS_A_SET,
	  .text = "LOAD_GLOBAL r0, a\n" B_IS_A_SET "BINARY_OP r0, r0, r1, &=\n" END,
	  .prints = "", .look = PRINT_A, .before = "{1, 2, 3, 4}\n", .after = "{3, 4}\n" },
	{ "set -= set",
	  .setup = A_IS_A_SET,
	  .text = "LOAD_GLOBAL r0, a\n" B_IS_A_SET "BINARY_OP r0, r0, r1, -=\n" END,
	  .prints = "", .look = PRINT_A, .before = "{1, 2, 3, 4}\n", .after = "{1, 2}\n" },
	{ "sets and frozensets",
	  .text = "LOAD_CONST r0, (1, 2, (3,))\nBUILD_FROZENSET r0, r0\nBUILD_SET r1, r0\nSET_ADD r1, r0\n"
		  "BINARY_OP r2, r0, r1, |\nGET_LEN r2, r2\nPRINT r2\nBINARY_OP r2, r0, r1, &\nPRINT r2\n"
		  "BINARY_OP r2, r1, r1, -\nPRINT r2\nBINARY_OP r2, r1, r1, ^\nPRINT r2\n"
		  "COMPARE_OP r2, r0, r1, <=\nPRINT r2\nCONTAINS_OP r2, r0, r1, in\nPRINT r2\n"
		  "SET_DISCARD r1, r0\nLOAD_CONST r3, 7\nSET_ADD r1, r3\nSET_REMOVE r1, r3\nSET_ADD r1, r3\n"
		  "SET_POP r2, r1\nPRINT r2\nPRINT r1, end\n" END,
	  .prints = "4 frozenset() set() set() False True 7 set()\n" },
	{ "slices",
	  .text = "LOAD_CONST r0, (1, 2, 'two words and more')\nLOAD_CONST r1, 1\nLOAD_CONST r2, 9\n"
		  "BUILD_SLICE r3, r1..r2\nBINARY_SUBSCR r4, r0, r3\nPRINT r4\nLOAD_CONST r5, 'two words and more'\n"
		  "BINARY_SUBSCR r4, r5, r3\nPRINT r4\nLOAD_CONST r6, -1\nLOAD_CONST r7, None\nCOPY r8, r6\n"
		  "BUILD_SLICE r3, r6..r8\nBINARY_SUBSCR r4, r5, r3\nPRINT r4\nBUILD_SET r4, r3\nPRINT r4, end\n" END,
	  .prints = "(2, 'two words and more') wo words erom dna sdrow owt {slice(-1, None, -1)}\n" },
	{ "list[slice] = str, growing",
	  .setup = A_IS_A_LIST,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, 1\nLOAD_CONST r2, 3\nBUILD_SLICE r3, r1..r2\n"
		  "LOAD_CONST r4, 'xyzuvw'\nSTORE_SUBSCR r4, r0, r3\n" END,
	  .prints = "", .look = PRINT_A, .before = "[1, 2, 3, 4]\n",
	  .after = "[1, 'x', 'y', 'z', 'u', 'v', 'w', 4]\n" },
	{ "list[::2] = tuple, del list[::2]",
	  .setup = A_IS_A_LIST,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, None\nCOPY r2, r1\nLOAD_CONST r3, 2\nBUILD_SLICE r3, r1..r3\n"
		  "BUILD_LIST r5, ()\nLIST_EXTEND r5, r0\nLOAD_CONST r4, (5, 6)\nSTORE_SUBSCR r4, r5, r3\nPRINT r5, end\n"
		  "DELETE_SUBSCR r0, r3\n" END,
	  .prints = "[5, 2, 6, 4]\n", .look = PRINT_A, .before = "[1, 2, 3, 4]\n", .after = "[2, 4]\n" },
	{ "list[:] = ()",
	  .setup = A_IS_A_LIST,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, None\nBUILD_SLICE r1, r1\nLOAD_CONST r2, ()\n"
		  "STORE_SUBSCR r2, r0, r1\n" END,
	  .prints = "", .look = PRINT_A, .before = "[1, 2, 3, 4]\n", .after = "[]\n" },

	/* ---- built-in functions and types, iterators, modules ---- */
	{ "built-in types",
	  .text = "LOAD_GLOBAL r0, range\nLOAD_CONST r1, 300\nLOAD_CONST r2, 303\nCALL r0, r0!, r1..r2\n"
		  "PRINT r0\nLOAD_GLOBAL r3, list\nCALL r4, r3!, r0\nPRINT r4\nLOAD_GLOBAL r3, tuple\n"
		  "CALL r4, r3!, r0\nPRINT r4\nLOAD_CONST r5, ((1, 300), 'ab')\nLOAD_GLOBAL r3, dict\n"
		  "CALL r4, r3!, r5\nPRINT r4\nLOAD_GLOBAL r3, str\nLOAD_CONST r5, 1234567890123\nCALL r4, r3!, r5\n"
		  "LOAD_GLOBAL r3, int\nCALL r4, r3!, r4\nPRINT r4\nLOAD_GLOBAL r3, object\nCALL r4, r3!, ()\n"
		  "LOAD_GLOBAL r3, type\nCALL r4, r3, r4!\nPRINT r4\nLOAD_CONST r4, 'C'\nLOAD_CONST r5, ()\n"
		  "BUILD_MAP r6, ()\nCALL r4, r3!, r4..r6\nPRINT r4, end\n" END,
	  .prints = "range(300, 303) [300, 301, 302] (300, 301, 302) {1: 300, 'a': 'b'} 1234567890123 "
		    "<class 'object'> <class 'C'>\n" },
	{ "built-in functions",
	  .text = "LOAD_CONST r0, (300, 400)\nLOAD_GLOBAL r1, max\nCALL r2, r1!, r0\nPRINT r2\nLOAD_GLOBAL r1, hash\n"
		  "LOAD_CONST r2, 500\nCALL r2, r1!, r2\nPRINT r2\nLOAD_GLOBAL r1, abs\nLOAD_CONST r2, -600\n"
		  "CALL r2, r1!, r2\nPRINT r2\nLOAD_GLOBAL r1, iter\nCALL r2, r1!, r0\nLOAD_GLOBAL r1, next\n"
		  "CALL r3, r1!, r2\nPRINT r3, end\n" END,
	  .prints = "400 500 600 300\n" },
	{ "loops over iterators",
	  .text = "LOAD_GLOBAL r0, range\nLOAD_CONST r1, 300\nLOAD_CONST r2, 302\nCALL r0, r0!, r1..r2\nGET_ITER r0, r0!\n"
		  "a:\nFOR_ITER r1, r0, b\nPRINT r1\nJUMP_BACKWARD a\nb:\nLOAD_CONST r0, 'ab\\u4e00'\nGET_ITER r0, r0!\n"
		  "c:\nFOR_ITER r1, r0, d\nPRINT r1\nJUMP_BACKWARD c\nd:\nLOAD_CONST r1, 1\nCOPY r2, r1\n"
		  "BUILD_MAP r0, r1..r2\nGET_ITER r0, r0!\ne:\nFOR_ITER r1, r0, f\nPRINT r1\nJUMP_BACKWARD e\nf:\n"
		  "BUILD_LIST r0, ()\nLIST_APPEND r0, r0\nGET_ITER r1, r0!\nUNPACK_SEQUENCE r0, r1!\nPRINT r0, end\n" END,
	  .prints = "300 301 a b \u4e00 1 [[...]]\n" },
	{ "extend by an iterator, which goes on only then",
	  .setup = "LOAD_CONST r0, (1, 2)\nGET_ITER r0, r0!\nSTORE_GLOBAL r0, i\n" END,
	  .text = "BUILD_LIST r0, ()\nLOAD_GLOBAL r1, i\nLIST_EXTEND r0, r1\n" END,
	  .prints = "", .look = "LOAD_GLOBAL r0, i\nGET_TYPE r1, r0\nLOAD_GLOBAL r0, i\nCOPY r2, r0\n"
				"LOAD_CONST r1, 2\nCONTAINS_OP r1, r1, r2, in\nPRINT r1, end\n" END,
	  .before = "True\n", .after = "False\n" },
	{ "modules",
	  .text = "MODULE_NEW r0, a_module\nBUILD_LIST r1, ()\nSTORE_ATTR r0, r1!, an_attribute\nMAKE_FUNCTION r2, f\n"
		  "LOAD_ATTR r3, r2, __code__\nLOAD_ATTR r4, r0, __dict__\nGET_TYPE r2, r2!\nCALL r2, r2!, r3..r4!\n"
		  "CALL r1, r2, ()\nPRINT r1\nDELETE_ATTR r0, an_attribute\nPRINT r0, end\n" END
		  ".code f\nLOAD_GLOBAL r0, an_attribute\nRETURN_VALUE r0!\n",
	  .prints = "[] <module 'a_module'>\n" },

	/* ---- collections ---- */
	{ "a collection",
	  /* What an earlier try left is garbage, too. */
	  .text = "GC_COLLECT r0, 2\nLOAD_CONST r1, 10\nLOAD_CONST r2, 1\n"
		  "loop:\nBUILD_LIST r3, r1\nCOPY r4, r3\nBUILD_MAP r5, r2..r3\nLIST_APPEND r3, r5\n"
		  "DELETE_FAST r4\nDELETE_FAST r3\nDELETE_FAST r5\n" AGAIN
		  "GC_COLLECT r6, 2\nPRINT r6, end\n" END,
	  .prints = "20\n" },
	{ "automatic collections",
	  .text = "LOAD_CONST r1, 60\nLOAD_CONST r2, 1\n"
		  "loop:\nBUILD_LIST r3, ()\nLIST_APPEND r3, r3\n" AGAIN "PRINT r2, end\n" END,
	  .prints = "1\n", .threshold = 10 },
	{ "lists of gc that are too long for a pool",
	  .text = "LOAD_GLOBAL r0, gc\n" FORGET "GC_COLLECT r6, 2\n"
		  "LOAD_CONST r1, 300\nBUILD_LIST r6, r1\nBINARY_OP r6, r6!, r1, *\n"
		  "LOAD_ATTR r7, r0, get_referents\nCALL r7, r7!, r6\nGET_LEN r7, r7!\nPRINT r7\n"
		  "LOAD_CONST r1, 200\nLOAD_CONST r2, 1\nBUILD_LIST r7, ()\nBUILD_LIST r8, ()\n"
		  "loop:\nBUILD_LIST r6, ()\nLIST_APPEND r6, r6\nDELETE_FAST r6\n" AGAIN
		  "DELETE_FAST r7\nDELETE_FAST r8\nLOAD_ATTR r6, r0, collect\n"
		  "LOAD_CONST r5, 32\nCALL r3, r4, r5\nCALL r6, r6!, ()\n" FORGET "PRINT r6, end\n" END,
	  .prints = "300 200\n" },
	{ "what gc tells and keeps",
	  .text = "LOAD_GLOBAL r0, gc\n" FORGET "GC_COLLECT r6, 2\n"
		  TELL("get_count") TELL("get_stats") TELL("get_threshold")
		  "LOAD_CONST r3, 1000\nBUILD_LIST r6, r3\nLOAD_ATTR r7, r0, get_referents\n"
		  "CALL r7, r7!, r6\nPRINT r7\nBUILD_LIST r8, r6\nLOAD_ATTR r7, r0, get_referrers\n"
		  "CALL r7, r7!, r6\nGET_LEN r7, r7!\nPRINT r7\nDELETE_FAST r8\n"
		  "LOAD_ATTR r7, r0, get_objects\nLOAD_CONST r9, 0\nCALL r7, r7!, r9\nDELETE_FAST r7\n"
		  "LOAD_CONST r5, 32\nCALL r3, r4, r5\n"
		  "BUILD_LIST r6, ()\nLIST_APPEND r6, r6\nDELETE_FAST r6\n"
		  "LOAD_ATTR r3, r0, collect\nCALL r3, r3!, ()\nPRINT r3\n"
		  "LOAD_ATTR r3, r0, freeze\nCALL r3, r3!, ()\n"
		  "LOAD_ATTR r3, r0, unfreeze\nCALL r3, r3!, ()\n"
		  FORGET "PRINT r3, end\n" END,
	  .prints = "3 3 3 [1000] 1 1 None\n" },
	{ "tables grow", .many = true,
	  /* All but the last 600 of 2080 lists: the first chunk has room for 2048 objects. */
	  .setup = "LOAD_CONST r0, None\nBUILD_LIST r0, r0\nLOAD_CONST r1, 2100\n"
		   "BINARY_OP r0, r0, r1, *=\nSTORE_GLOBAL r0, a\nLOAD_CONST r2, 1\n"
		   "LOAD_CONST r5, 600\n"
		   "loop:\nBINARY_OP r1, r1!, r2, -=\nBUILD_LIST r3, ()\nSTORE_SUBSCR r3!, r0, r1\n"
		   "COMPARE_OP r4, r1, r5, ==\nPOP_JUMP_IF_TRUE r4, done\n"
		   "JUMP_BACKWARD loop\ndone:\n" END,
	  .text = "LOAD_GLOBAL r0, a\nLOAD_CONST r1, 600\nLOAD_CONST r2, 1\n"
		  "loop:\nBUILD_LIST r3, ()\nSTORE_SUBSCR r3!, r0, r1\n" AGAIN "PRINT r2, end\n" END,
	  .prints = "1\n" },

	/* ---- locks ---- */
	{ "a lock",
	  .text = "LOCK_NEW r0\nLOCK_ACQUIRE r1, r0, forever\nPRINT r1\nLOCK_ACQUIRE r1, r0, 1000\n"
		  "PRINT r1\nLOCK_RELEASE r0\nLOCK_ACQUIRE r1, r0, nowait\nPRINT r1, end\nRLOCK_NEW r0\n"
		  "LOCK_ACQUIRE r1, r0, forever\nLOCK_ACQUIRE r1, r0, forever\nLOCK_RELEASE r0\nLOAD_CONST r0, 0.00001\n"
		  "SLEEP r0, r0!\n" END,
	  .prints = "True False True\n" },

	/* ---- exceptions ---- */
	{ "TypeError",
	  .text = "LOAD_CONST r0, 300\nLOAD_CONST r1, 'two words'\nBUILD_LIST r2, r0..r1\n"
		  "PRINT r2, end\nBINARY_OP r0, r0, r1, +\n" END,
	  .prints = "[300, 'two words']\n"
		    "TypeError: unsupported operand type(s) for +: 'int' and 'str'\n" },
	{ "KeyError in a function",
	  .text = "MAKE_FUNCTION r0, f\nBUILD_MAP r1, ()\nCALL r2, r0, r1\n" END
		  ".code f d\nLOAD_CONST r1, 'two words'\nBINARY_SUBSCR r2, d, r1\nRETURN_VALUE r2!\n",
	  .prints = "KeyError: 'two words'\n" },
	{ "NameError",
	  .setup = "LOAD_CONST r0, 300\nSTORE_GLOBAL r0, a\n" END,
	  .text = "DELETE_GLOBAL a\nLOAD_GLOBAL r0, a\n" END,
	  .prints = "NameError: name 'a' is not defined\n" },
};

const unsigned int pt_nr_fault_programs = sizeof(pt_fault_programs) / sizeof(pt_fault_programs[0]);

void pt_must_exec(int thread, const char *text, const char *prints)
{
	const char *seen = pt_exec(thread, text);

	if (strcmp(seen, prints))
		pt_die("%s", seen);
}

void pt_outcome_begin(struct pt_outcome *outcome)
{
	memset(outcome, 0, sizeof(*outcome));
	outcome->run.output = (uintptr_t)outcome->room;
	outcome->run.output_size = sizeof(outcome->room);
	outcome->wrong = "";
}

void pt_outcome_end(struct pt_outcome *outcome)
{
	free(outcome->text);
}

static char *outcome_text(const struct pt_outcome *outcome)
{
	const struct pymm_run *run = &outcome->run;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (pymm_output_render(outcome->room, run->output_used, out))
		fputs("bad records", out);
	if (run->status == PYMM_STATUS_EXCEPTION)
		fprintf(out, "%s: %s\n", pymm_exception_name(run->exception), run->message);
	fclose(out);
	return text;
}

bool pt_outcome_memory_error(const struct pt_outcome *outcome)
{
	return !outcome->ret && outcome->run.status == PYMM_STATUS_EXCEPTION &&
	       outcome->run.exception == PYMM_EXC_MEMORY_ERROR;
}

/* Did what was printed have to be printed? Not all of it, when memory ran out. */
static const char *check_text(const struct pt_outcome *outcome, const struct pt_fault_program *row)
{
	const char *line = strstr(outcome->text, "MemoryError: ");

	if (pt_outcome_memory_error(outcome))
		return line && !strncmp(row->prints, outcome->text, line - outcome->text) ?
			"" : "wrong output before the MemoryError";
	if (outcome->run.status != PYMM_STATUS_DONE && outcome->run.status != PYMM_STATUS_EXCEPTION)
		return "it paused";
	if (outcome->run.result_flags & PYMM_RAN_OUTPUT_LOST)
		return outcome->run.output_used ? "lost, and not lost" : "";
	return strcmp(row->prints, outcome->text) ? "wrong output" : "";
}

void pt_outcome_read(struct pt_outcome *outcome, const struct pt_fault_program *row, int refusal)
{
	outcome->text = outcome_text(outcome);
	if (!outcome->ret)
		outcome->wrong = check_text(outcome, row);
	else if (*outcome->text)
		outcome->wrong = "a call that failed prints";
	else if (outcome->ret != refusal && outcome->ret != -EFAULT)
		outcome->wrong = "not an error of the contract";
}

/* The names as they were, or as they are after all of it. */
const char *pt_outcome_look(const struct pt_outcome *outcome, const struct pt_fault_program *row,
			    int thread)
{
	bool done = !outcome->ret && outcome->run.status == PYMM_STATUS_DONE;
	const char *seen;

	if (!row->look)
		return "";
	seen = pt_exec(thread, row->look);
	/* The copy of the result can be what failed. */
	if (outcome->ret == -EFAULT && !strcmp(seen, row->after))
		return "";
	return strcmp(seen, done ? row->after : row->before) ? "half of it happened" : "";
}
