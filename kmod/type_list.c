// SPDX-License-Identifier: GPL-2.0-only
/* list: changes in place. */
#include <linux/log2.h>
#include <linux/string.h>

#include "core.h"
#include "defect.h"

static int pymm_list_getitem(struct pymm_thread *thread, u32 no, u32 key, u32 *item)
{
	u32 index;
	int err;

	if (pymm_is(thread->arena, key, PYMM_TYPE_SLICE))
		return pymm_sequence_slice(thread, no, key, item);
	err = pymm_sequence_index(thread, no, key, pymm_object(thread->arena, no)->len,
				  "list index", &index);
	if (!err)
		*item = pymm_get(thread->arena, pymm_items(thread->arena, no)[index]);
	return err;
}

static int pymm_list_setitem(struct pymm_thread *thread, u32 no, u32 key, u32 value)
{
	struct pymm_object *list = pymm_object(thread->arena, no);
	u32 *items = pymm_items(thread->arena, no);
	u32 index, old;
	int err;

	if (pymm_is(thread->arena, key, PYMM_TYPE_SLICE))
		return pymm_list_set_slice(thread, no, key, value);
	err = pymm_sequence_index(thread, no, key, list->len, "list assignment index", &index);
	if (err)
		return err;
	/* Before anything is changed: what is to be moved takes its time. */
	err = value ? 0 : pymm_tick(thread, 1 + (list->len - index) / 16);
	if (err)
		return err;
	old = items[index];
	if (value) {
		items[index] = pymm_get(thread->arena, value);
	} else {
		list->len--;
		memmove(items + index, items + index + 1,
			array_size(list->len - index, sizeof(*items)));
	}
	pymm_put(thread, old);
	return 0;
}

/**
 * pymm_list_append() - list.append(item)
 * @thread: the running thread
 * @no: the list
 * @item: the item; the list takes a reference of its own
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_list_append(struct pymm_thread *thread, u32 no, u32 item)
{
	struct pymm_object *list = pymm_object(thread->arena, no);
	int err;

	if (unlikely(list->type != PYMM_TYPE_LIST))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "descriptor 'append' for 'list' objects doesn't apply to a '%s' object",
				  pymm_type_name(thread->arena, no));
	err = pymm_sequence_reserve(thread, no, 1);
	if (err)
		return err;
	if (!pymm_defect(LOST_REFERENCE))
		pymm_get(thread->arena, item);
	if (pymm_defect(WRONG_COUNT))
		pymm_get(thread->arena, item);
	pymm_items(thread->arena, no)[list->len++] = item;
	return 0;
}

/* Take back what was appended; nothing but what an iterator made dies with it. */
static void pymm_list_truncate(struct pymm_thread *thread, u32 no, u32 length)
{
	struct pymm_object *list = pymm_object(thread->arena, no);

	while (list->len > length) {
		pymm_put(thread, pymm_items(thread->arena, no)[--list->len]);
		pymm_tick_nofail(thread, 1);
	}
}

/**
 * pymm_list_extend() - list.extend(iterable), all of it or nothing
 * @thread: the running thread
 * @no: the list
 * @iterable: where the items come from
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_list_extend(struct pymm_thread *thread, u32 no, u32 iterable)
{
	struct pymm_arena *arena = thread->arena;
	u32 length = pymm_object(arena, no)->len;
	int err;

	if (!pymm_is(arena, no, PYMM_TYPE_LIST))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "descriptor 'extend' for 'list' objects doesn't apply to a '%s' object",
				  pymm_type_name(arena, no));
	err = pymm_sequence_extend(thread, no, iterable, U32_MAX);
	if (err)
		pymm_list_truncate(thread, no, length);
	return err;
}

/** pymm_list_clear() - empty a list: another one takes its items over and dies, in small steps */
int pymm_list_clear(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_object *list = pymm_object(arena, no);
	u32 carcass = pymm_object_alloc(arena, PYMM_TYPE_LIST);

	if (!carcass)
		return pymm_raise_nomem(thread);
	pymm_object(arena, carcass)->ival = list->ival;
	*pymm_payload(arena, carcass) = *pymm_payload(arena, no);
	list->ival = 0;
	*pymm_payload(arena, no) = NULL;
	pymm_put(thread, carcass);
	return 0;
}

/** pymm_list_multiply() - list *= times, in place; 0, PYMM_RAISED or -EINTR */
int pymm_list_multiply(struct pymm_thread *thread, u32 no, s64 times)
{
	struct pymm_object *list = pymm_object(thread->arena, no);
	u32 length = list->len, total, i;
	int err;

	err = pymm_repeat_length(thread, length, times, &total);
	if (err)
		return err;
	if (!total)
		return pymm_list_clear(thread, no);
	err = pymm_sequence_reserve(thread, no, total - length);
	for (i = 0; i < total - length && !err; i++) {
		pymm_items(thread->arena, no)[list->len++] =
			pymm_get(thread->arena, pymm_items(thread->arena, no)[i]);
		err = pymm_tick(thread, 1);
	}
	if (err)
		pymm_list_truncate(thread, no, length);
	return err;
}

static int pymm_list_construct(struct pymm_thread *thread, const struct pymm_args *args,
			       u32 *result)
{
	return pymm_sequence_construct(thread, PYMM_TYPE_LIST, args, result);
}

const struct pymm_type_ops pymm_list_type = {
	.name = "list",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_CLEAR | PYMM_TYPE_NAMED,
	.span = pymm_sequence_span,
	.free = pymm_sequence_free,
	.length = pymm_sequence_length,
	.getitem = pymm_list_getitem,
	.setitem = pymm_list_setitem,
	.contains = pymm_sequence_contains,
	.iterator = PYMM_ITERATOR_LIST,
	.each = pymm_sequence_each,
	.construct = pymm_list_construct,
};
