// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deallocation: at once, depth first, in CPython's order (semantics.md 3.01, 3.03), and
 * without recursion: the stack is threaded through the headers of the dying objects, so
 * that a chain of any length is freed in constant memory.
 */
#include "core.h"
#include "defect.h"

/* A list or dict without items: nothing comes before it is freed, no weak reference names it. */
static bool pymm_is_empty(const struct pymm_object *object)
{
	return (object->type == PYMM_TYPE_LIST || object->type == PYMM_TYPE_DICT) && !object->len;
}

/* A list or tuple: it refers to its items and to nothing else, and no weak reference names it. */
static bool pymm_is_sequence(const struct pymm_object *object)
{
	return object->type == PYMM_TYPE_LIST || object->type == PYMM_TYPE_TUPLE;
}

/* As pymm_object_free(), of what is made and freed all the time. */
static inline void pymm_container_free(struct pymm_arena *arena, u32 no,
				       const struct pymm_object *object)
{
	if (unlikely(*pymm_payload(arena, no)))
		pymm_types[object->type]->free(arena, no);
	if (object->flags & PYMM_OBJ_TRACKED)
		pymm_gc_untrack(arena, no);
	if (arena->gc.counts[0])
		arena->gc.counts[0]--;
	pymm_header_free(arena, no, object->type);
}

/**
 * pymm_object_dead() - the last reference to an object was dropped
 * @thread: who dropped it
 * @no: the object
 *
 * Frees an atom or an empty list or dict. Puts anything else onto the dying stack, untracked,
 * as CPython's deallocators begin by that.
 *
 * Context: the GIL and arena->lock held, or arena->lock while reaping.
 */
void pymm_object_dead(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_object *object = pymm_object(arena, no);

	if (likely(object->type == PYMM_TYPE_INT)) {
		pymm_header_free(arena, no, PYMM_TYPE_INT);
		return;
	}
	if (pymm_is_empty(object)) {
		pymm_container_free(arena, no, object);
		return;
	}
	if (!pymm_is_sequence(object)) {
		if (pymm_types[object->type]->dying)
			pymm_types[object->type]->dying(arena, no);
		if (!pymm_types[object->type]->span) {
			pymm_object_free(arena, no);
			return;
		}
	}
	if (object->flags & PYMM_OBJ_TRACKED)
		pymm_gc_untrack(arena, no);
	object->flags |= PYMM_OBJ_DYING;
	*pymm_pos(arena, no) = 0;
	object->refs = thread->dying;
	thread->dying = no;
}

/* Some of the references of a dying object. */
struct pymm_dying_refs {
	const u32 *at;		/* the next one */
	u32 within;		/* which one of its group that is, from the end */
	s32 over;		/* from behind the last one of a group to the next group, or 0 */
	u32 width;		/* references of a group */
};

static void pymm_dying_seek(const struct pymm_span *span, u32 begin, struct pymm_dying_refs *refs)
{
	u32 group = begin / span->width;

	refs->within = begin % span->width;
	refs->width = span->width;
	refs->over = span->width + (span->reverse ? -span->stride : span->stride);
	if (span->reverse)
		group = span->groups - 1 - group;
	refs->at = span->base + (size_t)group * span->stride + span->width - 1 - refs->within;
}

/*
 * Drop references that stand side by side until one of them was the last one, or @count were
 * looked at, or their group ends; returns how many.
 */
static u32 pymm_dying_drop_some(struct pymm_thread *thread, struct pymm_dying_refs *refs, u32 count)
{
	struct pymm_arena *arena = thread->arena;
	const u32 *at = refs->at, *end;
	struct pymm_object *object;
	u32 ref, dead = 0;

	if (refs->over)
		count = min(count, refs->width - refs->within);
	for (end = at - count; at != end && !dead;) {
		ref = *at--;
		object = pymm_object(arena, ref);
		if (ref && !pymm_object_immortal(object) && !--object->refs)
			dead = ref;
	}
	count = refs->at - at;
	refs->at = at;
	refs->within += count;
	if (refs->over && refs->within == refs->width) {
		refs->within = 0;
		refs->at += refs->over;
	}
	if (dead)
		pymm_object_dead(thread, dead);
	return count;
}

/*
 * Drop references of a dying object until one of them lies above it on the stack, or all are gone,
 * or a tick is due. Returns the number of those looked at; *@done: all are gone.
 */
