// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames live in memory of the arena. A frame that returns stays as an EXIT continuation
 * until its slots are dropped, one after the other, each with all that dies of it; it no
 * longer counts as a call then, so that chains of dying objects do not.
 */
#include <linux/string.h>

#include "frame.h"

static size_t pymm_frame_size(u16 slots)
{
	return struct_size_t(struct pymm_frame, slots, slots);
}

static struct pymm_frame *pymm_frame_alloc(struct pymm_thread *thread, u16 slots)
{
	struct pymm_frame *frame = thread->spare;

	if (frame && frame->room >= slots) {
		thread->spare = NULL;
		return frame;
	}
	frame = pymm_payload_alloc(thread->arena, pymm_frame_size(slots));
	if (frame)
		frame->room = slots;
	return frame;
}

static void pymm_frame_free(struct pymm_thread *thread, struct pymm_frame *frame)
{
	struct pymm_frame *spare = thread->spare;

	thread->spare = frame;
	if (spare)
		pymm_payload_free(thread->arena, spare, pymm_frame_size(spare->room));
}

/**
 * pymm_frame_push() - begin to execute a code object
 * @thread: the running thread
 * @code: the code object; the frame takes a reference of its own
 * @function: a reference to the function called, which the frame takes over; or 0
 * @ret: slot of the calling frame that receives the result
 *
 * All slots are empty.
 *
 * Return: the frame, or NULL after an exception was raised; @function is still the
 * caller's then.
 */
struct pymm_frame *pymm_frame_push(struct pymm_thread *thread, u32 code, u32 function, u16 ret)
{
	struct pymm_bytecode *bytecode = pymm_bytecode(thread->arena, code);
	struct pymm_frame *frame;
	u16 room;

	if (thread->depth == PYMM_MAX_DEPTH) {
		pymm_raise(thread, PYMM_EXC_RECURSION_ERROR, "maximum recursion depth exceeded");
		return NULL;
	}
	frame = pymm_frame_alloc(thread, bytecode->nr_slots);
	if (!frame) {
		pymm_raise_nomem(thread);
		return NULL;
	}
	room = frame->room;
	memset(frame, 0, pymm_frame_size(bytecode->nr_slots));
	frame->room = room;
	frame->kind = PYMM_FRAME_CODE;
	frame->prev = thread->frame;
	frame->ret = ret;
	frame->nr_slots = bytecode->nr_slots;
	frame->code = pymm_get(thread->arena, code);
	frame->function = function;
	frame->bytecode = bytecode;
	thread->frame = frame;
	thread->depth++;
	return frame;
}

/**
 * pymm_frame_return() - the innermost frame is done
 * @thread: the running thread, whose innermost frame is a CODE frame
 * @result: a reference for the caller, taken over; 0 when an exception ends it
 */
void pymm_frame_return(struct pymm_thread *thread, u32 result)
{
	struct pymm_frame *frame = thread->frame;

	/* It waited for a Lock, got it, and never came to know: nobody else would release it. */
	if (frame->wait == PYMM_WAIT_GRANTED)
		pymm_lock_release(pymm_lock(thread->arena,
					    frame->slots[frame->bytecode->insns[frame->pc].src1]));
	frame->wait = PYMM_WAIT_NONE;
	frame->kind = PYMM_FRAME_EXIT;
	frame->pc = 0;
	frame->result = result;
	thread->depth--;
}

/**
 * pymm_frame_exit() - the continuation of a frame that is done
 * @thread: the running thread, whose innermost frame is an EXIT frame
 *
 * Drops slots until something dies, or hands the result to the caller when there are
 * none left. The program's own result is dropped.
 */
void pymm_frame_exit(struct pymm_thread *thread)
{
	struct pymm_frame *frame = thread->frame;
	u32 result, no;

	while (frame->pc < frame->nr_slots) {
		pymm_frame_store(thread, frame, frame->pc++, 0);
		if (thread->dying)
			return;
	}
	thread->frame = frame->prev;
	result = frame->result;
	no = frame->function;
	if (no)
		pymm_put(thread, no);
	pymm_put(thread, frame->code);
	if (result && thread->frame)
		pymm_frame_store(thread, thread->frame, frame->ret, result);
	else if (result)
		pymm_put(thread, result);
	pymm_frame_free(thread, frame);
}

/**
 * pymm_frames_unwind() - drop all that a thread's frames hold, running no program
 * @thread: a thread that runs no more
 *
 * Context: may sleep; arena->lock held.
 *
 * Return: 0, or -EINTR when the task is being killed: the rest is left.
 */
int pymm_frames_unwind(struct pymm_thread *thread)
{
	int err;

	for (;;) {
		err = pymm_dealloc_drain(thread);
		if (!err)
			err = pymm_tick(thread, 1);
		if (err || !thread->frame)
			return err;
		switch (thread->frame->kind) {
		case PYMM_FRAME_COLLECT:
			thread->frame = thread->frame->prev;
			pymm_gc_abandon(thread);
			break;
		case PYMM_FRAME_CODE:
			pymm_frame_return(thread, 0);
			fallthrough;
		case PYMM_FRAME_EXIT:
			pymm_frame_exit(thread);
			break;
		}
	}
}

/** pymm_frames_free() - free the spare frame of an unwound thread; arena->lock held */
void pymm_frames_free(struct pymm_thread *thread)
{
	if (thread->spare)
		pymm_payload_free(thread->arena, thread->spare,
				  pymm_frame_size(thread->spare->room));
	thread->spare = NULL;
}
