// SPDX-License-Identifier: GPL-2.0-only
/*
 * The evaluator: one loop runs whatever is on a thread's frames. Nothing calls it back: what
 * must run a function leaves a frame and returns to it.
 *
 * An instruction computes, publishes its result, then drops references; what dies of that
 * is freed before the next instruction. One that fails or has to wait has changed nothing
 * and can be executed again.
 */
#include <linux/ctype.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "exception.h"
#include "op.h"
#include "quick.h"
#include "trace.h"

/* ---- slots, constants, names ---- */

static int pymm_op_NOP(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn)
{
	return PYMM_NEXT;
}

static int pymm_op_LOAD_CONST(struct pymm_thread *thread, struct pymm_frame *frame,
			      const struct pymm_insn *insn)
{
	u32 no = frame->bytecode->consts[insn->imm];

	return pymm_result(thread, frame, insn, pymm_get(thread->arena, no));
}

static int pymm_op_COPY(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	u32 a;
	int err = pymm_in(thread, frame, insn->src1, &a);

	if (err)
		return err;
	return pymm_result(thread, frame, insn, pymm_get(thread->arena, a));
}

static int pymm_op_DELETE_FAST(struct pymm_thread *thread, struct pymm_frame *frame,
			       const struct pymm_insn *insn)
{
	u32 a;
	int err = pymm_in(thread, frame, insn->src1, &a);

	if (err)
		return err;
	pymm_frame_store(thread, frame, insn->src1, 0);
	return PYMM_NEXT;
}

static int pymm_raise_name(struct pymm_thread *thread, u32 name)
{
	u32 bytes;
	const char *text = pymm_str_clip(thread->arena, name, &bytes);

	pymm_raise(thread, PYMM_EXC_NAME_ERROR, "name '%.*s' is not defined", (int)bytes, text);
	return pymm_raised_about(thread, 0, name);
}

static int pymm_op_LOAD_GLOBAL(struct pymm_thread *thread, struct pymm_frame *frame,
			       const struct pymm_insn *insn)
{
	u32 name = frame->bytecode->consts[insn->imm], value;
	u16 *hint = pymm_name_hint(insn);
	int ret = pymm_dict_get_hinted(thread, frame->globals, name, hint, &value);

	/* One hint is enough for both: it counts only where the name is. */
	if (!ret)
		ret = pymm_dict_get_hinted(thread, thread->arena->builtins, name, hint, &value);
	if (ret < 0)
		return ret;
	if (!ret)
		return pymm_raise_name(thread, name);
	return pymm_result(thread, frame, insn, pymm_get(thread->arena, value));
}

static void pymm_trace_name(struct pymm_thread *thread, u32 ns, u32 name, u32 old, u32 new)
{
	char text[PYMM_TRACE_NAME_LEN] = {};
	const char *from;
	u32 bytes;

	from = pymm_str_text(thread->arena, name, &bytes);
	memcpy(text, from, min_t(u32, bytes, sizeof(text) - 1));
	/* A line of the trace must not be forged by a name that has line ends in it. */
	for (bytes = 0; text[bytes]; bytes++)
		if (iscntrl(text[bytes]))
			text[bytes] = '?';
	if (new)
		trace_pymm_name_bind(thread->arena->id, ns, text, old, new);
	else
		trace_pymm_name_unbind(thread->arena->id, ns, text, old, 0);
}

static int pymm_op_STORE_GLOBAL(struct pymm_thread *thread, struct pymm_frame *frame,
				const struct pymm_insn *insn)
{
	u32 name = frame->bytecode->consts[insn->imm], ns = frame->globals;
	u32 value, old;
	int err = pymm_in(thread, frame, insn->src1, &value);

	if (!err)
		err = pymm_dict_set_hinted(thread, ns, name, pymm_name_hint(insn), value, &old);
	if (err)
		return err;
	if (trace_pymm_name_bind_enabled())
		pymm_trace_name(thread, ns, name, old, value);
	pymm_put_if(thread, old);
	return pymm_done(thread, frame, insn);
}

static int pymm_op_DELETE_GLOBAL(struct pymm_thread *thread, struct pymm_frame *frame,
				 const struct pymm_insn *insn)
{
	u32 name = frame->bytecode->consts[insn->imm], ns = frame->globals;
	u32 key, old;
	int ret = pymm_dict_del(thread, ns, name, &key, &old);

	if (ret < 0)
		return ret;
	if (!ret)
		return pymm_raise_name(thread, name);
	if (trace_pymm_name_unbind_enabled())
		pymm_trace_name(thread, ns, name, old, 0);
	pymm_put(thread, old);
	pymm_put(thread, key);
	return PYMM_NEXT;
}