static u32 pymm_dying_drop(struct pymm_thread *thread, u32 no, bool *done)
{
	struct pymm_arena *arena = thread->arena;
	u32 *cursor = pymm_pos(arena, no);
	u32 i, total, begin = *cursor, end;
	struct pymm_dying_refs refs;
	struct pymm_span span = {};

	pymm_type_of(arena, no)->span(arena, no, &span);
	total = span.groups * span.width;
	end = min(total, begin + PYMM_TICK_STEPS);
	if (begin < end)
		pymm_dying_seek(&span, begin, &refs);
	for (i = begin; i < end && thread->dying == no;)
		i += pymm_dying_drop_some(thread, &refs, end - i);
	*cursor = max(i, begin);
	if (*cursor == total && thread->dying == no) {
		(*cursor)++;
		if (span.tail)
			pymm_put(thread, span.tail);
	}
	*done = *cursor > total && thread->dying == no;
	return *cursor - begin;
}

/* As pymm_dying_drop(), of a list or tuple, from its end. */
static u32 pymm_dying_drop_items(struct pymm_thread *thread, u32 no, bool *done)
{
	const struct pymm_object *object = pymm_object(thread->arena, no);
	const u32 *items = *pymm_payload(thread->arena, no), *at;
	u32 *cursor = pymm_pos(thread->arena, no);
	u32 ref, last = 0, i, begin = *cursor, end = min(object->len, begin + PYMM_TICK_STEPS);
	bool forward = pymm_defect(WRONG_ORDER), counted = false;
	struct pymm_object *target = NULL;

	at = items + (forward ? begin : object->len - begin);
	for (i = begin; i < end;) {
		ref = forward ? *at++ : *--at;
		i++;
		/* Often the same again. */
		if (ref != last) {
			last = ref;
			target = pymm_object(thread->arena, ref);
			counted = ref && !pymm_object_immortal(target);
		}
		if (!counted || --target->refs)
			continue;
		pymm_object_dead(thread, ref);
		if (thread->dying != no)
			break;
	}
	*cursor = i;
	*done = i == object->len && thread->dying == no;
	return i - begin;
}

/* The same of its end. */
static void pymm_dying_finish_items(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_object *object = pymm_object(arena, no);
	void **payload = pymm_payload(arena, no);

	thread->dying = object->refs;
	pymm_payload_free(arena, *payload, array_size(object->cap, sizeof(u32)));
	*payload = NULL;
	if (arena->gc.counts[0])
		arena->gc.counts[0]--;
	pymm_header_free(arena, no, object->type);
}

static void pymm_dying_finish(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;

	thread->dying = pymm_object(arena, no)->refs;
	if (no == arena->gc.carcass)
		pymm_gc_carcass_reset(arena);
	else
		pymm_object_free(arena, no);
}

/**
 * pymm_dealloc_drain() - free all that is on the dying stack
 * @thread: whose stack
 *
 * Context: may sleep; the GIL and arena->lock held, or arena->lock while reaping.
 *
 * Stops when a finalizer or callback has to run first, whose frame is the innermost one then:
 * what is left waits in that frame.
 *
 * Return: 0, or -EINTR when the task is being killed: the rest stays on the stack.
 */
int pymm_dealloc_drain(struct pymm_thread *thread)
{
	struct pymm_arena *arena = thread->arena;
	u32 no, steps;
	bool done;
	int ret;

	while ((no = thread->dying)) {
		if (pymm_is_sequence(pymm_object(arena, no)) && no != arena->gc.carcass) {
			steps = pymm_dying_drop_items(thread, no, &done);
			if (done)
				pymm_dying_finish_items(thread, no);
		} else {
			ret = *pymm_pos(arena, no) ? 0 : pymm_dying_hooks(thread, no);
			if (ret < 0)
				return ret;
			if (ret)
				continue;
			steps = pymm_dying_drop(thread, no, &done);
			if (done)
				pymm_dying_finish(thread, no);
		}
		ret = pymm_tick(thread, steps);
		if (ret)
			return ret;
	}
	return 0;
}

/**
 * pymm_dying_take() - take off the dying stack what was put onto it last
 * @thread: the running thread
 * @top: what was its top before that, or 0
 * @dying: receives what was taken
 *
 * What is put next dies after it, once pymm_dying_return() has put it back on top; nothing may be
 * freed in between.
 *
 * Context: may sleep; the GIL and arena->lock held.
 */
void pymm_dying_take(struct pymm_thread *thread, u32 top, struct pymm_dying *dying)
{
	u32 at;

	*dying = (struct pymm_dying){ .first = thread->dying };
	for (at = thread->dying; at != top; at = pymm_object(thread->arena, at)->refs) {
		dying->last = at;
		pymm_tick_nofail(thread, 1);
	}
	thread->dying = top;
}

/** pymm_dying_return() - put back what pymm_dying_take() took; does not sleep */
void pymm_dying_return(struct pymm_thread *thread, const struct pymm_dying *dying)
{
	if (!dying->last)
		return;
	pymm_object(thread->arena, dying->last)->refs = thread->dying;
	thread->dying = dying->first;
}
