// SPDX-License-Identifier: GPL-2.0
/*
 * bytes. The tables are what CPython 3.13.5 gives for the same expressions.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "operator_util.h"
#include "program_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE(bytes)

static const struct pt_operation arithmetic[] = {
	{ "b'ab'", "+", "b'cd'", "b'abcd'" },
	{ "b''", "+", "b'a'", "b'a'" },
	{ "b'a'", "+", "b''", "b'a'" },
	{ "b''", "+", "b''", "b''" },
	{ "b'abcdefgh'", "+", "b'\\x00\\xff'", "b'abcdefgh\\x00\\xff'" },
	{ "b'ab'", "+=", "b'c'", "b'abc'" },
	{ "b'ab'", "*", "3", "b'ababab'" },
	{ "3", "*", "b'ab'", "b'ababab'" },
	{ "b'ab'", "*", "0", "b''" },
	{ "b'ab'", "*", "-1", "b''" },
	{ "b'ab'", "*", "True", "b'ab'" },
	{ "b'\\x00\\x01'", "*", "5", "b'\\x00\\x01\\x00\\x01\\x00\\x01\\x00\\x01\\x00\\x01'" },
	{ "b'ab'", "*=", "2", "b'abab'" },
	{ "b''", "*", "9223372036854775807", "b''" },
	{ "b'a'", "+", "'a'", "TypeError: can't concat str to bytes" },
	{ "'a'", "+", "b'a'", "TypeError: can only concatenate str (not \"bytes\") to str" },
	{ "b'a'", "+", "1", "TypeError: can't concat int to bytes" },
	{ "b'a'", "+", "None", "TypeError: can't concat NoneType to bytes" },
	{ "b'a'", "+", "[1,]", "TypeError: can't concat list to bytes" },
	{ "[1,]", "+", "b'a'", "TypeError: can only concatenate list (not \"bytes\") to list" },
	{ "1", "+", "b'a'", "TypeError: unsupported operand type(s) for +: 'int' and 'bytes'" },
	{ "b'a'", "+=", "1", "TypeError: can't concat int to bytes" },
	{ "b'a'", "*", "1.5", "TypeError: can't multiply sequence by non-int of type 'float'" },
	{ "b'a'", "*", "b'a'", "TypeError: can't multiply sequence by non-int of type 'bytes'" },
	{ "b'a'", "*", "None", "TypeError: can't multiply sequence by non-int of type 'NoneType'" },
	{ "b'a'", "*=", "1.5", "TypeError: can't multiply sequence by non-int of type 'float'" },
	{ "1.5", "*", "b'a'", "TypeError: can't multiply sequence by non-int of type 'float'" },
	{ "b'a'", "*", "'a'", "TypeError: can't multiply sequence by non-int of type 'str'" },
	{ "b'a'", "-", "b'b'", "TypeError: unsupported operand type(s) for -: 'bytes' and 'bytes'" },
	{ "b'a'", "/", "2", "TypeError: unsupported operand type(s) for /: 'bytes' and 'int'" },
	{ "b'a'", "//", "2", "TypeError: unsupported operand type(s) for //: 'bytes' and 'int'" },
	{ "b'a'", "-=", "1", "TypeError: unsupported operand type(s) for -=: 'bytes' and 'int'" },
	{ "b'a'", "&", "b'a'", "TypeError: unsupported operand type(s) for &: 'bytes' and 'bytes'" },
	{ "1", "%", "b'a'", "TypeError: unsupported operand type(s) for %: 'int' and 'bytes'" },
	{ "b'a'", "<<", "1", "TypeError: unsupported operand type(s) for <<: 'bytes' and 'int'" },
};

TEST_F(bytes, arithmetic)
{
	PT_EXPECT_OPERATIONS("BINARY_OP", arithmetic);
}

static const struct pt_operation comparisons[] = {
	{ "b'a'", "<", "b'b'", "True" },
	{ "b'ab'", "<", "b'ab'", "False" },
	{ "b'ab'", "<", "b'abc'", "True" },
	{ "b'\\xff'", "<", "b'a'", "False" },
	{ "b''", "<", "b'\\x00'", "True" },
	{ "b'abcdefgh'", "<", "b'abcdefghi'", "True" },
	{ "b'abcdefghij'", "<", "b'abcdefghij'", "False" },
	{ "b'abcdefghiz'", "<", "b'abcdefghij'", "False" },
	{ "b'a'", "<=", "b'b'", "True" },
	{ "b'ab'", "<=", "b'ab'", "True" },
	{ "b'ab'", "<=", "b'abc'", "True" },
	{ "b'\\xff'", "<=", "b'a'", "False" },
	{ "b''", "<=", "b'\\x00'", "True" },
	{ "b'abcdefgh'", "<=", "b'abcdefghi'", "True" },
	{ "b'abcdefghij'", "<=", "b'abcdefghij'", "True" },
	{ "b'abcdefghiz'", "<=", "b'abcdefghij'", "False" },
	{ "b'a'", "==", "b'b'", "False" },
	{ "b'ab'", "==", "b'ab'", "True" },
	{ "b'ab'", "==", "b'abc'", "False" },
	{ "b'\\xff'", "==", "b'a'", "False" },
	{ "b''", "==", "b'\\x00'", "False" },
	{ "b'abcdefgh'", "==", "b'abcdefghi'", "False" },
	{ "b'abcdefghij'", "==", "b'abcdefghij'", "True" },
	{ "b'abcdefghiz'", "==", "b'abcdefghij'", "False" },
	{ "b'a'", "!=", "b'b'", "True" },
	{ "b'ab'", "!=", "b'ab'", "False" },
	{ "b'ab'", "!=", "b'abc'", "True" },
	{ "b'\\xff'", "!=", "b'a'", "True" },
	{ "b''", "!=", "b'\\x00'", "True" },
	{ "b'abcdefgh'", "!=", "b'abcdefghi'", "True" },
	{ "b'abcdefghij'", "!=", "b'abcdefghij'", "False" },
	{ "b'abcdefghiz'", "!=", "b'abcdefghij'", "True" },
	{ "b'a'", ">", "b'b'", "False" },
	{ "b'ab'", ">", "b'ab'", "False" },
	{ "b'ab'", ">", "b'abc'", "False" },
	{ "b'\\xff'", ">", "b'a'", "True" },
	{ "b''", ">", "b'\\x00'", "False" },
	{ "b'abcdefgh'", ">", "b'abcdefghi'", "False" },
	{ "b'abcdefghij'", ">", "b'abcdefghij'", "False" },
	{ "b'abcdefghiz'", ">", "b'abcdefghij'", "True" },
	{ "b'a'", ">=", "b'b'", "False" },
	{ "b'ab'", ">=", "b'ab'", "True" },
	{ "b'ab'", ">=", "b'abc'", "False" },
	{ "b'\\xff'", ">=", "b'a'", "True" },
	{ "b''", ">=", "b'\\x00'", "False" },
	{ "b'abcdefgh'", ">=", "b'abcdefghi'", "False" },
	{ "b'abcdefghij'", ">=", "b'abcdefghij'", "True" },
	{ "b'abcdefghiz'", ">=", "b'abcdefghij'", "True" },
	{ "b'a'", "<", "'a'", "TypeError: '<' not supported between instances of 'bytes' and 'str'" },
	{ "'a'", "<", "b'a'", "TypeError: '<' not supported between instances of 'str' and 'bytes'" },
	{ "b'a'", "<", "97", "TypeError: '<' not supported between instances of 'bytes' and 'int'" },
	{ "None", "<", "b'a'", "TypeError: '<' not supported between instances of 'NoneType' and 'bytes'" },
	{ "b'abcdefghij'", "<", "'abcdefghij'", "TypeError: '<' not supported between instances of 'bytes' and 'str'" },
	{ "b'a'", "==", "'a'", "False" },
	{ "'a'", "==", "b'a'", "False" },
	{ "b'a'", "==", "97", "False" },
	{ "None", "==", "b'a'", "False" },
	{ "b'abcdefghij'", "==", "'abcdefghij'", "False" },
	{ "b'a'", "!=", "'a'", "True" },
	{ "'a'", "!=", "b'a'", "True" },
	{ "b'a'", "!=", "97", "True" },
	{ "None", "!=", "b'a'", "True" },
	{ "b'abcdefghij'", "!=", "'abcdefghij'", "True" },
	{ "b'a'", ">=", "'a'", "TypeError: '>=' not supported between instances of 'bytes' and 'str'" },
	{ "'a'", ">=", "b'a'", "TypeError: '>=' not supported between instances of 'str' and 'bytes'" },
	{ "b'a'", ">=", "97", "TypeError: '>=' not supported between instances of 'bytes' and 'int'" },
	{ "None", ">=", "b'a'", "TypeError: '>=' not supported between instances of 'NoneType' and 'bytes'" },
	{ "b'abcdefghij'", ">=", "'abcdefghij'", "TypeError: '>=' not supported between instances of 'bytes' and 'str'" },
	{ "(1, b'a')", "<", "(1, b'b')", "True" },
	{ "(1, b'a')", "==", "(1, b'a')", "True" },
	{ "(b'a',)", "==", "('a',)", "False" },
};

TEST_F(bytes, comparison)
{
	PT_EXPECT_OPERATIONS("COMPARE_OP", comparisons);
}

static const struct pt_operation containments[] = {
	{ "b'a'", "in", "b'cat'", "True" },
	{ "b'at'", "in", "b'cat'", "True" },
	{ "b'ct'", "in", "b'cat'", "False" },
	{ "b''", "in", "b''", "True" },
	{ "b''", "in", "b'a'", "True" },
	{ "b'cat'", "in", "b'at'", "False" },
	{ "97", "in", "b'cat'", "True" },
	{ "98", "in", "b'cat'", "False" },
	{ "True", "in", "b'\\x01'", "True" },
	{ "255", "in", "b'\\xff'", "True" },
	{ "0", "not in", "b'cat'", "True" },
	{ "0", "in", "b''", "False" },
	{ "256", "in", "b'a'", "ValueError: byte must be in range(0, 256)" },
	{ "-1", "in", "b'a'", "ValueError: byte must be in range(0, 256)" },
	{ "256", "in", "b''", "ValueError: byte must be in range(0, 256)" },
	{ "9223372036854775807", "in", "b'a'", "ValueError: byte must be in range(0, 256)" },
	{ "'a'", "in", "b'a'", "TypeError: a bytes-like object is required, not 'str'" },
	{ "1.5", "in", "b'a'", "TypeError: a bytes-like object is required, not 'float'" },
	{ "None", "in", "b'a'", "TypeError: a bytes-like object is required, not 'NoneType'" },
	{ "[1,]", "in", "b'a'", "TypeError: a bytes-like object is required, not 'list'" },
	{ "b'a'", "in", "'a'", "TypeError: 'in <string>' requires string as left operand, not bytes" },
	{ "b'a'", "in", "(b'a', 1)", "True" },
	{ "b'a'", "in", "('a', 1)", "False" },
	{ "b'jk'", "in", "b'abcdefghijkl'", "True" },
};

TEST_F(bytes, containment)
{
	PT_EXPECT_OPERATIONS("CONTAINS_OP", containments);
}

/* The literals in the words of pyasm(5), where no single quote stands in a string of a test. */
static const struct {
	const char *literal;
	const char *repr;
} texts[] = {
	{ "b''", "b''" },
	{ "b'abc'", "b'abc'" },
	{ "b'it\\x27s'", "b\"it's\"" },
	{ "b'a\\\"b'", "b'a\"b'" },
	{ "b'a\\\"b\\x27'", "b'a\"b\\''" },
	{ "b'\\\\ \\n \\r \\t'", "b'\\\\ \\n \\r \\t'" },
	{ "b'\\x00\\x1f\\x20\\x7e\\x7f\\x80\\xff'", "b'\\x00\\x1f ~\\x7f\\x80\\xff'" },
	{ "b'\\xc3\\xa9'", "b'\\xc3\\xa9'" },
	{ "b'#;'", "b'#;'" },
	{ "b'%'", "b'%'" },
};

