// SPDX-License-Identifier: GPL-2.0-only
/* Instructions that let go of the GIL: Locks, and the obeying of a drop request. */
#include <linux/ktime.h>

#include "op.h"

/*
 * Let go of the GIL, do something, and have the GIL again. PYMM_STATUS_INTERRUPTED: a
 * signal came, and neither the GIL nor arena->lock is held.
 */
static int pymm_relock(struct pymm_thread *thread)
{
	int err = pymm_gil_take(thread, KTIME_MAX);

	if (err)
		return PYMM_STATUS_INTERRUPTED;
	if (pymm_arena_lock(thread->arena))
		return PYMM_STATUS_INTERRUPTED;
	thread->in_arena = true;
	return 0;
}

static void pymm_unlock(struct pymm_thread *thread)
{
	thread->in_arena = false;
	pymm_arena_unlock(thread->arena);
}

/** pymm_yield() - let another thread have the GIL, because one asked; 0 or INTERRUPTED */
int pymm_yield(struct pymm_thread *thread)
{
	pymm_unlock(thread);
	if (pymm_gil_drop(thread, true))
		return PYMM_STATUS_INTERRUPTED;
	return pymm_relock(thread);
}

static int pymm_lock_block(struct pymm_thread *thread, struct pymm_frame *frame,
			   struct pymm_lock *lock)
{
	int err, status;

	pymm_unlock(thread);
	err = pymm_gil_drop(thread, false);
	if (!err)
		err = pymm_lock_wait(lock, frame->deadline);
	/* Only this task touches the frame of a thread that it is running. */
	if (!err)
		frame->wait = PYMM_WAIT_GRANTED;
	if (err == -EINTR)
		return PYMM_STATUS_INTERRUPTED;
	status = pymm_relock(thread);
	return status ?: err;
}

static int pymm_lock_operand(struct pymm_thread *thread, struct pymm_frame *frame,
			     const struct pymm_insn *insn, const char *what,
			     struct pymm_lock **lock)
{
	u32 no;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (err)
		return err;
	if (!pymm_is(thread->arena, no, PYMM_TYPE_LOCK))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "descriptor '%s' for '_thread.lock' objects doesn't apply to a '%s' object",
				  what, pymm_type_name(thread->arena, no));
	*lock = pymm_lock(thread->arena, no);
	return 0;
}

int pymm_op_LOCK_NEW(struct pymm_thread *thread, struct pymm_frame *frame,
		     const struct pymm_insn *insn)
{
	return pymm_result_new(thread, frame, insn, pymm_lock_new(thread->arena));
}

int pymm_op_LOCK_ACQUIRE(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn)
{
	struct pymm_lock *lock;
	int ret = pymm_lock_operand(thread, frame, insn, "acquire", &lock);

	if (ret)
		return ret;
	if (frame->wait != PYMM_WAIT_GRANTED && !pymm_lock_try(lock)) {
		if (!insn->imm)
			return pymm_result_bool(thread, frame, insn, false);
		if (frame->wait == PYMM_WAIT_NONE) {
			frame->deadline = insn->imm < 0 ? KTIME_MAX :
					  ktime_add_safe(ktime_get(), ns_to_ktime(insn->imm));
			frame->wait = PYMM_WAIT_STARTED;
		}
		ret = pymm_lock_block(thread, frame, lock);
		if (ret > 0)
			return ret;
	}
	frame->wait = PYMM_WAIT_NONE;
	return pymm_result_bool(thread, frame, insn, !ret);
}

int pymm_op_LOCK_RELEASE(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn)
{
	struct pymm_lock *lock;
	int err = pymm_lock_operand(thread, frame, insn, "release", &lock);

	if (err)
		return err;
	if (!pymm_lock_release(lock))
		return pymm_raise(thread, PYMM_EXC_RUNTIME_ERROR, "release unlocked lock");
	return pymm_done(thread, frame, insn);
}
