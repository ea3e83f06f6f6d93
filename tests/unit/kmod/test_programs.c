// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs whose outcome is known, where tests/kselftest, which also runs here, does not look:
 * texts of exceptions, long strs, hashes that collide, depth, sizes. What is expected is what
 * CPython 3.13 prints, but for 64-bit ints and PYMM_MAX_LEN.
 */
#include <stdlib.h>

#include "cases.h"

static const struct program_case texts[] = {
	{ "a long dict in a collection",
	  /* d[i] = d, 1100 times */
	  "BUILD_MAP r0, ()\nLOAD_CONST r1, 1100\nmore:\nSTORE_SUBSCR r0, r0, r1\nLOAD_CONST r2, 1\nBINARY_OP r1, r1!, r2!, -=\n"
	  "POP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD more\ndone:\nGC_COLLECT r2, 2\nPRINT r2\nDELETE_FAST r0\n"
	  "GC_COLLECT r2, 2\nPRINT r2, end\n" END, "0 1\n" },
	{ "a negative threshold",
	  "LOAD_GLOBAL r0, gc\nLOAD_ATTR r0, r0!, set_threshold\nLOAD_CONST r1, -1\nCALL r0, r0!, r1!\n" END,
	  "OverflowError: pymm has no negative thresholds\n" },
	{ "gc.get_objects(-1)",
	  "BUILD_LIST r3, ()\nLOAD_GLOBAL r0, gc\nLOAD_ATTR r0, r0!, get_objects\nLOAD_CONST r1, -1\nCALL r0, r0!, r1!\n"
	  "CONTAINS_OP r0, r3, r0!, in\nPRINT r0, end\n" END, "True\n" },
	{ "a callback that is no function",
	  "LOAD_CONST r0, None\nBUILD_MAP r1, ()\nBUILD_CLASS r0, r0!, r1!, C\nCALL r0, r0!, ()\nLOAD_CONST r1, 5\n"
	  "WEAKREF_NEW r1, r0, r1!\nDELETE_FAST r0\nCALL r1, r1!, ()\nPRINT r1, end\n" END,
	  "Exception ignored: TypeError: 'int' object is not callable\nNone\n" },
	{ "the words of a KeyError",
	  "BUILD_MAP r0, ()\nLOAD_CONST r1, True\nBINARY_SUBSCR r2, r0, r1\n" END,
	  "KeyError: True\n" },
	{ "a KeyError of False", "BUILD_MAP r0, ()\nLOAD_CONST r1, False\nDELETE_SUBSCR r0, r1\n" END,
	  "KeyError: False\n" },
	{ "a KeyError of None", "BUILD_MAP r0, ()\nLOAD_CONST r1, None\nBINARY_SUBSCR r2, r0, r1\n" END,
	  "KeyError: None\n" },
	{ "a KeyError of an int", "BUILD_MAP r0, ()\nLOAD_CONST r1, -7\nBINARY_SUBSCR r2, r0, r1\n" END,
	  "KeyError: -7\n" },
	{ "a KeyError of a str", "BUILD_MAP r0, ()\nLOAD_CONST r1, 'key'\nDELETE_SUBSCR r0, r1\n" END,
	  "KeyError: 'key'\n" },
	{ "a KeyError of a tuple", "BUILD_MAP r0, ()\nLOAD_CONST r1, (1,)\nBINARY_SUBSCR r2, r0, r1\n" END,
	  "KeyError: (1,)\n" },
	{ "a KeyError of what is in a tuple",
	  "BUILD_MAP r0, ()\nLOAD_CONST r1, ('a\\n\\x27', 'q\\\"\\x27', '\\u0080\\u00ad\\u00e9\\u4e2d', b'a\\x27\\xff', 1e16, nan, -inf, (), (1, (2,)), True, None)\n"
	  "BINARY_SUBSCR r2, r0, r1\n" END,
	  "KeyError: (\"a\\n'\", 'q\"\\'', '\\x80\\xad\u00e9\u4e2d', b\"a'\\xff\", 1e+16, nan, -inf, (), (1, (2,)), True, None)\n" },
	{ "a KeyError of a float", "BUILD_MAP r0, ()\nLOAD_CONST r1, 0.1\nBINARY_SUBSCR r2, r0, r1\n" END, "KeyError: 0.1\n" },
	{ "a KeyError of a slice",
	  "BUILD_MAP r0, ()\nLOAD_CONST r1, 1\nLOAD_CONST r2, None\nLOAD_CONST r3, 2\nBUILD_SLICE r1, r1..r3\nDELETE_SUBSCR r0, r1\n" END,
	  "KeyError: slice(1, None, 2)\n" },
	{ "a KeyError of a frozenset",
	  "BUILD_MAP r0, ()\nLOAD_CONST r1, (1, 2)\nBUILD_FROZENSET r1, r1\nDELETE_SUBSCR r0, r1\n" END, "KeyError: frozenset({1, 2})\n" },
	{ "a KeyError of no frozenset", "BUILD_SET r0, ()\nLOAD_CONST r1, ()\nBUILD_FROZENSET r1, r1\nSET_REMOVE r0, r1\n" END,
	  "KeyError: frozenset()\n" },
	{ "a KeyError of a set", "BUILD_SET r0, ()\nLOAD_CONST r1, (1, 2)\nBUILD_SET r2, ()\nSET_UPDATE r2, r1\nSET_REMOVE r0, r2\n" END,
	  "KeyError: {1, 2}\n" },
	{ "a KeyError of a range",
	  "BUILD_MAP r0, ()\nLOAD_GLOBAL r1, range\nLOAD_CONST r2, 5\nCALL r1, r1, r2\nDELETE_SUBSCR r0, r1\n" END,
	  "KeyError: range(0, 5)\n" },
	{ "a KeyError of a type", "BUILD_MAP r0, ()\nLOAD_GLOBAL r1, int\nDELETE_SUBSCR r0, r1\n" END, "KeyError: <class 'int'>\n" },
	{ "a KeyError of a function", "BUILD_MAP r0, ()\nLOAD_GLOBAL r1, len\nDELETE_SUBSCR r0, r1\n" END,
	  "KeyError: <built-in function len>\n" },
	{ "a KeyError of a module", "BUILD_MAP r0, ()\nMODULE_NEW r1, m\nDELETE_SUBSCR r0, r1\n" END, "KeyError: <module 'm'>\n" },
	{ "deleting items of what has none",
	  "LOAD_CONST r0, 1\nDELETE_SUBSCR r0, r0\n" END,
	  "TypeError: 'int' object does not support item deletion\n" },
	{ "deleting items of a tuple", "LOAD_CONST r0, (1,)\nLOAD_CONST r1, 0\nDELETE_SUBSCR r0, r1\n" END,
	  "TypeError: 'tuple' object doesn't support item deletion\n" },
	{ "deleting items of a str", "LOAD_CONST r0, 'a'\nLOAD_CONST r1, 0\nDELETE_SUBSCR r0, r1\n" END,
	  "TypeError: 'str' object doesn't support item deletion\n" },
	{ "setting an item of a tuple",
	  "LOAD_CONST r0, (1,)\nLOAD_CONST r1, 0\nSTORE_SUBSCR r1, r0, r1\n" END,
	  "TypeError: 'tuple' object does not support item assignment\n" },
	{ "a str as an index of a tuple",
	  "LOAD_CONST r0, (1,)\nLOAD_CONST r1, 'a'\nBINARY_SUBSCR r1, r0, r1\n" END,
	  "TypeError: tuple indices must be integers or slices, not str\n" },
	{ "a tuple as an index of a str",
	  "LOAD_CONST r0, 'abc'\nLOAD_CONST r1, (1,)\nBINARY_SUBSCR r1, r0, r1\n" END,
	  "TypeError: string indices must be integers, not 'tuple'\n" },
	{ "an index out of a str", "LOAD_CONST r0, 'abc'\nLOAD_CONST r1, -4\nBINARY_SUBSCR r1, r0, r1\n" END,
	  "IndexError: string index out of range\n" },
	{ "an assignment out of a list",
	  "BUILD_LIST r0, ()\nLOAD_CONST r1, 0\nSTORE_SUBSCR r1, r0, r1\n" END,
	  "IndexError: list assignment index out of range\n" },
	{ "bool as an index", "LOAD_CONST r0, (1, 2)\nLOAD_CONST r1, True\nBINARY_SUBSCR r1, r0, r1\nPRINT r1, end\n" END,
	  "2\n" },
	{ "a list that is a key", "BUILD_LIST r0, ()\nBUILD_TUPLE r0, r0\nCOPY r1, r0\nBUILD_MAP r2, r0..r1\n" END,
	  "TypeError: unhashable type: 'list'\n" },
	{ "an empty slot in a call", "MAKE_FUNCTION r0, f\nCALL r1, r0, r2..r3\n" END ".code f a b\nRETURN_VALUE a\n",
	  "UnboundLocalError: cannot access local variable 'r2' where it is not associated with a value\n" },
	{ "an operand consumed as both", "LOAD_CONST r0, 1000\nBINARY_OP r1, r0!, r0!, +\nPRINT r1, end\nPRINT r0\n" END,
	  "2000\nUnboundLocalError: cannot access local variable 'r0' where it is not associated with a value\n" },
	{ "what truth is",
	  "LOCK_NEW r0\nPOP_JUMP_IF_FALSE r0, no\nMAKE_FUNCTION r0, f\nPOP_JUMP_IF_FALSE r0, no\n"
	  "BUILD_MAP r0, ()\nPOP_JUMP_IF_TRUE r0, no\nLOAD_CONST r0, 'long enough'\nPOP_JUMP_IF_FALSE r0, no\n"
	  "LOAD_CONST r0, ()\nPOP_JUMP_IF_TRUE r0, no\nLOAD_CONST r0, 'yes'\nPRINT r0, end\nno:\n" END
	  ".code f\nLOAD_CONST r0, 1\nRETURN_VALUE r0\n", "yes\n" },
	{ "dicts of the same length with other keys",
	  "LOAD_CONST r0, 1\nLOAD_CONST r1, 2\nBUILD_MAP r2, r0..r1\nCOPY r3, r1\nCOPY r4, r0\n"
	  "BUILD_MAP r5, r3..r4\nCOMPARE_OP r6, r2, r5, ==\nPRINT r6\nCOMPARE_OP r6, r2, r5, !=\nPRINT r6, end\n" END,
	  "False True\n" },
	{ "dicts with a hole compare by what is left",
	  "LOAD_CONST r0, 1\nLOAD_CONST r1, 2\nLOAD_CONST r2, 3\nLOAD_CONST r3, 4\nBUILD_MAP r4, r0..r3\n"
	  "BUILD_MAP r5, r2..r3\nDELETE_SUBSCR r4, r0\nCOMPARE_OP r6, r4, r5, ==\nPRINT r6, end\nPRINT r4, end\n" END,
	  "True\n{3: 4}\n" },
	{ "functions compare by identity",
	  "MAKE_FUNCTION r0, f\nMAKE_FUNCTION r1, f\nCOMPARE_OP r2, r0, r1, ==\nPRINT r2\nCOMPARE_OP r2, r0, r0, ==\n"
	  "PRINT r2\nBUILD_LIST r3, r0\nCONTAINS_OP r2, r1, r3, in\nPRINT r2\nCONTAINS_OP r2, r0, r3, in\nPRINT r2, end\n"
	  "COMPARE_OP r2, r0, r1, <\n" END ".code f\nLOAD_CONST r0, 1\nRETURN_VALUE r0\n",
	  "False True False True\nTypeError: '<' not supported between instances of 'function' and 'function'\n" },
	{ "a function is a key",
	  "MAKE_FUNCTION r0, f\nLOAD_CONST r1, 5\nBUILD_MAP r2, r0..r1\nBINARY_SUBSCR r3, r2, r0\nPRINT r3, end\n" END
	  ".code f\nLOAD_CONST r0, 1\nRETURN_VALUE r0\n", "5\n" },
	{ "a list that changes to itself",
	  "LOAD_CONST r0, 1\nBUILD_LIST r0, r0\nLIST_APPEND r0, r0\nLIST_EXTEND r0, r0\nPRINT r0, end\nLOAD_CONST r1, 0\n"
	  "BINARY_OP r0, r0!, r1, *=\nPRINT r0, end\n" END, "[1, [...], 1, [...]]\n[]\n" },
	{ "a name that would forge a line", "LOAD_GLOBAL r0, \"a\\nb\"\n" END,
	  "NameError: name 'a\nb' is not defined\n" },
	{ "too many arguments", "MAKE_FUNCTION r0, f\nLOAD_CONST r1, 1\nCALL r2, r0, r1\n" END
	  ".code f\nLOAD_CONST r0, 1\nRETURN_VALUE r0\n",
	  "TypeError: f() takes 0 positional arguments but 1 was given\n" },
	{ "too few arguments", "MAKE_FUNCTION r0, f\nCALL r2, r0, ()\n" END ".code f a\nRETURN_VALUE a\n",
	  "TypeError: f() missing 1 required positional argument: 'a'\n" },
	{ "garbage of every type that can be in a cycle",
	  "BUILD_LIST r0, ()\nBUILD_TUPLE r1, r0\nLIST_APPEND r0, r1\nLOAD_CONST r2, 'k'\nCOPY r3, r0\n"
	  "BUILD_MAP r4, r2..r3\nLIST_APPEND r0, r4\nMAKE_FUNCTION r5, f\nSTORE_SUBSCR r5, r4, r5\n"
	  "LOCK_NEW r6\nLIST_APPEND r0, r6!\nDELETE_FAST r0\nDELETE_FAST r1\nDELETE_FAST r3\nDELETE_FAST r4\n"
	  "DELETE_FAST r5\nGC_COLLECT r0, 0\nPRINT r0, end\n" END ".code f\nLOAD_CONST r0, 1\nRETURN_VALUE r0\n",
	  "5\n" },
	{ "a call that fails whose callee is one of its operands",
	  "BUILD_LIST r0, ()\nSTORE_GLOBAL r0, l\nLOAD_CONST r1, None\nMAKE_FUNCTION r2, f\n"
	  "try:\nCALL r5, r2, r0..r2!\nafter:\ncaught:\nLOAD_GLOBAL r3, l\nGET_REFCOUNT r4, r3\nPRINT r4, end\n" END
	  ".handler try, after, caught, r6\n.code f a\nRETURN_VALUE a\n", "2\n" },
};

