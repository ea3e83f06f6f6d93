// SPDX-License-Identifier: GPL-2.0-only
/*
 * dict: entries in insertion order, found through an open-addressed index of their positions, as
 * CPython's compact dict. A few entries have no index. One that is full grows when CPython's does,
 * and loses what was deleted then: iterators go by positions.
 */
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "call.h"
#include "dict.h"

#define PYMM_DICT_DELETED	U32_MAX

static u32 *pymm_dict_index(struct pymm_dict *dict)
{
	return (u32 *)(dict->entries + dict->cap);
}

/** pymm_dict_span() - where the references of a dict, or of an instance, are */
void pymm_dict_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	struct pymm_dict *dict = pymm_dict(arena, no);

	span->base = dict ? &dict->entries[0].value : NULL;
	span->groups = dict ? dict->used : 0;
	span->width = 2;
	span->stride = sizeof(struct pymm_dict_entry) / sizeof(u32);
	span->reverse = false;
}

/** pymm_dict_free() - free the payload of a dict or an instance */
void pymm_dict_free(struct pymm_arena *arena, u32 no)
{
	struct pymm_dict *dict = pymm_dict(arena, no);

	if (dict)
		pymm_payload_free(arena, dict, pymm_dict_bytes(dict));
	*pymm_payload(arena, no) = NULL;
}

/**
 * pymm_dict_new() - an empty dict, not tracked (semantics.md 4.11)
 * @arena: the arena
 *
 * Return: a reference, or 0 when there is no memory.
 */
u32 pymm_dict_new(struct pymm_arena *arena)
{
	return pymm_object_alloc(arena, PYMM_TYPE_DICT);
}

/* Is this entry the one? Identity first, then equality of those with equal hashes. */
static int pymm_dict_match(struct pymm_thread *thread, const struct pymm_dict_entry *entry,
			   u32 key, u32 hash)
{
	if (entry->key == key)
		return 1;
	if (entry->hash != hash)
		return 0;
	return pymm_equal(thread, entry->key, key);
}

/* As pymm_dict_find(), where there is no index. */
static int pymm_dict_scan(struct pymm_thread *thread, const struct pymm_dict *dict, u32 key,
			  u32 hash, u32 *position)
{
	const struct pymm_dict_entry *entry = dict->entries;
	u32 i;
	int ret;

	for (i = 0; i < dict->used; i++, entry++) {
		if (!entry->key)
			continue;
		ret = thread ? pymm_dict_match(thread, entry, key, hash) : entry->key == key;
		if (ret) {
			*position = i;
			return ret;
		}
	}
	return 0;
}

/*
 * Find @key: returns 1 with the position of its entry, 0 if it is not there, or an error. Without
 * @thread only the object itself is looked for, which cannot fail.
 */
static int pymm_dict_find(struct pymm_thread *thread, struct pymm_dict *dict, u32 key, u32 hash,
			  u32 *position)
{
	const u32 *index;
	u32 i, step = 0, at;
	int ret = 0;

	if (!dict)
		return 0;
	if (!dict->mask)
		return pymm_dict_scan(thread, dict, key, hash, position);
	index = pymm_dict_index(dict);
	for (i = hash & dict->mask; (at = index[i]); i = (i + ++step) & dict->mask) {
		if (at != PYMM_DICT_DELETED) {
			if (thread)
				ret = pymm_dict_match(thread, &dict->entries[at - 1], key, hash);
			else
				ret = dict->entries[at - 1].key == key;
		}
		if (thread && !ret)
			ret = pymm_tick(thread, 1);
		if (ret) {
			*position = at - 1;
			return ret;
		}
	}
	return 0;
}

static void pymm_dict_insert_index(struct pymm_dict *dict, u32 hash, u32 position)
{
	u32 *index = pymm_dict_index(dict);
	u32 i, step = 0;

	for (i = hash & dict->mask; index[i] && index[i] != PYMM_DICT_DELETED;)
		i = (i + ++step) & dict->mask;
	index[i] = position + 1;
}

