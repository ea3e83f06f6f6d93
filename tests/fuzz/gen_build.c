// SPDX-License-Identifier: GPL-2.0-only
#include "gen_build.h"

#include <string.h>

/* ---- emitting ---- */

/* Instructions that always have room: what a block and a code object end with. */
#define GEN_TAIL	8

bool gen_full(const struct gen_builder *b)
{
	return b->code->nr_insns >= GEN_MAX_INSNS - GEN_TAIL - 4 * b->nesting;
}

struct pymm_insn *gen_emit(struct gen_builder *b, uint8_t op, uint16_t dst, uint16_t src1,
			   uint16_t src2, int64_t imm)
{
	struct pymm_insn *insn;

	/* Never so with the reserve that gen_full() keeps; what is lost then is repaired. */
	if (b->code->nr_insns == GEN_MAX_INSNS)
		b->code->nr_insns--;
	insn = &b->code->insns[b->code->nr_insns++];
	*insn = (struct pymm_insn){
		.op = op, .dst = dst, .src1 = src1, .src2 = src2, .imm = imm,
	};
	return insn;
}

static uint16_t gen_random_slot(struct gen_builder *b)
{
	return (uint16_t)gen_below(b->source, b->code->nr_slots);
}

uint16_t gen_free_slot(struct gen_builder *b)
{
	uint16_t first = gen_random_slot(b), slot, i;

	for (i = 0; i < b->code->nr_slots; i++) {
		slot = (first + i) % b->code->nr_slots;
		if (!b->held[slot] && !b->pinned[slot])
			return slot;
	}
	return first;
}

void gen_set(struct gen_builder *b, uint16_t slot, uint32_t types, uint8_t callee)
{
	b->types[slot] = types;
	b->callee[slot] = callee;
}

/* ---- constants ---- */

static int64_t gen_const_add(struct gen_builder *b, const struct gen_const *constant)
{
	int index = gen_add_const(b->code, constant);

	return index < 0 ? (int)gen_below(b->source, GEN_MAX_CONSTS) : index;
}

int64_t gen_str_const(struct gen_builder *b, const char *text)
{
	struct gen_const constant;

	memset(&constant, 0, sizeof(constant));
	constant.kind = PYMM_CONST_STR;
	constant.len = (uint32_t)strlen(text);
	memcpy(constant.text, text, constant.len);
	return gen_const_add(b, &constant);
}

static int64_t gen_code_const(struct gen_builder *b, uint32_t code)
{
	struct gen_const constant;

	memset(&constant, 0, sizeof(constant));
	constant.kind = PYMM_CONST_CODE;
	constant.code = code;
	return gen_const_add(b, &constant);
}

int64_t gen_int_const(struct gen_builder *b, int64_t value)
{
	struct gen_const constant;

	memset(&constant, 0, sizeof(constant));
	constant.kind = PYMM_CONST_INT;
	constant.value = value;
	return gen_const_add(b, &constant);
}

static uint32_t gen_const_type(const struct gen_const *constant)
{
	switch (constant->kind) {
	case PYMM_CONST_FALSE:
	case PYMM_CONST_TRUE:
		return GEN_BOOL;
	case PYMM_CONST_INT:
		return GEN_INT;
	case PYMM_CONST_FLOAT:
		return GEN_FLOAT;
	case PYMM_CONST_BYTES:
		return GEN_BYTES;
	case PYMM_CONST_STR:
		return GEN_STR;
	case PYMM_CONST_TUPLE:
		return GEN_TUPLE;
	case PYMM_CONST_CODE:
		return GEN_CODE;
	default:
		return GEN_NONE;
	}
}

int64_t gen_want_const(struct gen_builder *b, uint32_t want)
{
	struct gen_const constant;
	uint32_t i;

	for (i = 0; i < 4 && b->code->nr_consts; i++) {
		uint32_t at = gen_below(b->source, b->code->nr_consts);

		if (gen_const_type(&b->code->consts[at]) & want)
			return at;
	}
	for (i = 0; i < 24; i++) {
		gen_random_const(&constant, b->source);
		if (gen_const_type(&constant) & want)
			return gen_const_add(b, &constant);
	}
	return gen_int_const(b, gen_number(b->source));
}

