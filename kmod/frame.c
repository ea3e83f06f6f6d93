// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames live in memory of the arena. A frame that returns stays as an EXIT continuation
 * until its slots are dropped, one after the other, each with all that dies of it; it no
 * longer counts as a call then, so that chains of dying objects do not.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "exception.h"
#include "op.h"

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
 * pymm_frame_new() - a frame for a code object, not entered yet
 * @thread: the running thread
 * @code: the code object
 *
 * All slots are empty.
 *
 * Return: the frame, or NULL after an exception was raised.
 */
struct pymm_frame *pymm_frame_new(struct pymm_thread *thread, u32 code)
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
	frame->nr_slots = bytecode->nr_slots;
	frame->bytecode = bytecode;
	return frame;
}

/**
 * pymm_frame_discard() - free a frame that is not entered after all
 * @thread: the running thread
 * @frame: the frame; the references in its slots must not be the last ones
 */
void pymm_frame_discard(struct pymm_thread *thread, struct pymm_frame *frame)
{
	u32 i;

	for (i = 0; i < frame->nr_slots; i++)
		pymm_frame_store(thread, frame, i, 0);
	pymm_frame_free(thread, frame);
}

/**
 * pymm_frame_enter() - begin to execute a frame
 * @thread: the running thread
 * @frame: a new frame, with the arguments in its first slots
 * @code: its code object; the frame takes a reference of its own
 * @function: a reference to the function called, which the frame takes over; or 0
 * @ret: slot of the calling frame that receives the result
 */
void pymm_frame_enter(struct pymm_thread *thread, struct pymm_frame *frame, u32 code,
		      u32 function, u16 ret)
{
	frame->prev = thread->frame;
	frame->caller = pymm_frame_caller(frame->prev);
	frame->ret = ret;
	frame->code = pymm_get(thread->arena, code);
	frame->function = function;
	frame->globals = function ? pymm_function_globals(thread->arena, function) :
			 thread->arena->globals;
	thread->frame = frame;
	thread->depth++;
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
		pymm_lock_return(thread,
				 pymm_lock(thread->arena,
					   frame->slots[frame->bytecode->insns[frame->pc].src1]));
	frame->wait = PYMM_WAIT_NONE;
	frame->kind = PYMM_FRAME_EXIT;
	frame->pc = 0;
	frame->result = result;
	thread->depth--;
}

/* What a call gives to the frame below it, now the innermost one. */
static void pymm_frame_give(struct pymm_thread *thread, struct pymm_frame *frame, u32 result)
{
	if (result && thread->frame)
		pymm_frame_store(thread, thread->frame, frame->ret, result);
	else if (result)
		pymm_put(thread, result);
}

static int pymm_frame_end_init(struct pymm_thread *thread, struct pymm_frame *frame)
{
	/* No program may run: nothing is raised any more. */
	if (!thread->quiet && frame->result == PYMM_NO_NONE && frame->role != PYMM_ROLE_INIT)
		return pymm_raise_instance(thread, frame);
	if (frame->result == PYMM_NO_NONE && frame->role == PYMM_ROLE_INIT) {
		pymm_frame_give(thread, frame, frame->hold);
		return 0;
	}
	/* What is put last dies first. */
	if (frame->value)
		pymm_put(thread, frame->value);
	pymm_put(thread, frame->hold);
	if (!frame->result || thread->quiet) {
		if (frame->result)
			pymm_put(thread, frame->result);
		return 0;
	}
	pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "__init__() should return None, not '%s'",
		   pymm_type_name(thread->arena, frame->result));
	pymm_put(thread, frame->result);
	return PYMM_RAISED;
}

static int pymm_frame_end(struct pymm_thread *thread, struct pymm_frame *frame)
{
	int ret;

	switch (frame->role) {
	case PYMM_ROLE_INIT:
		return pymm_frame_end_init(thread, frame);
	case PYMM_ROLE_RAISE:
	case PYMM_ROLE_RAISE_CAUSE:
		ret = pymm_frame_end_init(thread, frame);
		/* As if the RAISE had done so at once. */
		if (thread->raised.exception)
			pymm_operands_begin(thread, thread->frame);
		return ret;
	case PYMM_ROLE_CALL:
		pymm_frame_give(thread, frame, frame->result);
		return 0;
	default:
		pymm_hook_end(thread, frame);
		if (frame->result)
			pymm_put(thread, frame->result);
		return 0;
	}
}

