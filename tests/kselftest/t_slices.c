// SPDX-License-Identifier: GPL-2.0
/*
 * Slices: of lists, tuples and strs, and what is assigned to slices of lists. The Python beside each
 * program gave the text that is expected (CPython 3.13.5).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "program_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE(slices)

/* r9 = slice(...) */
#define SLICE1(stop)			"LOAD_CONST r6, " stop "\nBUILD_SLICE r9, r6\n"
#define SLICE2(start, stop)		"LOAD_CONST r6, " start "\nLOAD_CONST r7, " stop "\nBUILD_SLICE r9, r6..r7\n"
#define SLICE3(start, stop, step)							\
	"LOAD_CONST r6, " start "\nLOAD_CONST r7, " stop "\nLOAD_CONST r8, " step "\nBUILD_SLICE r9, r6..r8\n"

/* r0 = [*tuple] */
#define LIST(tuple)	"LOAD_CONST r1, " tuple "\nBUILD_LIST r0, ()\nLIST_EXTEND r0, r1\n"
#define SHOW(slot)	"PRINT " slot ", end\n"
/* print(r0[r9]) */
#define GET		"BINARY_SUBSCR r5, r0, r9\nPRINT r5\n"

/* print(r0[r9] is r3) */
#define IS_R3		"BINARY_SUBSCR r5, r0, r9\nIS_OP r4, r5, r3, is\nPRINT r4\n"

#define MIN		"-9223372036854775808"
#define MAX		"9223372036854775807"

