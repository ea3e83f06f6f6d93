// SPDX-License-Identifier: GPL-2.0-only
/* set and frozenset: what their methods and constructors do. Their table is in set_table.c. */
#include "call.h"
#include "set.h"

static int pymm_set_update_key(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 key)
{
	s64 hash;

	return pymm_hash(thread, key, &hash) ?: pymm_set_edit_add(thread, edit, key, hash) ?:
	       pymm_tick(thread, 1);
}

static int pymm_set_update_dict(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 dict)
{
	u32 i, key, value;
	int err;

	err = pymm_set_edit_reserve(thread, edit, pymm_object(thread->arena, dict)->len);
	for (i = 0; !err && pymm_dict_entry(thread->arena, dict, i, &key, &value); i++)
		err = key ? pymm_set_update_key(thread, edit, key) : pymm_tick(thread, 1);
	return err;
}

static int pymm_set_update_cursor(struct pymm_thread *thread, struct pymm_set_edit *edit,
				  struct pymm_cursor *cursor)
{
	int ret = 1;
	u32 key;

	while (ret > 0) {
		ret = pymm_cursor_next(thread, cursor, &key);
		if (ret <= 0)
			break;
		ret = pymm_set_update_key(thread, edit, key) ?: 1;
		pymm_put(thread, key);
	}
	return ret;
}

static int pymm_set_update_any(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 from,
			       struct pymm_cursor *cursor)
{
	if (pymm_is_set(thread->arena, from))
		return pymm_set_edit_merge(thread, edit, from);
	if (pymm_is(thread->arena, from, PYMM_TYPE_DICT))
		return pymm_set_update_dict(thread, edit, from);
	return pymm_cursor_begin(thread, from, cursor) ?:
	       pymm_set_update_cursor(thread, edit, cursor);
}

/**
 * pymm_set_update() - set.update(iterable), all of it or nothing
 * @thread: the running thread
 * @no: the set, or a frozenset that nobody has seen yet
 * @iterable: what can be iterated over; an iterator goes on if all went well, and only then
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_set_update(struct pymm_thread *thread, u32 no, u32 iterable)
{
	struct pymm_cursor cursor = {};
	struct pymm_set_edit edit;
	int err;

	err = pymm_set_edit_begin(thread, &edit, no) ?:
	      pymm_set_update_any(thread, &edit, iterable, &cursor);
	pymm_set_edit_end(thread, &edit, err);
	if (!err)
		pymm_cursor_commit(thread, &cursor);
	return err;
}

/**
 * pymm_set_add() - set.add(key)
 * @thread: the running thread
 * @no: the set, or a frozenset that nobody has seen yet
 * @key: the key; the set takes a reference of its own if it has no equal one
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_set_add(struct pymm_thread *thread, u32 no, u32 key)
{
	struct pymm_set_edit edit;
	int err;

	err = pymm_set_edit_begin(thread, &edit, no) ?: pymm_set_update_key(thread, &edit, key);
	return pymm_set_edit_end(thread, &edit, err);
}

/**
 * pymm_set_new() - an empty set
 * @thread: the running thread
 * @type: PYMM_TYPE_SET or PYMM_TYPE_FROZENSET
 * @result: receives a reference to it
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_set_new(struct pymm_thread *thread, enum pymm_type type, u32 *result)
{
	*result = pymm_object_alloc(thread->arena, type);
	return *result ? 0 : pymm_raise_nomem(thread);
}

/**
 * pymm_set_of() - set(iterable), frozenset(iterable)
 * @thread: the running thread
 * @type: PYMM_TYPE_SET or PYMM_TYPE_FROZENSET
 * @iterable: as for pymm_set_update()
 * @result: receives a reference: of a frozenset, a frozenset is itself
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_set_of(struct pymm_thread *thread, enum pymm_type type, u32 iterable, u32 *result)
{
	int err;

	if (type == PYMM_TYPE_FROZENSET && pymm_is(thread->arena, iterable, type)) {
		*result = pymm_get(thread->arena, iterable);
		return 0;
	}
	err = pymm_set_new(thread, type, result);
	if (err)
		return err;
	err = pymm_set_update(thread, *result, iterable);
	if (err)
		pymm_put(thread, *result);
	return err;
}

/* ---- taking keys out ---- */

/* A set that is looked for stands for the frozenset that is equal to it. */
static int pymm_set_hash_key(struct pymm_thread *thread, u32 key, s64 *hash)
{
	if (pymm_is(thread->arena, key, PYMM_TYPE_SET))
		return pymm_set_hash(thread, key, hash);
	return pymm_hash(thread, key, hash);
}

/** pymm_set_discard() - as pymm_set_take(), of a key whose hash is not known */
int pymm_set_discard(struct pymm_thread *thread, u32 no, u32 key, u32 *old)
{
	s64 hash;

	return pymm_set_hash_key(thread, key, &hash) ?:
	       pymm_set_take(thread, no, key, hash, old);
}

