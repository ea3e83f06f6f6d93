// SPDX-License-Identifier: GPL-2.0
/*
 * Operators: results, their types, exceptions and the words of them. The tables
 * are what CPython 3.13.5 gives for the same expressions.
 */
#include <errno.h>
#include <stdlib.h>

#include "kselftest_harness.h"
#include "operator_util.h"
#include "pymm_util.h"

PT_FIXTURE(operators)

static const struct pt_operation arithmetic[] = {
	{ "7", "//", "2", "3" },
	{ "7", "//", "-2", "-4" },
	{ "-7", "//", "2", "-4" },
	{ "-7", "//", "-2", "3" },
	{ "6", "//", "3", "2" },
	{ "-6", "//", "3", "-2" },
	{ "0", "//", "5", "0" },
	{ "0", "//", "-5", "0" },
	{ "1", "//", "9223372036854775807", "0" },
	{ "-1", "//", "9223372036854775807", "-1" },
	{ "-9223372036854775808", "//", "2", "-4611686018427387904" },
	{ "-9223372036854775808", "//", "9223372036854775807", "-2" },
	{ "9223372036854775807", "//", "-9223372036854775808", "-1" },
	{ "7", "%", "2", "1" },
	{ "7", "%", "-2", "-1" },
	{ "-7", "%", "2", "1" },
	{ "-7", "%", "-2", "-1" },
	{ "6", "%", "3", "0" },
	{ "-6", "%", "3", "0" },
	{ "0", "%", "5", "0" },
	{ "0", "%", "-5", "0" },
	{ "1", "%", "9223372036854775807", "1" },
	{ "-1", "%", "9223372036854775807", "9223372036854775806" },
	{ "-9223372036854775808", "%", "2", "0" },
	{ "-9223372036854775808", "%", "9223372036854775807", "9223372036854775806" },
	{ "9223372036854775807", "%", "-9223372036854775808", "-1" },
	{ "-9223372036854775808", "%", "-1", "0" },
	{ "2", "+", "3", "5" },
	{ "-5", "+", "5", "0" },
	{ "9223372036854775806", "+", "1", "9223372036854775807" },
	{ "-9223372036854775807", "+", "-1", "-9223372036854775808" },
	{ "9223372036854775807", "+", "-9223372036854775808", "-1" },
	{ "2", "-", "3", "-1" },
	{ "-9223372036854775807", "-", "1", "-9223372036854775808" },
	{ "-1", "-", "9223372036854775807", "-9223372036854775808" },
	{ "6", "*", "-7", "-42" },
	{ "3037000499", "*", "3037000499", "9223372030926249001" },
	{ "4611686018427387904", "*", "-2", "-9223372036854775808" },
	{ "0", "*", "-9223372036854775808", "0" },
	{ "12", "&", "10", "8" },
	{ "-12", "&", "10", "0" },
	{ "12", "|", "3", "15" },
	{ "-12", "|", "3", "-9" },
	{ "12", "^", "10", "6" },
	{ "-1", "^", "10", "-11" },
	{ "1", "<<", "0", "1" },
	{ "1", "<<", "62", "4611686018427387904" },
	{ "-1", "<<", "63", "-9223372036854775808" },
	{ "0", "<<", "100", "0" },
	{ "0", "<<", "9223372036854775807", "0" },
	{ "1024", ">>", "3", "128" },
	{ "-1", ">>", "1", "-1" },
	{ "-9", ">>", "1", "-5" },
	{ "5", ">>", "64", "0" },
	{ "-5", ">>", "64", "-1" },
	{ "5", ">>", "9223372036854775807", "0" },
	{ "True", "+", "True", "2" },
	{ "True", "*", "7", "7" },
	{ "True", "-", "False", "1" },
	{ "True", "//", "True", "1" },
	{ "True", "&", "False", "False" },
	{ "True", "|", "False", "True" },
	{ "True", "^", "True", "False" },
	{ "True", "&", "3", "1" },
	{ "True", "<<", "3", "8" },
	{ "'a'", "+", "'b'", "'ab'" },
	{ "''", "+", "''", "''" },
	{ "'ab'", "*", "3", "'ababab'" },
	{ "3", "*", "'ab'", "'ababab'" },
	{ "'ab'", "*", "0", "''" },
	{ "'ab'", "*", "-1", "''" },
	{ "'ab'", "*", "True", "'ab'" },
	{ "(1,)", "+", "(2,)", "(1, 2)" },
	{ "()", "+", "(1, 2)", "(1, 2)" },
	{ "(1, 2)", "*", "2", "(1, 2, 1, 2)" },
	{ "2", "*", "(1, 2)", "(1, 2, 1, 2)" },
	{ "(1,)", "*", "-1", "()" },
	{ "[1,]", "+", "[2,]", "[1, 2]" },
	{ "[]", "+", "[]", "[]" },
	{ "[1, 2]", "*", "2", "[1, 2, 1, 2]" },
	{ "2", "*", "[1, 2]", "[1, 2, 1, 2]" },
	{ "[1,]", "*", "0", "[]" },
};

