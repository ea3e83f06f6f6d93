// SPDX-License-Identifier: GPL-2.0
/*
 * float, and / of ints. The tables are what CPython 3.13.5 gives for the same expressions; operands at
 * random are computed here, with the processor's own arithmetic and the C library.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "operator_util.h"
#include "program_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE(numbers)

/* ---- tables ---- */

static const struct pt_operation arithmetic[] = {
	{ "1.5", "+", "2", "3.5" },
	{ "2", "+", "-1.5", "0.5" },
	{ "True", "+", "0.5", "1.5" },
	{ "-7.5", "+", "2.0", "-5.5" },
	{ "1.5", "-", "2", "-0.5" },
	{ "2", "-", "-1.5", "3.5" },
	{ "True", "-", "0.5", "0.5" },
	{ "-7.5", "-", "2.0", "-9.5" },
	{ "1.5", "*", "2", "3.0" },
	{ "2", "*", "-1.5", "-3.0" },
	{ "True", "*", "0.5", "0.5" },
	{ "-7.5", "*", "2.0", "-15.0" },
	{ "1.5", "/", "2", "0.75" },
	{ "2", "/", "-1.5", "-1.3333333333333333" },
	{ "True", "/", "0.5", "2.0" },
	{ "-7.5", "/", "2.0", "-3.75" },
	{ "1.5", "//", "2", "0.0" },
	{ "2", "//", "-1.5", "-2.0" },
	{ "True", "//", "0.5", "2.0" },
	{ "-7.5", "//", "2.0", "-4.0" },
	{ "1.5", "%", "2", "1.5" },
	{ "2", "%", "-1.5", "-1.0" },
	{ "True", "%", "0.5", "0.0" },
	{ "-7.5", "%", "2.0", "0.5" },
	{ "0.1", "+", "0.2", "0.30000000000000004" },
	{ "-0.0", "+", "0", "0.0" },
	{ "-0.0", "+", "-0.0", "-0.0" },
	{ "0.0", "-", "0.0", "0.0" },
	{ "0.0", "*", "-1", "-0.0" },
	{ "1e308", "*", "10", "inf" },
	{ "-1e308", "*", "10", "-inf" },
	{ "5e-324", "/", "2", "0.0" },
	{ "5e-324", "*", "0.5", "0.0" },
	{ "1e-320", "/", "3", "3.335e-321" },
	{ "inf", "-", "inf", "nan" },
	{ "inf", "*", "0", "nan" },
	{ "inf", "+", "1", "inf" },
	{ "nan", "+", "1", "nan" },
	{ "1", "/", "inf", "0.0" },
	{ "-1", "/", "inf", "-0.0" },
	{ "9007199254740993", "+", "0.0", "9007199254740992.0" },
	{ "9007199254740995", "+", "0.0", "9007199254740996.0" },
	{ "9223372036854775807", "+", "0.0", "9.223372036854776e+18" },
	{ "-9223372036854775808", "+", "0.0", "-9.223372036854776e+18" },
	{ "9223372036854775295", "+", "0.0", "9.223372036854775e+18" },
	{ "9223372036854775296", "+", "0.0", "9.223372036854776e+18" },
	{ "-7", "//", "2.0", "-4.0" },
	{ "7.5", "//", "-2", "-4.0" },
	{ "-0.0", "//", "5", "-0.0" },
	{ "5", "//", "inf", "0.0" },
	{ "-5", "//", "inf", "-1.0" },
	{ "1", "//", "-0.1", "-10.0" },
	{ "inf", "//", "1", "nan" },
	{ "1.0", "//", "0.1", "9.0" },
	{ "0.7", "//", "0.1", "6.0" },
	{ "1e300", "//", "3.0", "3.3333333333333335e+299" },
	{ "4503599627370497.5", "//", "1", "4503599627370498.0" },
	{ "-4503599627370497.5", "//", "1", "-4503599627370498.0" },
	{ "nan", "//", "1", "nan" },
	{ "1", "//", "nan", "nan" },
	{ "-0.5", "//", "1", "-1.0" },
	{ "0.5", "//", "-1", "-1.0" },
	{ "1e-320", "//", "1e-323", "1012.0" },
	{ "-7", "%", "2.0", "1.0" },
	{ "7.5", "%", "-2", "-0.5" },
	{ "-0.0", "%", "5", "0.0" },
	{ "0.0", "%", "-5", "-0.0" },
	{ "5", "%", "inf", "5.0" },
	{ "-5", "%", "inf", "inf" },
	{ "inf", "%", "1", "nan" },
	{ "nan", "%", "1", "nan" },
	{ "1", "%", "nan", "nan" },
	{ "1.0", "%", "0.1", "0.09999999999999995" },
	{ "1e300", "%", "3.0", "0.0" },
	{ "1e308", "%", "5e-324", "0.0" },
	{ "1e308", "%", "3e-308", "5.476144900572913e-309" },
	{ "-1e308", "%", "7e-320", "1.676e-320" },
	{ "1e-320", "%", "3e-322", "5.4e-323" },
	{ "5.5", "%", "5.5", "0.0" },
	{ "-1e-300", "%", "1.0", "1.0" },
	{ "3e-308", "%", "2e-308", "1.0000000000000004e-308" },
	{ "1.5", "+=", "1", "2.5" },
	{ "1.5", "-=", "1", "0.5" },
	{ "1", "*=", "1.5", "1.5" },
	{ "1", "/=", "4", "0.25" },
	{ "7.5", "//=", "2", "3.0" },
	{ "7.5", "%=", "2", "1.5" },
};

