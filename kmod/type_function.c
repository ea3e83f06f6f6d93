// SPDX-License-Identifier: GPL-2.0-only
/* function: a code object, its globals, defaults and closure. */
#include <linux/string.h>

#include "call.h"

/**
 * struct pymm_function - payload of a function that has more than code and globals
 * @refs: references, 0 where there is none; deallocation drops the last one first, as
 *	func_clear() of CPython 3.13 has it
 */
struct pymm_function {
	u32 refs[PYMM_FUNCTION_REFS];
};

/* The code and the globals stand in the header in any case, where calls find them. */
static void pymm_function_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	struct pymm_function *function = *pymm_payload(arena, no);

	span->base = function ? function->refs : &pymm_object(arena, no)->len;
	span->groups = 1;
	span->width = function ? PYMM_FUNCTION_REFS : 2;
	span->stride = span->width;
}

static void pymm_function_free(struct pymm_arena *arena, u32 no)
{
	pymm_payload_free(arena, *pymm_payload(arena, no), sizeof(struct pymm_function));
	*pymm_payload(arena, no) = NULL;
}

/**
 * pymm_function_new() - a function
 * @arena: the arena
 * @code: its code object; the function takes a reference
 * @globals: its namespace; the function takes a reference
 *
 * Return: a reference, or 0 when there is no memory.
 */
u32 pymm_function_new(struct pymm_arena *arena, u32 code, u32 globals)
{
	u32 no = pymm_object_alloc(arena, PYMM_TYPE_FUNCTION);

	if (!no)
		return 0;
	pymm_object(arena, no)->len = pymm_get(arena, code);
	pymm_object(arena, no)->cap = pymm_get(arena, globals);
	return no;
}

/** pymm_function_code() - the code object of a function */
u32 pymm_function_code(const struct pymm_arena *arena, u32 no)
{
	return pymm_object(arena, no)->len;
}

/** pymm_function_globals() - the namespace of a function */
u32 pymm_function_globals(const struct pymm_arena *arena, u32 no)
{
	return pymm_object(arena, no)->cap;
}

/** pymm_function_get() - one of the other references of a function, or 0 */
u32 pymm_function_get(const struct pymm_arena *arena, u32 no, enum pymm_function_ref ref)
{
	struct pymm_function *function = *pymm_payload(arena, no);

	return function ? function->refs[ref] : 0;
}

/**
 * pymm_function_set() - set one of the other references of a function
 * @thread: the running thread
 * @no: the function
 * @ref: which one
 * @value: an object; the function takes a reference
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_function_set(struct pymm_thread *thread, u32 no, enum pymm_function_ref ref, u32 value)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_function *function = *pymm_payload(arena, no);
	u32 old;

	if (!function) {
		function = pymm_payload_alloc(arena, sizeof(*function));
		if (!function)
			return pymm_raise_nomem(thread);
		memset(function, 0, sizeof(*function));
		function->refs[PYMM_FUNCTION_REF_CODE] = pymm_function_code(arena, no);
		function->refs[PYMM_FUNCTION_REF_GLOBALS] = pymm_function_globals(arena, no);
		*pymm_payload(arena, no) = function;
	}
	old = function->refs[ref];
	function->refs[ref] = pymm_get(arena, value);
	if (old)
		pymm_put(thread, old);
	return 0;
}

/*
 * All but the code and the globals, which a frame that executes the function goes on to use: the
 * globals are a dict, and what refers to itself through them ends where that is emptied. What is
 * put last dies first.
 */
static void pymm_function_clear(struct pymm_thread *thread, u32 no)
{
	struct pymm_function *function = *pymm_payload(thread->arena, no);
	u32 i, refs[PYMM_FUNCTION_REFS] = {};

	for (i = PYMM_FUNCTION_REF_CODE + 1; function && i < PYMM_FUNCTION_REF_GLOBALS; i++) {
		refs[i] = function->refs[i];
		function->refs[i] = 0;
	}
	for (i = PYMM_FUNCTION_REF_CODE + 1; i < PYMM_FUNCTION_REF_GLOBALS; i++)
		if (refs[i])
			pymm_put(thread, refs[i]);
}

/* types.FunctionType(code, globals), which is how a program gives a function another namespace. */
static int pymm_function_construct(struct pymm_thread *thread, const struct pymm_args *args,
				   u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	int err;

	if (args->count < 2)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "function() missing required argument '%s' (pos %u)",
				  args->count ? "globals" : "code", args->count + 1);
	err = pymm_args_positional(thread, "function", args, 2, 2);
	if (err)
		return err;
	if (!pymm_is(arena, args->args[0], PYMM_TYPE_CODE))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "function() argument 'code' must be code, not %s",
				  pymm_type_name(arena, args->args[0]));
	if (!pymm_is(arena, args->args[1], PYMM_TYPE_DICT))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "function() argument 'globals' must be dict, not %s",
				  pymm_type_name(arena, args->args[1]));
	*result = pymm_function_new(arena, args->args[0], args->args[1]);
	return *result ? 0 : pymm_raise_nomem(thread);
}

const struct pymm_type_ops pymm_function_type = {
	.name = "function",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_WEAK,
	.span = pymm_function_span,
	.clear = pymm_function_clear,
	.free = pymm_function_free,
	.construct = pymm_function_construct,
};
