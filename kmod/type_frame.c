// SPDX-License-Identifier: GPL-2.0-only
/*
 * frame and traceback: where an exception was on its way. The object of a frame, of which there is
 * one at most, has nothing of its own while the frame executes. When that ends and somebody else
 * refers to the object, the frame becomes its payload, with all that its slots hold, as in
 * take_ownership() of CPython 3.13.
 */
#include "exception.h"
#include "op.h"

/* ---- frames ---- */

/* The frame that an object took over; NULL if it executes, or had ended without. */
static struct pymm_frame *pymm_frame_kept(const struct pymm_arena *arena, u32 no)
{
	return pymm_object(arena, no)->cap ? *pymm_payload(arena, no) : NULL;
}

/* Behind the slots stands the caller's frame. */
static void pymm_frame_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	struct pymm_frame *frame = pymm_frame_kept(arena, no);

	span->base = frame ? &frame->function : NULL;
	span->groups = frame ? frame->nr_slots + 2 : 0;
	span->width = 1;
	span->stride = 1;
	span->tail = frame ? frame->code : 0;
}

static void pymm_frame_clear(struct pymm_thread *thread, u32 no)
{
	struct pymm_frame *frame = pymm_frame_kept(thread->arena, no);
	u32 i;

	/* What is put last dies first. */
	for (i = frame ? frame->nr_slots : 0; i--;)
		pymm_frame_store(thread, frame, i, 0);
}

static void pymm_frame_free_kept(struct pymm_arena *arena, u32 no)
{
	struct pymm_frame *frame = pymm_frame_kept(arena, no);

	if (frame)
		pymm_payload_free(arena, frame, pymm_frame_size(frame->room));
	*pymm_payload(arena, no) = NULL;
}

const struct pymm_type_ops pymm_frame_type = {
	.name = "frame",
	.flags = PYMM_TYPE_GC,
	.span = pymm_frame_span,
	.clear = pymm_frame_clear,
	.free = pymm_frame_free_kept,
};

/**
 * pymm_frame_object() - the object of a frame that executes
 * @thread: its thread
 * @frame: the frame
 *
 * Return: the object, borrowed; 0 when there is no memory for one.
 */
u32 pymm_frame_object(struct pymm_thread *thread, struct pymm_frame *frame)
{
	if (!frame->object) {
		frame->object = pymm_object_alloc(thread->arena, PYMM_TYPE_FRAME);
		if (frame->object)
			*pymm_payload(thread->arena, frame->object) = frame;
	}
	return frame->object;
}

/* The object of the frame that called this one; 0 if there is none. */
static u32 pymm_frame_back(struct pymm_thread *thread, struct pymm_frame *frame)
{
	return frame->caller ? pymm_frame_object(thread, frame->caller) : 0;
}

/**
 * pymm_frame_keep() - a frame has ended, that has an object
 * @thread: its thread
 * @frame: the frame, still the innermost one, whose slots are as they were
 *
 * Return: 0, or the object, a reference, if that took the frame over: what the frame refers to is
 * no longer anybody else's, and the frame is there as long as that reference.
 */
u32 pymm_frame_keep(struct pymm_thread *thread, struct pymm_frame *frame)
{
	struct pymm_arena *arena = thread->arena;
	u32 back, no = frame->object;
	bool keep = pymm_object(arena, no)->refs > 1 && !thread->quiet;

	frame->object = 0;
	*pymm_payload(arena, no) = NULL;
	back = keep ? pymm_frame_back(thread, frame) : 0;
	if (keep && pymm_gc_reserve(arena))
		keep = false;
	if (!keep) {
		pymm_put(thread, no);
		return 0;
	}
	frame->slots[frame->nr_slots] = back ? pymm_get(arena, back) : 0;
	*pymm_payload(arena, no) = frame;
	pymm_object(arena, no)->cap = 1;
	pymm_gc_track(arena, no);
	return no;
}

/** pymm_frame_getattr() - an attribute of a frame, as pymm_getattr() */
int pymm_frame_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_frame *frame = *pymm_payload(arena, no);

	if (pymm_attr_is(arena, name, "f_code"))
		*result = frame ? frame->code : 0;
	else if (!pymm_attr_is(arena, name, "f_back"))
		return 0;
	else if (pymm_frame_kept(arena, no))
		*result = frame->slots[frame->nr_slots];
	else
		*result = frame ? pymm_frame_back(thread, frame) : 0;
	*result = pymm_get(arena, *result ?: PYMM_NO_NONE);
	return 1;
}

/* ---- tracebacks ---- */

static_assert(PYMM_MAX_INSNS - 1 <= U16_MAX);

static void pymm_traceback_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	span->base = &pymm_object(arena, no)->len;
	span->groups = 2;
	span->width = 1;
	span->stride = 1;
}

const struct pymm_type_ops pymm_traceback_type = {
	.name = "traceback",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_CLEAR,
	.span = pymm_traceback_span,
};

/**
 * pymm_traceback_add() - the exception that was raised passes a frame
 * @thread: the running thread
 * @frame: its innermost frame
 * @pos: instruction where it does
 *
 * Without memory for it, the frame is left out.
 */
void pymm_traceback_add(struct pymm_thread *thread, struct pymm_frame *frame, u32 pos)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_exception_state *state = pymm_exception_state(thread, thread->raised.object);
	u32 no, where;

	if (!state)
		return;
	if (!state->refs[PYMM_EXCEPTION_TRACEBACK]) {
		state->code = frame->bytecode->index;
		state->pos = pos;
	}
	where = pymm_frame_object(thread, frame);
	no = where ? pymm_object_alloc(arena, PYMM_TYPE_TRACEBACK) : 0;
	if (!no)
		return;
	pymm_object(arena, no)->aux = pos;
	pymm_object(arena, no)->len = state->refs[PYMM_EXCEPTION_TRACEBACK];
	pymm_object(arena, no)->cap = pymm_get(arena, where);
	state->refs[PYMM_EXCEPTION_TRACEBACK] = no;
}

/**
 * pymm_traceback_code() - what the frame of a traceback executed
 * @arena: the arena
 * @no: the traceback
 * @pos: receives the instruction
 *
 * Return: its code; NULL if that has gone.
 */
const struct pymm_bytecode *pymm_traceback_code(const struct pymm_arena *arena, u32 no, u32 *pos)
{
	const struct pymm_object *object = pymm_object(arena, no);
	const struct pymm_frame *frame = object->cap ? *pymm_payload(arena, object->cap) : NULL;

	*pos = object->aux;
	return frame && frame->code ? frame->bytecode : NULL;
}

/** pymm_traceback_getattr() - an attribute of a traceback, as pymm_getattr() */
int pymm_traceback_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result)
{
	const struct pymm_object *object = pymm_object(thread->arena, no);

	if (pymm_attr_is(thread->arena, name, "tb_lasti")) {
		*result = pymm_int_new(thread->arena, object->aux);
		return *result ? 1 : pymm_raise_nomem(thread);
	}
	if (pymm_attr_is(thread->arena, name, "tb_next"))
		*result = object->len;
	else if (pymm_attr_is(thread->arena, name, "tb_frame"))
		*result = object->cap;
	else
		return 0;
	*result = pymm_get(thread->arena, *result ?: PYMM_NO_NONE);
	return 1;
}
