// SPDX-License-Identifier: GPL-2.0-only
/* Changed programs: well formed ones stay so, and images that the verifier should refuse. */
#include "gen_table.h"

#include <string.h>

/* ---- instructions ---- */

/* Make room for @count instructions at @pos; what jumps behind it still does. */
static void gen_open(struct gen_code *code, uint32_t pos, uint32_t count)
{
	memmove(&code->insns[pos + count], &code->insns[pos],
		(code->nr_insns - pos) * sizeof(*code->insns));
	code->nr_insns += count;
	for (uint32_t i = 0; i < code->nr_insns; i++)
		if ((i < pos || i >= pos + count) && gen_is_jump(&code->insns[i]) &&
		    code->insns[i].imm >= pos)
			code->insns[i].imm += count;
	for (uint32_t i = 0; i < code->nr_handlers; i++) {
		struct pymm_handler *handler = &code->handlers[i];

		handler->start += handler->start >= pos ? count : 0;
		handler->end += handler->end > pos ? count : 0;
		handler->target += handler->target >= pos ? count : 0;
	}
}

static uint32_t gen_closed(uint32_t at, uint32_t pos, uint32_t count)
{
	if (at >= pos + count)
		return at - count;
	return at > pos ? pos : at;
}

static void gen_close(struct gen_code *code, uint32_t pos, uint32_t count)
{
	memmove(&code->insns[pos], &code->insns[pos + count],
		(code->nr_insns - pos - count) * sizeof(*code->insns));
	code->nr_insns -= count;
	for (uint32_t i = 0; i < code->nr_insns; i++)
		if (gen_is_jump(&code->insns[i]) && code->insns[i].imm >= pos + count)
			code->insns[i].imm -= count;
	for (uint32_t i = 0; i < code->nr_handlers; i++) {
		struct pymm_handler *handler = &code->handlers[i];

		handler->start = gen_closed(handler->start, pos, count);
		handler->end = gen_closed(handler->end, pos, count);
		handler->target = gen_closed(handler->target, pos, count);
	}
}

/* A slot, more often one that is used nearby. */
static uint16_t gen_near_slot(const struct gen_code *code, uint32_t pos, struct gen_source *source)
{
	const struct pymm_insn *insn;

	if (!pos || gen_one_in(source, 4))
		return (uint16_t)gen_below(source, code->nr_slots);
	insn = &code->insns[pos - 1 - gen_below(source, pos < 4 ? pos : 4)];
	switch (gen_below(source, 4)) {
	case 0:
		return insn->src1;
	case 1:
		return insn->src2;
	default:
		return insn->dst;
	}
}

/* Statement by statement, as everywhere: the order of choices must not be the compiler's. */
static void gen_random_insn(struct gen_code *code, uint32_t pos, struct gen_source *source)
{
	struct pymm_insn insn = { .op = gen_random_op(source) };

	if (gen_one_in(source, 3))
		insn.flags = (uint8_t)gen_below(source, 256);
	insn.dst = gen_near_slot(code, pos, source);
	insn.src1 = gen_near_slot(code, pos, source);
	insn.src2 = gen_near_slot(code, pos, source);
	insn.imm = gen_below(source, gen_ops[insn.op].imm == PYMM_IMM_COUNT ? 4 : 64);
	code->insns[pos] = insn;
}

static void gen_insert(struct gen_code *code, struct gen_source *source)
{
	uint32_t pos = gen_below(source, code->nr_insns);

	if (code->nr_insns == GEN_MAX_INSNS)
		return;
	gen_open(code, pos, 1);
	gen_random_insn(code, pos, source);
}

static void gen_delete(struct gen_code *code, struct gen_source *source)
{
	uint32_t pos = gen_below(source, code->nr_insns);
	uint32_t count = gen_one_in(source, 4) ? 1 + gen_below(source, 8) : 1;

	if (count > code->nr_insns - pos)
		count = code->nr_insns - pos;
	gen_close(code, pos, count);
}

/* The same once more, here or elsewhere. */
static void gen_repeat(struct gen_code *code, struct gen_source *source)
{
	uint32_t from = gen_below(source, code->nr_insns), to = gen_below(source, code->nr_insns);
	uint32_t count = 1 + gen_below(source, 8);
	struct pymm_insn copy[8];

	if (count > code->nr_insns - from)
		count = code->nr_insns - from;
	if (count > GEN_MAX_INSNS - code->nr_insns)
		return;
	memcpy(copy, &code->insns[from], count * sizeof(*copy));
	gen_open(code, to, count);
	memcpy(&code->insns[to], copy, count * sizeof(*copy));
}