TEST_F(numbers, arithmetic)
{
	PT_EXPECT_OPERATIONS("BINARY_OP", arithmetic);
}

static const struct pt_operation divisions[] = {
	{ "1", "/", "3", "0.3333333333333333" },
	{ "2", "/", "3", "0.6666666666666666" },
	{ "-1", "/", "3", "-0.3333333333333333" },
	{ "0", "/", "5", "0.0" },
	{ "0", "/", "-5", "-0.0" },
	{ "True", "/", "2", "0.5" },
	{ "True", "/", "True", "1.0" },
	{ "6", "/", "3", "2.0" },
	{ "1", "/", "10", "0.1" },
	{ "7", "/", "-2", "-3.5" },
	{ "9223372036854775807", "/", "3", "3.0744573456182584e+18" },
	{ "-9223372036854775808", "/", "-1", "9.223372036854776e+18" },
	{ "-9223372036854775808", "/", "3", "-3.0744573456182584e+18" },
	{ "9223372036854775807", "/", "9223372036854775806", "1.0" },
	{ "9223372036854775806", "/", "9223372036854775807", "1.0" },
	{ "1", "/", "9223372036854775807", "1.0842021724855044e-19" },
	{ "1", "/", "-9223372036854775808", "-1.0842021724855044e-19" },
	{ "-9223372036854775808", "/", "9223372036854775807", "-1.0" },
	{ "9007199254740993", "/", "1", "9007199254740992.0" },
	{ "9007199254740995", "/", "1", "9007199254740996.0" },
	{ "18014398509481985", "/", "2", "9007199254740992.0" },
	{ "9007199254740993", "/", "2", "4503599627370496.0" },
	{ "9223372036854775295", "/", "1", "9.223372036854775e+18" },
	{ "9223372036854775296", "/", "1", "9.223372036854776e+18" },
	{ "9223372036854775297", "/", "1", "9.223372036854776e+18" },
	{ "9007199254740991", "/", "9007199254740993", "0.9999999999999998" },
	{ "4611686018427387905", "/", "4611686018427387903", "1.0" },
	{ "123456789012345678", "/", "987654321098765432", "0.1249999988609375" },
	{ "5764607523034234881", "/", "4503599627370497", "1279.9999999999998" },
	{ "9223372036854775807", "/", "2147483647", "4294967298.0" },
	{ "1", "/", "0", "ZeroDivisionError: division by zero" },
	{ "True", "/", "0", "ZeroDivisionError: division by zero" },
	{ "0", "/", "0", "ZeroDivisionError: division by zero" },
	{ "5", "/=", "0", "ZeroDivisionError: division by zero" },
};

TEST_F(numbers, division_of_ints)
{
	PT_EXPECT_OPERATIONS("BINARY_OP", divisions);
}

static const struct pt_operation errors[] = {
	{ "1.0", "/", "0", "ZeroDivisionError: float division by zero" },
	{ "1", "/", "0.0", "ZeroDivisionError: float division by zero" },
	{ "1.0", "//", "0", "ZeroDivisionError: float floor division by zero" },
	{ "1", "//", "-0.0", "ZeroDivisionError: float floor division by zero" },
	{ "1.0", "%", "0", "ZeroDivisionError: float modulo by zero" },
	{ "1", "%", "0.0", "ZeroDivisionError: float modulo by zero" },
	{ "nan", "/", "0.0", "ZeroDivisionError: float division by zero" },
	{ "1.0", "/", "False", "ZeroDivisionError: float division by zero" },
	{ "1.5", "/=", "0", "ZeroDivisionError: float division by zero" },
	{ "1.5", "//=", "0", "ZeroDivisionError: float floor division by zero" },
	{ "1.5", "%=", "0", "ZeroDivisionError: float modulo by zero" },
	{ "2.0", "&", "1", "TypeError: unsupported operand type(s) for &: 'float' and 'int'" },
	{ "1", "|", "2.0", "TypeError: unsupported operand type(s) for |: 'int' and 'float'" },
	{ "1.5", "^", "1.5", "TypeError: unsupported operand type(s) for ^: 'float' and 'float'" },
	{ "1", "<<", "2.0", "TypeError: unsupported operand type(s) for <<: 'int' and 'float'" },
	{ "2.0", ">>", "1", "TypeError: unsupported operand type(s) for >>: 'float' and 'int'" },
	{ "1.5", "&=", "2", "TypeError: unsupported operand type(s) for &=: 'float' and 'int'" },
	{ "1.5", "+", "'a'", "TypeError: unsupported operand type(s) for +: 'float' and 'str'" },
	{ "'a'", "+", "1.5", "TypeError: can only concatenate str (not \"float\") to str" },
	{ "1.5", "+", "[1,]", "TypeError: unsupported operand type(s) for +: 'float' and 'list'" },
	{ "[1,]", "+", "1.5", "TypeError: can only concatenate list (not \"float\") to list" },
	{ "1.5", "*", "[1,]", "TypeError: can't multiply sequence by non-int of type 'float'" },
	{ "[1,]", "*", "1.5", "TypeError: can't multiply sequence by non-int of type 'float'" },
	{ "'a'", "*", "1.5", "TypeError: can't multiply sequence by non-int of type 'float'" },
	{ "1.5", "*", "(1,)", "TypeError: can't multiply sequence by non-int of type 'float'" },
	{ "None", "-", "1.5", "TypeError: unsupported operand type(s) for -: 'NoneType' and 'float'" },
	{ "1.5", "/", "'a'", "TypeError: unsupported operand type(s) for /: 'float' and 'str'" },
	{ "1", "/", "'a'", "TypeError: unsupported operand type(s) for /: 'int' and 'str'" },
	{ "'a'", "/", "1", "TypeError: unsupported operand type(s) for /: 'str' and 'int'" },
	{ "[1,]", "/", "2", "TypeError: unsupported operand type(s) for /: 'list' and 'int'" },
	{ "1.5", "//", "None", "TypeError: unsupported operand type(s) for //: 'float' and 'NoneType'" },
	{ "1.5", "%", "None", "TypeError: unsupported operand type(s) for %: 'float' and 'NoneType'" },
	{ "1.5", "+=", "'a'", "TypeError: unsupported operand type(s) for +=: 'float' and 'str'" },
	{ "1", "/=", "'a'", "TypeError: unsupported operand type(s) for /=: 'int' and 'str'" },
	{ "[1,]", "/=", "2", "TypeError: unsupported operand type(s) for /=: 'list' and 'int'" },
	{ "[1,]", "*=", "1.5", "TypeError: can't multiply sequence by non-int of type 'float'" },
	{ "[1,]", "+=", "1.5", "TypeError: 'float' object is not iterable" },
};

