// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges and iterators. The Python beside each program gave the text that is expected (CPython
 * 3.13).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "program_util.h"
#include "pymm_util.h"

PT_FIXTURE(iterators)

/* slot = range(...) */
#define RANGE1(slot, a)		"LOAD_CONST r30, " a "\nLOAD_GLOBAL " slot ", range\nCALL " slot ", " slot "!, r30\n"
#define RANGE2(slot, a, b)	"LOAD_CONST r30, " a "\nLOAD_CONST r31, " b "\nLOAD_GLOBAL " slot ", range\n"	\
				"CALL " slot ", " slot "!, r30..r31\n"
#define RANGE3(slot, a, b, c)	"LOAD_CONST r30, " a "\nLOAD_CONST r31, " b "\nLOAD_CONST r32, " c "\n"		\
				"LOAD_GLOBAL " slot ", range\nCALL " slot ", " slot "!, r30..r32\n"
#define LEN(slot)		"GET_LEN r40, " slot "\nPRINT r40, end\n"
#define SUBSCR(slot, key)	"LOAD_CONST r40, " key "\nBINARY_SUBSCR r40, " slot ", r40\nPRINT r40, end\n"
#define IN(value, slot)		"LOAD_CONST r40, " value "\nCONTAINS_OP r40, r40, " slot ", in\nPRINT r40\n"
#define COMPARE(a, b, op)	"COMPARE_OP r40, " a ", " b ", " op "\nPRINT r40\n"
#define ATTR(slot, name)	"LOAD_ATTR r40, " slot ", " name "\nPRINT r40\n"
#define LINE			"LOAD_CONST r40, '.'\nPRINT r40, end\n"
/* print(list(slot)) */
#define LIST(slot)		"LOAD_GLOBAL r40, list\nCALL r40, r40!, " slot "\nPRINT r40, end\n"
#define NEXT(slot)		"LOAD_GLOBAL r40, next\nCALL r40, r40!, " slot "\nPRINT r40, end\n"
#define ITER(slot, from)	"GET_ITER " slot ", " from "\n"
/* for r50 in slot: print(r50) */
#define FOR(slot)		"GET_ITER r49, " slot "\nfor:\nFOR_ITER r50, r49, done\nPRINT r50\nJUMP_BACKWARD for\n"	\
				"done:\nDELETE_FAST r49\n"
#define TYPE(slot)		"GET_TYPE r40, " slot "\nLOAD_ATTR r40, r40!, __name__\nPRINT r40\n"

