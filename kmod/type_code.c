// SPDX-License-Identifier: GPL-2.0-only
/* code: verified instructions and constants. function: a code object and its globals. */
#include "frame.h"

/** pymm_bytecode() - the payload of a code object */
struct pymm_bytecode *pymm_bytecode(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

static void pymm_code_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	struct pymm_bytecode *bytecode = pymm_bytecode(arena, no);

	span->base = bytecode ? bytecode->consts : NULL;
	span->groups = bytecode ? bytecode->nr_consts : 0;
	span->width = 1;
	span->stride = 1;
}

static void pymm_code_free(struct pymm_arena *arena, u32 no)
{
	struct pymm_bytecode *bytecode = pymm_bytecode(arena, no);

	if (bytecode)
		pymm_payload_free(arena, bytecode, bytecode->size);
	*pymm_payload(arena, no) = NULL;
}

/* The two references of a function lie in its header: no payload is needed. */
static void pymm_function_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	span->base = &pymm_object(arena, no)->len;
	span->groups = 2;
	span->width = 1;
	span->stride = 1;
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

const struct pymm_type_ops pymm_code_type = {
	.name = "code",
	.span = pymm_code_span,
	.free = pymm_code_free,
};

const struct pymm_type_ops pymm_function_type = {
	.name = "function",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK,
	.span = pymm_function_span,
};