/* ---- operands ---- */

void gen_load(struct gen_builder *b, uint16_t slot, int64_t index)
{
	gen_emit(b, PYMM_OP_LOAD_CONST, slot, 0, 0, index);
	gen_set(b, slot, index < b->code->nr_consts ?
			 gen_const_type(&b->code->consts[index]) : GEN_ANY, 0);
}

void gen_fill_function(struct gen_builder *b, uint16_t slot)
{
	uint32_t later = b->program->nr_codes - b->index - 1, code;

	if (!later) {
		gen_load(b, slot, gen_want_const(b, GEN_KEY));
		return;
	}
	code = b->index + 1 + gen_below(b->source, later);
	gen_emit(b, PYMM_OP_MAKE_FUNCTION, slot, 0, 0, gen_code_const(b, code));
	gen_set(b, slot, GEN_FUNCTION, (uint8_t)code);
}

static int64_t gen_none_const(struct gen_builder *b)
{
	struct gen_const constant;

	memset(&constant, 0, sizeof(constant));
	constant.kind = PYMM_CONST_NONE;
	return gen_const_add(b, &constant);
}

/* A class in a slot, often with a finalizer, which is some function; an instance of it; a weak reference. */
static void gen_fill_class(struct gen_builder *b, uint16_t slot, uint32_t type)
{
	uint16_t other = gen_free_slot(b);

	if (other == slot) {
		gen_load(b, slot, gen_want_const(b, GEN_KEY));
		return;
	}
	gen_load(b, other, gen_none_const(b));
	if (type == GEN_CLASS && gen_one_in(b->source, 3))
		gen_fill_exception(b, other, false);
	gen_emit(b, PYMM_OP_BUILD_MAP, slot, 0, 0, 0);
	gen_emit(b, PYMM_OP_BUILD_CLASS, slot, other, slot, gen_str_const(b, "C"));
	if (gen_one_in(b->source, 2)) {
		gen_fill_function(b, other);
		gen_emit(b, PYMM_OP_STORE_ATTR, 0, slot, other, gen_str_const(b, "__del__"));
	}
	gen_set(b, slot, GEN_CLASS, 0);
	if (type == GEN_CLASS)
		return;
	gen_emit(b, PYMM_OP_CALL, slot, slot, 0, 0);
	gen_set(b, slot, GEN_INSTANCE, 0);
	if (type == GEN_INSTANCE)
		return;
	gen_load(b, other, gen_none_const(b));
	if (gen_one_in(b->source, 2))
		gen_fill_function(b, other);
	gen_emit(b, PYMM_OP_WEAKREF_NEW, other, slot, other, 0);
	gen_emit(b, PYMM_OP_COPY, slot, other, 0, 0);
	gen_set(b, slot, GEN_WEAKREF, 0);
}

/* A frozenset of what a tuple has, or a slice up to some index. */
static void gen_fill_from(struct gen_builder *b, uint16_t slot, uint8_t op, uint32_t type)
{
	gen_load(b, slot, gen_want_const(b, op == PYMM_OP_BUILD_SLICE ? GEN_INT : GEN_TUPLE));
	gen_emit(b, op, slot, slot, 0, op == PYMM_OP_BUILD_SLICE);
	gen_set(b, slot, type, 0);
}

/* range(n), or range(start, n) where the slot behind is free as well. */
static void gen_fill_range(struct gen_builder *b, uint16_t slot)
{
	uint16_t first = gen_free_slot(b);
	uint32_t count = 1;

	if (first == slot) {
		gen_load(b, slot, gen_want_const(b, GEN_KEY));
		return;
	}
	if (first + 1U < b->code->nr_slots && first + 1 != slot && !b->held[first + 1] &&
	    !b->pinned[first + 1] && gen_one_in(b->source, 2))
		count = 2;
	for (uint32_t i = 0; i < count; i++)
		gen_load(b, (uint16_t)(first + i), gen_int_const(b, gen_number(b->source)));
	gen_emit(b, PYMM_OP_LOAD_GLOBAL, slot, 0, 0, gen_str_const(b, "range"));
	gen_emit(b, PYMM_OP_CALL, slot, slot, first, count);
	gen_set(b, slot, GEN_RANGE, 0);
}

