// SPDX-License-Identifier: GPL-2.0-only
/*
 * set and frozenset: the open-addressed table of CPython 3.13's setobject.c, with its probes,
 * sizes and deleted entries, so that keys whose hashes are CPython's come in its order.
 */
#include <linux/string.h>

#include "call.h"
#include "set.h"

#define PYMM_SET_MIN		8U
#define PYMM_SET_LINEAR		9U	/* slots that are tried beside one another */
#define PYMM_SET_PERTURB	5	/* bits of the hash that the next place depends on */
#define PYMM_SET_LARGE		50000U	/* keys from which on a table grows less */

/* ---- probes ---- */

#define PYMM_SET_NOWHERE	U32_MAX

/*
 * Where a search stands: after @left more slots it goes on somewhere else. It came by a
 * deleted key at @deleted.
 */
struct pymm_probe {
	u64 perturb;
	u32 base;
	u32 at;
	u32 left;
	u32 mask;
	u32 deleted;
};

static void pymm_probe_run(struct pymm_probe *probe)
{
	probe->at = probe->base;
	probe->left = probe->base + PYMM_SET_LINEAR <= probe->mask ? PYMM_SET_LINEAR : 0;
}

static void pymm_probe_start(struct pymm_probe *probe, const struct pymm_set *set, s64 hash)
{
	probe->perturb = hash;
	probe->mask = set->mask;
	probe->base = hash & probe->mask;
	probe->deleted = PYMM_SET_NOWHERE;
	pymm_probe_run(probe);
}

static void pymm_probe_next(struct pymm_probe *probe)
{
	if (probe->left) {
		probe->left--;
		probe->at++;
		return;
	}
	probe->perturb >>= PYMM_SET_PERTURB;
	probe->base = (probe->base * 5ULL + 1 + probe->perturb) & probe->mask;
	pymm_probe_run(probe);
}

static bool pymm_set_unused(const struct pymm_set_entry *entry)
{
	return !entry->key && !entry->hash;
}

/* On to a key of this hash: 1, 0 at the unused slot that ends the search, or -EINTR. */
static int pymm_probe_hash(struct pymm_thread *thread, struct pymm_probe *probe,
			   const struct pymm_set *set, s64 hash)
{
	int err;

	for (;;) {
		if (pymm_set_unused(&set->entries[probe->at]))
			return 0;
		if (set->entries[probe->at].hash == hash)
			return 1;
		if (!set->entries[probe->at].key)
			probe->deleted = probe->at;
		err = pymm_tick(thread, 1);
		if (err)
			return err;
		pymm_probe_next(probe);
	}
}

/**
 * pymm_set_find() - look a key up
 * @thread: the running thread
 * @no: a set that has a table
 * @key: the key
 * @hash: its hash
 * @slot: receives its slot, or the one that it would have: the last one of a deleted key on
 *	the way to an unused one, or that
 *
 * Return: 1 if it is there, 0 if not, PYMM_RAISED or -EINTR.
 */
int pymm_set_find(struct pymm_thread *thread, u32 no, u32 key, s64 hash, u32 *slot)
{
	const struct pymm_set *set = pymm_set(thread->arena, no);
	struct pymm_probe probe;
	int ret;

	pymm_probe_start(&probe, set, hash);
	for (;;) {
		ret = pymm_probe_hash(thread, &probe, set, hash);
		*slot = ret || probe.deleted == PYMM_SET_NOWHERE ? probe.at : probe.deleted;
		if (ret <= 0)
			return ret;
		if (set->entries[probe.at].key == key)
			return 1;
		ret = pymm_equal(thread, set->entries[probe.at].key, key) ?: pymm_tick(thread, 1);
		if (ret)
			return ret;
		pymm_probe_next(&probe);
	}
}

/**
 * pymm_set_candidate() - a key that may be equal to a key of another set
 * @thread: the running thread
 * @no: the set
 * @other: the other one
 * @position: where pymm_set_next() left off when it gave that key of @other
 * @skip: how many candidates were found to be different
 * @candidate: receives the next one: not a new reference
 *
 * Return: 1, 0 if there is none, or -EINTR.
 */
int pymm_set_candidate(struct pymm_thread *thread, u32 no, u32 other, u32 position, u32 skip,
		       u32 *candidate)
{
	const struct pymm_set *set = pymm_set(thread->arena, no);
	s64 hash = pymm_set(thread->arena, other)->entries[position - 1].hash;
	struct pymm_probe probe;
	int ret;

	if (!set)
		return 0;
	for (pymm_probe_start(&probe, set, hash);; pymm_probe_next(&probe)) {
		ret = pymm_probe_hash(thread, &probe, set, hash);
		*candidate = set->entries[probe.at].key;
		if (ret <= 0 || !skip--)
			return ret;
	}
}

