// SPDX-License-Identifier: GPL-2.0-only
/*
 * Representative programs, with each allocation failing, each tick being the one at which the
 * task is killed, each tick handing the arena to somebody else, each step being the last one of
 * a call, and each limit. Whatever happens, the walker finds nothing, nothing is left, and the
 * program gives what it gives undisturbed as soon as it is let alone.
 */
#include <stdlib.h>

#include "cases.h"

/* Takes many turns otherwise; what is left out is covered by the other programs. */
#define SWEEP_MAX	4000

struct sweep {
	struct cases cases;
	u64 met;		/* kills that met the program itself, not its loading */
	u32 mask;		/* of hashes */
	const char *name;
	struct unit_image image;
	char *expected;		/* what it prints undisturbed */
	bool catches;		/* it has handlers */
};

static const struct program_case programs[] = {
	{ "atoms", "LOAD_CONST r0, (1, -5, 256, 257, 'a', 'ab', 'a long string', None, True, (), (1, (2,)))\n"
	  "PRINT r0, end\n" END, NULL },
	{ "lists",
	  "BUILD_LIST r0, ()\nLOAD_CONST r1, 1000\nLIST_APPEND r0, r1\nLIST_APPEND r0, r0\n"
	  "LIST_EXTEND r0, r0\nLOAD_CONST r2, 'a\\u00e9\\u4e2d\\U0001f600'\nLIST_EXTEND r0, r2\n"
	  "LOAD_CONST r3, 3\nBINARY_OP r4, r0, r3, *\nBINARY_OP r0, r0!, r3, *=\n"
	  "BINARY_OP r5, r0, r4, +\nBINARY_OP r5, r5!, r0!, +=\nGET_LEN r6, r5\nPRINT r6, end\n"
	  "LOAD_CONST r7, 0\nBINARY_SUBSCR r8, r5, r7\nSTORE_SUBSCR r5, r5, r7\n"
	  "DELETE_SUBSCR r5, r7\nBINARY_OP r5, r5!, r7!, *=\nPRINT r5, end\nDELETE_FAST r4\n"
	  "GC_COLLECT r0, 2\nPRINT r0, end\n" END, NULL },
	{ "dicts",
	  "BUILD_MAP r0, ()\nLOAD_CONST r1, 1000\nLOAD_CONST r9, 0\nnext:\nCOMPARE_OP r2, r1, r9, ==\n"
	  "POP_JUMP_IF_TRUE r2!, done\nLOAD_CONST r3, 40\nBINARY_OP r1, r1!, r3!, -\n"
	  "BUILD_TUPLE r4, r1..r1\nSTORE_SUBSCR r4, r0, r1\nSTORE_SUBSCR r1, r0, r4\n"
	  "BUILD_TUPLE r4, r4!\nSTORE_SUBSCR r0, r0, r4\nDELETE_SUBSCR r0, r4!\nJUMP_BACKWARD next\n"
	  "done:\nGET_LEN r4, r0\nPRINT r4, end\nBUILD_LIST r5, ()\nLIST_EXTEND r5, r0\nPRINT r5\n"
	  "BUILD_MAP r6, ()\nSTORE_SUBSCR r6, r6, r9\nPRINT r6, end\nCOMPARE_OP r7, r0, r0, ==\n"
	  "PRINT r7, end\nDELETE_FAST r6\nGC_COLLECT r6, 2\nPRINT r6, end\n" END, NULL },
	{ "strings",
	  "LOAD_CONST r0, 'ab\\u00e9'\nLOAD_CONST r1, 5\nBINARY_OP r2, r0, r1, *\nBINARY_OP r3, r2, r0, +\n"
	  "COMPARE_OP r4, r2, r3, <\nPRINT r4\nCOMPARE_OP r4, r2, r3, ==\nPRINT r4\nBINARY_OP r5, r2, r0, +\n"
	  "COMPARE_OP r4, r5, r3, ==\nPRINT r4\nLOAD_CONST r1, 10\nBINARY_SUBSCR r6, r3, r1\nPRINT r6\n"
	  "CONTAINS_OP r4, r0, r3, in\nPRINT r4\nPRINT r3, end\nSTORE_GLOBAL r3, 'not an identifier'\n"
	  "STORE_GLOBAL r3, x\nLOAD_GLOBAL r3, 'not an identifier'\nDELETE_GLOBAL x\n" END, NULL },
	{ "floats",
	  "LOAD_CONST r0, 1.5\nLOAD_CONST r1, 3\nLOAD_CONST r2, 0.0\nnext:\nBINARY_OP r2, r2!, r0, +=\n"
	  "BINARY_OP r3, r2, r1, /\nBINARY_OP r4, r1, r3, //\nBINARY_OP r4, r4!, r3!, %\nUNARY_NEGATIVE r4, r4!\n"
	  "COMPARE_OP r5, r2, r1, <\nPOP_JUMP_IF_FALSE r5, done\nJUMP_BACKWARD next\ndone:\nPRINT r4\n"
	  "BINARY_OP r3, r1, r1, /\nBUILD_TUPLE r5, r2..r4\nBUILD_MAP r6, ()\nSTORE_SUBSCR r5, r6, r3\n"
	  "STORE_SUBSCR r2, r6, r5\nLOAD_CONST r7, 1\nSTORE_SUBSCR r0, r6, r7\nPRINT r6\nLOAD_CONST r7, nan\n"
	  "STORE_SUBSCR r7, r6, r7\nBINARY_SUBSCR r8, r6, r7\nPRINT r8, end\n" END, NULL },
	{ "bytes",
	  "LOAD_CONST r0, b'ab\\xff'\nLOAD_CONST r1, 5\nBINARY_OP r2, r0, r1, *\nBINARY_OP r3, r2, r0, +\n"
	  "COMPARE_OP r4, r2, r3, <\nPRINT r4\nBINARY_OP r5, r2, r0, +\nCOMPARE_OP r4, r5, r3, ==\nPRINT r4\n"
	  "BINARY_SUBSCR r6, r3, r1\nPRINT r6\nCONTAINS_OP r4, r0, r3, in\nPRINT r4\nCONTAINS_OP r4, r6, r3, in\n"
	  "PRINT r4\nLOAD_CONST r1, 0\nBINARY_OP r5, r3, r1, *\nPRINT r5\nBUILD_MAP r7, ()\n"
	  "STORE_SUBSCR r3, r7, r3\nSTORE_SUBSCR r5, r7, r5\nPRINT r7, end\nBINARY_SUBSCR r8, r7, r0\n" END, NULL },
	{ "calls",
	  "MAKE_FUNCTION r0, f\nSTORE_GLOBAL r0!, f\nLOAD_GLOBAL r0, f\nLOAD_CONST r1, 20\n"
	  "CALL r2, r0!, r1!\nPRINT r2, end\nRETURN_VALUE r2!\n"
	  ".code f n\n.slot zero one\nLOAD_CONST zero, 0\nCOMPARE_OP zero, n, zero!, ==\n"
	  "POP_JUMP_IF_FALSE zero!, more\nBUILD_LIST n, n!\nRETURN_VALUE n!\n"
	  "more:\nLOAD_CONST one, 1\nBINARY_OP n, n!, one!, -\nLOAD_GLOBAL one, f\nCALL zero, one!, n!\n"
	  "BUILD_LIST zero, zero!\nRETURN_VALUE zero!\n", NULL },
	{ "garbage",
	  "BUILD_LIST r0, ()\nLIST_APPEND r0, r0\nBUILD_MAP r1, ()\nLOAD_CONST r2, 'self'\n"
	  "STORE_SUBSCR r1, r1, r2\nLIST_APPEND r0, r1\nBUILD_TUPLE r3, r0..r1!\nBUILD_LIST r4, r3!\n"
	  "MAKE_FUNCTION r5, f\nLIST_APPEND r4, r5!\nLIST_APPEND r4, r4!\nGC_COLLECT r0, 2\nPRINT r0\n"
	  "GC_COLLECT r0, 2\nPRINT r0, end\n" END
	  ".code f\nLOAD_GLOBALS r0\nRETURN_VALUE r0!\n", NULL },
	{ "comparisons",
	  "LOAD_CONST r0, (1, (2, 'long enough to be a payload', (3,)), 1)\nBUILD_LIST r1, ()\nLIST_EXTEND r1, r0\n"
	  "BUILD_LIST r2, ()\nLIST_EXTEND r2, r0\nCOMPARE_OP r3, r1, r2, ==\nPRINT r3\nCOMPARE_OP r3, r1, r2, <=\n"
	  "PRINT r3\nLIST_APPEND r2, r0\nCOMPARE_OP r3, r1, r2, <\nPRINT r3\nCOMPARE_OP r3, r1, r2, !=\nPRINT r3\n"
	  "COPY r4, r1\nBUILD_MAP r5, r3..r4\nCOPY r4, r2\nBUILD_MAP r6, r3..r4\nCOMPARE_OP r3, r5, r6, ==\nPRINT r3, end\n"
	  "CONTAINS_OP r3, r0, r2, in\nPRINT r3, end\n" END, NULL },
	{ "an exception with a frame full",
	  "MAKE_FUNCTION r0, f\nBUILD_LIST r1, ()\nLIST_APPEND r1, r1\nCALL r2, r0, r1!\n" END
	  ".code f a\n.slot b c\nBUILD_LIST b, a\nBUILD_MAP c, a..b\n" END, NULL },
	{ "functions",
	  "MAKE_FUNCTION r0, f\nLOAD_CONST r1, (1000, 2000)\nSET_FUNCTION_ATTRIBUTE r0, r1, defaults\n"
	  "LOAD_CONST r2, 'k'\nLOAD_CONST r3, 3000\nBUILD_MAP r2, r2..r3!\n"
	  "SET_FUNCTION_ATTRIBUTE r0, r2!, kwdefaults\nLOAD_CONST r4, 5000\nMAKE_CELL r4\nBUILD_TUPLE r5, r4\n"
	  "SET_FUNCTION_ATTRIBUTE r0, r5!, closure\nLOAD_CONST r6, 7000\nCALL r7, r0, r6\nPRINT r7, end\n"
	  "LOAD_CONST r8, ('y', 'k')\nBUILD_LIST r7, ()\nCOPY r9, r8!\nCOPY r8, r7\nCALL_KW r7, r0, r6..r9!\n"
	  "PRINT r7, end\nLOAD_DEREF r7, r4\nUNPACK_SEQUENCE r8..r9, r7\nPRINT r8, end\nSTORE_DEREF r0!, r4\n"
	  "DELETE_FAST r4\nDELETE_FAST r7\nDELETE_FAST r8\nDELETE_FAST r9\nGC_COLLECT r0, 2\nPRINT r0, end\n" END
	  ".code f x y z * k\n.slot cell\nCOPY_FREE_VARS cell\nBUILD_TUPLE r6, x..k\nLOAD_DEREF r7, cell\n"
	  "BUILD_TUPLE r7, r6..r7!\nSTORE_DEREF r7, cell\nRETURN_VALUE r7!\n", NULL },
	{ "classes",
	  "LOAD_CONST r0, None\nLOAD_CONST r1, '__init__'\nMAKE_FUNCTION r2, init\nLOAD_CONST r3, 'm'\n"
	  "MAKE_FUNCTION r4, m\nBUILD_MAP r1, r1..r4!\nBUILD_CLASS r1, r0, r1!, Base\nBUILD_MAP r2, ()\n"
	  "BUILD_CLASS r2, r1, r2!, Derived\nLOAD_CONST r3, 1000\nCALL r4, r2, r3\nLOAD_ATTR r5, r4, m\n"
	  "CALL r6, r5!, ()\nPRINT r6\nLOAD_METHOD r5, r4, r6, m\nLOAD_CONST r7, ()\nCALL_METHOD_KW r7, r5, r6..r7!\n"
	  "PRINT r7\nCOPY r6, r4\nLOAD_METHOD r6, r6!, r6, n\nDELETE_FAST r6\nLOAD_METHOD r5, r4, r6, m\n"
	  "CALL_METHOD r6, r5!, r6..r6!\nPRINT r6\nLOAD_ATTR r5, r4, __dict__\nPRINT r5!\nWEAKREF_NEW r5, r4, r0\n"
	  "CALL r6, r5, ()\nIS_OP r6, r6!, r4, is\nPRINT r6\nSTORE_ATTR r4, r4, me\nDELETE_ATTR r4, n\n"
	  "GET_TYPE r6, r4\nPRINT r6!\nDELETE_FAST r4\nGC_COLLECT r6, 2\nCALL r6, r5, ()\nPRINT r6\n"
	  "STORE_ATTR r2, r0, n\nLOAD_ATTR r6, r2, n\nPRINT r6\nLOAD_ATTR r6, r2, __name__\nPRINT r6, end\n" END
	  ".code init self n\nSTORE_ATTR self, n, n\nBUILD_LIST r2, n\nSTORE_ATTR self, r2!, l\n" END
	  ".code m self\nLOAD_ATTR r1, self, l\nRETURN_VALUE r1!\n", NULL },
	{ "exceptions",
	  "LOAD_CONST r0, '__init__'\nMAKE_FUNCTION r1, init\nBUILD_MAP r0, r0..r1!\nLOAD_GLOBAL r1, Exception\n"
	  "BUILD_CLASS r0, r1!, r0!, E\nMAKE_FUNCTION r1, f\nBUILD_LIST r2, ()\n"
	  "a:\nCALL r7, r1, r2\nb:\nJUMP_FORWARD end\n"
	  "h:\nPUSH_EXC_INFO r6, r5\nLOAD_GLOBAL r7, LookupError\nLOAD_GLOBAL r8, AttributeError\nBUILD_TUPLE r7, r7..r8\n"
	  "CHECK_EXC_MATCH r7, r5, r7!\nPRINT r7\nPRINT r5\nSTORE_ATTR r5, r2, x\nLOAD_ATTR r7, r5, __dict__\nPRINT r7\n"
	  "i:\nRAISE r0\nj:\n"
	  "k:\nLOAD_ATTR r8, r7, n\nPRINT r8\nBUILD_LIST r8, r7\nPRINT r8!\n"
	  "l:\nRAISE_FROM r7, r0\nm:\nn:\nLOAD_ATTR r9, r8, __cause__\nLOAD_ATTR r9, r9!, n\nPRINT r9\n"
	  "LOAD_ATTR r9, r8, __context__\nPRINT r9\nLOAD_ATTR r9, r8, args\nPRINT r9\n"
	  "LOAD_ATTR r9, r5, __traceback__\nLOAD_ATTR r10, r9, tb_frame\nLOAD_ATTR r10, r10, f_back\nPRINT r10\n"
	  "LOAD_ATTR r9, r9, tb_lasti\nPRINT r9\nLOAD_CONST r9, (1, 2)\nSTORE_ATTR r5, r9, args\n"
	  "o:\nRERAISE r5\np:\nq:\nGET_EXC r10\nIS_OP r10, r10!, r9, is\nPRINT r10\nPOP_EXCEPT r6!\n"
	  "end:\nLOAD_GLOBAL r8, x\n" END
	  ".handler a, b, h, r5\n.handler i, j, k, r7\n.handler l, m, n, r8\n.handler o, p, q, r9\n"
	  ".code f a\n.slot b\nBUILD_LIST b, a\nLOAD_ATTR r3, b, nothing\n" END
	  ".code init self\nBUILD_LIST r1, self\nSTORE_ATTR self, r1, n\nBUILD_LIST r2, r1\n" END, NULL },
	{ "what is raised after other exceptions",
	  /* What a class without __init__ makes of RAISE is finalized when it dies, and once. */
	  "LOAD_CONST r0, '__del__'\nMAKE_FUNCTION r1, del\nBUILD_MAP r0, r0..r1!\nLOAD_GLOBAL r1, Exception\n"
	  "BUILD_CLASS r0, r1!, r0!, E\n"
	  "a:\nLOAD_ATTR r2, r0, nothing\nb:\nPUSH_EXC_INFO r3, r2\nc:\nLOAD_GLOBAL r4, nothing\nd:\nPUSH_EXC_INFO r5, r4\n"
	  "e:\nLOAD_CONST r6, 1\nLOAD_ATTR r6, r6, nothing\nf:\nPUSH_EXC_INFO r7, r6\n"
	  "g:\nRAISE r0\nh:\nLOAD_ATTR r9, r8, __context__\nIS_OP r9, r9!, r6, is\nPRINT r9\nDELETE_FAST r8\n"
	  "i:\nRAISE_FROM r0, r0\nj:\nLOAD_ATTR r9, r8, __cause__\nGET_TYPE r9, r9!\nPRINT r9!\nDELETE_FAST r8\n"
	  "k:\nLOAD_GLOBAL r9, ValueError\nCALL r9, r9!, ()\nRAISE_FROM r9!, r0\nl:\nLOAD_ATTR r9, r8, __cause__\nGET_TYPE r9, r9!\n"
	  "PRINT r9!\nDELETE_FAST r8\nCALL r1, r0, ()\nm:\nRAISE r1\nn:\nDELETE_FAST r1\nGET_REFCOUNT r9, r8\nPRINT r9\nDELETE_FAST r8\n"
	  "POP_EXCEPT r7!\nPOP_EXCEPT r5!\nPOP_EXCEPT r3!\nLOAD_CONST r9, 'end'\nPRINT r9\n"
	  "MAKE_FUNCTION r9, f\nCALL r9, r9, ()\n" END
	  ".handler a, b, b, r2\n.handler c, d, d, r4\n.handler e, f, f, r6\n.handler g, h, h, r8\n.handler i, j, j, r8\n"
	  ".handler k, l, l, r8\n.handler m, n, n, r8\n"
	  ".code del self\nLOAD_CONST r1, 'del'\nPRINT r1\n" END
	  ".code f\nMAKE_FUNCTION r0, g\nCALL r0, r0, ()\n" END
	  ".code g\nLOAD_GLOBAL r0, ValueError\nLOAD_CONST r1, 'the end'\nCALL r0, r0!, r1!\nRAISE r0!\n", NULL },
	{ "finalizers on the way of an exception",
	  "LOAD_CONST r0, None\nLOAD_CONST r1, '__del__'\nMAKE_FUNCTION r2, del\nBUILD_MAP r1, r1..r2!\n"
	  "BUILD_CLASS r0, r0!, r1!, D\na:\nCALL r5, r0, ()\nCALL r6, r0, ()\nLOAD_GLOBAL r7, nothing\nb:\nPRINT r1\nDELETE_FAST r1\n"
	  "c:\nMAKE_FUNCTION r5, f\nCALL r6, r0, ()\nCALL r5, r5!, r6!\nd:\nPRINT r1, end\n" END
	  ".handler a, b, b, r1\n.handler c, d, d, r1\n"
	  ".code del self\nLOAD_CONST r1, 'del'\nPRINT r1\n" END ".code f\n" END, NULL },
	{ "arguments that are looked for",
	  /* A name that is equal to a parameter's, and not the same. What an earlier run left goes first. */
	  "GC_COLLECT r0, 2\nLOAD_CONST r0, 'a_name_of_'\nLOAD_CONST r1, 'more_bytes'\nBINARY_OP r0, r0!, r1!, +\nLOAD_CONST r1, 1000\n"
	  "BUILD_MAP r2, r0..r1\nMAKE_FUNCTION r3, del\nSET_FUNCTION_ATTRIBUTE r3, r2, kwdefaults\nMAKE_FUNCTION r4, callback\n"
	  "SET_FUNCTION_ATTRIBUTE r4, r2, kwdefaults\nLOAD_GLOBAL r5, gc\nLOAD_ATTR r5, r5!, callbacks\nLOAD_CONST r6, None\n"
	  "BUILD_SLICE r6, r6\nDELETE_SUBSCR r5, r6\nMAKE_FUNCTION r6, told\nSET_FUNCTION_ATTRIBUTE r6, r2, kwdefaults\n"
	  "LIST_APPEND r5!, r6!\nLOAD_CONST r5, '__init__'\nMAKE_FUNCTION r6, init\nLOAD_CONST r7, '__del__'\n"
	  "COPY r8, r3!\nBUILD_MAP r5, r5..r8!\nLOAD_CONST r6, None\nBUILD_CLASS r5, r6!, r5!, C\nLOAD_CONST r8, 2000\nBUILD_TUPLE r9, r0\n"
	  "CALL_KW r6, r5, r8..r9\nWEAKREF_NEW r7, r6, r4\nDELETE_FAST r6\nCALL_KW r6, r5, r8..r9\nSTORE_ATTR r6, r6, me\n"
	  "WEAKREF_NEW r7, r6, r4\nDELETE_FAST r6\nGC_COLLECT r6, 2\nLOAD_GLOBAL r5, gc\nLOAD_ATTR r5, r5!, callbacks\n"
	  "LOAD_CONST r6, 0\nDELETE_SUBSCR r5, r6\n" END
	  ".code told phase info * a_name_of_more_bytes\nPRINT a_name_of_more_bytes\n" END
	  ".code init self a_name_of_more_bytes\nSTORE_ATTR self, a_name_of_more_bytes, n\n" END
	  ".code del self * a_name_of_more_bytes\nLOAD_ATTR r2, self, n\nPRINT r2\nPRINT a_name_of_more_bytes\n" END
	  ".code callback ref * a_name_of_more_bytes\nPRINT a_name_of_more_bytes\n" END, NULL },
	{ "a collection that functions are told of",
	  /* There is a class with __del__, so garbage is freed one by one; and enough of it to tick meanwhile. */
	  "LOAD_CONST r0, None\nLOAD_CONST r1, '__del__'\nMAKE_FUNCTION r2, del\nBUILD_MAP r1, r1..r2!\n"
	  "BUILD_CLASS r0, r0!, r1!, D\nDELETE_FAST r0\nLOAD_GLOBAL r0, gc\nLOAD_ATTR r1, r0, callbacks\n"
	  "LOAD_CONST r2, None\nBUILD_SLICE r2, r2\nDELETE_SUBSCR r1, r2\nMAKE_FUNCTION r2, told\nLIST_APPEND r1, r2!\n"
	  "LOAD_CONST r3, None\nMAKE_CELL r3\nMAKE_FUNCTION r2, del\nBUILD_TUPLE r4, r3\n"
	  "SET_FUNCTION_ATTRIBUTE r2, r4!, closure\nSTORE_DEREF r2!, r3\nDELETE_FAST r3\n"
	  "LOAD_CONST r2, None\nBUILD_LIST r3, r2\nLIST_APPEND r3, r3\nLOAD_CONST r4, 1500\nBINARY_OP r3, r3!, r4!, *=\n"
	  "DELETE_FAST r3\nLOAD_ATTR r4, r0, collect\nLOAD_CONST r5, 2\nCALL r6, r4!, r5!\nLOAD_CONST r5, 0\n"
	  "DELETE_SUBSCR r1, r5\nPRINT r6, end\n" END
	  ".code del self\n.slot cell\nCOPY_FREE_VARS cell\n" END ".code told phase info\nPRINT phase\n" END, NULL },
	{ "garbage that is looked at twice",
	  /* Long enough for the second look, after __del__, to tick: who is killed there finds it all garbage still. */
	  "GC_COLLECT r0, 2\nLOAD_CONST r0, None\nLOAD_CONST r1, '__del__'\nMAKE_FUNCTION r2, del\nBUILD_MAP r1, r1..r2!\n"
	  "BUILD_CLASS r0, r0!, r1!, D\nCALL r1, r0!, ()\nBUILD_LIST r2, r1\nLOAD_CONST r3, 3000\nBINARY_OP r2, r2!, r3!, *\n"
	  "STORE_ATTR r1!, r2!, list\nLOAD_GLOBAL r0, gc\nLOAD_ATTR r0, r0!, collect\nLOAD_CONST r1, 2\nCALL r0, r0!, r1!\n"
	  "PRINT r0, end\n" END
	  ".code del self\nLOAD_CONST r1, 'del'\nPRINT r1\n" END, NULL },
	{ "a context manager",
	  "LOAD_CONST r0, '__enter__'\nMAKE_FUNCTION r1, enter\nLOAD_CONST r2, '__exit__'\nMAKE_FUNCTION r3, exit\n"
	  "BUILD_MAP r0, r0..r3!\nLOAD_CONST r1, None\nBUILD_CLASS r0, r1!, r0!, M\nCALL r0, r0!, ()\n"
	  "BEFORE_WITH r1, r0!, r2\nCALL r2, r2!, ()\nPRINT r2\na:\nLOAD_CONST r3, 0\nBINARY_SUBSCR r3, r2, r3\nb:\n"
	  "h:\nPUSH_EXC_INFO r4, r3\nGET_TYPE r5, r3\nCOPY r6, r3\nLOAD_ATTR r7, r3, __traceback__\n"
	  "CALL r5, r1, r5..r7!\nPRINT r5\nPOP_EXCEPT r4!\n" END ".handler a, b, h, r3\n"
	  ".code enter self\nBUILD_LIST r1, ()\nRETURN_VALUE r1!\n"
	  ".code exit self t e tb\nBUILD_LIST r4, t..tb\nGET_LEN r4, r4!\nRETURN_VALUE r4!\n", NULL },
	{ "what an exception keeps is collected",
	  /* First what an earlier run of it left: its class, and what that one's finalizer raised. */
	  "GC_COLLECT r1, 2\nMAKE_FUNCTION r0, f\nCALL r1, r0, ()\nGC_COLLECT r1, 2\nPRINT r1\nLOAD_CONST r2, None\n"
	  "LOAD_CONST r3, '__del__'\nMAKE_FUNCTION r4, del\nBUILD_MAP r3, r3..r4!\nLOAD_GLOBAL r4, ValueError\n"
	  "BUILD_CLASS r3, r4!, r3!, D\nCALL r4, r3, ()\nWEAKREF_NEW r5, r4, r2\nDELETE_FAST r4\n"
	  "CALL r4, r5, ()\nPRINT r4\nCALL r4, r3, ()\nSTORE_ATTR r4, r4, me\nDELETE_FAST r4\nGC_COLLECT r1, 2\n" END
	  ".code f\na:\nLOAD_GLOBAL r5, nothing\nb:\nh:\nLOAD_CONST r1, None\n" END ".handler a, b, h, r5\n"
	  ".code del self\nLOAD_CONST r1, 'del'\nPRINT r1\nRAISE self\n", NULL },
	{ "finalizers",
	  "LOAD_CONST r0, None\nLOAD_CONST r1, '__del__'\nMAKE_FUNCTION r2, del\nBUILD_MAP r1, r1..r2!\n"
	  "BUILD_CLASS r1, r0, r1!, F\nMAKE_FUNCTION r2, callback\n"
	  "CALL r3, r1, ()\nCALL r4, r1, ()\nSTORE_ATTR r3, r4!, next\nWEAKREF_NEW r4, r3, r2\n"
	  "WEAKREF_NEW r5, r3, r2\nWEAKREF_NEW r6, r3, r0\nDELETE_FAST r3\nCALL r7, r4, ()\nPRINT r7\n"
	  "CALL r3, r1, ()\nCALL r8, r1, ()\nSTORE_ATTR r3, r8, next\nSTORE_ATTR r8, r3, next\n"
	  "WEAKREF_NEW r4, r3, r2\nWEAKREF_NEW r5, r8, r2\nSTORE_ATTR r8!, r5!, ref\nDELETE_FAST r3\n"
	  "GC_COLLECT r7, 2\nCALL r7, r4, ()\nPRINT r7\n" END
	  ".code del self\nBUILD_LIST r1, ()\nLIST_APPEND r1, r1\nSTORE_ATTR self, r1!, seen\n" END
	  ".code callback ref\nCALL r1, ref, ()\nBUILD_LIST r1, r1!\n" END, NULL },
	{ "sets",
	  "LOAD_CONST r0, (1, 9, (2, 3), 2305843009213693952, 17)\nBUILD_SET r1, ()\nSET_UPDATE r1, r0\n"
	  "BUILD_FROZENSET r2, r1\nSET_ADD r1, r2\nSET_DISCARD r1, r0\nLOAD_CONST r3, 9\nSET_REMOVE r1, r3\n"
	  "PRINT r1\nLOAD_CONST r4, 'abcdefghijklmnop'\nBUILD_SET r5, ()\nSET_UPDATE r5, r4\nGET_LEN r6, r5\nPRINT r6\n"
	  "BINARY_OP r6, r1, r2, |\nPRINT r6\nBINARY_OP r6, r1, r2, &\nPRINT r6\nBINARY_OP r6, r1, r2, -\nPRINT r6\n"
	  "BINARY_OP r6, r1, r2, ^\nPRINT r6\nCOMPARE_OP r6, r2, r1, <\nPRINT r6\nBUILD_FROZENSET r7, r1\n"
	  "COPY r8, r2\nBUILD_SET r6, r7..r8\nCOMPARE_OP r6, r6!, r1, ==\nPRINT r6\nSTORE_GLOBAL r5, s\nBINARY_OP r5, r5!, r1, |=\n"
	  "BINARY_OP r5, r5!, r2, -=\nBINARY_OP r5, r5!, r1, ^=\nBINARY_OP r5, r5!, r2, &=\nPRINT r5\n"
	  "SET_POP r6, r1\nSET_POP r6, r1\nSET_ADD r1, r6\nSET_POP r7, r1\nPRINT r7\n"
	  "LOAD_CONST r8, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25)\n"
	  "BUILD_SET r9, ()\nSET_UPDATE r9, r8\nBUILD_SET r10, r3\nCOPY r11, r10\nBINARY_OP r6, r9, r10, -\nGET_LEN r6, r6\n"
	  "PRINT r6\nBINARY_OP r6, r10, r9, &\nPRINT r6\nBINARY_OP r10, r10!, r9, -=\nPRINT r10\nBINARY_OP r9, r9!, r11, ^=\n"
	  "BUILD_SET r10, r3\nBINARY_OP r10, r10!, r9, ^=\nGET_LEN r10, r10\nPRINT r10\nDELETE_FAST r11\nSET_POP r6, r5\nBUILD_MAP r6, r2..r3\nSET_UPDATE r5, r6\nBINARY_OP r5, r5!, r5, -=\nPRINT r5, end\n"
	  "LOAD_CONST r8, None\nBUILD_MAP r9, ()\nBUILD_CLASS r9, r8, r9!, C\nCALL r9, r9!, ()\nSET_ADD r5, r9\n"
	  "STORE_ATTR r9!, r5!, s\nDELETE_GLOBAL s\nGC_COLLECT r9, 2\nPRINT r9, end\n" END, NULL },
	{ "a set that becomes small",
	  "LOAD_CONST r0, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)\nBUILD_SET r1, ()\nSET_UPDATE r1, r0\n"
	  "LOAD_CONST r0, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)\nBUILD_SET r2, ()\nSET_UPDATE r2, r0\n"
	  "BINARY_OP r1, r1!, r2!, -=\nPRINT r1, end\n" END, NULL },
	{ "equal sets",
	  "LOAD_CONST r0, ((1, 'a long string'), (2305843009213693952, 'a long string'), 'b')\nBUILD_FROZENSET r0, r0!\n"
	  "BUILD_SET r0, r0!\nBUILD_FROZENSET r0, r0!\n"
	  "LOAD_CONST r1, ('b', (2305843009213693952, 'a long string'), (1, 'a long string'))\nBUILD_FROZENSET r1, r1!\n"
	  "BUILD_SET r1, r1!\nCOMPARE_OP r2, r0, r1, ==\nPRINT r2\nBUILD_LIST r2, r0\nCONTAINS_OP r2, r1, r2, in\nPRINT r2\n"
	  "COMPARE_OP r2, r0, r1, <=\nPRINT r2\nLOAD_CONST r3, 1\nCOPY r2, r0\nBUILD_MAP r2, r2..r3\n"
	  "BUILD_FROZENSET r1, r1!\nBINARY_SUBSCR r2, r2, r1\nPRINT r2, end\n" END, NULL },
	{ "slices",
	  "LOAD_CONST r0, (1000, 2000, 3000, 4000, 5000)\nBUILD_LIST r1, ()\nLIST_EXTEND r1, r0\nLOAD_CONST r2, 1\n"
	  "LOAD_CONST r3, 4\nLOAD_CONST r4, 2\nBUILD_SLICE r5, r2..r4\nBUILD_SLICE r6, r2..r3\nPRINT r5\n"
	  "BINARY_SUBSCR r7, r1, r5\nPRINT r7\nBINARY_SUBSCR r7, r0, r6\nPRINT r7\nLOAD_CONST r8, 'a\\u00e9\\u4e2d and some'\n"
	  "BINARY_SUBSCR r7, r8, r6\nPRINT r7\nLOAD_CONST r9, -1\nCOPY r10, r9\nLOAD_CONST r11, -99\nCOPY r12, r9\n"
	  "BUILD_SLICE r9, r10..r12!\nBINARY_SUBSCR r7, r8, r9\nPRINT r7\nLOAD_CONST r10, 'some words'\n"
	  "STORE_SUBSCR r10, r1, r6\nPRINT r1\nSTORE_SUBSCR r1, r1, r9\nPRINT r1\nBINARY_SUBSCR r7, r1, r5\n"
	  "STORE_SUBSCR r7, r1, r5\nDELETE_SUBSCR r1, r5\nDELETE_SUBSCR r1, r9\nPRINT r1\nBUILD_SET r7, r5..r6\n"
	  "GET_LEN r7, r7\nPRINT r7\nBUILD_LIST r7, ()\nBUILD_SLICE r5, r7\nLIST_APPEND r7!, r5!\nGC_COLLECT r7, 2\n"
	  "PRINT r7, end\n" END, NULL },
	{ "builtins",
	  "LOAD_GLOBAL r0, list\nLOAD_CONST r1, 'a\\u4e2dlong'\nCALL r2, r0, r1\nPRINT r2\nLOAD_GLOBAL r0, tuple\n"
	  "CALL r2, r0, r2\nPRINT r2\nLOAD_GLOBAL r0, dict\nLOAD_CONST r1, ((1000, 'ab'), 'cd')\nCALL r2, r0, r1\n"
	  "PRINT r2\nCALL r3, r0, r2\nCOMPARE_OP r2, r2, r3, ==\nPRINT r2\nLOAD_GLOBAL r0, str\n"
	  "LOAD_CONST r1, -1234567890123\nCALL r1, r0, r1\nLOAD_GLOBAL r0, int\nCALL r1, r0, r1\nPRINT r1\n"
	  "LOAD_GLOBAL r0, isinstance\nLOAD_GLOBAL r2, int\nBUILD_TUPLE r2, r2\nLOAD_CONST r3, 0\nCOPY r3, r2\n"
	  "LOAD_CONST r2, ()\nBUILD_TUPLE r2, r2..r3\nCALL r1, r0, r1..r2\nPRINT r1\nLOAD_GLOBAL r0, max\n"
	  "LOAD_CONST r1, (1000, 3000, 2000)\nCALL r1, r0, r1\nPRINT r1\nLOAD_GLOBAL r0, hash\nCALL r1, r0, r1\nPRINT r1\n"
	  "LOAD_GLOBAL r0, type\nLOAD_CONST r1, 'C'\nLOAD_GLOBAL r2, object\nBUILD_TUPLE r2, r2\nBUILD_MAP r3, ()\n"
	  "CALL r1, r0, r1..r3\nPRINT r1\nCALL r1, r1!, ()\nLOAD_CONST r2, 'x'\nLOAD_CONST r3, 2000\nLOAD_GLOBAL r0, setattr\n"
	  "CALL r4, r0, r1..r3\nLOAD_GLOBAL r0, getattr\nCALL r4, r0, r1..r2\nPRINT r4\nLOAD_GLOBAL r0, delattr\n"
	  "CALL r4, r0, r1..r2\nLOAD_GLOBAL r0, hasattr\nCALL r4, r0, r1..r2\nPRINT r4, end\n" END, NULL },
	{ "iterators",
	  "LOAD_GLOBAL r0, range\nLOAD_CONST r1, 1000\nLOAD_CONST r2, 1003\nCALL r3, r0, r1..r2\nPRINT r3\nGET_ITER r4, r3\n"
	  "a:\nFOR_ITER r5, r4, b\nPRINT r5\nJUMP_BACKWARD a\nb:\nBUILD_LIST r0, ()\nLIST_EXTEND r0, r3\nLIST_APPEND r0, r0\n"
	  "GET_ITER r4, r0\nLIST_APPEND r0, r4\nc:\nFOR_ITER r5, r4, d\nJUMP_BACKWARD c\nd:\nGET_ITER r4, r0\nLIST_APPEND r0, r4!\n"
	  "GET_LEN r5, r0\nPRINT r5\nDELETE_FAST r0\nDELETE_FAST r5\nGC_COLLECT r0, 2\nPRINT r0\nLOAD_CONST r1, 'long enough'\n"
	  "LOAD_CONST r2, (2,)\nCOPY r3, r2\nLOAD_CONST r4, 0\nBUILD_MAP r0, r1..r4\nGET_ITER r0, r0!\nUNPACK_SEQUENCE r1..r2, r0\n"
	  "PRINT r1\nPRINT r2\nLOAD_CONST r0, '\\u4e2d\\u4e2e'\nGET_ITER r0, r0!\nLOAD_CONST r1, '\\u4e2e'\n"
	  "CONTAINS_OP r1, r1, r0, in\nPRINT r1\nGET_TYPE r0, r0!\nPRINT r0, end\n" END, NULL },
	{ "iterators that are used up",
	  "LOAD_CONST r0, (1000, 'a long string', (2, 3), 1000, 17)\nGET_ITER r1, r0\nLOAD_CONST r2, 1001\nBUILD_SET r2, r2\n"
	  "SET_UPDATE r2, r1\nGET_LEN r3, r2\nPRINT r3\nLOAD_CONST r4, 'abcd\\u4e2d'\nGET_ITER r1, r4\nBUILD_FROZENSET r2, r1\n"
	  "GET_LEN r3, r2\nPRINT r3\nLOAD_GLOBAL r5, range\nLOAD_CONST r6, 60\nLOAD_CONST r7, 66\nCALL r5, r5!, r6..r7\nGET_ITER r1, r5\n"
	  "LOAD_GLOBAL r6, bytes\nCALL r7, r6, r1\nPRINT r7\nCALL r7, r6, r5\nPRINT r7\nCALL r7, r6, r1\nPRINT r7\n"
	  "GET_ITER r1, r5\nLOAD_GLOBAL r6, set\nCALL r7, r6!, r1\nPRINT r7\nGET_ITER r1, r2\nBUILD_SET r7, r3\nSET_UPDATE r7, r1\n"
	  "GET_LEN r7, r7\nPRINT r7\nBUILD_LIST r2, ()\nLIST_EXTEND r2, r5\nLOAD_CONST r6, 1\nLOAD_CONST r7, 3\n"
	  "BUILD_SLICE r6, r6..r7\nGET_ITER r1, r4\nSTORE_SUBSCR r1, r2, r6\nPRINT r2\nBUILD_MAP r7, ()\nSTORE_SUBSCR r6, r7, r6\n"
	  "GET_ITER r1, r7\nSTORE_SUBSCR r1, r2, r6\nGET_LEN r7, r2\nPRINT r7, end\n"
	  "LOAD_CONST r6, (3000, 4000)\nGET_ITER r6, r6!\nLOAD_CONST r7, 'ab'\nGET_ITER r7, r7!\nLOAD_CONST r8, (1, 5000)\n"
	  "LOAD_CONST r9, 2\nLOAD_CONST r10, 3\nCOPY r11, r10\nBUILD_MAP r9, r9..r10\nCOPY r10, r11\nSTORE_SUBSCR r10, r9, r11\n"
	  "GET_ITER r9, r9!\nBUILD_TUPLE r6, r6..r9\nGET_ITER r1, r6\nLOAD_GLOBAL r7, dict\nCALL r8, r7, r1\nPRINT r8, end\n"
	  "CALL r8, r7, r6\n" END, NULL },
	{ "a dict of an iterator and names",
	  "LOAD_CONST r0, ('k1', 1000)\nGET_ITER r0, r0!\nBUILD_LIST r0, r0!\nGET_ITER r1, r0!\nLOAD_GLOBAL r0, dict\n"
	  "LOAD_CONST r2, 2000\nCOPY r3, r2\nLOAD_CONST r4, ('a', 'b')\nCALL_KW r2, r0!, r1..r4!\nPRINT r2, end\n" END, NULL },
	{ "an iterator that is a pair of its own",
	  "LOAD_CONST r0, (5000, 6000)\nBUILD_LIST r0, r0!\nGET_ITER r1, r0\nLIST_APPEND r0, r1\nLOAD_CONST r2, (1000, 2000)\n"
	  "LIST_EXTEND r0, r2!\nDELETE_FAST r0\nLOAD_GLOBAL r0, dict\nCALL r2, r0, r1\nPRINT r2\nCALL r2, r0, r1\n"
	  "PRINT r2, end\n" END, NULL },
	{ "texts",
	  "LOAD_CONST r0, (1.5, 'it', (2,), b'x', None, 1e300)\nBUILD_LIST r1, ()\nLIST_EXTEND r1, r0\nLIST_APPEND r1, r1\n"
	  "LOAD_CONST r2, 7\nCOPY r3, r1\nBUILD_MAP r2, r2..r3\nLOAD_CONST r4, 3\nBUILD_SET r3, r4\nBUILD_TUPLE r2, r2..r4\n"
	  "LOAD_GLOBAL r5, str\nCALL r6, r5, r2\nPRINT r6\nLOAD_GLOBAL r5, float\nLOAD_CONST r6, ' 12345.678e-3 '\n"
	  "CALL r6, r5, r6\nPRINT r6\nLOAD_GLOBAL r5, bytes\nLOAD_CONST r6, 'a longer text'\nLOAD_CONST r7, 'utf-8'\n"
	  "CALL r6, r5, r6..r7\nPRINT r6, end\nBUILD_MAP r7, ()\nDELETE_SUBSCR r7, r0\n" END, NULL },
	{ "modules",
	  "MODULE_NEW r0, some_module\nPRINT r0\nBUILD_LIST r1, ()\nSTORE_ATTR r0, r1!, x\nSTORE_ATTR r0, r0, me\nMAKE_FUNCTION r2, f\n"
	  "LOAD_ATTR r3, r2, __code__\nLOAD_ATTR r4, r0, __dict__\nGET_TYPE r2, r2!\nCALL r2, r2!, r3..r4!\nSTORE_ATTR r0, r2, f\n"
	  "CALL r1, r2!, ()\nPRINT r1\nLOAD_CONST r5, None\nWEAKREF_NEW r5, r0, r5\nDELETE_ATTR r0, x\nDELETE_FAST r0\nDELETE_FAST r1\n"
	  "DELETE_FAST r3\nGC_COLLECT r0, 2\nPRINT r0\nCALL r0, r5, ()\nPRINT r0, end\n" END
	  ".code f\nLOAD_GLOBAL r0, x\nLOAD_GLOBAL r1, len\nCALL r1, r1!, r0\nSTORE_GLOBAL r1, y\nRETURN_VALUE r0!\n", NULL },
	{ "locks",
	  "LOCK_NEW r0\nLOCK_ACQUIRE r1, r0, forever\nPRINT r1\nLOCK_ACQUIRE r1, r0, nowait\nPRINT r1\n"
	  "LOCK_ACQUIRE r1, r0, 1000\nPRINT r1\nLOCK_RELEASE r0\nLOCK_ACQUIRE r1, r0, 1000\nPRINT r1, end\n"
	  "STORE_GLOBAL r0, lock\nLOCK_RELEASE r0!\n" END, NULL },
	{ "an RLock and sleep",
	  "RLOCK_NEW r0\nLOCK_ACQUIRE r1, r0, forever\nPRINT r1\nLOCK_ACQUIRE r1, r0, nowait\nPRINT r1\nLOCK_RELEASE r0\n"
	  "STORE_GLOBAL r0!, lock\nLOAD_CONST r0, 0.000001\nSLEEP r1, r0!\nPRINT r1\nLOAD_CONST r0, 0\nSLEEP r1, r0\nPRINT r1, end\n"
	  END, NULL },
};

