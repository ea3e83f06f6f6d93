// SPDX-License-Identifier: GPL-2.0-only
/*
 * Operators on sets and frozensets. Each takes the keys in the order in which setobject.c of
 * CPython 3.13 takes them, so that the tables of the results are the same. Results are made in
 * objects that nobody has seen yet: what fails has changed nothing.
 */
#include "set.h"

/** pymm_is_set() - is it a set or a frozenset? */
bool pymm_is_set(const struct pymm_arena *arena, u32 no)
{
	return pymm_is(arena, no, PYMM_TYPE_SET) || pymm_is(arena, no, PYMM_TYPE_FROZENSET);
}

/* Is a key with a known hash in a set? */
static int pymm_set_has(struct pymm_thread *thread, u32 no, const struct pymm_set_entry *entry)
{
	u32 slot;

	if (!pymm_set(thread->arena, no))
		return 0;
	return pymm_set_find(thread, no, entry->key, entry->hash, &slot);
}

/* Those keys of @from that are in @other, or with @invert those that are not, go to @result. */
static int pymm_set_filter(struct pymm_thread *thread, u32 result, u32 from, u32 other, bool invert)
{
	const struct pymm_set *set = pymm_set(thread->arena, from);
	struct pymm_set_edit edit;
	int ret, err;
	u32 i;

	err = pymm_set_edit_begin(thread, &edit, result);
	for (i = 0; set && i <= set->mask && !err; i++) {
		ret = set->entries[i].key ? pymm_set_has(thread, other, &set->entries[i]) : invert;
		if (ret >= 0 && ret != (int)invert)
			ret = pymm_set_edit_add(thread, &edit, set->entries[i].key,
						set->entries[i].hash);
		err = min(ret, 0) ?: pymm_tick(thread, 1);
	}
	return pymm_set_edit_end(thread, &edit, err);
}

/**
 * struct pymm_marks - keys of a set that are to go
 * @last: the one that was found last, see struct pymm_set_entry
 * @count: how many they are
 */
struct pymm_marks {
	u32 last;
	u32 count;
};

/* Link those keys of @no that are in @other. */
static int pymm_set_mark(struct pymm_thread *thread, u32 no, u32 other, struct pymm_marks *marks)
{
	struct pymm_set *set = pymm_set(thread->arena, no);
	const struct pymm_set *from = pymm_set(thread->arena, other);
	int ret, err = 0;
	u32 i, slot;

	for (i = 0; from && i <= from->mask && !err; i++) {
		const struct pymm_set_entry *entry = &from->entries[i];

		ret = entry->key ? pymm_set_find(thread, no, entry->key, entry->hash, &slot) : 0;
		if (ret > 0) {
			set->entries[slot].link = marks->last;
			marks->last = slot + 1;
			marks->count++;
		}
		err = min(ret, 0) ?: pymm_tick(thread, 1);
	}
	return err;
}

/* Delete what was linked, unless @err: the key that was found first dies first. */
static void pymm_set_sweep(struct pymm_thread *thread, u32 no, const struct pymm_marks *marks,
			   int err)
{
	struct pymm_set *set = pymm_set(thread->arena, no);
	u32 key, last = marks->last;
	struct pymm_set_entry *entry;

	while (last != PYMM_SET_LAST) {
		entry = &set->entries[last - 1];
		last = entry->link;
		entry->link = 0;
		pymm_tick_nofail(thread, 1);
		if (err)
			continue;
		key = entry->key;
		*entry = (struct pymm_set_entry){ .hash = PYMM_SET_DELETED };
		pymm_object(thread->arena, no)->len--;
		pymm_put(thread, key);
	}
}

/* What is to go is the same for a large @other and for what both have. */
static int pymm_set_mark_common(struct pymm_thread *thread, u32 no, u32 other,
				struct pymm_marks *marks)
{
	struct pymm_arena *arena = thread->arena;
	u32 common;
	int err;