static void pymm_dict_delete_index(struct pymm_dict *dict, u32 hash, u32 position)
{
	u32 *index = pymm_dict_index(dict);
	u32 i, step = 0;

	for (i = hash & dict->mask; index[i] != position + 1;)
		i = (i + ++step) & dict->mask;
	index[i] = PYMM_DICT_DELETED;
}

/* An empty payload but for its index, which is not cleared; its size is a power of 2, or 0. */
static struct pymm_dict *pymm_dict_alloc(struct pymm_arena *arena, u32 cap, u32 index_size)
{
	struct pymm_dict head = { .cap = cap, .mask = index_size ? index_size - 1 : 0 };
	struct pymm_dict *dict = pymm_payload_alloc(arena, pymm_dict_bytes(&head));

	if (dict)
		*dict = head;
	return dict;
}

/* Entries that an index of this size allows, as in CPython. */
static u32 pymm_dict_cap(u32 index_size)
{
	return index_size * 2 / 3;
}

/**
 * pymm_dict_init() - give a dict of the arena's own the room that it needs at first
 * @arena: the arena
 * @no: the dict; one that has a payload stays as it is
 * @entries: how many there will be, more than PYMM_DICT_SMALL
 *
 * Return: 0, or -ENOMEM.
 */
int pymm_dict_init(struct pymm_arena *arena, u32 no, u32 entries)
{
	struct pymm_dict *dict = pymm_dict(arena, no);
	u32 size = roundup_pow_of_two(entries * 3 / 2 + 3);

	if (dict)
		return 0;
	dict = pymm_dict_alloc(arena, pymm_dict_cap(size), size);
	if (!dict)
		return -ENOMEM;
	memset(pymm_dict_index(dict), 0, array_size(size, sizeof(u32)));
	*pymm_payload(arena, no) = dict;
	return 0;
}

/** pymm_dict_init_entry() - add an entry, after pymm_dict_init(); both objects are immortal */
void pymm_dict_init_entry(struct pymm_arena *arena, u32 no, u32 key, u32 value)
{
	struct pymm_dict *dict = pymm_dict(arena, no);
	u32 hash = pymm_str_hash(arena, key);

	pymm_dict_insert_index(dict, hash, dict->used);
	dict->entries[dict->used++] = (struct pymm_dict_entry){ value, key, hash };
	pymm_object(arena, no)->len++;
}

/**
 * pymm_dict_presize() - give a dict that was just made the room that it needs
 * @arena: the arena
 * @no: the dict
 * @entries: how many there will be; more than PYMM_DICT_SMALL get their room later
 *
 * Return: 0, or -ENOMEM.
 */
int pymm_dict_presize(struct pymm_arena *arena, u32 no, u32 entries)
{
	if (!entries || entries > PYMM_DICT_SMALL)
		return 0;
	*pymm_payload(arena, no) = pymm_dict_alloc(arena, entries, 0);
	return *pymm_payload(arena, no) ? 0 : -ENOMEM;
}

/* Instances of a class have as many attributes as the one that had most of them. */
static u16 *pymm_instance_room(struct pymm_arena *arena, u32 no)
{
	if (!pymm_is(arena, no, PYMM_TYPE_INSTANCE))
		return NULL;
	return pymm_class_room(arena, pymm_object(arena, no)->cap);
}

/* Move all entries to a payload with room for one more, which still has no index. */
static int pymm_dict_grow_small(struct pymm_thread *thread, u32 no)
{
	struct pymm_dict *old = pymm_dict(thread->arena, no), *new;
	const u16 *room = pymm_instance_room(thread->arena, no);
	u32 cap = old ? min(old->cap + 2, PYMM_DICT_SMALL) : room ? max_t(u32, *room, 1) :
		  PYMM_DICT_SMALL;

	new = pymm_dict_alloc(thread->arena, cap, 0);
	if (!new)
		return pymm_raise_nomem(thread);
	if (old) {
		new->used = old->used;
		memcpy(new->entries, old->entries, array_size(old->used, sizeof(*old->entries)));
	}
	pymm_dict_free(thread->arena, no);
	*pymm_payload(thread->arena, no) = new;
	return 0;
}