static void sweep_begin(struct sweep *sweep)
{
	case_begin_hashes(&sweep->cases, sweep->mask);
}

static struct unit_thread *thread_of(struct sweep *sweep)
{
	return &sweep->cases.unit.thread;
}

/* Every tick is a slow one: what happens at ticks can happen at each. */
static void each_tick(void *arg)
{
	struct sweep *sweep = arg;

	if (sweep->cases.unit.thread.fd >= 0)
		unit_thread(thread_of(sweep))->budget = 0;
}

/* Let alone, the program does what it should. */
static void runs_undisturbed(struct sweep *sweep)
{
	case_text(&sweep->cases, sweep->expected, unit_exec_image(thread_of(sweep), &sweep->image));
	case_walk(&sweep->cases);
}

static void sweep_report(struct sweep *sweep, const char *what, u64 turns)
{
	char name[160];

	snprintf(name, sizeof(name), "%s: %s", sweep->name, what);
	printf("# %llu turns\n", (unsigned long long)turns);
	case_end(&sweep->cases, name);
}

/* ---- no memory ---- */

static void fail_allocation(struct sweep *sweep, u64 nth)
{
	struct unit_thread *thread = thread_of(sweep);
	int err;

	unit_text_clear(thread);
	shim_fail(SHIM_ALLOC, nth);
	err = unit_run_to_end(thread, &sweep->image, 0);
	if (err)
		case_equal(&sweep->cases, -ENOMEM, err);
	else if (shim_count(SHIM_ALLOC) >= nth)
		case_check(&sweep->cases, sweep->catches || thread->run.exception == PYMM_EXC_MEMORY_ERROR ||
			   thread->run.status == PYMM_STATUS_DONE);
	shim_fail(SHIM_ALLOC, 0);
	case_walk(&sweep->cases);
}

