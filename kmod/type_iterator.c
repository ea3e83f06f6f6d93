// SPDX-License-Identifier: GPL-2.0-only
/*
 * iterators over containers: a position in what they refer to. At the end they drop it, and stay
 * at the end. What the module itself iterates over, it does with a cursor, whose place an iterator
 * takes over when all went well: who fails has consumed nothing.
 */
#include <linux/kernel.h>

#include "core.h"

/**
 * struct pymm_keys_iterator - payload of an iterator over a dict or set
 * @used: keys that there were at first; U32_MAX after it was another number
 * @left: keys that a dict is still to give
 */
struct pymm_keys_iterator {
	u32 used;
	u32 left;
};

/* By enum pymm_iterator_kind. */
const char *const pymm_iterator_names[PYMM_NR_ITERATORS] = {
	[PYMM_ITERATOR_LIST] = "list_iterator",
	[PYMM_ITERATOR_TUPLE] = "tuple_iterator",
	[PYMM_ITERATOR_STR] = "str_iterator",
	[PYMM_ITERATOR_ASCII] = "str_ascii_iterator",
	[PYMM_ITERATOR_DICT] = "dict_keyiterator",
	[PYMM_ITERATOR_BYTES] = "bytes_iterator",
	[PYMM_ITERATOR_SET] = "set_iterator",
};

/** pymm_iterator_kind() - what an iterator iterates over, at its end too */
enum pymm_iterator_kind pymm_iterator_kind(const struct pymm_object *object)
{
	return array_index_nospec(object->aux >> PYMM_AUX_KIND_SHIFT, PYMM_NR_ITERATORS);
}

static struct pymm_keys_iterator *pymm_keys_iterator(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

static void pymm_iterator_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	span->base = &pymm_object(arena, no)->len;
	span->groups = 1;
	span->width = 1;
	span->stride = 1;
}

static void pymm_iterator_free(struct pymm_arena *arena, u32 no)
{
	pymm_payload_free(arena, *pymm_payload(arena, no), sizeof(struct pymm_keys_iterator));
	*pymm_payload(arena, no) = NULL;
}

static enum pymm_iterator_kind pymm_iterator_kind_over(struct pymm_arena *arena, u32 no)
{
	const struct pymm_type_ops *type = pymm_type_of(arena, no);
	u32 bytes;

	if (type->iterator != PYMM_ITERATOR_STR)
		return type->iterator;
	pymm_str_text(arena, no, &bytes);
	return type->length(arena, no) == bytes ? PYMM_ITERATOR_ASCII : PYMM_ITERATOR_STR;
}

static int pymm_iterator_new(struct pymm_thread *thread, u32 no, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	enum pymm_iterator_kind kind = pymm_iterator_kind_over(arena, no);
	struct pymm_keys_iterator *state = NULL;
	struct pymm_object *object;

	if (kind == PYMM_ITERATOR_DICT || kind == PYMM_ITERATOR_SET) {
		state = pymm_payload_alloc(arena, sizeof(*state));
		if (!state)
			return pymm_raise_nomem(thread);
		state->used = pymm_object(arena, no)->len;
		state->left = state->used;
	}
	*result = pymm_object_alloc(arena, PYMM_TYPE_ITERATOR);
	if (!*result) {
		pymm_payload_free(arena, state, sizeof(*state));
		return pymm_raise_nomem(thread);
	}
	object = pymm_object(arena, *result);
	object->aux = kind << PYMM_AUX_KIND_SHIFT;
	object->len = pymm_get(arena, no);
	*pymm_payload(arena, *result) = state;
	return 0;
}

/** pymm_iterable() - can it be iterated over? */
bool pymm_iterable(const struct pymm_arena *arena, u32 no)
{
	const struct pymm_type_ops *type = pymm_type_of(arena, no);

	return type->each || type->next;
}

static int pymm_raise_not_iterable(struct pymm_thread *thread, u32 no)
{
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "'%s' object is not iterable",
			  pymm_type_name(thread->arena, no));
}