/*
 * What a finalizer raised keeps its frame, with the object that is to die: the exception goes
 * first, with all that dies of it. What else is left of the frame is a continuation until then.
 * Returns false when there is no memory: then the object does not wait for that.
 */
static bool pymm_frame_split(struct pymm_thread *thread, struct pymm_frame *frame)
{
	struct pymm_frame *rest;
	u16 room;

	if ((frame->role != PYMM_ROLE_FINALIZE && frame->role != PYMM_ROLE_CALLBACK) ||
	    !thread->raised.exception)
		return false;
	rest = pymm_frame_alloc(thread, 0);
	if (!rest)
		return false;
	room = rest->room;
	*rest = (struct pymm_frame){
		.prev = frame->prev,
		.caller = frame->caller,
		.kind = PYMM_FRAME_EXIT,
		.room = room,
		.code = pymm_get(thread->arena, frame->code),
		.globals = frame->globals,
		.hold = frame->hold,
		.value = frame->value,
		.outer = frame->outer,
		.role = frame->role,
		.raised = frame->raised,
		.bytecode = frame->bytecode,
	};
	frame->value = 0;
	thread->frame = rest;
	pymm_unraisable(thread, rest->hold);
	return true;
}

/**
 * pymm_frame_exit() - the continuation of a frame that is done
 * @thread: the running thread, whose innermost frame is an EXIT frame
 *
 * Drops slots until something dies, or hands the result on when there are none left. The
 * program's own result is dropped.
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_frame_exit(struct pymm_thread *thread)
{
	struct pymm_frame *frame = thread->frame;
	u32 kept = unlikely(frame->object) ? pymm_frame_keep(thread, frame) : 0;
	int err = 0;

	while (!kept && frame->pc < frame->nr_slots) {
		pymm_frame_store(thread, frame, frame->pc++, 0);
		if (thread->dying)
			return 0;
	}
	if (!kept || !pymm_frame_split(thread, frame)) {
		thread->frame = frame->prev;
		err = pymm_frame_end(thread, frame);
	}
	if (kept) {
		pymm_put(thread, kept);
		return err;
	}
	if (frame->function)
		pymm_put(thread, frame->function);
	pymm_put(thread, frame->code);
	pymm_frame_free(thread, frame);
	return err;
}

/** pymm_slot_name() - the name of a slot, cut to fit: "x", or "r3" if it has none */
void pymm_slot_name(const struct pymm_arena *arena, const struct pymm_bytecode *bytecode, u16 slot,
		    char *name, size_t size)
{
	u32 bytes, no = pymm_code_name(arena, bytecode, slot + 1);
	const char *text;

	if (!no) {
		snprintf(name, size, "r%u", slot);
		return;
	}
	text = pymm_str_clip(arena, no, &bytes);
	snprintf(name, size, "%.*s", (int)bytes, text);
}

/** pymm_raise_unbound() - raise UnboundLocalError: a slot is empty; returns PYMM_RAISED */
int pymm_raise_unbound(struct pymm_thread *thread, const struct pymm_frame *frame, u16 slot)
{
	char name[PYMM_MESSAGE_SIZE / 2];

	pymm_slot_name(thread->arena, frame->bytecode, slot, name, sizeof(name));
	return pymm_raise(thread, PYMM_EXC_UNBOUND_LOCAL_ERROR,
			  "cannot access local variable '%s' where it is not associated with a value",
			  name);
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

	thread->quiet = true;
	pymm_reports_free(thread);
	for (;;) {
		err = pymm_dealloc_drain(thread);
		if (!err)
			err = pymm_tick(thread, 1);
		if (!err && !thread->frame && pymm_exception_end(thread))
			continue;
		if (err || !thread->frame)
			break;
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
	thread->quiet = false;
	return err;
}

/** pymm_frames_free() - free the spare frame of an unwound thread; arena->lock held */
void pymm_frames_free(struct pymm_thread *thread)
{
	if (thread->spare)
		pymm_payload_free(thread->arena, thread->spare,
				  pymm_frame_size(thread->spare->room));
	thread->spare = NULL;
}