static void sweep_allocations(struct sweep *sweep)
{
	u64 nth = 0;
	bool reached;

	sweep_begin(sweep);
	do {
		fail_allocation(sweep, ++nth);
		reached = shim_count(SHIM_ALLOC) >= nth;
		unit_collect(thread_of(sweep));
		shim_fail(SHIM_ALLOC, nth);
		unit_run_to_end(thread_of(sweep), &sweep->image, 0);
		reached = shim_count(SHIM_ALLOC) >= nth;
		shim_fail(SHIM_ALLOC, 0);
		unit_collect(thread_of(sweep));
		runs_undisturbed(sweep);
		unit_collect(thread_of(sweep));
	} while (reached && nth < SWEEP_MAX && !*sweep->cases.failure);
	sweep_report(sweep, "each allocation fails", nth);
}

/* The same from the very beginning: opening an arena and a thread fails, too. */
static void sweep_opening(struct sweep *sweep)
{
	struct cases *cases = &sweep->cases;
	struct unit_report report;
	u64 nth = 0;
	int err;

	*cases->failure = '\0';
	do {
		shim_reset(nth);
		shim_hash_mask(sweep->mask);
		shim_fail(SHIM_ALLOC, ++nth);
		err = unit_open(&cases->unit);
		if (!err) {
			unit_run_to_end(thread_of(sweep), &sweep->image, 0);
			shim_fail(SHIM_ALLOC, 0);
			case_walk(cases);
			runs_undisturbed(sweep);
		}
		if (!err)
			unit_close(&cases->unit, &report);
		shim_work_flush();
		case_equal(cases, 0, shim_live(NULL));
		case_equal(cases, 0, shim_files());
	} while (err && nth < SWEEP_MAX && !*cases->failure);
	sweep_begin(sweep);
	sweep_report(sweep, "each allocation of an opening fails", nth);
}

