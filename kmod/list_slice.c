// SPDX-License-Identifier: GPL-2.0-only
/*
 * list[slice] = value and del list[slice]. All that can fail is done first; the list is
 * consistent when what it held dies (semantics.md 3.10), in the order of CPython's
 * list_ass_slice() and list_ass_subscript().
 */
#include <linux/string.h>

#include "core.h"

/**
 * struct pymm_splice - a change of a list
 * @list: the list
 * @indices: items that go
 * @source: list or tuple of those that come; a reference, or 0
 * @cursor: where they were copied from
 * @count: how many those are
 * @garbage: list that takes those over that go and lets them die, last one first; or 0
 */
struct pymm_splice {
	u32 list;
	struct pymm_indices indices;
	u32 source;
	struct pymm_cursor cursor;
	u32 count;
	u32 garbage;
};

static int pymm_splice_copy(struct pymm_thread *thread, struct pymm_splice *splice, u32 value)
{
	if (!pymm_iterable(thread->arena, value))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "must assign iterable to extended slice");
	return pymm_sequence_new(thread, PYMM_TYPE_LIST, 0, &splice->source) ?:
	       pymm_cursor_begin(thread, value, &splice->cursor) ?:
	       pymm_sequence_gather(thread, splice->source, &splice->cursor, U32_MAX);
}

/* What is assigned, as a list or tuple that is not the list itself. */
static int pymm_splice_source(struct pymm_thread *thread, struct pymm_splice *splice, u32 value)
{
	struct pymm_arena *arena = thread->arena;
	int err = 0;

	if (!value)
		return 0;
	if (value != splice->list && (pymm_is(arena, value, PYMM_TYPE_LIST) ||
				      pymm_is(arena, value, PYMM_TYPE_TUPLE)))
		splice->source = pymm_get(arena, value);
	else
		err = pymm_splice_copy(thread, splice, value);
	if (!err)
		splice->count = pymm_object(arena, splice->source)->len;
	return err;
}

/* Take references for the list to what comes. */
static int pymm_splice_get(struct pymm_thread *thread, const struct pymm_splice *splice)
{
	const u32 *items = splice->source ? pymm_items(thread->arena, splice->source) : NULL;
	int err = 0;
	u32 i;

	for (i = 0; i < splice->count && !err; i++) {
		pymm_get(thread->arena, items[i]);
		err = pymm_tick(thread, 1);
	}
	while (err && i--) {
		pymm_put(thread, items[i]);
		pymm_tick_nofail(thread, 1);
	}
	return err;
}

/* Items in a row for as many others as there may be. */
static void pymm_splice_row(struct pymm_arena *arena, const struct pymm_splice *splice)
{
	struct pymm_object *list = pymm_object(arena, splice->list);
	u32 start = splice->indices.start, gone = splice->indices.count;
	u32 *items = pymm_items(arena, splice->list) + start;

	if (gone)
		memcpy(pymm_items(arena, splice->garbage), items, array_size(gone, sizeof(*items)));
	if (splice->count != gone)
		memmove(items + splice->count, items + gone,
			array_size(list->len - start - gone, sizeof(*items)));
	if (splice->count)
		memcpy(items, pymm_items(arena, splice->source),
		       array_size(splice->count, sizeof(*items)));
	list->len += splice->count - gone;
}

/* Items that are apart, each for another one. */
static void pymm_splice_replace(struct pymm_arena *arena, const struct pymm_splice *splice)
{
	const struct pymm_indices *indices = &splice->indices;
	u32 *items = pymm_items(arena, splice->list), i, *item;

	for (i = 0; i < indices->count; i++) {
		item = &items[indices->start + i * indices->step];
		pymm_items(arena, splice->garbage)[indices->count - 1 - i] = *item;
		*item = pymm_items(arena, splice->source)[i];
		if (i % PYMM_TICK_STEPS == PYMM_TICK_STEPS - 1)
			cond_resched();
	}
}

/* Items that are apart go; the one that stood first dies first. */
static void pymm_splice_delete(struct pymm_arena *arena, const struct pymm_splice *splice)
{
	struct pymm_object *list = pymm_object(arena, splice->list);
	const struct pymm_indices *indices = &splice->indices;
	s64 step = indices->step, first = indices->start;
	u32 *items = pymm_items(arena, splice->list), i;
	u32 at, part;

	if (step < 0 && indices->count) {
		first += step * (indices->count - 1);
		step = -step;
	}
	for (i = 0; i < indices->count; i++) {
		at = first + i * step;
		part = (i + 1 < indices->count ? at + step : list->len) - at - 1;
		pymm_items(arena, splice->garbage)[indices->count - 1 - i] = items[at];
		memmove(items + at - i, items + at + 1, array_size(part, sizeof(*items)));
		if (i % PYMM_TICK_STEPS == PYMM_TICK_STEPS - 1)
			cond_resched();
	}
	list->len -= indices->count;
}

/* Room for all that is to be done, which cannot fail then. */
static int pymm_splice_prepare(struct pymm_thread *thread, struct pymm_splice *splice)
{
	u32 gone = splice->indices.count;
	int err = 0;

	if (splice->count > gone)
		err = pymm_sequence_reserve(thread, splice->list, splice->count - gone);
	if (!err && gone)
		err = pymm_sequence_new(thread, PYMM_TYPE_LIST, gone, &splice->garbage);
	if (splice->garbage)
		pymm_object(thread->arena, splice->garbage)->len = 0;
	/* What is to be moved takes its time. */
	if (!err)
		err = pymm_tick(thread, 1 + pymm_object(thread->arena, splice->list)->len / 16);
	return err ?: pymm_splice_get(thread, splice);
}

static int pymm_splice_do(struct pymm_thread *thread, struct pymm_splice *splice)
{
	struct pymm_arena *arena = thread->arena;
	int err;

	if (!splice->count && splice->indices.count == pymm_object(arena, splice->list)->len &&
	    splice->indices.step == 1)
		return splice->indices.count ? pymm_list_clear(thread, splice->list) : 0;
	err = pymm_splice_prepare(thread, splice);
	if (err)
		return err;
	if (splice->indices.step == 1)
		pymm_splice_row(arena, splice);
	else if (splice->source)
		pymm_splice_replace(arena, splice);
	else
		pymm_splice_delete(arena, splice);
	if (splice->garbage)
		pymm_object(arena, splice->garbage)->len = splice->indices.count;
	return 0;
}

/**
 * pymm_list_set_slice() - list[slice] = value, or del list[slice] if @value is 0
 * @thread: the running thread
 * @no: the list
 * @slice: the slice
 * @value: an iterable
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_list_set_slice(struct pymm_thread *thread, u32 no, u32 slice, u32 value)
{
	struct pymm_splice splice = { .list = no };
	int err;

	err = pymm_slice_indices(thread, slice, pymm_object(thread->arena, no)->len,
				 &splice.indices) ?:
	      pymm_splice_source(thread, &splice, value);
	if (!err && value && splice.indices.step != 1 && splice.count != splice.indices.count)
		err = pymm_raise(thread, PYMM_EXC_VALUE_ERROR,
				 "attempt to assign sequence of size %u to extended slice of size %u",
				 splice.count, splice.indices.count);
	if (!err)
		err = pymm_splice_do(thread, &splice);
	if (splice.garbage)
		pymm_put(thread, splice.garbage);
	if (splice.source)
		pymm_put(thread, splice.source);
	if (!err)
		pymm_cursor_commit(thread, &splice.cursor);
	return err;
}