TEST_F(slices, objects)
{
	static const struct pt_row rows[] = {
		{ "print(slice(1), slice(1, 2), slice(1, 2, 3))", SLICE1("1") "PRINT r9\n" SLICE2("1", "2") "PRINT r9\n"
		  SLICE3("1", "2", "3") SHOW("r9") END, "slice(None, 1, None) slice(1, 2, None) slice(1, 2, 3)\n" },
		{ "print(slice('a', [], slice(2)))", "LOAD_CONST r0, 'a'\nBUILD_LIST r1, ()\nLOAD_CONST r2, 2\n"
		  "BUILD_SLICE r2, r2\nBUILD_SLICE r3, r0..r2!\n" SHOW("r3") END, "slice('a', [], slice(None, 2, None))\n" },
		{ "l = []; s = slice(l); l.append(s); print(s, l)", "BUILD_LIST r0, ()\nBUILD_SLICE r1, r0\nLIST_APPEND r0, r1\n"
		  "PRINT r1\n" SHOW("r0") END, "slice(None, [slice(None, [...], None)], None) [slice(None, [...], None)]\n" },
		{ "slice()", "BUILD_SLICE r0, ()\n" END, "TypeError: slice expected at least 1 argument, got 0\n" },
		{ "slice(1, 2, 3, 4)", SLICE3("1", "2", "3") "BUILD_SLICE r0, r6..r9\n" END,
		  "TypeError: slice expected at most 3 arguments, got 4\n" },
		{ "slice(1, 2) == slice(1, 2, None), slice(1) == slice(2), slice(1) == 1", SLICE2("1", "2") "COPY r0, r9\n"
		  SLICE3("1", "2", "None") "COMPARE_OP r1, r0, r9, ==\nPRINT r1\n" SLICE1("2") "COPY r0, r9\n" SLICE1("1")
		  "COMPARE_OP r1, r0, r9, ==\nPRINT r1\nCOMPARE_OP r1, r9, r6, ==\n" SHOW("r1") END, "True False False\n" },
		{ "slice(1, 2) < slice(1, 3), >=", SLICE2("1", "2") "COPY r0, r9\n" SLICE2("1", "3") "COMPARE_OP r1, r0, r9, <\n"
		  "PRINT r1\nCOMPARE_OP r1, r0, r9, >=\n" SHOW("r1") END, "True False\n" },
		{ "slice(1, 2) < slice('a')", SLICE2("1", "2") "COPY r0, r9\n" SLICE1("'a'") "COMPARE_OP r1, r0, r9, <\n" END,
		  "TypeError: '<' not supported between instances of 'int' and 'NoneType'\n" },
		{ "slice(1) < 1", SLICE1("1") "COMPARE_OP r1, r9, r6, <\n" END,
		  "TypeError: '<' not supported between instances of 'slice' and 'int'\n" },
		{ "d = {slice(1, 2): 3}; print(d[slice(1, 2)], d)", SLICE2("1", "2") "COPY r0, r9\nLOAD_CONST r1, 3\n"
		  "BUILD_MAP r2, r0..r1\n" SLICE2("1", "2") "BINARY_SUBSCR r1, r2, r9\nPRINT r1\n" SHOW("r2") END,
		  "3 {slice(1, 2, None): 3}\n" },
		{ "print({slice(3), slice(1), slice(2)})", SLICE1("3") "COPY r0, r9\n" SLICE1("1") "COPY r1, r9\n" SLICE1("2")
		  "COPY r2, r9\nBUILD_SET r3, r0..r2\n" SHOW("r3") END, 
		  "{slice(None, 1, None), slice(None, 2, None), slice(None, 3, None)}\n" },
		{ "hash(slice([]))", "BUILD_LIST r0, ()\nBUILD_SLICE r0, r0\nBUILD_SET r1, r0\n" END,
		  "TypeError: unhashable type: 'list'\n" },
		{ "type(slice(1)), bool(slice(0))", SLICE1("0") "GET_TYPE r0, r9\nPRINT r0\nUNARY_NOT r0, r9\n" SHOW("r0") END,
		  "<class 'slice'> False\n" },
		{ "slice(1)[0]", SLICE1("1") "BINARY_SUBSCR r0, r9, r6\n" END, "TypeError: 'slice' object is not subscriptable\n" },
		{ "del slice(1)[0]", SLICE1("1") "DELETE_SUBSCR r9, r6\n" END,
		  "TypeError: 'slice' object does not support item deletion\n" },
		{ "len(slice(1))", SLICE1("1") "GET_LEN r0, r9\n" END, "TypeError: object of type 'slice' has no len()\n" },
		{ "1 in slice(1)", SLICE1("1") "CONTAINS_OP r0, r6, r9, in\n" END,
		  "TypeError: argument of type 'slice' is not iterable\n" },
		{ "[].extend(slice(1))", SLICE1("1") "BUILD_LIST r0, ()\nLIST_EXTEND r0, r9\n" END,
		  "TypeError: 'slice' object is not iterable\n" },
		{ "weakref.ref(slice(1))", SLICE1("1") "LOAD_CONST r0, None\nWEAKREF_NEW r1, r9, r0\n" END,
		  "TypeError: cannot create weak reference to 'slice' object\n" },
		{ "gc.collect() of l = []; l.append(slice(l))", "GC_COLLECT r9, 2\nBUILD_LIST r0, ()\nBUILD_SLICE r1, r0\n"
		  "LIST_APPEND r0!, r1!\nGC_COLLECT r2, 2\n" SHOW("r2") END, "2\n" },
	};

	EXPECT_ROWS(rows);
}

