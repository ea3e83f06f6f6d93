/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the generator share: the opcodes, and what an instruction wants. */
#ifndef PYMM_FUZZ_GEN_TABLE_H
#define PYMM_FUZZ_GEN_TABLE_H

#include "gen.h"

/* Sets of types that a slot may hold something of. */
#define GEN_NONE	(1U << PYMM_TYPE_NONE)
#define GEN_BOOL	(1U << PYMM_TYPE_BOOL)
#define GEN_INT		(1U << PYMM_TYPE_INT)
#define GEN_STR		(1U << PYMM_TYPE_STR)
#define GEN_TUPLE	(1U << PYMM_TYPE_TUPLE)
#define GEN_LIST	(1U << PYMM_TYPE_LIST)
#define GEN_DICT	(1U << PYMM_TYPE_DICT)
#define GEN_CODE	(1U << PYMM_TYPE_CODE)
#define GEN_FUNCTION	(1U << PYMM_TYPE_FUNCTION)
#define GEN_LOCK	(1U << PYMM_TYPE_LOCK)
#define GEN_CELL	(1U << PYMM_TYPE_CELL)
#define GEN_CLASS	(1U << PYMM_TYPE_TYPE)
#define GEN_INSTANCE	(1U << PYMM_TYPE_INSTANCE)
#define GEN_METHOD	(1U << PYMM_TYPE_METHOD)
#define GEN_WEAKREF	(1U << PYMM_TYPE_WEAKREF)
#define GEN_FLOAT	(1U << PYMM_TYPE_FLOAT)
#define GEN_BYTES	(1U << PYMM_TYPE_BYTES)
#define GEN_SET		(1U << PYMM_TYPE_SET)
#define GEN_FROZENSET	(1U << PYMM_TYPE_FROZENSET)
#define GEN_SLICE	(1U << PYMM_TYPE_SLICE)
#define GEN_OBJECT	(1U << PYMM_TYPE_OBJECT)
#define GEN_BUILTIN	(1U << PYMM_TYPE_BUILTIN)
#define GEN_RANGE	(1U << PYMM_TYPE_RANGE)
#define GEN_ITERATOR	(1U << PYMM_TYPE_RANGE_ITERATOR | 1U << PYMM_TYPE_ITERATOR)
#define GEN_MODULE	(1U << PYMM_TYPE_MODULE)
#define GEN_EXCEPTION	(1U << PYMM_TYPE_EXCEPTION)
#define GEN_TRACEBACK	(1U << PYMM_TYPE_TRACEBACK)
#define GEN_FRAME	(1U << PYMM_TYPE_FRAME)
#define GEN_RLOCK	(1U << PYMM_TYPE_RLOCK)
#define GEN_LOCKS	(GEN_LOCK | GEN_RLOCK)
#define GEN_NUMBER	(GEN_BOOL | GEN_INT | GEN_FLOAT)
#define GEN_SEQUENCE	(GEN_STR | GEN_TUPLE | GEN_LIST)
#define GEN_SETS	(GEN_SET | GEN_FROZENSET)
#define GEN_CONTAINER	(GEN_SEQUENCE | GEN_DICT | GEN_SETS)
#define GEN_ITERABLE	(GEN_CONTAINER | GEN_BYTES | GEN_RANGE | GEN_ITERATOR)
#define GEN_KEY		(GEN_NONE | GEN_NUMBER | GEN_STR | GEN_BYTES)
#define GEN_ANY		(2 * GEN_RLOCK - GEN_NONE)

/**
 * struct gen_op - an opcode
 * @name: its name; NULL where a number is not used
 * @dst: enum pymm_operand, as the two that follow
 * @src1: first operand
 * @src2: second operand
 * @imm: enum pymm_imm
 * @flags: PYMM_INSN_ flags that it takes
 * @weight: how often it is made, against the others
 * @want_dst: types that do not make it raise where it reads its dst
 * @want1: and in src1
 * @want2: and in src2
 * @gives: types that its result can have
 */
struct gen_op {
	const char *name;
	uint8_t dst;
	uint8_t src1;
	uint8_t src2;
	uint8_t imm;
	uint8_t flags;
	uint8_t weight;
	uint32_t want_dst;
	uint32_t want1;
	uint32_t want2;
	uint32_t gives;
};

#define GEN_NR_OPS	256

extern const struct gen_op gen_ops[GEN_NR_OPS];

uint64_t gen_u64(struct gen_source *source);
/** gen_random_op() - a number that the table has */
uint8_t gen_random_op(struct gen_source *source);
/** gen_random_const() - any constant; needs to be repaired */
void gen_random_const(struct gen_const *constant, struct gen_source *source);
/** gen_add_const() - its index, that of an equal one, or -1 when there is no room */
int gen_add_const(struct gen_code *code, const struct gen_const *constant);
/** gen_is_jump() - whether the immediate is the index of an instruction */
bool gen_is_jump(const struct pymm_insn *insn);

#endif