/* Strs so long that each operation on them ticks in the middle. */
static const char long_strs[] =
	"LOAD_CONST r0, '\\u00e9'\nLOAD_CONST r1, 300000\nBINARY_OP r0, r0!, r1, *\nLOAD_CONST r2, 'z'\n"
	"BINARY_OP r3, r0, r2, +\nBINARY_OP r4, r0, r2, +\nCOMPARE_OP r5, r3, r4, ==\nPRINT r5\n"
	"COMPARE_OP r5, r3, r4, <\nPRINT r5\nCOMPARE_OP r5, r0, r4, <\nPRINT r5\nBINARY_SUBSCR r5, r3, r1\n"
	"PRINT r5\nCONTAINS_OP r5, r2, r3, in\nPRINT r5\nCONTAINS_OP r5, r2, r0, in\nPRINT r5\nGET_LEN r5, r3\n"
	"PRINT r5\nBUILD_MAP r6, r3..r4\nBINARY_SUBSCR r5, r6, r4\nGET_LEN r5, r5\nPRINT r5, end\n"
	"BUILD_LIST r7, ()\nLIST_EXTEND r7, r3\nGET_LEN r5, r7\nPRINT r5, end\n" END;
#define LONG_STRS "True False True z True False 300001 300001\n300001\n"