TEST_F(iterators, ranges)
{
	static const struct pt_row rows[] = {
		{ "print(range(3), range(1, 3), range(1, 9, 2), range(9, 1, -2))", RANGE1("r0", "3") "PRINT r0\n"
		  RANGE2("r0", "1", "3") "PRINT r0\n" RANGE3("r0", "1", "9", "2") "PRINT r0\n"
		  RANGE3("r0", "9", "1", "-2") "PRINT r0, end\n" END,
		  "range(0, 3) range(1, 3) range(1, 9, 2) range(9, 1, -2)\n" },
		{ "print([range(2)])", RANGE1("r0", "2") "BUILD_LIST r0, r0\nPRINT r0, end\n" END, "[range(0, 2)]\n" },
		{ "len(range(9, 1, -2)), len(range(5, 5)), len(range(-1)), len(range(0, 10, 3))",
		  RANGE3("r0", "9", "1", "-2") LEN("r0") RANGE2("r0", "5", "5") LEN("r0") RANGE1("r0", "-1") LEN("r0")
		  RANGE3("r0", "0", "10", "3") LEN("r0") END, "4\n0\n0\n4\n" },
		{ "len(range(-2**62, 2**62-1))", RANGE2("r0", "-4611686018427387904", "4611686018427387903") LEN("r0") END,
		  "9223372036854775807\n" },
		{ "len(range(-2**63, 2**63-1))", RANGE2("r0", "-9223372036854775808", "9223372036854775807") LEN("r0") END,
		  "OverflowError: Python int too large to convert to C ssize_t\n" },
		{ "range(-2**63, 2**63-1)[-1], [0]", RANGE2("r0", "-9223372036854775808", "9223372036854775807")
		  SUBSCR("r0", "-1") SUBSCR("r0", "0") SUBSCR("r0", "9223372036854775807") SUBSCR("r0", "-9223372036854775808")
		  END, "9223372036854775806\n-9223372036854775808\n-1\n-1\n" },
		{ "len(range(2**63-1, -2**63, -2**63)), list(...)",
		  RANGE3("r0", "9223372036854775807", "-9223372036854775808", "-9223372036854775808") LEN("r0") LIST("r0") END,
		  "2\n[9223372036854775807, -1]\n" },
		{ "range(10)[3], [-1], [True]", RANGE1("r0", "10") SUBSCR("r0", "3") SUBSCR("r0", "-1") SUBSCR("r0", "True") END,
		  "3\n9\n1\n" },
		{ "range(10)[10]", RANGE1("r0", "10") SUBSCR("r0", "10") END, "IndexError: range object index out of range\n" },
		{ "range(10)[-11]", RANGE1("r0", "10") SUBSCR("r0", "-11") END, "IndexError: range object index out of range\n" },
		{ "range(10)[-2**63]", RANGE1("r0", "10") SUBSCR("r0", "-9223372036854775808") END,
		  "IndexError: range object index out of range\n" },
		{ "range(3)['a']", RANGE1("r0", "3") SUBSCR("r0", "'a'") END,
		  "TypeError: range indices must be integers or slices, not str\n" },
		{ "2 in range(3), 3 in range(3), True in range(3), 'a' in range(3), None in range(3)", RANGE1("r0", "3")
		  IN("2", "r0") IN("3", "r0") IN("True", "r0") IN("'a'", "r0") IN("None", "r0") LINE END,
		  "True False True False False .\n" },
		{ "4, 5, 10, -2 in range(0, 10, 2)", RANGE3("r0", "0", "10", "2") IN("4", "r0") IN("5", "r0") IN("10", "r0")
		  IN("-2", "r0") LINE END, "True False False False .\n" },
		{ "10, 5, 0, 7, 15 in range(10, 0, -5)", RANGE3("r0", "10", "0", "-5") IN("10", "r0") IN("5", "r0")
		  IN("0", "r0") IN("7", "r0") IN("15", "r0") LINE END, "True True False False False .\n" },
		{ "2**63-2, 0, 1 in range(-2**63, 2**63-1, 2)", RANGE3("r0", "-9223372036854775808", "9223372036854775807", "2")
		  IN("9223372036854775806", "r0") IN("0", "r0") IN("1", "r0") LINE END, "True True False .\n" },
		{ "range(5) == range(0, 5, 1), range(0) == range(2, 1), range(0, 3, 2) == range(0, 4, 2)",
		  RANGE1("r0", "5") RANGE3("r1", "0", "5", "1") COMPARE("r0", "r1", "==") RANGE1("r0", "0")
		  RANGE2("r1", "2", "1") COMPARE("r0", "r1", "==") RANGE3("r0", "0", "3", "2") RANGE3("r1", "0", "4", "2")
		  COMPARE("r0", "r1", "==") LINE END, "True True True .\n" },
		{ "range(1, 2, 3) == range(1, 2, 5), range(3) == range(4), range(1, 3) == range(2, 4), range(0, 4, 2) == range(0, 4, 3)",
		  RANGE3("r0", "1", "2", "3") RANGE3("r1", "1", "2", "5") COMPARE("r0", "r1", "==") RANGE1("r0", "3")
		  RANGE1("r1", "4") COMPARE("r0", "r1", "==") RANGE2("r0", "1", "3") RANGE2("r1", "2", "4")
		  COMPARE("r0", "r1", "==") RANGE3("r0", "0", "4", "2") RANGE3("r1", "0", "4", "3")
		  COMPARE("r0", "r1", "==") LINE END, "True False False False .\n" },
		{ "range(3) != range(4), range(3) == [0, 1, 2]", RANGE1("r0", "3") RANGE1("r1", "4") COMPARE("r0", "r1", "!=")
		  "BUILD_LIST r1, ()\nLIST_EXTEND r1, r0\n" COMPARE("r0", "r1", "==") LINE END, "True False .\n" },
		{ "range(3) < range(4)", RANGE1("r0", "3") RANGE1("r1", "4") COMPARE("r0", "r1", "<") END,
		  "TypeError: '<' not supported between instances of 'range' and 'range'\n" },
		{ "hash(range(0, 3, 2)) == hash(range(0, 4, 2)); {range(0): 1}[range(5, 5)]",
		  RANGE3("r0", "0", "3", "2") RANGE3("r1", "0", "4", "2") "LOAD_GLOBAL r2, hash\nCALL r3, r2, r0\nCALL r4, r2, r1\n"
		  COMPARE("r3", "r4", "==") RANGE1("r0", "0") "LOAD_CONST r1, 1\nBUILD_MAP r2, r0..r1\n" RANGE2("r0", "5", "5")
		  "BINARY_SUBSCR r0, r2, r0\nPRINT r0, end\n" END, "True 1\n" },
		{ "bool(range(0)), bool(range(1))", RANGE1("r0", "0") "UNARY_NOT r1, r0\nPRINT r1\n" RANGE1("r0", "1")
		  "UNARY_NOT r1, r0\nPRINT r1, end\n" END, "True False\n" },
		{ "r = range(1, 9, 2); r.start, r.stop, r.step, r.__class__", RANGE3("r0", "1", "9", "2") ATTR("r0", "start")
		  ATTR("r0", "stop") ATTR("r0", "step") ATTR("r0", "__class__") LINE END, "1 9 2 <class 'range'> .\n" },
		{ "range(3).x", RANGE1("r0", "3") ATTR("r0", "x") END, "AttributeError: 'range' object has no attribute 'x'\n" },
		{ "range(3).start = 1", RANGE1("r0", "3") "STORE_ATTR r0, r0, start\n" END,
		  "AttributeError: readonly attribute\n" },
		{ "del range(3).start", RANGE1("r0", "3") "DELETE_ATTR r0, start\n" END,
		  "AttributeError: readonly attribute\n" },
		{ "range(3).x = 1", RANGE1("r0", "3") "STORE_ATTR r0, r0, x\n" END,
		  "AttributeError: 'range' object has no attribute 'x' and no __dict__ for setting new attributes\n" },
		{ "range(3)[0] = 1", RANGE1("r0", "3") "LOAD_CONST r1, 0\nSTORE_SUBSCR r1, r0, r1\n" END,
		  "TypeError: 'range' object does not support item assignment\n" },
		{ "del range(3)[0]", RANGE1("r0", "3") "LOAD_CONST r1, 0\nDELETE_SUBSCR r0, r1\n" END,
		  "TypeError: 'range' object doesn't support item deletion\n" },
		{ "range()", "LOAD_GLOBAL r0, range\nCALL r0, r0, ()\n" END,
		  "TypeError: range expected at least 1 argument, got 0\n" },
		{ "range(1, 1, 1, 1)", "LOAD_CONST r0, 1\nCOPY r1, r0\nCOPY r2, r0\nCOPY r3, r0\nLOAD_GLOBAL r4, range\n"
		  "CALL r4, r4, r0..r3\n" END, "TypeError: range expected at most 3 arguments, got 4\n" },
		{ "range('a')", RANGE1("r0", "'a'") END, "TypeError: 'str' object cannot be interpreted as an integer\n" },
		{ "range(1, None)", RANGE2("r0", "1", "None") END,
		  "TypeError: 'NoneType' object cannot be interpreted as an integer\n" },
		{ "range(1, 2, 0)", RANGE3("r0", "1", "2", "0") END, "ValueError: range() arg 3 must not be zero\n" },
		{ "-range(3)", RANGE1("r0", "3") "UNARY_NEGATIVE r0, r0\n" END, "TypeError: bad operand type for unary -: 'range'\n" },
		{ "max(range(10**18)), min(range(10**18)), max(iter(range(5, 0, -1)))", RANGE1("r0", "1000000000000000000")
		  "LOAD_GLOBAL r1, max\nCALL r1, r1, r0\nPRINT r1\nLOAD_GLOBAL r1, min\nCALL r1, r1, r0\nPRINT r1\n"
		  RANGE3("r0", "5", "0", "-1") ITER("r0", "r0") "LOAD_GLOBAL r1, max\nCALL r1, r1, r0\nPRINT r1, end\n" LIST("r0")
		  END, "999999999999999999 0 5\n[]\n" },
	};

	EXPECT_ROWS(rows);
}

