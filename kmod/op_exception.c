// SPDX-License-Identifier: GPL-2.0-only
/* Instructions on exceptions, and on context managers. */
#include "exception.h"
#include "op.h"

/* ---- RAISE, RAISE_FROM ---- */

/*
 * An object of a class of exceptions, as a call without arguments gives it: 0 with a reference,
 * PYMM_CHECK when an __init__ has to run first, whose frame has @role and @value then, or an error.
 */
static int pymm_raise_call(struct pymm_thread *thread, u32 class, enum pymm_frame_role role,
			   u32 value, u32 *result)
{
	struct pymm_args args = {};
	u32 init;
	int ret = pymm_class_lookup(thread, class, PYMM_NO_NAME_INIT, &init);

	if (ret < 0)
		return ret;
	if (!ret)
		return pymm_exception_construct(thread, class, &args, result);
	ret = pymm_call_init(thread, class, init, &args, 0);
	if (ret)
		return ret;
	thread->frame->role = role;
	thread->frame->value = value;
	return PYMM_CHECK;
}

/* The task is being killed: drop a reference to @of, or a new object, which never was. */
static void pymm_raise_undo(struct pymm_thread *thread, u32 no, u32 of)
{
	if (no != of)
		pymm_object(thread->arena, no)->aux |= PYMM_AUX_FINALIZED;
	pymm_put(thread, no);
}

static bool pymm_is_exception_class(const struct pymm_arena *arena, u32 no)
{
	return pymm_is(arena, no, PYMM_TYPE_TYPE) && pymm_exception_root(arena, no);
}

/* @value and @cause are references, taken over unless the task is being killed. */
static int pymm_raise_with(struct pymm_thread *thread, struct pymm_frame *frame,
			   const struct pymm_insn *insn, u32 value, u32 cause)
{
	struct pymm_exception_state *state;
	int ret = pymm_exception_raise(thread, value);

	if (ret != PYMM_RAISED)
		return ret;
	if (insn->op == PYMM_OP_RAISE_FROM) {
		state = pymm_exception_state(thread, value);
		if (state)
			state->suppress = true;
		pymm_exception_set(thread, value, PYMM_EXCEPTION_CAUSE, cause);
	}
	pymm_done(thread, frame, insn);
	return ret;
}

/* The cause of an exception, as pymm_raise_call(): 0 with a reference, or with 0 for None. */
static int pymm_raise_cause(struct pymm_thread *thread, struct pymm_frame *frame,
			    const struct pymm_insn *insn, u32 value, u32 *cause)
{
	u32 no = insn->op == PYMM_OP_RAISE_FROM ? frame->slots[insn->src2] : PYMM_NO_NONE;

	*cause = 0;
	if (no == PYMM_NO_NONE)
		return 0;
	if (pymm_is_exception_class(thread->arena, no))
		return pymm_raise_call(thread, no, PYMM_ROLE_RAISE_CAUSE, value, cause);
	if (!pymm_is(thread->arena, no, PYMM_TYPE_EXCEPTION))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "exception causes must derive from BaseException");
	*cause = pymm_get(thread->arena, no);
	return 0;
}

/* @value is a reference, taken over unless the task is being killed. */
static int pymm_raise_value(struct pymm_thread *thread, struct pymm_frame *frame,
			    const struct pymm_insn *insn, u32 value)
{
	struct pymm_dying dying;
	u32 cause, top = thread->dying;
	int ret = pymm_raise_cause(thread, frame, insn, value, &cause);

	if (ret) {
		/* A cause that was made before it failed dies first. */
		if (ret == PYMM_RAISED) {
			pymm_dying_take(thread, top, &dying);
			pymm_put(thread, value);
			pymm_dying_return(thread, &dying);
		}
		return ret;
	}
	ret = pymm_raise_with(thread, frame, insn, value, cause);
	if (ret == -EINTR && cause)
		pymm_raise_undo(thread, cause, frame->slots[insn->src2]);
	return ret;
}