/* ---- ticks ---- */

/*
 * Each kill is in a fresh arena, where a program takes the same ticks each time: one that was
 * loaded before, or whose load was killed, takes others, and some would never be met.
 */
static void fresh_arena(struct sweep *sweep)
{
	struct unit_report report;

	unit_thread_close(thread_of(sweep));
	sweep->cases.unit.thread.fd = -1;
	shim_close(sweep->cases.unit.arena);
	shim_work_flush();
	shim_module_exit();
	if (!unit_nothing_left(&report))
		case_fail(&sweep->cases, "%s", report.text);
	shim_reset(sweep->cases.tap.cases);
	shim_hash_mask(sweep->mask);
	shim_check(!unit_open(&sweep->cases.unit), "the module cannot be used");
}

/* The task is killed at the @nth tick, and revived. Whether it came to that; @err: of the call. */
static bool kill_at(struct sweep *sweep, u64 nth, int *err)
{
	struct unit_thread *thread = thread_of(sweep);
	bool killed;

	shim_fail(SHIM_KILL, nth);
	*err = unit_run_to_end(thread, &sweep->image, 0);
	killed = shim_count(SHIM_KILL) >= nth;
	shim_fail(SHIM_KILL, 0);
	shim_signal_clear(shim_task());
	if (*err)
		case_equal(&sweep->cases, -EINTR, *err);
	return killed;
}