TEST_F(iterators, loops)
{
	static const struct pt_row rows[] = {
		{ "for i in range(4): print(i)", RANGE1("r0", "4") FOR("r0") LINE END, "0 1 2 3 .\n" },
		{ "for i in range(255, 259): print(i)", RANGE2("r0", "255", "259") FOR("r0") LINE END, "255 256 257 258 .\n" },
		{ "for i in range(3, -3, -2): print(i)", RANGE3("r0", "3", "-3", "-2") FOR("r0") LINE END, "3 1 -1 .\n" },
		{ "for i in (): print(i)", "LOAD_CONST r0, ()\n" FOR("r0") LINE END, ".\n" },
		{ "for i in (1, 'a', None): print(i)", "LOAD_CONST r0, (1, 'a', None)\n" FOR("r0") LINE END, "1 a None .\n" },
		{ "for c in 'a\\u00e9\\u4e2d\\U0001f600': print(c)", "LOAD_CONST r0, 'a\\u00e9\\u4e2d\\U0001f600'\n" FOR("r0") LINE END,
		  "a \u00e9 \u4e2d \U0001f600 .\n" },
		{ "for k in {1: 2, 'k': 3}: print(k)", "LOAD_CONST r0, 1\nLOAD_CONST r1, 2\nLOAD_CONST r2, 'k'\nLOAD_CONST r3, 3\n"
		  "BUILD_MAP r0, r0..r3\n" FOR("r0") LINE END, "1 k .\n" },
		{ "the last item stays: for i in range(3): pass; print(i)", RANGE1("r0", "3") "GET_ITER r0, r0!\nfor:\n"
		  "FOR_ITER r1, r0, done\nJUMP_BACKWARD for\ndone:\nPRINT r1, end\n" END, "2\n" },
		{ "l = [0]; for i in l: if i < 4: l.append(i + 1)", "LOAD_CONST r0, 0\nBUILD_LIST r0, r0\nLOAD_CONST r2, 4\n"
		  "LOAD_CONST r3, 1\nGET_ITER r4, r0\nfor:\nFOR_ITER r1, r4, done\nCOMPARE_OP r5, r1, r2, <\n"
		  "POP_JUMP_IF_FALSE r5, skip\nBINARY_OP r1, r1, r3, +\nLIST_APPEND r0, r1\nskip:\nJUMP_BACKWARD for\n"
		  "done:\nPRINT r0, end\n" END, "[0, 1, 2, 3, 4]\n" },
		{ "for i in 5: pass", "LOAD_CONST r0, 5\nGET_ITER r1, r0\n" END, "TypeError: 'int' object is not iterable\n" },
		{ "for k in d: d[k + 1] = 0", "LOAD_CONST r0, 1\nLOAD_CONST r1, 0\nBUILD_MAP r2, r0..r1\nGET_ITER r3, r2\nfor:\n"
		  "FOR_ITER r4, r3, done\nBINARY_OP r4, r4, r0, +\nSTORE_SUBSCR r1, r2, r4\nJUMP_BACKWARD for\ndone:\n" END,
		  "RuntimeError: dictionary changed size during iteration\n" },
		{ "for k in d: d[k] = k, which is allowed", "LOAD_CONST r0, 1\nLOAD_CONST r1, 0\nBUILD_MAP r2, r0..r1\nGET_ITER r3, r2\n"
		  "for:\nFOR_ITER r4, r3, done\nSTORE_SUBSCR r4, r2, r4\nJUMP_BACKWARD for\ndone:\nPRINT r2, end\n" END, "{1: 1}\n" },
		{ "FOR_ITER of what is no iterator", "BUILD_LIST r0, ()\nFOR_ITER r1, r0, done\nNOP\ndone:\n" END,
		  "TypeError: 'list' object is not an iterator\n" },
		{ "FOR_ITER of an empty slot", "FOR_ITER r1, r0, done\nNOP\ndone:\n" END,
		  "UnboundLocalError: cannot access local variable 'r0' where it is not associated with a value\n" },
	};

	EXPECT_ROWS(rows);
}

