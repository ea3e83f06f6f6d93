// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier: what an instruction may look like, and what is said of one that is
 * refused. Images are made by hand, as an attacker would.
 */
#include <errno.h>

#include "kselftest_harness.h"
#include "image_util.h"
#include "program_util.h"

PT_FIXTURE(program)

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

/* Valid operands of an opcode; a jump goes on with a neighbour. */
static struct pymm_insn valid_insn(const struct op *op)
{
	struct pymm_insn insn = { .op = op->nr };

	switch (op->imm) {
	case PYMM_IMM_NAME:
		insn.imm = PT_SMALL_CONST_STR;
		break;
	case PYMM_IMM_CODE:
		insn.imm = PT_SMALL_CONST_CODE;
		break;
	case PYMM_IMM_FORWARD:
		insn.imm = PT_SMALL_TESTED + 1;
		break;
	}
	return insn;
}

static struct pt_answer check_insn(int thread, const struct pymm_insn *insn, unsigned int code)
{
	struct pt_answer answer;
	struct pt_image image;

	pt_small_image(&image, insn, code);
	answer = pt_check_image(thread, &image);
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
		struct pt_answer answer = check_insn(thread, insn, code);

		if (answer.ret == -EINVAL && answer.code == code && answer.pos == PT_SMALL_TESTED &&
		    (answer.reject == reject || answer.reject == other))
			continue;
		fprintf(stderr, "# op %u flags %#x dst %u src1 %u src2 %u imm %lld: "
			"ret %d, reject %u at %u:%u, expected %u at %u:%u\n",
			insn->op, insn->flags, insn->dst, insn->src1, insn->src2,
			(long long)insn->imm, answer.ret, answer.reject, answer.code, answer.pos,
			reject, code, PT_SMALL_TESTED);
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
	bool known[256] = { false };

	for_each_op(op)
		known[op->nr] = true;
	for (unsigned int nr = 0; nr < 256; nr++) {
		struct pymm_insn insn = { .op = nr };

		if (known[nr])
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
	static const uint16_t slots[] = { PT_SMALL_SLOTS, PT_SMALL_SLOTS + 1, 256, 0x7fff, 0xffff };

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
			set_slot(&insn, operand, PT_SMALL_SLOTS - 1);
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
		{ 0, 0, true }, { 0, PT_SMALL_SLOTS, true }, { PT_SMALL_SLOTS - 2, 2, true },
		{ PT_SMALL_SLOTS - 1, 2, false }, { 2, PT_SMALL_SLOTS, false }, { PT_SMALL_SLOTS, 2, false }, { 0, PT_SMALL_SLOTS + 2, false },
		{ 0xfffe, 2, false }, { 2, 0xfffe, false }, { 2, 0x100000000LL, false },
		{ 2, 0xfffffffeLL, false }, { 2, -2, false }, { 0, -2, false },
		{ 2, 0x7ffffffffffffffeLL, false }, { 0, (int64_t)1 << 62, false },
	};