TEST_F(numbers, arithmetic_errors)
{
	PT_EXPECT_OPERATIONS("BINARY_OP", errors);
}

/* All pairs: '<', '=', '>' or '?' for each value with those in this order. */
static const struct {
	const char *value;
	const char *order;
} orders[] = {
	{ "0", "===<<<<><>?<<<><<>>><<<<><>" },
	{ "0.0", "===<<<<><>?<<<><<>>><<<<><>" },
	{ "-0.0", "===<<<<><>?<<<><<>>><<<<><>" },
	{ "1", ">>>===<><>?<<<><<>>><<<>>>>" },
	{ "1.0", ">>>===<><>?<<<><<>>><<<>>>>" },
	{ "True", ">>>===<><>?<<<><<>>><<<>>>>" },
	{ "1.5", ">>>>>>=><>?<<<><<>>><<<>>>>" },
	{ "-1.5", "<<<<<<<=<>?<<<><<>>><<<<<<<" },
	{ "inf", ">>>>>>>>=>?>>>>>>>>>>>>>>>>" },
	{ "-inf", "<<<<<<<<<=?<<<<<<<<<<<<<<<<" },
	{ "nan", "???????????????????????????" },
	{ "9007199254740992.0", ">>>>>>>><>?==<><<>>><<<>>>>" },
	{ "9007199254740992", ">>>>>>>><>?==<><<>>><<<>>>>" },
	{ "9007199254740993", ">>>>>>>><>?>>=><<>>><<<>>>>" },
	{ "-9007199254740993", "<<<<<<<<<>?<<<=<<>>><<<<<<<" },
	{ "9223372036854775807", ">>>>>>>><>?>>>>=<>>>>><>>>>" },
	{ "9223372036854775808.0", ">>>>>>>><>?>>>>>=>>>>><>>>>" },
	{ "-9223372036854775808", "<<<<<<<<<>?<<<<<<==><<<<<<<" },
	{ "-9223372036854775808.0", "<<<<<<<<<>?<<<<<<==><<<<<<<" },
	{ "-9223372036854777856.0", "<<<<<<<<<>?<<<<<<<<=<<<<<<<" },
	{ "9223372036854774784.0", ">>>>>>>><>?>>>><<>>>==<>>>>" },
	{ "9223372036854774784", ">>>>>>>><>?>>>><<>>>==<>>>>" },
	{ "1e300", ">>>>>>>><>?>>>>>>>>>>>=>>>>" },
	{ "5e-324", ">>><<<<><>?<<<><<>>><<<=><>" },
	{ "-5e-324", "<<<<<<<><>?<<<><<>>><<<<=<>" },
	{ "0.5", ">>><<<<><>?<<<><<>>><<<>>=>" },
	{ "-0.5", "<<<<<<<><>?<<<><<>>><<<<<<=" },
};

/* What @order, one of "<=>?", makes of each operator. */
static const struct {
	const char *op;
	const char *holds;
} comparisons[] = {
	{ "<", "<" }, { "<=", "<=" }, { "==", "=" }, { "!=", "<>?" }, { ">", ">" }, { ">=", "=>" },
};