TEST_F(operators, arithmetic)
{
	PT_EXPECT_OPERATIONS("BINARY_OP", arithmetic);
}

static const struct pt_operation in_place[] = {
	{ "5", "+=", "3", "8" },
	{ "5", "-=", "3", "2" },
	{ "5", "*=", "3", "15" },
	{ "-5", "//=", "3", "-2" },
	{ "-5", "%=", "3", "1" },
	{ "6", "&=", "3", "2" },
	{ "6", "|=", "3", "7" },
	{ "6", "^=", "3", "5" },
	{ "6", "<<=", "3", "48" },
	{ "-6", ">>=", "1", "-3" },
	{ "'a'", "+=", "'b'", "'ab'" },
	{ "'a'", "*=", "2", "'aa'" },
	{ "(1,)", "+=", "(2,)", "(1, 2)" },
	{ "(1,)", "*=", "2", "(1, 1)" },
	{ "[1,]", "+=", "[2,]", "[1, 2]" },
	{ "[1,]", "+=", "(2, 3)", "[1, 2, 3]" },
	{ "[1,]", "+=", "'ab'", "[1, 'a', 'b']" },
	{ "[1,]", "+=", "{1: 2}", "[1, 1]" },
	{ "[1, 2]", "*=", "2", "[1, 2, 1, 2]" },
	{ "[1,]", "*=", "0", "[]" },
	{ "[1,]", "*=", "-1", "[]" },
};

TEST_F(operators, in_place)
{
	PT_EXPECT_OPERATIONS("BINARY_OP", in_place);
}