/* ---- tables ---- */

static size_t pymm_set_size(u32 slots)
{
	return struct_size_t(struct pymm_set, entries, slots);
}

static struct pymm_set *pymm_set_alloc(struct pymm_arena *arena, u32 slots)
{
	struct pymm_set *set = pymm_payload_alloc(arena, pymm_set_size(slots));

	if (!set)
		return NULL;
	memset(set, 0, pymm_set_size(slots));
	set->hash = -1;
	set->mask = slots - 1;
	return set;
}

static void pymm_set_release(struct pymm_arena *arena, struct pymm_set *set)
{
	if (set)
		pymm_payload_free(arena, set, pymm_set_size(set->mask + 1));
}

/* Put a key into a table that has no such key and no deleted entries. */
static u32 pymm_set_insert(struct pymm_set *set, u32 key, s64 hash)
{
	struct pymm_probe probe;

	pymm_probe_start(&probe, set, hash);
	while (set->entries[probe.at].key)
		pymm_probe_next(&probe);
	set->entries[probe.at] = (struct pymm_set_entry){ hash, key };
	set->fill++;
	return probe.at;
}

/* Have an operation remember a slot, @last being the one it remembers already. */
static void pymm_set_link(struct pymm_set *set, u32 slot, u32 *last)
{
	set->entries[slot].link = *last;
	*last = slot + 1;
}

/*
 * A table with room for more than @wanted keys and those of @set, as set_table_resize() makes
 * it; @added is what was linked there, or NULL. 0, -ENOMEM, -E2BIG or -EINTR.
 */
static int pymm_set_rebuild(struct pymm_thread *thread, const struct pymm_set *set, u64 wanted,
			    struct pymm_set **result, u32 *added)
{
	u32 i, slot, slots = PYMM_SET_MIN;
	struct pymm_set *new;
	int err = 0;

	while (slots <= wanted && slots <= PYMM_MAX_LEN)
		slots *= 2;
	if (slots > PYMM_MAX_LEN)
		return -E2BIG;
	new = pymm_set_alloc(thread->arena, slots);
	if (!new)
		return -ENOMEM;
	for (i = 0; i <= set->mask && !err; i++) {
		const struct pymm_set_entry *entry = &set->entries[i];

		if (entry->key) {
			slot = pymm_set_insert(new, entry->key, entry->hash);
			if (entry->link)
				pymm_set_link(new, slot, added);
		}
		err = pymm_tick(thread, 1);
	}
	if (err) {
		pymm_set_release(thread->arena, new);
		return err;
	}
	*result = new;
	return 0;
}

/* How large a table is to be that has become full, or has many deleted entries. */
static u64 pymm_set_growth(u32 used)
{
	return (u64)used * (used > PYMM_SET_LARGE ? 2 : 4);
}

/** pymm_set_compact() - after keys were deleted: make the table anew if there are many of them */
void pymm_set_compact(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_set *set = pymm_set(arena, no), *new;
	u32 used = pymm_set_used(arena, no);

	if (set->fill - used <= set->mask / 4)
		return;
	/* Without memory the set stays as it is: it is in order. */
	if (pymm_set_rebuild(thread, set, pymm_set_growth(used), &new, NULL))
		return;
	*pymm_payload(arena, no) = new;
	pymm_set_release(arena, set);
}

/* ---- adding keys ---- */

static int pymm_set_edit_resize(struct pymm_thread *thread, struct pymm_set_edit *edit, u64 wanted)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_set *set = pymm_set(arena, edit->no), *new;
	u32 added = PYMM_SET_LAST;
	int err;

	err = pymm_set_rebuild(thread, set, wanted, &new, &added);
	if (err == -ENOMEM)
		return pymm_raise_nomem(thread);
	if (err)
		return err == -E2BIG ? pymm_raise_length(thread) : err;
	*pymm_payload(arena, edit->no) = new;
	if (edit->before) {
		pymm_set_release(arena, set);
	} else {
		edit->before = set;
		edit->added_before = edit->added;
	}
	edit->added = added;
	return 0;
}