/* What was undone is done again. */
static void goes_on(struct sweep *sweep, int err)
{
	struct unit_thread *thread = thread_of(sweep);

	if (err || !(thread->run.result_flags & PYMM_RAN_KEPT))
		return;
	sweep->met++;
	case_equal(&sweep->cases, 0, unit_run_to_end(thread, NULL, 0));
	case_equal(&sweep->cases, !strstr(sweep->expected, "Error: "),
		   thread->run.status == PYMM_STATUS_DONE);
	if (thread->run.status == PYMM_STATUS_DONE)
		case_text(&sweep->cases, sweep->expected, thread->text);
	else if (strncmp(sweep->expected, thread->text, strlen(thread->text)))
		case_fail(&sweep->cases, "expected:\n%sseen before its end:\n%s", sweep->expected, thread->text);
	case_walk(&sweep->cases);
}

/* Cycles that it left are not in the way of the next one. */
static void leaves_garbage(struct sweep *sweep)
{
	unit_collect(thread_of(sweep));
	case_equal(&sweep->cases, 0, unit_stat(&sweep->cases.unit).objects);
}

static void is_abandoned(struct sweep *sweep, int err)
{
	struct unit_thread *thread = thread_of(sweep);

	if (err || !(thread->run.result_flags & PYMM_RAN_KEPT))
		return;
	sweep->met++;
	case_equal(&sweep->cases, 0, unit_abandon(thread));
	case_walk(&sweep->cases);
	leaves_garbage(sweep);
}