static void test_long_strs(struct cases *cases)
{
	case_begin(cases);
	case_exec(cases, LONG_STRS, long_strs);
	case_end(cases, "long strs");
	/* Equal hashes of different texts. */
	case_begin_hashes(cases, 0);
	case_exec(cases, LONG_STRS, long_strs);
	case_exec(cases, "False True\n",
		  "LOAD_CONST r0, 'text of some length, one'\nLOAD_CONST r1, 'text of some length, two'\n"
		  "COMPARE_OP r2, r0, r1, ==\nPRINT r2\nCOMPARE_OP r2, r0, r1, <\nPRINT r2, end\n" END);
	case_end(cases, "long strs whose hashes are equal");
}

/* A dict of 1000 keys of each kind, all or many of which have one hash; each is found, then deleted. */
static const char many_keys[] =
	"LOAD_CONST r0, 0\nBUILD_MAP r1, ()\nmore:\nLOAD_CONST r2, 1000\nCOMPARE_OP r3, r0, r2, <\n"
	"POP_JUMP_IF_FALSE r3!, find\nSTORE_SUBSCR r0, r1, r0\nBUILD_TUPLE r4, r0\nSTORE_SUBSCR r0, r1, r4\n"
	"LOAD_CONST r2, 1\nBINARY_OP r0, r0!, r2, +\nJUMP_BACKWARD more\n"
	"find:\nGET_LEN r2, r1\nPRINT r2\nBUILD_LIST r5, ()\nLIST_EXTEND r5, r1\nGET_LEN r6, r5\n"
	"next:\nPOP_JUMP_IF_FALSE r6, done\nLOAD_CONST r2, 1\nBINARY_OP r6, r6!, r2!, -\nBINARY_SUBSCR r2, r5, r6\n"
	"BINARY_SUBSCR r3, r1, r2\nDELETE_SUBSCR r1, r2\nLOAD_CONST r4, 7\nBINARY_OP r4, r4!, r3!, &\n"
	"POP_JUMP_IF_TRUE r4!, skip\nSTORE_SUBSCR r2, r1, r2\nskip:\nJUMP_BACKWARD next\n"
	"done:\nGET_LEN r2, r1\nPRINT r2, end\n" END;

