// SPDX-License-Identifier: GPL-2.0-only
/* slice: three references, and which items of a sequence they mean. */
#include <linux/math64.h>

#include "call.h"

/* The parts of a slice, in the order in which the collector visits them. */
enum pymm_slice_part {
	PYMM_SLICE_START,
	PYMM_SLICE_STOP,
	PYMM_SLICE_STEP,
};

static u32 *pymm_slice(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

/**
 * pymm_slice_new() - slice(start, stop, step)
 * @thread: the running thread
 * @start: where it starts; the slice takes a reference, as to the two that follow
 * @stop: where it stops
 * @step: how far it is from one item to the next
 * @result: receives a reference to the slice
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_slice_new(struct pymm_thread *thread, u32 start, u32 stop, u32 step, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	u32 *parts = pymm_payload_alloc(arena, array_size(PYMM_SLICE_PARTS, sizeof(*parts)));

	*result = parts ? pymm_object_alloc(arena, PYMM_TYPE_SLICE) : 0;
	if (!*result) {
		pymm_payload_free(arena, parts, array_size(PYMM_SLICE_PARTS, sizeof(*parts)));
		return pymm_raise_nomem(thread);
	}
	parts[PYMM_SLICE_START] = pymm_get(arena, start);
	parts[PYMM_SLICE_STOP] = pymm_get(arena, stop);
	parts[PYMM_SLICE_STEP] = pymm_get(arena, step);
	*pymm_payload(arena, *result) = parts;
	pymm_object(arena, *result)->len = PYMM_SLICE_PARTS;
	return 0;
}

/** pymm_slice_item() - a part of a slice as if it were a tuple: start, stop, step; borrowed */
u32 pymm_slice_item(const struct pymm_arena *arena, u32 no, u32 i)
{
	return pymm_slice(arena, no)[i];
}

/* An int of any size is as good as one that is too large, but for -2**63, which has no opposite. */
static int pymm_slice_int(struct pymm_thread *thread, u32 part, s64 none, s64 *value)
{
	const struct pymm_object *object = pymm_object(thread->arena, part);

	if (object->type == PYMM_TYPE_NONE)
		*value = none;
	else if (object->type == PYMM_TYPE_INT || object->type == PYMM_TYPE_BOOL)
		*value = max_t(s64, object->ival, -S64_MAX);
	else
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "slice indices must be integers or None or have an __index__ method");
	return 0;
}

/* An end of a slice, of a sequence of @length items: from -1 to @length. */
static s64 pymm_slice_clip(s64 value, u32 length, bool down)
{
	if (value < 0)
		value += length;
	if (value < 0)
		return down ? -1 : 0;
	return min(value, down ? (s64)length - 1 : (s64)length);
}

/**
 * pymm_slice_indices() - which items a slice means, as PySlice_AdjustIndices() has it
 * @thread: the running thread
 * @no: the slice
 * @length: items of the sequence
 * @indices: receives the answer
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_slice_indices(struct pymm_thread *thread, u32 no, u32 length, struct pymm_indices *indices)
{
	const u32 *parts = pymm_slice(thread->arena, no);
	s64 start, stop;
	bool down;
	int err;

	err = pymm_slice_int(thread, parts[PYMM_SLICE_STEP], 1, &indices->step);
	if (err)
		return err;
	if (!indices->step)
		return pymm_raise(thread, PYMM_EXC_VALUE_ERROR, "slice step cannot be zero");
	down = indices->step < 0;
	err = pymm_slice_int(thread, parts[PYMM_SLICE_START], down ? S64_MAX : 0, &start) ?:
	      pymm_slice_int(thread, parts[PYMM_SLICE_STOP], down ? -S64_MAX : S64_MAX, &stop);
	if (err)
		return err;
	start = pymm_slice_clip(start, length, down);
	stop = pymm_slice_clip(stop, length, down);
	indices->count = 0;
	if (down && stop < start)
		indices->count = div64_s64(start - stop - 1, -indices->step) + 1;
	else if (!down && start < stop)
		indices->count = div64_s64(stop - start - 1, indices->step) + 1;
	indices->start = indices->count ? array_index_nospec(start, length) : max_t(s64, start, 0);
	return 0;
}

static void pymm_slice_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	span->base = pymm_slice(arena, no);
	span->groups = span->base ? 1 : 0;
	span->width = PYMM_SLICE_PARTS;
	span->stride = PYMM_SLICE_PARTS;
}

/* slice_dealloc() drops step, start, stop: a dying slice has them the other way round. */
static void pymm_slice_dying(struct pymm_arena *arena, u32 no)
{
	u32 *parts = pymm_slice(arena, no);

	swap(parts[PYMM_SLICE_START], parts[PYMM_SLICE_STOP]);
}

static void pymm_slice_free(struct pymm_arena *arena, u32 no)
{
	pymm_payload_free(arena, pymm_slice(arena, no),
			  array_size(PYMM_SLICE_PARTS, sizeof(u32)));
	*pymm_payload(arena, no) = NULL;
}

/**
 * pymm_slice_of() - slice(*args): of a stop alone, or of a start, a stop and a step
 * @thread: the running thread
 * @args: the arguments; the slice takes references of its own
 * @count: how many there are
 * @result: receives a reference to the slice
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_slice_of(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	int err = pymm_args_count(thread, "slice", count, 1, PYMM_SLICE_PARTS);

	return err ?: pymm_slice_new(thread, count > 1 ? args[0] : PYMM_NO_NONE, args[count > 1],
				     count > 2 ? args[2] : PYMM_NO_NONE, result);
}

static int pymm_slice_construct(struct pymm_thread *thread, const struct pymm_args *args,
				u32 *result)
{
	int err = pymm_args_positional(thread, "slice", args, 1, PYMM_SLICE_PARTS);

	return err ?: pymm_slice_of(thread, args->args, args->count, result);
}

const struct pymm_type_ops pymm_slice_type = {
	.name = "slice",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_NAMED,
	.span = pymm_slice_span,
	.dying = pymm_slice_dying,
	.free = pymm_slice_free,
	.construct = pymm_slice_construct,
};