/* Its thread is closed while it is paused: a reaper drops what it held. */
static void is_closed(struct sweep *sweep, int err)
{
	struct unit_thread *thread = thread_of(sweep);

	sweep->met += !err && (thread->run.result_flags & PYMM_RAN_KEPT);
	shim_hook(NULL, NULL);
	unit_thread_close(thread);
	case_walk(&sweep->cases);
	shim_work_flush();
	case_walk(&sweep->cases);
	shim_check(!unit_thread_open(sweep->cases.unit.arena, thread), "no thread");
	leaves_garbage(sweep);
}

/* Another thread uses the arena, then it goes on. */
static void lets_others_in(struct sweep *sweep, int err)
{
	static const char *const text =
		"LOAD_CONST r1, 30\nLOAD_CONST r2, 1\nBUILD_MAP r3, ()\nmore:\nBUILD_LIST r0, ()\nBUILD_TUPLE r0, r0!\n"
		"LOAD_CONST r4, 'some_name'\nSTORE_SUBSCR r0, r3, r1\nSTORE_GLOBAL r3, mine\nBINARY_OP r1, r1!, r2, -\n"
		"POP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD more\ndone:\nDELETE_GLOBAL mine\n" END;
	struct unit_thread other;

	shim_hook(NULL, NULL);
	shim_check(!unit_thread_open(sweep->cases.unit.arena, &other), "no thread");
	case_text(&sweep->cases, "", unit_exec(&other, text));
	case_walk(&sweep->cases);
	unit_thread_close(&other);
	shim_work_flush();
	goes_on(sweep, err);
}