/**
 * pymm_set_pop() - set.pop()
 * @thread: the running thread
 * @no: the set
 * @key: receives a key that was in it, and the set's reference to it
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_set_pop(struct pymm_thread *thread, u32 no, u32 *key)
{
	struct pymm_object *object = pymm_object(thread->arena, no);
	struct pymm_set *set = pymm_set(thread->arena, no);
	u32 at;
	int err;

	if (!object->len)
		return pymm_raise(thread, PYMM_EXC_KEY_ERROR, "'pop from an empty set'");
	for (at = object->cap & set->mask; !set->entries[at].key; at = (at + 1) & set->mask) {
		err = pymm_tick(thread, 1);
		if (err)
			return err;
	}
	*key = set->entries[at].key;
	set->entries[at] = (struct pymm_set_entry){ .hash = PYMM_SET_DELETED };
	object->len--;
	object->cap = at + 1;
	return 0;
}

/** pymm_set_empty() - set.clear(): another object takes the table over and dies, in small steps */
int pymm_set_empty(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	u32 carcass;
	int err = pymm_set_new(thread, PYMM_TYPE_SET, &carcass);

	if (err)
		return err;
	pymm_object(arena, carcass)->len = pymm_object(arena, no)->len;
	pymm_object(arena, no)->len = 0;
	swap(*pymm_payload(arena, carcass), *pymm_payload(arena, no));
	pymm_put(thread, carcass);
	return 0;
}

/* ---- looking at keys ---- */

static u64 pymm_shuffle_bits(u64 hash)
{
	return ((hash ^ 89869747) ^ (hash << 16)) * 3644798167ULL;
}

/**
 * pymm_set_hash() - hash of a frozenset, or of a set as if it were one
 * @thread: the running thread
 * @no: the set
 * @hash: receives it: that of CPython 3.13, if those of the keys are
 *
 * Return: 0 or -EINTR.
 */
int pymm_set_hash(struct pymm_thread *thread, u32 no, s64 *hash)
{
	struct pymm_set *set = pymm_set(thread->arena, no);
	u64 value = 0;
	int err;
	u32 i;

	if (set && set->hash != -1) {
		*hash = set->hash;
		return 0;
	}
	for (i = 0; set && i <= set->mask; i++) {
		if (set->entries[i].key)
			value ^= pymm_shuffle_bits(set->entries[i].hash);
		err = pymm_tick(thread, 1);
		if (err)
			return err;
	}
	value ^= ((u64)pymm_set_used(thread->arena, no) + 1) * 1927868237;
	value ^= (value >> 11) ^ (value >> 25);
	value = value * 69069 + 907133923;
	*hash = value == U64_MAX ? 590923713 : value;
	if (set && pymm_is(thread->arena, no, PYMM_TYPE_FROZENSET))
		set->hash = *hash;
	return 0;
}

static int pymm_set_contains(struct pymm_thread *thread, u32 no, u32 value)
{
	u32 slot;
	s64 hash;
	int err = pymm_set_hash_key(thread, value, &hash);

	if (err || !pymm_set(thread->arena, no))
		return err;
	return pymm_set_find(thread, no, value, hash, &slot);
}

static u64 pymm_set_length(struct pymm_arena *arena, u32 no)
{
	return pymm_set_used(arena, no);
}

static int pymm_set_each(struct pymm_thread *thread, u32 no, u64 *at, u32 *item)
{
	u32 position = *at;
	int ret = pymm_set_next(thread, no, &position, item);

	if (ret > 0) {
		pymm_get(thread->arena, *item);
		*at = position;
	}
	return ret;
}

static int pymm_set_make(struct pymm_thread *thread, enum pymm_type type,
			 const struct pymm_args *args, u32 *result)
{
	int err = pymm_args_positional(thread, pymm_types[type]->name, args, 0, 1);

	if (err)
		return err;
	return args->count ? pymm_set_of(thread, type, args->args[0], result) :
			     pymm_set_new(thread, type, result);
}

static int pymm_set_construct(struct pymm_thread *thread, const struct pymm_args *args,
			      u32 *result)
{
	return pymm_set_make(thread, PYMM_TYPE_SET, args, result);
}

static int pymm_frozenset_construct(struct pymm_thread *thread, const struct pymm_args *args,
				    u32 *result)
{
	return pymm_set_make(thread, PYMM_TYPE_FROZENSET, args, result);
}

const struct pymm_type_ops pymm_set_type = {
	.name = "set",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_CLEAR | PYMM_TYPE_WEAK |
		 PYMM_TYPE_NAMED,
	.span = pymm_set_span,
	.free = pymm_set_free,
	.length = pymm_set_length,
	.contains = pymm_set_contains,
	.iterator = PYMM_ITERATOR_SET,
	.each = pymm_set_each,
	.construct = pymm_set_construct,
};

const struct pymm_type_ops pymm_frozenset_type = {
	.name = "frozenset",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_CLEAR | PYMM_TYPE_WEAK |
		 PYMM_TYPE_NAMED,
	.span = pymm_set_span,
	.free = pymm_set_free,
	.length = pymm_set_length,
	.contains = pymm_set_contains,
	.iterator = PYMM_ITERATOR_SET,
	.each = pymm_set_each,
	.construct = pymm_frozenset_construct,
};