static void test_collisions(struct cases *cases)
{
	static const u32 masks[] = { 0, 1, 0xff, 0x80000000, ~0u };
	char name[64];

	for (unsigned int i = 0; i < ARRAY_SIZE(masks); i++) {
		case_begin_hashes(cases, masks[i]);
		case_exec(cases, "2000 250\n", many_keys);
		snprintf(name, sizeof(name), "a dict with hashes of %x", masks[i]);
		case_end(cases, name);
	}
}

/* A message that is cut, at each place within a character. */
static void test_messages(struct cases *cases)
{
	static const char *const wide[] = { "\\u00e9", "\\u4e2d", "\\U0001f600" };
	char text[2048], name[64];
	const char *message;

	for (unsigned int i = 0; i < 12; i++) {
		char *tail = case_repeat(wide[i / 4], 100);

		case_begin(cases);
		snprintf(text, sizeof(text), "LOAD_GLOBAL r0, \"%.*s%s\"\n" END, i % 4, "abcd", tail);
		unit_exec(&cases->unit.thread, text);
		message = cases->unit.thread.run.message;
		case_check(cases, strlen(message) < PYMM_MESSAGE_SIZE);
		case_check(cases, strlen(message) > PYMM_MESSAGE_SIZE - 5);
		/* A whole character is the last: as many of its bytes as its first one says. */
		for (tail[0] = strlen(message) - 1; (message[(u8)tail[0]] & 0xc0) == 0x80;)
			tail[0]--;
		case_equal(cases, strlen(message) - (u8)tail[0],
			   pymm_str_char_bytes(message[(u8)tail[0]]));
		free(tail);
		snprintf(name, sizeof(name), "a message cut after %u characters of %u bytes", i % 4,
			 i / 4 + 2);
		case_end(cases, name);
	}
}

/* As much of a repr() as there is room for in a message. */
static void test_long_keys(struct cases *cases)
{
	char *digits = case_repeat("1000, ", 100), *text, expected[PYMM_MESSAGE_SIZE + 32];

	text = case_join("BUILD_MAP r0, ()\nLOAD_CONST r1, (", digits, "1000)\nBINARY_SUBSCR r1, r0, r1\n" END, NULL);
	case_begin(cases);
	unit_exec(&cases->unit.thread, text);
	snprintf(expected, sizeof(expected), "(%s", digits);
	case_check(cases, strlen(cases->unit.thread.run.message) >= PYMM_MESSAGE_SIZE - 8);
	case_check(cases, !strncmp(cases->unit.thread.run.message, expected, PYMM_MESSAGE_SIZE - 8));
	free(text);
	free(digits);
	case_end(cases, "a KeyError of a long tuple");
}

