// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier: heads, sizes and limits of images, and what checking one leaves behind.
 */
#include <errno.h>
#include <stdlib.h>

#include "kselftest_harness.h"
#include "image_util.h"
#include "program_util.h"

PT_FIXTURE(program)

/* ---- heads and sizes ---- */

static struct pymm_image *head(const struct pt_image *image)
{
	return (struct pymm_image *)image->data;
}

static struct pt_answer check_size(int thread, const struct pt_image *image, uint32_t size)
{
	struct pymm_run run = { 0 };
	int ret = pt_run_image(thread, image->data, size, PYMM_RUN_CHECK, &run);

	return (struct pt_answer){ ret, run.reject, run.code, run.pos };
}

/* Every size that is not the image's own. */
TEST_F(program, truncated)
{
	struct pt_image image;

	pt_small_image(&image, NULL, 0);
	for (uint32_t size = 1; size < image.size; size++) {
		struct pt_answer answer = check_size(self->thread, &image, size);

		EXPECT_EQ(-EINVAL, answer.ret)
			TH_LOG("size %u", size);
		EXPECT_EQ(PYMM_REJECT_IMAGE, answer.reject);
	}
	EXPECT_EQ(0, check_size(self->thread, &image, image.size).ret);
	pt_image_free(&image);
}

/* The same, with a head that knows. */
TEST_F(program, truncated_with_matching_head)
{
	struct pt_image image;

	pt_small_image(&image, NULL, 0);
	for (uint32_t size = 16; size < image.size; size++) {
		struct pt_answer answer;

		head(&image)->size = size;
		answer = check_size(self->thread, &image, size);
		EXPECT_EQ(-EINVAL, answer.ret)
			TH_LOG("size %u", size);
		EXPECT_NE(PYMM_REJECT_NONE, answer.reject);
	}
	pt_image_free(&image);
}

TEST_F(program, something_behind_the_image)
{
	struct pt_image image;

	pt_small_image(&image, NULL, 0);
	image.data = realloc(image.data, image.size + 8);
	memset(image.data + image.size, 0, 8);
	EXPECT_EQ(PYMM_REJECT_IMAGE, check_size(self->thread, &image, image.size + 8).reject);
	head(&image)->size += 8;
	EXPECT_EQ(PYMM_REJECT_IMAGE, check_size(self->thread, &image, image.size + 8).reject);
	pt_image_free(&image);
}

/* Where what is there can be read in another way, any reason will do. */
#define EXPECT_REFUSED(change, condition)					\
	do {									\
		struct pt_image image;						\
		struct pt_answer answer;						\
										\
		pt_small_image(&image, NULL, 0);					\
		change;								\
		answer = pt_check_image(self->thread, &image);			\
		EXPECT_EQ(-EINVAL, answer.ret);					\
		EXPECT_TRUE(condition);						\
		pt_image_free(&image);						\
	} while (0)

#define EXPECT_BAD_IMAGE(change) EXPECT_REFUSED(change, answer.reject == PYMM_REJECT_IMAGE)
#define EXPECT_BAD_CODE(change) EXPECT_REFUSED(change, answer.reject != PYMM_REJECT_NONE)

TEST_F(program, magic)
{
	EXPECT_BAD_IMAGE(head(&image)->magic ^= 1);
}

TEST_F(program, version)
{
	EXPECT_BAD_IMAGE(head(&image)->version = 0);
	EXPECT_BAD_IMAGE(head(&image)->version = 2);
}

TEST_F(program, number_of_codes)
{
	EXPECT_BAD_IMAGE(head(&image)->nr_codes = 0);
	EXPECT_BAD_CODE(head(&image)->nr_codes = 2);
	EXPECT_BAD_IMAGE(head(&image)->nr_codes = 4);
	EXPECT_BAD_IMAGE(head(&image)->nr_codes = 1000);
}

TEST_F(program, size_of_a_code)
{
	EXPECT_BAD_IMAGE(pt_first_code(&image)->size = 0);
	EXPECT_BAD_CODE(pt_first_code(&image)->size -= 8);
	EXPECT_BAD_CODE(pt_first_code(&image)->size += 8);
	EXPECT_BAD_IMAGE(pt_first_code(&image)->size += 4);
	EXPECT_BAD_IMAGE(pt_first_code(&image)->size = ~7U);
	EXPECT_BAD_IMAGE(pt_first_code(&image)->size = ~0U);
}

TEST_F(program, number_of_insns)
{
	EXPECT_BAD_IMAGE(pt_first_code(&image)->nr_insns = 0);
	EXPECT_BAD_IMAGE(pt_first_code(&image)->nr_insns = 1000);
}

