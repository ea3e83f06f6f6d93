// SPDX-License-Identifier: GPL-2.0-only
/* Choices, the table of opcodes, repair, and the way to an image and back. */
#include "gen_table.h"

#include <string.h>

/* ---- choices ---- */

/* splitmix64 */
static uint64_t gen_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

void gen_source_seed(struct gen_source *source, uint64_t seed)
{
	*source = (struct gen_source){ .state = seed };
}

void gen_source_bytes(struct gen_source *source, const void *data, size_t size)
{
	*source = (struct gen_source){ .data = data, .left = size, .state = size };
	for (size_t i = 0; i < size; i++)
		source->state = source->state * 31 + source->data[i];
}

static uint64_t gen_take(struct gen_source *source, size_t bytes)
{
	uint64_t value = 0;

	if (source->left < bytes)
		return gen_next(&source->state);
	memcpy(&value, source->data, bytes);
	source->data += bytes;
	source->left -= bytes;
	return value;
}

uint64_t gen_u64(struct gen_source *source)
{
	return gen_take(source, sizeof(uint64_t));
}

uint32_t gen_below(struct gen_source *source, uint32_t limit)
{
	return (uint32_t)gen_take(source, limit <= 256 ? 1 : 4) % limit;
}

bool gen_one_in(struct gen_source *source, uint32_t n)
{
	return !gen_below(source, n);
}

int64_t gen_number(struct gen_source *source)
{
	static const int64_t limits[] = {
		0, 1, -1, -5, -6, 256, 257, 63, 64, 255, 65535, 65536, INT32_MAX, INT32_MIN,
		UINT32_MAX, 1LL << 32, 3037000499, INT64_MAX, INT64_MIN, INT64_MIN + 1,
	};

	uint64_t limit;

	switch (gen_below(source, 8)) {
	case 0:
		return limits[gen_below(source, sizeof(limits) / sizeof(*limits))];
	case 1:
		limit = (uint64_t)limits[gen_below(source, sizeof(limits) / sizeof(*limits))];
		return (int64_t)(limit + gen_below(source, 5) - 2);
	case 2:
		limit = gen_u64(source);
		return (int64_t)(limit >> gen_below(source, 64));
	default:
		return (int64_t)gen_below(source, 12) - 2;
	}
}

/* Bits of a float: a small number, those next to a limit, or any. */
static int64_t gen_float(struct gen_source *source)
{
	static const uint64_t limits[] = {
		0, 1ULL << 52, 1023ULL << 52, 1075ULL << 52, 1085ULL << 52, 1086ULL << 52,
		2047ULL << 52, 0x7ff8000000000000,
	};
	double value = (double)gen_number(source) / (1 << gen_below(source, 4));
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	switch (gen_below(source, 4)) {
	case 0:
		bits = limits[gen_below(source, sizeof(limits) / sizeof(*limits))] + gen_below(source, 3) - 1;
		bits ^= (uint64_t)gen_below(source, 2) << 63;
		break;
	case 1:
		bits = gen_u64(source);
		break;
	}
	return (int64_t)bits;
}

/* ---- opcodes ---- */

