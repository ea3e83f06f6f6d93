// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frames that the exception passed which ends a program, as its caller is told of them. They
 * are looked at when it is raised, or, if it was caught before and has an object, in its traceback.
 */
#include <linux/string.h>
#include <linux/uaccess.h>

#include "exception.h"

/** pymm_trail_free() - nothing is told any more */
void pymm_trail_free(struct pymm_thread *thread)
{
	kvfree(thread->trail.entries);
	thread->trail.entries = NULL;
	thread->trail.used = 0;
	thread->trail.depth = 0;
}

/* Without memory, all but their number is left out. */
static void pymm_trail_begin(struct pymm_thread *thread, u32 depth)
{
	struct pymm_trail *trail = &thread->trail;
	u32 used = min(depth, trail->room);

	pymm_trail_free(thread);
	trail->depth = depth;
	if (used)
		trail->entries = kvcalloc(used, sizeof(*trail->entries), PYMM_GFP);
	if (trail->entries)
		trail->used = used;
}

/* @index: of the frame, the outermost one first. */
static void pymm_trail_set(struct pymm_thread *thread, u32 index,
			   const struct pymm_bytecode *bytecode, u32 pos)
{
	struct pymm_trail *trail = &thread->trail;
	u32 left_out = trail->depth - trail->used, outer = left_out ? trail->used / 2 : trail->used;
	struct pymm_traceback *entry;
	const char *text;
	u32 bytes, name;

	if (index >= outer && index < outer + left_out)
		return;
	entry = &trail->entries[index < outer ? index : index - left_out];
	entry->code = bytecode->index;
	entry->pos = pos;
	name = pymm_code_name(thread->arena, bytecode, 0);
	if (!name)
		return;
	text = pymm_str_text(thread->arena, name, &bytes);
	if (bytes < sizeof(entry->name)) {
		memcpy(entry->name, text, bytes);
	} else {
		memcpy(entry->name, text, sizeof(entry->name) - 1);
		pymm_cut_utf8(entry->name, sizeof(entry->name) - 1);
	}
}

/* How many frames there are; 0 in a finalizer or callback, whose exceptions end nothing. */
static u32 pymm_trail_depth(const struct pymm_thread *thread)
{
	const struct pymm_frame *frame;
	u32 depth = 0;

	/* Above the first frame and those of finalizers and callbacks there are only calls. */
	for (frame = thread->frame; frame; frame = frame->prev) {
		if (frame->role == PYMM_ROLE_FINALIZE || frame->role == PYMM_ROLE_CALLBACK)
			return 0;
		depth++;
	}
	return depth;
}

/**
 * pymm_trail_of_frames() - nothing will catch what was raised: note the frames of the thread
 * @thread: the thread, whose innermost frame stands behind the instruction that raised
 *
 * Context: may sleep; the GIL and arena->lock held.
 */
void pymm_trail_of_frames(struct pymm_thread *thread)
{
	const struct pymm_frame *frame;
	u32 index = pymm_trail_depth(thread);

	if (!index)
		return;
	pymm_trail_begin(thread, index);
	for (frame = thread->frame; thread->trail.used && frame; frame = frame->prev)
		pymm_trail_set(thread, --index, frame->bytecode, frame->pc ? frame->pc - 1 : 0);
}

/**
 * pymm_trail_of_object() - note what the traceback of an exception has
 * @thread: the thread whose program it ends
 * @no: the exception
 *
 * Context: may sleep; the GIL and arena->lock held.
 */
void pymm_trail_of_object(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	u32 first = pymm_exception_get(arena, no, PYMM_EXCEPTION_TRACEBACK), at, depth = 0, pos;
	const struct pymm_bytecode *bytecode;
	int err = 0;

	for (at = first; at && !err; at = pymm_object(arena, at)->len) {
		depth++;
		err = pymm_tick(thread, 1);
	}
	pymm_trail_begin(thread, depth);
	for (at = first, depth = 0; thread->trail.used && at && !err;
	     at = pymm_object(arena, at)->len) {
		bytecode = pymm_traceback_code(arena, at, &pos);
		if (bytecode)
			pymm_trail_set(thread, depth, bytecode, pos);
		depth++;
		err = pymm_tick(thread, 1);
	}
	/* Nobody will look at it. */
	if (err)
		pymm_trail_free(thread);
}

/**
 * pymm_trail_write() - hand out what was noted
 * @thread: the thread, whose program has ended with an exception
 * @run: its call, which may have less room than the one in which that was raised
 *
 * Context: may sleep; no lock held.
 */
void pymm_trail_write(struct pymm_thread *thread, struct pymm_run *run)
{
	struct pymm_trail *trail = &thread->trail;
	u32 used = min(trail->used, run->traceback_size), outer = used;
	struct pymm_traceback __user *to = u64_to_user_ptr(run->traceback);

	if (used < trail->used)
		outer = used / 2;
	run->traceback_depth = trail->depth;
	run->traceback_used = used;
	if (copy_to_user(to, trail->entries, array_size(outer, sizeof(*to))) ||
	    copy_to_user(to + outer, trail->entries + trail->used - (used - outer),
			 array_size(used - outer, sizeof(*to)))) {
		run->traceback_used = 0;
		run->result_flags |= PYMM_RAN_OUTPUT_LOST;
	}
	pymm_trail_free(thread);
}