static int pymm_op_LOAD_GLOBALS(struct pymm_thread *thread, struct pymm_frame *frame,
				const struct pymm_insn *insn)
{
	return pymm_result(thread, frame, insn,
			   pymm_get(thread->arena, frame->globals));
}

/* ---- operators ---- */

static int pymm_op_BINARY_OP(struct pymm_thread *thread, struct pymm_frame *frame,
			     const struct pymm_insn *insn)
{
	u32 a, b, result;
	int err = pymm_in2(thread, frame, insn, &a, &b);

	if (err)
		return err;
	err = pymm_binary(thread, a, b, insn->imm, &result);
	return err ?: pymm_result(thread, frame, insn, result);
}

static int pymm_op_COMPARE_OP(struct pymm_thread *thread, struct pymm_frame *frame,
			      const struct pymm_insn *insn)
{
	u32 a, b;
	int ret = pymm_in2(thread, frame, insn, &a, &b);

	if (!ret)
		ret = pymm_compare(thread, a, b, insn->imm);
	return pymm_result_bool(thread, frame, insn, ret);
}

static int pymm_op_IS_OP(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn)
{
	u32 a, b;
	int err = pymm_in2(thread, frame, insn, &a, &b);

	return err ?: pymm_result_bool(thread, frame, insn, (a == b) ^ (int)insn->imm);
}

static int pymm_op_UNARY_NOT(struct pymm_thread *thread, struct pymm_frame *frame,
			     const struct pymm_insn *insn)
{
	u32 no;
	int err = pymm_in(thread, frame, insn->src1, &no);

	return err ?: pymm_result_bool(thread, frame, insn, !pymm_truth(thread->arena, no));
}

static int pymm_op_UNARY_NEGATIVE(struct pymm_thread *thread, struct pymm_frame *frame,
				  const struct pymm_insn *insn)
{
	u32 no, result;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (!err)
		err = pymm_negative(thread, no, &result);
	return err ?: pymm_result(thread, frame, insn, result);
}

static int pymm_op_GET_ID(struct pymm_thread *thread, struct pymm_frame *frame,
			  const struct pymm_insn *insn)
{
	u32 no;
	int err = pymm_in(thread, frame, insn->src1, &no);

	return err ?: pymm_result_new(thread, frame, insn, pymm_int_new(thread->arena, no));
}

/* As sys.getrefcount(): the slot that the object is in counts. */
static int pymm_op_GET_REFCOUNT(struct pymm_thread *thread, struct pymm_frame *frame,
				const struct pymm_insn *insn)
{
	const struct pymm_object *object;
	u32 no, refs;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (err)
		return err;
	object = pymm_object(thread->arena, no);
	refs = pymm_object_immortal(object) ? PYMM_REFS_IMMORTAL : object->refs;
	return pymm_result_new(thread, frame, insn, pymm_int_new(thread->arena, refs));
}

static int pymm_op_PRINT(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn)
{
	u32 no;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (!err)
		err = pymm_print(thread, no, insn->flags & PYMM_INSN_END);
	return err ?: pymm_done(thread, frame, insn);
}

/* ---- control ---- */

static int pymm_op_JUMP_FORWARD(struct pymm_thread *thread, struct pymm_frame *frame,
				const struct pymm_insn *insn)
{
	frame->pc = insn->imm;
	return PYMM_NEXT;
}

/* Is there anything to do at a check point? */
static bool pymm_check_due(const struct pymm_arena *arena)
{
	/* Pairs with the timer's WRITE_ONCE(); nothing else is ordered by it. */
	return READ_ONCE(arena->gil.drop_request) || READ_ONCE(arena->gc.pending) ||
	       signal_pending(current);
}

static int pymm_op_JUMP_BACKWARD(struct pymm_thread *thread, struct pymm_frame *frame,
				 const struct pymm_insn *insn)
{
	frame->pc = insn->imm;
	return unlikely(pymm_check_due(thread->arena)) ? PYMM_CHECK : PYMM_NEXT;
}

static int pymm_jump_if(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn, bool wanted)
{
	u32 no;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (err)
		return err;
	if (pymm_truth(thread->arena, no) == wanted)
		frame->pc = insn->imm;
	return pymm_done(thread, frame, insn);
}