/* Move the entries, without the deleted ones, to a payload with room for one more. */
static int pymm_dict_rebuild(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_dict *old = pymm_dict(arena, no), *new;
	u64 wanted = (u64)pymm_object(arena, no)->len * 3;
	u32 size, i;
	int err;

	if (wanted > PYMM_MAX_LEN)
		return pymm_raise_length(thread);
	size = wanted > 8 ? roundup_pow_of_two(wanted) : 0;
	new = pymm_dict_alloc(arena, size ? pymm_dict_cap(size) : PYMM_DICT_SMALL, size);
	if (!new)
		return pymm_raise_nomem(thread);
	err = pymm_payload_clear(thread, pymm_dict_index(new), array_size(size, sizeof(u32)));
	for (i = 0; i < old->used && !err; i++) {
		if (old->entries[i].key) {
			new->entries[new->used] = old->entries[i];
			if (size)
				pymm_dict_insert_index(new, old->entries[i].hash, new->used);
			new->used++;
		}
		err = pymm_tick(thread, 1);
	}
	if (err) {
		pymm_payload_free(arena, new, pymm_dict_bytes(new));
		return err;
	}
	pymm_dict_free(arena, no);
	*pymm_payload(arena, no) = new;
	return 0;
}

/* Make room for one more entry. The first key that is no str has CPython make a new table. */
static int pymm_dict_make_room(struct pymm_thread *thread, u32 no, u32 key)
{
	struct pymm_dict *dict = pymm_dict(thread->arena, no);
	struct pymm_object *object = pymm_object(thread->arena, no);
	bool mixes = !pymm_is(thread->arena, key, PYMM_TYPE_STR) && !(object->aux & PYMM_AUX_MIXED);
	int err = 0;

	if (mixes && dict && dict->used)
		err = pymm_dict_rebuild(thread, no);
	else if (!dict || (dict->used == dict->cap && dict->cap < PYMM_DICT_SMALL))
		err = pymm_dict_grow_small(thread, no);
	else if (dict->used == dict->cap)
		err = pymm_dict_rebuild(thread, no);
	if (mixes && !err)
		object->aux |= PYMM_AUX_MIXED;
	return err;
}

/* Add an entry for a key that is not there; takes no references. */
static int pymm_dict_add(struct pymm_thread *thread, u32 no, u32 key, u32 hash, u32 value)
{
	int err = pymm_dict_make_room(thread, no, key);
	struct pymm_dict *dict;
	u16 *room;

	if (err)
		return err;
	dict = pymm_dict(thread->arena, no);
	if (dict->mask)
		pymm_dict_insert_index(dict, hash, dict->used);
	dict->entries[dict->used++] = (struct pymm_dict_entry){ value, key, hash };
	pymm_object(thread->arena, no)->len++;
	room = pymm_instance_room(thread->arena, no);
	if (room && *room < pymm_object(thread->arena, no)->len && dict->used <= PYMM_DICT_SMALL)
		*room = pymm_object(thread->arena, no)->len;
	return 0;
}

static void pymm_dict_remove(struct pymm_arena *arena, u32 no, u32 position)
{
	struct pymm_dict *dict = pymm_dict(arena, no);

	if (dict->mask)
		pymm_dict_delete_index(dict, dict->entries[position].hash, position);
	dict->entries[position] = (struct pymm_dict_entry){};
	pymm_object(arena, no)->len--;
}

/* What the index goes by: of a str or bytes its own hash, of others all of the hash. */
static int pymm_dict_hash(struct pymm_thread *thread, u32 key, u32 *hash)
{
	s64 whole;
	int err;

	if (pymm_is_text(thread->arena, key)) {
		*hash = pymm_str_hash(thread->arena, key);
		return 0;
	}
	err = pymm_hash(thread, key, &whole);
	if (!err)
		*hash = hash_64(whole ^ thread->arena->hash_seed, 32);
	return err;
}

