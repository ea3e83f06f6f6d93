// SPDX-License-Identifier: GPL-2.0
/*
 * Sets and frozensets. The Python beside each program gave the text that is expected (CPython 3.13.5);
 * the order of keys is that of its table, as long as their hashes are the same there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "program_util.h"
#include "pymm_util.h"

PT_FIXTURE(sets)

/* rN = {*tuple}, rN = frozenset(tuple), with the tuple as a constant; the slot behind is used. */
#define SET(slot, tuple)	"LOAD_CONST r99, " tuple "\nBUILD_SET " slot ", ()\nSET_UPDATE " slot ", r99!\n"
#define FROZENSET(slot, tuple)	"LOAD_CONST r99, " tuple "\nBUILD_FROZENSET " slot ", r99!\n"

/* print(slot) */
#define SHOW(slot)		"PRINT " slot ", end\n"

TEST_F(sets, displays)
{
	static const struct pt_row rows[] = {
		{ "print({3, 1, 2, 1})", "LOAD_CONST r0, 3\nLOAD_CONST r1, 1\nLOAD_CONST r2, 2\nLOAD_CONST r3, 1\n"
		  "BUILD_SET r4, r0..r3\n" SHOW("r4") END, "{1, 2, 3}\n" },
		{ "print(set(), frozenset(), frozenset({1}), frozenset({frozenset({1})}))",
		  SET("r0", "()") "PRINT r0\n" FROZENSET("r0", "()") "PRINT r0\n" FROZENSET("r0", "(1,)") "PRINT r0\n"
		  "BUILD_SET r0, r0\nBUILD_FROZENSET r0, r0\n" SHOW("r0") END,
		  "set() frozenset() frozenset({1}) frozenset({frozenset({1})})\n" },
		{ "print({(1, 2)}, [{1}], {1: {2}})", SET("r0", "((1, 2),)") "PRINT r0\n" SET("r1", "(1,)")
		  "BUILD_LIST r2, r1!\nPRINT r2\nLOAD_CONST r2, 1\n" SET("r3", "(2,)") "BUILD_MAP r4, r2..r3\n"
		  SHOW("r4") END, "{(1, 2)} [{1}] {1: {2}}\n" },
		{ "print(set((1.5, 0.1, 2, -3.25, 1e300, 5e-324, inf, 1e-9, 123456.75, -0.5, 3.0)))",
		  SET("r0", "(1.5, 0.1, 2, -3.25, 1e300, 5e-324, inf, 1e-9, 123456.75, -0.5, 3.0)") SHOW("r0") END,
		  "{0.1, 1.5, 2, 5e-324, 1e-09, 123456.75, -0.5, 3.0, inf, 1e+300, -3.25}\n" },
		{ "print(set((1e18, 7.5, 2.5, -1.0, 0.25, -2.0)), set((1, 1.0, True)))",
		  SET("r0", "(1e18, 7.5, 2.5, -1.0, 0.25, -2.0)") "PRINT r0\n" SET("r0", "(1, 1.0, True)") SHOW("r0") END,
		  "{1e+18, 0.25, 2.5, 7.5, -2.0, -1.0} {1}\n" },
		{ "print({True, 1, 0}, {0, False})", SET("r0", "(True, 1, 0)") "PRINT r0\n" SET("r0", "(0, False)")
		  SHOW("r0") END, "{0, True} {0}\n" },
		{ "print(set(range(40, 20, -3)), set((64, 8, 16, 0)))", SET("r0", "(40, 37, 34, 31, 28, 25, 22)")
		  "PRINT r0\n" SET("r0", "(64, 8, 16, 0)") SHOW("r0") END, "{34, 37, 40, 22, 25, 28, 31} {64, 8, 16, 0}\n" },
		{ "print(set((-1, -2, 2**61 - 1, 2**61, -2**63, 2**63 - 1, None, ())))",
		  SET("r0", "(-1, -2, 2305843009213693951, 2305843009213693952, -9223372036854775808, "
		      "9223372036854775807, None, ())") SHOW("r0") END, "{2305843009213693951, 2305843009213693952, None, 9223372036854775807, -2, (), "
		  "-9223372036854775808, -1}\n" },
		{ "print(set(((1, 2), (2, 1), (None, -1), ((),), (1,))))",
		  SET("r0", "((1, 2), (2, 1), (None, -1), ((),), (1,))") SHOW("r0") END, "{(1, 2), (2, 1), (1,), ((),), (None, -1)}\n" },
		{ "print({frozenset({1, 2}), frozenset(), frozenset({3}), 1})", FROZENSET("r0", "(1, 2)")
		  FROZENSET("r1", "()") FROZENSET("r2", "(3,)") "LOAD_CONST r3, 1\nBUILD_SET r4, r0..r3\n" SHOW("r4") END,
		  "{frozenset(), 1, frozenset({3}), frozenset({1, 2})}\n" },
		{ "print({'a', 'a', 'ab'} == {'ab', 'a'})", SET("r0", "('a', 'a', 'ab')") SET("r1", "('ab', 'a')")
		  "COMPARE_OP r2, r0, r1, ==\n" SHOW("r2") END, "True\n" },
		{ "{[]}", "BUILD_LIST r0, ()\nBUILD_SET r1, r0\n" END, "TypeError: unhashable type: 'list'\n" },
		{ "{{1}}", SET("r0", "(1,)") "BUILD_SET r1, r0\n" END, "TypeError: unhashable type: 'set'\n" },
		{ "{1: 2, {1}: 3}", SET("r0", "(1,)") "COPY r1, r0\nBUILD_MAP r1, r0..r1\n" END,
		  "TypeError: unhashable type: 'set'\n" },
	};

	EXPECT_ROWS(rows);
}

