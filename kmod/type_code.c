// SPDX-License-Identifier: GPL-2.0-only
/* code: verified instructions and constants. */
#include "frame.h"

/** pymm_bytecode() - the payload of a code object */
struct pymm_bytecode *pymm_bytecode(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

/**
 * pymm_code_name() - name of a code object or of one of its slots
 * @arena: the arena
 * @bytecode: payload of the code object
 * @index: 0: the code object; else the slot plus 1
 *
 * Return: a str, or 0 when it has no name.
 */
u32 pymm_code_name(const struct pymm_arena *arena, const struct pymm_bytecode *bytecode, u32 index)
{
	u32 names, no;

	if (!bytecode->names)
		return 0;
	names = bytecode->consts[bytecode->names - 1];
	if (index >= pymm_object(arena, names)->len)
		return 0;
	no = pymm_items(arena, names)[array_index_nospec(index, pymm_object(arena, names)->len)];
	return no == PYMM_NO_EMPTY_STR ? 0 : no;
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

const struct pymm_type_ops pymm_code_type = {
	.name = "code",
	.flags = PYMM_TYPE_WEAK,
	.span = pymm_code_span,
	.free = pymm_code_free,
};