/* The same of what an exception was made with, uncaught and where nobody can catch it. */
static void test_long_arguments(struct cases *cases)
{
	char *letters = case_repeat("abcdefgh", 40), *text, *expected;

	case_begin(cases);
	text = case_join("LOAD_GLOBAL r0, ValueError\nLOAD_CONST r1, '", letters, "'\nCALL r0, r0!, r1!\nRAISE r0!\n" END, NULL);
	unit_exec(&cases->unit.thread, text);
	case_equal(cases, PYMM_MESSAGE_SIZE - 1, strlen(cases->unit.thread.run.message));
	case_check(cases, !strncmp(cases->unit.thread.run.message, letters, PYMM_MESSAGE_SIZE - 1));
	free(text);
	text = case_join("LOAD_CONST r0, None\nLOAD_CONST r1, '__del__'\nMAKE_FUNCTION r2, del\nBUILD_MAP r1, r1..r2!\n"
			 "BUILD_CLASS r0, r0!, r1!, C\nCALL r0, r0!, ()\nDELETE_FAST r0\n" END
			 ".code del self\nLOAD_GLOBAL r1, ValueError\nLOAD_CONST r2, '", letters,
			 "'\nCALL r1, r1!, r2!\nRAISE r1!\n" END, NULL);
	letters[PYMM_MESSAGE_SIZE - 1] = '\0';
	expected = case_join("Exception ignored: ValueError: ", letters, "\n", NULL);
	case_text(cases, expected, unit_exec(&cases->unit.thread, text));
	free(text);
	free(expected);
	free(letters);
	case_end(cases, "a ValueError with a long str");
}

/* The limit of the pages that small payloads lie in. */
static void test_pools_full(struct cases *cases)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_MAX_BYTES, .max_bytes = 1 << 20 };

	case_begin(cases);
	unit_arena(&cases->unit)->heap.pools.bytes = 1ULL << 41;
	case_equal(cases, 0, unit_config(&cases->unit, &config));
	case_exec(cases, "MemoryError: small pieces keep 2199023255552 bytes of pages, twice the arena's limit\n",
		  "LOAD_CONST r0, None\nBUILD_LIST r0, r0\nLOAD_CONST r1, 1000000\nBINARY_OP r0, r0!, r1!, *\n" END);
	unit_arena(&cases->unit)->heap.pools.bytes = 0;
	case_end(cases, "small pieces in too many pages");
}

/* Text of nested containers takes its time, and knows what is in itself. */
static void test_str_of_containers(struct cases *cases)
{
	case_begin(cases);
	case_exec(cases, "[[...], {1: [...], 2: {3}}, (), set(), 1.5, \"it's\"]\n",
		  "BUILD_LIST r0, ()\nLIST_APPEND r0, r0\nLOAD_CONST r1, 1\nCOPY r2, r0\nLOAD_CONST r3, 2\nLOAD_CONST r4, 3\nBUILD_SET r4, r4\n"
		  "BUILD_MAP r1, r1..r4\nLIST_APPEND r0, r1\nLOAD_CONST r1, ()\nLIST_APPEND r0, r1\nBUILD_SET r1, ()\nLIST_APPEND r0, r1\n"
		  "LOAD_CONST r1, 1.5\nLIST_APPEND r0, r1\nLOAD_CONST r1, \"it\\x27s\"\nLIST_APPEND r0, r1\n"
		  "LOAD_GLOBAL r1, str\nCALL r2, r1, r0\nPRINT r2, end\n" END);
	case_exec(cases, "300000\n",
		  "LOAD_CONST r0, None\nBUILD_LIST r0, r0\nLOAD_CONST r1, 50000\nBINARY_OP r0, r0!, r1, *\nLOAD_GLOBAL r1, str\n"
		  "CALL r2, r1, r0\nGET_LEN r2, r2\nPRINT r2, end\n" END);
	case_exec(cases, "RecursionError: maximum recursion depth exceeded while getting the repr of an object\n",
		  "BUILD_LIST r0, ()\nLOAD_CONST r1, 1100\nLOAD_CONST r2, 1\nmore:\nBUILD_LIST r0, r0!\nBINARY_OP r1, r1!, r2, -\n"
		  "POP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD more\ndone:\nLOAD_GLOBAL r1, str\nCALL r2, r1, r0\n" END);
	case_end(cases, "str() of containers");
}

/* A million containers, each in the next: dropped, found as garbage, or left by a killed task. */
#define DEPTH "1000000"
static const char nested[] =
	"BUILD_LIST r0, ()\nSTORE_GLOBAL r0, innermost\nLOAD_CONST r1, " DEPTH "\nLOAD_CONST r2, 1\n"
	"more:\nBUILD_LIST r0, r0!\nBINARY_OP r1, r1!, r2, -\nPOP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD more\n"
	"done:\nSTORE_GLOBAL r0!, outermost\n" END;