static int pymm_op_POP_JUMP_IF_FALSE(struct pymm_thread *thread, struct pymm_frame *frame,
				     const struct pymm_insn *insn)
{
	return pymm_jump_if(thread, frame, insn, false);
}

static int pymm_op_POP_JUMP_IF_TRUE(struct pymm_thread *thread, struct pymm_frame *frame,
				    const struct pymm_insn *insn)
{
	return pymm_jump_if(thread, frame, insn, true);
}

static int pymm_op_GC_COLLECT(struct pymm_thread *thread, struct pymm_frame *frame,
			      const struct pymm_insn *insn)
{
	return pymm_gc_collect(thread, insn->imm, insn->dst) ?: PYMM_LEAVE;
}

/* ---- the loop ---- */

static int pymm_execute(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	switch (insn->op) {
#define PYMM_OP(nr, name, ...)							\
	case nr: {								\
		return pymm_op_##name(thread, frame, insn);			\
	}
#include <linux/pymm_ops.h>
#undef PYMM_OP
	}
	/* The verifier lets no other opcode pass. */
	return pymm_raise(thread, PYMM_EXC_RUNTIME_ERROR, "unknown opcode %u", insn->op);
}

/* A frame that executes instructions is told of a signal, as its caller asked for. */
static int pymm_interrupt(struct pymm_thread *thread)
{
	if (!thread->frame || thread->frame->kind != PYMM_FRAME_CODE || thread->raised.exception)
		return 0;
	thread->interrupt = false;
	return pymm_raise(thread, PYMM_EXC_KEYBOARD_INTERRUPT, "%s", "");
}

/* What CPython's eval breaker does, in its order: signals, collection, GIL. */
static int pymm_checkpoint(struct pymm_thread *thread)
{
	struct pymm_arena *arena = thread->arena;

	if (signal_pending(current))
		return PYMM_STATUS_INTERRUPTED;
	if (unlikely(thread->interrupt))
		return pymm_interrupt(thread);
	if (READ_ONCE(arena->gc.pending))
		return pymm_gc_automatic(thread);
	/* Pairs with the timer's WRITE_ONCE(); nothing else is ordered by it. */
	if (READ_ONCE(arena->gil.drop_request))
		return pymm_yield(thread);
	return 0;
}

/* Is each instruction a check point? */
static bool pymm_checks_all(const struct pymm_thread *thread)
{
	return READ_ONCE(thread->arena->check_all) || thread->interrupt;
}

/* How many instructions can be executed before it is time to look around. */
static u32 pymm_stride(const struct pymm_thread *thread)
{
	u64 left = thread->max_steps - thread->steps;

	/* A thread that has not run out of its budget has ticked just now. */
	return min_t(u64, left, pymm_checks_all(thread) ? 1 : thread->budget + 1);
}

static __always_inline void pymm_quick_look(struct pymm_quick *q, u32 globals)
{
	q->globals = pymm_dict(q->arena, globals);
	q->can_bind = pymm_quick_is_tracked(pymm_object(q->arena, globals)) &&
		      !trace_pymm_name_bind_enabled();
}

/* The instruction behind a LOAD_CONST that is fused with it; as pymm_quick(). */
static __always_inline bool pymm_quick_fused(const struct pymm_quick *q,
					     const struct pymm_insn *insns,
					     const struct pymm_insn *insn,
					     const struct pymm_insn **next, u32 *left)
{
	u32 constant = q->consts[insn->imm];
	s64 value;

	/* It is to stay empty; and each of the two is a step. */
	if (q->slots[insn->dst] || *left < 2)
		return false;
	switch (insn[1].op) {
	case PYMM_OP_STORE_SUBSCR:
		if (!pymm_quick_set(q, insn + 1, constant))
			return false;
		break;
	case PYMM_OP_STORE_GLOBAL:
		if (!pymm_quick_bind(q, insn + 1, constant))
			return false;
		break;
	default:
		if (!pymm_quick_const_BINARY_OP(q, constant, insn + 1, &value))
			return false;
		if ((insn[1].flags & PYMM_INSN_LOOP) && value && *left > 3 &&
		    !q->thread->dying && !pymm_check_due(q->arena)) {
			*left -= 3;
			*next = insns + insn[3].imm;
			return true;
		}
	}
	(*left)--;
	(*next)++;
	return true;
}

