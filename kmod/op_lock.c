// SPDX-License-Identifier: GPL-2.0-only
/* Instructions that let go of the GIL: Locks, sleep, and the obeying of a drop request. */
#include <linux/ktime.h>
#include <linux/sched/signal.h>

#include "fpu.h"
#include "op.h"

/*
 * Let go of the GIL, do something, and have the GIL again. PYMM_STATUS_INTERRUPTED: a
 * signal came, and arena->lock is not held, nor, unless the task is being killed, the GIL.
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

/*
 * Before something that waits; 0 or -EINTR. Who looks on, or goes on after a pause, finds the
 * instruction that waits.
 */
static int pymm_wait_begin(struct pymm_thread *thread, struct pymm_frame *frame)
{
	frame->pc--;
	pymm_unlock(thread);
	return pymm_gil_drop(thread, false);
}

/* After it, with what it returned: that, or INTERRUPTED. */
static int pymm_wait_end(struct pymm_thread *thread, struct pymm_frame *frame, int err)
{
	int status;

	if (err == -EINTR)
		return PYMM_STATUS_INTERRUPTED;
	status = pymm_relock(thread);
	if (status)
		return status;
	frame->pc++;
	return err;
}

/* ---- Lock and RLock ---- */

static int pymm_lock_block(struct pymm_thread *thread, struct pymm_frame *frame, u32 no,
			   struct pymm_lock *lock)
{
	int err = pymm_wait_begin(thread, frame);

	if (!err)
		err = pymm_lock_wait(thread, no, lock, frame->deadline);
	/* Only this task touches the frame of a thread that it is running. */
	if (!err)
		frame->wait = PYMM_WAIT_GRANTED;
	return pymm_wait_end(thread, frame, err);
}

static int pymm_lock_operand(struct pymm_thread *thread, struct pymm_frame *frame,
			     const struct pymm_insn *insn, const char *what, u32 *no)
{
	int err = pymm_in(thread, frame, insn->src1, no);

	if (err || pymm_is_lock(thread->arena, *no))
		return err;
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
			  "descriptor '%s' for '_thread.lock' objects doesn't apply to a '%s' object",
			  what, pymm_type_name(thread->arena, *no));
}

int pymm_op_LOCK_NEW(struct pymm_thread *thread, struct pymm_frame *frame,
		     const struct pymm_insn *insn)
{
	return pymm_result_new(thread, frame, insn,
			       pymm_lock_new(thread->arena, PYMM_TYPE_LOCK));
}

int pymm_op_RLOCK_NEW(struct pymm_thread *thread, struct pymm_frame *frame,
		      const struct pymm_insn *insn)
{
	return pymm_result_new(thread, frame, insn,
			       pymm_lock_new(thread->arena, PYMM_TYPE_RLOCK));
}

/* It could not be had at once. */
static int pymm_lock_acquire_slowly(struct pymm_thread *thread, struct pymm_frame *frame,
				    const struct pymm_insn *insn, u32 no, struct pymm_lock *lock)
{
	if (!insn->imm)
		return -ETIMEDOUT;
	if (frame->wait == PYMM_WAIT_NONE) {
		frame->deadline = insn->imm < 0 ? KTIME_MAX :
				  ktime_add_safe(ktime_get(), ns_to_ktime(insn->imm));
		frame->wait = PYMM_WAIT_STARTED;
	}
	return pymm_lock_block(thread, frame, no, lock);
}

int pymm_op_LOCK_ACQUIRE(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn)
{
	struct pymm_lock *lock;
	u32 no;
	int ret = pymm_lock_operand(thread, frame, insn, "acquire", &no);

	if (ret)
		return ret;
	lock = pymm_lock(thread->arena, no);
	/* An RLock, whose task went before another one went on with the program, may be gone. */
	if (frame->wait == PYMM_WAIT_GRANTED && !pymm_lock_is_granted(thread, lock))
		frame->wait = PYMM_WAIT_STARTED;
	if (frame->wait != PYMM_WAIT_GRANTED) {
		ret = pymm_lock_try(thread, lock);
		if (ret < 0)
			return pymm_raise(thread, PYMM_EXC_OVERFLOW_ERROR,
					  "Internal lock count overflowed");
		ret = ret ? 0 : pymm_lock_acquire_slowly(thread, frame, insn, no, lock);
		if (ret > 0)
			return ret;
	}
	frame->wait = PYMM_WAIT_NONE;
	return pymm_result_bool(thread, frame, insn, !ret);
}

