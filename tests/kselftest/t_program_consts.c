// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier: constants.
 */
#include <errno.h>

#include "kselftest_harness.h"
#include "image_util.h"
#include "program_util.h"

PT_FIXTURE(program)

/* An image whose first code object has four good constants and this one. */
static struct pt_answer check_const(int thread, uint32_t kind, const void *data, uint32_t len)
{
	struct pt_image image;
	struct pt_answer answer;

	pt_image_begin(&image);
	pt_code_begin(&image, 1, 0);
	pt_small_end(&image);
	pt_small_constants(&image);
	pt_const(&image, kind, data, len);
	pt_code_end(&image);
	pt_small_leaf(&image);
	pt_small_leaf(&image);
	answer = pt_check_image(thread, &image);
	pt_image_free(&image);
	return answer;
}

#define EXPECT_CONST(expected, kind, data, len)						\
	do {										\
		struct pt_answer __answer = check_const(self->thread, kind, data, len);	\
											\
		EXPECT_EQ(-EINVAL, __answer.ret);					\
		EXPECT_EQ(expected, __answer.reject);					\
		EXPECT_EQ(0, __answer.code);						\
		EXPECT_EQ(PT_SMALL_CONSTS, __answer.pos);					\
	} while (0)

#define GOOD_CONST(kind, data, len) \
	EXPECT_EQ(0, check_const(self->thread, kind, data, len).ret)

TEST_F(program, const_kinds)
{
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, 0, NULL, 0);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_BYTES + 1, NULL, 0);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, ~0U, NULL, 0);
}

TEST_F(program, const_lengths)
{
	static const uint64_t zeros[4];

	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_NONE, zeros, 8);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_TRUE, zeros, 1);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_FALSE, zeros, 8);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_INT, zeros, 4);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_INT, zeros, 16);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_INT, NULL, 0);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_FLOAT, zeros, 4);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_FLOAT, zeros, 16);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_FLOAT, NULL, 0);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_TUPLE, zeros, 3);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_CODE, zeros, 8);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_CODE, NULL, 0);
}

TEST_F(program, const_length_out_of_the_code)
{
	static const uint32_t lengths[] = { 9, 16, 0x7fffffff, 0xfffffff8, 0xffffffff };

	for (unsigned int i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct pt_image image;
		struct pt_answer answer;
		struct pymm_const *last;
		struct pymm_code *head;

		pt_image_begin(&image);
		pt_code_begin(&image, 1, 0);
		pt_small_end(&image);
		pt_small_constants(&image);
		pt_const_str(&image, "eight...");
		pt_code_end(&image);
		pt_small_leaf(&image);
		pt_small_leaf(&image);
		head = pt_first_code(&image);
		last = (void *)((uint8_t *)head + head->size - 16);
		last->len = lengths[i];
		answer = pt_check_image(self->thread, &image);
		EXPECT_EQ(-EINVAL, answer.ret)
			TH_LOG("length %#x", lengths[i]);
		EXPECT_TRUE(answer.reject == PYMM_REJECT_CONST_DATA ||
			    answer.reject == PYMM_REJECT_IMAGE);
		pt_image_free(&image);
	}
}

TEST_F(program, const_padding)
{
	for (unsigned int at = 5; at < 8; at++) {
		struct pt_image image;
		struct pt_answer answer;

		pt_image_begin(&image);
		pt_code_begin(&image, 1, 0);
		pt_small_end(&image);
		pt_small_constants(&image);
		pt_const_str(&image, "hello");
		pt_code_end(&image);
		image.data[image.size - 8 + at] = 1;
		pt_small_leaf(&image);
		pt_small_leaf(&image);
		answer = pt_check_image(self->thread, &image);
		EXPECT_EQ(-EINVAL, answer.ret);
		EXPECT_EQ(PYMM_REJECT_CONST_DATA, answer.reject);
		EXPECT_EQ(PT_SMALL_CONSTS, answer.pos);
		pt_image_free(&image);
	}
}

TEST_F(program, const_tuples)
{
	GOOD_CONST(PYMM_CONST_TUPLE, NULL, 0);
	GOOD_CONST(PYMM_CONST_TUPLE, ((uint32_t[]){ PT_SMALL_CONST_INT, PT_SMALL_CONST_STR, PT_SMALL_CONST_INT }), 12);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_TUPLE, (&(uint32_t){ PT_SMALL_CONSTS }), 4);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_TUPLE, (&(uint32_t){ PT_SMALL_CONSTS + 1 }), 4);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_TUPLE, (&(uint32_t){ ~0U }), 4);
}

/* Code 1 is what it refers to at most; itself and those before it would make a cycle. */
TEST_F(program, const_codes)
{
	GOOD_CONST(PYMM_CONST_CODE, (&(uint32_t){ 1 }), 4);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_CODE, (&(uint32_t){ 0 }), 4);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_CODE, (&(uint32_t){ 3 }), 4);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_CODE, (&(uint32_t){ ~0U }), 4);
}

TEST_F(program, const_code_before)
{
	struct pt_image image;
	struct pt_answer answer;

	pt_image_begin(&image);
	pt_small_leaf(&image);
	pt_code_begin(&image, 1, 0);
	pt_insn(&image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
	pt_const(&image, PYMM_CONST_CODE, &(uint32_t){ 0 }, 4);
	pt_code_end(&image);
	answer = pt_check_image(self->thread, &image);
	EXPECT_EQ(-EINVAL, answer.ret);
	EXPECT_EQ(PYMM_REJECT_CONST_DATA, answer.reject);
	EXPECT_EQ(1, answer.code);
	EXPECT_EQ(0, answer.pos);
	pt_image_free(&image);
}

TEST_F(program, const_utf8)
{
	static const char *const good[] = {
		"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
		"\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
	};
	static const char *const bad[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2" "a", "\xe0\x80\x80",
		"\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf", "\xe2\x82", "\xf0\x80\x80\x80",
		"\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "\xfe",
		"ab\xf0\x9f\x98",
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(good); i++) {
		GOOD_CONST(PYMM_CONST_STR, good[i], strlen(good[i]));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_CONST(PYMM_REJECT_UTF8, PYMM_CONST_STR, bad[i], strlen(bad[i]));
	}
}

TEST_F(program, const_str_with_nul)
{
	GOOD_CONST(PYMM_CONST_STR, "a\0b", 3);
}

TEST_HARNESS_MAIN
