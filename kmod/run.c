// SPDX-License-Identifier: GPL-2.0-only
/* RUN and GIL: what is done with a thread. */
#include <linux/pagemap.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "exception.h"
#include "ioctl.h"

/* ---- RUN ---- */

/* An image that was copied in, and what the verifier made of it. */
struct pymm_verified {
	void *image;
	struct pymm_program *program;
};

/* Frees both, once. */
static void pymm_verified_free(struct pymm_verified *image)
{
	if (!image)
		return;
	pymm_program_free(image->program);
	kvfree(image->image);
	*image = (struct pymm_verified){};
}

/*
 * This task answers for the thread from now on: while it is there, so are the thread's RLocks.
 * Who still waits for the GIL is seen by those who look on, but answers for no RLock: the call may
 * come to nothing.
 */
static void pymm_thread_adopt(struct pymm_thread *thread, bool waits)
{
	struct pid *old = NULL;

	if (thread->task == task_pid(current))
		return;
	spin_lock(&thread->arena->locks);
	if (!waits || list_empty(&thread->held)) {
		old = thread->task;
		thread->task = get_task_pid(current, PIDTYPE_PID);
	}
	spin_unlock(&thread->arena->locks);
	put_pid(old);
}

/* Take what a program needs; on success both locks are held. @took: the GIL was taken. */
static int pymm_run_enter(struct pymm_thread *thread, bool *took)
{
	struct pymm_arena *arena = thread->arena;
	int err;

	thread->owner_died = false;
	thread->lock_owner_died = false;
	pymm_thread_adopt(thread, true);
	*took = !pymm_gil_adopt(thread);
	if (*took) {
		err = pymm_gil_take(thread, KTIME_MAX);
		if (err)
			return -ERESTARTSYS;
	}
	err = pymm_arena_lock(arena);
	if (err) {
		pymm_gil_untold(thread);
		if (*took)
			pymm_gil_drop(thread, false);
		return err;
	}
	thread->in_arena = true;
	pymm_thread_adopt(thread, false);
	return 0;
}

static void pymm_run_leave(struct pymm_thread *thread, bool took)
{
	/* A task that is killed does not come to know what the call told it. */
	if (fatal_signal_pending(current))
		pymm_gil_untold(thread);
	atomic64_add(thread->steps, &thread->arena->steps);
	if (thread->in_arena) {
		thread->in_arena = false;
		pymm_arena_unlock(thread->arena);
	}
	/* -EPERM if a signal came before it could be had again: nothing is to be released. */
	if (took)
		pymm_gil_drop(thread, false);
}

/* The first frame of a program. Errnos, not exceptions: no instruction has run. */
static int pymm_run_load(struct pymm_thread *thread, const struct pymm_program *program)
{
	struct pymm_heap *heap = &thread->arena->heap;
	struct pymm_frame *frame;
	u32 code;
	int err;

	/* Of one that ended a program whose task was killed then. */
	pymm_exception_end(thread);
	thread->ended = (struct pymm_raised){};
	pymm_trail_free(thread);
	heap->reserve = true;
	err = pymm_program_load(thread, program, &code);
	if (!err) {
		frame = pymm_frame_new(thread, code);
		if (frame)
			pymm_frame_enter(thread, frame, code, 0, 0);
		err = frame ? 0 : PYMM_RAISED;
		pymm_put(thread, code);
	}
	heap->reserve = false;
	if (err == PYMM_RAISED) {
		thread->raised = (struct pymm_raised){};
		err = heap->refusal;
	}
	return err == -EINTR ? -ERESTARTSYS : err;
}

static void pymm_run_reset(struct pymm_thread *thread, const struct pymm_run *run)
{
	thread->steps = 0;
	thread->max_steps = run->max_steps ?: U64_MAX;
	thread->budget = PYMM_TICK_STEPS;
	/* Until it is raised, or the program is over. */
	thread->interrupt = (run->flags & PYMM_RUN_INTERRUPT) ||
			    (thread->interrupt && (run->flags & PYMM_RUN_RESUME));
	thread->trail.room = run->traceback_size;
	kvfree(thread->output);
	thread->output = NULL;
	thread->output_size = run->output_size;
	thread->output_used = 0;
	thread->output_needed = 0;
}

/* What cannot be written is an error now: later, instructions have run. */
static int pymm_run_fault_in(const struct pymm_run *run)
{
	size_t size = array_size(run->traceback_size, sizeof(struct pymm_traceback));

	if (run->output_size && fault_in_safe_writeable(u64_to_user_ptr(run->output),
							run->output_size))
		return -EFAULT;
	if (size && fault_in_safe_writeable(u64_to_user_ptr(run->traceback), size))
		return -EFAULT;
	return 0;
}

