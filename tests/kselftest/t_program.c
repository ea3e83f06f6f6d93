// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier: what a program may look like, and what is said of one that is
 * refused. Images are made by hand, as an attacker would.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include "kselftest_harness.h"
#include "pymm_util.h"

PT_FIXTURE(program)

/* ---- a small image around one instruction ---- */

/* Slots of the code objects; constants by index. */
#define SLOTS		4
#define CONST_INT	0
#define CONST_STR	1
#define CONST_CODE	2
#define CONST_NONE	3
#define CONSTS		4
/* Instructions: NOP, the one under test, LOAD_CONST, RETURN_VALUE. */
#define TESTED		1
#define INSNS		4

struct op {
	const char *name;
	uint8_t nr;
	uint8_t dst;
	uint8_t src1;
	uint8_t src2;
	uint8_t imm;
	uint8_t flags;
};

static const struct op ops[] = {
#define PYMM_OP(nr, name, dst, src1, src2, imm, flags)				\
	{ #name, nr, PYMM_OPERAND_##dst, PYMM_OPERAND_##src1,			\
	  PYMM_OPERAND_##src2, PYMM_IMM_##imm, flags },
#include <linux/pymm_ops.h>
#undef PYMM_OP
};

#define for_each_op(op) for (const struct op *op = ops; op < ops + ARRAY_SIZE(ops); op++)

static void code_constants(struct pt_image *image)
{
	pt_const_int(image, 1000);
	pt_const_str(image, "name");
	pt_const(image, PYMM_CONST_CODE, &(uint32_t){ 2 }, 4);
	pt_const(image, PYMM_CONST_NONE, NULL, 0);
}

static void code_end(struct pt_image *image)
{
	pt_insn(image, PYMM_OP_LOAD_CONST, 0, 0, 0, 0, CONST_NONE);
	pt_insn(image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
}

/* Code object @index of the image: 0 and 1 can hold @insn, 2 is a trivial function. */
static void add_code(struct pt_image *image, const struct pymm_insn *insn)
{
	pt_code_begin(image, SLOTS, 0);
	pt_insn(image, PYMM_OP_NOP, 0, 0, 0, 0, 0);
	if (insn)
		pt_insn(image, insn->op, insn->flags, insn->dst, insn->src1, insn->src2, insn->imm);
	else
		pt_insn(image, PYMM_OP_NOP, 0, 0, 0, 0, 0);
	code_end(image);
	code_constants(image);
	pt_code_end(image);
}

static void add_leaf(struct pt_image *image)
{
	pt_code_begin(image, 1, 0);
	pt_insn(image, PYMM_OP_LOAD_CONST, 0, 0, 0, 0, 0);
	pt_insn(image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
	pt_const(image, PYMM_CONST_NONE, NULL, 0);
	pt_code_end(image);
}

static void make_image(struct pt_image *image, const struct pymm_insn *insn, unsigned int code)
{
	pt_image_begin(image);
	add_code(image, code == 0 ? insn : NULL);
	add_code(image, code == 1 ? insn : NULL);
	add_leaf(image);
}

/* Valid operands of an opcode; a jump goes on with a neighbour. */
static struct pymm_insn valid_insn(const struct op *op)
{
	struct pymm_insn insn = { .op = op->nr };

	switch (op->imm) {
	case PYMM_IMM_NAME:
		insn.imm = CONST_STR;
		break;
	case PYMM_IMM_CODE:
		insn.imm = CONST_CODE;
		break;
	case PYMM_IMM_FORWARD:
		insn.imm = TESTED + 1;
		break;
	}
	return insn;
}

/* The answer to an image: 0, or what is wrong, with the errno. */
struct answer {
	int ret;
	uint32_t reject;
	uint32_t code;
	uint32_t pos;
};

static struct answer check_image(int thread, const struct pt_image *image)
{
	struct pymm_run run = { 0 };
	int ret = pt_run_image(thread, image->data, image->size, PYMM_RUN_CHECK, &run);

	return (struct answer){ ret, run.reject, run.code, run.pos };
}

static struct answer check_insn(int thread, const struct pymm_insn *insn, unsigned int code)
{
	struct answer answer;
	struct pt_image image;

	make_image(&image, insn, code);
	answer = check_image(thread, &image);
	pt_image_free(&image);
	return answer;
}

/*
 * Whether the instruction is refused for @reject (or @other), in either code
 * object, with its place.
 */
static bool refused_for(int thread, const struct pymm_insn *insn, uint32_t reject, uint32_t other)
{
	for (unsigned int code = 0; code < 2; code++) {
		struct answer answer = check_insn(thread, insn, code);

		if (answer.ret == -EINVAL && answer.code == code && answer.pos == TESTED &&
		    (answer.reject == reject || answer.reject == other))
			continue;
		fprintf(stderr, "# op %u flags %#x dst %u src1 %u src2 %u imm %lld: "
			"ret %d, reject %u at %u:%u, expected %u at %u:%u\n",
			insn->op, insn->flags, insn->dst, insn->src1, insn->src2,
			(long long)insn->imm, answer.ret, answer.reject, answer.code, answer.pos,
			reject, code, TESTED);
		return false;
	}
	return true;
}

static bool refused(int thread, const struct pymm_insn *insn, uint32_t reject)
{
	return refused_for(thread, insn, reject, reject);
}

TEST_F(program, every_opcode_is_accepted)
{
	for_each_op(op) {
		struct pymm_insn insn = valid_insn(op);

		EXPECT_EQ(0, check_insn(self->thread, &insn, 0).ret)
			TH_LOG("%s", op->name);
		EXPECT_EQ(0, check_insn(self->thread, &insn, 1).ret)
			TH_LOG("%s", op->name);
	}
}

TEST_F(program, unknown_opcodes)
{
	for (unsigned int nr = 0; nr < 256; nr++) {
		struct pymm_insn insn = { .op = nr };

		if (nr && nr <= PYMM_OP_LOCK_RELEASE)
			continue;
		EXPECT_TRUE(refused(self->thread, &insn, PYMM_REJECT_OPCODE));
	}
}

TEST_F(program, unknown_flags)
{
	for_each_op(op) {
		for (int bit = 0; bit < 8; bit++) {
			struct pymm_insn insn = valid_insn(op);

			if (op->flags & 1 << bit)
				continue;
			insn.flags = 1 << bit;
			EXPECT_TRUE(refused(self->thread, &insn, PYMM_REJECT_FLAGS));
		}
	}
}

TEST_F(program, known_flags)
{
	for_each_op(op) {
		struct pymm_insn insn = valid_insn(op);

		insn.flags = op->flags;
		EXPECT_EQ(0, check_insn(self->thread, &insn, 0).ret)
			TH_LOG("%s", op->name);
	}
}

static void set_slot(struct pymm_insn *insn, int operand, uint16_t slot)
{
	uint16_t *const slots[] = { &insn->dst, &insn->src1, &insn->src2 };

	*slots[operand] = slot;
}

static uint8_t operand_kind(const struct op *op, int operand)
{
	const uint8_t kinds[] = { op->dst, op->src1, op->src2 };

	return kinds[operand];
}

TEST_F(program, slot_out_of_range)
{
	static const uint16_t slots[] = { SLOTS, SLOTS + 1, 256, 0x7fff, 0xffff };

	for_each_op(op) {
		for (int operand = 0; operand < 3; operand++) {
			uint8_t kind = operand_kind(op, operand);

			if (kind != PYMM_OPERAND_IN && kind != PYMM_OPERAND_OUT)
				continue;
			for (unsigned int i = 0; i < ARRAY_SIZE(slots); i++) {
				struct pymm_insn insn = valid_insn(op);

				set_slot(&insn, operand, slots[i]);
				EXPECT_TRUE(refused(self->thread, &insn, PYMM_REJECT_SLOT));
			}
		}
	}
}

TEST_F(program, last_slot)
{
	for_each_op(op) {
		for (int operand = 0; operand < 3; operand++) {
			uint8_t kind = operand_kind(op, operand);
			struct pymm_insn insn = valid_insn(op);

			if (kind != PYMM_OPERAND_IN && kind != PYMM_OPERAND_OUT)
				continue;
			set_slot(&insn, operand, SLOTS - 1);
			EXPECT_EQ(0, check_insn(self->thread, &insn, 0).ret)
				TH_LOG("%s operand %d", op->name, operand);
		}
	}
}

TEST_F(program, unused_operand_not_zero)
{
	for_each_op(op) {
		for (int operand = 0; operand < 3; operand++) {
			struct pymm_insn insn = valid_insn(op);

			if (operand_kind(op, operand) != PYMM_OPERAND_NO)
				continue;
			set_slot(&insn, operand, 1);
			EXPECT_TRUE(refused(self->thread, &insn, PYMM_REJECT_SLOT));
		}
	}
}

/* The slots of ARGS and PAIRS: those that fit, one too many, and counts that wrap. */
TEST_F(program, slots_in_a_row)
{
	static const struct {
		uint16_t first;
		int64_t count;		/* slots */
		bool fits;
	} rows[] = {
		{ 0, 0, true }, { 0, SLOTS, true }, { SLOTS - 2, 2, true },
		{ SLOTS - 1, 2, false }, { 2, SLOTS, false }, { SLOTS, 2, false }, { 0, SLOTS + 2, false },
		{ 0xfffe, 2, false }, { 2, 0xfffe, false }, { 2, 0x100000000LL, false },
		{ 2, 0xfffffffeLL, false }, { 2, -2, false }, { 0, -2, false },
		{ 2, 0x7ffffffffffffffeLL, false }, { 0, (int64_t)1 << 62, false },
	};

	for_each_op(op) {
		int operand = op->src1 == PYMM_OPERAND_ARGS || op->src1 == PYMM_OPERAND_PAIRS ? 1 : 2;
		bool pairs = op->src1 == PYMM_OPERAND_PAIRS;

		if (op->imm != PYMM_IMM_COUNT)
			continue;
		for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
			struct pymm_insn insn = valid_insn(op);

			set_slot(&insn, operand, rows[i].first);
			insn.imm = pairs ? rows[i].count / 2 : rows[i].count;
			if (rows[i].fits) {
				EXPECT_EQ(0, check_insn(self->thread, &insn, 0).ret)
					TH_LOG("%s row %u", op->name, i);
			} else {
				EXPECT_TRUE(refused_for(self->thread, &insn, PYMM_REJECT_SLOT,
							PYMM_REJECT_IMMEDIATE));
			}
		}
	}
}

/* 2 * imm wraps to 0. */
TEST_F(program, pairs_that_wrap)
{
	struct pymm_insn insn = { .op = PYMM_OP_BUILD_MAP, .imm = INT64_MIN };

	EXPECT_TRUE(refused_for(self->thread, &insn, PYMM_REJECT_SLOT, PYMM_REJECT_IMMEDIATE));
	insn.imm = 1LL << 31;
	EXPECT_TRUE(refused_for(self->thread, &insn, PYMM_REJECT_SLOT, PYMM_REJECT_IMMEDIATE));
}

/* Immediates that are wrong for each kind, and why. */
static const struct {
	uint8_t kind;
	uint32_t reject;
	int64_t values[10];
	unsigned int count;
} bad_imms[] = {
	{ PYMM_IMM_NONE, PYMM_REJECT_IMMEDIATE, { 1, -1, INT64_MIN, 1LL << 32 }, 4 },
	{ PYMM_IMM_CONST, PYMM_REJECT_CONST, { CONSTS, -1, 1LL << 32, INT64_MAX, INT64_MIN }, 5 },
	{ PYMM_IMM_NAME, PYMM_REJECT_CONST,
	  { CONST_INT, CONST_CODE, CONST_NONE, CONSTS, -1, (1LL << 32) + CONST_STR }, 6 },
	{ PYMM_IMM_CODE, PYMM_REJECT_CONST,
	  { CONST_INT, CONST_STR, CONST_NONE, CONSTS, -1, (1LL << 32) + CONST_CODE }, 6 },
	{ PYMM_IMM_FORWARD, PYMM_REJECT_JUMP,
	  { TESTED, 0, INSNS, INSNS + 1, -1, (1LL << 32) + 2, INT64_MAX, INT64_MIN }, 8 },
	{ PYMM_IMM_BACKWARD, PYMM_REJECT_JUMP,
	  { TESTED + 1, INSNS, -1, 1LL << 32, INT64_MAX, INT64_MIN }, 6 },
	{ PYMM_IMM_BINARY, PYMM_REJECT_IMMEDIATE,
	  { 10, 15, 26, 31, 32, 255, -1, 1LL << 32, INT64_MAX, INT64_MIN }, 10 },
	{ PYMM_IMM_COMPARE, PYMM_REJECT_IMMEDIATE, { 6, -1, 255, 1LL << 32, INT64_MIN }, 5 },
	{ PYMM_IMM_INVERT, PYMM_REJECT_IMMEDIATE, { 2, -1, 1LL << 32, INT64_MIN }, 4 },
	{ PYMM_IMM_GENERATION, PYMM_REJECT_IMMEDIATE, { 3, -1, 1LL << 32, INT64_MIN }, 4 },
	{ PYMM_IMM_TIMEOUT, PYMM_REJECT_IMMEDIATE, { -2, INT64_MIN }, 2 },
};

TEST_F(program, bad_immediates)
{
	for_each_op(op) {
		for (unsigned int i = 0; i < ARRAY_SIZE(bad_imms); i++) {
			if (bad_imms[i].kind != op->imm)
				continue;
			for (unsigned int j = 0; j < bad_imms[i].count; j++) {
				struct pymm_insn insn = valid_insn(op);

				insn.imm = bad_imms[i].values[j];
				EXPECT_TRUE(refused(self->thread, &insn, bad_imms[i].reject));
			}
		}
	}
}

TEST_F(program, every_operator)
{
	static const struct {
		uint8_t op;
		int64_t first;
		int64_t last;
	} ranges[] = {
		{ PYMM_OP_BINARY_OP, 0, 9 }, { PYMM_OP_BINARY_OP, 16, 25 },
		{ PYMM_OP_COMPARE_OP, 0, 5 }, { PYMM_OP_IS_OP, 0, 1 }, { PYMM_OP_CONTAINS_OP, 0, 1 },
		{ PYMM_OP_GC_COLLECT, 0, 2 }, { PYMM_OP_LOCK_ACQUIRE, -1, 1 },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(ranges); i++) {
		for (int64_t imm = ranges[i].first; imm <= ranges[i].last; imm++) {
			struct pymm_insn insn = { .op = ranges[i].op, .imm = imm };

			EXPECT_EQ(0, check_insn(self->thread, &insn, 0).ret)
				TH_LOG("op %u imm %lld", insn.op, (long long)imm);
		}
	}
}

/* Each opcode as the last instruction: only a return and a jump back may stand there. */
TEST_F(program, falling_off_the_end)
{
	for_each_op(op) {
		struct pymm_insn insn = valid_insn(op);
		struct answer answer;
		struct pt_image image;

		if (op->imm == PYMM_IMM_FORWARD)
			continue;
		pt_image_begin(&image);
		pt_code_begin(&image, SLOTS, 0);
		pt_insn(&image, PYMM_OP_NOP, 0, 0, 0, 0, 0);
		pt_insn(&image, insn.op, 0, 0, 0, 0, insn.imm);
		code_constants(&image);
		pt_code_end(&image);
		add_leaf(&image);
		add_leaf(&image);
		answer = check_image(self->thread, &image);
		if (op->nr == PYMM_OP_RETURN_VALUE || op->nr == PYMM_OP_JUMP_BACKWARD) {
			EXPECT_EQ(0, answer.ret)
				TH_LOG("%s", op->name);
		} else {
			EXPECT_EQ(-EINVAL, answer.ret)
				TH_LOG("%s", op->name);
			EXPECT_EQ(PYMM_REJECT_END, answer.reject);
			EXPECT_EQ(0, answer.code);
			EXPECT_EQ(1, answer.pos);
		}
		pt_image_free(&image);
	}
}

/* ---- heads and sizes ---- */

static struct pymm_image *head(const struct pt_image *image)
{
	return (struct pymm_image *)image->data;
}

/* The first code object. */
static struct pymm_code *first(const struct pt_image *image)
{
	return (struct pymm_code *)(image->data + sizeof(struct pymm_image));
}

static struct answer check_size(int thread, const struct pt_image *image, uint32_t size)
{
	struct pymm_run run = { 0 };
	int ret = pt_run_image(thread, image->data, size, PYMM_RUN_CHECK, &run);

	return (struct answer){ ret, run.reject, run.code, run.pos };
}

/* Every size that is not the image's own. */
TEST_F(program, truncated)
{
	struct pt_image image;

	make_image(&image, NULL, 0);
	for (uint32_t size = 1; size < image.size; size++) {
		struct answer answer = check_size(self->thread, &image, size);

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

	make_image(&image, NULL, 0);
	for (uint32_t size = 16; size < image.size; size++) {
		struct answer answer;

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

	make_image(&image, NULL, 0);
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
		struct answer answer;						\
										\
		make_image(&image, NULL, 0);					\
		change;								\
		answer = check_image(self->thread, &image);			\
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
	EXPECT_BAD_IMAGE(first(&image)->size = 0);
	EXPECT_BAD_CODE(first(&image)->size -= 8);
	EXPECT_BAD_CODE(first(&image)->size += 8);
	EXPECT_BAD_IMAGE(first(&image)->size += 4);
	EXPECT_BAD_IMAGE(first(&image)->size = ~7U);
	EXPECT_BAD_IMAGE(first(&image)->size = ~0U);
}

TEST_F(program, number_of_insns)
{
	EXPECT_BAD_IMAGE(first(&image)->nr_insns = 0);
	EXPECT_BAD_IMAGE(first(&image)->nr_insns = 1000);
}

TEST_F(program, number_of_consts)
{
	EXPECT_BAD_CODE(first(&image)->nr_consts = 0);
	EXPECT_BAD_CODE(first(&image)->nr_consts--);
	EXPECT_BAD_CODE(first(&image)->nr_consts++);
	EXPECT_BAD_CODE(first(&image)->nr_consts = 1000);
}

TEST_F(program, number_of_params)
{
	EXPECT_BAD_IMAGE(first(&image)->nr_params = 1);
}

TEST_F(program, more_params_than_slots)
{
	struct pt_image image;
	struct answer answer;

	pt_image_begin(&image);
	add_leaf(&image);
	pt_code_begin(&image, 1, 2);
	pt_insn(&image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
	pt_code_end(&image);
	answer = check_image(self->thread, &image);
	EXPECT_EQ(-EINVAL, answer.ret);
	EXPECT_EQ(PYMM_REJECT_IMAGE, answer.reject);
	EXPECT_EQ(1, answer.code);
	pt_image_free(&image);
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

	make_image(&image, NULL, 0);
	odd = malloc(image.size + 1);
	memcpy(odd + 1, image.data, image.size);
	EXPECT_EQ(0, pt_run_image(self->thread, odd + 1, image.size, 0, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	free(odd);
	pt_image_free(&image);
}

/* ---- constants ---- */

/* An image whose first code object has four good constants and this one. */
static struct answer check_const(int thread, uint32_t kind, const void *data, uint32_t len)
{
	struct pt_image image;
	struct answer answer;

	pt_image_begin(&image);
	pt_code_begin(&image, 1, 0);
	code_end(&image);
	code_constants(&image);
	pt_const(&image, kind, data, len);
	pt_code_end(&image);
	add_leaf(&image);
	add_leaf(&image);
	answer = check_image(thread, &image);
	pt_image_free(&image);
	return answer;
}

#define EXPECT_CONST(expected, kind, data, len)						\
	do {										\
		struct answer __answer = check_const(self->thread, kind, data, len);	\
											\
		EXPECT_EQ(-EINVAL, __answer.ret);					\
		EXPECT_EQ(expected, __answer.reject);					\
		EXPECT_EQ(0, __answer.code);						\
		EXPECT_EQ(CONSTS, __answer.pos);					\
	} while (0)

#define GOOD_CONST(kind, data, len) \
	EXPECT_EQ(0, check_const(self->thread, kind, data, len).ret)

TEST_F(program, const_kinds)
{
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, 0, NULL, 0);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_CODE + 1, NULL, 0);
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
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_TUPLE, zeros, 3);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_CODE, zeros, 8);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_CODE, NULL, 0);
}

TEST_F(program, const_length_out_of_the_code)
{
	static const uint32_t lengths[] = { 9, 16, 0x7fffffff, 0xfffffff8, 0xffffffff };

	for (unsigned int i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct pt_image image;
		struct answer answer;
		struct pymm_const *last;

		pt_image_begin(&image);
		pt_code_begin(&image, 1, 0);
		code_end(&image);
		code_constants(&image);
		pt_const_str(&image, "eight...");
		pt_code_end(&image);
		add_leaf(&image);
		add_leaf(&image);
		last = (void *)((uint8_t *)first(&image) + first(&image)->size - 16);
		last->len = lengths[i];
		answer = check_image(self->thread, &image);
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
		struct answer answer;

		pt_image_begin(&image);
		pt_code_begin(&image, 1, 0);
		code_end(&image);
		code_constants(&image);
		pt_const_str(&image, "hello");
		pt_code_end(&image);
		image.data[image.size - 8 + at] = 1;
		add_leaf(&image);
		add_leaf(&image);
		answer = check_image(self->thread, &image);
		EXPECT_EQ(-EINVAL, answer.ret);
		EXPECT_EQ(PYMM_REJECT_CONST_DATA, answer.reject);
		EXPECT_EQ(CONSTS, answer.pos);
		pt_image_free(&image);
	}
}

TEST_F(program, const_tuples)
{
	GOOD_CONST(PYMM_CONST_TUPLE, NULL, 0);
	GOOD_CONST(PYMM_CONST_TUPLE, ((uint32_t[]){ CONST_INT, CONST_STR, CONST_INT }), 12);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_TUPLE, (&(uint32_t){ CONSTS }), 4);
	EXPECT_CONST(PYMM_REJECT_CONST_DATA, PYMM_CONST_TUPLE, (&(uint32_t){ CONSTS + 1 }), 4);
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
	struct answer answer;

	pt_image_begin(&image);
	add_leaf(&image);
	pt_code_begin(&image, 1, 0);
	pt_insn(&image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
	pt_const(&image, PYMM_CONST_CODE, &(uint32_t){ 0 }, 4);
	pt_code_end(&image);
	answer = check_image(self->thread, &image);
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

/* ---- limits ---- */

/* @nr instructions, as many constants, that many slots. */
static struct answer check_size_of(int thread, uint32_t insns, uint32_t consts, uint16_t slots)
{
	struct pt_image image;
	struct answer answer;

	pt_image_begin(&image);
	pt_code_begin(&image, slots, 0);
	for (uint32_t i = 2; i < insns; i++)
		pt_insn(&image, PYMM_OP_NOP, 0, 0, 0, 0, 0);
	pt_insn(&image, PYMM_OP_LOAD_CONST, 0, 0, 0, 0, 0);
	pt_insn(&image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
	for (uint32_t i = 0; i < consts; i++)
		pt_const(&image, PYMM_CONST_NONE, NULL, 0);
	pt_code_end(&image);
	answer = check_image(thread, &image);
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
	EXPECT_EQ(-EDQUOT, check_image(self->thread, &image).ret);
	pt_image_free(&image);
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

	make_image(&image, NULL, 0);
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
		.op = PYMM_OP_STORE_GLOBAL, .src1 = 0, .imm = CONST_STR };
	struct pymm_stat before = pt_stat(self->arena);
	struct pymm_run run;
	struct pt_image image;

	make_image(&image, &insn, 0);
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

	make_image(&image, &insn, 1);
	EXPECT_EQ(-EINVAL, pt_run_image(self->thread, image.data, image.size, 0, &run));
	EXPECT_EQ(PYMM_REJECT_OPCODE, run.reject);
	EXPECT_EQ(before.objects, pt_stat(self->arena).objects);
	EXPECT_EQ(before.bytes, pt_stat(self->arena).bytes);
	pt_image_free(&image);
}

/* ---- mutations ---- */

/* xorshift64*: the same mutations every time. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/* A program that uses most opcodes and ends. */
static const char victim[] =
	"LOAD_CONST r0, 'text'\nLOAD_CONST r1, (1, 'two', (None, True))\nBUILD_LIST r2, r0..r1\n"
	"LIST_APPEND r2, r2\nSTORE_GLOBAL r2, l\nBUILD_MAP r3, r0..r1\nLOAD_CONST r4, 5\n"
	"loop:\nSTORE_SUBSCR r4, r3, r4\nLOAD_CONST r5, 1\nBINARY_OP r4, r4!, r5, -=\n"
	"POP_JUMP_IF_FALSE r4, out\nJUMP_BACKWARD loop\n"
	"out:\nLIST_EXTEND r2, r3\nPRINT r2, end\nMAKE_FUNCTION r6, f\nCALL r7, r6, r0..r1\n"
	"IS_OP r8, r7!, r0, is not\nCONTAINS_OP r8, r4, r3, in\nGC_COLLECT r8, 2\n"
	"LOCK_NEW r9\nLOCK_ACQUIRE r8, r9, nowait\nLOCK_RELEASE r9\nDELETE_SUBSCR r3, r5\n"
	"LOAD_GLOBALS r8\nGET_REFCOUNT r8, r0\nGET_LEN r8, r3\nUNARY_NOT r8, r8\n"
	"DELETE_GLOBAL l\n" END
	".code f x y\nCOPY r2, r0!\nCOMPARE_OP r3, r2, r1, ==\nRETURN_VALUE r2!\n";

/* A signal every 20 ms: a mutant may wait for ever for a lock that it holds. */
static void signal_often(void)
{
	struct itimerval often = { .it_interval.tv_usec = 20000, .it_value.tv_usec = 20000 };

	pt_quiet_signal(SIGALRM);
	if (setitimer(ITIMER_REAL, &often, NULL))
		pt_die("setitimer: %s", strerror(errno));
}

/* Runs it for a while, whatever it is now; what it leaves is dropped. */
static void run_mutant(int thread, const uint8_t *image, size_t size)
{
	static uint8_t output[4096];
	struct pymm_run run = {
		.output = (uintptr_t)output, .output_size = sizeof(output), .max_steps = 200,
	};

	if (!pt_run_image(thread, image, size, 0, &run) && run.result_flags & PYMM_RAN_KEPT)
		pt_run_flags(thread, PYMM_RUN_ABANDON, &run);
}

TEST_F(program, mutations)
{
	struct pymm_program *program = pt_assemble(victim);
	uint64_t state = 20240229;
	size_t size;
	const uint8_t *image = pymm_program_image(program, &size);
	uint8_t *mutant = malloc(size);

	EXPECT_EXEC("['text', (1, 'two', (None, True)), [...], 'text', 5, 4, 3, 2, 1]\n", victim);
	signal_often();
	for (int i = 0; i < 20000; i++) {
		memcpy(mutant, image, size);
		for (uint64_t changes = next_random(&state) % 4 + 1; changes; changes--) {
			uint64_t random = next_random(&state);

			mutant[random % size] = random & 1UL << 40 ? random >> 32 :
				mutant[random % size] + (random >> 41) % 7 - 3;
		}
		run_mutant(self->thread, mutant, size);
	}
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	free(mutant);
	pymm_program_free(program);
	EXPECT_EXEC("ok\n", "LOAD_CONST r0, 'ok'\nPRINT r0, end\n" END);
}

TEST_HARNESS_MAIN