/* Find @key in a dict, as pymm_dict_find() does, or the error of its hash. */
static int pymm_dict_lookup(struct pymm_thread *thread, u32 no, u32 key, u32 *position)
{
	u32 hash;
	int err = pymm_dict_hash(thread, key, &hash);

	return err ?: pymm_dict_find(thread, pymm_dict(thread->arena, no), key, hash, position);
}

/**
 * pymm_dict_get() - look a key up
 * @thread: the running thread
 * @no: the dict
 * @key: the key
 * @value: receives the value: not a new reference
 *
 * Return: 1 if it is there, 0 if not, PYMM_RAISED or -EINTR.
 */
int pymm_dict_get(struct pymm_thread *thread, u32 no, u32 key, u32 *value)
{
	struct pymm_dict *dict;
	u32 position;
	int ret;

	ret = pymm_dict_lookup(thread, no, key, &position);
	dict = pymm_dict(thread->arena, no);
	if (ret == 1)
		*value = dict->entries[position].value;
	return ret;
}

/**
 * pymm_dict_get_hinted() - as pymm_dict_get(), for a key that is looked up again and again
 * @thread: the running thread
 * @no: the dict
 * @key: the key
 * @hint: the caller's for this key and dict; any value will do
 * @value: receives the value: not a new reference
 *
 * Return: as pymm_dict_get().
 */
int pymm_dict_get_hinted(struct pymm_thread *thread, u32 no, u32 key, u16 *hint, u32 *value)
{
	struct pymm_dict *dict = pymm_dict(thread->arena, no);
	struct pymm_dict_entry *entry = pymm_dict_hinted(dict, key, *hint);
	u32 position;
	int ret;

	if (likely(entry)) {
		*value = entry->value;
		return 1;
	}
	ret = pymm_dict_lookup(thread, no, key, &position);
	dict = pymm_dict(thread->arena, no);
	if (ret != 1)
		return ret;
	*value = dict->entries[position].value;
	*hint = min_t(u32, position, U16_MAX);
	return 1;
}

/**
 * pymm_dict_track() - let the collector look at a dict, whatever it holds
 * @thread: the running thread
 * @no: the dict
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_dict_track(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;

	if (pymm_object(arena, no)->flags & PYMM_OBJ_TRACKED)
		return 0;
	if (pymm_gc_reserve(arena))
		return pymm_raise_nomem(thread);
	pymm_gc_track(arena, no);
	return 0;
}

/* A dict is tracked from the first key or value on that may be part of a cycle. */
static int pymm_dict_maybe_track(struct pymm_thread *thread, u32 no, u32 key, u32 value)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_object *object = pymm_object(arena, no);

	if ((object->flags & PYMM_OBJ_TRACKED) || pymm_object_immortal(object))
		return 0;
	if (!pymm_gc_may_be_tracked(arena, key) && !pymm_gc_may_be_tracked(arena, value))
		return 0;
	return pymm_dict_track(thread, no);
}

/**
 * pymm_dict_set() - dict[key] = value
 * @thread: the running thread
 * @no: the dict
 * @key: the key; on a new entry the dict takes a reference
 * @value: the value; the dict takes a reference
 * @old: receives the reference that the entry held before, or 0, for the caller to
 *	drop: the dict is consistent by then (semantics.md 3.10)
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_dict_set(struct pymm_thread *thread, u32 no, u32 key, u32 value, u32 *old)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_dict_entry *entry;
	struct pymm_dict *dict;
	u32 hash, position;
	int ret;

	*old = 0;
	ret = pymm_dict_hash(thread, key, &hash);
	if (ret)
		return ret;
	dict = pymm_dict(arena, no);
	ret = pymm_dict_find(thread, dict, key, hash, &position);
	if (ret < 0)
		return ret;
	if (ret) {
		ret = pymm_dict_maybe_track(thread, no, key, value);
		if (ret)
			return ret;
		entry = &dict->entries[position];
		*old = entry->value;
		entry->value = pymm_get(arena, value);
		return 0;
	}
	ret = pymm_dict_add(thread, no, key, hash, value);
	if (ret)
		return ret;
	pymm_get(arena, key);
	pymm_get(arena, value);
	ret = pymm_dict_maybe_track(thread, no, key, value);
	if (ret) {
		pymm_dict_find(NULL, pymm_dict(arena, no), key, hash, &position);
		pymm_dict_remove(arena, no, position);
		pymm_put(thread, value);
		pymm_put(thread, key);
	}
	return ret;
}

/**
 * pymm_dict_set_hinted() - as pymm_dict_set(), for a key that is set again and again
 * @thread: the running thread
 * @no: the dict
 * @key: the key, a str
 * @hint: as for pymm_dict_get_hinted()
 * @value: the value; the dict takes a reference
 * @old: as for pymm_dict_set()
 *
 * Return: as pymm_dict_set().
 */