static void test_depth(struct cases *cases)
{
	struct unit_thread *thread = &cases->unit.thread;

	case_begin(cases);
	case_exec(cases, "", nested);
	case_exec(cases, "", "DELETE_GLOBAL outermost\n" END);
	case_equal(cases, 1, unit_stat(&cases->unit).tracked[0] + unit_stat(&cases->unit).tracked[1] +
		   unit_stat(&cases->unit).tracked[2]);
	case_end(cases, DEPTH " lists in one another die");

	case_begin(cases);
	case_exec(cases, "", nested);
	case_exec(cases, DEPTH " 1000001\n",
		  "LOAD_GLOBAL r0, innermost\nLOAD_GLOBAL r1, outermost\nLIST_APPEND r0, r1\nDELETE_GLOBAL innermost\n"
		  "DELETE_GLOBAL outermost\nDELETE_FAST r1\nLOAD_CONST r2, " DEPTH "\nPRINT r2\nDELETE_FAST r0\n"
		  "GC_COLLECT r0, 2\nPRINT r0, end\n" END);
	case_end(cases, DEPTH " lists in a ring are found");

	case_begin(cases);
	case_exec(cases, "", nested);
	shim_fail(SHIM_KILL, 300);
	case_text(cases, "<interrupted>\n", unit_exec(thread, "DELETE_GLOBAL outermost\nDELETE_GLOBAL innermost\n" END));
	case_check(cases, unit_thread(thread)->dying);
	shim_fail(SHIM_KILL, 0);
	shim_signal_clear(shim_task());
	case_walk(cases);
	unit_thread_close(thread);
	shim_work_flush();
	shim_check(!unit_thread_open(cases->unit.arena, thread), "no thread");
	case_end(cases, DEPTH " lists that a reaper frees");
}

/* What decides whether garbage is freed at once: how much of it there is, and how much beside it. */
static void test_garbage(struct cases *cases)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_FLAGS };

	case_begin(cases);
	case_equal(cases, 0, unit_config(&cases->unit, &config));
	case_exec(cases, "30 5000000\n",
		  "LOAD_CONST r0, None\nBUILD_LIST r0, r0!\nLOAD_CONST r1, 5000000\nBINARY_OP r0, r0!, r1!, *\n"
		  "LOAD_GLOBAL r1, range\nLOAD_CONST r2, 30\nCALL r1, r1!, r2!\nGET_ITER r1, r1!\n"
		  "more:\nFOR_ITER r2, r1, done\nBUILD_LIST r3, ()\nLIST_APPEND r3, r3\nJUMP_BACKWARD more\n"
		  "done:\nDELETE_FAST r3\nGC_COLLECT r3, 2\nPRINT r3\nGET_LEN r3, r0\nPRINT r3, end\n" END);
	case_end(cases, "little garbage beside millions of references");

	case_begin(cases);
	case_equal(cases, 0, unit_config(&cases->unit, &config));
	case_exec(cases, "3000 20000\n",
		  "LOAD_GLOBAL r4, range\nLOAD_CONST r2, 20000\nCALL r1, r4, r2!\nGET_ITER r1, r1!\nBUILD_LIST r0, ()\n"
		  "keep:\nFOR_ITER r2, r1, kept\nBUILD_LIST r3, ()\nLIST_APPEND r0, r3!\nJUMP_BACKWARD keep\n"
		  "kept:\nLOAD_CONST r2, 3000\nCALL r1, r4, r2!\nGET_ITER r1, r1!\n"
		  "more:\nFOR_ITER r2, r1, done\nBUILD_LIST r3, ()\nLIST_APPEND r3, r3\nJUMP_BACKWARD more\n"
		  "done:\nDELETE_FAST r3\nGC_COLLECT r3, 2\nPRINT r3\nGET_LEN r3, r0\nPRINT r3, end\n" END);
	case_end(cases, "garbage beside seven times as many lists");

	/* The dict is not tracked, and no garbage: it dies when nothing refers to it any more. */
	config = (struct pymm_config){ .fields = PYMM_CONFIG_THRESHOLDS, .thresholds = { 2, 10, 10 } };
	case_begin(cases);
	case_equal(cases, 0, unit_config(&cases->unit, &config));
	case_exec(cases, "called\n0\n",
		  "MAKE_FUNCTION r0, f\nMAKE_FUNCTION r1, f\nWEAKREF_NEW r0, r1, r0!\nBUILD_LIST r2, ()\nLIST_APPEND r2, r2\n"
		  "LOAD_CONST r3, 'a'\nLOAD_CONST r4, 1\nBUILD_MAP r3, r3..r4!\nLIST_APPEND r2, r3!\nDELETE_FAST r2\n"
		  "DELETE_FAST r1\nGC_COLLECT r1, 2\nPRINT r1, end\n" END
		  ".code f r\nLOAD_CONST r1, 'called'\nPRINT r1, end\n" END);
	case_end(cases, "a collection where a callback begins leaves something that dies");
}

/* ---- sizes ---- */

static void more_memory(struct cases *cases)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_MAX_BYTES, .max_bytes = 2ULL << 30 };

	case_begin(cases);
	case_equal(cases, 0, unit_config(&cases->unit, &config));
}

