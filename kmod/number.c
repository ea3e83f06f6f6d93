// SPDX-License-Identifier: GPL-2.0-only
/* Binary and unary operators: which type's rule applies, and CPython's words if none does. */
#include "core.h"

static const char *const pymm_binary_text[] = {
	[PYMM_BINARY_ADD] = "+",	  [PYMM_BINARY_SUBTRACT] = "-",
	[PYMM_BINARY_MULTIPLY] = "*",	  [PYMM_BINARY_FLOOR_DIVIDE] = "//",
	[PYMM_BINARY_REMAINDER] = "%",	  [PYMM_BINARY_AND] = "&",
	[PYMM_BINARY_OR] = "|",		  [PYMM_BINARY_XOR] = "^",
	[PYMM_BINARY_LSHIFT] = "<<",	  [PYMM_BINARY_RSHIFT] = ">>",
	[PYMM_BINARY_TRUE_DIVIDE] = "/",
};

#define PYMM_BINARY_INPLACE	PYMM_BINARY_INPLACE_ADD

static bool pymm_is_int(const struct pymm_arena *arena, u32 no)
{
	return pymm_is(arena, no, PYMM_TYPE_INT) || pymm_is(arena, no, PYMM_TYPE_BOOL);
}

static bool pymm_is_float(const struct pymm_arena *arena, u32 no)
{
	return pymm_is(arena, no, PYMM_TYPE_FLOAT);
}

/* Of two numbers at least one is a float, and the operator is one that floats have. */
static bool pymm_is_float_binary(const struct pymm_arena *arena, u32 a, u32 b, enum pymm_binary op)
{
	if (op > PYMM_BINARY_REMAINDER && op != PYMM_BINARY_TRUE_DIVIDE)
		return false;
	if (pymm_is_float(arena, a))
		return pymm_is_float(arena, b) || pymm_is_int(arena, b);
	return pymm_is_int(arena, a) && pymm_is_float(arena, b);
}

static bool pymm_is_sequence(const struct pymm_arena *arena, u32 no)
{
	return pymm_is_text(arena, no) || pymm_is(arena, no, PYMM_TYPE_LIST) ||
	       pymm_is(arena, no, PYMM_TYPE_TUPLE);
}

static int pymm_raise_operands(struct pymm_thread *thread, u32 a, u32 b, enum pymm_binary op)
{
	bool inplace = op >= PYMM_BINARY_INPLACE;

	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
			  "unsupported operand type(s) for %s%s: '%s' and '%s'",
			  pymm_binary_text[op % PYMM_BINARY_INPLACE], inplace ? "=" : "",
			  pymm_type_name(thread->arena, a), pymm_type_name(thread->arena, b));
}

static int pymm_concat(struct pymm_thread *thread, u32 a, u32 b, u32 *result)
{
	const char *name = pymm_type_name(thread->arena, a);

	if (pymm_object(thread->arena, a)->type != pymm_object(thread->arena, b)->type) {
		if (pymm_is(thread->arena, a, PYMM_TYPE_BYTES))
			return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "can't concat %s to bytes",
					  pymm_type_name(thread->arena, b));
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "can only concatenate %s (not \"%s\") to %s", name,
				  pymm_type_name(thread->arena, b), name);
	}
	if (pymm_is_text(thread->arena, a))
		return pymm_str_concat(thread, a, b, result);
	return pymm_sequence_concat(thread, a, b, result);
}

static int pymm_repeat(struct pymm_thread *thread, u32 sequence, u32 times, u32 *result)
{
	s64 n;

	if (!pymm_is_int(thread->arena, times))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "can't multiply sequence by non-int of type '%s'",
				  pymm_type_name(thread->arena, times));
	n = pymm_object(thread->arena, times)->ival;
	if (pymm_is_text(thread->arena, sequence))
		return pymm_str_repeat(thread, sequence, n, result);
	return pymm_sequence_repeat(thread, sequence, n, result);
}

/* list += iterable and list *= n change the list, and the result is the list itself. */
static int pymm_list_inplace(struct pymm_thread *thread, u32 list, u32 b, enum pymm_binary op,
			     u32 *result)
{
	int err;

	if (op == PYMM_BINARY_INPLACE_ADD)
		err = pymm_list_extend(thread, list, b);
	else if (!pymm_is_int(thread->arena, b))
		err = pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				 "can't multiply sequence by non-int of type '%s'",
				 pymm_type_name(thread->arena, b));
	else
		err = pymm_list_multiply(thread, list, pymm_object(thread->arena, b)->ival);
	if (!err)
		*result = pymm_get(thread->arena, list);
	return err;
}

static u32 pymm_bool_binary(s64 a, s64 b, enum pymm_binary op)
{
	switch (op) {
	case PYMM_BINARY_AND:
		return pymm_bool(a & b);
	case PYMM_BINARY_OR:
		return pymm_bool(a | b);
	case PYMM_BINARY_XOR:
		return pymm_bool(a ^ b);
	default:
		return 0;
	}
}

/**
 * pymm_binary() - @result = a op b, a new reference
 * @thread: the running thread
 * @a: left operand
 * @b: right operand
 * @op: operator
 * @result: receives the result, which can be an operand (semantics.md 1.12)
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_binary(struct pymm_thread *thread, u32 a, u32 b, enum pymm_binary op, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	enum pymm_binary plain = op % PYMM_BINARY_INPLACE;

	if (likely(pymm_is_int(arena, a) && pymm_is_int(arena, b))) {
		s64 x = pymm_object(arena, a)->ival, y = pymm_object(arena, b)->ival;

		if (pymm_is(arena, a, PYMM_TYPE_BOOL) && pymm_is(arena, b, PYMM_TYPE_BOOL)) {
			*result = pymm_bool_binary(x, y, plain);
			if (*result)
				return 0;
		}
		return pymm_int_binary(thread, x, y, plain, result);
	}
	if (pymm_is_float_binary(arena, a, b, plain))
		return pymm_float_binary(thread, pymm_float_value(arena, a),
					 pymm_float_value(arena, b), plain, result);
	if (pymm_is(arena, a, PYMM_TYPE_LIST) &&
	    (op == PYMM_BINARY_INPLACE_ADD || op == PYMM_BINARY_INPLACE_MULTIPLY))
		return pymm_list_inplace(thread, a, b, op, result);
	if (pymm_set_has_operator(plain) && pymm_is_set(arena, a) && pymm_is_set(arena, b))
		return pymm_set_binary(thread, a, b, plain, op != plain, result);
	if (plain == PYMM_BINARY_ADD && pymm_is_sequence(arena, a))
		return pymm_concat(thread, a, b, result);
	if (plain == PYMM_BINARY_MULTIPLY && pymm_is_sequence(arena, a))
		return pymm_repeat(thread, a, b, result);
	if (plain == PYMM_BINARY_MULTIPLY && pymm_is_sequence(arena, b))
		return pymm_repeat(thread, b, a, result);
	return pymm_raise_operands(thread, a, b, op);
}

/** pymm_negative() - @result = -x, a new reference; 0 or PYMM_RAISED */
int pymm_negative(struct pymm_thread *thread, u32 no, u32 *result)
{
	if (pymm_is_float(thread->arena, no))
		return pymm_float_negative(thread, no, result);
	if (!pymm_is_int(thread->arena, no))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "bad operand type for unary -: '%s'",
				  pymm_type_name(thread->arena, no));
	return pymm_int_binary(thread, 0, pymm_object(thread->arena, no)->ival,
			       PYMM_BINARY_SUBTRACT, result);
}