int pymm_dict_set_hinted(struct pymm_thread *thread, u32 no, u32 key, u16 *hint, u32 value,
			 u32 *old)
{
	struct pymm_dict *dict = pymm_dict(thread->arena, no);
	struct pymm_dict_entry *entry = pymm_dict_hinted(dict, key, *hint);
	u32 position;
	int err;

	if (likely(entry)) {
		err = pymm_dict_maybe_track(thread, no, key, value);
		if (err)
			return err;
		*old = entry->value;
		entry->value = pymm_get(thread->arena, value);
		return 0;
	}
	err = pymm_dict_set(thread, no, key, value, old);
	if (err)
		return err;
	dict = pymm_dict(thread->arena, no);
	if (pymm_dict_find(NULL, dict, key, pymm_str_hash(thread->arena, key), &position))
		*hint = min_t(u32, position, U16_MAX);
	return 0;
}

/**
 * pymm_dict_del() - del dict[key]
 * @thread: the running thread
 * @no: the dict
 * @key: the key
 * @old_key: receives the dict's reference to its key, for the caller to drop
 * @old: receives its reference to the value
 *
 * Return: 1, 0 if the key is not there, PYMM_RAISED or -EINTR.
 */
int pymm_dict_del(struct pymm_thread *thread, u32 no, u32 key, u32 *old_key, u32 *old)
{
	struct pymm_dict_entry *entry;
	struct pymm_dict *dict;
	u32 position;
	int ret;

	ret = pymm_dict_lookup(thread, no, key, &position);
	dict = pymm_dict(thread->arena, no);
	if (ret != 1)
		return ret;
	entry = &dict->entries[position];
	*old_key = entry->key;
	*old = entry->value;
	pymm_dict_remove(thread->arena, no, position);
	return 1;
}

/**
 * pymm_dict_intern() - the str of a dict of interned ones that equals @key
 * @thread: the running thread
 * @no: a dict whose entries hold no references
 * @key: a str; added if there is none
 * @known: receives it: not a new reference
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_dict_intern(struct pymm_thread *thread, u32 no, u32 key, u32 *known)
{
	int ret;

	ret = pymm_dict_get(thread, no, key, known);
	if (ret < 0)
		return ret;
	if (ret)
		return 0;
	*known = key;
	return pymm_dict_add(thread, no, key, pymm_str_hash(thread->arena, key), key);
}

/** pymm_dict_forget() - take a dying str out of a dict of interned ones */
void pymm_dict_forget(struct pymm_arena *arena, u32 no, u32 key)
{
	struct pymm_dict *dict = pymm_dict(arena, no);
	u32 position;

	if (pymm_dict_find(NULL, dict, key, pymm_str_hash(arena, key), &position))
		pymm_dict_remove(arena, no, position);
}

/**
 * pymm_dict_entry() - an entry, by its position in insertion order
 * @arena: the arena
 * @no: the dict
 * @index: position
 * @key: receives the key: not a new reference; 0 for a deleted entry
 * @value: receives the value: not a new reference
 *
 * Return: false when @index is past the last entry.
 */
bool pymm_dict_entry(const struct pymm_arena *arena, u32 no, u32 index, u32 *key, u32 *value)
{
	struct pymm_dict *dict = pymm_dict(arena, no);

	if (!dict || index >= dict->used)
		return false;
	*key = dict->entries[index].key;
	*value = dict->entries[index].value;
	return true;
}