static const struct pt_operation arithmetic_errors[] = {
	{ "1", "//", "0", "ZeroDivisionError: integer division or modulo by zero" },
	{ "0", "//", "0", "ZeroDivisionError: integer division or modulo by zero" },
	{ "1", "%", "0", "ZeroDivisionError: integer modulo by zero" },
	{ "True", "//", "False", "ZeroDivisionError: integer division or modulo by zero" },
	{ "1", "<<", "-1", "ValueError: negative shift count" },
	{ "1", ">>", "-1", "ValueError: negative shift count" },
	{ "1", "+", "'a'", "TypeError: unsupported operand type(s) for +: 'int' and 'str'" },
	{ "1", "-", "'a'", "TypeError: unsupported operand type(s) for -: 'int' and 'str'" },
	{ "1", "//", "'a'", "TypeError: unsupported operand type(s) for //: 'int' and 'str'" },
	{ "1", "%", "'a'", "TypeError: unsupported operand type(s) for %: 'int' and 'str'" },
	{ "1", "&", "'a'", "TypeError: unsupported operand type(s) for &: 'int' and 'str'" },
	{ "1", "|", "'a'", "TypeError: unsupported operand type(s) for |: 'int' and 'str'" },
	{ "1", "^", "'a'", "TypeError: unsupported operand type(s) for ^: 'int' and 'str'" },
	{ "1", "<<", "'a'", "TypeError: unsupported operand type(s) for <<: 'int' and 'str'" },
	{ "1", ">>", "'a'", "TypeError: unsupported operand type(s) for >>: 'int' and 'str'" },
	{ "'a'", "+", "1", "TypeError: can only concatenate str (not \"int\") to str" },
	{ "'a'", "-", "1", "TypeError: unsupported operand type(s) for -: 'str' and 'int'" },
	{ "'a'", "//", "1", "TypeError: unsupported operand type(s) for //: 'str' and 'int'" },
	{ "'a'", "&", "1", "TypeError: unsupported operand type(s) for &: 'str' and 'int'" },
	{ "'a'", "|", "1", "TypeError: unsupported operand type(s) for |: 'str' and 'int'" },
	{ "'a'", "^", "1", "TypeError: unsupported operand type(s) for ^: 'str' and 'int'" },
	{ "'a'", "<<", "1", "TypeError: unsupported operand type(s) for <<: 'str' and 'int'" },
	{ "'a'", ">>", "1", "TypeError: unsupported operand type(s) for >>: 'str' and 'int'" },
	{ "None", "+", "1", "TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'" },
	{ "1", "+", "None", "TypeError: unsupported operand type(s) for +: 'int' and 'NoneType'" },
	{ "None", "*", "None",
	  "TypeError: unsupported operand type(s) for *: 'NoneType' and 'NoneType'" },
	{ "[1,]", "+", "1", "TypeError: can only concatenate list (not \"int\") to list" },
	{ "[1,]", "+", "(1,)", "TypeError: can only concatenate list (not \"tuple\") to list" },
	{ "(1,)", "+", "1", "TypeError: can only concatenate tuple (not \"int\") to tuple" },
	{ "(1,)", "+", "[1,]", "TypeError: can only concatenate tuple (not \"list\") to tuple" },
	{ "'a'", "+", "None", "TypeError: can only concatenate str (not \"NoneType\") to str" },
	{ "'a'", "*", "'b'", "TypeError: can't multiply sequence by non-int of type 'str'" },
	{ "[1,]", "*", "'a'", "TypeError: can't multiply sequence by non-int of type 'str'" },
	{ "(1,)", "*", "None", "TypeError: can't multiply sequence by non-int of type 'NoneType'" },
	{ "'a'", "*", "[1,]", "TypeError: can't multiply sequence by non-int of type 'list'" },
	{ "None", "*", "[1,]", "TypeError: can't multiply sequence by non-int of type 'NoneType'" },
	{ "[1,]", "-", "[1,]", "TypeError: unsupported operand type(s) for -: 'list' and 'list'" },
	{ "{1: 2}", "+", "{1: 2}",
	  "TypeError: unsupported operand type(s) for +: 'dict' and 'dict'" },
	{ "{1: 2}", "-", "1", "TypeError: unsupported operand type(s) for -: 'dict' and 'int'" },
	{ "True", "+", "None",
	  "TypeError: unsupported operand type(s) for +: 'bool' and 'NoneType'" },
	{ "True", "-", "'a'", "TypeError: unsupported operand type(s) for -: 'bool' and 'str'" },
	{ "1", "+=", "'a'", "TypeError: unsupported operand type(s) for +=: 'int' and 'str'" },
	{ "1", "-=", "'a'", "TypeError: unsupported operand type(s) for -=: 'int' and 'str'" },
	{ "1", "*=", "None",
	  "TypeError: unsupported operand type(s) for *=: 'int' and 'NoneType'" },
	{ "1", "//=", "None",
	  "TypeError: unsupported operand type(s) for //=: 'int' and 'NoneType'" },
	{ "1", "%=", "None",
	  "TypeError: unsupported operand type(s) for %=: 'int' and 'NoneType'" },
	{ "1", "&=", "None",
	  "TypeError: unsupported operand type(s) for &=: 'int' and 'NoneType'" },
	{ "1", "|=", "None",
	  "TypeError: unsupported operand type(s) for |=: 'int' and 'NoneType'" },
	{ "1", "^=", "None",
	  "TypeError: unsupported operand type(s) for ^=: 'int' and 'NoneType'" },
	{ "1", "<<=", "None",
	  "TypeError: unsupported operand type(s) for <<=: 'int' and 'NoneType'" },
	{ "1", ">>=", "None",
	  "TypeError: unsupported operand type(s) for >>=: 'int' and 'NoneType'" },
	{ "1", "//=", "0", "ZeroDivisionError: integer division or modulo by zero" },
	{ "1", "%=", "0", "ZeroDivisionError: integer modulo by zero" },
	{ "1", "<<=", "-1", "ValueError: negative shift count" },
	{ "'a'", "+=", "1", "TypeError: can only concatenate str (not \"int\") to str" },
	{ "(1,)", "+=", "[1,]", "TypeError: can only concatenate tuple (not \"list\") to tuple" },
	{ "[1,]", "+=", "1", "TypeError: 'int' object is not iterable" },
	{ "[1,]", "+=", "None", "TypeError: 'NoneType' object is not iterable" },
	{ "[1,]", "*=", "'a'", "TypeError: can't multiply sequence by non-int of type 'str'" },
	{ "[1,]", "-=", "[1,]",
	  "TypeError: unsupported operand type(s) for -=: 'list' and 'list'" },
	{ "{1: 2}", "+=", "{1: 2}",
	  "TypeError: unsupported operand type(s) for +=: 'dict' and 'dict'" },
};

TEST_F(operators, arithmetic_errors)
{
	PT_EXPECT_OPERATIONS("BINARY_OP", arithmetic_errors);
}

