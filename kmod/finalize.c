// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finalizers and the callbacks of weak references: functions that run when an object dies, at
 * that very point (semantics.md 3.05 to 3.09). The object comes off the dying stack, a frame is
 * entered, and what else is dying waits in it. An exception that ends the function is reported
 * and dropped, as is the lack of memory to call it; deallocation goes on.
 */
#include <linux/string.h>

#include "exception.h"

/**
 * pymm_unraisable() - an exception that a finalizer or callback has ended with goes no further
 * @thread: its thread
 * @id: what died, or the weak reference whose callback was called
 */
void pymm_unraisable(struct pymm_thread *thread, u32 id)
{
	thread->arena->unraisable++;
	pymm_print_unraisable(thread, id);
	pymm_exception_forget(thread, &thread->raised);
}

/* Set the exception aside that is on its way through the frames. */
static int pymm_raised_save(struct pymm_thread *thread, struct pymm_raised **raised)
{
	*raised = NULL;
	if (!thread->raised.exception)
		return 0;
	*raised = pymm_payload_alloc(thread->arena, sizeof(**raised));
	if (!*raised)
		return -ENOMEM;
	**raised = thread->raised;
	thread->raised = (struct pymm_raised){};
	return 0;
}

static void pymm_raised_restore(struct pymm_thread *thread, struct pymm_raised *raised)
{
	if (!raised)
		return;
	thread->raised = *raised;
	pymm_payload_free(thread->arena, raised, sizeof(*raised));
}

static int pymm_call_hook(struct pymm_thread *thread, u32 callable, const u32 *arg, u32 count)
{
	struct pymm_args args = { .args = arg, .count = count };

	if (pymm_is(thread->arena, callable, PYMM_TYPE_METHOD)) {
		args.self = pymm_method_self(thread->arena, callable);
		callable = pymm_method_function(thread->arena, callable);
	}
	if (!pymm_is(thread->arena, callable, PYMM_TYPE_FUNCTION))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "'%s' object is not callable",
				  pymm_type_name(thread->arena, callable));
	return pymm_call_function(thread, callable, &args, 0);
}

/**
 * pymm_hook_args() - call what the model itself calls
 * @thread: the running thread
 * @callable: what is to be called
 * @args: its arguments, borrowed
 * @count: how many
 * @hold: a reference that the frame holds until the call has ended; reports name it
 * @role: PYMM_ROLE_FINALIZE or PYMM_ROLE_CALLBACK
 *
 * A call that cannot begin is reported, as an exception that ends it is.
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, or -EINTR having done nothing: @hold is still the caller's.
 */
int pymm_hook_args(struct pymm_thread *thread, u32 callable, const u32 *args, u32 count, u32 hold,
		   enum pymm_frame_role role)
{
	u32 outer = thread->dying;
	struct pymm_raised *raised;
	int err;

	if (pymm_raised_save(thread, &raised)) {
		/* The exception under way is kept, the one that is lost is counted. */
		thread->arena->unraisable++;
		pymm_put(thread, hold);
		return 0;
	}
	thread->dying = 0;
	err = pymm_call_hook(thread, callable, args, count);
	if (!err) {
		thread->frame->role = role;
		thread->frame->hold = hold;
		thread->frame->outer = outer;
		thread->frame->raised = raised;
		thread->hooked = true;
		return 0;
	}
	thread->dying = outer;
	if (err == PYMM_RAISED)
		pymm_unraisable(thread, hold);
	pymm_raised_restore(thread, raised);
	if (err == PYMM_RAISED)
		pymm_put(thread, hold);
	return err == PYMM_RAISED ? 0 : err;
}

/** pymm_hook() - pymm_hook_args() with @arg, which the frame holds, as the only argument */
int pymm_hook(struct pymm_thread *thread, u32 callable, u32 arg, enum pymm_frame_role role)
{
	return pymm_hook_args(thread, callable, &arg, 1, arg, role);
}

/**
 * pymm_hook_end() - a finalizer or callback has ended
 * @thread: its thread
 * @frame: its frame, which is not the innermost one any more
 *
 * What waited for it goes on; what it held is dropped, and may die of that.
 */
void pymm_hook_end(struct pymm_thread *thread, struct pymm_frame *frame)
{
	thread->dying = frame->outer;
	if (frame->role == PYMM_ROLE_FINALIZE)
		pymm_object(thread->arena, frame->hold)->aux &= ~PYMM_AUX_FINALIZING;
	pymm_put(thread, frame->hold);
	/* What is put last dies first. */
	if (frame->value)
		pymm_put(thread, frame->value);
	if (thread->raised.exception)
		pymm_unraisable(thread, frame->hold);
	pymm_raised_restore(thread, frame->raised);
	frame->raised = NULL;
}