	for_each_op(op) {
		int operand = op->dst == PYMM_OPERAND_OUTS ? 0 :
			      op->src1 == PYMM_OPERAND_ARGS || op->src1 == PYMM_OPERAND_PAIRS ? 1 : 2;
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
	{ PYMM_IMM_CONST, PYMM_REJECT_CONST, { PT_SMALL_CONSTS, -1, 1LL << 32, INT64_MAX, INT64_MIN }, 5 },
	{ PYMM_IMM_NAME, PYMM_REJECT_CONST,
	  { PT_SMALL_CONST_INT, PT_SMALL_CONST_CODE, PT_SMALL_CONST_NONE, PT_SMALL_CONSTS, -1, (1LL << 32) + PT_SMALL_CONST_STR }, 6 },
	{ PYMM_IMM_CODE, PYMM_REJECT_CONST,
	  { PT_SMALL_CONST_INT, PT_SMALL_CONST_STR, PT_SMALL_CONST_NONE, PT_SMALL_CONSTS, -1, (1LL << 32) + PT_SMALL_CONST_CODE }, 6 },
	{ PYMM_IMM_FORWARD, PYMM_REJECT_JUMP,
	  { PT_SMALL_TESTED, 0, PT_SMALL_INSNS, PT_SMALL_INSNS + 1, -1, (1LL << 32) + 2, INT64_MAX, INT64_MIN }, 8 },
	{ PYMM_IMM_BACKWARD, PYMM_REJECT_JUMP,
	  { PT_SMALL_TESTED + 1, PT_SMALL_INSNS, -1, 1LL << 32, INT64_MAX, INT64_MIN }, 6 },
	{ PYMM_IMM_BINARY, PYMM_REJECT_IMMEDIATE,
	  { 11, 15, 27, 31, 32, 255, -1, 1LL << 32, INT64_MAX, INT64_MIN }, 10 },
	{ PYMM_IMM_COMPARE, PYMM_REJECT_IMMEDIATE, { 6, -1, 255, 1LL << 32, INT64_MIN }, 5 },
	{ PYMM_IMM_INVERT, PYMM_REJECT_IMMEDIATE, { 2, -1, 1LL << 32, INT64_MIN }, 4 },
	{ PYMM_IMM_GENERATION, PYMM_REJECT_IMMEDIATE, { 3, -1, 1LL << 32, INT64_MIN }, 4 },
	{ PYMM_IMM_TIMEOUT, PYMM_REJECT_IMMEDIATE, { -2, INT64_MIN }, 2 },
	{ PYMM_IMM_ATTRIBUTE, PYMM_REJECT_IMMEDIATE, { 3, -1, 1LL << 32, INT64_MIN }, 4 },
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
		{ PYMM_OP_BINARY_OP, 0, 10 }, { PYMM_OP_BINARY_OP, 16, 26 },
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
		struct pt_answer answer;
		struct pt_image image;

		if (op->imm == PYMM_IMM_FORWARD)
			continue;
		pt_image_begin(&image);
		pt_code_begin(&image, PT_SMALL_SLOTS, 0);
		pt_insn(&image, PYMM_OP_NOP, 0, 0, 0, 0, 0);
		pt_insn(&image, insn.op, 0, 0, 0, 0, insn.imm);
		pt_small_constants(&image);
		pt_code_end(&image);
		pt_small_leaf(&image);
		pt_small_leaf(&image);
		answer = pt_check_image(self->thread, &image);
		if (op->nr == PYMM_OP_RETURN_VALUE || op->nr == PYMM_OP_JUMP_BACKWARD ||
		    op->nr == PYMM_OP_RAISE || op->nr == PYMM_OP_RAISE_FROM || op->nr == PYMM_OP_RERAISE) {
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

static bool reads(uint8_t operand)
{
	return operand == PYMM_OPERAND_IN;
}

/* To read an empty slot is an UnboundLocalError, for whatever operand: pyasm(5). */
TEST_F(program, empty_slots)
{
	for_each_op(op) {
		struct pymm_insn insn = valid_insn(op);
		struct pt_image image;
		struct pymm_run run = { 0 };

		if (!reads(op->src1) && !reads(op->src2))
			continue;
		/* Each slot has its number as its name. */
		insn.src1 = reads(op->src1) ? 1 : 0;
		insn.src2 = reads(op->src2) ? 1 : 0;
		pt_small_image(&image, &insn, 0);
		EXPECT_EQ(0, pt_run_image(self->thread, image.data, image.size, 0, &run))
			TH_LOG("%s", op->name);
		pt_image_free(&image);
		EXPECT_EQ(PYMM_STATUS_EXCEPTION, run.status)
			TH_LOG("%s", op->name);
		EXPECT_EQ(PYMM_EXC_UNBOUND_LOCAL_ERROR, run.exception)
			TH_LOG("%s: %s", op->name, run.message);
		EXPECT_STREQ("cannot access local variable 'r1' where it is not associated with a value", run.message)
			TH_LOG("%s", op->name);
		EXPECT_EQ(PT_SMALL_TESTED, run.pos);
	}
	/* What is in the place of a result is read last. */
	EXPECT_EXEC("UnboundLocalError: cannot access local variable 'r2' where it is not associated with a value\n",
		    "BUILD_LIST r0, ()\nLOAD_CONST r1, 0\nSTORE_SUBSCR r2, r0, r1\n" END);
}

TEST_HARNESS_MAIN
