// SPDX-License-Identifier: GPL-2.0-only
/* Instructions on sets. */
#include "op.h"

int pymm_op_BUILD_SET(struct pymm_thread *thread, struct pymm_frame *frame,
		      const struct pymm_insn *insn)
{
	u32 i, set;
	int err = pymm_range_check(thread, frame, insn->src1, insn->imm);

	if (!err)
		err = pymm_set_new(thread, PYMM_TYPE_SET, &set);
	if (err)
		return err;
	for (i = 0; i < insn->imm && !err; i++)
		err = pymm_set_add(thread, set, frame->slots[insn->src1 + i]);
	if (err) {
		pymm_put(thread, set);
		return err;
	}
	for (i = insn->imm; i-- && (insn->flags & PYMM_INSN_CONSUME1);)
		pymm_frame_store(thread, frame, insn->src1 + i, 0);
	pymm_frame_store(thread, frame, insn->dst, set);
	return PYMM_NEXT;
}

int pymm_op_BUILD_FROZENSET(struct pymm_thread *thread, struct pymm_frame *frame,
			    const struct pymm_insn *insn)
{
	u32 iterable, result;
	int err = pymm_in(thread, frame, insn->src1, &iterable);

	if (!err)
		err = pymm_set_of(thread, PYMM_TYPE_FROZENSET, iterable, &result);
	return err ?: pymm_result(thread, frame, insn, result);
}

/* The set that a method is called of. */
static int pymm_in_set(struct pymm_thread *thread, struct pymm_frame *frame, u16 slot,
		       const char *method, u32 *no)
{
	int err = pymm_in(thread, frame, slot, no);

	if (err || pymm_is(thread->arena, *no, PYMM_TYPE_SET))
		return err;
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
			  "descriptor '%s' for 'set' objects doesn't apply to a '%s' object",
			  method, pymm_type_name(thread->arena, *no));
}

int pymm_op_SET_ADD(struct pymm_thread *thread, struct pymm_frame *frame,
		    const struct pymm_insn *insn)
{
	u32 set, key;
	int err = pymm_in_set(thread, frame, insn->src1, "add", &set) ?:
		  pymm_in(thread, frame, insn->src2, &key);

	if (!err)
		err = pymm_set_add(thread, set, key);
	return err ?: pymm_done(thread, frame, insn);
}

int pymm_op_SET_UPDATE(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn)
{
	u32 set, iterable;
	int err = pymm_in_set(thread, frame, insn->src1, "update", &set) ?:
		  pymm_in(thread, frame, insn->src2, &iterable);

	if (!err)
		err = pymm_set_update(thread, set, iterable);
	return err ?: pymm_done(thread, frame, insn);
}

static int pymm_discard(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn, const char *method, bool must)
{
	u32 set, key, old = 0;
	int ret = pymm_in_set(thread, frame, insn->src1, method, &set) ?:
		  pymm_in(thread, frame, insn->src2, &key);

	if (!ret)
		ret = pymm_set_discard(thread, set, key, &old);
	if (ret < 0)
		return ret;
	if (!ret && must)
		return pymm_raise_key(thread, key);
	pymm_done(thread, frame, insn);
	/* What was in the set dies before the operands do. */
	pymm_put_if(thread, old);
	return PYMM_NEXT;
}

int pymm_op_SET_DISCARD(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	return pymm_discard(thread, frame, insn, "discard", false);
}

int pymm_op_SET_REMOVE(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn)
{
	return pymm_discard(thread, frame, insn, "remove", true);
}

int pymm_op_SET_POP(struct pymm_thread *thread, struct pymm_frame *frame,
		    const struct pymm_insn *insn)
{
	u32 set, key;
	int err = pymm_in_set(thread, frame, insn->src1, "pop", &set);

	if (!err)
		err = pymm_set_pop(thread, set, &key);
	return err ?: pymm_result(thread, frame, insn, key);
}