/* weight, want_dst, want1, want2, gives */
#define GEN_HINT_NOP			1, 0, 0, 0, 0
#define GEN_HINT_LOAD_CONST		8, 0, 0, 0, GEN_ANY
#define GEN_HINT_COPY			6, 0, GEN_ANY, 0, GEN_ANY
#define GEN_HINT_DELETE_FAST		5, 0, GEN_ANY, 0, 0
#define GEN_HINT_LOAD_GLOBAL		7, 0, 0, 0, GEN_ANY
#define GEN_HINT_STORE_GLOBAL		8, 0, GEN_ANY, 0, 0
#define GEN_HINT_DELETE_GLOBAL		3, 0, 0, 0, 0
#define GEN_HINT_LOAD_GLOBALS		2, 0, 0, 0, GEN_DICT
#define GEN_HINT_BUILD_LIST		9, 0, GEN_ANY, 0, GEN_LIST
#define GEN_HINT_BUILD_TUPLE		8, 0, GEN_ANY, 0, GEN_TUPLE
#define GEN_HINT_BUILD_MAP		7, 0, GEN_ANY, 0, GEN_DICT
#define GEN_HINT_LIST_APPEND		12, 0, GEN_LIST, GEN_ANY, 0
#define GEN_HINT_LIST_EXTEND		5, 0, GEN_LIST, GEN_ITERABLE, 0
#define GEN_HINT_BINARY_OP		9, 0, GEN_INT, GEN_INT, GEN_INT
#define GEN_HINT_COMPARE_OP		5, 0, GEN_INT, GEN_INT, GEN_BOOL
#define GEN_HINT_IS_OP			2, 0, GEN_ANY, GEN_ANY, GEN_BOOL
#define GEN_HINT_CONTAINS_OP		4, 0, GEN_KEY, GEN_TUPLE | GEN_LIST | GEN_DICT | GEN_SETS | GEN_RANGE | GEN_ITERATOR, GEN_BOOL
#define GEN_HINT_UNARY_NOT		2, 0, GEN_ANY, 0, GEN_BOOL
#define GEN_HINT_UNARY_NEGATIVE		2, 0, GEN_NUMBER, 0, GEN_INT | GEN_FLOAT
#define GEN_HINT_BINARY_SUBSCR		5, 0, GEN_CONTAINER, GEN_KEY, GEN_ANY
#define GEN_HINT_STORE_SUBSCR		9, GEN_ANY, GEN_DICT, GEN_KEY, 0
#define GEN_HINT_DELETE_SUBSCR		4, 0, GEN_LIST | GEN_DICT, GEN_KEY, 0
#define GEN_HINT_GET_LEN		2, 0, GEN_CONTAINER | GEN_BYTES, 0, GEN_INT
#define GEN_HINT_GET_ID			2, 0, GEN_ANY, 0, GEN_INT
#define GEN_HINT_GET_REFCOUNT		2, 0, GEN_ANY, 0, GEN_INT
#define GEN_HINT_PRINT			4, 0, GEN_ANY, 0, 0
#define GEN_HINT_JUMP_FORWARD		1, 0, 0, 0, 0
#define GEN_HINT_JUMP_BACKWARD		3, 0, 0, 0, 0
#define GEN_HINT_POP_JUMP_IF_FALSE	3, 0, GEN_ANY, 0, 0
#define GEN_HINT_POP_JUMP_IF_TRUE	3, 0, GEN_ANY, 0, 0
#define GEN_HINT_MAKE_FUNCTION		5, 0, 0, 0, GEN_FUNCTION
#define GEN_HINT_CALL			12, 0, GEN_FUNCTION, GEN_ANY, GEN_ANY
#define GEN_HINT_RETURN_VALUE		1, 0, GEN_ANY, 0, 0
#define GEN_HINT_GC_COLLECT		4, 0, 0, 0, GEN_INT
#define GEN_HINT_LOCK_NEW		2, 0, 0, 0, GEN_LOCK
#define GEN_HINT_LOCK_ACQUIRE		3, 0, GEN_LOCKS, 0, GEN_BOOL
#define GEN_HINT_LOCK_RELEASE		2, 0, GEN_LOCKS, 0, 0
#define GEN_HINT_SET_FUNCTION_ATTRIBUTE	3, 0, GEN_FUNCTION, GEN_TUPLE | GEN_DICT, 0
#define GEN_HINT_CALL_KW		2, 0, GEN_FUNCTION, GEN_ANY, GEN_ANY
#define GEN_HINT_MAKE_CELL		3, 0, 0, 0, GEN_CELL
#define GEN_HINT_LOAD_DEREF		3, 0, GEN_CELL, 0, GEN_ANY
#define GEN_HINT_STORE_DEREF		4, 0, GEN_ANY, GEN_CELL, 0
#define GEN_HINT_DELETE_DEREF		2, 0, GEN_CELL, 0, 0
#define GEN_HINT_COPY_FREE_VARS		1, 0, 0, 0, 0
#define GEN_HINT_BUILD_CLASS		4, 0, GEN_NONE | GEN_CLASS, GEN_DICT, GEN_CLASS
#define GEN_HINT_GET_TYPE		2, 0, GEN_ANY, 0, GEN_ANY
#define GEN_HINT_LOAD_ATTR		4, 0, GEN_INSTANCE | GEN_CLASS | GEN_MODULE, 0, GEN_ANY
#define GEN_HINT_LOAD_METHOD		3, 0, GEN_INSTANCE, 0, GEN_FUNCTION
#define GEN_HINT_CALL_METHOD		1, 0, GEN_FUNCTION, GEN_ANY, GEN_ANY
#define GEN_HINT_CALL_METHOD_KW		1, 0, GEN_FUNCTION, GEN_ANY, GEN_ANY
#define GEN_HINT_STORE_ATTR		7, 0, GEN_INSTANCE | GEN_CLASS | GEN_MODULE, GEN_ANY, 0
#define GEN_HINT_DELETE_ATTR		2, 0, GEN_INSTANCE | GEN_CLASS | GEN_MODULE, 0, 0
#define GEN_HINT_WEAKREF_NEW		4, 0, GEN_INSTANCE | GEN_CLASS | GEN_FUNCTION | GEN_SETS, GEN_NONE | GEN_FUNCTION, GEN_WEAKREF
#define GEN_HINT_UNPACK_SEQUENCE	3, 0, GEN_TUPLE | GEN_LIST, 0, 0
#define GEN_HINT_GET_ITER		4, 0, GEN_ITERABLE, 0, GEN_ITERATOR
#define GEN_HINT_FOR_ITER		3, 0, GEN_ITERATOR, 0, GEN_ANY
#define GEN_HINT_MODULE_NEW		1, 0, 0, 0, GEN_MODULE
#define GEN_HINT_RAISE			2, 0, GEN_EXCEPTION | GEN_CLASS, 0, 0
#define GEN_HINT_RAISE_FROM		1, 0, GEN_EXCEPTION | GEN_CLASS, GEN_EXCEPTION | GEN_CLASS | GEN_NONE, 0
#define GEN_HINT_RERAISE		1, 0, GEN_EXCEPTION, 0, 0
#define GEN_HINT_GET_EXC		2, 0, 0, 0, GEN_EXCEPTION | GEN_NONE
#define GEN_HINT_PUSH_EXC_INFO		2, 0, GEN_EXCEPTION, 0, GEN_EXCEPTION | GEN_NONE
#define GEN_HINT_POP_EXCEPT		2, 0, GEN_EXCEPTION | GEN_NONE, 0, 0
#define GEN_HINT_CHECK_EXC_MATCH	2, 0, GEN_EXCEPTION, GEN_CLASS | GEN_TUPLE, GEN_BOOL
#define GEN_HINT_BEFORE_WITH		2, 0, GEN_INSTANCE, 0, GEN_METHOD
#define GEN_HINT_RLOCK_NEW		2, 0, 0, 0, GEN_RLOCK
#define GEN_HINT_SLEEP			1, 0, GEN_BOOL, 0, GEN_NONE
#define GEN_HINT_BUILD_SET		6, 0, GEN_KEY, 0, GEN_SET
#define GEN_HINT_BUILD_FROZENSET	3, 0, GEN_SETS | GEN_STR, 0, GEN_FROZENSET
#define GEN_HINT_SET_ADD		8, 0, GEN_SET, GEN_KEY | GEN_FROZENSET, 0
#define GEN_HINT_SET_UPDATE		4, 0, GEN_SET, GEN_SETS | GEN_DICT | GEN_STR, 0
#define GEN_HINT_SET_DISCARD		4, 0, GEN_SET, GEN_KEY | GEN_SETS, 0
#define GEN_HINT_SET_REMOVE		3, 0, GEN_SET, GEN_KEY, 0
#define GEN_HINT_SET_POP		3, 0, GEN_SET, 0, GEN_ANY
#define GEN_HINT_BUILD_SLICE		5, 0, GEN_INT, 0, GEN_SLICE

