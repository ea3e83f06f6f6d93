// SPDX-License-Identifier: GPL-2.0-only
/* tuple: its items are fixed when it is made; their values are not. */
#include "core.h"

static int pymm_tuple_getitem(struct pymm_thread *thread, u32 no, u32 key, u32 *item)
{
	u32 index;
	int err;

	err = pymm_sequence_index(thread, no, key, pymm_object(thread->arena, no)->len,
				  "tuple index", &index);
	if (!err)
		*item = pymm_get(thread->arena, pymm_items(thread->arena, no)[index]);
	return err;
}

const struct pymm_type_ops pymm_tuple_type = {
	.name = "tuple",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_NAMED,
	.span = pymm_sequence_span,
	.free = pymm_sequence_free,
	.length = pymm_sequence_length,
	.getitem = pymm_tuple_getitem,
	.contains = pymm_sequence_contains,
};