static void test_lengths(struct cases *cases)
{
	static const struct program_case programs[] = {
		{ "a str that grows too long",
		  "LOAD_CONST r0, 'a'\nLOAD_CONST r1, 67108863\nBINARY_OP r0, r0!, r1, *\nGET_LEN r2, r0\nPRINT r2, end\n"
		  "LOAD_CONST r1, 'b'\nBINARY_OP r1, r0, r1, +\n" END,
		  "67108863\nMemoryError: longer than 67108863\n" },
		{ "a list that grows too long",
		  "LOAD_CONST r0, None\nBUILD_LIST r0, r0\nLOAD_CONST r1, 33554432\nBINARY_OP r0, r0!, r1, *=\n"
		  "LIST_EXTEND r0, r0\n" END, "MemoryError: longer than 67108863\n" },
		{ "lists that are too long together",
		  "LOAD_CONST r0, None\nBUILD_LIST r0, r0\nLOAD_CONST r1, 33554432\nBINARY_OP r0, r0!, r1, *\n"
		  "BINARY_OP r1, r0, r0, +\n" END, "MemoryError: longer than 67108863\n" },
		{ "a text of many values that grows too long",
		  "LOAD_GLOBAL r0, range\nLOAD_CONST r1, -9223372036854775807\nCOPY r2, r1\nCOPY r3, r1\nCALL r0, r0!, r1..r3\n"
		  "BUILD_LIST r0, r0!\nLOAD_CONST r1, 1000000\nBINARY_OP r0, r0!, r1!, *\nLOAD_GLOBAL r1, str\nCALL r0, r1!, r0\n" END,
		  "MemoryError: longer than 67108863\n" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(programs); i++) {
		more_memory(cases);
		case_exec(cases, programs[i].expected, programs[i].text);
		case_end(cases, programs[i].name);
	}
}

/* ---- others run in between ---- */

struct after_kill {
	u64 nth;	/* look for signals that found one */
	u64 ticks;	/* since then */
};

static void count_tick(void *arg)
{
	struct after_kill *after = arg;

	after->ticks += shim_count(SHIM_KILL) >= after->nth;
}

/* What is killed late takes back what it did, and ticks meanwhile. */
static void undoes_in_steps(struct cases *cases, const char *name, const char *instruction)
{
	static const char *const setup =
		"LOAD_GLOBAL r0, range\nLOAD_CONST r1, 200000\nCALL r1, r0, r1!\nSTORE_GLOBAL r1!, numbers\n"
		"BUILD_LIST r0, ()\nSTORE_GLOBAL r0, l\nBUILD_SET r0, ()\nSTORE_GLOBAL r0, s\n" END;
	struct after_kill after = { .nth = 150 };
	char *program = case_join("LOAD_GLOBAL r0, l\nLOAD_GLOBAL r1, s\nLOAD_GLOBAL r2, numbers\n", instruction, END, NULL);

	case_begin(cases);
	case_exec(cases, "", setup);
	shim_fail(SHIM_KILL, after.nth);
	shim_hook(count_tick, &after);
	case_text(cases, "<interrupted>\n", unit_exec(&cases->unit.thread, program));
	shim_hook(NULL, NULL);
	shim_fail(SHIM_KILL, 0);
	shim_signal_clear(shim_task());
	case_check(cases, after.ticks >= 20);
	case_walk(cases);
	case_exec(cases, "[] set()\n", "LOAD_GLOBAL r0, l\nPRINT r0\nLOAD_GLOBAL r0, s\nPRINT r0, end\n" END);
	free(program);
	case_end(cases, name);
}

/* What looks at all of a long tuple ticks. */
static void looks_in_steps(struct cases *cases, const char *name, const char *expected, const char *program)
{
	static const char *const setup =
		"LOAD_CONST r0, 'a'\nBUILD_TUPLE r0, r0\nLOAD_CONST r1, 200000\nBINARY_OP r0, r0!, r1!, *\nSTORE_GLOBAL r0!, t\n"
		END;
	struct after_kill after = { 0 };

	case_begin(cases);
	case_exec(cases, "", setup);
	shim_hook(count_tick, &after);
	case_exec(cases, expected, program);
	shim_hook(NULL, NULL);
	case_check(cases, after.ticks >= 20);
	case_end(cases, name);
}

/* Memory is cleared in pieces, each a tick; a task that is killed leaves the rest. */
static void test_clear(struct cases *cases)
{
	static char memory[1 << 22];
	struct after_kill after = { 0 };

	case_begin(cases);
	memset(memory, 1, sizeof(memory));
	shim_hook(count_tick, &after);
	case_equal(cases, 0, pymm_payload_clear(unit_thread(&cases->unit.thread), memory, sizeof(memory)));
	shim_hook(NULL, NULL);
	case_check(cases, after.ticks >= sizeof(memory) >> 16);
	case_check(cases, !memchr(memory, 1, sizeof(memory)));
	memset(memory, 1, sizeof(memory));
	shim_fail(SHIM_KILL, 2);
	case_equal(cases, -EINTR, pymm_payload_clear(unit_thread(&cases->unit.thread), memory, sizeof(memory)));
	shim_fail(SHIM_KILL, 0);
	shim_signal_clear(shim_task());
	case_equal(cases, 1, memory[sizeof(memory) - 1]);
	case_end(cases, "memory is cleared in pieces");
}

static void test_in_between(struct cases *cases)
{
	looks_in_steps(cases, "__slots__ are looked at in steps", "",
		       "LOAD_CONST r1, '__slots__'\nBUILD_MAP r2, ()\nLOAD_GLOBAL r0, t\nSTORE_SUBSCR r0, r2, r1\n"
		       "LOAD_CONST r3, None\nBUILD_CLASS r4, r3, r2, X\n" END);
	looks_in_steps(cases, "a closure is looked at in steps",
		       "UnboundLocalError: cannot access local variable 'x' where it is not associated with a value\n",
		       "MAKE_FUNCTION r0, f\nLOAD_GLOBAL r1, t\nSET_FUNCTION_ATTRIBUTE r0, r1!, closure\nCALL r0, r0!, ()\n" END
		       ".code f\n.slot x\nMAKE_CELL x\nLOAD_DEREF r1, x\nRETURN_VALUE r1!\n");
	undoes_in_steps(cases, "list.extend() is undone in steps", "LIST_EXTEND r0, r2\n");
	undoes_in_steps(cases, "set.update() is undone in steps", "SET_UPDATE r1, r2\n");
	test_clear(cases);
}

/* ---- trace events ---- */

static void test_events(struct cases *cases)
{
	case_begin(cases);
	shim_trace_begin(true);
	case_exec(cases, "2\n",
		  "LOAD_CONST r0, 1000\nSTORE_GLOBAL r0, \"a\\nb\"\nSTORE_GLOBAL r0, \"a name of more than 31 bytes, that is cut\"\n"
		  "DELETE_GLOBAL \"a\\nb\"\nBUILD_LIST r1, ()\nLIST_APPEND r1, r1\nBUILD_LIST r2, r1!\nLIST_APPEND r2, r2\n"
		  "DELETE_FAST r2\nGC_COLLECT r1, 2\nPRINT r1, end\n" END);
	case_equal(cases, 2, shim_traced("pymm_name_bind"));
	case_equal(cases, 1, shim_traced("pymm_name_unbind"));
	case_equal(cases, 1, shim_traced("pymm_gc_start"));
	case_equal(cases, 1, shim_traced("pymm_gc_end"));
	case_equal(cases, 1, shim_traced("pymm_gil_acquire"));
	case_equal(cases, 1, shim_traced("pymm_gil_release"));
	case_equal(cases, unit_stat(&cases->unit).objects,
		   shim_traced("pymm_object_alloc") - shim_traced("pymm_object_free"));
	case_end(cases, "trace events");
}

/* A program whose every object is traced, and none of the memory for that is to be had. */
static void test_events_without_memory(struct cases *cases)
{
	static const char text[] = "BUILD_LIST r0, ()\nDELETE_FAST r0\nLOAD_CONST r0, 1000\nPRINT r0, end\n" END;

	for (u64 nth = 1; nth < 20; nth++) {
		case_begin(cases);
		shim_trace_begin(true);
		shim_fail(SHIM_ALLOC, nth);
		unit_exec(&cases->unit.thread, text);
		shim_fail(SHIM_ALLOC, 0);
		case_exec(cases, "1000\n", text);
		case_end(cases, "trace events without memory");
	}
}

/* The serial number of what @name is bound to, as its trace events have it. */
static u64 serial_of(struct cases *cases, const char *name)
{
	struct pymm_heap *heap = &unit_arena(&cases->unit)->heap;
	u32 id = case_id(cases, name);

	return heap->max_serials ? heap->serials[id >> PYMM_CHUNK_SHIFT].serials[id & (PYMM_CHUNK_OBJECTS - 1)] : 0;
}

static void test_serials(struct cases *cases)
{
	static const char again[] = "BUILD_LIST r0, ()\nSTORE_GLOBAL r0, x\n" END;
	u64 first, second;
	u32 id;

	case_begin(cases);
	case_exec(cases, "", again);
	case_equal(cases, 0, serial_of(cases, "x"));
	pymm_serials_begin();
	shim_trace_begin(true);
	case_exec(cases, "", "DELETE_GLOBAL x\n" END);
	case_exec(cases, "", again);
	first = serial_of(cases, "x");
	id = case_id(cases, "x");
	case_exec(cases, "", "DELETE_GLOBAL x\n" END);
	case_exec(cases, "", again);
	second = serial_of(cases, "x");
	case_equal(cases, id, case_id(cases, "x"));
	case_check(cases, first && second > first && second <= unit_stat(&cases->unit).objects_allocated);
	/* While nobody looks, another one takes its place; what is kept of that place is over. */
	shim_trace_begin(false);
	case_exec(cases, "", "DELETE_GLOBAL x\n" END);
	case_exec(cases, "", again);
	case_equal(cases, id, case_id(cases, "x"));
	pymm_serials_begin();
	shim_trace_begin(true);
	case_exec(cases, "", "BUILD_LIST r0, ()\n" END);
	case_equal(cases, 0, serial_of(cases, "x"));
	case_end(cases, "serial numbers of objects");
}

int main(void)
{
	struct cases cases = { 0 };

	case_programs(&cases, texts, ARRAY_SIZE(texts));
	test_long_strs(&cases);
	test_collisions(&cases);
	test_messages(&cases);
	test_long_keys(&cases);
	test_long_arguments(&cases);
	test_pools_full(&cases);
	test_str_of_containers(&cases);
	test_depth(&cases);
	test_garbage(&cases);
	test_lengths(&cases);
	test_in_between(&cases);
	test_events(&cases);
	test_events_without_memory(&cases);
	test_serials(&cases);
	return tap_end(&cases.tap);
}
