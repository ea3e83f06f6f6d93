// SPDX-License-Identifier: GPL-2.0-only
/* Floating-point arithmetic, see fpu.h: it rounds to nearest and never traps, as in user space. */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/math64.h>

#include "fpu.h"

union pymm_float {
	double value;
	u64 bits;
};

static double pymm_fpu_value(u64 bits)
{
	union pymm_float number = { .bits = bits };

	return number.value;
}

static u64 pymm_fpu_bits(double value)
{
	union pymm_float number = { .value = value };

	return number.bits;
}

/* @mantissa * 2 ** @exponent modulo @divisor; neither has more than 53 bits. */
static u64 pymm_mantissa_mod(u64 mantissa, int exponent, u64 divisor)
{
	int step;

	div64_u64_rem(mantissa, divisor, &mantissa);
	for (; exponent && mantissa; exponent -= step) {
		step = min(exponent, 11);
		div64_u64_rem(mantissa << step, divisor, &mantissa);
	}
	return mantissa;
}

/* As fmod() of C: the remainder of a division rounded to 0. It is exact, and has the sign of @a. */
static u64 pymm_fpu_mod(u64 a, u64 b)
{
	u64 x = a & ~PYMM_FLOAT_SIGN, y = b & ~PYMM_FLOAT_SIGN, x_mantissa, y_mantissa;
	int x_exponent, y_exponent, shift;

	if (x >= PYMM_FLOAT_INFINITY || pymm_float_is_nan(b))
		return PYMM_FLOAT_NAN;
	if (x < y)
		return a;
	x_exponent = pymm_float_split(x, &x_mantissa);
	y_exponent = pymm_float_split(y, &y_mantissa);
	x_mantissa = pymm_mantissa_mod(x_mantissa, x_exponent - y_exponent, y_mantissa);
	/* Its first bit goes where it belongs, unless the smallest exponent is reached before. */
	if (x_mantissa) {
		y_exponent += PYMM_FLOAT_BIAS - 1;
		shift = min(PYMM_FLOAT_SHIFT + 1 - fls64(x_mantissa), y_exponent);
		x_mantissa <<= shift;
		x_mantissa += (u64)(y_exponent - shift) << PYMM_FLOAT_SHIFT;
	}
	return x_mantissa | (a & PYMM_FLOAT_SIGN);
}

/* @value with the sign of @sign. */
static double pymm_fpu_copysign(double value, double sign)
{
	u64 bits = pymm_fpu_bits(value) & ~PYMM_FLOAT_SIGN;

	return pymm_fpu_value(bits | (pymm_fpu_bits(sign) & PYMM_FLOAT_SIGN));
}

/* As floor() of C. From 2 ** 52 on there are no fractions. */
static double pymm_fpu_floor(double value)
{
	double whole;

	if (!(value > -4503599627370496.0 && value < 4503599627370496.0))
		return value;
	whole = (s64)value;
	return whole > value ? whole - 1.0 : whole;
}

/* a // b and a % b, as _float_div_mod() of CPython has them. */
static double pymm_fpu_divmod(double a, double b, double *remainder)
{
	double mod = pymm_fpu_value(pymm_fpu_mod(pymm_fpu_bits(a), pymm_fpu_bits(b)));
	double div = (a - mod) / b, whole;

	if (mod == 0) {
		mod = pymm_fpu_copysign(0, b);
	} else if ((b < 0) != (mod < 0)) {
		mod += b;
		div -= 1.0;
	}
	*remainder = mod;
	if (div == 0)
		return pymm_fpu_copysign(0, a / b);
	whole = pymm_fpu_floor(div);
	return div - whole > 0.5 ? whole + 1.0 : whole;
}

/**
 * pymm_fpu_binary() - a op b
 * @a: bits of the left operand
 * @b: and of the right one; not 0 where it divides
 * @op: an operator that floats have, not an in-place one
 *
 * Return: the bits of the result.
 */
u64 pymm_fpu_binary(u64 a, u64 b, enum pymm_binary op)
{
	double x = pymm_fpu_value(a), y = pymm_fpu_value(b), remainder;

	switch (op) {
	case PYMM_BINARY_ADD:
		return pymm_fpu_bits(x + y);
	case PYMM_BINARY_SUBTRACT:
		return pymm_fpu_bits(x - y);
	case PYMM_BINARY_MULTIPLY:
		return pymm_fpu_bits(x * y);
	case PYMM_BINARY_TRUE_DIVIDE:
		return pymm_fpu_bits(x / y);
	case PYMM_BINARY_FLOOR_DIVIDE:
		return pymm_fpu_bits(pymm_fpu_divmod(x, y, &remainder));
	default:
		pymm_fpu_divmod(x, y, &remainder);
		return pymm_fpu_bits(remainder);
	}
}