TEST_F(slices, of_sequences)
{
	static const struct pt_row rows[] = {
		{ "l[1:3], l[:2], l[2:], l[:], l[-2:], l[:-2]", LIST("(0, 1, 2, 3, 4)") SLICE2("1", "3") GET SLICE1("2") GET
		  SLICE2("2", "None") GET SLICE1("None") GET SLICE2("-2", "None") GET SLICE1("-2") GET END,
		  "[1, 2] [0, 1] [2, 3, 4] [0, 1, 2, 3, 4] [3, 4] [0, 1, 2] " },
		{ "l[::2], l[::-1], l[3:0:-2], l[-1:-9:-1], l[4:1], l[9:], l[-9:2]", LIST("(0, 1, 2, 3, 4)")
		  SLICE3("None", "None", "2") GET SLICE3("None", "None", "-1") GET SLICE3("3", "0", "-2") GET
		  SLICE3("-1", "-9", "-1") GET SLICE2("4", "1") GET SLICE2("9", "None") GET SLICE2("-9", "2") GET END,
		  "[0, 2, 4] [4, 3, 2, 1, 0] [3, 1] [4, 3, 2, 1, 0] [] [] [0, 1] " },
		{ "with -2**63 and 2**63 - 1", LIST("(0, 1, 2)") SLICE3(MIN, MAX, "1") GET SLICE3(MAX, MIN, "-1") GET
		  SLICE3("None", "None", MAX) GET SLICE3("None", "None", MIN) GET SLICE3("0", "None", MIN) GET
		  SLICE3("2", MAX, MAX) GET SLICE3(MAX, MIN, MIN) GET SLICE3(MIN, MAX, MIN) GET END,
		  "[0, 1, 2] [2, 1, 0] [0] [2] [0] [2] [2] [] " },
		{ "l[True:False:-1]", LIST("(0, 1, 2)") SLICE3("True", "False", "-1") GET END, "[1] " },
		{ "l[:] is l, l[:] == l", LIST("(0, 1)") SLICE1("None") "BINARY_SUBSCR r5, r0, r9\nIS_OP r4, r5, r0, is\nPRINT r4\n"
		  "COMPARE_OP r4, r5, r0, ==\n" SHOW("r4") END, "False True\n" },
		{ "x = b'ab\\x80\\xffefghijkl'; x[1:4], x[::-1], x[-3:], x[1:11:3], x[5:2], x[2:3]",
		  "LOAD_CONST r0, b'ab\\x80\\xffefghijkl'\n" SLICE2("1", "4") GET SLICE3("None", "None", "-1") GET
		  SLICE2("-3", "None") GET SLICE3("1", "11", "3") GET SLICE2("5", "2") GET SLICE2("2", "3") GET END,
		  "b'b\\x80\\xff' b'lkjihgfe\\xff\\x80ba' b'jkl' b'behk' b'' b'\\x80' " },
		{ "x[:] is x, x[0:1] is x[0:1], x[::12] is x[::12]", "LOAD_CONST r0, b'ab'\n" SLICE1("None")
		  "BINARY_SUBSCR r1, r0, r9\nIS_OP r1, r1, r0, is\nPRINT r1\n" SLICE2("0", "1")
		  "BINARY_SUBSCR r1, r0, r9\nBINARY_SUBSCR r2, r0, r9\nIS_OP r1, r1, r2, is\nPRINT r1\n"
		  SLICE3("None", "None", "12") "BINARY_SUBSCR r1, r0, r9\nBINARY_SUBSCR r2, r0, r9\nIS_OP r1, r1, r2, is\n"
		  SHOW("r1") END, "True True False\n" },
		{ "t[1:3], t[::-1], t[5:]", "LOAD_CONST r0, (0, 1, 2, 3)\n" SLICE2("1", "3") GET SLICE3("None", "None", "-1") GET
		  SLICE2("5", "None") GET END, "(1, 2) (3, 2, 1, 0) () " },
		{ "t[:] is t, t[0:9] is t, t[::-1] is t, t[4:] is ()", "LOAD_CONST r0, (0, 1)\n" SLICE1("None")
		  "BINARY_SUBSCR r5, r0, r9\nIS_OP r4, r5, r0, is\nPRINT r4\n" SLICE2("0", "9")
		  "BINARY_SUBSCR r5, r0, r9\nIS_OP r4, r5, r0, is\nPRINT r4\n" SLICE3("None", "None", "-1")
		  "BINARY_SUBSCR r5, r0, r9\nIS_OP r4, r5, r0, is\nPRINT r4\n" SLICE2("4", "None")
		  "BINARY_SUBSCR r5, r0, r9\nLOAD_CONST r3, ()\nIS_OP r4, r5, r3, is\n" SHOW("r4") END, "True True False True\n" },
		{ "'hello world, again'[3:14], [::-2], [3], [-1:], [:]", "LOAD_CONST r0, 'hello world, again'\n" SLICE2("3", "14") GET
		  SLICE3("None", "None", "-2") GET SLICE2("-1", "None") GET SLICE2("2", "4") GET SLICE3("0", "9", "3") GET END,
		  "lo world, a naa,lo le n ll hlw " },
		{ "'aé中🐍z'[1:4], [::-1], [::2], [3:], [-2:-1], [4:1:-2]", "LOAD_CONST r0, 'a\u00e9\u4e2d\U0001f40dz'\n"
		  SLICE2("1", "4") GET SLICE3("None", "None", "-1") GET SLICE3("None", "None", "2") GET SLICE2("3", "None") GET
		  SLICE2("-2", "-1") GET SLICE3("4", "1", "-2") GET SLICE2("2", "2") GET END,
		  "\u00e9\u4e2d\U0001f40d z\U0001f40d\u4e2d\u00e9a a\u4e2dz \U0001f40dz \U0001f40d z\u4e2d  " },
		{ "s[:] is s, s[1:2] is 'e', s[9:] is ''", "LOAD_CONST r0, 'hello'\n" SLICE1("None")
		  "BINARY_SUBSCR r5, r0, r9\nIS_OP r4, r5, r0, is\nPRINT r4\n" SLICE2("1", "2") "BINARY_SUBSCR r5, r0, r9\n"
		  "LOAD_CONST r3, 'e'\nIS_OP r4, r5, r3, is\nPRINT r4\n" SLICE2("9", "None") "BINARY_SUBSCR r5, r0, r9\n"
		  "LOAD_CONST r3, ''\nIS_OP r4, r5, r3, is\n" SHOW("r4") END, "True True True\n" },
		{ "len(('é' * 5000)[1:4000]), len(('é' * 5000)[::-3])", "LOAD_CONST r0, '\u00e9'\nLOAD_CONST r1, 5000\n"
		  "BINARY_OP r0, r0!, r1, *\n" SLICE2("1", "4000") "BINARY_SUBSCR r5, r0, r9\nGET_LEN r5, r5\nPRINT r5\n"
		  SLICE3("None", "None", "-3") "BINARY_SUBSCR r5, r0, r9\nGET_LEN r5, r5\n" SHOW("r5") END, "3999 1667\n" },
		{ "[1][::0]", LIST("(1,)") SLICE3("None", "None", "0") GET END, "ValueError: slice step cannot be zero\n" },
		{ "()[::False]", "LOAD_CONST r0, ()\n" SLICE3("None", "None", "False") GET END,
		  "ValueError: slice step cannot be zero\n" },
		{ "[1]['a':]", LIST("(1,)") SLICE2("'a'", "None") GET END,
		  "TypeError: slice indices must be integers or None or have an __index__ method\n" },
		{ "t = 'a\u20acc'; t[2:] is 'c', t[2:3:1] is 'c', t[2::2] is 'c', t[::-4] is 'c', t[1:2:2], t[4::2] is ''",
		  "LOAD_CONST r0, 'a\u20acc'\nLOAD_CONST r3, 'c'\n" SLICE2("2", "None") IS_R3 SLICE3("2", "3", "1") IS_R3
		  SLICE3("2", "None", "2") IS_R3 SLICE3("None", "None", "-4") IS_R3 SLICE3("1", "2", "2") GET
		  "LOAD_CONST r3, ''\n" SLICE3("4", "None", "2") IS_R3 END, "True True False False \u20ac True " },
		{ "'abc'[:'a']", "LOAD_CONST r0, 'abc'\n" SLICE1("'a'") GET END,
		  "TypeError: slice indices must be integers or None or have an __index__ method\n" },
		{ "(1,)[::'a']", "LOAD_CONST r0, (1,)\n" SLICE3("None", "None", "'a'") GET END,
		  "TypeError: slice indices must be integers or None or have an __index__ method\n" },
		{ "{1}[:]", "LOAD_CONST r0, 1\nBUILD_SET r0, r0\n" SLICE1("1") GET END,
		  "TypeError: 'set' object is not subscriptable\n" },
	};

	EXPECT_ROWS(rows);
}

