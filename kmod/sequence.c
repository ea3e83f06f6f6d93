// SPDX-License-Identifier: GPL-2.0-only
/* What list and tuple have in common: a payload of references. */
#include "call.h"

/** pymm_items() - the references of a list or tuple; NULL when it has none */
u32 *pymm_items(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

/** pymm_item() - an item of a list or tuple, or a part of a slice, borrowed */
u32 pymm_item(const struct pymm_arena *arena, u32 no, u32 i)
{
	return pymm_is(arena, no, PYMM_TYPE_SLICE) ? pymm_slice_item(arena, no, i) :
						     pymm_items(arena, no)[i];
}

/** pymm_sequence_span() - struct pymm_type_ops.span of list and tuple: last item first */
void pymm_sequence_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	span->base = pymm_items(arena, no);
	span->groups = span->base ? pymm_object(arena, no)->len : 0;
	span->width = 1;
	span->stride = 1;
	span->reverse = true;
}

/** pymm_sequence_free() - struct pymm_type_ops.free of list and tuple */
void pymm_sequence_free(struct pymm_arena *arena, u32 no)
{
	pymm_payload_free(arena, pymm_items(arena, no),
			  array_size(pymm_object(arena, no)->cap, sizeof(u32)));
	*pymm_payload(arena, no) = NULL;
}

/** pymm_sequence_length() - struct pymm_type_ops.length of list and tuple */
u64 pymm_sequence_length(struct pymm_arena *arena, u32 no)
{
	return pymm_object(arena, no)->len;
}

/**
 * pymm_sequence_new() - a list or tuple with room for items
 * @thread: the running thread
 * @type: PYMM_TYPE_LIST or PYMM_TYPE_TUPLE
 * @length: items; the caller fills them in before anything else happens
 * @result: receives a reference to it; the empty tuple is shared
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_sequence_new(struct pymm_thread *thread, enum pymm_type type, u32 length, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_object *object;
	u32 *items = NULL;

	if (!length && type == PYMM_TYPE_TUPLE) {
		*result = PYMM_NO_EMPTY_TUPLE;
		return 0;
	}
	if (length) {
		items = pymm_payload_alloc(arena, array_size(length, sizeof(*items)));
		if (!items)
			return pymm_raise_nomem(thread);
	}
	*result = pymm_object_alloc(arena, type);
	if (!*result) {
		pymm_payload_free(arena, items, array_size(length, sizeof(*items)));
		return pymm_raise_nomem(thread);
	}
	object = pymm_object(arena, *result);
	object->len = length;
	object->cap = length;
	*pymm_payload(arena, *result) = items;
	return 0;
}

/* Append copies to a sequence that has room; its length always says how far it is filled. */
static int pymm_sequence_fill(struct pymm_thread *thread, u32 no, const u32 *from, u32 length)
{
	struct pymm_object *object = pymm_object(thread->arena, no);
	u32 *items = pymm_items(thread->arena, no);
	int err = 0;
	u32 i;

	for (i = 0; i < length && !err; i++) {
		items[object->len++] = pymm_get(thread->arena, from[i]);
		if (i % PYMM_TICK_STEPS == PYMM_TICK_STEPS - 1)
			err = pymm_tick(thread, PYMM_TICK_STEPS);
	}
	return err ?: pymm_tick(thread, length % PYMM_TICK_STEPS);
}

/* From pools up to here it doubles: the slab allocator's sizes are powers of two. */
#define PYMM_SEQUENCE_POOLED	(PYMM_POOL_MAX / sizeof(u32))
#define PYMM_SEQUENCE_DOUBLES	(KMALLOC_MAX_CACHE_SIZE / sizeof(u32))

/* Items to have room for, as CPython's list_prealloc_exact() and list_resize() have it. */
static u32 pymm_sequence_cap(const struct pymm_object *object, u32 more)
{
	u32 cap = object->len + more;

	if (!object->cap && more > 1)
		cap = round_up(cap, 2);
	else
		cap = (cap + (cap >> 3) + 6) & ~3U;
	if (cap > PYMM_SEQUENCE_POOLED && cap <= PYMM_SEQUENCE_DOUBLES)
		cap = roundup_pow_of_two(cap);
	return min_t(u32, cap, PYMM_MAX_LEN);
}

