// SPDX-License-Identifier: GPL-2.0-only
/*
 * The verifier of images: everything that the evaluator relies on is checked here, once.
 * It needs no arena and no lock.
 */
#include <linux/build_bug.h>
#include <linux/sched/signal.h>
#include <linux/string.h>

#include "program.h"

#define PYMM_NR_OPCODES	(PYMM_OP_SLEEP + 1)

struct pymm_op_info {
	const char *name;
	u8 dst;
	u8 src1;
	u8 src2;
	u8 imm;
	u8 flags;
};

/* The numbers stand twice, as names for C and in the table of operands: they must agree. */
#define PYMM_OP_INDEX(name, nr)	((nr) + BUILD_BUG_ON_ZERO((name) != (nr)))

static const struct pymm_op_info pymm_ops[PYMM_NR_OPCODES] = {
#define PYMM_OP(nr, name_, dst_, src1_, src2_, imm_, flags_)			\
	[PYMM_OP_INDEX(PYMM_OP_##name_, nr)] = {				\
		#name_, PYMM_OPERAND_##dst_, PYMM_OPERAND_##src1_,		\
		PYMM_OPERAND_##src2_, PYMM_IMM_##imm_, flags_			\
	},
#include <linux/pymm_ops.h>
#undef PYMM_OP
};

/** pymm_opcode_name() - name of an opcode; NULL past the last one, "" for an unused number */
const char *pymm_opcode_name(u32 op)
{
	if (op >= PYMM_NR_OPCODES)
		return NULL;
	return pymm_ops[op].name ?: "";
}

/** pymm_op_takes() - what a verified opcode has as operands */
enum pymm_takes pymm_op_takes(u32 op)
{
	if (pymm_ops[op].src2 == PYMM_OPERAND_ARGS)
		return PYMM_TAKES_ARGS;
	return pymm_ops[op].src1 == PYMM_OPERAND_IN ? PYMM_TAKES_SLOTS : PYMM_TAKES_ITEMS;
}

static int pymm_reject(struct pymm_run *run, enum pymm_reject reject, u32 code, u32 pos)
{
	run->reject = reject;
	run->code = code;
	run->pos = pos;
	return -EINVAL;
}

/* ---- constants ---- */

static u32 pymm_utf8_sequence(const u8 *text, u32 left)
{
	u32 lead = text[0], bytes = pymm_str_char_bytes(lead), code, i;
	static const u32 first[] = { 0, 0, 0x80, 0x800, 0x10000 };

	if (lead < 0x80)
		return 1;
	if (lead < 0xc2 || lead > 0xf4 || bytes > left)
		return 0;
	code = lead & (0x7f >> bytes);
	for (i = 1; i < bytes; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	if (code < first[bytes] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return bytes;
}

static bool pymm_utf8_valid(const u8 *text, u32 bytes)
{
	u32 at, part;

	for (at = 0; at < bytes; at += part) {
		part = pymm_utf8_sequence(text + at, bytes - at);
		if (!part)
			return false;
		if (!(at % (PYMM_TICK_STEPS * 64)))
			cond_resched();
	}
	return true;
}

/* A tuple names constants before itself, so that no constant contains itself. */
static bool pymm_tuple_const_valid(const struct pymm_const *constant, u32 pos)
{
	const u32 *items = (const u32 *)(constant + 1);
	u32 i;

	if (constant->len % sizeof(*items))
		return false;
	for (i = 0; i < constant->len / sizeof(*items); i++)
		if (items[i] >= pos)
			return false;
	return true;
}

static enum pymm_reject pymm_const_check(const struct pymm_program *program, u32 code,
					 const struct pymm_const *constant, u32 pos)
{
	const void *data = constant + 1;
	bool valid;

	switch (constant->kind) {
	case PYMM_CONST_NONE:
	case PYMM_CONST_FALSE:
	case PYMM_CONST_TRUE:
		valid = !constant->len;
		break;
	case PYMM_CONST_INT:
	case PYMM_CONST_FLOAT:
		valid = constant->len == sizeof(s64);
		break;
	case PYMM_CONST_BYTES:
		return PYMM_REJECT_NONE;
	case PYMM_CONST_STR:
		if (!pymm_utf8_valid(data, constant->len))
			return PYMM_REJECT_UTF8;
		return PYMM_REJECT_NONE;
	case PYMM_CONST_TUPLE:
		valid = pymm_tuple_const_valid(constant, pos);
		break;
	case PYMM_CONST_CODE:
		valid = constant->len == sizeof(u32) && *(const u32 *)data > code &&
			*(const u32 *)data < program->nr_codes;
		break;
	default:
		valid = false;
		break;
	}
	return valid ? PYMM_REJECT_NONE : PYMM_REJECT_CONST_DATA;
}

static int pymm_consts_check(struct pymm_program *program, u32 code, u32 at, u32 end,
			     struct pymm_run *run)
{
	const struct pymm_code *head = pymm_program_code(program, code);
	const struct pymm_const *constant;
	u32 pos, size;
	enum pymm_reject reject;

	for (pos = 0; pos < head->nr_consts; pos++) {
		if (end - at < sizeof(*constant))
			return pymm_reject(run, PYMM_REJECT_CONST_DATA, code, pos);
		constant = program->image + at;
		if (constant->len > end - at - sizeof(*constant))
			return pymm_reject(run, PYMM_REJECT_CONST_DATA, code, pos);
		size = sizeof(*constant) + round_up(constant->len, 8);
		if (size > end - at || memchr_inv((void *)(constant + 1) + constant->len, 0,
						  size - sizeof(*constant) - constant->len))
			return pymm_reject(run, PYMM_REJECT_CONST_DATA, code, pos);
		reject = pymm_const_check(program, code, constant, pos);
		if (reject)
			return pymm_reject(run, reject, code, pos);
		program->consts[program->codes[code].first_const + pos] = at;
		at += size;
	}
	return at == end ? 0 : pymm_reject(run, PYMM_REJECT_IMAGE, code, 0);
}

/* ---- instructions ---- */

static bool pymm_const_is(const struct pymm_program *program, u32 code, s64 index, u32 kind)
{
	if (index < 0 || index >= pymm_program_code(program, code)->nr_consts)
		return false;
	return !kind || pymm_program_const(program, code, index)->kind == kind;
}

/* The kind of constant that an opcode's immediate must name; 0 for any. */
static u32 pymm_imm_const_kind(u8 op)
{
	switch (pymm_ops[op].imm) {
	case PYMM_IMM_NAME:
		return PYMM_CONST_STR;
	case PYMM_IMM_CODE:
		return PYMM_CONST_CODE;
	default:
		return 0;
	}
}

static enum pymm_reject pymm_imm_check(const struct pymm_program *program, u32 code, u32 pos,
				       const struct pymm_insn *insn)
{
	enum pymm_reject bad = PYMM_REJECT_IMMEDIATE;
	s64 imm = insn->imm;
	bool valid = false;

	switch (pymm_ops[insn->op].imm) {
	case PYMM_IMM_NONE:
		valid = !imm;
		break;
	case PYMM_IMM_CONST:
	case PYMM_IMM_NAME:
	case PYMM_IMM_CODE:
		bad = PYMM_REJECT_CONST;
		valid = pymm_const_is(program, code, imm, pymm_imm_const_kind(insn->op));
		break;
	case PYMM_IMM_COUNT:
		valid = imm >= 0 && imm <= PYMM_MAX_SLOTS;
		break;
	case PYMM_IMM_FORWARD:
		bad = PYMM_REJECT_JUMP;
		valid = imm > pos && imm < pymm_program_code(program, code)->nr_insns;
		break;
	case PYMM_IMM_BACKWARD:
		bad = PYMM_REJECT_JUMP;
		valid = imm >= 0 && imm <= pos;
		break;
	case PYMM_IMM_BINARY:
		valid = imm >= 0 && imm <= PYMM_BINARY_INPLACE_TRUE_DIVIDE &&
			imm % PYMM_BINARY_INPLACE_ADD <= PYMM_BINARY_TRUE_DIVIDE;
		break;
	case PYMM_IMM_COMPARE:
		valid = imm >= 0 && imm <= PYMM_COMPARE_GE;
		break;
	case PYMM_IMM_INVERT:
		valid = imm == 0 || imm == 1;
		break;
	case PYMM_IMM_GENERATION:
		valid = imm >= 0 && imm < PYMM_GENERATIONS;
		break;
	case PYMM_IMM_TIMEOUT:
		valid = imm >= -1;
		break;
	case PYMM_IMM_ATTRIBUTE:
		valid = imm >= 0 && imm <= PYMM_FUNCTION_CLOSURE;
		break;
	}
	return valid ? PYMM_REJECT_NONE : bad;
}

static bool pymm_operand_valid(u8 kind, u32 slot, s64 count, u32 nr_slots)
{
	switch (kind) {
	case PYMM_OPERAND_OUT:
	case PYMM_OPERAND_IN:
		return slot < nr_slots;
	case PYMM_OPERAND_PAIRS:
		count *= 2;
		fallthrough;
	case PYMM_OPERAND_ARGS:
	case PYMM_OPERAND_OUTS:
		return count ? slot + count <= nr_slots : !slot;
	default:
		return !slot;
	}
}

static bool pymm_ends(u8 op)
{
	return op == PYMM_OP_RETURN_VALUE || op == PYMM_OP_JUMP_BACKWARD || op == PYMM_OP_RAISE ||
	       op == PYMM_OP_RAISE_FROM || op == PYMM_OP_RERAISE;
}

static enum pymm_reject pymm_insn_check(const struct pymm_program *program, u32 code, u32 pos,
					const struct pymm_insn *insn)
{
	u32 nr_slots = pymm_program_code(program, code)->nr_slots;
	const struct pymm_op_info *op;
	enum pymm_reject reject;

	if (insn->op >= PYMM_NR_OPCODES || !pymm_ops[insn->op].name)
		return PYMM_REJECT_OPCODE;
	op = &pymm_ops[insn->op];
	if (insn->flags & ~op->flags)
		return PYMM_REJECT_FLAGS;
	reject = pymm_imm_check(program, code, pos, insn);
	if (reject)
		return reject;
	if (!pymm_operand_valid(op->dst, insn->dst, insn->imm, nr_slots) ||
	    !pymm_operand_valid(op->src1, insn->src1, insn->imm, nr_slots) ||
	    !pymm_operand_valid(op->src2, insn->src2, insn->imm, nr_slots))
		return PYMM_REJECT_SLOT;
	return PYMM_REJECT_NONE;
}

static int pymm_insns_check(const struct pymm_program *program, u32 code, struct pymm_run *run)
{
	const struct pymm_insn *insns = pymm_program_insns(program, code);
	u32 nr_insns = pymm_program_code(program, code)->nr_insns;
	enum pymm_reject reject;
	u32 pos;

	for (pos = 0; pos < nr_insns; pos++) {
		reject = pymm_insn_check(program, code, pos, &insns[pos]);
		if (reject)
			return pymm_reject(run, reject, code, pos);
		if (!(pos % PYMM_TICK_STEPS))
			cond_resched();
	}
	if (!pymm_ends(insns[nr_insns - 1].op))
		return pymm_reject(run, PYMM_REJECT_END, code, nr_insns - 1);
	return 0;
}

/* A handler lies behind what it is for, so that no program loops without a jump backward. */
static int pymm_handlers_check(const struct pymm_program *program, u32 code, struct pymm_run *run)
{
	const struct pymm_code *head = pymm_program_code(program, code);
	const struct pymm_handler *handler = pymm_program_handlers(program, code);
	u32 i;

	for (i = 0; i < head->nr_handlers; i++, handler++)
		if (handler->start >= handler->end || handler->end > handler->target ||
		    handler->target >= head->nr_insns || handler->slot >= head->nr_slots)
			return pymm_reject(run, PYMM_REJECT_HANDLER, code, i);
	return 0;
}

/* ---- images ---- */

/* The name of the code object and of its first slots, of all parameters at least. */
static bool pymm_names_valid(const struct pymm_program *program, u32 code)
{
	const struct pymm_code *head = pymm_program_code(program, code);
	const struct pymm_const *names;
	const u32 *items;
	u32 i, count;

	if (!head->names)
		return true;
	if (!pymm_const_is(program, code, (s64)head->names - 1, PYMM_CONST_TUPLE))
		return false;
	names = pymm_program_const(program, code, head->names - 1);
	items = (const u32 *)(names + 1);
	count = names->len / sizeof(*items);
	if (count <= (u32)head->nr_params + head->nr_kwonly || count > head->nr_slots + 1U)
		return false;
	for (i = 0; i < count; i++)
		if (!pymm_const_is(program, code, items[i], PYMM_CONST_STR))
			return false;
	return true;
}

/* Where a code object and its constants lie; -EDQUOT beyond a limit. */
static int pymm_code_check(struct pymm_program *program, u32 code, u32 at, u32 *nr_insns,
			   struct pymm_run *run)
{
	const struct pymm_code *head;
	u32 end, params;
	u64 insns;
	int err;

	if (program->size - at < sizeof(*head))
		return pymm_reject(run, PYMM_REJECT_IMAGE, code, 0);
	head = program->image + at;
	if (head->size > program->size - at || head->size % 8 || head->size < sizeof(*head))
		return pymm_reject(run, PYMM_REJECT_IMAGE, code, 0);
	end = at + head->size;
	if (head->nr_slots > PYMM_MAX_SLOTS || head->nr_insns > PYMM_MAX_INSNS - *nr_insns ||
	    head->nr_consts > PYMM_MAX_CONSTS - program->nr_consts ||
	    head->nr_handlers > PYMM_MAX_HANDLERS)
		return -EDQUOT;
	insns = (u64)head->nr_insns * sizeof(struct pymm_insn);
	params = (u32)head->nr_params + head->nr_kwonly;
	if (!insns || params > head->nr_slots || (!code && params))
		return pymm_reject(run, PYMM_REJECT_IMAGE, code, 0);
	insns += (u64)head->nr_handlers * sizeof(struct pymm_handler);
	if (insns > head->size - sizeof(*head))
		return pymm_reject(run, PYMM_REJECT_IMAGE, code, 0);
	program->codes[code].at = at;
	program->codes[code].first_const = program->nr_consts;
	program->nr_consts += head->nr_consts;
	*nr_insns += head->nr_insns;
	err = pymm_consts_check(program, code, at + sizeof(*head) + insns, end, run);
	if (err)
		return err;
	if (!pymm_names_valid(program, code))
		return pymm_reject(run, PYMM_REJECT_IMAGE, code, 0);
	err = pymm_insns_check(program, code, run);
	return err ?: pymm_handlers_check(program, code, run);
}

static int pymm_program_check(struct pymm_program *program, struct pymm_run *run)
{
	u32 code, nr_insns = 0, at = sizeof(struct pymm_image);
	int err;

	for (code = 0; code < program->nr_codes; code++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		err = pymm_code_check(program, code, at, &nr_insns, run);
		if (err)
			return err;
		at += pymm_program_code(program, code)->size;
	}
	return at == program->size ? 0 : pymm_reject(run, PYMM_REJECT_IMAGE, code - 1, 0);
}

/**
 * pymm_program_parse() - verify an image
 * @image: the image, which nobody changes any more; must stay while the program does
 * @size: its bytes
 * @run: reject, code and pos are set when it is refused
 * @result: receives the program
 *
 * Context: sleeps.
 *
 * Return: 0, -EINVAL, -EDQUOT beyond a limit, -ENOMEM or -EINTR.
 */
int pymm_program_parse(const void *image, u32 size, struct pymm_run *run,
		       struct pymm_program **result)
{
	const struct pymm_image *head = image;
	struct pymm_program *program;
	int err;

	if (size < sizeof(*head) || head->magic != PYMM_IMAGE_MAGIC ||
	    head->version != PYMM_IMAGE_VERSION || head->size != size || !head->nr_codes)
		return pymm_reject(run, PYMM_REJECT_IMAGE, 0, 0);
	/* Each has an instruction at least. */
	if (head->nr_codes > PYMM_MAX_INSNS)
		return -EDQUOT;
	program = kvzalloc(struct_size(program, codes, head->nr_codes), PYMM_GFP);
	if (!program)
		return -ENOMEM;
	program->image = image;
	program->size = size;
	program->nr_codes = head->nr_codes;
	err = pymm_program_check(program, run);
	if (err) {
		kvfree(program);
		return err;
	}
	*result = program;
	return 0;
}

/** pymm_program_free() - free a program, not its image; NULL is fine */
void pymm_program_free(struct pymm_program *program)
{
	kvfree(program);
}
