// SPDX-License-Identifier: GPL-2.0-only
/*
 * float: 64-bit, a new object each time. Only arithmetic takes the FPU (fpu.c); what must be exact
 * where a float meets an int is computed with their bits.
 */
#include <linux/bitops.h>
#include <linux/fpu.h>
#include <linux/math64.h>

#include "call.h"
#include "decimal.h"
#include "fpu.h"

/**
 * pymm_float_new() - a reference to a new float
 * @arena: the arena
 * @bits: its value, as IEEE 754 has it
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0 when there is no memory.
 */
u32 pymm_float_new(struct pymm_arena *arena, u64 bits)
{
	u32 no = pymm_object_alloc(arena, PYMM_TYPE_FLOAT);

	if (likely(no))
		pymm_object(arena, no)->float_bits = bits;
	return no;
}

/**
 * pymm_float_trunc() - the int that is left of a float without its fraction
 * @bits: the float
 * @whole: receives the int
 * @exact: receives whether there is no fraction
 *
 * Return: false when it does not fit in 64 bits, is infinite or not a number.
 */
bool pymm_float_trunc(u64 bits, s64 *whole, bool *exact)
{
	u64 mantissa;
	int exponent = pymm_float_split(bits, &mantissa);

	/* The mantissa has 53 bits; of those with 64 only one fits. */
	if (exponent > 10) {
		*whole = S64_MIN;
		*exact = true;
		return bits == (PYMM_FLOAT_SIGN | 0x43e0000000000000ULL);
	}
	if (exponent >= 0) {
		*exact = true;
		mantissa <<= exponent;
	} else if (exponent > -64) {
		*exact = !(mantissa & ((1ULL << -exponent) - 1));
		mantissa >>= -exponent;
	} else {
		*exact = !mantissa;
		mantissa = 0;
	}
	*whole = bits & PYMM_FLOAT_SIGN ? -(s64)mantissa : (s64)mantissa;
	return true;
}

/* Bits in an order that ints have. */
static s64 pymm_float_key(u64 bits)
{
	return bits & PYMM_FLOAT_SIGN ? -(s64)(bits & ~PYMM_FLOAT_SIGN) : (s64)bits;
}

static int pymm_float_order_int(u64 bits, s64 value)
{
	int sign = bits & PYMM_FLOAT_SIGN ? -1 : 1;
	bool exact;
	s64 whole;

	if (!pymm_float_trunc(bits, &whole, &exact))
		return sign;
	if (whole != value)
		return whole > value ? 1 : -1;
	return exact ? 0 : sign;
}

/**
 * pymm_float_order() - compare two numbers, of which at least one is a float
 * @a: an int, bool or float
 * @b: another one
 *
 * An int is not rounded for it.
 *
 * Return: below 0, 0 or above it, or PYMM_UNORDERED where one is not a number.
 */
int pymm_float_order(const struct pymm_object *a, const struct pymm_object *b)
{
	bool a_float = a->type == PYMM_TYPE_FLOAT, b_float = b->type == PYMM_TYPE_FLOAT;
	s64 x, y;

	if ((a_float && pymm_float_is_nan(a->float_bits)) ||
	    (b_float && pymm_float_is_nan(b->float_bits)))
		return PYMM_UNORDERED;
	if (!a_float)
		return -pymm_float_order_int(b->float_bits, a->ival);
	if (!b_float)
		return pymm_float_order_int(a->float_bits, b->ival);
	x = pymm_float_key(a->float_bits);
	y = pymm_float_key(b->float_bits);
	return (x > y) - (x < y);
}

/* The bits of the float nearest to a / b, which always has one; @b is not 0. */
static u64 pymm_int_ratio(s64 a, s64 b)
{
	u64 sign = (a < 0) != (b < 0) ? PYMM_FLOAT_SIGN : 0;
	u64 x = a < 0 ? -(u64)a : a, y = b < 0 ? -(u64)b : b, quotient, left, half;
	int x_shift = 64 - fls64(x), y_shift = fls64(y) - 1, shift;
	bool inexact;

	if (!x)
		return sign;
	/* As many bits of the quotient as there is room for: 63 or 64. */
	quotient = mul_u64_u64_div_u64(x << x_shift, 1ULL << y_shift, y);
	inexact = ((x << x_shift) << y_shift) != quotient * y;
	/* Round to the nearest, of two to the even one; a carry goes into the exponent. */
	shift = fls64(quotient) - PYMM_FLOAT_SHIFT - 1;
	half = 1ULL << (shift - 1);
	left = quotient & (2 * half - 1);
	quotient >>= shift;
	if (left > half || (left == half && (inexact || (quotient & 1))))
		quotient++;
	shift += PYMM_FLOAT_BIAS - 1 - x_shift - y_shift;
	return sign | (((u64)shift << PYMM_FLOAT_SHIFT) + quotient);
}