/** pymm_iter() - @result = iter(x), a new reference; 0 or PYMM_RAISED */
int pymm_iter(struct pymm_thread *thread, u32 no, u32 *result)
{
	if (!pymm_iterable(thread->arena, no))
		return pymm_raise_not_iterable(thread, no);
	if (pymm_is(thread->arena, no, PYMM_TYPE_RANGE))
		return pymm_range_iterator_new(thread, no, result);
	if (!pymm_type_of(thread->arena, no)->next)
		return pymm_iterator_new(thread, no, result);
	*result = pymm_get(thread->arena, no);
	return 0;
}

/** pymm_next() - @item = next(x), a new reference: 1, 0 at the end, or an error */
int pymm_next(struct pymm_thread *thread, u32 no, u32 *item)
{
	const struct pymm_type_ops *type = pymm_type_of(thread->arena, no);

	if (!type->next)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "'%s' object is not an iterator",
				  pymm_type_name(thread->arena, no));
	return type->next(thread, no, item);
}

/* ---- cursors ---- */

/**
 * pymm_cursor_begin() - begin to iterate over something
 * @thread: the running thread
 * @no: a container, which is iterated over from its first item, or an iterator, from where it is;
 *	somebody else has a reference to it
 * @cursor: receives the place
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_cursor_begin(struct pymm_thread *thread, u32 no, struct pymm_cursor *cursor)
{
	struct pymm_arena *arena = thread->arena;
	const struct pymm_object *object = pymm_object(arena, no);

	*cursor = (struct pymm_cursor){ .container = no };
	if (object->type == PYMM_TYPE_ITERATOR) {
		cursor->iterator = no;
		cursor->container = object->len;
		cursor->at = object->cap;
		if (pymm_keys_iterator(arena, no))
			cursor->left = pymm_keys_iterator(arena, no)->left;
	} else if (object->type == PYMM_TYPE_RANGE_ITERATOR) {
		cursor->iterator = no;
		cursor->at = object->ival;
	} else if (!pymm_type_of(arena, no)->each) {
		return pymm_raise_not_iterable(thread, no);
	}
	cursor->end = !cursor->container;
	return 0;
}

/* The dict or set must not change; that it did, an iterator does not forget. */
static int pymm_cursor_check(struct pymm_thread *thread, const struct pymm_cursor *cursor)
{
	struct pymm_keys_iterator *state = pymm_keys_iterator(thread->arena, cursor->iterator);

	if (state->used == pymm_object(thread->arena, cursor->container)->len)
		return 0;
	state->used = U32_MAX;
	return pymm_raise(thread, PYMM_EXC_RUNTIME_ERROR, "%s changed size during iteration",
			  pymm_is(thread->arena, cursor->container, PYMM_TYPE_DICT) ?
			  "dictionary" : "Set");
}

static int pymm_cursor_keys(struct pymm_thread *thread, struct pymm_cursor *cursor, u32 *item)
{
	int ret = pymm_cursor_check(thread, cursor);

	if (ret)
		return ret;
	ret = pymm_type_of(thread->arena, cursor->container)->each(thread, cursor->container,
								   &cursor->at, item);
	if (ret <= 0 || !pymm_is(thread->arena, cursor->container, PYMM_TYPE_DICT))
		return ret;
	if (cursor->left) {
		cursor->left--;
		return 1;
	}
	/* As many as before, but others: the iterator is at its end from here on. */
	pymm_put(thread, *item);
	cursor->end = true;
	pymm_cursor_commit(thread, cursor);
	return pymm_raise(thread, PYMM_EXC_RUNTIME_ERROR,
			  "dictionary keys changed during iteration");
}

/**
 * pymm_cursor_next() - the next item
 * @thread: the running thread
 * @cursor: the place, which moves on
 * @item: receives a new reference to the item
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 1, 0 at the end, PYMM_RAISED or -EINTR.
 */
int pymm_cursor_next(struct pymm_thread *thread, struct pymm_cursor *cursor, u32 *item)
{
	int ret = 0;

	if (cursor->end)
		return 0;
	if (cursor->iterator && *pymm_payload(thread->arena, cursor->iterator) &&
	    !pymm_is(thread->arena, cursor->iterator, PYMM_TYPE_RANGE_ITERATOR))
		ret = pymm_cursor_keys(thread, cursor, item);
	else
		ret = pymm_type_of(thread->arena, cursor->container)->each(thread,
									   cursor->container,
									   &cursor->at, item);
	cursor->end = !ret;
	return ret;
}