TEST_F(sets, methods)
{
	static const struct pt_row rows[] = {
		{ "s = set(); s.add(1); s.add(2); s.add(1); print(s, len(s))", "BUILD_SET r0, ()\nLOAD_CONST r1, 1\n"
		  "SET_ADD r0, r1\nLOAD_CONST r2, 2\nSET_ADD r0, r2!\nSET_ADD r0, r1\nPRINT r0\nGET_LEN r1, r0\n"
		  SHOW("r1") END, "{1, 2} 2\n" },
		{ "s = {1, 2, 3}; s.discard(2); s.discard(9); print(s)", SET("r0", "(1, 2, 3)") "LOAD_CONST r1, 2\n"
		  "SET_DISCARD r0, r1\nLOAD_CONST r1, 9\nSET_DISCARD r0, r1\n" SHOW("r0") END, "{1, 3}\n" },
		{ "s = {1, 2, 3}; s.remove(2); print(s)", SET("r0", "(1, 2, 3)") "LOAD_CONST r1, 2\nSET_REMOVE r0, r1!\n"
		  SHOW("r0") END, "{1, 3}\n" },
		{ "s = {1}; s.remove(2)", SET("r0", "(1,)") "LOAD_CONST r1, 2\nSET_REMOVE r0, r1\n" END, "KeyError: 2\n" },
		{ "s = set(); s.remove('x')", SET("r0", "()") "LOAD_CONST r1, 'x'\nSET_REMOVE r0, r1\n" END,
		  "KeyError: 'x'\n" },
		{ "s = {5, 3, 4}; print(s.pop(), s.pop(), s.pop(), s)", SET("r0", "(5, 3, 4)") "SET_POP r1, r0\nPRINT r1\n"
		  "SET_POP r1, r0\nPRINT r1\nSET_POP r1, r0\nPRINT r1\n" SHOW("r0") END, "3 4 5 set()\n" },
		{ "s = {1, 2, 9}; s.pop(); s.add(1); print(s.pop(), s.pop(), s.pop())", SET("r0", "(1, 2, 9)")
		  "SET_POP r1, r0\nLOAD_CONST r1, 1\nSET_ADD r0, r1\nSET_POP r1, r0\nPRINT r1\nSET_POP r1, r0\nPRINT r1\n"
		  "SET_POP r1, r0!\n" SHOW("r1") END, "2 9 1\n" },
		{ "set().pop()", SET("r0", "()") "SET_POP r1, r0\n" END, "KeyError: 'pop from an empty set'\n" },
		{ "s = set(); s.update([1], (2,), {3: 4}, {5}, frozenset({6}), s); print(s)", SET("r0", "(1,)")
		  "LOAD_CONST r1, (2,)\nSET_UPDATE r0, r1\nLOAD_CONST r1, 3\nCOPY r2, r1\nBUILD_MAP r3, r1..r2\n"
		  "SET_UPDATE r0, r3\n" SET("r1", "(5,)") "SET_UPDATE r0, r1\n" FROZENSET("r1", "(6,)") "SET_UPDATE r0, r1!\n"
		  "SET_UPDATE r0, r0\n" SHOW("r0") END, "{1, 2, 3, 5, 6}\n" },
		{ "s = set('abca'); print(len(s), 'a' in s, 'd' in s)", SET("r0", "'abca'") "GET_LEN r1, r0\nPRINT r1\n"
		  "LOAD_CONST r1, 'a'\nCONTAINS_OP r1, r1, r0, in\nPRINT r1\nLOAD_CONST r1, 'd'\n"
		  "CONTAINS_OP r1, r1, r0, in\n" SHOW("r1") END, "3 True False\n" },
		{ "s = {8, 16, 24}; s.discard(8); s.discard(16); s.add(32); print(s)", SET("r0", "(8, 16, 24)")
		  "LOAD_CONST r1, 8\nSET_DISCARD r0, r1\nLOAD_CONST r1, 16\nSET_DISCARD r0, r1\nLOAD_CONST r1, 32\n"
		  "SET_ADD r0, r1\n" SHOW("r0") END, "{32, 24}\n" },
		{ "l = [1]; l += {5}; l.extend(frozenset({6})); print(l)", "LOAD_CONST r0, 1\nBUILD_LIST r0, r0\n"
		  SET("r1", "(5,)") "BINARY_OP r0, r0!, r1, +=\n" FROZENSET("r1", "(6,)") "LIST_EXTEND r0, r1\n" SHOW("r0") END,
		  "[1, 5, 6]\n" },
		{ "a name that is not bound", SET("r0", "(1,)") "SET_ADD r0, r1\n" END,
		  "UnboundLocalError: cannot access local variable 'r1' where it is not associated with a value\n" },
		{ "the same for update", SET("r0", "(1,)") "SET_UPDATE r0, r1\n" END,
		  "UnboundLocalError: cannot access local variable 'r1' where it is not associated with a value\n" },
		{ "the same for discard", SET("r0", "(1,)") "SET_DISCARD r0, r1\n" END,
		  "UnboundLocalError: cannot access local variable 'r1' where it is not associated with a value\n" },
		{ "the same for frozenset()", "BUILD_FROZENSET r1, r0\n" END,
		  "UnboundLocalError: cannot access local variable 'r0' where it is not associated with a value\n" },
		{ "{1}.add([])", SET("r0", "(1,)") "BUILD_LIST r1, ()\nSET_ADD r0, r1\n" END,
		  "TypeError: unhashable type: 'list'\n" },
		{ "{1}.discard([])", SET("r0", "(1,)") "BUILD_LIST r1, ()\nSET_DISCARD r0, r1\n" END,
		  "TypeError: unhashable type: 'list'\n" },
		{ "{1}.remove([])", SET("r0", "(1,)") "BUILD_LIST r1, ()\nSET_REMOVE r0, r1\n" END,
		  "TypeError: unhashable type: 'list'\n" },
		{ "{1}.update(5)", SET("r0", "(1,)") "LOAD_CONST r1, 5\nSET_UPDATE r0, r1\n" END,
		  "TypeError: 'int' object is not iterable\n" },
		{ "{1}.update([[]])", SET("r0", "(1,)") "BUILD_LIST r1, ()\nBUILD_LIST r1, r1\nSET_UPDATE r0, r1\n" END,
		  "TypeError: unhashable type: 'list'\n" },
		{ "frozenset(5)", "LOAD_CONST r0, 5\nBUILD_FROZENSET r0, r0\n" END, "TypeError: 'int' object is not iterable\n" },
		{ "frozenset([[]])", "BUILD_LIST r0, ()\nBUILD_LIST r0, r0\nBUILD_FROZENSET r0, r0\n" END,
		  "TypeError: unhashable type: 'list'\n" },
		{ "set.add(frozenset(), 1)", FROZENSET("r0", "()") "SET_ADD r0, r0\n" END,
		  "TypeError: descriptor 'add' for 'set' objects doesn't apply to a 'frozenset' object\n" },
		{ "set.update(1, 1)", "LOAD_CONST r0, 1\nSET_UPDATE r0, r0\n" END,
		  "TypeError: descriptor 'update' for 'set' objects doesn't apply to a 'int' object\n" },
		{ "set.discard([], 1)", "BUILD_LIST r0, ()\nSET_DISCARD r0, r0\n" END,
		  "TypeError: descriptor 'discard' for 'set' objects doesn't apply to a 'list' object\n" },
		{ "set.remove([], 1)", "BUILD_LIST r0, ()\nSET_REMOVE r0, r0\n" END,
		  "TypeError: descriptor 'remove' for 'set' objects doesn't apply to a 'list' object\n" },
		{ "set.pop([])", "BUILD_LIST r0, ()\nSET_POP r0, r0\n" END,
		  "TypeError: descriptor 'pop' for 'set' objects doesn't apply to a 'list' object\n" },
	};

	EXPECT_ROWS(rows);
}

