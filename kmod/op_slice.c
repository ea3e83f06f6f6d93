// SPDX-License-Identifier: GPL-2.0-only
/* Instructions on slices. */
#include "op.h"

/* slice(*args): a stop alone, or a start, a stop and a step. */
int pymm_op_BUILD_SLICE(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	const u32 *args = frame->slots + insn->src1;
	u32 i, count = insn->imm, slice;
	int err = pymm_range_check(thread, frame, insn->src1, count);

	if (err)
		return err;
	if (!count || count > PYMM_SLICE_PARTS)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "slice expected at %s %u argument%s, got %u",
				  count ? "most" : "least", count ? PYMM_SLICE_PARTS : 1,
				  count ? "s" : "", count);
	err = pymm_slice_new(thread, count > 1 ? args[0] : PYMM_NO_NONE, args[count > 1],
			     count > 2 ? args[2] : PYMM_NO_NONE, &slice);
	if (err)
		return err;
	for (i = count; i-- && (insn->flags & PYMM_INSN_CONSUME1);)
		pymm_frame_store(thread, frame, insn->src1 + i, 0);
	pymm_frame_store(thread, frame, insn->dst, slice);
	return PYMM_NEXT;
}
