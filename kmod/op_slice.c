// SPDX-License-Identifier: GPL-2.0-only
/* Instructions on slices. */
#include "op.h"

/* slice(*args): a stop alone, or a start, a stop and a step. */
int pymm_op_BUILD_SLICE(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	u32 i, count = insn->imm, slice;
	int err = pymm_range_check(thread, frame, insn->src1, count);

	if (err)
		return err;
	err = pymm_slice_of(thread, frame->slots + insn->src1, count, &slice);
	if (err)
		return err;
	for (i = count; i-- && (insn->flags & PYMM_INSN_CONSUME1);)
		pymm_frame_store(thread, frame, insn->src1 + i, 0);
	pymm_frame_store(thread, frame, insn->dst, slice);
	return PYMM_NEXT;
}