/**
 * pymm_set_edit_begin() - begin to add keys to a set
 * @thread: the running thread
 * @edit: what has to be known to take them back
 * @no: the set
 *
 * pymm_set_edit_end() has to be called in any case.
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_set_edit_begin(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 no)
{
	struct pymm_arena *arena = thread->arena;

	*edit = (struct pymm_set_edit){ .no = no, .added = PYMM_SET_LAST };
	if (!pymm_set(arena, no))
		*pymm_payload(arena, no) = pymm_set_alloc(arena, PYMM_SET_MIN);
	return pymm_set(arena, no) ? 0 : pymm_raise_nomem(thread);
}

/* Put a key that is not there into the slot of a deleted one, or an unused one. */
static void pymm_set_edit_put(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 slot,
			      u32 key, s64 hash)
{
	struct pymm_set *set = pymm_set(thread->arena, edit->no);
	struct pymm_set_entry *entry = &set->entries[slot];
	bool reused = !pymm_set_unused(entry);

	entry->hash = hash;
	entry->key = pymm_get(thread->arena, key);
	pymm_set_link(set, slot, &edit->added);
	if (reused)
		entry->link |= PYMM_SET_REUSED;
	else
		set->fill++;
	pymm_object(thread->arena, edit->no)->len++;
}

/**
 * pymm_set_edit_add() - add a key
 * @thread: the running thread
 * @edit: as pymm_set_edit_begin() has left it
 * @key: the key; the set takes a reference if it has no equal one
 * @hash: its hash
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_set_edit_add(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 key, s64 hash)
{
	struct pymm_set *set = pymm_set(thread->arena, edit->no);
	u32 slot, fill = set->fill;
	int ret = pymm_set_find(thread, edit->no, key, hash, &slot);

	if (ret)
		return min(ret, 0);
	pymm_set_edit_put(thread, edit, slot, key, hash);
	if (set->fill == fill || (u64)set->fill * 5 < (u64)set->mask * 3)
		return 0;
	return pymm_set_edit_resize(thread, edit,
				    pymm_set_growth(pymm_set_used(thread->arena, edit->no)));
}

/* Forget what was linked in a table. */
static void pymm_set_unlink(struct pymm_set *set, u32 last)
{
	u32 link, count = 0;

	for (; last != PYMM_SET_LAST; last = link & ~PYMM_SET_REUSED) {
		link = set->entries[last - 1].link;
		set->entries[last - 1].link = 0;
		if (!(++count % PYMM_TICK_STEPS))
			cond_resched();
	}
}

/* Take out of a table what was linked in it, the references with @drop; returns how many. */
static u32 pymm_set_revert(struct pymm_thread *thread, struct pymm_set *set, u32 last, bool drop)
{
	struct pymm_set_entry *entry, old;
	u32 count = 0;

	for (; last != PYMM_SET_LAST; last = old.link & ~PYMM_SET_REUSED) {
		entry = &set->entries[last - 1];
		old = *entry;
		*entry = (struct pymm_set_entry){
			.hash = old.link & PYMM_SET_REUSED ? PYMM_SET_DELETED : 0 };
		set->fill -= !(old.link & PYMM_SET_REUSED);
		if (drop)
			pymm_put(thread, old.key);
		if (!(++count % PYMM_TICK_STEPS))
			cond_resched();
	}
	return count;
}

static void pymm_set_edit_undo(struct pymm_thread *thread, struct pymm_set_edit *edit)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_set *set = pymm_set(arena, edit->no);

	pymm_object(arena, edit->no)->len -= pymm_set_revert(thread, set, edit->added, true);
	if (!edit->before)
		return;
	pymm_set_revert(thread, edit->before, edit->added_before, false);
	*pymm_payload(arena, edit->no) = edit->before;
	pymm_set_release(arena, set);
}

/**
 * pymm_set_edit_end() - the keys are added, or with an error taken back
 * @thread: the running thread
 * @edit: as for pymm_set_edit_add()
 * @err: 0 or the error
 *
 * Return: @err.
 */
int pymm_set_edit_end(struct pymm_thread *thread, struct pymm_set_edit *edit, int err)
{
	if (!pymm_set(thread->arena, edit->no))
		return err;
	if (err) {
		pymm_set_edit_undo(thread, edit);
		return err;
	}
	pymm_set_unlink(pymm_set(thread->arena, edit->no), edit->added);
	pymm_set_release(thread->arena, edit->before);
	return 0;
}

/* Room for @more keys at once, of which few may be there: as set_merge() has it. */
static int pymm_set_edit_reserve(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 more)
{
	struct pymm_set *set = pymm_set(thread->arena, edit->no);

	if (((u64)set->fill + more) * 5 < (u64)set->mask * 3)
		return 0;
	return pymm_set_edit_resize(thread, edit,
				    ((u64)pymm_set_used(thread->arena, edit->no) + more) * 2);
}

