/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is computed in floating point. The kernel's own code must not touch the FPU: fpu.c alone is
 * compiled for it, and is called between kernel_fpu_begin() and kernel_fpu_end(), where nothing may
 * sleep. Floats go in and out as their bits, IEEE 754 binary64.
 */
#ifndef _PYMM_FPU_H
#define _PYMM_FPU_H

#include <linux/bits.h>
#include <linux/pymm.h>
#include <linux/types.h>

u64 pymm_fpu_binary(u64 a, u64 b, enum pymm_binary op);

#define PYMM_FLOAT_SIGN		BIT_ULL(63)
#define PYMM_FLOAT_INFINITY	0x7ff0000000000000ULL
#define PYMM_FLOAT_NAN		0x7ff8000000000000ULL
/* Bits of the mantissa, less the first one, which is not stored; the exponent is above them. */
#define PYMM_FLOAT_SHIFT	52
#define PYMM_FLOAT_MANTISSA	(BIT_ULL(PYMM_FLOAT_SHIFT) - 1)
/* The exponent of a mantissa that is a whole number. */
#define PYMM_FLOAT_BIAS		1075

/* A float that is finite and not 0 is, but for its sign, *@mantissa * 2 ** the result. */
static inline int pymm_float_split(u64 bits, u64 *mantissa)
{
	int exponent = (bits & PYMM_FLOAT_INFINITY) >> PYMM_FLOAT_SHIFT;

	*mantissa = bits & PYMM_FLOAT_MANTISSA;
	if (exponent)
		*mantissa |= PYMM_FLOAT_MANTISSA + 1;
	return (exponent ?: 1) - PYMM_FLOAT_BIAS;
}

static inline bool pymm_float_is_nan(u64 bits)
{
	return (bits & ~PYMM_FLOAT_SIGN) > PYMM_FLOAT_INFINITY;
}

static inline bool pymm_float_is_zero(u64 bits)
{
	return !(bits & ~PYMM_FLOAT_SIGN);
}
#endif