#define AB		SET("r0", "(1, 2, 3, 4)") SET("r1", "(3, 4, 5)")
#define OPERATION(op)	"BINARY_OP r2, r0, r1, " op "\n" SHOW("r2")

TEST_F(sets, operators)
{
	static const struct pt_row rows[] = {
		{ "a | b", AB OPERATION("|") END, "{1, 2, 3, 4, 5}\n" },
		{ "a & b", AB OPERATION("&") END, "{3, 4}\n" },
		{ "a - b", AB OPERATION("-") END, "{1, 2}\n" },
		{ "a ^ b", AB OPERATION("^") END, "{1, 2, 5}\n" },
		{ "big = {*range(1, 42)}; print(a & big, big & a, len(big - {1}), a - big); a -= big; print(a)",
		  AB SET("r1", "(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, "
		  "27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41)") "BINARY_OP r2, r0, r1, &\nPRINT r2\n"
		  "BINARY_OP r2, r1, r0, &\nPRINT r2\n" SET("r3", "(1,)") "BINARY_OP r2, r1, r3, -\nGET_LEN r2, r2\nPRINT r2\n"
		  "BINARY_OP r2, r0, r1, -\nPRINT r2\nBINARY_OP r0, r0!, r1, -=\n" SHOW("r0") END,
		  "{1, 2, 3, 4} {1, 2, 3, 4} 40 set() set()\n" },
		{ "set() op= {1}", SET("r0", "()") SET("r1", "(1,)") "BINARY_OP r0, r0!, r1, -=\nPRINT r0\n"
		  "BINARY_OP r0, r0!, r1, &=\nPRINT r0\nBINARY_OP r2, r0, r1, ^\nPRINT r2\nBINARY_OP r0, r0!, r1, ^=\n"
		  SHOW("r0") END, "set() set() {1} {1}\n" },
		{ "a & a, a | a, a - a, a ^ a", AB "BINARY_OP r2, r0, r0, &\nPRINT r2\nBINARY_OP r2, r0, r0, |\nPRINT r2\n"
		  "BINARY_OP r2, r0, r0, -\nPRINT r2\nBINARY_OP r2, r0, r0, ^\n" SHOW("r2") END,
		  "{1, 2, 3, 4} {1, 2, 3, 4} set() set()\n" },
		{ "c = a; a |= b; print(a is c, a)", AB "COPY r3, r0\nBINARY_OP r0, r0!, r1, |=\nIS_OP r2, r0, r3, is\n"
		  "PRINT r2\n" SHOW("r0") END, "True {1, 2, 3, 4, 5}\n" },
		{ "c = a; a &= b; print(a is c, a)", AB "COPY r3, r0\nBINARY_OP r0, r0!, r1, &=\nIS_OP r2, r0, r3, is\n"
		  "PRINT r2\n" SHOW("r0") END, "True {3, 4}\n" },
		{ "c = a; a -= b; print(a is c, a)", AB "COPY r3, r0\nBINARY_OP r0, r0!, r1, -=\nIS_OP r2, r0, r3, is\n"
		  "PRINT r2\n" SHOW("r0") END, "True {1, 2}\n" },
		{ "c = a; a ^= b; print(a is c, a)", AB "COPY r3, r0\nBINARY_OP r0, r0!, r1, ^=\nIS_OP r2, r0, r3, is\n"
		  "PRINT r2\n" SHOW("r0") END, "True {1, 2, 5}\n" },
		{ "a -= a; print(a); a ^= a; print(a)", AB "BINARY_OP r0, r0, r0, -=\nPRINT r0\nBINARY_OP r1, r1, r1, ^=\n"
		  SHOW("r1") END, "set() set()\n" },
		{ "f = frozenset({1}); g = f; f |= {2}; print(f, g)", FROZENSET("r0", "(1,)") "COPY r3, r0\n" SET("r1", "(2,)")
		  "BINARY_OP r0, r0!, r1, |=\nPRINT r0\n" SHOW("r3") END, "frozenset({1, 2}) frozenset({1})\n" },
		{ "f -= {1}; f &= f; f ^= {3}", FROZENSET("r0", "(1, 2)") SET("r1", "(1,)") "BINARY_OP r0, r0!, r1, -=\n"
		  "PRINT r0\nBINARY_OP r0, r0, r0, &=\nPRINT r0\nBINARY_OP r0, r0, r1, ^=\n" SHOW("r0") END,
		  "frozenset({2}) frozenset({2}) frozenset({1, 2})\n" },
		{ "print({1} | frozenset({2}), frozenset({1}) | {2})", SET("r0", "(1,)") FROZENSET("r1", "(2,)")
		  "BINARY_OP r2, r0, r1, |\nPRINT r2\nBINARY_OP r2, r1, r0, |\n" SHOW("r2") END, "{1, 2} frozenset({1, 2})\n" },
		{ "{1} | [1]", SET("r0", "(1,)") "BUILD_LIST r1, ()\nBINARY_OP r2, r0, r1, |\n" END,
		  "TypeError: unsupported operand type(s) for |: 'set' and 'list'\n" },
		{ "{1} |= [1]", SET("r0", "(1,)") "BUILD_LIST r1, ()\nBINARY_OP r2, r0, r1, |=\n" END,
		  "TypeError: unsupported operand type(s) for |=: 'set' and 'list'\n" },
		{ "5 & {1}", SET("r0", "(1,)") "LOAD_CONST r1, 5\nBINARY_OP r2, r1, r0, &\n" END,
		  "TypeError: unsupported operand type(s) for &: 'int' and 'set'\n" },
		{ "{1} + {1}", SET("r0", "(1,)") "BINARY_OP r2, r0, r0, +\n" END,
		  "TypeError: unsupported operand type(s) for +: 'set' and 'set'\n" },
		{ "-{1}", SET("r0", "(1,)") "UNARY_NEGATIVE r2, r0\n" END, "TypeError: bad operand type for unary -: 'set'\n" },
		{ "{1}[0]", SET("r0", "(1,)") "LOAD_CONST r1, 0\nBINARY_SUBSCR r2, r0, r1\n" END,
		  "TypeError: 'set' object is not subscriptable\n" },
		{ "s[0] = 1", SET("r0", "(1,)") "LOAD_CONST r1, 0\nSTORE_SUBSCR r1, r0, r1\n" END,
		  "TypeError: 'set' object does not support item assignment\n" },
		{ "del s[0]", SET("r0", "(1,)") "LOAD_CONST r1, 0\nDELETE_SUBSCR r0, r1\n" END,
		  "TypeError: 'set' object doesn't support item deletion\n" },
		{ "del f['a']", FROZENSET("r0", "(1,)") "LOAD_CONST r1, 'a'\nDELETE_SUBSCR r0, r1\n" END,
		  "TypeError: 'frozenset' object does not support item deletion\n" },
	};

	EXPECT_ROWS(rows);
}