/* r0[r9] = r4; print(r0) */
#define PUT(tuple)	"LOAD_CONST r4, " tuple "\nSTORE_SUBSCR r4, r0, r9\nPRINT r0\n"
#define DEL		"DELETE_SUBSCR r0, r9\nPRINT r0\n"
#define FIVE		LIST("(0, 1, 2, 3, 4)")

TEST_F(slices, assignment)
{
	static const struct pt_row rows[] = {
		{ "l[1:3] = (7,); l[1:1] = (8, 9); l[5:2] = (5,); l[-1:] = (); l[9:] = (6,)", FIVE SLICE2("1", "3") PUT("(7,)")
		  SLICE2("1", "1") PUT("(8, 9)") SLICE2("5", "2") PUT("(5,)") SLICE2("-1", "None") PUT("()") SLICE2("9", "None")
		  PUT("(6,)") END,
		  "[0, 7, 3, 4] [0, 8, 9, 7, 3, 4] [0, 8, 9, 7, 3, 5, 4] [0, 8, 9, 7, 3, 5] [0, 8, 9, 7, 3, 5, 6] " },
		{ "l[:] = 'ab'; l[:] = {}; l[:] = [1]; l[:0] = l; l[:] = l", FIVE SLICE1("None") PUT("'ab'")
		  "BUILD_MAP r4, ()\nSTORE_SUBSCR r4, r0, r9\nPRINT r0\n" PUT("(1,)") SLICE1("0") "STORE_SUBSCR r0, r0, r9\nPRINT r0\n"
		  SLICE1("None") "STORE_SUBSCR r0, r0, r9\nPRINT r0\n" END, "['a', 'b'] [] [1] [1, 1] [1, 1] " },
		{ "l[::2] = (7, 8, 9); l[::-2] = 'xyz'; l[3:0:-2] = {1, 2}", FIVE SLICE3("None", "None", "2") PUT("(7, 8, 9)")
		  SLICE3("None", "None", "-2") PUT("'xyz'") SLICE3("3", "0", "-2") "LOAD_CONST r4, 1\nLOAD_CONST r5, 2\n"
		  "BUILD_SET r4, r4..r5\nSTORE_SUBSCR r4, r0, r9\nPRINT r0\n" END,
		  "[7, 1, 8, 3, 9] ['z', 1, 'y', 3, 'x'] ['z', 2, 'y', 1, 'x'] " },
		{ "l[::-1] = l; l[4:1:2] = ()", FIVE SLICE3("None", "None", "-1") "STORE_SUBSCR r0, r0, r9\nPRINT r0\n"
		  SLICE3("4", "1", "2") PUT("()") END, "[4, 3, 2, 1, 0] [4, 3, 2, 1, 0] " },
		{ "del l[1:3]; del l[5:]; del l[::2]; del l[:]; del l[:]", FIVE SLICE2("1", "3") DEL SLICE2("5", "None") DEL
		  SLICE3("None", "None", "2") DEL SLICE1("None") DEL DEL END, "[0, 3, 4] [0, 3, 4] [3] [] [] " },
		{ "del l[::-3]; del l[3:0:-2]; del l[0:1:5]; del l[4:1:2]", FIVE SLICE3("None", "None", "-3") DEL
		  SLICE3("3", "0", "-1") DEL SLICE3("0", "1", "5") DEL SLICE3("4", "1", "2") DEL END, "[0, 2, 3] [0] [] [] " },
		{ "l[::2] = (1,)", FIVE SLICE3("None", "None", "2") PUT("(1,)") END,
		  "ValueError: attempt to assign sequence of size 1 to extended slice of size 3\n" },
		{ "l[4:1:2] = (1,)", FIVE SLICE3("4", "1", "2") PUT("(1,)") END,
		  "ValueError: attempt to assign sequence of size 1 to extended slice of size 0\n" },
		{ "l[::-1] = 'ab'", FIVE SLICE3("None", "None", "-1") PUT("'ab'") END,
		  "ValueError: attempt to assign sequence of size 2 to extended slice of size 5\n" },
		{ "l[0:1] = 5", FIVE SLICE2("0", "1") PUT("5") END, "TypeError: must assign iterable to extended slice\n" },
		{ "l[::2] = None", FIVE SLICE3("None", "None", "2") PUT("None") END,
		  "TypeError: must assign iterable to extended slice\n" },
		{ "l[::0] = ()", FIVE SLICE3("None", "None", "0") PUT("()") END, "ValueError: slice step cannot be zero\n" },
		{ "del l['a':]", FIVE SLICE2("'a'", "None") DEL END,
		  "TypeError: slice indices must be integers or None or have an __index__ method\n" },
		{ "l['a'] = 1", FIVE "LOAD_CONST r9, 'a'\n" PUT("1") END,
		  "TypeError: list indices must be integers or slices, not str\n" },
		{ "t[0:1] = (1,)", "LOAD_CONST r0, (1, 2)\n" SLICE2("0", "1") PUT("(1,)") END,
		  "TypeError: 'tuple' object does not support item assignment\n" },
		{ "del t[0:1]", "LOAD_CONST r0, (1, 2)\n" SLICE2("0", "1") DEL END,
		  "TypeError: 'tuple' object does not support item deletion\n" },
		{ "del 'a'[0:1]", "LOAD_CONST r0, 'a'\n" SLICE2("0", "1") DEL END,
		  "TypeError: 'str' object does not support item deletion\n" },
	};

	EXPECT_ROWS(rows);
}

