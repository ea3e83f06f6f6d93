// SPDX-License-Identifier: GPL-2.0-only
/*
 * range: three numbers and how many items they make, and the iterator over one, which has numbers
 * of its own. No item is an object before somebody asks for it.
 */
#include <linux/jhash.h>
#include <linux/math64.h>

#include "call.h"

/** pymm_range() - the numbers of a range, or of an iterator over one */
const struct pymm_range *pymm_range(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

static void pymm_range_free(struct pymm_arena *arena, u32 no)
{
	pymm_payload_free(arena, *pymm_payload(arena, no), sizeof(struct pymm_range));
	*pymm_payload(arena, no) = NULL;
}

/* Differences of two ints fit into a u64, whatever the ints are. */
static u64 pymm_range_count(s64 start, s64 stop, s64 step)
{
	if (step > 0 && start < stop)
		return div64_u64((u64)stop - (u64)start - 1, step) + 1;
	if (step < 0 && start > stop)
		return div64_u64((u64)start - (u64)stop - 1, 0 - (u64)step) + 1;
	return 0;
}

static int pymm_range_new(struct pymm_thread *thread, enum pymm_type type,
			  const struct pymm_range *from, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_range *range = pymm_payload_alloc(arena, sizeof(*range));

	*result = range ? pymm_object_alloc(arena, type) : 0;
	if (!*result) {
		pymm_payload_free(arena, range, sizeof(*range));
		return pymm_raise_nomem(thread);
	}
	*range = *from;
	*pymm_payload(arena, *result) = range;
	return 0;
}

static int pymm_range_argument(struct pymm_thread *thread, u32 no, s64 *value)
{
	const struct pymm_object *object = pymm_object(thread->arena, no);

	if (object->type != PYMM_TYPE_INT && object->type != PYMM_TYPE_BOOL)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "'%s' object cannot be interpreted as an integer",
				  pymm_type_name(thread->arena, no));
	*value = object->ival;
	return 0;
}

static int pymm_range_construct(struct pymm_thread *thread, const struct pymm_args *args,
				u32 *result)
{
	struct pymm_range range = { .step = 1 };
	int err = pymm_args_positional(thread, "range", args, 1, 3);

	if (!err && args->count > 1)
		err = pymm_range_argument(thread, args->args[0], &range.start);
	if (!err)
		err = pymm_range_argument(thread, args->args[args->count > 1], &range.stop);
	if (!err && args->count > 2)
		err = pymm_range_argument(thread, args->args[2], &range.step);
	if (!err && !range.step)
		err = pymm_raise(thread, PYMM_EXC_VALUE_ERROR, "range() arg 3 must not be zero");
	if (err)
		return err;
	range.length = pymm_range_count(range.start, range.stop, range.step);
	return pymm_range_new(thread, PYMM_TYPE_RANGE, &range, result);
}

static u64 pymm_range_length(struct pymm_arena *arena, u32 no)
{
	return pymm_range(arena, no)->length;
}

static int pymm_range_item(struct pymm_thread *thread, const struct pymm_range *range, u64 index,
			   u32 *item)
{
	*item = pymm_int_new(thread->arena, (u64)range->start + index * (u64)range->step);
	return likely(*item) ? 0 : pymm_raise_nomem(thread);
}

static int pymm_range_getitem(struct pymm_thread *thread, u32 no, u32 key, u32 *item)
{
	const struct pymm_range *range = pymm_range(thread->arena, no);
	u64 index;
	s64 i = 0;
	int err = pymm_subscript(thread, no, key, &i);

	if (err)
		return err;
	index = i;
	if (i < 0)
		index = 0 - (u64)i <= range->length ? range->length + (u64)i : U64_MAX;
	if (index >= range->length)
		return pymm_raise(thread, PYMM_EXC_INDEX_ERROR, "range object index out of range");
	return pymm_range_item(thread, range, index, item);
}