static const struct pt_operation comparisons[] = {
	{ "1", "<", "2", "True" },
	{ "2", "<", "2", "False" },
	{ "-9223372036854775808", "<", "9223372036854775807", "True" },
	{ "True", "<", "1", "False" },
	{ "'a'", "<", "'b'", "True" },
	{ "'a'", "<", "'ab'", "True" },
	{ "'b'", "<", "'ab'", "False" },
	{ "(1, 2)", "<", "(1, 3)", "True" },
	{ "(1,)", "<", "(1, 0)", "True" },
	{ "()", "<", "()", "False" },
	{ "[1, 2]", "<", "[1, 2]", "False" },
	{ "[2,]", "<", "[1, 5]", "False" },
	{ "1", "<=", "2", "True" },
	{ "2", "<=", "2", "True" },
	{ "-9223372036854775808", "<=", "9223372036854775807", "True" },
	{ "True", "<=", "1", "True" },
	{ "'a'", "<=", "'b'", "True" },
	{ "'a'", "<=", "'ab'", "True" },
	{ "'b'", "<=", "'ab'", "False" },
	{ "(1, 2)", "<=", "(1, 3)", "True" },
	{ "(1,)", "<=", "(1, 0)", "True" },
	{ "()", "<=", "()", "True" },
	{ "[1, 2]", "<=", "[1, 2]", "True" },
	{ "[2,]", "<=", "[1, 5]", "False" },
	{ "1", "==", "2", "False" },
	{ "2", "==", "2", "True" },
	{ "-9223372036854775808", "==", "9223372036854775807", "False" },
	{ "True", "==", "1", "True" },
	{ "'a'", "==", "'b'", "False" },
	{ "'a'", "==", "'ab'", "False" },
	{ "'b'", "==", "'ab'", "False" },
	{ "(1, 2)", "==", "(1, 3)", "False" },
	{ "(1,)", "==", "(1, 0)", "False" },
	{ "()", "==", "()", "True" },
	{ "[1, 2]", "==", "[1, 2]", "True" },
	{ "[2,]", "==", "[1, 5]", "False" },
	{ "1", "!=", "2", "True" },
	{ "2", "!=", "2", "False" },
	{ "-9223372036854775808", "!=", "9223372036854775807", "True" },
	{ "True", "!=", "1", "False" },
	{ "'a'", "!=", "'b'", "True" },
	{ "'a'", "!=", "'ab'", "True" },
	{ "'b'", "!=", "'ab'", "True" },
	{ "(1, 2)", "!=", "(1, 3)", "True" },
	{ "(1,)", "!=", "(1, 0)", "True" },
	{ "()", "!=", "()", "False" },
	{ "[1, 2]", "!=", "[1, 2]", "False" },
	{ "[2,]", "!=", "[1, 5]", "True" },
	{ "1", ">", "2", "False" },
	{ "2", ">", "2", "False" },
	{ "-9223372036854775808", ">", "9223372036854775807", "False" },
	{ "True", ">", "1", "False" },
	{ "'a'", ">", "'b'", "False" },
	{ "'a'", ">", "'ab'", "False" },
	{ "'b'", ">", "'ab'", "True" },
	{ "(1, 2)", ">", "(1, 3)", "False" },
	{ "(1,)", ">", "(1, 0)", "False" },
	{ "()", ">", "()", "False" },
	{ "[1, 2]", ">", "[1, 2]", "False" },
	{ "[2,]", ">", "[1, 5]", "True" },
	{ "1", ">=", "2", "False" },
	{ "2", ">=", "2", "True" },
	{ "-9223372036854775808", ">=", "9223372036854775807", "False" },
	{ "True", ">=", "1", "True" },
	{ "'a'", ">=", "'b'", "False" },
	{ "'a'", ">=", "'ab'", "False" },
	{ "'b'", ">=", "'ab'", "True" },
	{ "(1, 2)", ">=", "(1, 3)", "False" },
	{ "(1,)", ">=", "(1, 0)", "False" },
	{ "()", ">=", "()", "True" },
	{ "[1, 2]", ">=", "[1, 2]", "True" },
	{ "[2,]", ">=", "[1, 5]", "True" },
	{ "1", "==", "'1'", "False" },
	{ "None", "==", "None", "True" },
	{ "None", "==", "0", "False" },
	{ "[1,]", "==", "(1,)", "False" },
	{ "{1: 2}", "==", "{1: 2}", "True" },
	{ "{1: 2}", "==", "{1: 3}", "False" },
	{ "{}", "==", "[]", "False" },
	{ "[1, (2, 'a')]", "==", "[1, (2, 'a')]", "True" },
	{ "0", "==", "False", "True" },
	{ "''", "==", "None", "False" },
	{ "1", "!=", "'1'", "True" },
	{ "None", "!=", "None", "False" },
	{ "None", "!=", "0", "True" },
	{ "[1,]", "!=", "(1,)", "True" },
	{ "{1: 2}", "!=", "{1: 2}", "False" },
	{ "{1: 2}", "!=", "{1: 3}", "True" },
	{ "{}", "!=", "[]", "True" },
	{ "[1, (2, 'a')]", "!=", "[1, (2, 'a')]", "False" },
	{ "0", "!=", "False", "False" },
	{ "''", "!=", "None", "True" },
};