int pymm_op_LOCK_RELEASE(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn)
{
	u32 no;
	int err = pymm_lock_operand(thread, frame, insn, "release", &no);

	if (err)
		return err;
	if (pymm_lock_release(thread, pymm_lock(thread->arena, no)))
		return pymm_done(thread, frame, insn);
	return pymm_raise(thread, PYMM_EXC_RUNTIME_ERROR,
			  pymm_is(thread->arena, no, PYMM_TYPE_LOCK) ?
			  "release unlocked lock" : "cannot release un-acquired lock");
}

/* ---- sleep ---- */

/* Nanoseconds of a number of seconds that is a float, rounded up; false if there are too many. */
static bool pymm_seconds_of_float(u64 bits, s64 *ns)
{
	u64 mantissa, fraction;
	s64 seconds;
	bool exact;
	int shift;

	if (!pymm_float_trunc(bits, &seconds, &exact) || seconds >= KTIME_SEC_MAX)
		return false;
	*ns = seconds * NSEC_PER_SEC;
	if (exact)
		return true;
	/* In units of 2^-30 seconds, of which one is a little less than a nanosecond. */
	shift = -30 - pymm_float_split(bits, &mantissa);
	if (shift < 0)
		fraction = mantissa << -shift;
	else
		fraction = shift < 64 ? mantissa >> shift : 0;
	fraction = (fraction & (BIT_ULL(30) - 1)) + 1;
	*ns += (fraction * NSEC_PER_SEC + BIT_ULL(30) - 1) >> 30;
	return true;
}

static int pymm_sleep_of_float(struct pymm_thread *thread, u64 bits, s64 *ns)
{
	if (pymm_float_is_nan(bits))
		return pymm_raise(thread, PYMM_EXC_VALUE_ERROR, "Invalid value NaN (not a number)");
	if ((bits & PYMM_FLOAT_SIGN) && !pymm_float_is_zero(bits)) {
		*ns = -1;
		return 0;
	}
	if (!pymm_seconds_of_float(bits, ns))
		return pymm_raise(thread, PYMM_EXC_OVERFLOW_ERROR,
				  "timestamp out of range for platform time_t");
	return 0;
}

/* How long time.sleep() is to take; 0 or PYMM_RAISED. */
static int pymm_sleep_operand(struct pymm_thread *thread, u32 no, s64 *ns)
{
	const struct pymm_object *object = pymm_object(thread->arena, no);
	int err = 0;

	if (object->type == PYMM_TYPE_FLOAT)
		err = pymm_sleep_of_float(thread, object->float_bits, ns);
	else if (object->type != PYMM_TYPE_INT && object->type != PYMM_TYPE_BOOL)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "'%s' object cannot be interpreted as an integer",
				  pymm_type_name(thread->arena, no));
	else if (object->ival >= KTIME_SEC_MAX || object->ival <= -KTIME_SEC_MAX)
		return pymm_raise(thread, PYMM_EXC_OVERFLOW_ERROR,
				  "timestamp too large to convert to C PyTime_t");
	else
		*ns = object->ival * NSEC_PER_SEC;
	if (!err && *ns < 0)
		err = pymm_raise(thread, PYMM_EXC_VALUE_ERROR,
				 "sleep length must be non-negative");
	return err;
}

static int pymm_sleep_block(struct pymm_thread *thread, struct pymm_frame *frame)
{
	ktime_t deadline = frame->deadline;
	int err = pymm_wait_begin(thread, frame);

	while (!err && ktime_before(ktime_get(), deadline)) {
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (signal_pending(current))
			err = -EINTR;
		else
			pymm_sleep_until(deadline);
		__set_current_state(TASK_RUNNING);
	}
	return pymm_wait_end(thread, frame, err);
}

int pymm_op_SLEEP(struct pymm_thread *thread, struct pymm_frame *frame,
		  const struct pymm_insn *insn)
{
	u32 no;
	s64 ns;
	int ret = pymm_in(thread, frame, insn->src1, &no);

	if (ret)
		return ret;
	if (frame->wait == PYMM_WAIT_NONE) {
		ret = pymm_sleep_operand(thread, no, &ns);
		if (ret)
			return ret;
		frame->deadline = ktime_add_safe(ktime_get(), ns_to_ktime(ns));
		frame->wait = PYMM_WAIT_STARTED;
	}
	ret = pymm_sleep_block(thread, frame);
	if (ret)
		return ret;
	frame->wait = PYMM_WAIT_NONE;
	return pymm_result(thread, frame, insn, PYMM_NO_NONE);
}