	if (pymm_set_used(arena, other) >> 3 <= pymm_set_used(arena, no))
		return pymm_set_mark(thread, no, other, marks);
	err = pymm_set_new(thread, PYMM_TYPE_SET, &common);
	if (err)
		return err;
	err = pymm_set_filter(thread, common, no, other, false) ?:
	      pymm_set_mark(thread, no, common, marks);
	pymm_put(thread, common);
	return err;
}

/* @no -= @other, in place. All that can fail is done before the first key goes. */
static int pymm_set_subtract(struct pymm_thread *thread, u32 no, u32 other)
{
	struct pymm_marks marks = { .last = PYMM_SET_LAST };
	struct pymm_set *table;
	int err;

	if (no == other)
		return pymm_set_empty(thread, no);
	if (!pymm_set(thread->arena, no))
		return 0;
	err = pymm_set_mark_common(thread, no, other, &marks) ?:
	      pymm_set_compact(thread, no, marks.count, &table);
	pymm_set_sweep(thread, no, &marks, err);
	if (!err)
		pymm_set_replace(thread->arena, no, table);
	return err;
}

/* Those keys of @other that are not in @no come in, the others go. @no was not seen yet. */
static int pymm_set_toggle(struct pymm_thread *thread, u32 no, u32 other)
{
	const struct pymm_set *from = pymm_set(thread->arena, other);
	const struct pymm_set_entry *entry;
	struct pymm_set_edit edit;
	int ret, err = 0;
	u32 i, old;

	for (i = 0; from && i <= from->mask && !err; i++) {
		entry = &from->entries[i];
		ret = entry->key ? pymm_set_take(thread, no, entry->key, entry->hash, &old) : 0;
		if (ret > 0)
			pymm_put(thread, old);
		if (entry->key && !ret) {
			ret = pymm_set_edit_begin(thread, &edit, no) ?:
			      pymm_set_edit_add(thread, &edit, entry->key, entry->hash);
			ret = pymm_set_edit_end(thread, &edit, ret);
		}
		err = min(ret, 0) ?: pymm_tick(thread, 1);
	}
	return err;
}

static int pymm_set_intersect(struct pymm_thread *thread, u32 a, u32 b, u32 result)
{
	if (a == b)
		return pymm_set_update(thread, result, a);
	if (pymm_set_used(thread->arena, b) > pymm_set_used(thread->arena, a))
		swap(a, b);
	return pymm_set_filter(thread, result, b, a, false);
}

static int pymm_set_difference(struct pymm_thread *thread, u32 a, u32 b, u32 result)
{
	u32 a_used = pymm_set_used(thread->arena, a), b_used = pymm_set_used(thread->arena, b);

	if (a_used >> 2 > b_used)
		return pymm_set_update(thread, result, a) ?: pymm_set_subtract(thread, result, b);
	return pymm_set_filter(thread, result, a, b, true);
}

/* @result, an empty set, becomes a op b. */
static int pymm_set_compute(struct pymm_thread *thread, u32 a, u32 b, enum pymm_binary op,
			    u32 result)
{
	switch (op) {
	case PYMM_BINARY_OR:
		return pymm_set_update(thread, result, a) ?:
		       (a == b ? 0 : pymm_set_update(thread, result, b));
	case PYMM_BINARY_AND:
		return pymm_set_intersect(thread, a, b, result);
	case PYMM_BINARY_SUBTRACT:
		return pymm_set_difference(thread, a, b, result);
	default:
		return pymm_set_update(thread, result, b) ?: pymm_set_toggle(thread, result, a);
	}
}

/* set &= other */
static int pymm_set_keep(struct pymm_thread *thread, u32 no, u32 other, u32 *result)
{
	int err = pymm_set_new(thread, PYMM_TYPE_SET, result);

	if (err)
		return err;
	err = pymm_set_intersect(thread, no, other, *result);
	if (err)
		pymm_put(thread, *result);
	return err;
}

/* set ^= other; what goes is in @marks. */
static int pymm_set_exchange(struct pymm_thread *thread, u32 no, u32 other, u32 *result,
			     struct pymm_marks *marks)
{
	int err = pymm_set_clone(thread, no, result);