/*
 * Killed at each tick, or each of those that are slow anyway; @then is what happens next: the first
 * after the first kill, and so on in turn.
 */
typedef void then_fn(struct sweep *sweep, int err);

static void sweep_kills(struct sweep *sweep, const char *what, bool all_ticks,
			then_fn *const *then, unsigned int count)
{
	bool killed = true;
	u64 nth = 0;
	int err;

	sweep_begin(sweep);
	sweep->met = 0;
	while (killed && nth < SWEEP_MAX && !*sweep->cases.failure) {
		fresh_arena(sweep);
		if (all_ticks)
			shim_hook(each_tick, sweep);
		killed = kill_at(sweep, ++nth, &err);
		case_walk(&sweep->cases);
		then[nth % count](sweep, err);
		shim_hook(NULL, NULL);
		runs_undisturbed(sweep);
	}
	printf("# %llu met the program\n", (unsigned long long)sweep->met);
	case_check(&sweep->cases, sweep->met || !all_ticks);
	sweep_report(sweep, what, nth);
}

static void sweep_all_kills(struct sweep *sweep)
{
	static then_fn *const then[] = { goes_on, is_abandoned, is_closed, lets_others_in };
	const char *kind = getenv("SWEEP");

	sweep_kills(sweep, "killed at each look for signals", false, then, 1);
	if (kind && !strcmp(kind, "short")) {
		sweep_kills(sweep, "killed at each tick, with what comes next in turn", true, then,
			    ARRAY_SIZE(then));
		return;
	}
	sweep_kills(sweep, "killed at each tick", true, then, 1);
	sweep_kills(sweep, "killed at each tick and abandoned", true, then + 1, 1);
	sweep_kills(sweep, "killed at each tick and its thread closed", true, then + 2, 1);
	sweep_kills(sweep, "killed at each tick, and others go on", true, then + 3, 1);
}