/** pymm_float_value() - the bits of a float, or of what an int or bool is as a float */
u64 pymm_float_value(const struct pymm_arena *arena, u32 no)
{
	const struct pymm_object *object = pymm_object(arena, no);

	return object->type == PYMM_TYPE_FLOAT ? object->float_bits :
						 pymm_int_ratio(object->ival, 1);
}

static int pymm_float_result(struct pymm_thread *thread, u64 bits, u32 *result)
{
	*result = pymm_float_new(thread->arena, bits);
	return likely(*result) ? 0 : pymm_raise_nomem(thread);
}

/** pymm_int_true_divide() - @result = a / b, a new float; 0 or PYMM_RAISED */
int pymm_int_true_divide(struct pymm_thread *thread, s64 a, s64 b, u32 *result)
{
	if (!b)
		return pymm_raise(thread, PYMM_EXC_ZERO_DIVISION_ERROR, "division by zero");
	return pymm_float_result(thread, pymm_int_ratio(a, b), result);
}

/* What CPython says of a division by 0. */
static const char *pymm_zero_division(enum pymm_binary op)
{
	switch (op) {
	case PYMM_BINARY_TRUE_DIVIDE:
		return "float division by zero";
	case PYMM_BINARY_FLOOR_DIVIDE:
		return "float floor division by zero";
	case PYMM_BINARY_REMAINDER:
		return "float modulo by zero";
	default:
		return NULL;
	}
}

/**
 * pymm_float_binary() - @result = a op b, a new float
 * @thread: the running thread
 * @a: bits of the left operand
 * @b: and of the right one
 * @op: an operator that floats have, not an in-place one
 * @result: receives the result
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_float_binary(struct pymm_thread *thread, u64 a, u64 b, enum pymm_binary op, u32 *result)
{
	const char *zero = pymm_float_is_zero(b) ? pymm_zero_division(op) : NULL;
	u64 bits;

	if (unlikely(zero))
		return pymm_raise(thread, PYMM_EXC_ZERO_DIVISION_ERROR, "%s", zero);
	kernel_fpu_begin();
	bits = pymm_fpu_binary(a, b, op);
	kernel_fpu_end();
	return pymm_float_result(thread, bits, result);
}

/** pymm_float_negative() - @result = -x, a new float; 0 or PYMM_RAISED */
int pymm_float_negative(struct pymm_thread *thread, u32 no, u32 *result)
{
	u64 bits = pymm_object(thread->arena, no)->float_bits;

	return pymm_float_result(thread, bits ^ PYMM_FLOAT_SIGN, result);
}

static int pymm_float_parse(struct pymm_thread *thread, u32 no, u64 *bits)
{
	u32 bytes;
	const char *text = pymm_str_text(thread->arena, no, &bytes);
	int ret = pymm_number_strip(thread, &text, &bytes);

	if (!ret)
		ret = pymm_float_read(thread, text, bytes, bits);
	if (ret)
		return min(ret, 0);
	return pymm_raise_repr(thread, PYMM_EXC_VALUE_ERROR, "could not convert string to float: ",
			       no);
}

static int pymm_float_construct(struct pymm_thread *thread, const struct pymm_args *args,
				u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	int err = pymm_args_positional(thread, "float", args, 0, 1);
	u64 bits = 0;

	if (err)
		return err;
	if (args->count) {
		switch (pymm_object(arena, args->args[0])->type) {
		case PYMM_TYPE_FLOAT:
			*result = pymm_get(arena, args->args[0]);
			return 0;
		case PYMM_TYPE_INT:
		case PYMM_TYPE_BOOL:
			bits = pymm_float_value(arena, args->args[0]);
			break;
		case PYMM_TYPE_STR:
		case PYMM_TYPE_BYTES:
			err = pymm_float_parse(thread, args->args[0], &bits);
			if (err)
				return err;
			break;
		default:
			return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
					  "float() argument must be a string or a real number, not '%s'",
					  pymm_type_name(arena, args->args[0]));
		}
	}
	*result = pymm_float_new(arena, bits);
	return *result ? 0 : pymm_raise_nomem(thread);
}

const struct pymm_type_ops pymm_float_type = {
	.name = "float",
	.flags = PYMM_TYPE_NAMED,
	.construct = pymm_float_construct,
};