static void gen_swap(struct gen_code *code, struct gen_source *source)
{
	struct pymm_insn *a = &code->insns[gen_below(source, code->nr_insns)];
	struct pymm_insn *b = &code->insns[gen_below(source, code->nr_insns)];
	struct pymm_insn insn = *a;

	*a = *b;
	*b = insn;
}

/* One field of one instruction. */
static void gen_tweak(struct gen_code *code, struct gen_source *source)
{
	uint32_t pos = gen_below(source, code->nr_insns);
	struct pymm_insn *insn = &code->insns[pos];

	switch (gen_below(source, 6)) {
	case 0:
		insn->op = gen_random_op(source);
		break;
	case 1:
		insn->flags ^= 1U << gen_below(source, 8);
		break;
	case 2:
		insn->dst = gen_near_slot(code, pos, source);
		break;
	case 3:
		insn->src1 = gen_near_slot(code, pos, source);
		break;
	case 4:
		insn->src2 = gen_near_slot(code, pos, source);
		break;
	default:
		if (gen_one_in(source, 2))
			insn->imm = (int64_t)((uint64_t)insn->imm + gen_below(source, 5) - 2);
		else
			insn->imm = gen_number(source);
		break;
	}
}

/* ---- constants, code objects ---- */

static void gen_change_const(struct gen_code *code, struct gen_source *source)
{
	struct gen_const constant;
	uint32_t pos;

	if (!code->nr_consts || gen_one_in(source, 4)) {
		gen_random_const(&constant, source);
		gen_add_const(code, &constant);
		return;
	}
	pos = gen_below(source, code->nr_consts);
	if (code->consts[pos].kind == PYMM_CONST_INT)
		code->consts[pos].value = gen_number(source);
	else
		gen_random_const(&code->consts[pos], source);
}

static void gen_change_head(struct gen_code *code, struct gen_source *source)
{
	if (gen_one_in(source, 2))
		code->nr_params = (uint16_t)gen_below(source, 5);
	else
		code->nr_slots = (uint16_t)(code->nr_slots + gen_below(source, 9) - 4);
}

static void gen_mutate_code(struct gen_code *code, struct gen_source *source)
{
	switch (gen_below(source, 12)) {
	case 0:
	case 1:
	case 2:
		gen_insert(code, source);
		break;
	case 3:
		gen_delete(code, source);
		break;
	case 4:
		gen_random_insn(code, gen_below(source, code->nr_insns), source);
		break;
	case 5:
		gen_repeat(code, source);
		break;
	case 6:
		gen_swap(code, source);
		break;
	case 7:
		gen_change_const(code, source);
		break;
	case 8:
		gen_change_head(code, source);
		break;
	default:
		gen_tweak(code, source);
		break;
	}
}

/**
 * gen_program_mutate() - change a program somewhere
 * @program: a well-formed program, and so afterwards
 * @source: choices
 */
void gen_program_mutate(struct gen_program *program, struct gen_source *source)
{
	uint32_t n = 1 + gen_below(source, 4);

	while (n--) {
		gen_mutate_code(&program->codes[gen_below(source, program->nr_codes)], source);
		gen_program_repair(program);
	}
}

/* ---- two programs ---- */

/* Instructions of another code object, with the constants that they name. */
static void gen_splice(struct gen_code *code, const struct gen_code *other,
		       struct gen_source *source)
{
	uint32_t from = gen_below(source, other->nr_insns), count, to, i;

	count = 1 + gen_below(source, other->nr_insns - from);
	if (count > GEN_MAX_INSNS - code->nr_insns)
		count = GEN_MAX_INSNS - code->nr_insns;
	to = gen_below(source, code->nr_insns);
	gen_open(code, to, count);
	for (i = 0; i < count; i++) {
		struct pymm_insn *insn = &code->insns[to + i];

		*insn = other->insns[from + i];
		switch (gen_ops[insn->op].imm) {
		case PYMM_IMM_CONST:
		case PYMM_IMM_NAME:
		case PYMM_IMM_CODE:
			insn->imm = gen_add_const(code, &other->consts[insn->imm]);
			break;
		default:
			if (gen_is_jump(insn))
				insn->imm += (int64_t)to - from;
			break;
		}
	}
}

/**
 * gen_program_cross() - put a part of another program into one
 * @program: a well-formed program, and so afterwards
 * @other: where the part comes from, well formed
 * @source: choices
 */
