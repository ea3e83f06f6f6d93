// SPDX-License-Identifier: GPL-2.0-only
/* Instructions on iterators. */
#include "op.h"

int pymm_op_GET_ITER(struct pymm_thread *thread, struct pymm_frame *frame,
		     const struct pymm_insn *insn)
{
	u32 no, result;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (!err)
		err = pymm_iter(thread, no, &result);
	return err ?: pymm_result(thread, frame, insn, result);
}

/* At the end of the iterator it jumps; dst keeps the last item, as a variable of a loop does. */
int pymm_op_FOR_ITER(struct pymm_thread *thread, struct pymm_frame *frame,
		     const struct pymm_insn *insn)
{
	u32 no, item;
	int ret = pymm_in(thread, frame, insn->src1, &no);

	if (ret)
		return ret;
	if (likely(pymm_is(thread->arena, no, PYMM_TYPE_RANGE_ITERATOR)))
		ret = pymm_range_iterator_next(thread, no, &item);
	else
		ret = pymm_next(thread, no, &item);
	if (ret > 0)
		return pymm_result(thread, frame, insn, item);
	if (!ret)
		frame->pc = insn->imm;
	return ret;
}