/* An iterator over something that is new, or that another slot keeps. */
static void gen_fill_iterator(struct gen_builder *b, uint16_t slot)
{
	uint16_t from = slot, i;

	for (i = 0; i < b->code->nr_slots; i++)
		if (gen_fits(b, i, GEN_CONTAINER) && gen_one_in(b->source, 2))
			from = i;
	if (from == slot && gen_one_in(b->source, 2))
		gen_fill_range(b, slot);
	else if (from == slot)
		gen_load(b, slot, gen_want_const(b, GEN_STR | GEN_TUPLE));
	gen_emit(b, PYMM_OP_GET_ITER, slot, from, 0, 0);
	gen_set(b, slot, GEN_ITERATOR, 0);
}

void gen_fill_exception(struct gen_builder *b, uint16_t slot, bool object)
{
	static const char *const names[] = {
		"BaseException", "Exception", "ValueError", "KeyError", "StopIteration", "TypeError",
	};
	const char *name = names[gen_below(b->source, sizeof(names) / sizeof(*names))];

	gen_emit(b, PYMM_OP_LOAD_GLOBAL, slot, 0, 0, gen_str_const(b, name));
	if (object)
		gen_emit(b, PYMM_OP_CALL, slot, slot, 0, 0);
	gen_set(b, slot, object ? GEN_EXCEPTION : GEN_CLASS, 0);
}

/* Put something into a slot that is one of the types wanted. */
static void gen_fill(struct gen_builder *b, uint16_t slot, uint32_t want)
{
	static const struct {
		uint32_t type;
		uint8_t op;
	} made[] = {
		{ GEN_LIST, PYMM_OP_BUILD_LIST }, { GEN_DICT, PYMM_OP_BUILD_MAP },
		{ GEN_LOCK, PYMM_OP_LOCK_NEW }, { GEN_RLOCK, PYMM_OP_RLOCK_NEW }, { GEN_FUNCTION, PYMM_OP_MAKE_FUNCTION },
		{ GEN_CELL, PYMM_OP_MAKE_CELL }, { GEN_CLASS, PYMM_OP_BUILD_CLASS },
		{ GEN_INSTANCE, PYMM_OP_BUILD_CLASS }, { GEN_WEAKREF, PYMM_OP_BUILD_CLASS },
		{ GEN_SET, PYMM_OP_BUILD_SET }, { GEN_FROZENSET, PYMM_OP_BUILD_FROZENSET },
		{ GEN_SLICE, PYMM_OP_BUILD_SLICE },
		{ GEN_RANGE, PYMM_OP_LOAD_GLOBAL }, { GEN_ITERATOR, PYMM_OP_GET_ITER },
		{ GEN_MODULE, PYMM_OP_MODULE_NEW }, { GEN_EXCEPTION, PYMM_OP_CALL },
	};
	const uint32_t kinds = sizeof(made) / sizeof(*made);
	uint32_t first = gen_below(b->source, kinds), i;

	if ((want & (GEN_KEY | GEN_TUPLE)) && gen_one_in(b->source, 2)) {
		gen_load(b, slot, gen_want_const(b, want));
		return;
	}
	for (i = 0; i < kinds && !(made[(first + i) % kinds].type & want); i++)
		;
	first = (first + i) % kinds;
	if (i == kinds) {
		gen_load(b, slot, gen_want_const(b, want));
	} else if (made[first].op == PYMM_OP_MAKE_FUNCTION) {
		gen_fill_function(b, slot);
	} else if (made[first].op == PYMM_OP_BUILD_CLASS) {
		gen_fill_class(b, slot, made[first].type);
	} else if (made[first].op == PYMM_OP_BUILD_FROZENSET ||
		   made[first].op == PYMM_OP_BUILD_SLICE) {
		gen_fill_from(b, slot, made[first].op, made[first].type);
	} else if (made[first].op == PYMM_OP_LOAD_GLOBAL) {
		gen_fill_range(b, slot);
	} else if (made[first].op == PYMM_OP_CALL) {
		gen_fill_exception(b, slot, true);
	} else if (made[first].op == PYMM_OP_GET_ITER) {
		gen_fill_iterator(b, slot);
	} else if (made[first].op == PYMM_OP_MODULE_NEW) {
		gen_emit(b, PYMM_OP_MODULE_NEW, slot, 0, 0, gen_str_const(b, "m"));
		gen_set(b, slot, GEN_MODULE, 0);
	} else {
		gen_emit(b, made[first].op, slot, 0, 0, 0);
		gen_set(b, slot, made[first].type, 0);
	}
}

