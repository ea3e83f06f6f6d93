// SPDX-License-Identifier: GPL-2.0-only
/* method: a function and the object that it was found on, both in the header. */
#include "core.h"

static void pymm_method_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	span->base = &pymm_object(arena, no)->len;
	span->groups = 1;
	span->width = 2;
	span->stride = 2;
}

/**
 * pymm_method_new() - a bound method
 * @arena: the arena
 * @function: the function; the method takes a reference
 * @self: the object; the method takes a reference
 *
 * Return: a reference, or 0 when there is no memory.
 */
u32 pymm_method_new(struct pymm_arena *arena, u32 function, u32 self)
{
	u32 no = pymm_object_alloc(arena, PYMM_TYPE_METHOD);

	if (!no)
		return 0;
	/* method_dealloc() drops the function first, as the last of a group goes first here. */
	pymm_object(arena, no)->len = pymm_get(arena, self);
	pymm_object(arena, no)->cap = pymm_get(arena, function);
	return no;
}

/** pymm_method_function() - the function of a method, borrowed */
u32 pymm_method_function(const struct pymm_arena *arena, u32 no)
{
	return pymm_object(arena, no)->cap;
}

/** pymm_method_self() - the object of a method, borrowed */
u32 pymm_method_self(const struct pymm_arena *arena, u32 no)
{
	return pymm_object(arena, no)->len;
}

const struct pymm_type_ops pymm_method_type = {
	.name = "method",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_WEAK,
	.span = pymm_method_span,
};
