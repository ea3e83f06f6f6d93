/* SPDX-License-Identifier: GPL-2.0-only */
/* What the instructions have in common: operands, results, return values. */
#ifndef _PYMM_OP_H
#define _PYMM_OP_H

#include "frame.h"

/*
 * What an instruction returns: PYMM_NEXT, PYMM_CHECK, PYMM_LEAVE, PYMM_RAISED, -EINTR when the
 * task is being killed, or the enum pymm_status that the program pauses with.
 */
#define PYMM_NEXT	0
#define PYMM_CHECK	1	/* done, and it is a check point (semantics.md 5.05) */
#define PYMM_LEAVE	S32_MAX	/* done, and another frame may be the innermost one now */

static_assert(PYMM_STATUS_INTERRUPTED > PYMM_CHECK && PYMM_STATUS_OUTPUT_FULL > PYMM_CHECK &&
	      PYMM_STATUS_LIMIT > PYMM_CHECK);

static inline int pymm_in(struct pymm_thread *thread, struct pymm_frame *frame, u16 slot, u32 *no)
{
	*no = frame->slots[slot];
	if (likely(*no))
		return 0;
	return pymm_raise_unbound(thread, frame, slot);
}

static inline int pymm_in2(struct pymm_thread *thread, struct pymm_frame *frame,
			   const struct pymm_insn *insn, u32 *a, u32 *b)
{
	return pymm_in(thread, frame, insn->src1, a) ?: pymm_in(thread, frame, insn->src2, b);
}

/* Move a reference out of a slot if @flag says so; else 0. */
static inline u32 pymm_consume(struct pymm_frame *frame, const struct pymm_insn *insn, u8 flag,
			       u16 slot)
{
	u32 no;

	if (!(insn->flags & flag))
		return 0;
	no = frame->slots[slot];
	frame->slots[slot] = 0;
	return no;
}

static inline void pymm_put_if(struct pymm_thread *thread, u32 no)
{
	if (no)
		pymm_put(thread, no);
}

/* The operands of an instruction without result are done with; src1 dies first. */
static inline int pymm_done(struct pymm_thread *thread, struct pymm_frame *frame,
			    const struct pymm_insn *insn)
{
	u32 first = pymm_consume(frame, insn, PYMM_INSN_CONSUME1, insn->src1);
	u32 second = pymm_consume(frame, insn, PYMM_INSN_CONSUME2, insn->src2);

	pymm_put_if(thread, second);
	pymm_put_if(thread, first);
	return PYMM_NEXT;
}

/* Publish a result, a reference; then what the operands and dst held dies in that order. */
static inline int pymm_result(struct pymm_thread *thread, struct pymm_frame *frame,
			      const struct pymm_insn *insn, u32 result)
{
	u32 first = pymm_consume(frame, insn, PYMM_INSN_CONSUME1, insn->src1);
	u32 second = pymm_consume(frame, insn, PYMM_INSN_CONSUME2, insn->src2);

	pymm_frame_store(thread, frame, insn->dst, result);
	pymm_put_if(thread, second);
	pymm_put_if(thread, first);
	return PYMM_NEXT;
}

/*
 * Where the name or key of an instruction stood the last time: in an operand that the opcode has
 * not, of the code object's own copy.
 */
static inline u16 *pymm_name_hint(const struct pymm_insn *insn)
{
	return (u16 *)&insn->src2;
}

static inline u16 *pymm_key_hint(const struct pymm_insn *insn)
{
	return (u16 *)&insn->imm;
}

static inline int pymm_result_new(struct pymm_thread *thread, struct pymm_frame *frame,
				  const struct pymm_insn *insn, u32 result)
{
	if (unlikely(!result))
		return pymm_raise_nomem(thread);
	return pymm_result(thread, frame, insn, result);
}

static inline int pymm_result_bool(struct pymm_thread *thread, struct pymm_frame *frame,
				   const struct pymm_insn *insn, int value)
{
	if (unlikely(value < 0))
		return value;
	return pymm_result(thread, frame, insn, pymm_bool(value));
}

static inline int pymm_range_check(struct pymm_thread *thread, struct pymm_frame *frame, u16 first,
				   u32 count)
{
	u32 i, no;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = pymm_in(thread, frame, first + i, &no);
	return err;
}

/* References out of consecutive slots, moved or copied. */
static inline void pymm_range_take(struct pymm_thread *thread, struct pymm_frame *frame, u16 first,
				   u32 count, bool move, u32 *to)
{
	u32 i;

	for (i = 0; i < count; i++) {
		to[i] = frame->slots[first + i];
		if (move)
			frame->slots[first + i] = 0;
		else
			pymm_get(thread->arena, to[i]);
	}
}

/*
 * Instructions that are called from the evaluator's switch. Each gets the running thread, its
 * innermost frame and itself, with the GIL and arena->lock held, and returns as above.
 */

/* op_container.c */
int pymm_op_BUILD_LIST(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn);
int pymm_op_BUILD_TUPLE(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn);
int pymm_op_BUILD_MAP(struct pymm_thread *thread, struct pymm_frame *frame,
		      const struct pymm_insn *insn);
int pymm_op_LIST_APPEND(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn);
int pymm_op_LIST_EXTEND(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn);
int pymm_op_BINARY_SUBSCR(struct pymm_thread *thread, struct pymm_frame *frame,
			  const struct pymm_insn *insn);
int pymm_op_STORE_SUBSCR(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn);
int pymm_op_DELETE_SUBSCR(struct pymm_thread *thread, struct pymm_frame *frame,
			  const struct pymm_insn *insn);