	if (err)
		return err;
	err = pymm_set_toggle(thread, *result, other);
	if (!err && pymm_set(thread->arena, no))
		err = pymm_set_mark(thread, no, other, marks);
	if (err) {
		pymm_set_sweep(thread, no, marks, err);
		pymm_put(thread, *result);
	}
	return err;
}

/* The result takes the place of what the set had, which dies with it. */
static int pymm_set_assign(struct pymm_thread *thread, u32 no, u32 other, bool exchange)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_marks marks = { .last = PYMM_SET_LAST };
	u32 result;
	int err;

	if (exchange && no == other)
		return pymm_set_empty(thread, no);
	err = exchange ? pymm_set_exchange(thread, no, other, &result, &marks) :
			 pymm_set_keep(thread, no, other, &result);
	if (err)
		return err;
	swap(pymm_object(arena, no)->len, pymm_object(arena, result)->len);
	swap(*pymm_payload(arena, no), *pymm_payload(arena, result));
	pymm_set_sweep(thread, result, &marks, 0);
	pymm_put(thread, result);
	return 0;
}

static int pymm_set_inplace(struct pymm_thread *thread, u32 no, u32 other, enum pymm_binary op,
			    u32 *result)
{
	int err;

	switch (op) {
	case PYMM_BINARY_OR:
		err = pymm_set_update(thread, no, other);
		break;
	case PYMM_BINARY_SUBTRACT:
		err = pymm_set_subtract(thread, no, other);
		break;
	default:
		err = pymm_set_assign(thread, no, other, op == PYMM_BINARY_XOR);
		break;
	}
	if (!err)
		*result = pymm_get(thread->arena, no);
	return err;
}

/** pymm_set_has_operator() - is this one of the operators that sets have? Not an in-place one */
bool pymm_set_has_operator(enum pymm_binary op)
{
	return op == PYMM_BINARY_OR || op == PYMM_BINARY_AND || op == PYMM_BINARY_SUBTRACT ||
	       op == PYMM_BINARY_XOR;
}

/**
 * pymm_set_binary() - @result = a op b, for sets and frozensets
 * @thread: the running thread
 * @a: left operand, of whose type the result is
 * @b: right operand
 * @op: an operator that sets have, not an in-place one
 * @inplace: it is meant in place, which a frozenset is not changed by
 * @result: receives a reference to the result, which is @a if that was changed
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_set_binary(struct pymm_thread *thread, u32 a, u32 b, enum pymm_binary op, bool inplace,
		    u32 *result)
{
	int err;

	if (inplace && pymm_is(thread->arena, a, PYMM_TYPE_SET))
		return pymm_set_inplace(thread, a, b, op, result);
	err = pymm_set_new(thread, pymm_object(thread->arena, a)->type, result);
	if (err)
		return err;
	err = pymm_set_compute(thread, a, b, op, *result);
	if (err)
		pymm_put(thread, *result);
	return err;
}

static int pymm_set_is_subset(struct pymm_thread *thread, u32 a, u32 b)
{
	const struct pymm_set *set = pymm_set(thread->arena, a);
	int ret;
	u32 i;

	for (i = 0; set && i <= set->mask; i++) {
		ret = set->entries[i].key ? pymm_set_has(thread, b, &set->entries[i]) : 1;
		if (ret > 0)
			ret = pymm_tick(thread, 1) ?: 1;
		if (ret <= 0)
			return ret;
	}
	return 1;
}

/** pymm_set_compare() - a < b and so on, of sets: is one a part of the other? 0, 1 or an error */
int pymm_set_compare(struct pymm_thread *thread, u32 a, u32 b, enum pymm_compare op)
{
	bool proper = op == PYMM_COMPARE_LT || op == PYMM_COMPARE_GT;

	if (op == PYMM_COMPARE_GT || op == PYMM_COMPARE_GE)
		swap(a, b);
	if (pymm_set_used(thread->arena, a) + proper > pymm_set_used(thread->arena, b))
		return 0;
	return pymm_set_is_subset(thread, a, b);
}