void gen_program_cross(struct gen_program *program, const struct gen_program *other,
		       struct gen_source *source)
{
	const struct gen_code *from = &other->codes[gen_below(source, other->nr_codes)];
	uint32_t to = gen_below(source, program->nr_codes);

	if (gen_below(source, 3))
		gen_splice(&program->codes[to], from, source);
	else if (program->nr_codes < GEN_MAX_CODES && gen_one_in(source, 2))
		program->codes[program->nr_codes++] = *from;
	else
		program->codes[to] = *from;
	gen_program_repair(program);
}

/* ---- broken images ---- */

/**
 * struct gen_place - where something lies in an image
 * @index: of a code object
 * @code: its offset
 * @insns: and of its instructions
 * @consts: and of its constants
 * @end: and of what follows it
 * @head: a copy of its head
 */
struct gen_place {
	uint32_t index;
	size_t code;
	size_t insns;
	size_t consts;
	size_t end;
	struct pymm_code head;
};

/* A code object of the image; false when what there is does not look like one. */
static bool gen_find_code(const uint8_t *image, size_t size, struct gen_place *place,
			  struct gen_source *source)
{
	uint32_t skip = gen_below(source, GEN_MAX_CODES);
	struct gen_place next = { .code = sizeof(struct pymm_image) };
	bool found = false;

	do {
		if (size < sizeof(next.head) || next.code > size - sizeof(next.head))
			break;
		memcpy(&next.head, image + next.code, sizeof(next.head));
		next.insns = next.code + sizeof(next.head);
		next.consts = next.insns + (size_t)next.head.nr_insns * sizeof(struct pymm_insn);
		next.end = next.code + next.head.size;
		if (next.consts > next.end || next.end > size || !next.head.nr_insns)
			break;
		*place = next;
		found = true;
		next.code = next.end;
		next.index++;
	} while (skip--);
	return found;
}

/* Values at and next to the limits that the verifier compares with. */
static int64_t gen_limit(const struct pymm_code *head, uint32_t pos, struct gen_source *source)
{
	const int64_t limits[] = {
		0, pos, head->nr_insns, head->nr_slots, head->nr_consts, head->nr_params, 255,
		GEN_MAX_SLOTS, 4096, 65536, UINT16_MAX, INT32_MAX, UINT32_MAX, INT64_MAX,
		INT64_MIN, 2 * (int64_t)head->nr_slots, head->nr_slots / 2,
		PYMM_BINARY_TRUE_DIVIDE, PYMM_BINARY_INPLACE_ADD, PYMM_BINARY_INPLACE_TRUE_DIVIDE,
		PYMM_COMPARE_GE, PYMM_GENERATIONS,
	};
	uint64_t limit = (uint64_t)limits[gen_below(source, sizeof(limits) / sizeof(*limits))];

	return (int64_t)(limit + gen_below(source, 3) - 1);
}

static void gen_break_insn(uint8_t *image, const struct gen_place *place,
			   struct gen_source *source)
{
	uint32_t pos = gen_one_in(source, 4) ? place->head.nr_insns - 1 :
					       gen_below(source, place->head.nr_insns);
	uint8_t *at = image + place->insns + pos * sizeof(struct pymm_insn);
	int64_t value = gen_limit(&place->head, pos, source);
	struct pymm_insn insn;

	memcpy(&insn, at, sizeof(insn));
	switch (gen_below(source, 7)) {
	case 0:
		insn.op = gen_one_in(source, 2) ? (uint8_t)gen_below(source, 256) :
						  gen_random_op(source);
		break;
	case 1:
		insn.flags ^= 1U << gen_below(source, 8);
		break;
	case 2:
		insn.dst = (uint16_t)value;
		break;
	case 3:
		insn.src1 = (uint16_t)value;
		break;
	case 4:
		insn.src2 = (uint16_t)value;
		break;
	default:
		insn.imm = value;
		break;
	}
	memcpy(at, &insn, sizeof(insn));
}

static void gen_break_head(uint8_t *image, const struct gen_place *place,
			   struct gen_source *source)
{
	struct pymm_code head = place->head;
	uint32_t value = (uint32_t)gen_limit(&head, 0, source);

	switch (gen_below(source, 6)) {
	case 0:
		head.size += gen_below(source, 33) - 16;
		break;
	case 1:
		head.nr_insns = gen_one_in(source, 2) ? value : head.nr_insns - 1;
		break;
	case 2:
		head.nr_consts += gen_below(source, 3) - 1;
		break;
	case 3:
		head.nr_consts = value;
		break;
	case 4:
		head.nr_slots = (uint16_t)value;
		break;
	default:
		head.nr_params = (uint16_t)value;
		break;
	}
	memcpy(image + place->code, &head, sizeof(head));
}