int pymm_op_CONTAINS_OP(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn);
int pymm_op_GET_LEN(struct pymm_thread *thread, struct pymm_frame *frame,
		    const struct pymm_insn *insn);
int pymm_op_UNPACK_SEQUENCE(struct pymm_thread *thread, struct pymm_frame *frame,
			    const struct pymm_insn *insn);

/* op_function.c */
void pymm_operands_begin(struct pymm_thread *thread, const struct pymm_frame *frame);
bool pymm_operands_drop(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn, u32 count);
int pymm_op_MAKE_FUNCTION(struct pymm_thread *thread, struct pymm_frame *frame,
			  const struct pymm_insn *insn);
int pymm_op_SET_FUNCTION_ATTRIBUTE(struct pymm_thread *thread, struct pymm_frame *frame,
				   const struct pymm_insn *insn);
int pymm_op_CALL(struct pymm_thread *thread, struct pymm_frame *frame,
		 const struct pymm_insn *insn);
int pymm_op_CALL_KW(struct pymm_thread *thread, struct pymm_frame *frame,
		    const struct pymm_insn *insn);
int pymm_op_CALL_METHOD(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn);
int pymm_op_CALL_METHOD_KW(struct pymm_thread *thread, struct pymm_frame *frame,
			   const struct pymm_insn *insn);
int pymm_op_RETURN_VALUE(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn);
int pymm_op_MAKE_CELL(struct pymm_thread *thread, struct pymm_frame *frame,
		      const struct pymm_insn *insn);
int pymm_op_LOAD_DEREF(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn);
int pymm_op_STORE_DEREF(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn);
int pymm_op_DELETE_DEREF(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn);
int pymm_op_COPY_FREE_VARS(struct pymm_thread *thread, struct pymm_frame *frame,
			   const struct pymm_insn *insn);

/* op_class.c */
bool pymm_attr_is(const struct pymm_arena *arena, u32 name, const char *text);
int pymm_bind_attribute(struct pymm_thread *thread, u32 no, u32 value, u32 *result, bool *method);
int pymm_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result);
int pymm_object_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result);
int pymm_object_setattr(struct pymm_thread *thread, u32 no, u32 name, u32 value);
int pymm_object_delattr(struct pymm_thread *thread, u32 no, u32 name);
int pymm_op_BUILD_CLASS(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn);
int pymm_op_GET_TYPE(struct pymm_thread *thread, struct pymm_frame *frame,
		     const struct pymm_insn *insn);
int pymm_op_LOAD_ATTR(struct pymm_thread *thread, struct pymm_frame *frame,
		      const struct pymm_insn *insn);
int pymm_op_LOAD_METHOD(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn);
int pymm_op_STORE_ATTR(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn);
int pymm_op_DELETE_ATTR(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn);
int pymm_op_WEAKREF_NEW(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn);

/* op_set.c */
int pymm_op_BUILD_SET(struct pymm_thread *thread, struct pymm_frame *frame,
		      const struct pymm_insn *insn);
int pymm_op_BUILD_FROZENSET(struct pymm_thread *thread, struct pymm_frame *frame,
			    const struct pymm_insn *insn);
int pymm_op_SET_ADD(struct pymm_thread *thread, struct pymm_frame *frame,
		    const struct pymm_insn *insn);
int pymm_op_SET_UPDATE(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn);
int pymm_op_SET_DISCARD(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn);
int pymm_op_SET_REMOVE(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn);
int pymm_op_SET_POP(struct pymm_thread *thread, struct pymm_frame *frame,
		    const struct pymm_insn *insn);

/* op_slice.c */
int pymm_op_BUILD_SLICE(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn);

int pymm_op_MODULE_NEW(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn);

/* op_iterator.c */
int pymm_op_GET_ITER(struct pymm_thread *thread, struct pymm_frame *frame,
		     const struct pymm_insn *insn);
int pymm_op_FOR_ITER(struct pymm_thread *thread, struct pymm_frame *frame,
		     const struct pymm_insn *insn);

/* op_exception.c */
int pymm_op_RAISE(struct pymm_thread *thread, struct pymm_frame *frame,
		  const struct pymm_insn *insn);
int pymm_op_RAISE_FROM(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn);
int pymm_op_RERAISE(struct pymm_thread *thread, struct pymm_frame *frame,
		    const struct pymm_insn *insn);
int pymm_op_GET_EXC(struct pymm_thread *thread, struct pymm_frame *frame,
		    const struct pymm_insn *insn);
int pymm_op_PUSH_EXC_INFO(struct pymm_thread *thread, struct pymm_frame *frame,
			  const struct pymm_insn *insn);
int pymm_op_POP_EXCEPT(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn);
int pymm_op_CHECK_EXC_MATCH(struct pymm_thread *thread, struct pymm_frame *frame,
			    const struct pymm_insn *insn);
int pymm_op_BEFORE_WITH(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn);

/* op_lock.c */
int pymm_op_LOCK_NEW(struct pymm_thread *thread, struct pymm_frame *frame,
		     const struct pymm_insn *insn);
int pymm_op_LOCK_ACQUIRE(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn);
int pymm_op_LOCK_RELEASE(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn);
int pymm_op_RLOCK_NEW(struct pymm_thread *thread, struct pymm_frame *frame,
		      const struct pymm_insn *insn);
int pymm_op_SLEEP(struct pymm_thread *thread, struct pymm_frame *frame,
		  const struct pymm_insn *insn);
int pymm_yield(struct pymm_thread *thread);
#endif