TEST_F(bytes, text)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(texts); i++) {
		char expected[128];

		snprintf(expected, sizeof(expected), "%s (%s,)\n", texts[i].repr, texts[i].repr);
		EXPECT_STREQ(expected, pt_execf(self->thread, "LOAD_CONST r0, %s\nPRINT r0\n"
						"BUILD_TUPLE r0, r0\nPRINT r0, end\n" END,
						texts[i].literal))
			TH_LOG("%s", texts[i].literal);
	}
}

/* Each byte, as repr() has it. */
TEST_F(bytes, each_byte)
{
	for (unsigned int c = 0; c < 256; c++) {
		char expected[64], repr[8];

		if (c == '\n' || c == '\r' || c == '\t')
			snprintf(repr, sizeof(repr), "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
		else if (c == '\\')
			snprintf(repr, sizeof(repr), "\\\\");
		else if (c >= 0x20 && c < 0x7f)
			snprintf(repr, sizeof(repr), "%c", c);
		else
			snprintf(repr, sizeof(repr), "\\x%02x", c);
		snprintf(expected, sizeof(expected), c == '\'' ? "b\"%s\" %u\n" : "b'%s' %u\n", repr, c);
		EXPECT_STREQ(expected, pt_execf(self->thread, "LOAD_CONST r0, b'\\x%02x'\nPRINT r0\n"
			"LOAD_CONST r1, 0\nBINARY_SUBSCR r1, r0, r1!\nPRINT r1, end\n" END, c));
	}
}

#define IS(a, b) "IS_OP r9, " a ", " b ", is\nPRINT r9\n"

TEST_F(bytes, programs)
{
	static const struct pt_row rows[] = {
		{ "len(b''), len(b'ab'), len(b'abcdefghij')", "LOAD_CONST r0, b''\nGET_LEN r1, r0\nPRINT r1\n"
		  "LOAD_CONST r0, b'ab'\nGET_LEN r1, r0\nPRINT r1\nLOAD_CONST r0, b'abcdefghij'\nGET_LEN r1, r0\n"
		  "PRINT r1, end\n" END, "0 2 10\n" },
		{ "bool(b''), bool(b'\\0'), bool(b'abcdefghij')", "LOAD_CONST r0, b''\nUNARY_NOT r1, r0\nPRINT r1\n"
		  "LOAD_CONST r0, b'\\x00'\nUNARY_NOT r1, r0\nPRINT r1\nLOAD_CONST r0, b'abcdefghij'\nUNARY_NOT r1, r0\n"
		  "PRINT r1, end\n" END, "True False False\n" },
		{ "b = b'abcdefghi\\xff'; b[0], b[-1], b[True]", "LOAD_CONST r0, b'abcdefghi\\xff'\nLOAD_CONST r1, 0\n"
		  "BINARY_SUBSCR r2, r0, r1\nPRINT r2\nLOAD_CONST r1, -1\nBINARY_SUBSCR r2, r0, r1\nPRINT r2\n"
		  "LOAD_CONST r1, True\nBINARY_SUBSCR r2, r0, r1\nPRINT r2, end\n" END, "97 255 98\n" },
		{ "b'ab'[0] is 97", "LOAD_CONST r0, b'ab'\nLOAD_CONST r1, 0\nBINARY_SUBSCR r2, r0, r1\nLOAD_CONST r3, 97\n"
		  "IS_OP r4, r2, r3, is\nPRINT r4, end\n" END, "True\n" },
		{ "b'ab'[2]", "LOAD_CONST r0, b'ab'\nLOAD_CONST r1, 2\nBINARY_SUBSCR r2, r0, r1\n" END,
		  "IndexError: index out of range\n" },
		{ "b''[-1]", "LOAD_CONST r0, b''\nLOAD_CONST r1, -1\nBINARY_SUBSCR r2, r0, r1\n" END,
		  "IndexError: index out of range\n" },
		{ "b'ab'['x']", "LOAD_CONST r0, b'ab'\nLOAD_CONST r1, 'x'\nBINARY_SUBSCR r2, r0, r1\n" END,
		  "TypeError: byte indices must be integers or slices, not str\n" },
		{ "b'ab'[1.0]", "LOAD_CONST r0, b'ab'\nLOAD_CONST r1, 1.0\nBINARY_SUBSCR r2, r0, r1\n" END,
		  "TypeError: byte indices must be integers or slices, not float\n" },
		{ "b[0] = 1", "LOAD_CONST r0, b'ab'\nLOAD_CONST r1, 0\nSTORE_SUBSCR r1, r0, r1\n" END,
		  "TypeError: 'bytes' object does not support item assignment\n" },
		{ "del b[0]", "LOAD_CONST r0, b'ab'\nLOAD_CONST r1, 0\nDELETE_SUBSCR r0, r1\n" END,
		  "TypeError: 'bytes' object doesn't support item deletion\n" },
		{ "-b'a'", "LOAD_CONST r0, b'a'\nUNARY_NEGATIVE r1, r0\n" END,
		  "TypeError: bad operand type for unary -: 'bytes'\n" },
		{ "b'a'()", "LOAD_CONST r0, b'a'\nCALL r1, r0, ()\n" END, "TypeError: 'bytes' object is not callable\n" },
		{ "b'a'.x", "LOAD_CONST r0, b'a'\nLOAD_ATTR r1, r0, x\n" END,
		  "AttributeError: 'bytes' object has no attribute 'x'\n" },
		{ "weakref.ref(b'a')", "LOAD_CONST r0, b'a'\nLOAD_CONST r1, None\nWEAKREF_NEW r2, r0, r1\n" END,
		  "TypeError: cannot create weak reference to 'bytes' object\n" },
		{ "type(b'a')", "LOAD_CONST r0, b'a'\nGET_TYPE r1, r0\nPRINT r1, end\n" END, "<class 'bytes'>\n" },
		{ "d = {b'a': 1, 'a': 2, 97: 3}; d[b'a']; len(d)", "LOAD_CONST r0, b'a'\nLOAD_CONST r1, 1\nLOAD_CONST r2, 'a'\n"
		  "LOAD_CONST r3, 2\nLOAD_CONST r4, 97\nLOAD_CONST r5, 3\nBUILD_MAP r6, r0..r5\nBINARY_SUBSCR r7, r6, r0\n"
		  "PRINT r7\nPRINT r6, end\n" END, "1 {b'a': 1, 'a': 2, 97: 3}\n" },
		{ "d = {b'abcdefghij': 1}; d[b'abcde' + b'fghij']", "LOAD_CONST r0, b'abcdefghij'\nLOAD_CONST r1, 1\n"
		  "BUILD_MAP r2, r0..r1\nLOAD_CONST r0, b'abcde'\nLOAD_CONST r1, b'fghij'\nBINARY_OP r0, r0, r1, +\n"
		  "BINARY_SUBSCR r1, r2, r0\nPRINT r1, end\n" END, "1\n" },
		{ "{}[b'a\\n\\xff']", "BUILD_MAP r0, ()\nLOAD_CONST r1, b'a\\n\\xff'\nBINARY_SUBSCR r2, r0, r1\n" END,
		  "KeyError: b'a\\n\\xff'\n" },
		{ "del {}[b\"it's\"]", "BUILD_MAP r0, ()\nLOAD_CONST r1, b'it\\x27s'\nDELETE_SUBSCR r0, r1\n" END,
		  "KeyError: b\"it's\"\n" },
		{ "{}[b'\\t\\r\\\\\\'\"']", "BUILD_MAP r0, ()\nLOAD_CONST r1, b'\\t\\r\\\\\\x27\\\"'\nBINARY_SUBSCR r2, r0, r1\n" END,
		  "KeyError: b'\\t\\r\\\\\\'\"'\n" },
		/* Those of less than two bytes are shared, ... */
		{ "b'' is b''; b'a' is b'a', in another code object", "LOAD_CONST r0, b''\nLOAD_CONST r1, b'\\xff'\n"
		  "MAKE_FUNCTION r2, f\nCALL r2, r2!, ()\nUNPACK_SEQUENCE r3..r4, r2\n" IS("r0", "r3") IS("r1", "r4")
		  "PRINT r0, end\n" END ".code f\nLOAD_CONST r0, (b'', b'\\xff')\nRETURN_VALUE r0!\n",
		  "True True b''\n" },
		{ "b'ab' is b'ab', in another code object", "LOAD_CONST r0, b'ab'\nMAKE_FUNCTION r2, f\nCALL r2, r2!, ()\n"
		  IS("r0", "r2") "PRINT r0, end\n" END ".code f\nLOAD_CONST r0, b'ab'\nRETURN_VALUE r0!\n",
		  "True b'ab'\n" },
		{ "sys.getrefcount(b''), sys.getrefcount(b'q'), sys.getrefcount(b'ab' * 2)", "LOAD_CONST r0, b''\n"
		  "GET_REFCOUNT r1, r0\nPRINT r1\nLOAD_CONST r0, b'q'\nGET_REFCOUNT r1, r0\nPRINT r1\nLOAD_CONST r0, b'ab'\n"
		  "LOAD_CONST r1, 2\nBINARY_OP r0, r0!, r1, *\nGET_REFCOUNT r1, r0\nPRINT r1, end\n" END,
		  "4294967295 4294967295 1\n" },
		/* ... but not one that a repetition makes empty. */
		{ "a = b'ab'; z = a * 0; z is b''; z == b''; z * 3 is z; z + z is z; a * -1 is b''; b'a' * 0 is b''",
		  "LOAD_CONST r0, b'ab'\nLOAD_CONST r1, 0\nLOAD_CONST r2, b''\nBINARY_OP r3, r0, r1, *\n" IS("r3", "r2")
		  "COMPARE_OP r4, r3, r2, ==\nPRINT r4\nLOAD_CONST r4, 3\nBINARY_OP r4, r3, r4!, *\n" IS("r4", "r3")
		  "BINARY_OP r4, r3, r3, +\n" IS("r4", "r3") "LOAD_CONST r4, -1\nBINARY_OP r4, r0, r4!, *\n" IS("r4", "r2")
		  "LOAD_CONST r4, b'a'\nBINARY_OP r4, r4!, r1, *\n" IS("r4", "r2") "PRINT r3, end\n" END,
		  "False True True True False False b''\n" },
		/* An operand that would be copied is the result. */
		{ "a = b'ab'; e = b''; a + e is a; e + a is a; a * 1 is a; 1 * a is a; e * 0 is e; z + e is e; e + z is z",
		  "LOAD_CONST r0, b'ab'\nLOAD_CONST r1, b''\nLOAD_CONST r2, 1\nBINARY_OP r3, r0, r1, +\n" IS("r3", "r0")
		  "BINARY_OP r3, r1, r0, +\n" IS("r3", "r0") "BINARY_OP r3, r0, r2, *\n" IS("r3", "r0")
		  "BINARY_OP r3, r2, r0, *\n" IS("r3", "r0") "LOAD_CONST r4, 0\nBINARY_OP r3, r1, r4, *\n" IS("r3", "r1")
		  "BINARY_OP r5, r0, r4, *\nBINARY_OP r3, r5, r1, +\n" IS("r3", "r1") "BINARY_OP r3, r1, r5, +\n"
		  IS("r3", "r5") "PRINT r3, end\n" END, "True True True True True True True b''\n" },
	};

	EXPECT_ROWS(rows);
}

/* As long as a str may be, and no longer. */
TEST_F(bytes, too_long)
{
	EXPECT_STREQ("MemoryError: longer than 67108863\n", pt_exec(self->thread,
		"LOAD_CONST r0, b'ab'\nLOAD_CONST r1, 33554432\nBINARY_OP r2, r0, r1, *\n" END));
	EXPECT_STREQ("MemoryError: longer than 67108863\n", pt_exec(self->thread,
		"LOAD_CONST r0, b'ab'\nLOAD_CONST r1, 9223372036854775807\nBINARY_OP r2, r0, r1, *\n" END));
}

/* Many bytes, found only at the end, compared to the end; zeros are bytes as others are. */
TEST_F(bytes, long_ones)
{
	EXPECT_STREQ("200001 True False True False\n", pt_exec(self->thread,
		"LOAD_CONST r0, b'\\x00\\x00'\nLOAD_CONST r1, 100000\nBINARY_OP r0, r0!, r1!, *\nLOAD_CONST r1, b'a'\n"
		"BINARY_OP r2, r0, r1, +\nLOAD_CONST r1, b'b'\nBINARY_OP r3, r0!, r1, +\nGET_LEN r4, r2\nPRINT r4\n"
		"LOAD_CONST r4, b'\\x00a'\nCONTAINS_OP r5, r4, r2, in\nPRINT r5\nCONTAINS_OP r5, r4, r3, in\nPRINT r5\n"
		"COMPARE_OP r5, r2, r3, <\nPRINT r5\nCOMPARE_OP r5, r2, r3, ==\nPRINT r5, end\n" END));
}

/* A long one in a message is cut. */
TEST_F(bytes, long_key)
{
	char expected[PYMM_MESSAGE_SIZE];
	const char *seen = pt_exec(self->thread, "LOAD_CONST r0, b'0123456789'\nLOAD_CONST r1, 1000\n"
				   "BINARY_OP r0, r0!, r1!, *\nBUILD_MAP r1, ()\nBINARY_SUBSCR r2, r1, r0\n" END);

	snprintf(expected, sizeof(expected), "KeyError: b'%s", "01234567890123456789");
	EXPECT_EQ(0, strncmp(expected, seen, strlen(expected)));
	EXPECT_LT(150, strlen(seen));
	EXPECT_GT(PYMM_MESSAGE_SIZE + 12, strlen(seen));
}

/* Two of the same bytes are one constant, those of a str another; a code object's are freed with it. */
TEST_F(bytes, freed)
{
	uint64_t before = pt_stat(self->arena).objects;

	EXPECT_STREQ("True False\n", pt_exec(self->thread, "LOAD_CONST r0, b'abcdefghij'\nLOAD_CONST r1, b'abcdefghij'\n"
		"IS_OP r2, r0, r1, is\nPRINT r2\nLOAD_CONST r1, 'abcdefghij'\nIS_OP r2, r0, r1, is\nPRINT r2, end\n" END));
	EXPECT_EQ(before, pt_stat(self->arena).objects);
}

/* A dump shows its first bytes and its length, whatever they are. */
TEST_F(bytes, dump)
{
	const struct pymm_dump_object *object;
	struct pymm_snapshot *snapshot;

	EXPECT_STREQ("", pt_exec(self->thread, "LOAD_CONST r0, b'\\x00ab\\xff\\xfe\\x80cde\\xc3'\nSTORE_GLOBAL r0, x\n"
		"LOAD_CONST r1, 50\nBINARY_OP r0, r0!, r1, *\nSTORE_GLOBAL r0, y\n" END));
	snapshot = pt_snapshot(self->arena);
	object = pymm_snapshot_object(snapshot, pymm_snapshot_name(snapshot, "x")->id);
	ASSERT_NE(NULL, object);
	EXPECT_EQ(PYMM_TYPE_BYTES, object->type);
	EXPECT_EQ(10, object->value);
	ASSERT_EQ(10, object->nr_refs);
	EXPECT_EQ(0, memcmp(object + 1, "\0ab\xff\xfe\x80""cde\xc3", 10));
	EXPECT_EQ(PYMM_GENERATION_NONE, object->generation);
	object = pymm_snapshot_object(snapshot, pymm_snapshot_name(snapshot, "y")->id);
	ASSERT_NE(NULL, object);
	EXPECT_EQ(500, object->value);
	EXPECT_EQ(64, object->nr_refs);
	pymm_snapshot_free(snapshot);
}

TEST_HARNESS_MAIN
