// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way of an exception through the frames. What was just raised is a kind and a text, which
 * costs nothing and cannot fail. It becomes an object where somebody can see it: when a frame has
 * a handler for it. So nothing is made of one that only ends the program, or a finalizer.
 */
#include <linux/string.h>

#include "exception.h"
#include "op.h"

/* ---- raising ---- */

/*
 * Is @no in the chain of contexts of @from? Then the link to it, which would close a circle, is cut
 * there. A circle that was there before is left alone.
 */
static int pymm_context_cut(struct pymm_thread *thread, u32 from, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	u32 at = from, slow = from, next;
	bool move = false;
	int err = 0;

	while (!err && (next = pymm_exception_get(arena, at, PYMM_EXCEPTION_CONTEXT))) {
		if (next == no) {
			pymm_exception_set(thread, at, PYMM_EXCEPTION_CONTEXT, 0);
			return 0;
		}
		at = next;
		if (at == slow)
			return 0;
		if (move)
			slow = pymm_exception_get(arena, slow, PYMM_EXCEPTION_CONTEXT);
		move = !move;
		err = pymm_tick(thread, 1);
	}
	return err;
}

/* As _PyErr_SetObject(): its context is what is being handled. 0 or -EINTR. */
static int pymm_exception_chain(struct pymm_thread *thread, u32 no)
{
	u32 context = thread->handled;
	int err;

	if (!context || context == no)
		return 0;
	err = pymm_context_cut(thread, context, no);
	if (!err)
		pymm_exception_set(thread, no, PYMM_EXCEPTION_CONTEXT,
				   pymm_get(thread->arena, context));
	return err;
}

/**
 * pymm_exception_raise() - raise an exception
 * @thread: the running thread
 * @no: the exception: a reference, taken over unless the task is being killed
 *
 * Return: PYMM_RAISED, or -EINTR having done nothing.
 */
int pymm_exception_raise(struct pymm_thread *thread, u32 no)
{
	int err = pymm_exception_chain(thread, no);

	if (err)
		return err;
	pymm_raise(thread, pymm_exception_kind(thread->arena, no), "%s", "");
	thread->raised.object = no;
	return PYMM_RAISED;
}

/** pymm_exception_forget() - an exception ends: what it refers to may die */
void pymm_exception_forget(struct pymm_thread *thread, struct pymm_raised *raised)
{
	u32 i;

	for (i = 0; i < PYMM_RAISED_REFS; i++)
		if (raised->refs[i])
			pymm_put(thread, raised->refs[i]);
	if (raised->object)
		pymm_put(thread, raised->object);
	*raised = (struct pymm_raised){};
}

/* ---- from a text to an object ---- */

/* Its only argument, a new reference; 0 if it has none. 0 or an error. */
static int pymm_raised_argument(struct pymm_thread *thread, u32 *result)
{
	const struct pymm_raised *raised = &thread->raised;
	size_t bytes = strnlen(raised->message, sizeof(raised->message));
	const char *text = raised->message;

	*result = 0;
	if (raised->exception == PYMM_EXC_KEY_ERROR && raised->refs[PYMM_RAISED_OBJ]) {
		*result = pymm_get(thread->arena, raised->refs[PYMM_RAISED_OBJ]);
		return 0;
	}
	/* The text of a KeyError is the repr of a str. */
	if (raised->exception == PYMM_EXC_KEY_ERROR) {
		text++;
		bytes -= 2;
	}
	return bytes ? pymm_str_new(thread, text, bytes, result) : 0;
}

/* What the object refers to beside its arguments: the references move. */
static void pymm_raised_move(struct pymm_thread *thread, u32 no)
{
	struct pymm_raised *raised = &thread->raised;

	if (raised->exception == PYMM_EXC_KEY_ERROR)
		return;
	pymm_exception_set(thread, no, PYMM_EXCEPTION_OBJ, raised->refs[PYMM_RAISED_OBJ]);
	pymm_exception_set(thread, no, PYMM_EXCEPTION_NAME, raised->refs[PYMM_RAISED_NAME]);
	memset(raised->refs, 0, sizeof(raised->refs));
}

static int pymm_raised_try(struct pymm_thread *thread, u32 *result)
{
	u32 class = PYMM_NO_EXCEPTIONS + thread->raised.exception, argument;
	int err = pymm_raised_argument(thread, &argument);

	if (err)
		return err;
	err = pymm_exception_new(thread, class, &argument, !!argument, result);
	if (argument)
		pymm_put(thread, argument);
	return err;
}

/* Make the object. Without memory it is the MemoryError that every arena has. 0 or -EINTR. */
static int pymm_raised_make(struct pymm_thread *thread)
{
	struct pymm_raised before = thread->raised;
	u32 no;
	int err = pymm_raised_try(thread, &no);

	/* The lack of memory is not another exception on the way. */
	thread->raised = before;
	if (!err) {
		err = pymm_exception_chain(thread, no);
		if (err)
			pymm_put(thread, no);
	} else if (err == PYMM_RAISED) {
		thread->raised.exception = PYMM_EXC_MEMORY_ERROR;
		no = PYMM_NO_MEMORY_ERROR;
		err = 0;
	}
	if (err)
		return err;
	if (no != PYMM_NO_MEMORY_ERROR)
		pymm_raised_move(thread, no);
	before = thread->raised;
	before.object = 0;
	memset(thread->raised.refs, 0, sizeof(thread->raised.refs));
	thread->raised.object = no;
	pymm_exception_forget(thread, &before);
	return 0;
}