TEST_F(iterators, next)
{
	static const struct pt_row rows[] = {
		{ "i = iter((1, 2)); next(i); next(i); next(i)", "LOAD_CONST r0, (1, 2)\n" ITER("r0", "r0") NEXT("r0") NEXT("r0")
		  NEXT("r0") END, "1\n2\nStopIteration: \n" },
		{ "next(iter(()), 5)", "LOAD_CONST r0, ()\n" ITER("r0", "r0") "LOAD_CONST r1, 5\nLOAD_GLOBAL r9, next\n"
		  "CALL r9, r9, r0..r1\nPRINT r9, end\n" END, "5\n" },
		{ "next([])", "BUILD_LIST r0, ()\n" NEXT("r0") END, "TypeError: 'list' object is not an iterator\n" },
		{ "i = iter([]); iter(i) is i", "BUILD_LIST r0, ()\nLOAD_GLOBAL r9, iter\nCALL r0, r9, r0\nCALL r1, r9, r0\n"
		  "IS_OP r1, r1, r0, is\nPRINT r1, end\n" END, "True\n" },
		{ "iter(1)", "LOAD_CONST r0, 1\nLOAD_GLOBAL r9, iter\nCALL r0, r9, r0\n" END,
		  "TypeError: 'int' object is not iterable\n" },
		{ "iter([], 1)", "BUILD_LIST r0, ()\nLOAD_CONST r1, 1\nLOAD_GLOBAL r9, iter\nCALL r0, r9, r0..r1\n" END,
		  "TypeError: iter(v, w): v must be callable\n" },
		{ "iter(len, 1): refused here", "LOAD_GLOBAL r0, len\nLOAD_CONST r1, 1\nLOAD_GLOBAL r9, iter\nCALL r0, r9, r0..r1\n"
		  END, "TypeError: pymm has no iterators that call\n" },
		{ "[type(iter(x)).__name__ for x in ([], (), 'a', '', '\\u00e9', {}, range(3))]",
		  "BUILD_LIST r0, ()\n" ITER("r0", "r0") TYPE("r0") "LOAD_CONST r0, ()\n" ITER("r0", "r0") TYPE("r0")
		  "LOAD_CONST r0, 'a'\n" ITER("r0", "r0") TYPE("r0") "LOAD_CONST r0, ''\n" ITER("r0", "r0") TYPE("r0")
		  "LOAD_CONST r0, '\\u00e9'\n" ITER("r0", "r0") TYPE("r0") "BUILD_MAP r0, ()\n" ITER("r0", "r0") TYPE("r0")
		  RANGE1("r0", "3") ITER("r0", "r0") TYPE("r0") LINE END,
		  "list_iterator tuple_iterator str_ascii_iterator str_ascii_iterator str_iterator dict_keyiterator range_iterator .\n" },
		{ "type(iter([])) is type(iter([1])), is type(iter(()))", "BUILD_LIST r0, ()\n" ITER("r1", "r0") "GET_TYPE r1, r1\n"
		  ITER("r2", "r0") "GET_TYPE r2, r2\nIS_OP r3, r1, r2, is\nPRINT r3\nLOAD_CONST r0, ()\n" ITER("r2", "r0")
		  "GET_TYPE r2, r2\nIS_OP r3, r1, r2, is\nPRINT r3\nPRINT r1, end\n" END,
		  "True False <class 'list_iterator'>\n" },
		{ "type(iter([]))()", "BUILD_LIST r0, ()\n" ITER("r1", "r0") "GET_TYPE r1, r1\nCALL r1, r1, ()\n" END,
		  "TypeError: cannot create 'list_iterator' instances\n" },
		{ "type(iter(range(1)))()", RANGE1("r0", "1") ITER("r1", "r0") "GET_TYPE r1, r1\nCALL r1, r1, ()\n" END,
		  "TypeError: cannot create 'range_iterator' instances\n" },
		{ "class X(type(iter([]))): pass", "BUILD_LIST r0, ()\n" ITER("r1", "r0") "GET_TYPE r1, r1\nBUILD_MAP r2, ()\n"
		  "BUILD_CLASS r1, r1, r2, X\n" END, "TypeError: type 'list_iterator' is not an acceptable base type\n" },
		{ "isinstance(iter([]), object)", "BUILD_LIST r0, ()\n" ITER("r0", "r0") "LOAD_GLOBAL r1, object\n"
		  "LOAD_GLOBAL r9, isinstance\nCALL r0, r9, r0..r1\nPRINT r0, end\n" END, "True\n" },
		{ "len(iter([]))", "BUILD_LIST r0, ()\n" ITER("r0", "r0") LEN("r0") END,
		  "TypeError: object of type 'list_iterator' has no len()\n" },
		{ "iter([])[0]", "BUILD_LIST r0, ()\n" ITER("r0", "r0") SUBSCR("r0", "0") END,
		  "TypeError: 'list_iterator' object is not subscriptable\n" },
		{ "iter([])[0] = 1", "BUILD_LIST r0, ()\n" ITER("r0", "r0") "LOAD_CONST r1, 0\nSTORE_SUBSCR r1, r0, r1\n" END,
		  "TypeError: 'list_iterator' object does not support item assignment\n" },
		{ "iter([]).x", "BUILD_LIST r0, ()\n" ITER("r0", "r0") ATTR("r0", "x") END,
		  "AttributeError: 'list_iterator' object has no attribute 'x'\n" },
		{ "iter([]) + 1", "BUILD_LIST r0, ()\n" ITER("r0", "r0") "LOAD_CONST r1, 1\nBINARY_OP r0, r0, r1, +\n" END,
		  "TypeError: unsupported operand type(s) for +: 'list_iterator' and 'int'\n" },
		{ "iter([]) == iter([]), bool(iter([]))", "BUILD_LIST r0, ()\n" ITER("r1", "r0") ITER("r2", "r0")
		  COMPARE("r1", "r2", "==") "UNARY_NOT r1, r1\nPRINT r1, end\n" END, "False False\n" },
		{ "weakref.ref(iter([]))", "BUILD_LIST r0, ()\n" ITER("r0", "r0") "LOAD_CONST r1, None\nWEAKREF_NEW r0, r0, r1\n" END,
		  "TypeError: cannot create weak reference to 'list_iterator' object\n" },
	};

	EXPECT_ROWS(rows);
}

