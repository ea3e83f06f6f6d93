// SPDX-License-Identifier: GPL-2.0-only
/* tuple: its items are fixed when it is made; their values are not. */
#include "call.h"

static int pymm_tuple_getitem(struct pymm_thread *thread, u32 no, u32 key, u32 *item)
{
	u32 index;
	int err;

	if (pymm_is(thread->arena, key, PYMM_TYPE_SLICE))
		return pymm_sequence_slice(thread, no, key, item);
	err = pymm_sequence_index(thread, no, key, pymm_object(thread->arena, no)->len,
				  "tuple index", &index);
	if (!err)
		*item = pymm_get(thread->arena, pymm_items(thread->arena, no)[index]);
	return err;
}

/* A tuple need not be copied. */
static int pymm_tuple_construct(struct pymm_thread *thread, const struct pymm_args *args,
				u32 *result)
{
	if (args->count != 1 || pymm_args_names(thread->arena, args) ||
	    !pymm_is(thread->arena, args->args[0], PYMM_TYPE_TUPLE))
		return pymm_sequence_construct(thread, PYMM_TYPE_TUPLE, args, result);
	*result = pymm_get(thread->arena, args->args[0]);
	return 0;
}

const struct pymm_type_ops pymm_tuple_type = {
	.name = "tuple",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_NAMED,
	.span = pymm_sequence_span,
	.free = pymm_sequence_free,
	.length = pymm_sequence_length,
	.getitem = pymm_tuple_getitem,
	.contains = pymm_sequence_contains,
	.iterator = PYMM_ITERATOR_TUPLE,
	.each = pymm_sequence_each,
	.construct = pymm_tuple_construct,
};