TEST_F(program, number_of_consts)
{
	EXPECT_BAD_CODE(pt_first_code(&image)->nr_consts = 0);
	EXPECT_BAD_CODE(pt_first_code(&image)->nr_consts--);
	EXPECT_BAD_CODE(pt_first_code(&image)->nr_consts++);
	EXPECT_BAD_CODE(pt_first_code(&image)->nr_consts = 1000);
}

TEST_F(program, number_of_params)
{
	EXPECT_BAD_IMAGE(pt_first_code(&image)->nr_params = 1);
}

TEST_F(program, more_params_than_slots)
{
	struct pt_image image;
	struct pt_answer answer;

	pt_image_begin(&image);
	pt_small_leaf(&image);
	pt_code_begin(&image, 1, 2);
	pt_insn(&image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
	pt_code_end(&image);
	answer = pt_check_image(self->thread, &image);
	EXPECT_EQ(-EINVAL, answer.ret);
	EXPECT_EQ(PYMM_REJECT_IMAGE, answer.reject);
	EXPECT_EQ(1, answer.code);
	pt_image_free(&image);
}

/* A code object of three instructions with one handler, and the answer to it. */
static struct pt_answer check_handler(int thread, struct pymm_handler handler)
{
	struct pt_image image;
	struct pt_answer answer;

	pt_image_begin(&image);
	pt_code_begin(&image, 2, 0);
	pt_insn(&image, PYMM_OP_NOP, 0, 0, 0, 0, 0);
	pt_insn(&image, PYMM_OP_LOAD_CONST, 0, 0, 0, 0, 0);
	pt_insn(&image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
	pt_handler(&image, &handler);
	pt_const(&image, PYMM_CONST_NONE, NULL, 0);
	pt_code_end(&image);
	answer = pt_check_image(thread, &image);
	pt_image_free(&image);
	return answer;
}

TEST_F(program, handlers)
{
	static const struct pymm_handler good[] = {
		{ 0, 1, 1, 0 }, { 0, 2, 2, 1 }, { 0, 1, 2, 1 }, { 1, 2, 2, 0 },
	};
	static const struct pymm_handler bad[] = {
		{ 0, 0, 1, 0 }, { 1, 0, 2, 0 }, { 0, 2, 1, 0 }, { 0, 1, 3, 0 }, { 0, 3, 3, 0 },
		{ 0, 1, 1, 2 }, { 0, 1, ~0U, 0 }, { 0, ~0U, ~0U, 0 }, { ~0U, 1, 2, 0 }, { 0, 1, 1, ~0U },
	};

	for (unsigned int i = 0; i < sizeof(good) / sizeof(*good); i++) {
		EXPECT_EQ(0, check_handler(self->thread, good[i]).ret)
			TH_LOG("%u", i);
	}
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct pt_answer answer = check_handler(self->thread, bad[i]);

		EXPECT_EQ(-EINVAL, answer.ret)
			TH_LOG("%u", i);
		EXPECT_EQ(PYMM_REJECT_HANDLER, answer.reject);
		EXPECT_EQ(0, answer.pos);
	}
}

TEST_F(program, number_of_handlers)
{
	EXPECT_BAD_CODE(pt_first_code(&image)->nr_handlers = 1);
}

TEST_F(program, no_image_at_all)
{
	struct pymm_run run = { 0 };

	EXPECT_EQ(-EINVAL, pt_run_image(self->thread, NULL, 0, 0, &run));
}

/* Nothing says that an image must be aligned in the caller's memory. */
TEST_F(program, at_an_odd_address)
{
	struct pymm_run run = { 0 };
	struct pt_image image;
	uint8_t *odd;

	pt_small_image(&image, NULL, 0);
	odd = malloc(image.size + 1);
	memcpy(odd + 1, image.data, image.size);
	EXPECT_EQ(0, pt_run_image(self->thread, odd + 1, image.size, 0, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	free(odd);
	pt_image_free(&image);
}

/* ---- limits ---- */

/* @nr instructions, as many constants, that many slots. */
static struct pt_answer check_size_of(int thread, uint32_t insns, uint32_t consts, uint16_t slots)
{
	struct pt_image image;
	struct pt_answer answer;

	pt_image_begin(&image);
	pt_code_begin(&image, slots, 0);
	for (uint32_t i = 2; i < insns; i++)
		pt_insn(&image, PYMM_OP_NOP, 0, 0, 0, 0, 0);
	pt_insn(&image, PYMM_OP_LOAD_CONST, 0, 0, 0, 0, 0);
	pt_insn(&image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
	for (uint32_t i = 0; i < consts; i++)
		pt_const(&image, PYMM_CONST_NONE, NULL, 0);
	pt_code_end(&image);
	answer = pt_check_image(thread, &image);
	pt_image_free(&image);
	return answer;
}

TEST_F(program, limits_reached)
{
	struct pymm_query query = pt_query(self->arena);

	EXPECT_EQ(0, check_size_of(self->thread, query.max_insns, 1, 1).ret);
	EXPECT_EQ(0, check_size_of(self->thread, 2, query.max_consts, 1).ret);
	EXPECT_EQ(0, check_size_of(self->thread, 2, 1, query.max_slots).ret);
}

TEST_F(program, limit_of_insns)
{
	struct pymm_query query = pt_query(self->arena);

	EXPECT_EQ(-EDQUOT, check_size_of(self->thread, query.max_insns + 1, 1, 1).ret);
}

TEST_F(program, limit_of_insns_in_all_codes)
{
	struct pymm_query query = pt_query(self->arena);
	struct pt_image image;

	pt_image_begin(&image);
	for (int code = 0; code < 2; code++) {
		pt_code_begin(&image, 1, 0);
		for (uint32_t i = 0; i < query.max_insns / 2; i++)
			pt_insn(&image, PYMM_OP_NOP, 0, 0, 0, 0, 0);
		pt_insn(&image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
		pt_code_end(&image);
	}
	EXPECT_EQ(-EDQUOT, pt_check_image(self->thread, &image).ret);
	pt_image_free(&image);
}

TEST_F(program, limit_of_handlers)
{
	struct pt_image image;

	pt_small_image(&image, NULL, 0);
	pt_first_code(&image)->nr_handlers = PYMM_MAX_HANDLERS + 1;
	EXPECT_EQ(-EDQUOT, pt_check_image(self->thread, &image).ret);
	pt_first_code(&image)->nr_handlers = UINT16_MAX;
	EXPECT_EQ(-EDQUOT, pt_check_image(self->thread, &image).ret);
	pt_first_code(&image)->nr_handlers = PYMM_MAX_HANDLERS;
	EXPECT_EQ(-EINVAL, pt_check_image(self->thread, &image).ret);
}

TEST_F(program, limit_of_consts)
{
	struct pymm_query query = pt_query(self->arena);

	EXPECT_EQ(-EDQUOT, check_size_of(self->thread, 2, query.max_consts + 1, 1).ret);
}

TEST_F(program, limit_of_slots)
{
	struct pymm_query query = pt_query(self->arena);

	EXPECT_EQ(-EDQUOT, check_size_of(self->thread, 2, 1, query.max_slots + 1).ret);
}

TEST_F(program, limit_of_image_size)
{
	uint32_t size = pt_query(self->arena).max_image_size + 8;
	struct pymm_run run = { 0 };
	uint8_t *data = calloc(1, size);
	struct pt_image image;

	pt_small_image(&image, NULL, 0);
	memcpy(data, image.data, image.size);
	((struct pymm_image *)data)->size = size;
	EXPECT_EQ(-EDQUOT, pt_run_image(self->thread, data, size, PYMM_RUN_CHECK, &run));
	pt_image_free(&image);
	free(data);
}

/* ---- CHECK ---- */

TEST_F(program, check_executes_nothing)
{
	struct pymm_insn insn = {
		.op = PYMM_OP_STORE_GLOBAL, .src1 = 0, .imm = PT_SMALL_CONST_STR };
	struct pymm_stat before = pt_stat(self->arena);
	struct pymm_run run;
	struct pt_image image;

	pt_small_image(&image, &insn, 0);
	memset(&run, 0, sizeof(run));
	EXPECT_EQ(0, pt_run_image(self->thread, image.data, image.size, PYMM_RUN_CHECK, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	EXPECT_EQ(0, run.steps);
	EXPECT_EQ(0, run.result_flags);
	EXPECT_EQ(before.steps, pt_stat(self->arena).steps);
	EXPECT_EQ(before.names, pt_stat(self->arena).names);
	EXPECT_EQ(before.objects, pt_stat(self->arena).objects);
	pt_image_free(&image);
}

TEST_F(program, a_refused_image_leaves_nothing)
{
	struct pymm_insn insn = { .op = 200 };
	struct pymm_stat before = pt_stat(self->arena);
	struct pymm_run run = { 0 };
	struct pt_image image;

	pt_small_image(&image, &insn, 1);
	EXPECT_EQ(-EINVAL, pt_run_image(self->thread, image.data, image.size, 0, &run));
	EXPECT_EQ(PYMM_REJECT_OPCODE, run.reject);
	EXPECT_EQ(before.objects, pt_stat(self->arena).objects);
	EXPECT_EQ(before.bytes, pt_stat(self->arena).bytes);
	pt_image_free(&image);
}

TEST_HARNESS_MAIN
