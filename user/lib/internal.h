/* SPDX-License-Identifier: LGPL-2.1-only OR MIT */
/*
 * Shared by the files of the library; nothing of it is exported.
 */
#ifndef PYMM_INTERNAL_H
#define PYMM_INTERNAL_H

#include <pymm/pymm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PYMM_API __attribute__((visibility("default")))

/* ---- vec.c ---- */

/* A growing array; zeroed is empty. */
struct vec {
	void *data;
	size_t count;
	size_t room;
};

/* Appends @count zeroed items of @size bytes; the first, or NULL when out of memory. */
void *vec_push(struct vec *vec, size_t count, size_t size);

/* Appends a copy of them; 0 or -ENOMEM. */
int vec_append(struct vec *vec, const void *items, size_t count, size_t size);

void vec_free(struct vec *vec);

/* ---- table.c ---- */

/* Byte strings, each kept once and numbered in the order of their first appearance. */
struct table {
	struct vec entries;
	struct vec bytes;
	uint32_t *index;	/* of entries plus 1, by hash; 0 is free */
	size_t index_size;	/* a power of two, or 0 */
};

/* Number of that string: 1 when it is new, 0 when not, or -ENOMEM. */
int table_add(struct table *table, const void *bytes, size_t size, uint32_t *number);

/* The string of a number that table_add() gave, valid until the next table_add(). */
const void *table_get(const struct table *table, uint32_t number, size_t *size);

void table_free(struct table *table);

/* ---- ops.c ---- */

/**
 * struct op - an opcode, from linux/pymm_ops.h
 * @name: NULL where the number is not used
 * @dst: enum pymm_operand, as are @src1 and @src2
 * @src1: first source operand
 * @src2: second source operand
 * @imm: enum pymm_imm
 * @flags: PYMM_INSN_ that it takes
 */
struct op {
	const char *name;
	uint8_t dst;
	uint8_t src1;
	uint8_t src2;
	uint8_t imm;
	uint8_t flags;
};

/* An opcode's row, or NULL for an unknown number. */
const struct op *op_get(unsigned int number);

/* Number of an opcode, or 0 (which none has). */
unsigned int op_find(const char *name, size_t len);

/* The opcode whose name is nearest to @name, or NULL when none is near. */
const char *op_nearest(const char *name, size_t len);

/* How an opcode is written, "BINARY_OP dst, src1, src2, operator", cut to @size. */
void op_usage(const struct op *op, char *out, size_t size);

/* The text of an immediate operand, "+=", "is not", or NULL; number of a text, or -1. */
const char *op_word(unsigned int number, int64_t imm);
int op_word_find(unsigned int number, const char *word, size_t len);

/* All of them, with commas, cut to @size. */
void op_words(unsigned int number, char *out, size_t size);

/* ---- quote.c ---- */

/* Would Python's repr() show that code point as it is? */
bool code_point_is_printable(uint32_t code);

#define ESCAPE_SIZE	11

/* repr() of a bytes, in this kind of quotes. */
void bytes_write(FILE *out, const char *data, size_t size, char quote);

/* How repr() shows one that is not: "\x1b", "\u200b", "\U000e0001". */
void code_point_escape(uint32_t code, char out[ESCAPE_SIZE]);

/* ---- float.c ---- */

#define FLOAT_SIZE	48

/* repr() of a float. */
void float_repr(double value, char out[FLOAT_SIZE]);

/* The value of "1.5", "1e-3", ".5", "1_000.": 0, -EINVAL when it is no such text, or -ENOMEM. */
int float_parse(const char *text, size_t len, double *value);

/* The mantissa of float("nan"). */
#define NAN_MANTISSA	0x8000000000000ULL

/* ---- programs: asm_*.c make them, disasm.c reads them ---- */

/**
 * struct code_info - what a program knows of a code object beside its image
 * @name: its name in the text, or NULL
 * @lines: source line of each instruction
 * @nr_insns: number of @lines
 */
struct code_info {
	char *name;
	unsigned int *lines;
	unsigned int nr_insns;
};

struct pymm_program {
	struct pymm_image *image;
	struct code_info *codes;	/* image->nr_codes of them */
};

#endif /* PYMM_INTERNAL_H */