/* ---- handlers ---- */

/* The instruction of a frame at which the exception is: it stands behind that. */
static u32 pymm_raised_at(const struct pymm_frame *frame)
{
	return frame->pc ? frame->pc - 1 : 0;
}

static const struct pymm_handler *pymm_handler(const struct pymm_frame *frame)
{
	const struct pymm_handler *handler = frame->bytecode->handlers;
	u32 i, pos = pymm_raised_at(frame);

	for (i = 0; i < frame->bytecode->nr_handlers; i++, handler++)
		if (pos >= handler->start && pos < handler->end)
			return handler;
	return NULL;
}

/* Will some frame catch it, up to the one of a finalizer or callback? 1, 0 or -EINTR. */
static int pymm_raised_is_caught(struct pymm_thread *thread)
{
	const struct pymm_frame *frame;
	int err;

	/* Above the first frame and those of finalizers and callbacks there are only calls. */
	for (frame = thread->frame; frame; frame = frame->prev) {
		if (pymm_handler(frame))
			return 1;
		if (frame->role == PYMM_ROLE_FINALIZE || frame->role == PYMM_ROLE_CALLBACK)
			return 0;
		err = pymm_tick(thread, 1 + frame->bytecode->nr_handlers);
		if (err)
			return err;
	}
	return 0;
}

static int pymm_raised_throw(struct pymm_thread *thread)
{
	struct pymm_raised *raised = &thread->raised;
	int ret = raised->object ? 0 : pymm_raised_is_caught(thread);

	if (ret > 0)
		ret = pymm_raised_make(thread);
	if (ret)
		return ret;
	if (!raised->object)
		pymm_trail_of_frames(thread);
	raised->code = thread->frame->bytecode->index;
	raised->pos = pymm_raised_at(thread->frame);
	raised->thrown = true;
	return 0;
}

/*
 * All that was under way in the frame is dropped, until something dies; then the exception is no
 * longer on its way.
 */
static void pymm_frame_handle(struct pymm_thread *thread, struct pymm_frame *frame,
			      const struct pymm_handler *handler)
{
	struct pymm_raised *raised = &thread->raised;

	while (raised->cursor < frame->nr_slots - handler->slot) {
		pymm_frame_store(thread, frame, frame->nr_slots - ++raised->cursor, 0);
		if (thread->dying) {
			raised->again = true;
			return;
		}
	}
	frame->slots[handler->slot] = raised->object;
	raised->object = 0;
	pymm_exception_forget(thread, raised);
	frame->pc = handler->target;
}

/**
 * pymm_exception_unwind() - the exception ends the innermost frame, or is handled there
 * @thread: the running thread, whose innermost frame is a CODE frame, which stands behind the
 *	instruction that raised
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, or -EINTR when the task is being killed: the exception is still on its way.
 */
int pymm_exception_unwind(struct pymm_thread *thread)
{
	struct pymm_frame *frame = thread->frame;
	const struct pymm_insn *insn = frame->bytecode->insns + pymm_raised_at(frame);
	const struct pymm_handler *handler;
	int err;

	if (thread->raised.operands && !thread->raised.thrown &&
	    !pymm_operands_drop(thread, frame, insn, thread->raised.early))
		return 0;
	/* The exception is older than what dies with the operands: collections there see it. */
	err = thread->raised.thrown ? 0 : pymm_raised_throw(thread);
	if (err)
		return err;
	if (thread->raised.operands) {
		if (!pymm_operands_drop(thread, frame, insn, U32_MAX))
			return 0;
		thread->raised.operands = false;
		thread->raised.cursor = 0;
	}
	if (thread->raised.object && !thread->raised.again)
		pymm_traceback_add(thread, frame, pymm_raised_at(frame));
	thread->raised.again = false;
	handler = thread->raised.object ? pymm_handler(frame) : NULL;
	if (handler)
		pymm_frame_handle(thread, frame, handler);
	else
		pymm_frame_return(thread, 0);
	return 0;
}

/** pymm_exception_tell() - what is told of the exception that was raised: all but references */
void pymm_exception_tell(struct pymm_thread *thread, struct pymm_raised *told)
{
	const struct pymm_raised *raised = &thread->raised;
	const struct pymm_exception_state *state;

	*told = *raised;
	told->object = 0;
	memset(told->refs, 0, sizeof(told->refs));
	if (!raised->object)
		return;
	pymm_exception_describe(thread, raised->object, told);
	state = *pymm_payload(thread->arena, raised->object);
	/* Where it was raised first, not again. */
	if (state && state->refs[PYMM_EXCEPTION_TRACEBACK]) {
		told->code = state->code;
		told->pos = state->pos;
	}
}

/**
 * pymm_exception_end() - a program has no frame left: what exceptions refer to may die
 * @thread: the running thread
 *
 * Return: whether there was one. What is told of one that ended the program is in thread->ended.
 */
bool pymm_exception_end(struct pymm_thread *thread)
{
	struct pymm_raised *raised = &thread->raised;
	u32 handled = thread->handled;

	if (!raised->exception && !handled)
		return false;
	thread->handled = 0;
	if (handled)
		pymm_put(thread, handled);
	/* Nobody is told of what a thread that runs no more had under way. */
	if (raised->exception && !thread->quiet) {
		pymm_exception_tell(thread, &thread->ended);
		if (raised->object)
			pymm_trail_of_object(thread, raised->object);
	}
	if (raised->exception)
		pymm_exception_forget(thread, raised);
	return true;
}