static u64 pymm_dict_length(struct pymm_arena *arena, u32 no)
{
	return pymm_object(arena, no)->len;
}

/** pymm_raise_key() - raise KeyError: there is no such key; returns PYMM_RAISED or -EINTR */
int pymm_raise_key(struct pymm_thread *thread, u32 key)
{
	int err = pymm_raise_repr(thread, PYMM_EXC_KEY_ERROR, "", key);

	if (err != PYMM_RAISED || thread->raised.exception != PYMM_EXC_KEY_ERROR)
		return err;
	return pymm_raised_about(thread, key, 0);
}

static int pymm_dict_getitem(struct pymm_thread *thread, u32 no, u32 key, u32 *item)
{
	int ret = pymm_dict_get(thread, no, key, item);

	if (ret < 0)
		return ret;
	if (!ret)
		return pymm_raise_key(thread, key);
	pymm_get(thread->arena, *item);
	return 0;
}

static int pymm_dict_setitem(struct pymm_thread *thread, u32 no, u32 key, u32 value)
{
	u32 old_key = 0, old = 0;
	int ret;

	if (value) {
		ret = pymm_dict_set(thread, no, key, value, &old);
	} else {
		ret = pymm_dict_del(thread, no, key, &old_key, &old);
		if (!ret)
			return pymm_raise_key(thread, key);
		ret = min(ret, 0);
	}
	/* The key dies first: it is put last. */
	if (old)
		pymm_put(thread, old);
	if (old_key)
		pymm_put(thread, old_key);
	return ret;
}

static int pymm_dict_contains(struct pymm_thread *thread, u32 no, u32 value)
{
	u32 found;

	return pymm_dict_get(thread, no, value, &found);
}

/* Keys in insertion order; @at is the position of an entry. */
static int pymm_dict_each(struct pymm_thread *thread, u32 no, u64 *at, u32 *item)
{
	u32 i = *at, key, value;
	int err;

	while (pymm_dict_entry(thread->arena, no, i++, &key, &value)) {
		if (key) {
			*item = pymm_get(thread->arena, key);
			*at = i;
			return 1;
		}
		err = pymm_tick(thread, 1);
		if (err)
			return err;
	}
	return 0;
}

/* ---- dict() ---- */

static int pymm_dict_put(struct pymm_thread *thread, u32 no, u32 key, u32 value)
{
	u32 old;
	int err = pymm_dict_set(thread, no, key, value, &old);

	if (!err && old)
		pymm_put(thread, old);
	return err ?: pymm_tick(thread, 1);
}

static int pymm_dict_update_dict(struct pymm_thread *thread, u32 no, u32 from)
{
	u32 i, key, value;
	int err = 0;

	for (i = 0; !err && pymm_dict_entry(thread->arena, from, i, &key, &value); i++)
		if (key)
			err = pymm_dict_put(thread, no, key, value);
	return err;
}

/* The first two items that a cursor gives, references, and how many it gives. */
static int pymm_dict_read_pair(struct pymm_thread *thread, struct pymm_cursor *cursor,
			       u32 items[2], u64 *length)
{
	int ret;
	u32 item;

	for (*length = 0;; ++*length) {
		ret = pymm_tick(thread, 1) ?: pymm_cursor_next(thread, cursor, &item);
		if (ret <= 0)
			return ret;
		if (*length < 2)
			items[*length] = item;
		else
			pymm_put(thread, item);
	}
}

/* @index: which element of the argument @pair is, for the message. */
static int pymm_dict_update_pair(struct pymm_thread *thread, u32 no, u32 pair, u32 index,
				 struct pymm_cursors *cursors)
{
	struct pymm_cursor before, cursor;
	u32 items[2], i;
	u64 length;
	int err;