#define COMPARE(op)	"COMPARE_OP r2, r0, r1, " op "\nPRINT r2\n"
#define COMPARE_ALL	COMPARE("<") COMPARE("<=") COMPARE("==") COMPARE("!=") COMPARE(">") \
			"COMPARE_OP r2, r0, r1, >=\n" SHOW("r2")

TEST_F(sets, comparisons)
{
	static const struct pt_row rows[] = {
		{ "{1} and {1, 2}", SET("r0", "(1,)") SET("r1", "(1, 2)") COMPARE_ALL END, "True True False True False False\n" },
		{ "{1, 2} and {1}", SET("r0", "(1, 2)") SET("r1", "(1,)") COMPARE_ALL END, "False False False True True True\n" },
		{ "{1} and frozenset({1})", SET("r0", "(1,)") FROZENSET("r1", "(1,)") COMPARE_ALL END,
		  "False True True False False True\n" },
		{ "{1} and {2}", SET("r0", "(1,)") SET("r1", "(2,)") COMPARE_ALL END, "False False False True False False\n" },
		{ "set() and frozenset()", SET("r0", "()") FROZENSET("r1", "()") COMPARE_ALL END,
		  "False True True False False True\n" },
		{ "set() and {1}", SET("r0", "()") SET("r1", "(1,)") COMPARE_ALL END, "True True False True False False\n" },
		{ "[{1}] and [{1, 2}]", SET("r0", "(1,)") SET("r1", "(1, 2)") "BUILD_LIST r0, r0!\nBUILD_LIST r1, r1!\n"
		  COMPARE_ALL END, "True True False True False False\n" },
		{ "{1: {2}} == {1: frozenset({2})}", "LOAD_CONST r2, 1\n" SET("r3", "(2,)") "BUILD_MAP r0, r2..r3\n"
		  FROZENSET("r3", "(2,)") "BUILD_MAP r1, r2..r3\nCOMPARE_OP r2, r0, r1, ==\n" SHOW("r2") END, "True\n" },
		{ "({1}, 2) == ({1}, 3)", SET("r0", "(1,)") "LOAD_CONST r1, 2\nBUILD_TUPLE r0, r0..r1!\n" SET("r1", "(1,)")
		  "LOAD_CONST r2, 3\nBUILD_TUPLE r1, r1..r2!\nCOMPARE_OP r2, r0, r1, ==\n" SHOW("r2") END, "False\n" },
		{ "{1} < [1]", SET("r0", "(1,)") "BUILD_LIST r1, ()\nCOMPARE_OP r2, r0, r1, <\n" END,
		  "TypeError: '<' not supported between instances of 'set' and 'list'\n" },
		{ "1 >= frozenset()", FROZENSET("r0", "()") "LOAD_CONST r1, 1\nCOMPARE_OP r2, r1, r0, >=\n" END,
		  "TypeError: '>=' not supported between instances of 'int' and 'frozenset'\n" },
		{ "{1} == [1], {1} != 1", SET("r0", "(1,)") "BUILD_LIST r1, ()\nCOMPARE_OP r2, r0, r1, ==\nPRINT r2\n"
		  "COMPARE_OP r2, r0, r1, !=\n" SHOW("r2") END, "False True\n" },
		{ "bool(set()), bool(frozenset({0}))", SET("r0", "()") "UNARY_NOT r1, r0\nPRINT r1\n" FROZENSET("r0", "(0,)")
		  "UNARY_NOT r1, r0\n" SHOW("r1") END, "True False\n" },
		{ "type({1}), type(frozenset())", SET("r0", "()") "GET_TYPE r1, r0\nPRINT r1\n" FROZENSET("r0", "()")
		  "GET_TYPE r1, r0\n" SHOW("r1") END, "<class 'set'> <class 'frozenset'>\n" },
	};

	EXPECT_ROWS(rows);
}