const struct gen_op gen_ops[GEN_NR_OPS] = {
#define PYMM_OP(nr, name_, dst_, src1_, src2_, imm_, flags_)			\
	[nr] = {								\
		#name_, PYMM_OPERAND_##dst_, PYMM_OPERAND_##src1_,		\
		PYMM_OPERAND_##src2_, PYMM_IMM_##imm_, flags_, GEN_HINT_##name_ \
	},
#include <linux/pymm_ops.h>
#undef PYMM_OP
};

/* Those numbers that are used. */
static const uint8_t gen_op_numbers[] = {
#define PYMM_OP(nr, ...) nr,
#include <linux/pymm_ops.h>
#undef PYMM_OP
};

const char *gen_opcode_name(uint8_t op)
{
	return gen_ops[op].name;
}

uint8_t gen_random_op(struct gen_source *source)
{
	return gen_op_numbers[gen_below(source, sizeof(gen_op_numbers))];
}

bool gen_is_jump(const struct pymm_insn *insn)
{
	uint8_t imm = gen_ops[insn->op].imm;

	return imm == PYMM_IMM_FORWARD || imm == PYMM_IMM_BACKWARD;
}

/* ---- constants ---- */

static uint32_t gen_random_text(uint8_t *text, struct gen_source *source)
{
	/* One sequence of each length, and those next to where a length begins and ends. */
	static const char *const pieces[] = {
		"a", "b", "z", " ", "\x7f", "\xc2\x80", "\xc3\xbf", "\xc4\x80", "\xdf\xbf",
		"\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf", "name", "abcdefgh", "",
	};
	uint32_t n = gen_below(source, 6), len = 0;

	while (n--) {
		const char *piece = pieces[gen_below(source, sizeof(pieces) / sizeof(*pieces))];
		size_t size = strlen(piece) ?: 1;

		if (len + size > GEN_MAX_TEXT)
			break;
		memcpy(text + len, piece, size);
		len += (uint32_t)size;
	}
	return len;
}

