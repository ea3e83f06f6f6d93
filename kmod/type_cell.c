// SPDX-License-Identifier: GPL-2.0-only
/* cell: a variable that closures share; its value is a reference in the header. */
#include "core.h"

static void pymm_cell_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	span->base = &pymm_object(arena, no)->len;
	span->groups = 1;
	span->width = 1;
	span->stride = 1;
}

/**
 * pymm_cell_new() - a cell
 * @arena: the arena
 * @value: a reference that the cell takes over, or 0 for an empty one
 *
 * Return: a reference, or 0 when there is no memory; then @value is still the caller's.
 */
u32 pymm_cell_new(struct pymm_arena *arena, u32 value)
{
	u32 no = pymm_object_alloc(arena, PYMM_TYPE_CELL);

	if (no)
		pymm_object(arena, no)->len = value;
	return no;
}

/** pymm_cell_get() - the value of a cell, borrowed; 0: it is empty */
u32 pymm_cell_get(const struct pymm_arena *arena, u32 no)
{
	return pymm_object(arena, no)->len;
}

/** pymm_cell_set() - put a reference, or 0, into a cell; returns the one it held */
u32 pymm_cell_set(struct pymm_arena *arena, u32 no, u32 value)
{
	u32 old = pymm_object(arena, no)->len;

	pymm_object(arena, no)->len = value;
	return old;
}

static void pymm_cell_clear(struct pymm_thread *thread, u32 no)
{
	u32 old = pymm_cell_set(thread->arena, no, 0);

	if (old)
		pymm_put(thread, old);
}

const struct pymm_type_ops pymm_cell_type = {
	.name = "cell",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK,
	.span = pymm_cell_span,
	.clear = pymm_cell_clear,
};