static int pymm_set_update_set(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 other)
{
	struct pymm_arena *arena = thread->arena;
	const struct pymm_set *from = pymm_set(arena, other), *set;
	const struct pymm_set_entry *entry;
	bool copy;
	int err;
	u32 i;

	if (other == edit->no || !pymm_set_used(arena, other))
		return 0;
	err = pymm_set_edit_reserve(thread, edit, pymm_set_used(arena, other));
	if (err)
		return err;
	set = pymm_set(arena, edit->no);
	/* Into an empty table of the same size keys go to where they are. */
	copy = !set->fill && set->mask == from->mask && from->fill == pymm_set_used(arena, other);
	for (i = 0; i <= from->mask && !err; i++) {
		entry = &from->entries[i];
		if (entry->key && copy)
			pymm_set_edit_put(thread, edit, i, entry->key, entry->hash);
		else if (entry->key)
			err = pymm_set_edit_add(thread, edit, entry->key, entry->hash);
		err = err ?: pymm_tick(thread, 1);
	}
	return err;
}

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
		return pymm_set_update_set(thread, edit, from);
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

/** pymm_set_clone() - @result = a set whose table is the same, deleted entries and all */
int pymm_set_clone(struct pymm_thread *thread, u32 no, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	const struct pymm_set *from = pymm_set(arena, no);
	struct pymm_set *set;
	int err = pymm_set_new(thread, pymm_object(arena, no)->type, result);
	u32 i;

	if (err || !from)
		return err;
	set = pymm_set_alloc(arena, from->mask + 1);
	if (!set) {
		pymm_put(thread, *result);
		return pymm_raise_nomem(thread);
	}
	*pymm_payload(arena, *result) = set;
	for (i = 0; i <= from->mask && !err; i++) {
		set->entries[i] = from->entries[i];
		set->fill += !pymm_set_unused(&set->entries[i]);
		if (set->entries[i].key) {
			pymm_get(arena, set->entries[i].key);
			pymm_object(arena, *result)->len++;
		}
		err = pymm_tick(thread, 1);
	}
	if (err)
		pymm_put(thread, *result);
	return err;
}

/* ---- taking keys out ---- */

/**
 * pymm_set_take() - take a key out
 * @thread: the running thread
 * @no: the set
 * @key: the key
 * @hash: its hash
 * @old: receives the set's reference to it, for the caller to drop
 *
 * Return: 1, 0 if the key is not there, PYMM_RAISED or -EINTR.
 */
int pymm_set_take(struct pymm_thread *thread, u32 no, u32 key, s64 hash, u32 *old)
{
	struct pymm_set *set = pymm_set(thread->arena, no);
	u32 slot;
	int ret = set ? pymm_set_find(thread, no, key, hash, &slot) : 0;

	if (ret <= 0)
		return ret;
	*old = set->entries[slot].key;
	set->entries[slot] = (struct pymm_set_entry){ .hash = PYMM_SET_DELETED };
	pymm_object(thread->arena, no)->len--;
	return 1;
}

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

/**
 * pymm_set_next() - the next key, in the order of the table
 * @arena: the arena
 * @no: a set or frozenset
 * @position: 0 for the first one; says where the next one is looked for
 * @key: receives the key: not a new reference
 *
 * Whoever lets a program run in between compares the number of keys, as CPython does.
 *
 * Return: false when there is none left.
 */
bool pymm_set_next(const struct pymm_arena *arena, u32 no, u32 *position, u32 *key)
{
	const struct pymm_set *set = pymm_set(arena, no);

	while (set && *position <= set->mask) {
		*key = set->entries[(*position)++].key;
		if (*key)
			return true;
		if (!(*position % PYMM_TICK_STEPS))
			cond_resched();
	}
	return false;
}

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

static void pymm_set_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	struct pymm_set *set = pymm_set(arena, no);

	span->base = set ? &set->entries[0].key : NULL;
	span->groups = set ? set->mask + 1 : 0;
	span->width = 1;
	span->stride = sizeof(struct pymm_set_entry) / sizeof(u32);
}

static void pymm_set_free(struct pymm_arena *arena, u32 no)
{
	pymm_set_release(arena, pymm_set(arena, no));
	*pymm_payload(arena, no) = NULL;
}

static int pymm_set_each(struct pymm_thread *thread, u32 no, u64 *at, u32 *item)
{
	const struct pymm_set *set = pymm_set(thread->arena, no);
	u64 i;
	int err;

	for (i = *at; set && i <= set->mask; i++) {
		if (set->entries[i].key) {
			*item = pymm_get(thread->arena, set->entries[i].key);
			*at = i + 1;
			return 1;
		}
		err = pymm_tick(thread, 1);
		if (err)
			return err;
	}
	return 0;
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
