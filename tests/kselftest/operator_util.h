/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables of operators, operands and results.
 */
#ifndef OPERATOR_UTIL_H
#define OPERATOR_UTIL_H

#include <stddef.h>
#include <stdio.h>

/**
 * struct pt_operation - an operation, and what is expected of it
 * @a: left operand, a literal
 * @op: operator
 * @b: right operand
 * @result: its repr(), or the exception; CPython 3.13 was asked
 */
struct pt_operation {
	const char *a;
	const char *op;
	const char *b;
	const char *result;
};

/**
 * pt_load_literal() - write the instructions that put a literal into a slot
 *
 * Only atoms and tuples can be constants: a list "[1, 2]" is made of the tuple "(1, 2)".
 */
void pt_load_literal(FILE *text, int slot, const char *literal);

/** pt_evaluate() - run an operation of @opcode; its result in a tuple, which shows its repr() */
const char *pt_evaluate(int thread, const char *opcode, const struct pt_operation *row);

/** pt_wrong_operations() - how many do not give their result; each is printed */
unsigned int pt_wrong_operations(int thread, const char *opcode,
				 const struct pt_operation *rows, size_t count);

/* Of a fixture with self->thread. */
#define PT_EXPECT_OPERATIONS(opcode, operations)					\
	EXPECT_EQ(0, pt_wrong_operations(self->thread, opcode, operations,		\
					 sizeof(operations) / sizeof((operations)[0])))

#endif /* OPERATOR_UTIL_H */