/* Keys that are equal only deep inside, and keys that only have the same hash. */
TEST_F(sets, keys)
{
	static const struct pt_row rows[] = {
		{ "{frozenset({1, 2})} == {frozenset({2, 1})}", FROZENSET("r0", "(1, 2)") "BUILD_SET r0, r0!\n"
		  FROZENSET("r1", "(2, 1)") "BUILD_SET r1, r1!\nCOMPARE_OP r2, r0, r1, ==\n" SHOW("r2") END, "True\n" },
		{ "{1} in {frozenset({1})}, [] in {1}", FROZENSET("r0", "(1,)") "BUILD_SET r0, r0!\n" SET("r1", "(1,)")
		  "CONTAINS_OP r2, r1, r0, in\nPRINT r2\nBUILD_LIST r1, ()\nCONTAINS_OP r2, r1, r0, in\n" END,
		  "True TypeError: unhashable type: 'list'\n" },
		{ "s = {frozenset({1}), 2}; s.remove({1}); s.discard(set()); print(s)", FROZENSET("r0", "(1,)")
		  "LOAD_CONST r1, 2\nBUILD_SET r0, r0..r1!\n" SET("r1", "(1,)") "SET_REMOVE r0, r1\n" SET("r1", "()")
		  "SET_DISCARD r0, r1\n" SHOW("r0") END, "{2}\n" },
		{ "d = {frozenset({1, 2}): 5}; print(d[frozenset({2, 1})])", FROZENSET("r0", "(1, 2)") "LOAD_CONST r1, 5\n"
		  "BUILD_MAP r2, r0..r1\n" FROZENSET("r0", "(2, 1)") "BINARY_SUBSCR r3, r2, r0\n" SHOW("r3") END, "5\n" },
		/* hash(x) == hash(x + 2**61 - 1), of tuples of such, too */
		{ "a = {1, 2**61, 2**62 - 1}; print(len(a), a == {2**62 - 1, 2**61, 1})",
		  SET("r0", "(1, 2305843009213693952, 4611686018427387903)") "GET_LEN r2, r0\nPRINT r2\n"
		  SET("r1", "(4611686018427387903, 2305843009213693952, 1)") "COMPARE_OP r2, r0, r1, ==\n" SHOW("r2") END,
		  "3 True\n" },
		{ "the same with each in a tuple, and one that is another",
		  SET("r0", "((1,), (2305843009213693952,), (4611686018427387903,))")
		  SET("r1", "((4611686018427387903,), (2305843009213693952,), (1,))") "COMPARE_OP r2, r0, r1, ==\nPRINT r2\n"
		  SET("r1", "((4611686018427387903,), (2305843009213693952,), (6917529027641081854,))")
		  "COMPARE_OP r2, r0, r1, ==\nPRINT r2\nCOMPARE_OP r2, r0, r1, <=\nPRINT r2\n"
		  "LOAD_CONST r3, (6917529027641081854,)\nCONTAINS_OP r2, r3, r0, not in\n" SHOW("r2") END,
		  "True False False True\n" },
		{ "the same with each in a frozenset in a tuple", FROZENSET("r4", "(1,)") FROZENSET("r5", "(2305843009213693952,)")
		  "BUILD_TUPLE r6, r4\nBUILD_TUPLE r7, r5\nBUILD_SET r0, r6..r7\n" FROZENSET("r4", "(1,)")
		  FROZENSET("r5", "(2305843009213693952,)") "BUILD_TUPLE r6, r4\nBUILD_TUPLE r7, r5\nCOPY r8, r6\n"
		  "BUILD_SET r1, r7..r8\nCOMPARE_OP r2, r0, r1, ==\nPRINT r2\n" FROZENSET("r4", "(4611686018427387903,)")
		  "BUILD_TUPLE r8, r4\nBUILD_SET r1, r7..r8\nCOMPARE_OP r2, r0, r1, ==\n" SHOW("r2") END, "True False\n" },
		{ "f = frozenset({1}); print(frozenset(f) is f, frozenset() is frozenset())", FROZENSET("r0", "(1,)")
		  "BUILD_FROZENSET r1, r0\nIS_OP r2, r0, r1, is\nPRINT r2\n" FROZENSET("r0", "()") FROZENSET("r1", "()")
		  "IS_OP r2, r0, r1, is\n" SHOW("r2") END, "True False\n" },
		{ "s = {1}; t = set(s); t.add(2); print(s)", SET("r0", "(1,)") "BUILD_SET r1, ()\nSET_UPDATE r1, r0\n"
		  "LOAD_CONST r2, 2\nSET_ADD r1, r2\n" SHOW("r0") END, "{1}\n" },
		{ "x = (); s = {x}; sys.getrefcount of a key that is there and of one that is not",
		  "LOAD_CONST r0, (1000,)\nGET_REFCOUNT r1, r0\nBUILD_SET r2, r0\nGET_REFCOUNT r3, r0\n"
		  "BINARY_OP r3, r3, r1, -\nPRINT r3\nLOAD_CONST r4, 1000\nBUILD_TUPLE r4, r4!\nSET_ADD r2, r4\n"
		  "GET_REFCOUNT r3, r4\nPRINT r3\nSET_DISCARD r2, r4\nGET_REFCOUNT r3, r0\nBINARY_OP r3, r3, r1, -\n"
		  SHOW("r3") END, "1 1 0\n" },
	};

	EXPECT_ROWS(rows);
}