TEST_F(numbers, comparison)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(orders) * ARRAY_SIZE(orders); i++) {
		const char *a = orders[i / ARRAY_SIZE(orders)].value;
		const char *b = orders[i % ARRAY_SIZE(orders)].value;
		char order = orders[i / ARRAY_SIZE(orders)].order[i % ARRAY_SIZE(orders)];

		for (unsigned int j = 0; j < ARRAY_SIZE(comparisons); j++) {
			EXPECT_STREQ(strchr(comparisons[j].holds, order) ? "True\n" : "False\n",
				     pt_execf(self->thread, "LOAD_CONST r0, %s\nLOAD_CONST r1, %s\n"
					      "COMPARE_OP r2, r0, r1, %s\nPRINT r2, end\n" END, a, b,
					      comparisons[j].op))
				TH_LOG("%s %s %s", a, comparisons[j].op, b);
		}
	}
}

static const struct pt_operation comparison_others[] = {
	{ "1.5", "<", "'a'", "TypeError: '<' not supported between instances of 'float' and 'str'" },
	{ "None", "<", "1.5", "TypeError: '<' not supported between instances of 'NoneType' and 'float'" },
	{ "[1,]", "<", "1.5", "TypeError: '<' not supported between instances of 'list' and 'float'" },
	{ "1.5", "<", "(1,)", "TypeError: '<' not supported between instances of 'float' and 'tuple'" },
	{ "1.5", ">=", "'a'", "TypeError: '>=' not supported between instances of 'float' and 'str'" },
	{ "None", ">=", "1.5", "TypeError: '>=' not supported between instances of 'NoneType' and 'float'" },
	{ "[1,]", ">=", "1.5", "TypeError: '>=' not supported between instances of 'list' and 'float'" },
	{ "1.5", ">=", "(1,)", "TypeError: '>=' not supported between instances of 'float' and 'tuple'" },
	{ "1.5", "==", "'a'", "False" },
	{ "1.5", "!=", "None", "True" },
	{ "[1,]", "==", "1.5", "False" },
	{ "(1, 2.0)", "==", "(1.0, 2)", "True" },
	{ "(1, nan)", "==", "(1, nan)", "True" },
	{ "(1, 1.5)", "<", "(1.0, 2)", "True" },
	{ "(1, nan)", "<", "(1, 2)", "False" },
	{ "(1, nan)", ">=", "(1, 2)", "False" },
	{ "[1.5,]", "==", "[1.5,]", "True" },
};

TEST_F(numbers, comparison_with_others)
{
	PT_EXPECT_OPERATIONS("COMPARE_OP", comparison_others);
}

static const struct pt_operation containments[] = {
	{ "1.0", "in", "[1, 2]", "True" },
	{ "True", "in", "(1.0,)", "True" },
	{ "2", "in", "(1.5, 2.0)", "True" },
	{ "1.5", "not in", "(1, 2)", "True" },
	{ "1", "in", "1.5", "TypeError: argument of type 'float' is not iterable" },
	{ "1.5", "in", "'a'", "TypeError: 'in <string>' requires string as left operand, not float" },
	{ "1.0", "in", "{1: 2}", "True" },
	{ "1.5", "in", "{1: 2}", "False" },
	{ "True", "in", "(0.0, 1.0)", "True" },
};

TEST_F(numbers, containment)
{
	PT_EXPECT_OPERATIONS("CONTAINS_OP", containments);
}

static const struct {
	const char *literal;
	const char *repr;
} texts[] = {
	{ "0.0", "0.0" },
	{ "-0.0", "-0.0" },
	{ "1.0", "1.0" },
	{ "1.5", "1.5" },
	{ "-1.5", "-1.5" },
	{ "0.1", "0.1" },
	{ "0.0001", "0.0001" },
	{ "0.00001", "1e-05" },
	{ "0.00012345", "0.00012345" },
	{ "123456789012345.6", "123456789012345.6" },
	{ "1e15", "1000000000000000.0" },
	{ "1234567890123456.0", "1234567890123456.0" },
	{ "9999999999999998.0", "9999999999999998.0" },
	{ "1e16", "1e+16" },
	{ "12345678901234567.0", "1.2345678901234568e+16" },
	{ "1e22", "1e+22" },
	{ "1e23", "1e+23" },
	{ "1e300", "1e+300" },
	{ "1.7976931348623157e308", "1.7976931348623157e+308" },
	{ "5e-324", "5e-324" },
	{ "2.2250738585072014e-308", "2.2250738585072014e-308" },
	{ "2.2250738585072011e-308", "2.225073858507201e-308" },
	{ "1e-5", "1e-05" },
	{ "100.0", "100.0" },
	{ "1e5", "100000.0" },
	{ "0.3", "0.3" },
	{ "2.5e-7", "2.5e-07" },
	{ "9007199254740993.0", "9007199254740992.0" },
	{ "5.684341886080802e-14", "5.684341886080802e-14" },
	{ "4.35", "4.35" },
	{ "3.141592653589793", "3.141592653589793" },
	{ "1e100", "1e+100" },
	{ "123e-7", "1.23e-05" },
	{ "1_0.2_5", "10.25" },
	{ ".5", "0.5" },
	{ "5.", "5.0" },
	{ "1E3", "1000.0" },
	{ "1e-400", "0.0" },
	{ "1e400", "inf" },
	{ "-1e400", "-inf" },
	{ "00.5", "0.5" },
	{ "0e0", "0.0" },
	{ "1e+2", "100.0" },
};