void gen_random_const(struct gen_const *constant, struct gen_source *source)
{
	memset(constant, 0, sizeof(*constant));
	constant->kind = PYMM_CONST_NONE + gen_below(source, PYMM_CONST_BYTES);
	switch (constant->kind) {
	case PYMM_CONST_INT:
		constant->value = gen_number(source);
		break;
	case PYMM_CONST_FLOAT:
		constant->value = gen_float(source);
		break;
	case PYMM_CONST_STR:
		constant->len = gen_random_text(constant->text, source);
		break;
	case PYMM_CONST_BYTES:
		constant->len = gen_below(source, gen_one_in(source, 2) ? 3 : GEN_MAX_TEXT + 1);
		for (uint32_t i = 0; i < constant->len; i++)
			constant->text[i] = (uint8_t)gen_below(source, 256);
		break;
	case PYMM_CONST_TUPLE:
		constant->len = gen_below(source, GEN_MAX_ITEMS + 1);
		for (uint32_t i = 0; i < constant->len; i++)
			constant->items[i] = gen_below(source, GEN_MAX_CONSTS);
		break;
	case PYMM_CONST_CODE:
		constant->code = gen_below(source, GEN_MAX_CODES);
		break;
	default:
		break;
	}
}

static bool gen_same_const(const struct gen_const *one, const struct gen_const *two)
{
	if (one->kind != two->kind)
		return false;
	switch (one->kind) {
	case PYMM_CONST_INT:
	case PYMM_CONST_FLOAT:
		return one->value == two->value;
	case PYMM_CONST_STR:
	case PYMM_CONST_BYTES:
		return one->len == two->len && !memcmp(one->text, two->text, one->len);
	case PYMM_CONST_TUPLE:
		return one->len == two->len &&
		       !memcmp(one->items, two->items, one->len * sizeof(*one->items));
	case PYMM_CONST_CODE:
		return one->code == two->code;
	default:
		return true;
	}
}

int gen_add_const(struct gen_code *code, const struct gen_const *constant)
{
	uint32_t i;

	for (i = 0; i < code->nr_consts; i++)
		if (gen_same_const(&code->consts[i], constant))
			return (int)i;
	if (i == GEN_MAX_CONSTS)
		return -1;
	code->consts[code->nr_consts++] = *constant;
	return (int)i;
}

/* ---- repair ---- */