/* def nest(n): x = (); for _ in range(n): x = frozenset({x}); return x */
#define NEST									\
	".code nest n\nLOAD_CONST r1, ()\nLOAD_CONST r2, 1\n"			\
	"loop:\nBUILD_SET r1, r1!\nBUILD_FROZENSET r1, r1!\nBINARY_OP n, n!, r2, -\n"	\
	"POP_JUMP_IF_FALSE n, done\nJUMP_BACKWARD loop\ndone:\nRETURN_VALUE r1!\n"
#define NEST_TWICE(depth)							\
	"MAKE_FUNCTION r0, nest\nLOAD_CONST r1, " depth "\nCALL r2, r0, r1\nCALL r3, r0, r1\n"

/* Keys inside of keys do not nest on the kernel's stack. */
TEST_F(sets, deep_keys)
{
	EXPECT_EXEC("True\n", NEST_TWICE("900") "COMPARE_OP r4, r2, r3, ==\n" SHOW("r4") END NEST);
	EXPECT_EXEC("True\n", NEST_TWICE("900") "BUILD_SET r4, r2\nCONTAINS_OP r4, r3, r4!, in\n" SHOW("r4") END NEST);
	EXPECT_EXEC("RecursionError: maximum recursion depth exceeded in comparison\n",
		    NEST_TWICE("1100") "COMPARE_OP r4, r2, r3, ==\n" END NEST);
	EXPECT_EXEC("RecursionError: maximum recursion depth exceeded while getting the repr of an object\n",
		    NEST_TWICE("1100") SHOW("r2") END NEST);
	EXPECT_STREQ("", pt_execf(self->thread, "MAKE_FUNCTION r0, nest\nLOAD_CONST r1, %u\nCALL r2, r0, r1\n"
				  "DELETE_FAST r2\n" END NEST, pt_fewer(100000)));
}

/* A set that cannot be updated is what it was: its keys, their counts, and their order. */
TEST_F(sets, a_failed_update_changes_nothing)
{
	EXPECT_EXEC("", SET("r0", "(8, 16, 24)") "LOAD_CONST r1, 8\nSET_DISCARD r0, r1\nSTORE_GLOBAL r0, s\n" END);
	EXPECT_EXEC("TypeError: unhashable type: 'list'\n", "LOAD_GLOBAL r0, s\nLOAD_CONST r1, (32, 40, 1000, 2000, "
		    "3000, 4000, 5000, 6000, 7000, 8000, 9000, 10000, 11000, 12000, 13000, 14000, 15000, 16000, 17000, "
		    "18000, 19000, 20000, 21000, 22000, 23000, 24000, 25000)\nBUILD_LIST r2, ()\nLIST_EXTEND r2, r1\n"
		    "LIST_APPEND r2, r2\nSET_UPDATE r0, r2\n" END);
	EXPECT_EXEC("{16, 24}\n", "LOAD_GLOBAL r0, s\n" SHOW("r0") END);
	/* Whether 32 comes to where 8 was. */
	EXPECT_EXEC("{32, 16, 24}\n", "LOAD_GLOBAL r0, s\nLOAD_CONST r1, 32\nSET_ADD r0, r1\n" SHOW("r0")
		    "DELETE_GLOBAL s\n" END);
}