/* ---- steps ---- */

static void sweep_steps(struct sweep *sweep)
{
	struct unit_thread *thread;

	sweep_begin(sweep);
	thread = thread_of(sweep);
	case_equal(&sweep->cases, 0, unit_run(thread, &sweep->image, 1));
	while (thread->run.status == PYMM_STATUS_LIMIT && !*sweep->cases.failure) {
		case_equal(&sweep->cases, 1, thread->run.steps);
		case_walk(&sweep->cases);
		case_equal(&sweep->cases, 0, unit_run(thread, NULL, 1));
	}
	if (thread->run.status == PYMM_STATUS_DONE)
		case_text(&sweep->cases, sweep->expected, thread->text);
	else
		case_equal(&sweep->cases, PYMM_STATUS_EXCEPTION, thread->run.status);
	sweep_report(sweep, "step by step", unit_stat(&sweep->cases.unit).steps);
}

/* Signals that are not fatal pause at check points, of which each instruction is one here. */
static void sweep_signals(struct sweep *sweep)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_FLAGS,
				      .flags = PYMM_CONFIG_F_GC | PYMM_CONFIG_F_CHECK_ALL };
	struct unit_thread *thread;
	u64 turns = 0;
	int err;

	sweep_begin(sweep);
	thread = thread_of(sweep);
	case_equal(&sweep->cases, 0, unit_config(&sweep->cases.unit, &config));
	shim_fail(SHIM_SIGNAL, 1);
	err = unit_run(thread, &sweep->image, 0);
	while (!err && thread->run.status == PYMM_STATUS_INTERRUPTED && !*sweep->cases.failure) {
		case_walk(&sweep->cases);
		shim_fail(SHIM_SIGNAL, 1 + turns++ % 2);
		err = unit_run(thread, NULL, 0);
	}
	case_equal(&sweep->cases, 0, err);
	if (thread->run.status == PYMM_STATUS_DONE)
		case_text(&sweep->cases, sweep->expected, thread->text);
	shim_fail(SHIM_SIGNAL, 0);
	sweep_report(sweep, "a signal at each instruction", turns);
}

/* ---- limits ---- */

static void sweep_objects(struct sweep *sweep)
{
	struct pymm_arena *arena;
	u64 limit = 0;
	bool refused;
	int err;

	sweep_begin(sweep);
	arena = unit_arena(&sweep->cases.unit);
	do {
		/* CONFIG takes no limit below 1024. */
		arena->heap.max_objects = limit++;
		err = unit_run_to_end(thread_of(sweep), &sweep->image, 0);
		refused = err || thread_of(sweep)->run.exception == PYMM_EXC_MEMORY_ERROR;
		if (err)
			case_equal(&sweep->cases, -EDQUOT, err);
		case_walk(&sweep->cases);
		arena->heap.max_objects = PYMM_MAX_OBJECTS;
		unit_collect(thread_of(sweep));
	} while (refused && limit < SWEEP_MAX && !*sweep->cases.failure);
	runs_undisturbed(sweep);
	sweep_report(sweep, "each limit of objects", limit);
}

static void sweep_bytes(struct sweep *sweep)
{
	struct pymm_arena *arena;
	u64 limit, turns = 0;
	bool refused;
	int err;

	sweep_begin(sweep);
	arena = unit_arena(&sweep->cases.unit);
	/* Below what the arena takes by itself, less the reserve, it does not even load. */
	limit = arena->heap.bytes - PYMM_RESERVE_BYTES;
	do {
		limit += limit < arena->heap.bytes ? 4096 : 16;
		arena->heap.max_bytes = limit;
		err = unit_run_to_end(thread_of(sweep), &sweep->image, 0);
		refused = err || thread_of(sweep)->run.exception == PYMM_EXC_MEMORY_ERROR;
		if (err)
			case_equal(&sweep->cases, -EDQUOT, err);
		case_walk(&sweep->cases);
		arena->heap.max_bytes = 256U << 20;
		unit_collect(thread_of(sweep));
	} while (refused && ++turns < SWEEP_MAX && !*sweep->cases.failure);
	runs_undisturbed(sweep);
	sweep_report(sweep, "each limit of bytes", turns);
}

/* ---- all of them ---- */

static void sweep_all(struct sweep *sweep, const char *name)
{
	sweep->name = name;
	sweep_begin(sweep);
	sweep->expected = strdup(unit_exec_image(thread_of(sweep), &sweep->image));
	sweep_report(sweep, "undisturbed", 1);
	sweep_opening(sweep);
	sweep_allocations(sweep);
	sweep_all_kills(sweep);
	sweep_steps(sweep);
	sweep_signals(sweep);
	sweep_objects(sweep);
	sweep_bytes(sweep);
	free(sweep->expected);
	free(sweep->image.data);
}

/* Those of user/examples that end soon and print no ids. */
static void sweep_examples(struct sweep *sweep)
{
	static const char *const names[] = {
		"append", "cycle", "default_argument", "immutable", "refcount",
	};
	char path[64];

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), UNIT_EXAMPLES "/%s.pyasm", names[i]);
		sweep->image = unit_load(path);
		sweep_all(sweep, names[i]);
	}
}

int main(void)
{
	struct sweep sweep = { 0 };

	sweep.mask = ~0u;
	for (unsigned int i = 0; i < ARRAY_SIZE(programs); i++) {
		sweep.image = unit_assemble(programs[i].text);
		sweep.catches = strstr(programs[i].text, ".handler");
		sweep_all(&sweep, programs[i].name);
	}
	sweep.catches = false;
	/* With hashes that collide. */
	sweep.mask = 1;
	for (unsigned int i = 0; i < ARRAY_SIZE(programs); i++)
		if (!strcmp(programs[i].name, "dicts") || !strcmp(programs[i].name, "comparisons")) {
			sweep.image = unit_assemble(programs[i].text);
			sweep_all(&sweep, programs[i].name);
		}
	sweep.mask = ~0u;
	sweep_examples(&sweep);
	return tap_end(&sweep.cases.tap);
}