/* An iterator stands at a place; returns the container that it drops there, or 0. */
static u32 pymm_cursor_move(struct pymm_arena *arena, const struct pymm_cursor *cursor)
{
	struct pymm_object *object = pymm_object(arena, cursor->iterator);

	if (object->type == PYMM_TYPE_RANGE_ITERATOR) {
		object->ival = cursor->at;
		return 0;
	}
	object->cap = cursor->at;
	if (pymm_keys_iterator(arena, cursor->iterator))
		pymm_keys_iterator(arena, cursor->iterator)->left = cursor->left;
	if (!cursor->end || !object->len)
		return 0;
	object->len = 0;
	return cursor->container;
}

/**
 * pymm_cursor_commit() - an iterator that a cursor began with goes to its place
 * @thread: the running thread
 * @cursor: the place; its iterator drops what it iterated over if it is at the end
 */
void pymm_cursor_commit(struct pymm_thread *thread, const struct pymm_cursor *cursor)
{
	u32 container = cursor->iterator ? pymm_cursor_move(thread->arena, cursor) : 0;

	if (container)
		pymm_put(thread, container);
}

/**
 * pymm_cursors_add() - an iterator goes to its place for now
 * @thread: the running thread
 * @cursors: where it was before is added; somebody else has a reference to the iterator
 * @before: as pymm_cursor_begin() left it
 * @cursor: the place
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_cursors_add(struct pymm_thread *thread, struct pymm_cursors *cursors,
		     const struct pymm_cursor *before, const struct pymm_cursor *cursor)
{
	u32 room = max(cursors->room * 2, 4U);
	struct pymm_cursor *began;

	if (!cursor->iterator || before->end)
		return 0;
	if (cursors->count == cursors->room) {
		began = pymm_payload_realloc(thread->arena, cursors->began,
					     array_size(cursors->room, sizeof(*began)),
					     array_size(room, sizeof(*began)));
		if (!began)
			return pymm_raise_nomem(thread);
		cursors->began = began;
		cursors->room = room;
	}
	began = &cursors->began[cursors->count++];
	*began = *before;
	began->end = pymm_cursor_move(thread->arena, cursor);
	return 0;
}

static void pymm_cursor_restore(struct pymm_arena *arena, const struct pymm_cursor *began)
{
	struct pymm_object *object = pymm_object(arena, began->iterator);

	if (began->end)
		object->len = began->container;
	pymm_cursor_move(arena, &(struct pymm_cursor){
		.iterator = began->iterator, .at = began->at, .left = began->left });
}

/**
 * pymm_cursors_end() - all iterators stay where they are, or with an error go back
 * @thread: the running thread
 * @cursors: those of pymm_cursors_add()
 * @err: 0 or the error
 */
void pymm_cursors_end(struct pymm_thread *thread, struct pymm_cursors *cursors, int err)
{
	u32 i;

	for (i = cursors->count; i--;) {
		if (err)
			pymm_cursor_restore(thread->arena, &cursors->began[i]);
		else if (cursors->began[i].end)
			pymm_put(thread, cursors->began[i].container);
		pymm_tick_nofail(thread, 1);
	}
	pymm_payload_free(thread->arena, cursors->began,
			  array_size(cursors->room, sizeof(*cursors->began)));
}

static int pymm_iterator_next(struct pymm_thread *thread, u32 no, u32 *item)
{
	struct pymm_cursor cursor;
	int ret = pymm_cursor_begin(thread, no, &cursor) ?:
		  pymm_cursor_next(thread, &cursor, item);

	if (ret >= 0)
		pymm_cursor_commit(thread, &cursor);
	return ret;
}

const struct pymm_type_ops pymm_iterator_type = {
	.name = "iterator",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK,
	.span = pymm_iterator_span,
	.free = pymm_iterator_free,
	.next = pymm_iterator_next,
};