TEST_F(operators, comparison)
{
	PT_EXPECT_OPERATIONS("COMPARE_OP", comparisons);
}

static const struct pt_operation comparison_errors[] = {
	{ "1", "<", "'a'", "TypeError: '<' not supported between instances of 'int' and 'str'" },
	{ "None", "<", "None",
	  "TypeError: '<' not supported between instances of 'NoneType' and 'NoneType'" },
	{ "[1,]", "<", "(1,)",
	  "TypeError: '<' not supported between instances of 'list' and 'tuple'" },
	{ "{}", "<", "{}", "TypeError: '<' not supported between instances of 'dict' and 'dict'" },
	{ "(1, 'a')", "<", "(1, 2)",
	  "TypeError: '<' not supported between instances of 'str' and 'int'" },
	{ "1", "<=", "'a'", "TypeError: '<=' not supported between instances of 'int' and 'str'" },
	{ "None", "<=", "None",
	  "TypeError: '<=' not supported between instances of 'NoneType' and 'NoneType'" },
	{ "[1,]", "<=", "(1,)",
	  "TypeError: '<=' not supported between instances of 'list' and 'tuple'" },
	{ "{}", "<=", "{}",
	  "TypeError: '<=' not supported between instances of 'dict' and 'dict'" },
	{ "(1, 'a')", "<=", "(1, 2)",
	  "TypeError: '<=' not supported between instances of 'str' and 'int'" },
	{ "1", ">", "'a'", "TypeError: '>' not supported between instances of 'int' and 'str'" },
	{ "None", ">", "None",
	  "TypeError: '>' not supported between instances of 'NoneType' and 'NoneType'" },
	{ "[1,]", ">", "(1,)",
	  "TypeError: '>' not supported between instances of 'list' and 'tuple'" },
	{ "{}", ">", "{}", "TypeError: '>' not supported between instances of 'dict' and 'dict'" },
	{ "(1, 'a')", ">", "(1, 2)",
	  "TypeError: '>' not supported between instances of 'str' and 'int'" },
	{ "1", ">=", "'a'", "TypeError: '>=' not supported between instances of 'int' and 'str'" },
	{ "None", ">=", "None",
	  "TypeError: '>=' not supported between instances of 'NoneType' and 'NoneType'" },
	{ "[1,]", ">=", "(1,)",
	  "TypeError: '>=' not supported between instances of 'list' and 'tuple'" },
	{ "{}", ">=", "{}",
	  "TypeError: '>=' not supported between instances of 'dict' and 'dict'" },
	{ "(1, 'a')", ">=", "(1, 2)",
	  "TypeError: '>=' not supported between instances of 'str' and 'int'" },
};

TEST_F(operators, comparison_errors)
{
	PT_EXPECT_OPERATIONS("COMPARE_OP", comparison_errors);
}

static const struct pt_operation containments[] = {
	{ "1", "in", "(1, 2)", "True" },
	{ "3", "in", "[1, 2]", "False" },
	{ "True", "in", "[1, 2]", "True" },
	{ "'a'", "in", "'cat'", "True" },
	{ "''", "in", "'cat'", "True" },
	{ "'ct'", "in", "'cat'", "False" },
	{ "1", "in", "{1: 2}", "True" },
	{ "2", "in", "{1: 2}", "False" },
	{ "None", "in", "(None,)", "True" },
	{ "(1,)", "in", "((1,), 2)", "True" },
	{ "1", "not in", "(1, 2)", "False" },
	{ "3", "not in", "[1, 2]", "True" },
	{ "True", "not in", "[1, 2]", "False" },
	{ "'a'", "not in", "'cat'", "False" },
	{ "''", "not in", "'cat'", "False" },
	{ "'ct'", "not in", "'cat'", "True" },
	{ "1", "not in", "{1: 2}", "False" },
	{ "2", "not in", "{1: 2}", "True" },
	{ "None", "not in", "(None,)", "False" },
	{ "(1,)", "not in", "((1,), 2)", "False" },
	{ "1", "in", "1", "TypeError: argument of type 'int' is not iterable" },
	{ "1", "in", "None", "TypeError: argument of type 'NoneType' is not iterable" },
	{ "1", "in", "'abc'", "TypeError: 'in <string>' requires string as left operand, not int" },
	{ "None", "in", "'abc'",
	  "TypeError: 'in <string>' requires string as left operand, not NoneType" },
	{ "[]", "in", "{1: 2}", "TypeError: unhashable type: 'list'" },
	{ "1", "in", "True", "TypeError: argument of type 'bool' is not iterable" },
};