/* Where an object is in a range, without a look at the items: they may be more than can be seen. */
static bool pymm_range_find(const struct pymm_arena *arena, const struct pymm_range *range,
			    u32 no, u64 *index)
{
	const struct pymm_object *object = pymm_object(arena, no);
	s64 value = object->ival;
	u64 distance, rest;
	bool exact = true;

	if (object->type == PYMM_TYPE_FLOAT) {
		if (!pymm_float_trunc(object->float_bits, &value, &exact) || !exact)
			return false;
	} else if (object->type != PYMM_TYPE_INT && object->type != PYMM_TYPE_BOOL) {
		return false;
	}
	if (range->step > 0) {
		if (value < range->start || value >= range->stop)
			return false;
		distance = (u64)value - (u64)range->start;
		*index = div64_u64_rem(distance, range->step, &rest);
	} else {
		if (value > range->start || value <= range->stop)
			return false;
		distance = (u64)range->start - (u64)value;
		*index = div64_u64_rem(distance, 0 - (u64)range->step, &rest);
	}
	return !rest;
}

static int pymm_range_contains(struct pymm_thread *thread, u32 no, u32 value)
{
	u64 index;

	return pymm_range_find(thread->arena, pymm_range(thread->arena, no), value, &index);
}

/* As with any iterator: what was looked at is gone. */
static int pymm_range_iterator_contains(struct pymm_thread *thread, u32 no, u32 value)
{
	const struct pymm_range *range = pymm_range(thread->arena, no);
	struct pymm_object *object = pymm_object(thread->arena, no);
	u64 index, at = object->ival;
	bool found = pymm_range_find(thread->arena, range, value, &index) && index >= at;

	object->ival = found ? index + 1 : range->length;
	return found;
}

/** pymm_range_equal() - do two ranges have the same items? */
bool pymm_range_equal(const struct pymm_arena *arena, u32 a, u32 b)
{
	const struct pymm_range *x = pymm_range(arena, a), *y = pymm_range(arena, b);

	if (x->length != y->length)
		return false;
	if (x->length && x->start != y->start)
		return false;
	return x->length < 2 || x->step == y->step;
}

/** pymm_range_hash() - hash of a range: those that are equal have the same; not 0 */
u32 pymm_range_hash(const struct pymm_arena *arena, u32 no)
{
	const struct pymm_range *range = pymm_range(arena, no);
	u64 words[3] = {
		range->length,
		range->length ? range->start : 0,
		range->length > 1 ? range->step : 0,
	};

	return jhash(words, sizeof(words), arena->hash_seed) | 1;
}

static int pymm_range_each(struct pymm_thread *thread, u32 no, u64 *at, u32 *item)
{
	const struct pymm_range *range = pymm_range(thread->arena, no);
	int err;

	if (*at >= range->length)
		return 0;
	err = pymm_range_item(thread, range, *at, item);
	if (err)
		return err;
	(*at)++;
	return 1;
}

/** pymm_range_iterator_new() - iter(range); 0 or PYMM_RAISED */
int pymm_range_iterator_new(struct pymm_thread *thread, u32 no, u32 *result)
{
	return pymm_range_new(thread, PYMM_TYPE_RANGE_ITERATOR, pymm_range(thread->arena, no),
			      result);
}

/** pymm_range_iterator_next() - next(iterator): 1, 0 at the end, or PYMM_RAISED */
int pymm_range_iterator_next(struct pymm_thread *thread, u32 no, u32 *item)
{
	struct pymm_object *object = pymm_object(thread->arena, no);
	u64 at = object->ival;
	int ret = pymm_range_each(thread, no, &at, item);

	object->ival = at;
	return ret;
}

const struct pymm_type_ops pymm_range_type = {
	.name = "range",
	.flags = PYMM_TYPE_NAMED,
	.free = pymm_range_free,
	.length = pymm_range_length,
	.getitem = pymm_range_getitem,
	.contains = pymm_range_contains,
	.each = pymm_range_each,
	.construct = pymm_range_construct,
};

const struct pymm_type_ops pymm_range_iterator_type = {
	.name = "range_iterator",
	.free = pymm_range_free,
	.contains = pymm_range_iterator_contains,
	.each = pymm_range_each,
	.next = pymm_range_iterator_next,
};