/* The instructions behind a LOAD_GLOBAL that are fused with it; as pymm_quick(). */
static __always_inline bool pymm_quick_fused_global(const struct pymm_quick *q,
						    const struct pymm_insn *insn,
						    const struct pymm_insn **next, u32 *left)
{
	u32 more = insn[1].op == PYMM_OP_STORE_GLOBAL ? 1 : 3;

	if (*left <= more)
		return false;
	if (more == 1 ? !pymm_quick_rebind(q, insn) : !pymm_quick_global_op(q, insn))
		return false;
	*left -= more;
	*next += more;
	return true;
}

/* The quick form of an instruction, if it has one and that applies: false with nothing done. */
static __always_inline bool pymm_quick(const struct pymm_quick *q, const struct pymm_insn *insns,
				       const struct pymm_insn *insn,
				       const struct pymm_insn **next, u32 *left)
{
	bool truth, wanted;
	u32 count;

	switch (insn->op) {
	case PYMM_OP_LOAD_CONST:
		if (!(insn->flags & PYMM_INSN_FUSED) ||
		    !pymm_quick_fused(q, insns, insn, next, left))
			pymm_quick_LOAD_CONST(q, insn);
		return true;
	case PYMM_OP_COPY:
		return pymm_quick_COPY(q, insn);
	case PYMM_OP_LOAD_GLOBAL:
		return ((insn->flags & PYMM_INSN_FUSED) &&
			pymm_quick_fused_global(q, insn, next, left)) ||
		       pymm_quick_LOAD_GLOBAL(q, insn);
	case PYMM_OP_STORE_GLOBAL:
		return pymm_quick_STORE_GLOBAL(q, insn);
	case PYMM_OP_BUILD_LIST:
		return pymm_quick_BUILD_LIST(q, insn);
	case PYMM_OP_LIST_APPEND:
		count = pymm_quick_LIST_APPEND(q, insn, *left);
		if (!count)
			return false;
		*left -= count - 1;
		*next += count - 1;
		return true;
	case PYMM_OP_BINARY_OP:
		return pymm_quick_BINARY_OP(q, insn);
	case PYMM_OP_STORE_SUBSCR:
		return pymm_quick_STORE_SUBSCR(q, insn);
	case PYMM_OP_JUMP_BACKWARD:
		if (unlikely(pymm_check_due(q->arena)))
			return false;
		*next = insns + insn->imm;
		return true;
	case PYMM_OP_POP_JUMP_IF_FALSE:
	case PYMM_OP_POP_JUMP_IF_TRUE:
		if (!pymm_quick_POP_JUMP(q, insn, &truth))
			return false;
		wanted = insn->op == PYMM_OP_POP_JUMP_IF_TRUE;
		if (truth == wanted)
			*next = insns + insn->imm;
		return true;
	default:
		return false;
	}
}

/* Execute a frame until something is dying, another frame is to go on, or it has to pause. */
static int pymm_eval_code(struct pymm_thread *thread, struct pymm_frame *frame)
{
	const struct pymm_insn *insns = frame->bytecode->insns, *insn = insns + frame->pc, *next;
	struct pymm_quick q = {
		.thread = thread,
		.arena = thread->arena,
		.slots = frame->slots,
		.consts = frame->bytecode->consts,
	};
	u32 first = frame->pc, stride, left;
	int ret = pymm_tick(thread, 0);

	if (unlikely(ret))
		return ret;
	/* A lock that it was granted is its own: that is noted by the instruction. */
	if (unlikely(thread->interrupt && frame->wait == PYMM_WAIT_STARTED)) {
		frame->wait = PYMM_WAIT_NONE;
		frame->pc++;
		return pymm_interrupt(thread);
	}
	stride = pymm_stride(thread);
	if (unlikely(!stride))
		return PYMM_STATUS_LIMIT;
	pymm_quick_look(&q, frame->globals);
	left = stride;
	do {
		next = insn + 1;
		if (!pymm_quick(&q, insns, insn, &next, &left)) {
			frame->pc = insn - insns + 1;
			ret = pymm_execute(thread, frame, insn);
			next = insns + frame->pc;
			if (ret)
				break;
			pymm_quick_look(&q, frame->globals);
		}
		insn = next;
	} while (--left && !thread->dying);
	if (!ret)
		frame->pc = insn - insns;
	else if (ret == PYMM_CHECK || ret == PYMM_LEAVE)
		left--;
	else if (ret == PYMM_RAISED)
		pymm_operands_begin(thread, frame);
	else if (thread->in_arena)
		frame->pc--;
	thread->steps += stride - left;
	thread->budget -= stride - left;
	if (ret == PYMM_LEAVE)
		return 0;
	if (unlikely(ret < 0 || ret > PYMM_CHECK))
		return ret;
	if (ret != PYMM_CHECK && !pymm_checks_all(thread))
		return 0;
	/* Another thread must not see what this instruction dropped still alive. */
	ret = thread->dying ? pymm_dealloc_drain(thread) : 0;
	if (!ret)
		ret = pymm_checkpoint(thread);
	/* It was interrupted behind the one instruction executed, wherever that jumped to. */
	if (ret == PYMM_RAISED && thread->frame == frame && stride == 1)
		frame->pc = first + 1;
	return ret;
}