/* class D: __init__(self, n): self.n = n; __del__(self): print(self.n); r10..r14 = D('a') to D('e') */
#define CLASS_D											\
	"LOAD_CONST r200, None\nLOAD_CONST r201, '__init__'\nMAKE_FUNCTION r202, init\n"	\
	"LOAD_CONST r203, '__del__'\nMAKE_FUNCTION r204, del\n"					\
	"BUILD_MAP r201, r201..r204!\nBUILD_CLASS r200, r200, r201!, D\n"			\
	NEW("r10", "a") NEW("r11", "b") NEW("r12", "c") NEW("r13", "d") NEW("r14", "e")
#define CODE_D											\
	".code init self n\nSTORE_ATTR self, n, n\n" END					\
	".code del self\nLOAD_ATTR r1, self, n\nPRINT r1!\n" END
#define NEW(slot, text)	"LOAD_CONST r210, '" text "'\nCALL " slot ", r200, r210!\n"
#define DS	CLASS_D "BUILD_LIST r0, r10..r14!\n"
#define SAY(text)	"LOAD_CONST r211, '" text "'\nPRINT r211!, end\n"
#define REST	SAY("|") "DELETE_FAST r0\n" SAY("") END CODE_D
#define SET_TO(tuple)	"LOAD_CONST r4, " tuple "\nSTORE_SUBSCR r4, r0, r9\n"