/**
 * pymm_sequence_reserve() - make room for @more items
 * @thread: the running thread
 * @no: a list, or a tuple that is being made
 * @more: items
 *
 * An empty one gets what it needs; else it grows by an eighth, or to a power of two.
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_sequence_reserve(struct pymm_thread *thread, u32 no, u32 more)
{
	struct pymm_object *object = pymm_object(thread->arena, no);
	u32 cap, *items;

	if (more <= object->cap - object->len)
		return 0;
	if (object->len > PYMM_MAX_LEN || more > PYMM_MAX_LEN - object->len)
		return pymm_raise_length(thread);
	cap = pymm_sequence_cap(object, more);
	items = pymm_payload_realloc(thread->arena, pymm_items(thread->arena, no),
				     array_size(object->cap, sizeof(*items)),
				     array_size(cap, sizeof(*items)));
	if (!items)
		return pymm_raise_nomem(thread);
	*pymm_payload(thread->arena, no) = items;
	object->cap = cap;
	return 0;
}

/* Of a list or tuple: its length is read once, as it may be the one that grows. */
static int pymm_sequence_extend_items(struct pymm_thread *thread, u32 no, u32 from, u32 limit)
{
	struct pymm_arena *arena = thread->arena;
	u32 length = min(pymm_object(arena, from)->len, limit), i, item;
	int err;

	err = pymm_sequence_reserve(thread, no, length);
	for (i = 0; i < length && !err; i++) {
		item = pymm_get(arena, pymm_items(arena, from)[i]);
		pymm_items(arena, no)[pymm_object(arena, no)->len++] = item;
		err = pymm_tick(thread, 1);
	}
	return err;
}

static int pymm_sequence_push(struct pymm_thread *thread, u32 no, u32 item)
{
	int err = pymm_sequence_reserve(thread, no, 1);

	if (err)
		pymm_put(thread, item);
	else
		pymm_items(thread->arena, no)[pymm_object(thread->arena, no)->len++] = item;
	return err ?: pymm_tick(thread, 1);
}

/**
 * pymm_sequence_gather() - append what a cursor gives
 * @thread: the running thread
 * @no: a list, or a tuple that is being made
 * @cursor: where the items come from; pymm_cursor_commit() is left to the caller
 * @limit: at most so many, U32_MAX for all of them
 *
 * Return: 0, PYMM_RAISED or -EINTR; what was appended by then stays.
 */
int pymm_sequence_gather(struct pymm_thread *thread, u32 no, struct pymm_cursor *cursor, u32 limit)
{
	int ret = 1;
	u32 i, item;

	for (i = 0; i < limit && ret > 0; i++) {
		ret = pymm_cursor_next(thread, cursor, &item);
		if (ret > 0)
			ret = pymm_sequence_push(thread, no, item) ?: 1;
	}
	return min(ret, 0);
}

/**
 * pymm_sequence_extend() - append the items of an iterable
 * @thread: the running thread
 * @no: a list, or a tuple that is being made
 * @iterable: where they come from; an iterator goes on if all went well, and only then
 * @limit: at most so many, U32_MAX for all of them
 *
 * Return: 0, PYMM_RAISED or -EINTR; what was appended by then stays.
 */
int pymm_sequence_extend(struct pymm_thread *thread, u32 no, u32 iterable, u32 limit)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_cursor cursor;
	int err;

	if (pymm_is(arena, iterable, PYMM_TYPE_LIST) || pymm_is(arena, iterable, PYMM_TYPE_TUPLE))
		return pymm_sequence_extend_items(thread, no, iterable, limit);
	err = pymm_cursor_begin(thread, iterable, &cursor) ?:
	      pymm_sequence_gather(thread, no, &cursor, limit);
	if (!err)
		pymm_cursor_commit(thread, &cursor);
	return err;
}

/**
 * pymm_sequence_from() - list(iterable), or tuple(iterable)
 * @thread: the running thread
 * @type: PYMM_TYPE_LIST or PYMM_TYPE_TUPLE
 * @iterable: where its items come from
 * @limit: at most so many, U32_MAX for all of them
 * @result: receives a reference to a new one, or to the empty tuple
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_sequence_from(struct pymm_thread *thread, enum pymm_type type, u32 iterable, u32 limit,
		       u32 *result)
{
	int err;

	*result = pymm_object_alloc(thread->arena, type);
	if (!*result)
		return pymm_raise_nomem(thread);
	err = pymm_sequence_extend(thread, *result, iterable, limit);
	if (!err && (type == PYMM_TYPE_LIST || pymm_object(thread->arena, *result)->len))
		return 0;
	pymm_put(thread, *result);
	*result = PYMM_NO_EMPTY_TUPLE;
	return err;
}

/** pymm_sequence_construct() - list() or tuple(), with or without an argument; 0 or an error */
int pymm_sequence_construct(struct pymm_thread *thread, enum pymm_type type,
			    const struct pymm_args *args, u32 *result)
{
	int err = pymm_args_positional(thread, pymm_types[type]->name, args, 0, 1);

	if (err)
		return err;
	if (!args->count)
		return pymm_sequence_new(thread, type, 0, result);
	return pymm_sequence_from(thread, type, args->args[0], U32_MAX, result);
}

