// SPDX-License-Identifier: GPL-2.0
/*
 * What the tests of the verifier share; see program_util.h.
 */
#include "program_util.h"

void pt_small_constants(struct pt_image *image)
{
	pt_const_int(image, 1000);
	pt_const_str(image, "name");
	pt_const(image, PYMM_CONST_CODE, &(uint32_t){ 2 }, 4);
	pt_const(image, PYMM_CONST_NONE, NULL, 0);
}

void pt_small_end(struct pt_image *image)
{
	pt_insn(image, PYMM_OP_LOAD_CONST, 0, 0, 0, 0, PT_SMALL_CONST_NONE);
	pt_insn(image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
}

static void add_code(struct pt_image *image, const struct pymm_insn *insn)
{
	pt_code_begin(image, PT_SMALL_SLOTS, 0);
	pt_insn(image, PYMM_OP_NOP, 0, 0, 0, 0, 0);
	if (insn)
		pt_insn(image, insn->op, insn->flags, insn->dst, insn->src1, insn->src2, insn->imm);
	else
		pt_insn(image, PYMM_OP_NOP, 0, 0, 0, 0, 0);
	pt_small_end(image);
	pt_small_constants(image);
	pt_code_end(image);
}

void pt_small_leaf(struct pt_image *image)
{
	pt_code_begin(image, 1, 0);
	pt_insn(image, PYMM_OP_LOAD_CONST, 0, 0, 0, 0, 0);
	pt_insn(image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
	pt_const(image, PYMM_CONST_NONE, NULL, 0);
	pt_code_end(image);
}

void pt_small_image(struct pt_image *image, const struct pymm_insn *insn, unsigned int code)
{
	pt_image_begin(image);
	add_code(image, code == 0 ? insn : NULL);
	add_code(image, code == 1 ? insn : NULL);
	pt_small_leaf(image);
}

struct pymm_code *pt_first_code(const struct pt_image *image)
{
	return (struct pymm_code *)(image->data + sizeof(struct pymm_image));
}

struct pt_answer pt_check_image(int thread, const struct pt_image *image)
{
	struct pymm_run run = { 0 };
	int ret = pt_run_image(thread, image->data, image->size, PYMM_RUN_CHECK, &run);

	return (struct pt_answer){ ret, run.reject, run.code, run.pos };
}