TEST_F(slices, deaths)
{
	static const struct pt_row rows[] = {
		{ "l = [D('a'), ..., D('e')]; l[1:3] = []; print('|'); del l", DS SLICE2("1", "3") SET_TO("()") REST,
		  "c b |\ne d a \n" },
		{ "l[::2] = [1, 2, 3]", DS SLICE3("None", "None", "2") SET_TO("(1, 2, 3)") REST, "a c e |\nd b \n" },
		{ "del l[::2]", DS SLICE3("None", "None", "2") "DELETE_SUBSCR r0, r9\n" REST, "a c e |\nd b \n" },
		{ "del l[::-2]", DS SLICE3("None", "None", "-2") "DELETE_SUBSCR r0, r9\n" REST, "a c e |\nd b \n" },
		{ "l[::-1] = [1, 2, 3, 4, 5]", DS SLICE3("None", "None", "-1") SET_TO("(1, 2, 3, 4, 5)") REST,
		  "e d c b a |\n\n" },
		{ "l[:] = []", DS SLICE1("None") SET_TO("()") REST, "e d c b a |\n\n" },
		{ "del l[:]", DS SLICE1("None") "DELETE_SUBSCR r0, r9\n" REST, "e d c b a |\n\n" },
		{ "l[1:1] = [1]; l[1:4] = (1, 2, 3, 4, 5)", DS SLICE2("1", "1") SET_TO("(1,)") SLICE2("1", "4")
		  SET_TO("(1, 2, 3, 4, 5)") REST, "c b |\ne d a \n" },
		{ "s = slice(D('a'), D('b'), D('c')); del s", CLASS_D "BUILD_SLICE r0, r10..r12!\nDELETE_FAST r0\n" SAY("|") END CODE_D,
		  "c a b |\nd e " },
		{ "l = [slice(D('a'), D('b'), D('c'))]; l.append(l); gc.collect(0); del l; gc.collect(); print('|')",
		  "GC_COLLECT r9, 2\n" CLASS_D "BUILD_SLICE r0, r10..r12!\nBUILD_LIST r0, r0!\nLIST_APPEND r0, r0\nGC_COLLECT r9, 0\n"
		  "DELETE_FAST r0\nGC_COLLECT r9, 2\n" SAY("|") END CODE_D, "a b c |\nd e " },
		/* 3.10 */
		{ "def __del__(s): print(len(L)); L = [Q(), 1, 2, 3]; L[0:2] = [7, 8, 9]", "LOAD_CONST r200, None\n"
		  "LOAD_CONST r201, '__del__'\nMAKE_FUNCTION r202, del\nBUILD_MAP r201, r201..r202!\n"
		  "BUILD_CLASS r200, r200, r201!, Q\nCALL r1, r200, ()\nLOAD_CONST r2, 1\nBUILD_LIST r0, r1..r2!\n"
		  "STORE_GLOBAL r0, L\n" SLICE2("0", "1") SET_TO("(7, 8, 9)") "PRINT r0, end\nDELETE_GLOBAL L\n" END
		  ".code del self\nLOAD_GLOBAL r1, L\nGET_LEN r1, r1!\nPRINT r1!\n" END, "4 [7, 8, 9, 1]\n" },
	};

	EXPECT_ROWS(rows);
}

