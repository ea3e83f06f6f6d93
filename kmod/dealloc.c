// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deallocation: at once, depth first, in CPython's order (semantics.md 3.01, 3.03), and
 * without recursion: the stack is threaded through the headers of the dying objects, so
 * that a chain of any length is freed in constant memory.
 */
#include "core.h"

/**
 * pymm_object_dead() - the last reference to an object was dropped
 * @thread: who dropped it
 * @no: the object
 *
 * Frees an atom. Puts anything else onto the dying stack, untracked, as CPython's
 * deallocators begin by that.
 *
 * Context: the GIL and arena->lock held, or arena->lock while reaping.
 */
void pymm_object_dead(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_object *object = pymm_object(arena, no);

	if (likely(object->type == PYMM_TYPE_INT)) {
		pymm_int_free(arena, no);
		return;
	}
	if (pymm_types[object->type]->dying)
		pymm_types[object->type]->dying(arena, no);
	if (!pymm_types[object->type]->span) {
		pymm_object_free(arena, no);
		return;
	}
	if (object->flags & PYMM_OBJ_TRACKED)
		pymm_gc_untrack(arena, no);
	object->flags |= PYMM_OBJ_DYING;
	*pymm_pos(arena, no) = 0;
	object->refs = thread->dying;
	thread->dying = no;
}

/* The next reference that a dying object has to drop, or 0 when none is left. */
static u32 pymm_dying_next(struct pymm_arena *arena, u32 no, u32 *skipped)
{
	u32 *cursor = pymm_pos(arena, no);
	struct pymm_span span = {};
	u32 group, ref;

	pymm_type_of(arena, no)->span(arena, no, &span);
	while (*cursor < span.groups * span.width) {
		group = *cursor / span.width;
		if (span.reverse)
			group = span.groups - 1 - group;
		ref = span.base[(size_t)group * span.stride +
				span.width - 1 - *cursor % span.width];
		(*cursor)++;
		if (ref)
			return ref;
		if (++*skipped == PYMM_TICK_STEPS)
			return 0;
	}
	if (*cursor == span.groups * span.width) {
		(*cursor)++;
		return span.tail;
	}
	return 0;
}

static bool pymm_dying_done(struct pymm_arena *arena, u32 no)
{
	struct pymm_span span = {};

	pymm_type_of(arena, no)->span(arena, no, &span);
	return *pymm_pos(arena, no) > span.groups * span.width;
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
	u32 no, ref, skipped;
	int ret;

	while ((no = thread->dying)) {
		skipped = 0;
		if (!*pymm_pos(thread->arena, no)) {
			ret = pymm_dying_hooks(thread, no);
			if (ret < 0)
				return ret;
			if (ret)
				continue;
		}
		ref = pymm_dying_next(thread->arena, no, &skipped);
		if (ref)
			pymm_put(thread, ref);
		else if (pymm_dying_done(thread->arena, no))
			pymm_dying_finish(thread, no);
		ret = pymm_tick(thread, 1 + skipped);
		if (ret)
			return ret;
	}
	return 0;
}