/** pymm_sequence_concat() - @result = a + b, two lists or two tuples; a new reference */
int pymm_sequence_concat(struct pymm_thread *thread, u32 a, u32 b, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	u32 a_len = pymm_object(arena, a)->len, b_len = pymm_object(arena, b)->len;
	enum pymm_type type = pymm_object(arena, a)->type;
	int err;

	if (type == PYMM_TYPE_TUPLE && (!a_len || !b_len)) {
		*result = pymm_get(arena, a_len ? a : b);
		return 0;
	}
	if (a_len + b_len > PYMM_MAX_LEN)
		return pymm_raise_length(thread);
	err = pymm_sequence_new(thread, type, a_len + b_len, result);
	if (err)
		return err;
	pymm_object(arena, *result)->len = 0;
	err = pymm_sequence_fill(thread, *result, pymm_items(arena, a), a_len) ?:
	      pymm_sequence_fill(thread, *result, pymm_items(arena, b), b_len);
	if (err)
		pymm_put(thread, *result);
	return err;
}

/**
 * pymm_repeat_length() - length of a sequence times an int
 * @thread: the running thread
 * @length: of the sequence
 * @times: the int
 * @total: receives the product
 *
 * Return: 0 with @total, 0 for a negative @times; or PYMM_RAISED when it is too long.
 */
int pymm_repeat_length(struct pymm_thread *thread, u32 length, s64 times, u32 *total)
{
	if (times <= 0 || !length) {
		*total = 0;
		return 0;
	}
	if (times > PYMM_MAX_LEN || (u64)times * length > PYMM_MAX_LEN)
		return pymm_raise_length(thread);
	*total = times * length;
	return 0;
}

/** pymm_sequence_repeat() - @result = sequence * times; a new reference */
int pymm_sequence_repeat(struct pymm_thread *thread, u32 no, s64 times, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	enum pymm_type type = pymm_object(arena, no)->type;
	u32 length = pymm_object(arena, no)->len, total, at;
	int err;

	err = pymm_repeat_length(thread, length, times, &total);
	if (err)
		return err;
	if (times == 1 && type == PYMM_TYPE_TUPLE) {
		*result = pymm_get(arena, no);
		return 0;
	}
	err = pymm_sequence_new(thread, type, total, result);
	if (err || !total)
		return err;
	pymm_object(arena, *result)->len = 0;
	for (at = 0; at < total && !err; at += length)
		err = pymm_sequence_fill(thread, *result, pymm_items(arena, no), length);
	if (err)
		pymm_put(thread, *result);
	return err;
}

/**
 * pymm_sequence_slice() - @result = sequence[slice], of a list or tuple; a new reference
 * @thread: the running thread
 * @no: the sequence
 * @slice: the slice
 * @result: receives it; all of a tuple is the tuple itself
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_sequence_slice(struct pymm_thread *thread, u32 no, u32 slice, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_object *object = pymm_object(arena, no), *copy;
	struct pymm_indices indices;
	u32 i, *items = pymm_items(arena, no);
	int err = pymm_slice_indices(thread, slice, object->len, &indices);

	if (err)
		return err;
	if (object->type == PYMM_TYPE_TUPLE && indices.count == object->len && indices.step == 1) {
		*result = pymm_get(arena, no);
		return 0;
	}
	err = pymm_sequence_new(thread, object->type, indices.count, result);
	if (err || !indices.count)
		return err;
	copy = pymm_object(arena, *result);
	copy->len = 0;
	for (i = 0; i < indices.count && !err; i++) {
		pymm_items(arena, *result)[copy->len++] =
			pymm_get(arena, items[indices.start + i * indices.step]);
		err = pymm_tick(thread, 1);
	}
	if (err)
		pymm_put(thread, *result);
	return err;
}

/** pymm_sequence_each() - struct pymm_type_ops.each of list and tuple */
int pymm_sequence_each(struct pymm_thread *thread, u32 no, u64 *at, u32 *item)
{
	if (*at >= pymm_object(thread->arena, no)->len)
		return 0;
	*item = pymm_get(thread->arena, pymm_items(thread->arena, no)[(*at)++]);
	return 1;
}

/** pymm_sequence_contains() - struct pymm_type_ops.contains: identity first, then equality */
int pymm_sequence_contains(struct pymm_thread *thread, u32 no, u32 value)
{
	u32 i, item;
	int ret;

	for (i = 0; i < pymm_object(thread->arena, no)->len; i++) {
		item = pymm_items(thread->arena, no)[i];
		ret = item == value ? 1 : pymm_equal(thread, item, value);
		if (!ret)
			ret = pymm_tick(thread, 1);
		if (ret)
			return ret;
	}
	return 0;
}