/* x = slice(x, None, x) again and again */
TEST_F(slices, deep)
{
#define NEST											\
	".code nest n\nLOAD_CONST r1, 0\nLOAD_CONST r4, 1\n"					\
	"loop:\nLOAD_CONST r2, None\nBUILD_SLICE r1, r1..r2!\nBINARY_OP n, n!, r4, -\n"		\
	"POP_JUMP_IF_FALSE n, done\nJUMP_BACKWARD loop\ndone:\nRETURN_VALUE r1!\n"
#define NEST_TWICE(depth)									\
	"MAKE_FUNCTION r0, nest\nLOAD_CONST r1, " depth "\nCALL r2, r0, r1\nCALL r3, r0, r1\n"

	EXPECT_EXEC("True\n", NEST_TWICE("900") "COMPARE_OP r4, r2, r3, ==\n" SHOW("r4") END NEST);
	EXPECT_EXEC("True\n", NEST_TWICE("900") "BUILD_SET r4, r2\nCONTAINS_OP r4, r3, r4!, in\n" SHOW("r4") END NEST);
	EXPECT_EXEC("RecursionError: maximum recursion depth exceeded\n", NEST_TWICE("1100") "BUILD_SET r4, r2\n" END NEST);
	EXPECT_EXEC("RecursionError: maximum recursion depth exceeded in comparison\n",
		    NEST_TWICE("1100") "COMPARE_OP r4, r2, r3, ==\n" END NEST);
	EXPECT_EXEC("RecursionError: maximum recursion depth exceeded while getting the repr of an object\n",
		    NEST_TWICE("1100") SHOW("r2") END NEST);
	EXPECT_STREQ("", pt_execf(self->thread, NEST_TWICE("%u") END NEST, pt_fewer(100000)));
}

/* What cannot be assigned has changed no count. */
TEST_F(slices, a_failed_assignment_changes_nothing)
{
	EXPECT_EXEC("ValueError: attempt to assign sequence of size 2 to extended slice of size 1\n",
		    "LOAD_CONST r1, 1000\nBUILD_LIST r0, r1\nSTORE_GLOBAL r0, l\nBUILD_LIST r2, ()\nSTORE_GLOBAL r2, i\n"
		    "BUILD_TUPLE r4, r2\nBINARY_OP r4, r4!, r4, +\n" SLICE3("None", "None", "2")
		    "STORE_SUBSCR r4, r0, r9\n" END);
	EXPECT_EQ(1, pt_refs(self->arena, "i"));
	EXPECT_EXEC("[1000]\n", "LOAD_GLOBAL r0, l\nPRINT r0, end\nDELETE_GLOBAL l\nDELETE_GLOBAL i\n" END);
}

/* So many at once that others get to run in between. */
TEST_F(slices, many_at_once)
{
	EXPECT_EXEC("3000 True 1500 3000\n", "LOAD_CONST r1, None\nBUILD_LIST r0, r1\nLOAD_CONST r2, 3000\n"
		    "BINARY_OP r0, r0!, r2, *\n" SLICE3("None", "None", "-1") "BINARY_SUBSCR r3, r0, r9\n"
		    "STORE_SUBSCR r3, r0, r9\nGET_LEN r4, r0\nPRINT r4\nCOMPARE_OP r4, r0, r3, ==\nPRINT r4\n"
		    SLICE3("None", "None", "2") "DELETE_SUBSCR r0, r9\nGET_LEN r4, r0\nPRINT r4\n" SLICE2("0", "1500")
		    "STORE_SUBSCR r3, r0, r9\nGET_LEN r4, r0\n" SHOW("r4") END);
}

TEST_HARNESS_MAIN
