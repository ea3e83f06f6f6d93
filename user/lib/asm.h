/* SPDX-License-Identifier: LGPL-2.1-only OR MIT */
/*
 * The assembler. asm_lex.c cuts the text into words, asm_parse.c reads lines and
 * instructions with the constants of asm_const.c, and asm_emit.c makes the image
 * of what they gathered. Functions that return int return 0, -ENOMEM, or -EINVAL
 * with the error filled.
 */
#ifndef PYMM_ASM_H
#define PYMM_ASM_H

#include "internal.h"

#define MAX_SLOTS	256

/* Somewhere in the text. */
struct place {
	size_t at;
	size_t line_at;		/* where its line begins */
	unsigned int line;
};

/* A word of the text, which is not copied. */
struct word {
	const char *text;
	size_t len;
	struct place place;
};

/* For "%.*s": as much of a word as a message has room for. */
#define WORD(word)	word_clip(&(word)), (word).text

/* A jump, until all labels of the code object are known. */
struct jump {
	uint32_t insn;
	uint32_t label;
	struct place place;
};

/* A use of a code object, until all of them are known. */
struct ref {
	uint32_t name;
	struct place place;
};

/* A handler of exceptions, until all labels are known: first, end and target. */
struct handler {
	uint32_t labels[3];
	struct place places[3];
	unsigned int slot;
};

struct named_slot {
	struct word word;
	unsigned int slot;
};

/**
 * struct code - a code object of which the text was read
 * @name: number in assembler.names, if @has_name
 * @has_name: false for a program that no .code stands before
 * @place: of its .code
 * @nr_params: positional parameters
 * @nr_kwonly: keyword-only parameters
 * @names: number in @consts of the tuple of names, plus 1; 0 until all is read
 * @nr_slots: largest slot that is used, plus 1
 * @insns: struct pymm_insn
 * @lines: unsigned int, line of each
 * @consts: struct pymm_const with its data, not padded; the data of a
 *	PYMM_CONST_CODE is a number in assembler.names
 * @labels: their names
 * @targets: uint32_t by number of label: instruction plus 1, or 0
 * @jumps: struct jump
 * @handlers: struct handler; struct pymm_handler in @table when all is read
 * @refs: struct ref
 * @slots: struct named_slot
 * @taken: slots that have a name or were used by number
 */
struct code {
	uint32_t name;
	bool has_name;
	struct place place;
	unsigned int nr_params;
	unsigned int nr_kwonly;
	uint32_t names;
	unsigned int nr_slots;
	struct vec insns;
	struct vec lines;
	struct table consts;
	struct table labels;
	struct vec targets;
	struct vec jumps;
	struct vec handlers;
	struct vec table;
	struct vec refs;
	struct vec slots;
	uint64_t taken[MAX_SLOTS / 64];
};

/**
 * struct assembler - the assembler at work
 * @text: the program
 * @size: bytes of it
 * @here: next byte to read
 * @error: where errors go
 * @codes: struct code, in the order of the text
 * @names: names of code objects, defined or used
 * @defined: uint32_t by number of name: index in @codes plus 1, or 0
 */
struct assembler {
	const char *text;
	size_t size;
	struct place here;
	struct pymm_error *error;
	struct vec codes;
	struct table names;
	struct vec defined;
};

/* ---- asm_lex.c ---- */

/* Says what is wrong there; returns -EINVAL. */
__attribute__((format(printf, 3, 4)))
int asm_fail(struct assembler *as, struct place place, const char *format, ...);

/* Says that something else stands here: "expected @expected, not ..."; returns -EINVAL. */
int asm_expected(struct assembler *as, const char *expected);

int word_clip(const struct word *word);
bool word_is(const struct word *word, const char *text);

/* All of these skip blanks first. Take... returns false when there is no such thing here. */
struct place lex_place(struct assembler *as);
bool lex_at_end(struct assembler *as);		/* end of the line, or a comment */
void lex_next_line(struct assembler *as);
char lex_peek(struct assembler *as);		/* 0 at the end of the line */
bool lex_take(struct assembler *as, const char *text);
bool lex_take_word(struct assembler *as, struct word *word);
bool lex_take_operator(struct assembler *as, struct word *word);
int lex_integer(struct assembler *as, int64_t *value);
bool lex_at_float(struct assembler *as);
int lex_float(struct assembler *as, uint64_t *bits);

/* Is a b"bytes" here? */
bool lex_at_bytes(struct assembler *as);

/* What is in "quotes", or in those of b"bytes" if @raw. */
int lex_string(struct assembler *as, bool raw, struct vec *bytes);

/* ---- asm_const.c ---- */

/* Number of that constant in @code; it is made if it is new. */
int const_add(struct assembler *as, struct code *code, uint32_t kind, const void *data,
	      size_t size, uint32_t *number);

/* A constant written here. */
int const_parse(struct assembler *as, struct code *code, uint32_t *number);

/* A name written here, bare or as a string. */
int const_parse_name(struct assembler *as, struct code *code, uint32_t *number);

/* ---- asm_parse.c, asm_operand.c ---- */

int asm_parse(struct assembler *as);

/* Number of a code object's name. */
int code_name(struct assembler *as, const struct word *word, uint32_t *number);

/* Number of a label. */
int label_number(struct code *code, const struct word *word, uint32_t *number);

/* Names the first slot that is free. */
int slot_declare(struct assembler *as, struct code *code, const struct word *word);

/* What follows .handler on its line. */
int handler_parse(struct assembler *as, struct code *code);

/* What follows the opcode on its line. */
int operands_parse(struct assembler *as, struct code *code, struct pymm_insn *insn);

/* ---- asm_emit.c ---- */

int asm_emit(struct assembler *as, struct pymm_program *program);

/* Indices in as->codes in the order of the image, in @out. */
int asm_order(struct assembler *as, uint32_t *out);

#endif /* PYMM_ASM_H */