static int pymm_do_raise(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn, u32 no)
{
	u32 value;
	int ret = 0;

	if (pymm_is(thread->arena, no, PYMM_TYPE_EXCEPTION))
		value = pymm_get(thread->arena, no);
	else if (pymm_is_exception_class(thread->arena, no))
		ret = pymm_raise_call(thread, no, PYMM_ROLE_RAISE, 0, &value);
	else
		ret = pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				 "exceptions must derive from BaseException");
	if (ret)
		return ret;
	ret = pymm_raise_value(thread, frame, insn, value);
	if (ret == -EINTR)
		pymm_raise_undo(thread, value, no);
	return ret;
}

int pymm_op_RAISE(struct pymm_thread *thread, struct pymm_frame *frame,
		  const struct pymm_insn *insn)
{
	u32 no;
	int err = pymm_in(thread, frame, insn->src1, &no);

	return err ?: pymm_do_raise(thread, frame, insn, no);
}

int pymm_op_RAISE_FROM(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn)
{
	u32 no, cause;
	int err = pymm_in2(thread, frame, insn, &no, &cause);

	return err ?: pymm_do_raise(thread, frame, insn, no);
}

/**
 * pymm_raise_instance() - the __init__ of what is to be raised, or of its cause, has ended
 * @thread: its thread, whose innermost frame is that of the RAISE now
 * @ended: the frame of the __init__, which returned None
 *
 * Its references to the new object and to what is raised are taken over.
 *
 * Return: PYMM_RAISED, or 0: another frame was entered.
 */
int pymm_raise_instance(struct pymm_thread *thread, struct pymm_frame *ended)
{
	struct pymm_frame *frame = thread->frame;
	const struct pymm_insn *insn = &frame->bytecode->insns[frame->pc - 1];
	int ret;

	if (ended->role == PYMM_ROLE_RAISE)
		ret = pymm_raise_value(thread, frame, insn, ended->hold);
	else
		ret = pymm_raise_with(thread, frame, insn, ended->value, ended->hold);
	if (ret != -EINTR)
		return ret == PYMM_CHECK ? 0 : ret;
	/* Killed: there is no way back any more, and nobody who would miss what it lacks. */
	pymm_put(thread, ended->hold);
	if (ended->role == PYMM_ROLE_RAISE_CAUSE)
		pymm_put(thread, ended->value);
	return pymm_raise_nomem(thread);
}

/* ---- what is being handled ---- */

int pymm_op_RERAISE(struct pymm_thread *thread, struct pymm_frame *frame,
		    const struct pymm_insn *insn)
{
	struct pymm_arena *arena = thread->arena;
	u32 no;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (err)
		return err;
	if (no == PYMM_NO_NONE)
		return pymm_raise(thread, PYMM_EXC_RUNTIME_ERROR,
				  "No active exception to reraise");
	if (!pymm_is(arena, no, PYMM_TYPE_EXCEPTION))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "exceptions must derive from BaseException");
	pymm_raise(thread, pymm_exception_kind(arena, no), "%s", "");
	thread->raised.object = pymm_get(arena, no);
	thread->raised.again = true;
	pymm_done(thread, frame, insn);
	return PYMM_RAISED;
}

int pymm_op_GET_EXC(struct pymm_thread *thread, struct pymm_frame *frame,
		    const struct pymm_insn *insn)
{
	return pymm_result(thread, frame, insn,
			   pymm_get(thread->arena, thread->handled ?: PYMM_NO_NONE));
}

static int pymm_raise_not_handled(struct pymm_thread *thread, u32 no)
{
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "expected an exception, not '%s'",
			  pymm_type_name(thread->arena, no));
}

/* The reference to the one that was handled before moves. */
int pymm_op_PUSH_EXC_INFO(struct pymm_thread *thread, struct pymm_frame *frame,
			  const struct pymm_insn *insn)
{
	u32 no, before = thread->handled ?: PYMM_NO_NONE;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (err)
		return err;
	if (!pymm_is(thread->arena, no, PYMM_TYPE_EXCEPTION))
		return pymm_raise_not_handled(thread, no);
	thread->handled = pymm_get(thread->arena, no);
	return pymm_result(thread, frame, insn, before);
}