/* What an iterator shows of changes under it. */
TEST_F(iterators, mutation)
{
	static const struct pt_row rows[] = {
		{ "l = [1]; i = iter(l); next(i); l.append(2); list(i); l.append(3); list(i)",
		  "LOAD_CONST r0, 1\nBUILD_LIST r0, r0\n" ITER("r1", "r0") NEXT("r1") "LOAD_CONST r2, 2\nLIST_APPEND r0, r2\n"
		  LIST("r1") "LIST_APPEND r0, r2\n" LIST("r1") END, "1\n[2]\n[]\n" },
		{ "l = [1, 2, 3]; next(i); next(i); l *= 0; list(i); l += [7, 8, 9]; list(i)",
		  "BUILD_LIST r0, ()\nLOAD_CONST r2, (1, 2, 3)\nLIST_EXTEND r0, r2\n" ITER("r1", "r0") NEXT("r1") NEXT("r1")
		  "LOAD_CONST r3, 0\nBINARY_OP r0, r0, r3, *=\n" LIST("r1") "LIST_EXTEND r0, r2\n" LIST("r1") END,
		  "1\n2\n[]\n[]\n" },
		{ "the end drops the list", "BUILD_LIST r0, ()\nGET_REFCOUNT r2, r0\n" ITER("r1", "r0") "GET_REFCOUNT r3, r0\n"
		  "BINARY_OP r3, r3, r2, -\nPRINT r3\nFOR_ITER r4, r1, done\nNOP\ndone:\nGET_REFCOUNT r3, r0\n"
		  "BINARY_OP r3, r3, r2, -\nPRINT r3, end\n" END, "1 0\n" },
		/* 2.05 */
		{ "the iterator keeps the list alive", "LOAD_CONST r0, 1\nBUILD_LIST r0, r0\nGET_ITER r0, r0!\n" LIST("r0") END, "[1]\n" },
		{ "an iterator over a range keeps none", RANGE1("r0", "3") "GET_REFCOUNT r2, r0\n" ITER("r1", "r0") "GET_REFCOUNT r3, r0\n"
		  "BINARY_OP r3, r3, r2, -\nPRINT r3, end\n" END, "0\n" },
		{ "d = {1: 0}; i = iter(d); d[2] = 0; next(i)", "LOAD_CONST r0, 1\nLOAD_CONST r1, 0\nBUILD_MAP r2, r0..r1\n"
		  ITER("r3", "r2") "LOAD_CONST r0, 2\nSTORE_SUBSCR r1, r2, r0\nSTORE_GLOBAL r3, i\nSTORE_GLOBAL r2, d\n"
		  NEXT("r3") END, "RuntimeError: dictionary changed size during iteration\n" },
		{ "next(i), again", "LOAD_GLOBAL r3, i\n" NEXT("r3") END,
		  "RuntimeError: dictionary changed size during iteration\n" },
		{ "del d[2]; next(i): it does not forget", "LOAD_GLOBAL r3, i\nLOAD_GLOBAL r2, d\nLOAD_CONST r0, 2\n"
		  "DELETE_SUBSCR r2, r0\n" NEXT("r3") END, "RuntimeError: dictionary changed size during iteration\n" },
		{ "d = {1: 2, 3: 4}; i = iter(d); next(i); del d[1]; d[5] = 6; next(i); next(i)",
		  "LOAD_CONST r0, 1\nLOAD_CONST r1, 2\nLOAD_CONST r2, 3\nLOAD_CONST r3, 4\nBUILD_MAP r4, r0..r3\n" ITER("r5", "r4")
		  "STORE_GLOBAL r5, i\n" NEXT("r5") "DELETE_SUBSCR r4, r0\nLOAD_CONST r0, 5\nSTORE_SUBSCR r1, r4, r0\n"
		  NEXT("r5") NEXT("r5") END, "1\n3\nRuntimeError: dictionary keys changed during iteration\n" },
		{ "next(i): it is at its end", "LOAD_GLOBAL r5, i\n" NEXT("r5") END, "StopIteration: \n" },
		{ "d = {1: 2}; i = iter(d); next(i); d[1] = 3; list(i); d[2] = 1; list(i)",
		  "LOAD_CONST r0, 1\nLOAD_CONST r1, 2\nBUILD_MAP r2, r0..r1\n" ITER("r3", "r2") NEXT("r3")
		  "STORE_SUBSCR r0, r2, r0\n" LIST("r3") "STORE_SUBSCR r0, r2, r1\n" LIST("r3") END, "1\n[]\n[]\n" },
		{ "d = {1: 0, 2: 0}; del d[1]; list(iter(d))", "LOAD_CONST r0, 1\nLOAD_CONST r1, 0\nLOAD_CONST r2, 2\nLOAD_CONST r3, 0\n"
		  "BUILD_MAP r4, r0..r3\nDELETE_SUBSCR r4, r0\n" ITER("r5", "r4") LIST("r5") END, "[2]\n" },
		{ "l = [1]; l.extend(l)", "LOAD_CONST r0, 1\nBUILD_LIST r0, r0\nLIST_EXTEND r0, r0\nPRINT r0, end\n" END, "[1, 1]\n" },
	};

	EXPECT_ROWS(rows);
}