/* It was writable when the call began: whoever took it away meanwhile is told so, no more. */
static void pymm_run_write_output(struct pymm_thread *thread, struct pymm_run *run)
{
	if (thread->output_used &&
	    copy_to_user(u64_to_user_ptr(run->output), thread->output, thread->output_used)) {
		run->output_used = 0;
		run->result_flags |= PYMM_RAN_OUTPUT_LOST;
	}
	kvfree(thread->output);
	thread->output = NULL;
}

/* Where the program is: the innermost frame that executes instructions. */
static void pymm_run_position(struct pymm_thread *thread, struct pymm_run *run)
{
	struct pymm_frame *frame = thread->frame;

	while (frame && frame->kind != PYMM_FRAME_CODE)
		frame = frame->prev;
	if (frame) {
		run->code = frame->bytecode->index;
		run->pos = frame->pc;
	}
}

/* Is there something to go on with? Exceptions that are still to be printed can be all of it. */
static bool pymm_run_kept(const struct pymm_thread *thread)
{
	return thread->frame || thread->reports;
}

static void pymm_run_result(struct pymm_thread *thread, enum pymm_status status,
			    struct pymm_run *run)
{
	run->status = status;
	run->steps = thread->steps;
	run->output_used = thread->output_used;
	run->output_needed = thread->output_needed;
	run->result_flags = (pymm_run_kept(thread) ? PYMM_RAN_KEPT : 0) |
			    (thread->owner_died ? PYMM_RAN_OWNER_DIED : 0) |
			    (thread->lock_owner_died ? PYMM_RAN_LOCK_OWNER_DIED : 0);
	if (status == PYMM_STATUS_EXCEPTION) {
		run->exception = thread->ended.exception;
		run->code = thread->ended.code;
		run->pos = thread->ended.pos;
		memcpy(run->message, thread->ended.message, sizeof(run->message));
	}
}

/*
 * Run a program, or go on with the kept frames if there is no @image. What the image was
 * needed for is done when it is loaded: it is freed before instructions run, which can take
 * for ever.
 */
static int pymm_run_execute(struct pymm_thread *thread, struct pymm_verified *image,
			    struct pymm_run *run)
{
	enum pymm_status status;
	bool took;
	int err;

	err = pymm_run_fault_in(run) ?: pymm_run_enter(thread, &took);
	if (err)
		return err;
	pymm_run_reset(thread, run);
	err = image ? pymm_run_load(thread, image->program) : 0;
	pymm_verified_free(image);
	if (!err) {
		pymm_limbo_take(thread);
		status = pymm_eval(thread);
		pymm_run_position(thread, run);
	} else {
		/* What was loaded dies; a killed task leaves it to the reaper. Nothing may run. */
		thread->quiet = true;
		pymm_dealloc_drain(thread);
		thread->quiet = false;
	}
	if (err)
		pymm_gil_untold(thread);
	pymm_run_leave(thread, took);
	if (err)
		return err;
	pymm_run_result(thread, status, run);
	/* It is told, unless the task is killed: see pymm_lock_return(). */
	if (!fatal_signal_pending(current))
		thread->lock_owner_died = false;
	pymm_run_write_output(thread, run);
	if (status == PYMM_STATUS_EXCEPTION)
		pymm_trail_write(thread, run);
	return 0;
}

static int pymm_run_abandon(struct pymm_thread *thread, struct pymm_run *run)
{
	bool took;
	int err;

	err = pymm_run_enter(thread, &took);
	if (err)
		return err;
	pymm_run_reset(thread, run);
	err = pymm_frames_unwind(thread);
	pymm_run_leave(thread, took);
	if (err)
		return -ERESTARTSYS;
	pymm_run_result(thread, PYMM_STATUS_DONE, run);
	return 0;
}

/* What is only written must not carry what the caller left there. */
static void pymm_run_clear(struct pymm_run *run)
{
	run->output_used = 0;
	run->output_needed = 0;
	run->steps = 0;
	run->status = 0;
	run->result_flags = 0;
	run->code = 0;
	run->pos = 0;
	run->exception = PYMM_EXC_NONE;
	run->reject = PYMM_REJECT_NONE;
	memset(run->message, 0, sizeof(run->message));
	run->traceback_used = 0;
	run->traceback_depth = 0;
}

static int pymm_run_copy_image(const struct pymm_run *run, struct pymm_verified *image)
{
	image->image = kvmalloc(run->image_size, PYMM_GFP);
	if (!image->image)
		return -ENOMEM;
	if (copy_from_user(image->image, u64_to_user_ptr(run->image), run->image_size))
		return -EFAULT;
	return 0;
}