/* ---- what dies, and when ---- */

/* d = {1: ref(frozenset({1}), callback), ...}: who dies says so. r200 is the list of frozensets. */
#define WATCHED									\
	"MAKE_FUNCTION r201, died\nBUILD_MAP r202, ()\nSTORE_GLOBAL r202, d\nBUILD_LIST r200, ()\n"	\
	"LOAD_CONST r203, 1\n"							\
	"watch:\nBUILD_SET r204, r203\nBUILD_FROZENSET r204, r204!\nWEAKREF_NEW r205, r204, r201\n"	\
	"STORE_SUBSCR r203, r202, r205\nLIST_APPEND r200, r204!\nLOAD_CONST r206, 1\n"	\
	"BINARY_OP r203, r203!, r206, +\nLOAD_CONST r206, 8\nCOMPARE_OP r206, r203, r206!, ==\n"	\
	"POP_JUMP_IF_TRUE r206!, watched\nJUMP_BACKWARD watch\nwatched:\nDELETE_FAST r205\nDELETE_FAST r201\n"
#define DIED	".code died ref\nLOAD_GLOBAL r1, d\nBINARY_SUBSCR r1, r1!, ref\nPRINT r1!\n" END
#define NEXT	"LOAD_CONST r211, 'next'\nPRINT r211!, end\n"
#define UNWATCH	"DELETE_GLOBAL d\nDELETE_FAST r202\n"

TEST_F(sets, deaths)
{
	static const struct pt_row rows[] = {
		{ "fs = [frozenset({i}) for i in range(1, 8)], each watched; s = set(fs); del fs; del s",
		  WATCHED "BUILD_SET r0, ()\nSET_UPDATE r0, r200!\nDELETE_FAST r0\n" NEXT UNWATCH END DIED,
		  "2 7 3 1 6 5 4 next\n" },
		{ "s -= {frozenset({i}) for i in (3, 4, 5)}; print('next'); s &= set()",
		  WATCHED "BUILD_SET r0, ()\nSET_UPDATE r0, r200!\n" FROZENSET("r1", "(3,)") FROZENSET("r2", "(4,)")
		  FROZENSET("r3", "(5,)") "BUILD_SET r1, r1..r3!\nBINARY_OP r0, r0, r1, -=\n" NEXT
		  SET("r1", "()") "BINARY_OP r0, r0, r1, &=\n" NEXT UNWATCH END DIED,
		  "3 4 5 next\n2 7 1 6 next\n" },
		{ "s ^= {frozenset({i}) for i in (1, 2)}; print('next'); s -= s",
		  WATCHED "BUILD_SET r0, ()\nSET_UPDATE r0, r200!\n" FROZENSET("r1", "(1,)") FROZENSET("r2", "(2,)")
		  "BUILD_SET r1, r1..r2!\nBINARY_OP r0, r0, r1, ^=\n" NEXT "BINARY_OP r0, r0, r0, -=\n" NEXT UNWATCH END DIED,
		  "2 1 next\n7 3 6 5 4 next\n" },
		{ "s.discard(frozenset({1})); s.remove(frozenset({2})); s.pop()",
		  WATCHED "BUILD_SET r0, ()\nSET_UPDATE r0, r200!\n" FROZENSET("r1", "(1,)") "SET_DISCARD r0, r1\n"
		  FROZENSET("r1", "(2,)") "SET_REMOVE r0, r1\nSET_POP r1, r0\nPRINT r1\nDELETE_FAST r1\n" NEXT UNWATCH END DIED,
		  "1 2 frozenset({7}) 7 next\n" },
		{ "f = frozenset(fs); del fs, f", WATCHED "BUILD_FROZENSET r0, r200!\nDELETE_FAST r0\n" NEXT UNWATCH END DIED,
		  "2 7 3 1 6 5 4 next\n" },
		{ "weakref.ref({1})()", SET("r0", "(1,)") "LOAD_CONST r1, None\nWEAKREF_NEW r2, r0, r1\nCALL r1, r2, ()\n"
		  "PRINT r1!\nDELETE_FAST r0\nCALL r1, r2, ()\n" SHOW("r1") END, "{1} None\n" },
	};

	EXPECT_ROWS(rows);
}

/* class C: pass */
#define CLASS_C	"LOAD_CONST r200, None\nBUILD_MAP r201, ()\nBUILD_CLASS r200, r200, r201!, C\n"