static uint32_t gen_utf8_sequence(const uint8_t *text, uint32_t left)
{
	uint32_t bytes = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
	uint8_t second = left > 1 ? text[1] : 0;

	if (bytes == 1)
		return 1;
	if (text[0] < 0xc2 || text[0] > 0xf4 || bytes > left ||
	    (text[0] == 0xe0 && second < 0xa0) || (text[0] == 0xed && second > 0x9f) ||
	    (text[0] == 0xf0 && second < 0x90) || (text[0] == 0xf4 && second > 0x8f))
		return 0;
	for (uint32_t i = 1; i < bytes; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	return bytes;
}

static void gen_repair_text(uint8_t *text, uint32_t len)
{
	uint32_t at, bytes;

	for (at = 0; at < len; at += bytes) {
		bytes = gen_utf8_sequence(text + at, len - at);
		if (!bytes) {
			text[at] = '?';
			bytes = 1;
		}
	}
}

static void gen_repair_const(const struct gen_program *program, uint32_t index,
			     struct gen_const *constant, uint32_t pos)
{
	uint32_t later = program->nr_codes - index - 1;
	struct gen_const fixed;

	memset(&fixed, 0, sizeof(fixed));
	fixed.kind = constant->kind;
	switch (constant->kind) {
	case PYMM_CONST_INT:
	case PYMM_CONST_FLOAT:
		fixed.value = constant->value;
		break;
	case PYMM_CONST_STR:
	case PYMM_CONST_BYTES:
		fixed.len = constant->len > GEN_MAX_TEXT ? GEN_MAX_TEXT : constant->len;
		memcpy(fixed.text, constant->text, fixed.len);
		if (fixed.kind == PYMM_CONST_STR)
			gen_repair_text(fixed.text, fixed.len);
		break;
	case PYMM_CONST_TUPLE:
		if (pos)
			fixed.len = constant->len > GEN_MAX_ITEMS ? GEN_MAX_ITEMS : constant->len;
		for (uint32_t i = 0; i < fixed.len; i++)
			fixed.items[i] = constant->items[i] % pos;
		break;
	case PYMM_CONST_CODE:
		if (later && constant->code > index && constant->code < program->nr_codes)
			fixed.code = constant->code;
		else if (later)
			fixed.code = index + 1 + constant->code % later;
		else
			fixed.kind = PYMM_CONST_NONE;
		break;
	default:
		if (fixed.kind < PYMM_CONST_NONE || fixed.kind > PYMM_CONST_TRUE)
			fixed.kind = PYMM_CONST_NONE;
		break;
	}
	*constant = fixed;
}

/* A constant of @kind, or of any for 0: @wanted if it is one, else another; -1: there is none. */
static int64_t gen_find_const(struct gen_code *code, uint32_t kind, int64_t wanted)
{
	uint32_t first = (uint32_t)((uint64_t)wanted % (code->nr_consts ?: 1)), at, i;
	struct gen_const constant;

	memset(&constant, 0, sizeof(constant));
	constant.kind = kind ?: PYMM_CONST_NONE;
	for (i = 0; i < code->nr_consts; i++) {
		at = (first + i) % code->nr_consts;
		if (!kind || code->consts[at].kind == kind)
			return at;
	}
	return kind == PYMM_CONST_CODE ? -1 : gen_add_const(code, &constant);
}

static int64_t gen_clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* false: no immediate will do here. */
static bool gen_repair_imm(struct gen_code *code, struct pymm_insn *insn, uint32_t pos)
{
	uint64_t imm = (uint64_t)insn->imm;

	switch (gen_ops[insn->op].imm) {
	case PYMM_IMM_NONE:
		insn->imm = 0;
		break;
	case PYMM_IMM_CONST:
		insn->imm = gen_find_const(code, 0, insn->imm);
		break;
	case PYMM_IMM_NAME:
		insn->imm = gen_find_const(code, PYMM_CONST_STR, insn->imm);
		break;
	case PYMM_IMM_CODE:
		insn->imm = gen_find_const(code, PYMM_CONST_CODE, insn->imm);
		break;
	case PYMM_IMM_COUNT:
		insn->imm = gen_clamp(insn->imm, 0, code->nr_slots);
		break;
	case PYMM_IMM_FORWARD:
		insn->imm = gen_clamp(insn->imm, pos + 1, (int64_t)code->nr_insns - 1);
		return pos + 1 < code->nr_insns;
	case PYMM_IMM_BACKWARD:
		insn->imm = gen_clamp(insn->imm, 0, pos);
		break;
	case PYMM_IMM_BINARY:
		if (imm > PYMM_BINARY_INPLACE_TRUE_DIVIDE ||
		    imm % PYMM_BINARY_INPLACE_ADD > PYMM_BINARY_TRUE_DIVIDE)
			insn->imm = (int64_t)(imm % (PYMM_BINARY_TRUE_DIVIDE + 1));
		break;
	case PYMM_IMM_COMPARE:
		insn->imm = (int64_t)(imm % (PYMM_COMPARE_GE + 1));
		break;
	case PYMM_IMM_INVERT:
		insn->imm = (int64_t)(imm % 2);
		break;
	case PYMM_IMM_GENERATION:
		insn->imm = (int64_t)(imm % PYMM_GENERATIONS);
		break;
	case PYMM_IMM_TIMEOUT:
		insn->imm = insn->imm < -1 ? -1 : insn->imm;
		break;
	case PYMM_IMM_ATTRIBUTE:
		insn->imm = (int64_t)(imm % (PYMM_FUNCTION_CLOSURE + 1));
		break;
	}
	return true;
}

static uint16_t gen_repair_operand(uint8_t kind, uint16_t slot, int64_t count, uint32_t nr_slots)
{
	switch (kind) {
	case PYMM_OPERAND_OUT:
	case PYMM_OPERAND_IN:
		return slot % nr_slots;
	case PYMM_OPERAND_PAIRS:
		count *= 2;
		/* fall through */
	case PYMM_OPERAND_ARGS:
	case PYMM_OPERAND_OUTS:
		return count ? slot % (nr_slots - count + 1) : 0;
	default:
		return 0;
	}
}

static bool gen_has_pairs(const struct gen_op *op)
{
	return op->dst == PYMM_OPERAND_PAIRS || op->src1 == PYMM_OPERAND_PAIRS ||
	       op->src2 == PYMM_OPERAND_PAIRS;
}

static void gen_repair_insn(struct gen_code *code, struct pymm_insn *insn, uint32_t pos)
{
	const struct gen_op *op = &gen_ops[insn->op];

	if (!op->name || !gen_repair_imm(code, insn, pos) ||
	    (insn->imm < 0 && op->imm != PYMM_IMM_TIMEOUT)) {
		*insn = (struct pymm_insn){ .op = PYMM_OP_NOP };
		return;
	}
	if (gen_has_pairs(op))
		insn->imm = gen_clamp(insn->imm, 0, code->nr_slots / 2);
	insn->flags &= op->flags;
	insn->dst = gen_repair_operand(op->dst, insn->dst, insn->imm, code->nr_slots);
	insn->src1 = gen_repair_operand(op->src1, insn->src1, insn->imm, code->nr_slots);
	insn->src2 = gen_repair_operand(op->src2, insn->src2, insn->imm, code->nr_slots);
}

/* One that cannot lie behind what it is for is left out. */
static void gen_repair_handlers(struct gen_code *code)
{
	uint32_t i, count = (uint32_t)gen_clamp(code->nr_handlers, 0, GEN_MAX_HANDLERS);

	code->nr_handlers = 0;
	for (i = 0; i < count; i++) {
		struct pymm_handler handler = code->handlers[i];

		if (code->nr_insns < 2)
			continue;
		handler.target = (uint32_t)gen_clamp(handler.target, 1, code->nr_insns - 1);
		handler.end = (uint32_t)gen_clamp(handler.end, 1, handler.target);
		handler.start = (uint32_t)gen_clamp(handler.start, 0, handler.end - 1);
		handler.slot = (uint32_t)gen_clamp(handler.slot, 0, code->nr_slots - 1);
		code->handlers[code->nr_handlers++] = handler;
	}
}

static bool gen_ends(uint8_t op)
{
	return op == PYMM_OP_RETURN_VALUE || op == PYMM_OP_JUMP_BACKWARD || op == PYMM_OP_RAISE ||
	       op == PYMM_OP_RAISE_FROM || op == PYMM_OP_RERAISE;
}

static void gen_repair_code(struct gen_program *program, uint32_t index)
{
	struct gen_code *code = &program->codes[index];
	uint32_t i;
	uint8_t last;

	code->nr_slots = (uint16_t)gen_clamp(code->nr_slots, 1, GEN_MAX_SLOTS);
	if (!index || code->nr_params > code->nr_slots)
		code->nr_params = 0;
	code->nr_consts = (uint32_t)gen_clamp(code->nr_consts, 0, GEN_MAX_CONSTS);
	code->nr_insns = (uint32_t)gen_clamp(code->nr_insns, 0, GEN_MAX_INSNS);
	for (i = 0; i < code->nr_consts; i++)
		gen_repair_const(program, index, &code->consts[i], i);
	last = code->nr_insns ? code->insns[code->nr_insns - 1].op : (uint8_t)PYMM_OP_NOP;
	if (!gen_ends(last)) {
		code->nr_insns += code->nr_insns < GEN_MAX_INSNS;
		code->insns[code->nr_insns - 1] =
			(struct pymm_insn){ .op = PYMM_OP_RETURN_VALUE };
	}
	for (i = 0; i < code->nr_insns; i++)
		gen_repair_insn(code, &code->insns[i], i);
	gen_repair_handlers(code);
}

void gen_program_repair(struct gen_program *program)
{
	program->nr_codes = (uint32_t)gen_clamp(program->nr_codes, 1, GEN_MAX_CODES);
	for (uint32_t i = 0; i < program->nr_codes; i++)
		gen_repair_code(program, i);
}

/* ---- images ---- */

static uint32_t gen_const_bytes(const struct gen_const *constant)
{
	switch (constant->kind) {
	case PYMM_CONST_INT:
	case PYMM_CONST_FLOAT:
		return sizeof(int64_t);
	case PYMM_CONST_STR:
	case PYMM_CONST_BYTES:
		return constant->len;
	case PYMM_CONST_TUPLE:
		return constant->len * (uint32_t)sizeof(uint32_t);
	case PYMM_CONST_CODE:
		return sizeof(uint32_t);
	default:
		return 0;
	}
}

static size_t gen_round8(size_t bytes)
{
	return (bytes + 7) & ~(size_t)7;
}

static size_t gen_code_bytes(const struct gen_code *code)
{
	size_t bytes = sizeof(struct pymm_code) + code->nr_insns * sizeof(struct pymm_insn) +
		       code->nr_handlers * sizeof(struct pymm_handler);

	for (uint32_t i = 0; i < code->nr_consts; i++)
		bytes += sizeof(struct pymm_const) + gen_round8(gen_const_bytes(&code->consts[i]));
	return bytes;
}

static uint8_t *gen_encode_code(const struct gen_code *code, uint8_t *to)
{
	struct pymm_code head = {
		.size = (uint32_t)gen_code_bytes(code), .nr_insns = code->nr_insns,
		.nr_consts = code->nr_consts, .nr_slots = code->nr_slots,
		.nr_params = code->nr_params, .nr_handlers = code->nr_handlers,
	};
	uint32_t i;

	memcpy(to, &head, sizeof(head));
	to += sizeof(head);
	memcpy(to, code->insns, code->nr_insns * sizeof(*code->insns));
	to += code->nr_insns * sizeof(*code->insns);
	memcpy(to, code->handlers, code->nr_handlers * sizeof(*code->handlers));
	to += code->nr_handlers * sizeof(*code->handlers);
	for (i = 0; i < code->nr_consts; i++) {
		const struct gen_const *constant = &code->consts[i];
		struct pymm_const head = { constant->kind, gen_const_bytes(constant) };

		memcpy(to, &head, sizeof(head));
		to += sizeof(head);
		memset(to, 0, gen_round8(head.len));
		memcpy(to, constant->text, head.len);
		to += gen_round8(head.len);
	}
	return to;
}

size_t gen_program_encode(const struct gen_program *program, void *image, size_t room)
{
	struct pymm_image head = { PYMM_IMAGE_MAGIC, PYMM_IMAGE_VERSION, program->nr_codes, 0 };
	size_t size = sizeof(head);
	uint8_t *to = (uint8_t *)image + sizeof(head);
	uint32_t i;

	for (i = 0; i < program->nr_codes; i++)
		size += gen_code_bytes(&program->codes[i]);
	if (size > room)
		return 0;
	head.size = (uint32_t)size;
	memcpy(image, &head, sizeof(head));
	for (i = 0; i < program->nr_codes; i++)
		to = gen_encode_code(&program->codes[i], to);
	return size;
}

static void gen_decode_const(struct gen_const *constant, const struct pymm_const *head,
			     const uint8_t *from, enum gen_decoded *all)
{
	size_t room = head->kind == PYMM_CONST_TUPLE ? sizeof(constant->items) : GEN_MAX_TEXT;
	size_t bytes = head->len > room ? room : head->len;

	if (head->len > room && *all > GEN_LARGE)
		*all = GEN_LARGE;
	memset(constant, 0, sizeof(*constant));
	memcpy(constant->text, from, bytes);
	constant->kind = head->kind;
	constant->len = (uint32_t)bytes;
	if (head->kind == PYMM_CONST_TUPLE)
		constant->len /= sizeof(uint32_t);
}

static void gen_decode_consts(struct gen_code *code, uint32_t count, const uint8_t *from,
			      const uint8_t *end, enum gen_decoded *all)
{
	struct pymm_const head;

	if (count > GEN_MAX_CONSTS && *all > GEN_LARGE)
		*all = GEN_LARGE;
	for (code->nr_consts = 0; count--;) {
		if ((size_t)(end - from) < sizeof(head))
			break;
		memcpy(&head, from, sizeof(head));
		from += sizeof(head);
		if (gen_round8(head.len) > (size_t)(end - from))
			break;
		if (code->nr_consts < GEN_MAX_CONSTS)
			gen_decode_const(&code->consts[code->nr_consts++], &head, from, all);
		from += gen_round8(head.len);
	}
	if (count + 1 || from != end)
		*all = GEN_PART;
}

/* The bytes that it has, or 0. @all: lowered to what this one is. */
static size_t gen_decode_code(struct gen_code *code, const uint8_t *from, size_t left,
			      enum gen_decoded *all)
{
	struct pymm_code head;
	size_t insns, table;

	if (left < sizeof(head))
		return 0;
	memcpy(&head, from, sizeof(head));
	insns = (size_t)head.nr_insns * sizeof(struct pymm_insn);
	table = head.nr_handlers * sizeof(struct pymm_handler);
	if (head.size > left || head.size < sizeof(head) ||
	    insns + table > head.size - sizeof(head))
		return 0;
	if ((head.nr_insns > GEN_MAX_INSNS || head.nr_handlers > GEN_MAX_HANDLERS) &&
	    *all > GEN_LARGE)
		*all = GEN_LARGE;
	code->nr_slots = head.nr_slots;
	code->nr_params = head.nr_params;
	code->nr_insns = head.nr_insns > GEN_MAX_INSNS ? GEN_MAX_INSNS : head.nr_insns;
	memcpy(code->insns, from + sizeof(head), code->nr_insns * sizeof(*code->insns));
	code->nr_handlers = head.nr_handlers > GEN_MAX_HANDLERS ? GEN_MAX_HANDLERS :
								 head.nr_handlers;
	memcpy(code->handlers, from + sizeof(head) + insns,
	       code->nr_handlers * sizeof(*code->handlers));
	gen_decode_consts(code, head.nr_consts, from + sizeof(head) + insns + table,
			  from + head.size, all);
	return head.size;
}

enum gen_decoded gen_program_decode(struct gen_program *program, const void *image, size_t size)
{
	const uint8_t *from = image;
	enum gen_decoded all = GEN_WHOLE;
	struct pymm_image head;
	size_t at = sizeof(head), bytes;
	uint32_t i, place;

	program->nr_codes = 0;
	if (size < sizeof(head))
		return GEN_NOTHING;
	memcpy(&head, from, sizeof(head));
	if (head.nr_codes > GEN_MAX_CODES)
		all = GEN_LARGE;
	for (i = 0; i < head.nr_codes; i++) {
		place = i < GEN_MAX_CODES ? i : GEN_MAX_CODES - 1;
		bytes = gen_decode_code(&program->codes[place], from + at, size - at, &all);
		if (!bytes)
			break;
		program->nr_codes = place + 1;
		at += bytes;
	}
	if (!program->nr_codes)
		return GEN_NOTHING;
	if (at != size || i != head.nr_codes)
		all = GEN_PART;
	gen_program_repair(program);
	return all;
}
