/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Building a code object of a program. While it is made, it is known what each slot may hold;
 * operands are slots that hold what the instruction wants, and are filled first where there is
 * none. One time in a few it is not looked at, so that exceptions are raised as well.
 */
#ifndef PYMM_GEN_BUILD_H
#define PYMM_GEN_BUILD_H

#include "gen_table.h"

#define GEN_MAX_PARAMS	3

/**
 * struct gen_builder - a code object being made
 * @program: what it belongs to
 * @source: choices
 * @code: itself
 * @index: its index
 * @types: what each slot may hold; 0: nothing
 * @callee: code object of the function in a slot, or 0
 * @held: operands of the instruction being made, which must not be overwritten
 * @pinned: slots that a loop relies on
 * @bound: names that were bound by this code object, a bit each
 * @nesting: blocks that it is in
 * @params: types of parameters, for each code object
 */
struct gen_builder {
	struct gen_program *program;
	struct gen_source *source;
	struct gen_code *code;
	uint32_t index;
	uint32_t types[GEN_MAX_SLOTS];
	uint8_t callee[GEN_MAX_SLOTS];
	bool held[GEN_MAX_SLOTS];
	bool pinned[GEN_MAX_SLOTS];
	uint32_t bound;
	uint32_t nesting;
	uint32_t params[GEN_MAX_CODES][GEN_MAX_PARAMS];
};

/** gen_full() - is there room only for what ends the blocks that it is in? */
bool gen_full(const struct gen_builder *b);

/** gen_emit() - add an instruction; what slots hold is not changed */
struct pymm_insn *gen_emit(struct gen_builder *b, uint8_t op, uint16_t dst, uint16_t src1,
			   uint16_t src2, int64_t imm);

/** gen_free_slot() - a slot to be written */
uint16_t gen_free_slot(struct gen_builder *b);

/** gen_set() - from now on @slot holds one of @types; a function's code object is @callee */
void gen_set(struct gen_builder *b, uint16_t slot, uint32_t types, uint8_t callee);

/** gen_str_const(), gen_int_const() - the index of such a constant */
int64_t gen_str_const(struct gen_builder *b, const char *text);
int64_t gen_int_const(struct gen_builder *b, int64_t value);

/** gen_want_const() - a constant of the types wanted: one that is there, else a new one */
int64_t gen_want_const(struct gen_builder *b, uint32_t want);

/** gen_load() - load the constant @index */
void gen_load(struct gen_builder *b, uint16_t slot, int64_t index);

/** gen_fill_function() - put a function of a later code object into a slot, if there is one */
void gen_fill_function(struct gen_builder *b, uint16_t slot);

/** gen_fill_exception() - put a built-in class of exceptions, or an object of one, into a slot */
void gen_fill_exception(struct gen_builder *b, uint16_t slot, bool object);

/** gen_fits() - does @slot hold something, and nothing but what is wanted? */
bool gen_fits(const struct gen_builder *b, uint16_t slot, uint32_t want);

/** gen_want() - a slot that holds what is wanted; it stays until the instruction is complete */
uint16_t gen_want(struct gen_builder *b, uint32_t want);

/**
 * gen_want_range() - @count consecutive slots, each of which holds something
 * @width: of so many, each is of the type of that place in @want
 */
uint16_t gen_want_range(struct gen_builder *b, uint32_t count, uint32_t width,
			const uint32_t *want);

/** gen_release() - operands may be overwritten again */
void gen_release(struct gen_builder *b);

/** gen_finish() - add an instruction whose operands were chosen; @gives: what its result can be */
struct pymm_insn *gen_finish(struct gen_builder *b, uint8_t opcode, uint16_t dst, uint16_t src1,
			     uint16_t src2, int64_t imm, uint32_t gives);

#endif