int pymm_op_POP_EXCEPT(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn)
{
	u32 no, old = thread->handled;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (err)
		return err;
	if (no != PYMM_NO_NONE && !pymm_is(thread->arena, no, PYMM_TYPE_EXCEPTION))
		return pymm_raise_not_handled(thread, no);
	thread->handled = no == PYMM_NO_NONE ? 0 : pymm_get(thread->arena, no);
	pymm_put_if(thread, old);
	return pymm_done(thread, frame, insn);
}

/* ---- except ---- */

static int pymm_check_except_types(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	bool tuple = pymm_is(arena, no, PYMM_TYPE_TUPLE);
	u32 i, count = tuple ? pymm_object(arena, no)->len : 1;
	int err = 0;

	for (i = 0; i < count && !err; i++) {
		if (!pymm_is_exception_class(arena, tuple ? pymm_items(arena, no)[i] : no))
			return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
					  "catching classes that do not inherit from BaseException is not allowed");
		err = pymm_tick(thread, 1);
	}
	return err;
}

static int pymm_except_matches(struct pymm_thread *thread, u32 no, u32 classes)
{
	struct pymm_arena *arena = thread->arena;
	bool tuple = pymm_is(arena, classes, PYMM_TYPE_TUPLE);
	u32 i, count = tuple ? pymm_object(arena, classes)->len : 1;
	int ret = 0;

	if (!pymm_is(arena, no, PYMM_TYPE_EXCEPTION))
		return pymm_raise_not_handled(thread, no);
	for (i = 0; i < count && !ret; i++)
		ret = pymm_class_is_subclass(thread, pymm_type_object(arena, no),
					     tuple ? pymm_items(arena, classes)[i] : classes);
	return ret;
}

int pymm_op_CHECK_EXC_MATCH(struct pymm_thread *thread, struct pymm_frame *frame,
			    const struct pymm_insn *insn)
{
	u32 no, classes;
	int ret = pymm_in2(thread, frame, insn, &no, &classes);

	if (!ret)
		ret = pymm_check_except_types(thread, classes);
	if (!ret)
		ret = pymm_except_matches(thread, no, classes);
	return pymm_result_bool(thread, frame, insn, ret);
}

/* ---- with ---- */

/* A method that is looked for in the class alone: 0 with a reference, or an error. */
static int pymm_special_method(struct pymm_thread *thread, u32 no, u32 name, const char *missed,
			       u32 *result)
{
	u32 class = pymm_type_object(thread->arena, no), value, bytes;
	const char *text;
	int ret = pymm_class_lookup(thread, class, name, &value);

	if (ret > 0)
		ret = pymm_bind_attribute(thread, no, value, result, NULL);
	if (ret)
		return min(ret, 0);
	text = pymm_class_name(thread->arena, class, &bytes);
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
			  "'%.*s' object does not support the context manager protocol%s",
			  (int)bytes, text, missed);
}

/* src2 receives the bound __enter__, dst the bound __exit__. */
int pymm_op_BEFORE_WITH(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	u32 no, enter, exit, old;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (!err)
		err = pymm_special_method(thread, no, PYMM_NO_NAME_ENTER, "", &enter);
	if (err)
		return err;
	err = pymm_special_method(thread, no, PYMM_NO_NAME_EXIT, " (missed __exit__ method)",
				  &exit);
	if (err) {
		pymm_put(thread, enter);
		return err;
	}
	old = pymm_consume(frame, insn, PYMM_INSN_CONSUME1, insn->src1);
	pymm_frame_store(thread, frame, insn->src2, enter);
	pymm_frame_store(thread, frame, insn->dst, exit);
	pymm_put_if(thread, old);
	return PYMM_NEXT;
}