TEST_F(sets, cycles)
{
	static const struct pt_row rows[] = {
		{ "c = C(); s = {c}; c.s = s; del s, c; print(gc.collect())", "GC_COLLECT r9, 2\n" CLASS_C "GC_COLLECT r9, 2\n"
		  "CALL r0, r200, ()\nBUILD_SET r1, r0\nSTORE_ATTR r0!, r1!, s\nGC_COLLECT r2, 2\n" SHOW("r2") END, "2\n" },
		{ "the same with a frozenset", "GC_COLLECT r9, 2\n" CLASS_C "GC_COLLECT r9, 2\n"
		  "CALL r0, r200, ()\nBUILD_SET r1, r0\nBUILD_FROZENSET r1, r1!\nSTORE_ATTR r0!, r1!, s\nGC_COLLECT r2, 2\n"
		  SHOW("r2") END, "2\n" },
		{ "a set that can be reached is none, nor is an empty one", "GC_COLLECT r9, 2\n" CLASS_C "GC_COLLECT r9, 2\n"
		  "CALL r0, r200, ()\nBUILD_SET r1, r0\nSTORE_ATTR r0!, r1, s\nBUILD_SET r3, ()\nGC_COLLECT r2, 2\nPRINT r2\n"
		  "GET_LEN r2, r1\nPRINT r2\nDELETE_FAST r1\nGC_COLLECT r2, 2\n" SHOW("r2") END, "0 1 2\n" },
	};

	EXPECT_ROWS(rows);
}

/* Tables that grow and shrink: 0 to 79999 go in, the odd ones go out, then all but 100. */
TEST_F(sets, large)
{
	EXPECT_EXEC("40000 100 [79872, 79874]\n",
		    "BUILD_SET r0, ()\nLOAD_CONST r1, 0\nLOAD_CONST r2, 1\nLOAD_CONST r3, 80000\nLOAD_CONST r8, 2\n"
		    "in:\nSET_ADD r0, r1\nBINARY_OP r1, r1!, r2, +\nCOMPARE_OP r4, r1, r3, ==\nPOP_JUMP_IF_TRUE r4!, out\n"
		    "JUMP_BACKWARD in\nout:\nBINARY_OP r1, r1!, r2, -\nSET_REMOVE r0, r1\nBINARY_OP r1, r1!, r2, -\n"
		    "POP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD out\n"
		    "done:\nGET_LEN r4, r0\nPRINT r4\nLOAD_CONST r1, 79800\n"
		    "BUILD_SET r5, ()\nkeep:\nSET_ADD r5, r1\nBINARY_OP r1, r1!, r8, +\nCOMPARE_OP r4, r1, r3, ==\n"
		    "POP_JUMP_IF_TRUE r4!, kept\nJUMP_BACKWARD keep\nkept:\nBINARY_OP r0, r0!, r5, &=\n"
		    "GET_LEN r4, r0\nPRINT r4\nBUILD_LIST r6, ()\nLIST_EXTEND r6, r0\nLOAD_CONST r1, 2\nBUILD_SLICE r1, r1\n"
		    "BINARY_SUBSCR r6, r6!, r1\n" SHOW("r6") END);
}

/* r0 = {*range(r1)}; r2 is 1 */
#define RANGE(count)								\
	"BUILD_SET r0, ()\nLOAD_CONST r1, " count "\nLOAD_CONST r2, 1\n"	\
	"fill:\nBINARY_OP r1, r1!, r2, -\nSET_ADD r0, r1\nPOP_JUMP_IF_FALSE r1, filled\nJUMP_BACKWARD fill\nfilled:\n"

/* So many at once that others get to run in between. */
TEST_F(sets, many_at_once)
{
	EXPECT_EXEC("0 True\n", RANGE("5000") "BUILD_SET r3, ()\nSET_UPDATE r3, r0\nBUILD_FROZENSET r4, r3\n"
		    "BINARY_OP r3, r3!, r0, -=\nGET_LEN r5, r3\nPRINT r5\nCOMPARE_OP r5, r4, r0, ==\n" SHOW("r5") END);
	EXPECT_EXEC("TypeError: unhashable type: 'list'\n", RANGE("5000") "STORE_GLOBAL r0, s\nBUILD_LIST r3, ()\n"
		    "LIST_EXTEND r3, r0\nLIST_APPEND r3, r3\nBUILD_SET r4, ()\nSTORE_GLOBAL r4, t\nSET_UPDATE r4, r3\n" END);
	EXPECT_EXEC("set() 5000\n", "LOAD_GLOBAL r0, t\nPRINT r0\nLOAD_GLOBAL r0, s\nGET_LEN r0, r0\n" SHOW("r0")
		    "DELETE_GLOBAL s\nDELETE_GLOBAL t\n" END);
	/* Of a table of 8192 slots, most of them empty. */
	EXPECT_EXEC("{4998, 4999}\n", RANGE("5000") "LOAD_CONST r1, 4998\n"
		    "out:\nBINARY_OP r1, r1!, r2, -\nSET_REMOVE r0, r1\nPOP_JUMP_IF_FALSE r1, gone\nJUMP_BACKWARD out\n"
		    "gone:\n" SHOW("r0") END);
	EXPECT_EXEC("True\n", RANGE("2000") "BUILD_MAP r3, ()\nBUILD_MAP r4, ()\nLOAD_CONST r1, 2000\n"
		    "more:\nBINARY_OP r1, r1!, r2, -\nSTORE_SUBSCR r1, r3, r1\nSTORE_SUBSCR r1, r4, r1\n"
		    "POP_JUMP_IF_FALSE r1, made\nJUMP_BACKWARD more\n"
		    "made:\nLOAD_CONST r1, 976\nDELETE_SUBSCR r3, r1\nDELETE_SUBSCR r4, r1\nCOMPARE_OP r5, r3, r4, ==\n"
		    SHOW("r5") END);
}

TEST_HARNESS_MAIN