/* The offset of a constant; 0 when there is none. @pos: receives its index. */
static size_t gen_find_const_at(const uint8_t *image, const struct gen_place *place, uint32_t *pos,
				struct gen_source *source)
{
	uint32_t skip = gen_below(source, GEN_MAX_CONSTS);
	size_t at = place->consts, found = 0;
	struct pymm_const head;

	for (uint32_t i = 0; i <= skip && at + sizeof(head) <= place->end; i++) {
		memcpy(&head, image + at, sizeof(head));
		if (head.len > place->end - at - sizeof(head))
			break;
		found = at;
		*pos = i;
		at += sizeof(head) + ((head.len + 7UL) & ~7UL);
	}
	return found;
}

/* Bytes that are no UTF-8, just so: beyond where a length begins or ends, cut off, surrogates. */
static void gen_break_text(uint8_t *text, uint32_t len, struct gen_source *source)
{
	static const char *const bad[] = {
		"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xdf", "\xe0\x9f\xbf",
		"\xe1\x80", "\xed\xa0\x80", "\xed\xbf\xbf", "\xef\xbf", "\xf0\x8f\xbf\xbf",
		"\xf1\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
	};
	const char *piece = bad[gen_below(source, sizeof(bad) / sizeof(*bad))];
	uint32_t at = gen_below(source, len), bytes = (uint32_t)strlen(piece);

	memcpy(text + at, piece, bytes < len - at ? bytes : len - at);
}

/* What a constant says: its kind, its length, its text, or a word of what follows. */
static void gen_break_const(uint8_t *image, const struct gen_place *place,
			    struct gen_source *source)
{
	uint32_t pos, word, words;
	struct pymm_const head;
	size_t at = gen_find_const_at(image, place, &pos, source);

	if (!at)
		return;
	memcpy(&head, image + at, sizeof(head));
	words = head.len / (uint32_t)sizeof(word);
	if (head.kind == PYMM_CONST_STR && head.len && gen_below(source, 4)) {
		gen_break_text(image + at + sizeof(head), head.len, source);
		return;
	}
	switch (gen_below(source, 4)) {
	case 0:
		head.kind = gen_below(source, PYMM_CONST_BYTES + 2);
		break;
	case 1:
		head.len += gen_below(source, 17) - 8;
		break;
	default:
		/* The next constant, or padding, where nothing follows. */
		at += sizeof(head) + gen_below(source, words + 1) * sizeof(word);
		word = gen_one_in(source, 2) ? pos : place->index;
		word += gen_below(source, 3) - 1;
		if (gen_one_in(source, 3))
			word = gen_below(source, UINT32_MAX);
		if (at + sizeof(word) <= place->end)
			memcpy(image + at, &word, sizeof(word));
		return;
	}
	memcpy(image + at, &head, sizeof(head));
}

static size_t gen_break_bytes(uint8_t *image, size_t size, size_t room, struct gen_source *source)
{
	uint32_t at = size ? gen_below(source, (uint32_t)size) : 0, word;

	switch (gen_below(source, 5)) {
	case 0:
		if (size)
			image[at] ^= 1U << gen_below(source, 8);
		return size;
	case 1:
		if (size)
			image[at] = (uint8_t)gen_number(source);
		return size;
	case 2:
		return at;
	case 3:
		word = 8 * gen_below(source, 5);
		if (word > room - size)
			return size;
		memset(image + size, gen_below(source, 2), word);
		return size + word;
	default:
		/* A word of the image's head. */
		at = 4 * gen_below(source, 4);
		if (at + sizeof(word) > size)
			return size;
		word = (uint32_t)(gen_one_in(source, 2) ? gen_number(source) : (int64_t)size);
		memcpy(image + at, &word, sizeof(word));
		return size;
	}
}

size_t gen_image_break(void *image, size_t size, size_t room, struct gen_source *source)
{
	uint32_t n = gen_one_in(source, 3) ? 1 + gen_below(source, 3) : 1;
	struct gen_place place;

	while (n--) {
		if (!gen_find_code(image, size, &place, source) || gen_one_in(source, 6)) {
			size = gen_break_bytes(image, size, room, source);
			continue;
		}
		switch (gen_below(source, 4)) {
		case 0:
			gen_break_head(image, &place, source);
			break;
		case 1:
			gen_break_const(image, &place, source);
			break;
		default:
			gen_break_insn(image, &place, source);
			break;
		}
	}
	return size;
}