TEST_F(numbers, text)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(texts); i++) {
		char expected[64];

		snprintf(expected, sizeof(expected), "%s (%s,)\n", texts[i].repr, texts[i].repr);
		EXPECT_STREQ(expected, pt_execf(self->thread, "LOAD_CONST r0, %s\nPRINT r0\n"
						"BUILD_TUPLE r0, r0\nPRINT r0, end\n" END,
						texts[i].literal))
			TH_LOG("%s", texts[i].literal);
	}
}

/* ---- at random ---- */

/* More often a number that something is special about. */
static double random_float(uint64_t *state)
{
	static const double special[] = {
		0.0, -0.0, 1.0, -1.0, 0.5, 3.0, 1e16, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308,
		INFINITY, NAN, 4503599627370496.0, 9007199254740992.0, 0.1, 1e-310,
	};
	uint64_t bits = pt_random(state);
	double value;

	switch (pt_below(state, 4)) {
	case 0:
		return special[pt_below(state, ARRAY_SIZE(special))];
	case 1:
		return (double)(int64_t)pt_below(state, 2000) / 8 - 100;
	case 2:
		/* Not far from 1, so that quotients are not always infinite or 0. */
		bits = (bits & ~(0x7ffULL << 52)) | (0x3e0 + pt_below(state, 64)) << 52;
		break;
	}
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* a // b, and a % b at @remainder, as CPython's _float_div_mod(). */
static double floor_divide(double a, double b, double *remainder)
{
	double mod = fmod(a, b), div = (a - mod) / b, whole;

	if (mod) {
		if ((b < 0) != (mod < 0)) {
			mod += b;
			div -= 1.0;
		}
	} else {
		mod = copysign(0.0, b);
	}
	*remainder = mod;
	if (!div)
		return copysign(0.0, a / b);
	whole = floor(div);
	return div - whole > 0.5 ? whole + 1.0 : whole;
}

static double compute(double a, const char *op, double b)
{
	double remainder, whole;

	switch (*op) {
	case '+':
		return a + b;
	case '-':
		return a - b;
	case '*':
		return a * b;
	}
	if (!strcmp(op, "/"))
		return a / b;
	whole = floor_divide(a, b, &remainder);
	return *op == '%' ? remainder : whole;
}

/* The FLOAT record that a program prints; false when it prints something else. */
static bool printed(int thread, const char *text, uint64_t *bits)
{
	struct pymm_program *program = pt_assemble(text);
	struct {
		struct pymm_record head;
		uint64_t bits;
		struct pymm_record end;
	} output = { .bits = 0 };
	struct pymm_run run = { .output = (uintptr_t)&output, .output_size = sizeof(output) };
	bool ran = !pt_run(thread, program, &run) && run.status == PYMM_STATUS_DONE;

	pymm_program_free(program);
	*bits = output.bits;
	return ran && run.output_used == sizeof(output) && output.head.kind == PYMM_RECORD_FLOAT &&
	       output.head.len == sizeof(output.bits) && output.end.kind == PYMM_RECORD_END;
}

static bool same(double expected, uint64_t bits)
{
	uint64_t wanted;

	memcpy(&wanted, &expected, sizeof(wanted));
	return isnan(expected) ? bits << 1 > 0x7ffULL << 53 : bits == wanted;
}

/* One that the assembler takes for a float. */
static void literal(char *text, size_t size, double value)
{
	snprintf(text, size, "%.17e", value);
}

TEST_F(numbers, arithmetic_at_random)
{
	static const char *const ops[] = { "+", "-", "*", "/", "//", "%" };
	uint64_t state = 2;

	for (unsigned int i = 0; i < pt_fewer(3000); i++) {
		double a = random_float(&state), b = random_float(&state);
		const char *op = ops[pt_below(&state, ARRAY_SIZE(ops))];
		char x[40], y[40], text[256];
		uint64_t bits;

		if (b == 0 && strpbrk(op, "/%"))
			continue;
		literal(x, sizeof(x), a);
		literal(y, sizeof(y), b);
		snprintf(text, sizeof(text), "LOAD_CONST r0, %s\nLOAD_CONST r1, %s\n"
			 "BINARY_OP r2, r0, r1, %s\nPRINT r2, end\n" END, x, y, op);
		ASSERT_TRUE(printed(self->thread, text, &bits));
		EXPECT_TRUE(same(compute(a, op, b), bits))
			TH_LOG("%s %s %s: %#" PRIx64, x, op, y, bits);
	}
}

/* Where a quotient has 113 bits, one more rounding does not change those that are tried here. */
TEST_F(numbers, division_of_ints_at_random)
{
	uint64_t state = 3;

	for (unsigned int i = 0; i < pt_fewer(2000); i++) {
		int64_t a = (int64_t)pt_random(&state) >> pt_below(&state, 64);
		int64_t b = (int64_t)pt_random(&state) >> pt_below(&state, 64);
		char text[256];
		uint64_t bits;

		b = b ?: 1;
		snprintf(text, sizeof(text), "LOAD_CONST r0, %" PRId64 "\nLOAD_CONST r1, %" PRId64
			 "\nBINARY_OP r2, r0, r1, /\nPRINT r2, end\n" END, a, b);
		ASSERT_TRUE(printed(self->thread, text, &bits));
		EXPECT_TRUE(a ? same((double)((__float128)a / b), bits) : !(bits << 1))
			TH_LOG("%" PRId64 " / %" PRId64 ": %#" PRIx64, a, b, bits);
	}
}

/* All bits of a constant come back, those of what is not a number, too. */
TEST_F(numbers, bits_of_constants)
{
	static const struct {
		const char *literal;
		uint64_t bits;
	} rows[] = {
		{ "nan", 0x7ff8000000000000 }, { "-nan", 0xfff8000000000000 },
		{ "nan(1)", 0x7ff0000000000001 }, { "-nan(0xfffffffffffff)", 0xffffffffffffffff },
		{ "inf", 0x7ff0000000000000 }, { "-inf", 0xfff0000000000000 },
		{ "-0.0", 0x8000000000000000 }, { "5e-324", 1 },
		{ "1.7976931348623157e308", 0x7fefffffffffffff },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[128];
		uint64_t bits;

		snprintf(text, sizeof(text), "LOAD_CONST r0, %s\nPRINT r0, end\n" END, rows[i].literal);
		ASSERT_TRUE(printed(self->thread, text, &bits));
		EXPECT_EQ(rows[i].bits, bits)
			TH_LOG("%s", rows[i].literal);
		snprintf(text, sizeof(text), "LOAD_CONST r0, %s\nUNARY_NEGATIVE r0, r0!\nPRINT r0, end\n" END,
			 rows[i].literal);
		ASSERT_TRUE(printed(self->thread, text, &bits));
		EXPECT_EQ(rows[i].bits ^ 1ULL << 63, bits)
			TH_LOG("-(%s)", rows[i].literal);
	}
}

/* ---- objects ---- */

#define IS(a, b) "IS_OP r9, " a ", " b ", is\nPRINT r9\n"

TEST_F(numbers, programs)
{
	static const struct pt_row rows[] = {
		{ "bool(0.0), bool(-0.0), bool(nan), bool(5e-324)", "LOAD_CONST r0, 0.0\nUNARY_NOT r1, r0\nPRINT r1\n"
		  "LOAD_CONST r0, -0.0\nUNARY_NOT r1, r0\nPRINT r1\nLOAD_CONST r0, nan\nUNARY_NOT r1, r0\nPRINT r1\n"
		  "LOAD_CONST r0, 5e-324\nUNARY_NOT r1, r0\nPRINT r1, end\n" END, "True True False False\n" },
		{ "1.5 if 0.5 else 2.5", "LOAD_CONST r0, 0.5\nPOP_JUMP_IF_FALSE r0, no\nPRINT r0\nno:\n"
		  "LOAD_CONST r0, 0.0\nPOP_JUMP_IF_TRUE r0, yes\nPRINT r0, end\nyes:\n" END, "0.5 0.0\n" },
		{ "{1: 'a', 1.0: 'b', True: 'c'}", "LOAD_CONST r0, 1\nLOAD_CONST r1, 'a'\nLOAD_CONST r2, 1.0\n"
		  "LOAD_CONST r3, 'b'\nLOAD_CONST r4, True\nLOAD_CONST r5, 'c'\nBUILD_MAP r6, r0..r5\nPRINT r6, end\n" END,
		  "{1: 'c'}\n" },
		{ "d = {-0.0: 1}; d[0] = 2; d[0.0]; d", "LOAD_CONST r0, -0.0\nLOAD_CONST r1, 1\nBUILD_MAP r2, r0..r1\n"
		  "LOAD_CONST r0, 0\nLOAD_CONST r1, 2\nSTORE_SUBSCR r1, r2, r0\nLOAD_CONST r0, 0.0\n"
		  "BINARY_SUBSCR r3, r2, r0\nPRINT r3\nPRINT r2, end\n" END, "2 {-0.0: 2}\n" },
		{ "d = {2**62: 1}; d[4611686018427387904.0]", "LOAD_CONST r0, 4611686018427387904\nLOAD_CONST r1, 1\n"
		  "BUILD_MAP r2, r0..r1\nLOAD_CONST r0, 4611686018427387904.0\nBINARY_SUBSCR r3, r2, r0\nPRINT r3\n"
		  "LOAD_CONST r0, -9223372036854775808.0\nSTORE_SUBSCR r1, r2, r0\n"
		  "LOAD_CONST r0, -9223372036854775808\nCONTAINS_OP r3, r0, r2, in\nPRINT r3, end\n" END, "1 True\n" },
		{ "{(1, 2.0): 1}[(1.0, 2)]", "LOAD_CONST r0, (1, 2.0)\nLOAD_CONST r1, 1\nBUILD_MAP r2, r0..r1\n"
		  "LOAD_CONST r0, (1.0, 2)\nBINARY_SUBSCR r3, r2, r0\nPRINT r3, end\n" END, "1\n" },
		{ "d = {0.1 + 0.2: 1}; 0.3 in d; 0.30000000000000004 in d", "LOAD_CONST r0, 0.1\nLOAD_CONST r1, 0.2\n"
		  "BINARY_OP r0, r0!, r1!, +\nLOAD_CONST r1, 1\nBUILD_MAP r2, r0..r1\nLOAD_CONST r0, 0.3\n"
		  "CONTAINS_OP r3, r0, r2, in\nPRINT r3\nLOAD_CONST r0, 0.30000000000000004\n"
		  "CONTAINS_OP r3, r0, r2, in\nPRINT r3, end\n" END, "False True\n" },
		{ "n = nan; m = -n; d = {n: 1}; d[m] = 2; d[n]; d[m]; len(d); -m in d", "LOAD_CONST r0, nan\n"
		  "LOAD_CONST r1, 1\nBUILD_MAP r2, r0..r1\nUNARY_NEGATIVE r3, r0\nLOAD_CONST r1, 2\n"
		  "STORE_SUBSCR r1, r2, r3\nBINARY_SUBSCR r4, r2, r0\nPRINT r4\nBINARY_SUBSCR r4, r2, r3\nPRINT r4\n"
		  "GET_LEN r4, r2\nPRINT r4\nUNARY_NEGATIVE r4, r3\nCONTAINS_OP r4, r4!, r2, in\nPRINT r4, end\n" END,
		  "1 2 2 False\n" },
		{ "n == n; n != n; [n] == [n]; n in [n]; [n] <= [n]; [n] < [n]; [n] == [-n]", "LOAD_CONST r0, nan\n"
		  "COMPARE_OP r1, r0, r0, ==\nPRINT r1\nCOMPARE_OP r1, r0, r0, !=\nPRINT r1\nBUILD_LIST r2, r0\n"
		  "BUILD_LIST r3, r0\nCOMPARE_OP r1, r2, r3, ==\nPRINT r1\nCONTAINS_OP r1, r0, r2, in\nPRINT r1\n"
		  "COMPARE_OP r1, r2, r3, <=\nPRINT r1\nCOMPARE_OP r1, r2, r3, <\nPRINT r1\nUNARY_NEGATIVE r4, r0\n"
		  "BUILD_LIST r3, r4\nCOMPARE_OP r1, r2, r3, ==\nPRINT r1, end\n" END,
		  "False True True True True False False\n" },
		{ "a = 0.5; b = a + 1; c = a + 1; b is c; b is b; a is 0.5", "LOAD_CONST r0, 0.5\nLOAD_CONST r1, 1\n"
		  "BINARY_OP r2, r0, r1, +\nBINARY_OP r3, r0, r1, +\n" IS("r2", "r3") IS("r2", "r2")
		  "LOAD_CONST r4, 0.5\n" IS("r0", "r4") "PRINT r2, end\n" END, "False True True 1.5\n" },
		{ "0.0 is -0.0; 1 is 1.0", "LOAD_CONST r0, 0.0\nLOAD_CONST r1, -0.0\n" IS("r0", "r1") "LOAD_CONST r0, 1\n"
		  "LOAD_CONST r1, 1.0\n" IS("r0", "r1") "PRINT r1, end\n" END, "False False 1.0\n" },
		{ "def f(): return 1.5\nf() is 1.5", "LOAD_CONST r0, 1.5\nMAKE_FUNCTION r1, f\nCALL r1, r1!, ()\n"
		  IS("r0", "r1") "PRINT r1, end\n" END ".code f\nLOAD_CONST r0, 1.5\nRETURN_VALUE r0!\n", "True 1.5\n" },
		{ "x = 1.5; x += 1; in place is a new object", "LOAD_CONST r0, 1.5\nLOAD_CONST r1, 1\nCOPY r2, r0\n"
		  "BINARY_OP r0, r0!, r1, +=\nPRINT r2\nPRINT r0, end\n" END, "1.5 2.5\n" },
		{ "x = -0.5; sys.getrefcount(-x)", "LOAD_CONST r0, -0.5\nUNARY_NEGATIVE r1, r0\nGET_REFCOUNT r2, r1\n"
		  "PRINT r2, end\n" END, "1\n" },
		{ "type(1.5)", "LOAD_CONST r0, 1.5\nGET_TYPE r1, r0\nPRINT r1, end\n" END, "<class 'float'>\n" },
		{ "[1.5, (nan,), {-0.0: inf}]", "LOAD_CONST r0, 1.5\nLOAD_CONST r1, (nan,)\nLOAD_CONST r2, -0.0\n"
		  "LOAD_CONST r3, inf\nBUILD_MAP r2, r2..r3!\nBUILD_LIST r0, r0..r2!\nPRINT r0, end\n" END,
		  "[1.5, (nan,), {-0.0: inf}]\n" },
		{ "len(1.5)", "LOAD_CONST r0, 1.5\nGET_LEN r1, r0\n" END, "TypeError: object of type 'float' has no len()\n" },
		{ "1.5[0]", "LOAD_CONST r0, 1.5\nLOAD_CONST r1, 0\nBINARY_SUBSCR r2, r0, r1\n" END,
		  "TypeError: 'float' object is not subscriptable\n" },
		{ "x[0] = 1", "LOAD_CONST r0, 1.5\nLOAD_CONST r1, 0\nSTORE_SUBSCR r1, r0, r1\n" END,
		  "TypeError: 'float' object does not support item assignment\n" },
		{ "del x[0]", "LOAD_CONST r0, 1.5\nLOAD_CONST r1, 0\nDELETE_SUBSCR r0, r1\n" END,
		  "TypeError: 'float' object does not support item deletion\n" },
		{ "1.5()", "LOAD_CONST r0, 1.5\nCALL r1, r0, ()\n" END, "TypeError: 'float' object is not callable\n" },
		{ "(1.5).x", "LOAD_CONST r0, 1.5\nLOAD_ATTR r1, r0, x\n" END,
		  "AttributeError: 'float' object has no attribute 'x'\n" },
		{ "weakref.ref(1.5)", "LOAD_CONST r0, 1.5\nLOAD_CONST r1, None\nWEAKREF_NEW r2, r0, r1\n" END,
		  "TypeError: cannot create weak reference to 'float' object\n" },
		{ "a, b = 1.5", "LOAD_CONST r0, 1.5\nUNPACK_SEQUENCE r1..r2, r0\n" END,
		  "TypeError: cannot unpack non-iterable float object\n" },
		{ "[1][0.0]", "LOAD_CONST r0, 1\nBUILD_LIST r0, r0\nLOAD_CONST r1, 0.0\nBINARY_SUBSCR r2, r0, r1\n" END,
		  "TypeError: list indices must be integers or slices, not float\n" },
		{ "'a'[0.0]", "LOAD_CONST r0, 'a'\nLOAD_CONST r1, 0.0\nBINARY_SUBSCR r2, r0, r1\n" END,
		  "TypeError: string indices must be integers, not 'float'\n" },
	};

	EXPECT_ROWS(rows);
}

/* In a loop a constant stays the object that it was; what is computed of it dies. */
TEST_F(numbers, in_a_loop)
{
	uint64_t before = pt_stat(self->arena).objects;

	EXPECT_STREQ("55.0 2\n", pt_exec(self->thread, ".slot i one sum c first same\nLOAD_CONST i, 10\nLOAD_CONST one, 1\n"
		"LOAD_CONST sum, 0.0\nLOAD_CONST first, 2.5\nloop:\nLOAD_CONST c, 2.5\nIS_OP same, c, first, is\n"
		"POP_JUMP_IF_FALSE same, done\nBINARY_OP sum, sum!, i, +=\nBINARY_OP i, i!, one, -=\n"
		"POP_JUMP_IF_FALSE i, done\nJUMP_BACKWARD loop\ndone:\nDELETE_FAST c\nPRINT sum\n"
		"GET_REFCOUNT c, first\nPRINT c, end\n" END));
	EXPECT_EQ(before, pt_stat(self->arena).objects);
}

/* It is no container: the collector neither counts nor tracks it, nor a tuple that has only such. */
TEST_F(numbers, not_tracked)
{
	struct pymm_stat before, after;

	pt_exec(self->thread, "GC_COLLECT r0, 2\n" END);
	before = pt_stat(self->arena);
	EXPECT_STREQ("", pt_exec(self->thread, "LOAD_CONST r0, 1.5\nBINARY_OP r1, r0, r0, *\nSTORE_GLOBAL r1!, x\n" END));
	after = pt_stat(self->arena);
	EXPECT_EQ(before.objects + 1, after.objects);
	EXPECT_EQ(before.counts[0], after.counts[0]);
	EXPECT_EQ(before.tracked[0] + before.tracked[1] + before.tracked[2],
		  after.tracked[0] + after.tracked[1] + after.tracked[2]);
	EXPECT_STREQ("", pt_exec(self->thread, "LOAD_GLOBAL r0, x\nBUILD_TUPLE r0, r0!\nSTORE_GLOBAL r0!, x\n"
				 "GC_COLLECT r0, 2\n" END));
	EXPECT_EQ(before.tracked[2], pt_stat(self->arena).tracked[2]);
}

/* A dump shows its bits. */
TEST_F(numbers, dump)
{
	const struct pymm_dump_object *object;
	struct pymm_snapshot *snapshot;
	double value;

	EXPECT_STREQ("", pt_exec(self->thread, "LOAD_CONST r0, -1.25\nSTORE_GLOBAL r0, x\n" END));
	snapshot = pt_snapshot(self->arena);
	object = pymm_snapshot_object(snapshot, pymm_snapshot_name(snapshot, "x")->id);
	ASSERT_NE(NULL, object);
	EXPECT_EQ(PYMM_TYPE_FLOAT, object->type);
	EXPECT_EQ(0, object->nr_refs);
	EXPECT_EQ(1, object->refs);
	EXPECT_EQ(PYMM_GENERATION_NONE, object->generation);
	memcpy(&value, &object->value, sizeof(value));
	EXPECT_TRUE(value == -1.25);
	pymm_snapshot_free(snapshot);
}

/* A float that there is no room for. */
TEST_F(numbers, no_memory)
{
	uint64_t limit = pt_stat(self->arena).objects;

	EXPECT_STREQ("", pt_exec(self->thread, "LOAD_CONST r0, 1.5\nSTORE_GLOBAL r0, x\nBUILD_LIST r1, ()\n"
		"STORE_GLOBAL r1, l\n" END));
	pt_set_max_objects(self->arena, 1024 + limit);
	EXPECT_EQ(0, strncmp("MemoryError: the arena's limit of ", pt_exec(self->thread,
		"LOAD_GLOBAL r0, x\nLOAD_GLOBAL r1, l\nloop:\nBINARY_OP r2, r0, r0, +\nLIST_APPEND r1, r2!\n"
		"JUMP_BACKWARD loop\n"), 34));
	EXPECT_STREQ("1.5\n", pt_exec(self->thread, "LOAD_GLOBAL r0, x\nPRINT r0, end\n" END));
}

TEST_HARNESS_MAIN
