// SPDX-License-Identifier: GPL-2.0-only
/* int and bool: 64-bit, overflow raises OverflowError, small ones are shared. */
#include <linux/ctype.h>
#include <linux/math64.h>
#include <linux/string.h>

#include "call.h"
#include "fpu.h"

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

static int pymm_raise_too_large(struct pymm_thread *thread)
{
	return pymm_raise(thread, PYMM_EXC_OVERFLOW_ERROR, "int result does not fit in 64 bits");
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
		return pymm_raise_too_large(thread);
	*result = pymm_int_new(thread->arena, value);
	return likely(*result) ? 0 : pymm_raise_nomem(thread);
}

/* ---- int() and bool() ---- */

/* A text may be long: 0 or -EINTR, at the character @at. */
static int pymm_int_tick(struct pymm_thread *thread, u32 at)
{
	if (at % (PYMM_TICK_STEPS * 8) != PYMM_TICK_STEPS * 8 - 1)
		return 0;
	return pymm_tick(thread, PYMM_TICK_STEPS);
}

/*
 * The value of digits, between any two of which one _ may stand: 1, 0 when it is no number, or
 * -EINTR. It is counted downwards, as there is one more of the negative ones.
 */
static int pymm_int_digits(struct pymm_thread *thread, const char *text, u32 bytes, s64 *value,
			   bool *overflow)
{
	bool digit = false;
	u32 i;
	int err;

	*value = 0;
	for (i = 0; i < bytes; i++) {
		err = pymm_int_tick(thread, i);
		if (err)
			return err;
		if (text[i] == '_' && digit && i + 1 < bytes) {
			digit = false;
			continue;
		}
		if (!isdigit(text[i]))
			return 0;
		digit = true;
		*overflow |= check_mul_overflow(*value, (s64)10, value);
		*overflow |= check_sub_overflow(*value, (s64)(text[i] - '0'), value);
	}
	return digit;
}

/* What int() and float() take for a space, of ASCII; str.isspace() knows four more. */
static bool pymm_is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/** pymm_number_strip() - leave out the spaces around a number's text; 0 or -EINTR */
int pymm_number_strip(struct pymm_thread *thread, const char **text, u32 *bytes)
{
	int err = 0;

	while (!err && *bytes && pymm_is_space(**text)) {
		(*text)++;
		err = pymm_int_tick(thread, --*bytes);
	}
	while (!err && *bytes && pymm_is_space((*text)[*bytes - 1]))
		err = pymm_int_tick(thread, --*bytes);
	return err;
}

static int pymm_int_parse(struct pymm_thread *thread, u32 no, u32 *result)
{
	u32 bytes;
	const char *text = pymm_str_text(thread->arena, no, &bytes);
	bool overflow = false, negative;
	s64 value;
	int ret;

	ret = pymm_number_strip(thread, &text, &bytes);
	if (ret)
		return ret;
	negative = bytes && *text == '-';
	if (bytes && (*text == '-' || *text == '+')) {
		text++;
		bytes--;
	}
	ret = pymm_int_digits(thread, text, bytes, &value, &overflow);
	if (ret <= 0)
		return ret ?: pymm_raise_repr(thread, PYMM_EXC_VALUE_ERROR,
					      "invalid literal for int() with base 10: ", no);
	if (!negative)
		overflow |= check_sub_overflow((s64)0, value, &value);
	if (overflow)
		return pymm_raise_too_large(thread);
	*result = pymm_int_new(thread->arena, value);
	return *result ? 0 : pymm_raise_nomem(thread);
}

static int pymm_int_of_float(struct pymm_thread *thread, u64 bits, u32 *result)
{
	bool exact;
	s64 whole;

	if (pymm_float_is_nan(bits))
		return pymm_raise(thread, PYMM_EXC_VALUE_ERROR,
				  "cannot convert float NaN to integer");
	if ((bits & ~PYMM_FLOAT_SIGN) == PYMM_FLOAT_INFINITY)
		return pymm_raise(thread, PYMM_EXC_OVERFLOW_ERROR,
				  "cannot convert float infinity to integer");
	if (!pymm_float_trunc(bits, &whole, &exact))
		return pymm_raise_too_large(thread);
	*result = pymm_int_new(thread->arena, whole);
	return *result ? 0 : pymm_raise_nomem(thread);
}

static int pymm_int_construct(struct pymm_thread *thread, const struct pymm_args *args,
			      u32 *result)
{
	const struct pymm_object *object;
	int err;

	if (pymm_args_names(thread->arena, args))
		return pymm_raise_keyword(thread, "int", args);
	err = pymm_args_count(thread, "int", args->count, 0, 2);
	if (err)
		return err;
	if (args->count == 2)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "pymm's int() has no base but 10");
	if (!args->count) {
		*result = pymm_int_new(thread->arena, 0);
		return 0;
	}
	object = pymm_object(thread->arena, args->args[0]);
	switch (object->type) {
	case PYMM_TYPE_INT:
		*result = pymm_get(thread->arena, args->args[0]);
		return 0;
	case PYMM_TYPE_BOOL:
		*result = pymm_int_new(thread->arena, object->ival);
		return 0;
	case PYMM_TYPE_FLOAT:
		return pymm_int_of_float(thread, object->float_bits, result);
	case PYMM_TYPE_STR:
	case PYMM_TYPE_BYTES:
		return pymm_int_parse(thread, args->args[0], result);
	default:
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "int() argument must be a string, a bytes-like object or a real number, not '%s'",
				  pymm_type_name(thread->arena, args->args[0]));
	}
}

static int pymm_bool_construct(struct pymm_thread *thread, const struct pymm_args *args,
			       u32 *result)
{
	int err = pymm_args_positional(thread, "bool", args, 0, 1);

	if (!err)
		*result = pymm_bool(args->count && pymm_truth(thread->arena, args->args[0]));
	return err;
}

const struct pymm_type_ops pymm_int_type = {
	.name = "int",
	.flags = PYMM_TYPE_NAMED,
	.construct = pymm_int_construct,
};

const struct pymm_type_ops pymm_bool_type = {
	.name = "bool",
	.flags = PYMM_TYPE_NAMED,
	.construct = pymm_bool_construct,
};