/* Everything that takes an iterable takes any. */
TEST_F(iterators, iterables)
{
	static const struct pt_row rows[] = {
		{ "list(range(-2, 3, 2)), tuple(range(3))", RANGE3("r0", "-2", "3", "2") LIST("r0") RANGE1("r0", "3")
		  "LOAD_GLOBAL r1, tuple\nCALL r1, r1, r0\nPRINT r1, end\n" END, "[-2, 0, 2]\n(0, 1, 2)\n" },
		{ "l = []; l.extend(range(3)); l += iter('ab')", "BUILD_LIST r0, ()\n" RANGE1("r1", "3") "LIST_EXTEND r0, r1\n"
		  "LOAD_CONST r1, 'ab'\n" ITER("r1", "r1") "BINARY_OP r0, r0!, r1, +=\nPRINT r0, end\n" END, "[0, 1, 2, 'a', 'b']\n" },
		{ "i = iter(range(5)); next(i); l = []; l.extend(i); list(i)", RANGE1("r0", "5") ITER("r0", "r0") NEXT("r0")
		  "BUILD_LIST r1, ()\nLIST_EXTEND r1, r0\nPRINT r1, end\n" LIST("r0") END, "0\n[1, 2, 3, 4]\n[]\n" },
		{ "[].extend(5)", "BUILD_LIST r0, ()\nLOAD_CONST r1, 5\nLIST_EXTEND r0, r1\n" END,
		  "TypeError: 'int' object is not iterable\n" },
		{ "a, b = range(2); a, b = 'xy'; a, b = iter([1, 2]); a, b = {1: 0, 2: 0}", RANGE1("r0", "2")
		  "UNPACK_SEQUENCE r1..r2, r0\nPRINT r1\nPRINT r2\nLOAD_CONST r0, 'xy'\nUNPACK_SEQUENCE r1..r2, r0\nPRINT r1\nPRINT r2\n"
		  "LOAD_CONST r0, (1, 2)\n" ITER("r0", "r0") "UNPACK_SEQUENCE r1..r2, r0!\nPRINT r1\nPRINT r2\nLOAD_CONST r0, 1\n"
		  "LOAD_CONST r1, 0\nLOAD_CONST r2, 2\nLOAD_CONST r3, 0\nBUILD_MAP r0, r0..r3\nUNPACK_SEQUENCE r1..r2, r0\nPRINT r1\n"
		  "PRINT r2, end\n" END, "0 1 x y 1 2 1 2\n" },
		{ "a, b = range(10**12)", RANGE1("r0", "1000000000000") "UNPACK_SEQUENCE r1..r2, r0\n" END,
		  "ValueError: too many values to unpack (expected 2)\n" },
		{ "a, b = iter([1])", "LOAD_CONST r0, (1,)\n" ITER("r0", "r0") "UNPACK_SEQUENCE r1..r2, r0\n" END,
		  "ValueError: not enough values to unpack (expected 2, got 1)\n" },
		{ "a, b = 1", "LOAD_CONST r0, 1\nUNPACK_SEQUENCE r1..r2, r0\n" END,
		  "TypeError: cannot unpack non-iterable int object\n" },
		{ "i = iter((1, 2, 3)); 2 in i; list(i)", "LOAD_CONST r0, (1, 2, 3)\n" ITER("r0", "r0") IN("2", "r0") LIST("r0") END,
		  "True [3]\n" },
		{ "i = iter((1, 2)); 5 in i; list(i)", "LOAD_CONST r0, (1, 2)\n" ITER("r0", "r0") IN("5", "r0") LIST("r0") END,
		  "False []\n" },
		{ "i = iter(range(5)); 2 in i; 1 in i; list(i)", RANGE1("r0", "5") ITER("r0", "r0") IN("2", "r0") IN("1", "r0")
		  LIST("r0") END, "True False []\n" },
		{ "i = iter(range(5)); 2 in i; 'a' in i", RANGE1("r0", "5") ITER("r0", "r0") IN("2", "r0") IN("'a'", "r0")
		  LIST("r0") END, "True False []\n" },
		{ "1 in 5", "LOAD_CONST r0, 5\n" IN("1", "r0") END, "TypeError: argument of type 'int' is not iterable\n" },
		{ "dict(iter([(1, 2), 'ab']))", "LOAD_CONST r0, ((1, 2), 'ab')\n" ITER("r0", "r0") "LOAD_GLOBAL r1, dict\nCALL r1, r1, r0\n"
		  "PRINT r1, end\n" LIST("r0") END, "{1: 2, 'a': 'b'}\n[]\n" },
		{ "dict([range(2)])", RANGE1("r0", "2") "BUILD_LIST r0, r0\nLOAD_GLOBAL r1, dict\nCALL r1, r1, r0\nPRINT r1, end\n" END,
		  "{0: 1}\n" },
		{ "max(iter({3: 0, 4: 0}))", "LOAD_CONST r0, 3\nLOAD_CONST r1, 0\nLOAD_CONST r2, 4\nLOAD_CONST r3, 0\nBUILD_MAP r0, r0..r3\n"
		  ITER("r0", "r0") "LOAD_GLOBAL r1, max\nCALL r1, r1, r0\nPRINT r1, end\n" END, "4\n" },
	};

	EXPECT_ROWS(rows);
}