static int pymm_continue(struct pymm_thread *thread)
{
	switch (thread->frame->kind) {
	case PYMM_FRAME_CODE:
		if (thread->raised.exception)
			return pymm_exception_unwind(thread);
		return pymm_eval_code(thread, thread->frame);
	case PYMM_FRAME_COLLECT:
		return pymm_gc_step(thread);
	default:
		return pymm_frame_exit(thread) ?: pymm_tick(thread, 1);
	}
}

/**
 * pymm_eval() - run a thread until its frames are done, or it pauses
 * @thread: the running thread
 *
 * Context: sleeps; the GIL and arena->lock held on entry, and on return as
 * thread->in_arena and the GIL say.
 *
 * Return: why it stopped.
 */
enum pymm_status pymm_eval(struct pymm_thread *thread)
{
	int ret;

	for (;;) {
		ret = thread->dying ? pymm_dealloc_drain(thread) : 0;
		if (!ret && thread->reports)
			ret = pymm_print_reports(thread);
		if (!ret && thread->hooked) {
			/* As each entry of a function. */
			thread->hooked = false;
			ret = pymm_checkpoint(thread);
			/* A collection there can have freed something. */
			if (!ret && thread->dying)
				continue;
		}
		if (!ret && !thread->frame) {
			if (pymm_exception_end(thread))
				continue;
			return thread->ended.exception ? PYMM_STATUS_EXCEPTION : PYMM_STATUS_DONE;
		}
		if (!ret)
			ret = pymm_continue(thread);
		if (ret == -EINTR)
			return PYMM_STATUS_INTERRUPTED;
		/* PYMM_RAISED: the next round of the loop sees to it, after what has died. */
		if (ret > 0)
			return ret;
	}
}

/*
 * Let an outsider have the arena, and wait until it has: it may be slow to wake up. A task
 * that is being killed needs the arena back all the same, to undo what it was at; it does not
 * wait for more than a tick of whoever has got it.
 */
static int pymm_hand_over(struct pymm_arena *arena)
{
	int taken = atomic_read(&arena->taken);
	int err;

	mutex_unlock(&arena->lock);
	err = wait_event_killable(arena->handed, atomic_read(&arena->taken) != taken ||
				  !atomic_read(&arena->wanted));
	if (!err)
		err = mutex_lock_killable(&arena->lock);
	if (!err)
		return 0;
	atomic_inc(&arena->hurry);
	mutex_lock(&arena->lock);
	atomic_dec(&arena->hurry);
	return -EINTR;
}

/** pymm_tick_slow() - the part of pymm_tick() that is not inline */
int pymm_tick_slow(struct pymm_thread *thread)
{
	struct pymm_arena *arena = thread->arena;

	thread->budget = PYMM_TICK_STEPS;
	if (fatal_signal_pending(current))
		return -EINTR;
	cond_resched_tasks_rcu_qs();
	if (thread->reap_ticks)
		return --thread->reap_ticks && !atomic_read(&arena->hurry) ? 0 : -EINTR;
	if (atomic_read(&arena->wanted) && !arena->pinned)
		return pymm_hand_over(arena);
	return 0;
}

/** pymm_tick_nofail_slow() - the part of pymm_tick_nofail() that is not inline */
void pymm_tick_nofail_slow(struct pymm_thread *thread)
{
	struct pymm_arena *arena = thread->arena;

	thread->budget = PYMM_TICK_STEPS;
	cond_resched_tasks_rcu_qs();
	/* A reaper's turn is short; it is no runner, whom others wait for. */
	if (atomic_read(&arena->wanted) && !arena->pinned && !thread->reap_ticks)
		pymm_hand_over(arena);
}