	if (!pymm_iterable(thread->arena, pair))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "cannot convert dictionary update sequence element #%u to a sequence",
				  index);
	err = pymm_cursor_begin(thread, pair, &cursor);
	if (err)
		return err;
	before = cursor;
	err = pymm_dict_read_pair(thread, &cursor, items, &length);
	if (!err && length != 2)
		err = pymm_raise(thread, PYMM_EXC_VALUE_ERROR,
				 "dictionary update sequence element #%u has length %llu; 2 is required",
				 index, length);
	if (!err)
		err = pymm_dict_put(thread, no, items[0], items[1]);
	for (i = min(length, 2ULL); i--;)
		pymm_put(thread, items[i]);
	return err ?: pymm_cursors_add(thread, cursors, &before, &cursor);
}

/**
 * struct pymm_dict_source - what dict() was given
 * @cursor: where it is in its argument
 * @pairs: iterators that were pairs of it
 */
struct pymm_dict_source {
	struct pymm_cursor cursor;
	struct pymm_cursors pairs;
};

/* A pair that is the iterator itself: it begins where that is, which goes on behind it. */
static int pymm_dict_update_self(struct pymm_thread *thread, u32 no, u32 index,
				 struct pymm_dict_source *source)
{
	u32 self = source->cursor.iterator;
	struct pymm_cursor before;

	return pymm_cursor_begin(thread, self, &before) ?:
	       pymm_cursors_add(thread, &source->pairs, &before, &source->cursor) ?:
	       pymm_dict_update_pair(thread, no, self, index, &source->pairs) ?:
	       pymm_cursor_begin(thread, self, &source->cursor);
}

static int pymm_dict_update(struct pymm_thread *thread, u32 no, u32 from,
			    struct pymm_dict_source *source)
{
	u32 i, pair;
	int ret;

	if (pymm_is(thread->arena, from, PYMM_TYPE_DICT))
		return pymm_dict_update_dict(thread, no, from);
	ret = pymm_cursor_begin(thread, from, &source->cursor) ?: 1;
	for (i = 0; ret > 0; i++) {
		ret = pymm_cursor_next(thread, &source->cursor, &pair);
		if (ret <= 0)
			break;
		ret = pair == source->cursor.iterator ?
		      pymm_dict_update_self(thread, no, i, source) :
		      pymm_dict_update_pair(thread, no, pair, i, &source->pairs);
		ret = ret ?: 1;
		pymm_put(thread, pair);
	}
	return ret;
}

static int pymm_dict_update_names(struct pymm_thread *thread, u32 no, const struct pymm_args *args)
{
	u32 names = pymm_args_names(thread->arena, args), positional = args->count - names, i;
	int err = 0;

	for (i = 0; i < names && !err; i++)
		err = pymm_dict_put(thread, no, pymm_items(thread->arena, args->names)[i],
				    args->args[positional + i]);
	return err;
}

static int pymm_dict_construct(struct pymm_thread *thread, const struct pymm_args *args,
			       u32 *result)
{
	u32 positional = args->count - pymm_args_names(thread->arena, args);
	struct pymm_dict_source source = {};
	int err = pymm_args_count(thread, "dict", positional, 0, 1);

	if (err)
		return err;
	*result = pymm_dict_new(thread->arena);
	if (!*result)
		return pymm_raise_nomem(thread);
	if (positional)
		err = pymm_dict_update(thread, *result, args->args[0], &source);
	err = err ?: pymm_dict_update_names(thread, *result, args);
	/* Nothing fails any more: only now have iterators gone on. */
	pymm_cursors_end(thread, &source.pairs, err);
	if (err)
		pymm_put(thread, *result);
	else
		pymm_cursor_commit(thread, &source.cursor);
	return err;
}

const struct pymm_type_ops pymm_dict_type = {
	.name = "dict",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_CLEAR | PYMM_TYPE_NAMED,
	.span = pymm_dict_span,
	.free = pymm_dict_free,
	.length = pymm_dict_length,
	.getitem = pymm_dict_getitem,
	.setitem = pymm_dict_setitem,
	.contains = pymm_dict_contains,
	.iterator = PYMM_ITERATOR_DICT,
	.each = pymm_dict_each,
	.construct = pymm_dict_construct,
};