/* Who fails has consumed nothing: here CPython's iterator is one item further. */
TEST_F(iterators, a_failure_consumes_nothing)
{
	EXPECT_EXEC("TypeError: '>' not supported between instances of 'str' and 'int'\n",
		    "LOAD_CONST r0, (1, 'a')\n" ITER("r0", "r0") "STORE_GLOBAL r0, i\nLOAD_GLOBAL r1, max\nCALL r1, r1, r0\n" END);
	EXPECT_EXEC("[1, 'a']\n", "LOAD_GLOBAL r0, i\n" LIST("r0") END);
}

TEST_F(iterators, a_failure_of_a_constructor_consumes_nothing)
{
	static const struct pt_row rows[] = {
		{ "frozenset(i)", "BUILD_LIST r0, ()\nBUILD_TUPLE r0, r0..r0\n" ITER("r0", "r0")
		  "STORE_GLOBAL r0, i\nBUILD_FROZENSET r1, r0\n" END, "TypeError: unhashable type: 'list'\n" },
		{ "i is as it was", "LOAD_GLOBAL r0, i\n" LIST("r0") END, "[[]]\n" },
		{ "bytes(i)", "LOAD_CONST r0, (1, 256)\n" ITER("r0", "r0") "STORE_GLOBAL r0, i\nLOAD_GLOBAL r1, bytes\n"
		  "CALL r1, r1, r0\n" END, "ValueError: bytes must be in range(0, 256)\n" },
		{ "i is as it was", "LOAD_GLOBAL r0, i\n" LIST("r0") END, "[1, 256]\n" },
		{ "l[::2] = i", RANGE1("r0", "4") "LOAD_GLOBAL r1, list\nCALL r1, r1!, r0\n" RANGE1("r0", "3") ITER("r0", "r0")
		  "STORE_GLOBAL r0, i\nLOAD_CONST r2, None\nCOPY r3, r2\nLOAD_CONST r4, 2\nBUILD_SLICE r2, r2..r4\n"
		  "STORE_SUBSCR r0, r1, r2\n" END,
		  "ValueError: attempt to assign sequence of size 3 to extended slice of size 2\n" },
		{ "i is as it was", "LOAD_GLOBAL r0, i\n" LIST("r0") END, "[0, 1, 2]\n" },
		{ "dict((i, i))", "LOAD_CONST r0, 'ab'\n" ITER("r0", "r0") "STORE_GLOBAL r0, i\nLOAD_GLOBAL r1, dict\nCOPY r2, r0\n"
		  "COPY r3, r0\nBUILD_TUPLE r2, r2..r3\nCALL r1, r1, r2\n" END,
		  "ValueError: dictionary update sequence element #1 has length 0; 2 is required\n" },
		{ "i is as it was", "LOAD_GLOBAL r0, i\n" LIST("r0") END, "['a', 'b']\n" },
		{ "l = [(5, 6)]; i = iter(l); l += [i, 1, 2, 7]; dict(i)", "LOAD_CONST r0, ((5, 6),)\nBUILD_LIST r1, ()\n"
		  "LIST_EXTEND r1, r0\n" ITER("r0", "r1") "STORE_GLOBAL r0, i\nLIST_APPEND r1, r0\nLOAD_CONST r2, (1, 2, 7)\n"
		  "LIST_EXTEND r1, r2\nLOAD_GLOBAL r1, dict\nCALL r1, r1, r0\n" END,
		  "ValueError: dictionary update sequence element #1 has length 3; 2 is required\n" },
		{ "i is as it was", "LOAD_GLOBAL r0, i\nLOAD_GLOBAL r1, next\nCALL r2, r1, r0\nPRINT r2\nCALL r2, r1, r0\n"
		  "IS_OP r2, r2!, r0, is\nPRINT r2, end\n" LIST("r0") END, "(5, 6) True\n[1, 2, 7]\n" },
	};

	EXPECT_ROWS(rows);
}

