// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of sets and frozensets: the open-addressed one of CPython 3.13's setobject.c, with its
 * probes, sizes and deleted entries, so that keys whose hashes are CPython's come in its order.
 * Keys that one operation adds can be taken back until it is complete.
 */
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

/* An empty table: 0, -ENOMEM or -EINTR. */
static int pymm_set_alloc(struct pymm_thread *thread, u32 slots, struct pymm_set **result)
{
	struct pymm_set *set = pymm_payload_alloc(thread->arena, pymm_set_size(slots));
	int err;

	if (!set)
		return -ENOMEM;
	err = pymm_payload_clear(thread, set, pymm_set_size(slots));
	if (err) {
		pymm_payload_free(thread->arena, set, pymm_set_size(slots));
		return err;
	}
	set->hash = -1;
	set->mask = slots - 1;
	*result = set;
	return 0;
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
 * it; what was linked there is linked in @added, or without that left out. 0, -ENOMEM, -E2BIG
 * or -EINTR.
 */
static int pymm_set_rebuild(struct pymm_thread *thread, const struct pymm_set *set, u64 wanted,
			    struct pymm_set **result, u32 *added)
{
	u32 i, slot, slots = PYMM_SET_MIN;
	struct pymm_set *new;
	int err;

	while (slots <= wanted && slots <= PYMM_MAX_LEN)
		slots *= 2;
	if (slots > PYMM_MAX_LEN)
		return -E2BIG;
	err = pymm_set_alloc(thread, slots, &new);
	if (err)
		return err;
	for (i = 0; i <= set->mask && !err; i++) {
		const struct pymm_set_entry *entry = &set->entries[i];

		if (entry->key && (added || !entry->link)) {
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

static int pymm_set_raise(struct pymm_thread *thread, int err)
{
	if (err == -ENOMEM)
		return pymm_raise_nomem(thread);
	return err == -E2BIG ? pymm_raise_length(thread) : err;
}

/**
 * pymm_set_compact() - before linked keys are deleted: a new table if many will be deleted then
 * @thread: the running thread
 * @no: a set that has a table
 * @gone: how many keys are linked
 * @result: receives a table without them, for pymm_set_replace(); or NULL: the set keeps its own
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_set_compact(struct pymm_thread *thread, u32 no, u32 gone, struct pymm_set **result)
{
	struct pymm_set *set = pymm_set(thread->arena, no);
	u32 used = pymm_set_used(thread->arena, no) - gone;

	*result = NULL;
	if (set->fill - used <= set->mask / 4)
		return 0;
	return pymm_set_raise(thread, pymm_set_rebuild(thread, set, pymm_set_growth(used), result,
						       NULL));
}

/** pymm_set_replace() - give a set another table in place of its own, if there is one */
void pymm_set_replace(struct pymm_arena *arena, u32 no, struct pymm_set *table)
{
	if (!table)
		return;
	pymm_set_release(arena, pymm_set(arena, no));
	*pymm_payload(arena, no) = table;
}

/* ---- adding keys ---- */

static int pymm_set_edit_resize(struct pymm_thread *thread, struct pymm_set_edit *edit, u64 wanted)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_set *set = pymm_set(arena, edit->no), *new;
	u32 added = PYMM_SET_LAST;
	int err;

	err = pymm_set_rebuild(thread, set, wanted, &new, &added);
	if (err)
		return pymm_set_raise(thread, err);
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
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_set_edit_begin(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 no)
{
	struct pymm_set *set;
	int err;

	*edit = (struct pymm_set_edit){ .no = no, .added = PYMM_SET_LAST };
	if (pymm_set(thread->arena, no))
		return 0;
	err = pymm_set_alloc(thread, PYMM_SET_MIN, &set);
	if (err)
		return pymm_set_raise(thread, err);
	*pymm_payload(thread->arena, no) = set;
	return 0;
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

/* What becomes of keys that are linked in a table. */
enum pymm_set_settle {
	PYMM_SET_KEEP,		/* they stay */
	PYMM_SET_DROP,		/* they are taken out */
	PYMM_SET_OMIT,		/* the same of a table that has no references */
};

static void pymm_set_take_back(struct pymm_thread *thread, u32 no, struct pymm_set *set,
			       struct pymm_set_entry *entry, enum pymm_set_settle how)
{
	bool reused = entry->link & PYMM_SET_REUSED;
	u32 key = entry->key;

	*entry = (struct pymm_set_entry){ .hash = reused ? PYMM_SET_DELETED : 0 };
	set->fill -= !reused;
	if (how == PYMM_SET_OMIT)
		return;
	pymm_object(thread->arena, no)->len--;
	pymm_put(thread, key);
}

static void pymm_set_settle(struct pymm_thread *thread, u32 no, struct pymm_set *set, u32 last,
			    enum pymm_set_settle how)
{
	struct pymm_set_entry *entry;

	while (last != PYMM_SET_LAST) {
		entry = &set->entries[last - 1];
		last = entry->link & ~PYMM_SET_REUSED;
		if (how == PYMM_SET_KEEP)
			entry->link = 0;
		else
			pymm_set_take_back(thread, no, set, entry, how);
		pymm_tick_nofail(thread, 1);
	}
}

static void pymm_set_edit_undo(struct pymm_thread *thread, struct pymm_set_edit *edit)
{
	struct pymm_set *set = pymm_set(thread->arena, edit->no);

	pymm_set_settle(thread, edit->no, set, edit->added, PYMM_SET_DROP);
	if (!edit->before)
		return;
	pymm_set_settle(thread, edit->no, edit->before, edit->added_before, PYMM_SET_OMIT);
	pymm_set_replace(thread->arena, edit->no, edit->before);
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
	pymm_set_settle(thread, edit->no, pymm_set(thread->arena, edit->no), edit->added,
			PYMM_SET_KEEP);
	pymm_set_release(thread->arena, edit->before);
	return 0;
}

/**
 * pymm_set_edit_reserve() - make room for keys of which few may be there, as set_merge() has it
 * @thread: the running thread
 * @edit: as for pymm_set_edit_add()
 * @more: how many keys
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_set_edit_reserve(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 more)
{
	struct pymm_set *set = pymm_set(thread->arena, edit->no);

	if (((u64)set->fill + more) * 5 < (u64)set->mask * 3)
		return 0;
	return pymm_set_edit_resize(thread, edit,
				    ((u64)pymm_set_used(thread->arena, edit->no) + more) * 2);
}

/** pymm_set_edit_merge() - add the keys of another set; 0, PYMM_RAISED or -EINTR */
int pymm_set_edit_merge(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 other)
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
	err = pymm_set_alloc(thread, from->mask + 1, &set);
	if (err) {
		pymm_put(thread, *result);
		return pymm_set_raise(thread, err);
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

/**
 * pymm_set_next() - the next key, in the order of the table
 * @thread: the running thread
 * @no: a set or frozenset
 * @position: 0 for the first one; says where the next one is looked for
 * @key: receives the key: not a new reference
 *
 * Whoever lets a program run in between compares the number of keys, as CPython does.
 *
 * Return: 1, 0 when there is none left, or -EINTR.
 */
int pymm_set_next(struct pymm_thread *thread, u32 no, u32 *position, u32 *key)
{
	const struct pymm_set *set = pymm_set(thread->arena, no);
	u32 i;
	int err;

	for (i = *position; set && i <= set->mask; i++) {
		if (set->entries[i].key) {
			*key = set->entries[i].key;
			*position = i + 1;
			return 1;
		}
		err = pymm_tick(thread, 1);
		if (err)
			return err;
	}
	return 0;
}

/** pymm_set_span() - struct pymm_type_ops.span of set and frozenset */
void pymm_set_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	struct pymm_set *set = pymm_set(arena, no);

	span->base = set ? &set->entries[0].key : NULL;
	span->groups = set ? set->mask + 1 : 0;
	span->width = 1;
	span->stride = sizeof(struct pymm_set_entry) / sizeof(u32);
}

/** pymm_set_free() - struct pymm_type_ops.free of set and frozenset */
void pymm_set_free(struct pymm_arena *arena, u32 no)
{
	pymm_set_release(arena, pymm_set(arena, no));
	*pymm_payload(arena, no) = NULL;
}