bool gen_fits(const struct gen_builder *b, uint16_t slot, uint32_t want)
{
	return b->types[slot] && !(b->types[slot] & ~want);
}

uint16_t gen_want(struct gen_builder *b, uint32_t want)
{
	uint16_t first = gen_random_slot(b), slot, i;

	if (gen_one_in(b->source, 48))
		return first;
	for (i = 0; i < b->code->nr_slots; i++) {
		slot = (first + i) % b->code->nr_slots;
		if (gen_fits(b, slot, want))
			break;
	}
	if (i == b->code->nr_slots || gen_one_in(b->source, 8)) {
		slot = gen_free_slot(b);
		gen_fill(b, slot, want);
	}
	b->held[slot] = true;
	return slot;
}

uint16_t gen_want_range(struct gen_builder *b, uint32_t count, uint32_t width,
			const uint32_t *want)
{
	uint16_t first;
	uint32_t i;

	if (!count)
		return 0;
	first = (uint16_t)gen_below(b->source, b->code->nr_slots - count + 1);
	for (i = 0; i < count; i++) {
		if (!gen_fits(b, first + i, want[i % width]) && !b->pinned[first + i] &&
		    !b->held[first + i])
			gen_fill(b, first + i, want[i % width]);
		b->held[first + i] = true;
	}
	return first;
}

void gen_release(struct gen_builder *b)
{
	memset(b->held, 0, sizeof(b->held));
}

/* ---- results ---- */

static void gen_consume(struct gen_builder *b, struct pymm_insn *insn, uint8_t flag, uint16_t first,
			uint32_t count)
{
	uint32_t i;

	if (!(gen_ops[insn->op].flags & flag) || gen_below(b->source, 3))
		return;
	for (i = 0; i < count; i++)
		if (b->pinned[first + i])
			return;
	insn->flags |= flag;
	for (i = 0; i < count; i++)
		gen_set(b, first + i, 0, 0);
}

static uint32_t gen_operand_slots(uint8_t kind, int64_t imm)
{
	switch (kind) {
	case PYMM_OPERAND_NO:
		return 0;
	case PYMM_OPERAND_ARGS:
	case PYMM_OPERAND_OUTS:
		return (uint32_t)imm;
	case PYMM_OPERAND_PAIRS:
		return 2 * (uint32_t)imm;
	default:
		return 1;
	}
}

struct pymm_insn *gen_finish(struct gen_builder *b, uint8_t opcode, uint16_t dst, uint16_t src1,
			     uint16_t src2, int64_t imm, uint32_t gives)
{
	const struct gen_op *op = &gen_ops[opcode];
	struct pymm_insn *insn;

	if (op->dst == PYMM_OPERAND_OUT) {
		if (gen_one_in(b->source, 3))
			gen_release(b);
		dst = gen_free_slot(b);
	}
	insn = gen_emit(b, opcode, dst, src1, src2, imm);
	gen_consume(b, insn, PYMM_INSN_CONSUME1, src1, gen_operand_slots(op->src1, imm));
	gen_consume(b, insn, PYMM_INSN_CONSUME2, src2, gen_operand_slots(op->src2, imm));
	if (op->dst == PYMM_OPERAND_IN)
		gen_consume(b, insn, PYMM_INSN_CONSUME3, dst, 1);
	if (gen_one_in(b->source, 2))
		insn->flags |= op->flags & PYMM_INSN_END;
	if (op->dst == PYMM_OPERAND_OUT)
		gen_set(b, dst, gives, 0);
	gen_release(b);
	return insn;
}