static int pymm_run_image(struct pymm_call *call, struct pymm_verified *image)
{
	struct pymm_run *run = &call->args.run;
	int err;

	err = pymm_run_copy_image(run, image);
	if (err)
		return err;
	err = pymm_program_parse(image->image, run->image_size, run, &image->program);
	call->respond = err == -EINVAL;
	if (err)
		return err == -EINTR ? -ERESTARTSYS : err;
	if (run->flags & PYMM_RUN_CHECK)
		return 0;
	return pymm_run_execute(call->thread, image, run);
}

static int pymm_run_new(struct pymm_call *call)
{
	struct pymm_run *run = &call->args.run;
	struct pymm_verified image = {};
	int err;

	if (pymm_run_kept(call->thread) && !(run->flags & PYMM_RUN_CHECK))
		return -EBUSY;
	if (run->image_size > PYMM_MAX_IMAGE)
		return -EDQUOT;
	if (!run->image_size)
		return -EINVAL;
	err = pymm_run_image(call, &image);
	pymm_verified_free(&image);
	return err;
}

/** pymm_call_run() - PYMM_IOC_RUN, see struct pymm_run */
int pymm_call_run(struct pymm_call *call)
{
	struct pymm_run *run = &call->args.run;
	u32 flags = run->flags;

	if (flags & ~PYMM_RUN_FLAGS)
		return -EOPNOTSUPP;
	if (hweight32(flags & PYMM_RUN_MODES) > 1 || run->reserved ||
	    (!run->output && run->output_size) ||
	    run->output_size > PYMM_MAX_OUTPUT)
		return -EINVAL;
	if (run->reserved2 || (!run->traceback && run->traceback_size) ||
	    run->traceback_size > PYMM_MAX_TRACEBACK)
		return -EINVAL;
	if ((flags & PYMM_RUN_INTERRUPT) && !(flags & PYMM_RUN_RESUME))
		return -EINVAL;
	pymm_run_clear(run);
	if (!(flags & (PYMM_RUN_RESUME | PYMM_RUN_ABANDON)))
		return pymm_run_new(call);
	if (run->image || run->image_size || !pymm_run_kept(call->thread))
		return -EINVAL;
	if (flags & PYMM_RUN_ABANDON)
		return pymm_run_abandon(call->thread, run);
	return pymm_run_execute(call->thread, NULL, run);
}

/* ---- GIL ---- */

static int pymm_gil_acquire(struct pymm_thread *thread, u64 deadline)
{
	ktime_t until = KTIME_MAX;
	int err;

	if (pymm_gil_held(thread))
		return -EDEADLK;
	pymm_thread_adopt(thread, true);
	if (deadline != PYMM_NO_DEADLINE)
		until = pymm_timens_to_host(min_t(u64, deadline, KTIME_MAX - 1));
	thread->owner_died = false;
	err = pymm_gil_take(thread, until);
	if (err)
		return err == -EINTR ? -ERESTARTSYS : err;
	pymm_thread_adopt(thread, false);
	return thread->owner_died ? -EOWNERDEAD : 0;
}

static void pymm_gil_read(struct pymm_thread *thread, struct pymm_gil_args *args)
{
	struct pymm_gil *gil = &thread->arena->gil;

	spin_lock_bh(&gil->lock);
	args->held = gil->holder == thread;
	args->acquires = thread->gil_stat.acquires;
	args->waits = thread->gil_stat.waits;
	args->wait_ns = thread->gil_stat.wait_ns;
	args->wait_max_ns = thread->gil_stat.wait_max_ns;
	args->holds = thread->gil_stat.holds;
	args->hold_ns = thread->gil_stat.hold_ns;
	args->hold_max_ns = thread->gil_stat.hold_max_ns;
	args->drops = thread->gil_stat.drops;
	spin_unlock_bh(&gil->lock);
}

/** pymm_call_gil() - PYMM_IOC_GIL, see struct pymm_gil_args */
int pymm_call_gil(struct pymm_call *call)
{
	struct pymm_gil_args *args = &call->args.gil;
	int err;

	if (args->flags)
		return -EOPNOTSUPP;
	if (args->reserved || (args->op != PYMM_GIL_ACQUIRE && args->deadline))
		return -EINVAL;
	switch (args->op) {
	case PYMM_GIL_STAT:
		err = 0;
		break;
	case PYMM_GIL_ACQUIRE:
		err = pymm_gil_acquire(call->thread, args->deadline);
		call->respond = err == -EOWNERDEAD;
		break;
	case PYMM_GIL_RELEASE:
		err = pymm_gil_drop(call->thread, false);
		/* Killed while waiting for the switch: it is released all the same. */
		if (err == -EINTR)
			err = 0;
		break;
	default:
		return -EINVAL;
	}
	pymm_gil_read(call->thread, args);
	return err;
}
