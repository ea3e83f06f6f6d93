// SPDX-License-Identifier: GPL-2.0-only
/* int and bool: 64-bit, overflow raises OverflowError, small ones are shared. */
#include <linux/math64.h>

#include "core.h"

const struct pymm_type_ops pymm_int_type = { .name = "int" };
const struct pymm_type_ops pymm_bool_type = { .name = "bool" };

/**
 * pymm_int_new() - a reference to an int
 * @arena: the arena
 * @value: its value
 *
 * Ints from -5 to 256 are shared (semantics.md 1.06), any other is a new object.
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0 when there is no memory.
 */
u32 pymm_int_new(struct pymm_arena *arena, s64 value)
{
	if (value >= PYMM_SMALL_INT_MIN && value <= PYMM_SMALL_INT_MAX)
		return PYMM_NO_SMALL_INTS + (u32)(value - PYMM_SMALL_INT_MIN);
	return pymm_int_alloc(arena, value);
}

/* Python rounds the quotient down, C to 0. */
static bool pymm_int_divide(s64 a, s64 b, s64 *quotient, s64 *remainder)
{
	if (a == S64_MIN && b == -1) {
		*remainder = 0;
		return true;
	}
	*quotient = div64_s64(a, b);
	*remainder = a - *quotient * b;
	if (*remainder && (*remainder ^ b) < 0) {
		*remainder += b;
		(*quotient)--;
	}
	return false;
}

static bool pymm_int_shift_left(s64 a, s64 b, s64 *value)
{
	if (!a) {
		*value = 0;
		return false;
	}
	if (b > 63)
		return true;
	if (b == 63) {
		*value = S64_MIN;
		return a != -1;
	}
	return check_mul_overflow(a, (s64)1 << b, value);
}

/**
 * pymm_int_binary() - @result = a op b, a new reference
 * @thread: the running thread
 * @a: left operand
 * @b: right operand
 * @op: operator, not an in-place one
 * @result: receives the result
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_int_binary(struct pymm_thread *thread, s64 a, s64 b, enum pymm_binary op, u32 *result)
{
	bool overflow = false;
	s64 value = 0, other;

	switch (op) {
	case PYMM_BINARY_ADD:
		overflow = check_add_overflow(a, b, &value);
		break;
	case PYMM_BINARY_SUBTRACT:
		overflow = check_sub_overflow(a, b, &value);
		break;
	case PYMM_BINARY_MULTIPLY:
		overflow = check_mul_overflow(a, b, &value);
		break;
	case PYMM_BINARY_FLOOR_DIVIDE:
		if (!b)
			return pymm_raise(thread, PYMM_EXC_ZERO_DIVISION_ERROR,
					  "integer division or modulo by zero");
		overflow = pymm_int_divide(a, b, &value, &other);
		break;
	case PYMM_BINARY_REMAINDER:
		if (!b)
			return pymm_raise(thread, PYMM_EXC_ZERO_DIVISION_ERROR,
					  "integer modulo by zero");
		pymm_int_divide(a, b, &other, &value);
		break;
	case PYMM_BINARY_TRUE_DIVIDE:
		return pymm_int_true_divide(thread, a, b, result);
	case PYMM_BINARY_AND:
		value = a & b;
		break;
	case PYMM_BINARY_OR:
		value = a | b;
		break;
	case PYMM_BINARY_XOR:
		value = a ^ b;
		break;
	case PYMM_BINARY_LSHIFT:
	case PYMM_BINARY_RSHIFT:
		if (b < 0)
			return pymm_raise(thread, PYMM_EXC_VALUE_ERROR, "negative shift count");
		if (op == PYMM_BINARY_LSHIFT)
			overflow = pymm_int_shift_left(a, b, &value);
		else
			value = a >> min_t(s64, b, 63);
		break;
	default:
		break;
	}
	if (unlikely(overflow))
		return pymm_raise(thread, PYMM_EXC_OVERFLOW_ERROR,
				  "int result does not fit in 64 bits");
	*result = pymm_int_new(thread->arena, value);
	return likely(*result) ? 0 : pymm_raise_nomem(thread);
}