TEST_F(operators, containment)
{
	PT_EXPECT_OPERATIONS("CONTAINS_OP", containments);
}

/* Integers are 64-bit here: a documented difference, never a wrong value. */
TEST_F(operators, overflow)
{
	static const struct pt_operation rows[] = {
		{ "9223372036854775807", "+", "1", NULL },
		{ "-9223372036854775808", "+", "-1", NULL },
		{ "-9223372036854775808", "-", "1", NULL },
		{ "0", "-", "-9223372036854775808", NULL },
		{ "3037000500", "*", "3037000500", NULL },
		{ "-9223372036854775808", "*", "-1", NULL },
		{ "-1", "*", "-9223372036854775808", NULL },
		{ "-9223372036854775808", "//", "-1", NULL },
		{ "1", "<<", "63", NULL },
		{ "-1", "<<", "64", NULL },
		{ "3", "<<", "62", NULL },
		{ "1", "<<", "9223372036854775807", NULL },
		{ "9223372036854775807", "+=", "1", NULL },
		{ "9223372036854775807", "+", "True", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *seen = pt_evaluate(self->thread, "BINARY_OP", &rows[i]);

		EXPECT_EQ(0, strncmp(seen, "OverflowError: ", 15))
			TH_LOG("%s %s %s: %s", rows[i].a, rows[i].op, rows[i].b, seen);
	}
}

TEST_F(operators, negative_overflow)
{
	const char *seen = pt_exec(self->thread, "LOAD_CONST r0, -9223372036854775808\n"
				   "UNARY_NEGATIVE r1, r0\nPRINT r1, end\n" END);

	EXPECT_EQ(0, strncmp(seen, "OverflowError: ", 15));
}

/* A sequence too long to be had is a MemoryError or an OverflowError, at once. */
TEST_F(operators, repeat_too_often)
{
	static const struct pt_operation rows[] = {
		{ "'ab'", "*", "9223372036854775807", NULL },
		{ "(1, 2)", "*", "9223372036854775807", NULL },
		{ "[1, 2]", "*", "4611686018427387904", NULL },
		{ "[1, 2]", "*=", "2305843009213693952", NULL },
		{ "'ab'", "*", "4294967296", NULL },
		{ "[1, 2]", "*", "1073741824", NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *seen = pt_evaluate(self->thread, "BINARY_OP", &rows[i]);

		EXPECT_TRUE(!strncmp(seen, "MemoryError", 11) || !strncmp(seen, "OverflowError", 13))
			TH_LOG("%s %s %s: %s", rows[i].a, rows[i].op, rows[i].b, seen);
	}
}

/* ---- one operand ---- */

struct unary {
	const char *opcode;
	const char *a;
	const char *result;
};

static const struct unary unaries[] = {
	{ "UNARY_NOT", "None", "True" },
	{ "UNARY_NOT", "True", "False" },
	{ "UNARY_NOT", "False", "True" },
	{ "UNARY_NOT", "0", "True" },
	{ "UNARY_NOT", "-1", "False" },
	{ "UNARY_NOT", "1000", "False" },
	{ "UNARY_NOT", "''", "True" },
	{ "UNARY_NOT", "'a'", "False" },
	{ "UNARY_NOT", "()", "True" },
	{ "UNARY_NOT", "(0,)", "False" },
	{ "UNARY_NOT", "[]", "True" },
	{ "UNARY_NOT", "[0,]", "False" },
	{ "UNARY_NOT", "{}", "True" },
	{ "UNARY_NOT", "{0: 0}", "False" },
	{ "UNARY_NEGATIVE", "5", "-5" },
	{ "UNARY_NEGATIVE", "-5", "5" },
	{ "UNARY_NEGATIVE", "0", "0" },
	{ "UNARY_NEGATIVE", "True", "-1" },
	{ "UNARY_NEGATIVE", "9223372036854775807", "-9223372036854775807" },
	{ "UNARY_NEGATIVE", "'a'", "TypeError: bad operand type for unary -: 'str'" },
	{ "UNARY_NEGATIVE", "[]", "TypeError: bad operand type for unary -: 'list'" },
	{ "UNARY_NEGATIVE", "None", "TypeError: bad operand type for unary -: 'NoneType'" },
	{ "GET_LEN", "''", "0" },
	{ "GET_LEN", "'abc'", "3" },
	{ "GET_LEN", "'\u00e9\u20ac\U0001f600'", "3" },
	{ "GET_LEN", "(1, 2)", "2" },
	{ "GET_LEN", "[1, 2, 3]", "3" },
	{ "GET_LEN", "{1: 2}", "1" },
	{ "GET_LEN", "1", "TypeError: object of type 'int' has no len()" },
	{ "GET_LEN", "True", "TypeError: object of type 'bool' has no len()" },
	{ "GET_LEN", "None", "TypeError: object of type 'NoneType' has no len()" },
};

TEST_F(operators, one_operand)
{
	for (size_t i = 0; i < ARRAY_SIZE(unaries); i++) {
		size_t size;
		char *text;
		FILE *out = open_memstream(&text, &size);
		char expected[128];

		pt_load_literal(out, 0, unaries[i].a);
		fprintf(out, "%s r1, r0\nPRINT r1, end\n" END, unaries[i].opcode);
		fclose(out);
		snprintf(expected, sizeof(expected), "%s\n", unaries[i].result);
		EXPECT_EXEC(expected, text)
			TH_LOG("%s %s", unaries[i].opcode, unaries[i].a);
		free(text);
	}
}

/* ---- subscripts ---- */

struct subscript {
	const char *container;
	const char *key;
	const char *loaded;	/* container[key] */
	const char *stored;	/* after container[key] = 9, or the exception */
	const char *deleted;	/* after del container[key], or the exception */
};

#define NO_STORE(type) "TypeError: '" type "' object does not support item assignment"
#define NO_DELETE(type) "TypeError: '" type "' object doesn't support item deletion"
#define NEVER_DELETE(type) "TypeError: '" type "' object does not support item deletion"
#define ASSIGNMENT "IndexError: list assignment index out of range"
#define LIST_INDEX(type) "TypeError: list indices must be integers or slices, not " type

static const struct subscript subscripts[] = {
	{ "[1, 2, 3]", "0", "1", "[9, 2, 3]", "[2, 3]" },
	{ "[1, 2, 3]", "-1", "3", "[1, 2, 9]", "[1, 2]" },
	{ "[1, 2, 3]", "-3", "1", "[9, 2, 3]", "[2, 3]" },
	{ "[1, 2, 3]", "True", "2", "[1, 9, 3]", "[1, 3]" },
	{ "[1, 2, 3]", "3", "IndexError: list index out of range", ASSIGNMENT, ASSIGNMENT },
	{ "[1, 2, 3]", "-4", "IndexError: list index out of range", ASSIGNMENT, ASSIGNMENT },
	{ "[]", "9223372036854775807", "IndexError: list index out of range", ASSIGNMENT, ASSIGNMENT },
	{ "[1,]", "-9223372036854775808", "IndexError: list index out of range", ASSIGNMENT,
	  ASSIGNMENT },
	{ "[1,]", "'a'", LIST_INDEX("str"), LIST_INDEX("str"), LIST_INDEX("str") },
	{ "[1,]", "None", LIST_INDEX("NoneType"), LIST_INDEX("NoneType"), LIST_INDEX("NoneType") },
	{ "(1, 2)", "1", "2", NO_STORE("tuple"), NO_DELETE("tuple") },
	{ "(1, 2)", "-2", "1", NO_STORE("tuple"), NO_DELETE("tuple") },
	{ "(1, 2)", "2", "IndexError: tuple index out of range", NO_STORE("tuple"),
	  NO_DELETE("tuple") },
	{ "(1, 2)", "'a'", "TypeError: tuple indices must be integers or slices, not str",
	  NO_STORE("tuple"), NEVER_DELETE("tuple") },
	{ "'abc'", "1", "b", NO_STORE("str"), NO_DELETE("str") },
	{ "'abc'", "-1", "c", NO_STORE("str"), NO_DELETE("str") },
	{ "'a\u20acb'", "2", "b", NO_STORE("str"), NO_DELETE("str") },
	{ "'abc'", "3", "IndexError: string index out of range", NO_STORE("str"), NO_DELETE("str") },
	{ "'abc'", "'a'", "TypeError: string indices must be integers, not 'str'", NO_STORE("str"),
	  NEVER_DELETE("str") },
	{ "{1: 2}", "1", "2", "{1: 9}", "{}" },
	{ "{1: 2}", "True", "2", "{1: 9}", "{}" },
	{ "{1: 2}", "'a'", "KeyError: 'a'", "{1: 2, 'a': 9}", "KeyError: 'a'" },
	{ "{1: 2}", "7", "KeyError: 7", "{1: 2, 7: 9}", "KeyError: 7" },
	{ "{1: 2}", "None", "KeyError: None", "{1: 2, None: 9}", "KeyError: None" },
	{ "{1: 2}", "[]", "TypeError: unhashable type: 'list'", "TypeError: unhashable type: 'list'",
	  "TypeError: unhashable type: 'list'" },
	{ "{1: 2}", "{}", "TypeError: unhashable type: 'dict'", "TypeError: unhashable type: 'dict'",
	  "TypeError: unhashable type: 'dict'" },
	{ "5", "0", "TypeError: 'int' object is not subscriptable", NO_STORE("int"),
	  NEVER_DELETE("int") },
	{ "True", "0", "TypeError: 'bool' object is not subscriptable", NO_STORE("bool"),
	  NEVER_DELETE("bool") },
	{ "None", "0", "TypeError: 'NoneType' object is not subscriptable", NO_STORE("NoneType"),
	  NEVER_DELETE("NoneType") },
};

/* Run @operation on the container in r0 and the key in r1, with 9 in r2, then print @slot. */
static bool subscript_gives(int thread, const struct subscript *row, const char *operation, int slot,
			    const char *result)
{
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);
	const char *seen;
	bool same;

	pt_load_literal(out, 0, row->container);
	pt_load_literal(out, 1, row->key);
	fprintf(out, "LOAD_CONST r2, 9\n%s\nPRINT r%d, end\n" END, operation, slot);
	fclose(out);
	seen = pt_exec(thread, text);
	same = strlen(seen) == strlen(result) + 1 && !strncmp(seen, result, strlen(result));
	if (!same)
		fprintf(stderr, "# %s[%s]: expected %s, seen %s", row->container, row->key, result, seen);
	free(text);
	return same;
}

TEST_F(operators, load_subscript)
{
	for (size_t i = 0; i < ARRAY_SIZE(subscripts); i++) {
		EXPECT_TRUE(subscript_gives(self->thread, &subscripts[i], "BINARY_SUBSCR r3, r0, r1",
					    3, subscripts[i].loaded));
	}
}

TEST_F(operators, store_subscript)
{
	for (size_t i = 0; i < ARRAY_SIZE(subscripts); i++) {
		EXPECT_TRUE(subscript_gives(self->thread, &subscripts[i], "STORE_SUBSCR r2, r0, r1",
					    0, subscripts[i].stored));
	}
}

TEST_F(operators, delete_subscript)
{
	for (size_t i = 0; i < ARRAY_SIZE(subscripts); i++) {
		EXPECT_TRUE(subscript_gives(self->thread, &subscripts[i], "DELETE_SUBSCR r0, r1",
					    0, subscripts[i].deleted));
	}
}

/* ---- calls ---- */

TEST_F(operators, call_what_cannot_be_called)
{
	EXPECT_EXEC("TypeError: 'int' object is not callable\n",
		    "LOAD_CONST r0, 1\nCALL r1, r0, ()\n" END);
	EXPECT_EXEC("TypeError: 'NoneType' object is not callable\n",
		    "LOAD_CONST r0, None\nCALL r1, r0, ()\n" END);
	EXPECT_EXEC("TypeError: 'list' object is not callable\n",
		    "BUILD_LIST r0, ()\nCALL r1, r0, ()\n" END);
}

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

TEST_F(operators, call_with_wrong_number_of_arguments)
{
	EXPECT_TRUE(starts_with(pt_exec(self->thread,
		"MAKE_FUNCTION r0, f\nCALL r1, r0, ()\n" END
		".code f x\nRETURN_VALUE r0\n"), "TypeError: "));
	EXPECT_TRUE(starts_with(pt_exec(self->thread,
		"MAKE_FUNCTION r0, f\nCALL r1, r0, r0..r0\n" END
		".code f\nLOAD_CONST r0, None\nRETURN_VALUE r0\n"), "TypeError: "));
}

TEST_F(operators, call_returns_its_value)
{
	EXPECT_EXEC("7\n",
		"MAKE_FUNCTION r0, add\nLOAD_CONST r1, 3\nLOAD_CONST r2, 4\n"
		"CALL r3, r0, r1..r2\nPRINT r3, end\n" END
		".code add x y\nBINARY_OP r2, r0, r1, +\nRETURN_VALUE r2!\n");
}

TEST_HARNESS_MAIN