/* ---- what a dying object wants ---- */

/** pymm_finalizer() - 1 with the __del__ that is to be called, borrowed; 0 or -EINTR */
int pymm_finalizer(struct pymm_thread *thread, u32 no, u32 *function)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_object *object = pymm_object(arena, no);

	if ((object->type != PYMM_TYPE_INSTANCE && object->type != PYMM_TYPE_EXCEPTION) ||
	    !arena->finalizers || (object->aux & PYMM_AUX_FINALIZED))
		return 0;
	return pymm_class_lookup(thread, object->cap, PYMM_NO_NAME_DEL, function);
}

/* Take the top of the dying stack off; it is alive again, with one reference. */
static void pymm_revive(struct pymm_thread *thread, u32 no)
{
	struct pymm_object *object = pymm_object(thread->arena, no);

	thread->dying = object->refs;
	object->refs = 1;
	object->flags &= ~PYMM_OBJ_DYING;
}

static int pymm_finalize(struct pymm_thread *thread, u32 no, u32 function)
{
	struct pymm_arena *arena = thread->arena;
	int err;

	/* It counts as finalized when that has ended; a collection says so before. */
	pymm_object(arena, no)->aux |= PYMM_AUX_FINALIZED | PYMM_AUX_FINALIZING;
	if (pymm_gc_reserve(arena)) {
		arena->unraisable++;
		return 0;
	}
	pymm_revive(thread, no);
	pymm_gc_track(arena, no);
	err = pymm_hook(thread, function, no, PYMM_ROLE_FINALIZE);
	if (err) {
		/* Back to where it was: the task is being killed. */
		pymm_object(arena, no)->aux &= ~(PYMM_AUX_FINALIZED | PYMM_AUX_FINALIZING);
		pymm_put(thread, no);
	}
	return err;
}

static int pymm_callback(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_frame *frame = thread->frame;
	u32 callback, ref = pymm_weakrefs_first(arena, no);
	int err = pymm_hook(thread, pymm_weakref_callback(arena, ref), pymm_get(arena, ref),
			    PYMM_ROLE_CALLBACK);

	if (!err) {
		pymm_weakrefs_pop(arena, no);
		/* It is called once, and lives until that has ended. */
		callback = pymm_weakref_take_callback(arena, ref);
		if (thread->frame != frame)
			thread->frame->value = callback;
		else
			pymm_put(thread, callback);
	}
	/* The list's reference, or the one that the call was to have. */
	pymm_put(thread, ref);
	return err;
}

/* Leave it to the next thread that runs. */
static void pymm_limbo(struct pymm_thread *thread, u32 no)
{
	struct pymm_object *object = pymm_object(thread->arena, no);

	thread->dying = object->refs;
	object->refs = thread->arena->limbo;
	thread->arena->limbo = no;
}

/**
 * pymm_dying_hooks() - do what comes before the references of a dying object are dropped
 * @thread: the running thread
 * @no: the top of its dying stack, none of whose references was dropped yet
 *
 * Context: may sleep; the GIL and arena->lock held, or arena->lock while reaping.
 *
 * Return: 0 when there is nothing left to do, 1 when the stack is another one now or a frame was
 * entered, or -EINTR.
 */
int pymm_dying_hooks(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_object *object = pymm_object(arena, no);
	u32 function;
	int ret = pymm_finalizer(thread, no, &function);

	if (ret < 0)
		return ret;
	if (!ret && !pymm_weakrefs_have(arena, no))
		return 0;
	if (thread->quiet && (ret || pymm_weakrefs_have_callbacks(arena, no))) {
		pymm_limbo(thread, no);
		return 1;
	}
	if (ret)
		return pymm_finalize(thread, no, function) ?: 1;
	/* From here on it is too late for a finalizer that a callback gives to its class. */
	object->aux |= PYMM_AUX_FINALIZED;
	if (!(object->aux & PYMM_AUX_CALLBACKS))
		pymm_weakrefs_clear(arena, no);
	if (object->aux & PYMM_AUX_CALLBACKS)
		return pymm_callback(thread, no) ?: 1;
	return 0;
}

/** pymm_limbo_take() - what died where no program could run dies now; both locks held */
void pymm_limbo_take(struct pymm_thread *thread)
{
	struct pymm_arena *arena = thread->arena;
	u32 no, next, count = 0;

	for (no = arena->limbo; no; no = next) {
		if (!(++count % PYMM_TICK_STEPS))
			cond_resched();
		next = pymm_object(arena, no)->refs;
		pymm_object(arena, no)->refs = thread->dying;
		thread->dying = no;
	}
	arena->limbo = 0;
}