/* 4.09, and the case "iterator" of 4f: a list that holds its own iterator. */
TEST_F(iterators, collector)
{
	static const struct pt_row rows[] = {
		{ "l = []; l.append(iter(l)); del l; gc.collect()", "GC_COLLECT r1, 2\nBUILD_LIST r0, ()\n" ITER("r1", "r0")
		  "LIST_APPEND r0, r1!\nDELETE_FAST r0\nGC_COLLECT r0, 2\nPRINT r0, end\n" END, "2\n" },
		{ "d = {}; d[1] = iter(d); del d; gc.collect()", "GC_COLLECT r1, 2\nBUILD_MAP r0, ()\nLOAD_CONST r2, 1\n" ITER("r1", "r0")
		  "STORE_SUBSCR r1!, r0, r2\nDELETE_FAST r0\nGC_COLLECT r0, 2\nPRINT r0, end\n" END, "2\n" },
		{ "what is reached through an iterator alone", "GC_COLLECT r1, 2\nBUILD_LIST r0, ()\nLIST_APPEND r0, r0\nGET_ITER r1, r0!\n"
		  "GC_COLLECT r0, 2\nPRINT r0\nDELETE_FAST r1\nGC_COLLECT r0, 2\nPRINT r0, end\n" END, "0 1\n" },
	};
	uint64_t tracked;

	EXPECT_ROWS(rows);
	pt_exec(self->thread, "GC_COLLECT r0, 2\n" END);
	tracked = pt_stat(self->arena).tracked[2];
	pt_exec(self->thread, RANGE1("r0", "3") "STORE_GLOBAL r0, r\nGET_ITER r1, r0\nSTORE_GLOBAL r1, i\nLOAD_GLOBAL r0, object\n"
		"CALL r0, r0, ()\nSTORE_GLOBAL r0, o\nGC_COLLECT r0, 2\n" END);
	EXPECT_EQ(tracked, pt_stat(self->arena).tracked[2]);
	pt_exec(self->thread, "LOAD_CONST r0, 'ab'\nGET_ITER r1, r0\nSTORE_GLOBAL r1, s\nGC_COLLECT r0, 2\n" END);
	EXPECT_EQ(tracked + 1, pt_stat(self->arena).tracked[2]);
}

TEST_F(iterators, printed)
{
	const char *text = pt_exec(self->thread, "BUILD_LIST r0, ()\nGET_ITER r0, r0\nPRINT r0, end\n" END);
	unsigned int id;
	char end;

	EXPECT_EQ(2, sscanf(text, "<list_iterator object at id %u>%c", &id, &end));
	text = pt_exec(self->thread, RANGE1("r0", "3") "GET_ITER r0, r0\nPRINT r0, end\n" END);
	EXPECT_EQ(2, sscanf(text, "<range_iterator object at id %u>%c", &id, &end));
	text = pt_exec(self->thread, "LOAD_GLOBAL r0, object\nCALL r0, r0, ()\nPRINT r0, end\n" END);
	EXPECT_EQ(2, sscanf(text, "<object object at id %u>%c", &id, &end));
}

/* A loop of a million turns makes no memory. */
TEST_F(iterators, long_loop)
{
	uint64_t bytes;

	pt_exec(self->thread, RANGE1("r0", "300") FOR("r0") END);
	bytes = pt_stat(self->arena).bytes_peak;
	EXPECT_EXEC("99999\n", RANGE1("r0", "100000") "GET_ITER r0, r0!\nfor:\nFOR_ITER r1, r0, done\nJUMP_BACKWARD for\n"
		    "done:\nPRINT r1, end\n" END);
	EXPECT_EQ(bytes, pt_stat(self->arena).bytes_peak);
}

TEST_HARNESS_MAIN
