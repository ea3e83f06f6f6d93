// SPDX-License-Identifier: LGPL-2.1-only OR MIT
/*
 * What the assembler and the disassembler know of opcodes.
 */
#include <string.h>

#include "internal.h"
#include "nearest.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct op ops[] = {
#define PYMM_OP(nr, text, d, s1, s2, i, f)                                                    \
	[nr] = {                                                                              \
		.name = #text,                                                                \
		.dst = PYMM_OPERAND_##d,                                                      \
		.src1 = PYMM_OPERAND_##s1,                                                    \
		.src2 = PYMM_OPERAND_##s2,                                                    \
		.imm = PYMM_IMM_##i,                                                          \
		.flags = (f),                                                                 \
	},
#include <linux/pymm_ops.h>
#undef PYMM_OP
};

#define PYMM_OP(nr, text, ...) _Static_assert(PYMM_OP_##text == (nr), #text);
#include <linux/pymm_ops.h>
#undef PYMM_OP

const struct op *op_get(unsigned int number)
{
	return number < COUNT(ops) && ops[number].name ? &ops[number] : NULL;
}

unsigned int op_find(const char *name, size_t len)
{
	for (unsigned int i = 0; i < COUNT(ops); i++)
		if (ops[i].name && strlen(ops[i].name) == len && !memcmp(ops[i].name, name, len))
			return i;
	return 0;
}

const char *op_nearest(const char *name, size_t len)
{
	struct nearest nearest = nearest_to(name, len);

	for (unsigned int i = 0; i < COUNT(ops); i++)
		if (ops[i].name)
			nearest_try(&nearest, ops[i].name);
	return nearest.word;
}

static void append(char *out, size_t size, const char *separator, const char *text)
{
	size_t used = strlen(out);

	snprintf(out + used, size - used, "%s%s", separator, text);
}

void op_usage(const struct op *op, char *out, size_t size)
{
	static const char *const imms[] = {
		[PYMM_IMM_CONST] = "constant",
		[PYMM_IMM_NAME] = "name",
		[PYMM_IMM_CODE] = "code",
		[PYMM_IMM_FORWARD] = "label",
		[PYMM_IMM_BACKWARD] = "label",
		[PYMM_IMM_BINARY] = "operator",
		[PYMM_IMM_COMPARE] = "operator",
		[PYMM_IMM_INVERT] = "operator",
		[PYMM_IMM_GENERATION] = "generation",
		[PYMM_IMM_TIMEOUT] = "timeout",
		[PYMM_IMM_ATTRIBUTE] = "attribute",
	};
	const struct {
		uint8_t kind;
		const char *slot;
		const char *range;
	} operands[] = {
		{ op->dst, "dst", "dst" },
		{ op->src1, "src1", "src1..src1" },
		{ op->src2, "src2", "src2..src2" },
	};
	const char *separator = " ";

	snprintf(out, size, "%s", op->name);
	for (size_t i = 0; i < COUNT(operands); i++) {
		if (operands[i].kind == PYMM_OPERAND_NO)
			continue;
		append(out, size, separator, operands[i].kind < PYMM_OPERAND_ARGS ?
		       operands[i].slot : operands[i].range);
		separator = ", ";
	}
	if (op->imm < COUNT(imms) && imms[op->imm])
		append(out, size, separator, imms[op->imm]);
	if (op->flags & PYMM_INSN_END)
		append(out, size, separator, "end");
}

/* The words of an opcode's immediate operand, by number; *@count of them. */
static const char *const *words_of(unsigned int number, size_t *count)
{
	static const char *const binary[] = {
		[PYMM_BINARY_ADD] = "+",
		[PYMM_BINARY_SUBTRACT] = "-",
		[PYMM_BINARY_MULTIPLY] = "*",
		[PYMM_BINARY_FLOOR_DIVIDE] = "//",
		[PYMM_BINARY_REMAINDER] = "%",
		[PYMM_BINARY_AND] = "&",
		[PYMM_BINARY_OR] = "|",
		[PYMM_BINARY_XOR] = "^",
		[PYMM_BINARY_LSHIFT] = "<<",
		[PYMM_BINARY_RSHIFT] = ">>",
		[PYMM_BINARY_TRUE_DIVIDE] = "/",
		[PYMM_BINARY_INPLACE_ADD] = "+=",
		[PYMM_BINARY_INPLACE_SUBTRACT] = "-=",
		[PYMM_BINARY_INPLACE_MULTIPLY] = "*=",
		[PYMM_BINARY_INPLACE_FLOOR_DIVIDE] = "//=",
		[PYMM_BINARY_INPLACE_REMAINDER] = "%=",
		[PYMM_BINARY_INPLACE_AND] = "&=",
		[PYMM_BINARY_INPLACE_OR] = "|=",
		[PYMM_BINARY_INPLACE_XOR] = "^=",
		[PYMM_BINARY_INPLACE_LSHIFT] = "<<=",
		[PYMM_BINARY_INPLACE_RSHIFT] = ">>=",
		[PYMM_BINARY_INPLACE_TRUE_DIVIDE] = "/=",
	};
	static const char *const compare[] = {
		[PYMM_COMPARE_LT] = "<",  [PYMM_COMPARE_LE] = "<=", [PYMM_COMPARE_EQ] = "==",
		[PYMM_COMPARE_NE] = "!=", [PYMM_COMPARE_GT] = ">",  [PYMM_COMPARE_GE] = ">=",
	};
	static const char *const is[] = { "is", "is not" };
	static const char *const in[] = { "in", "not in" };
	static const char *const attribute[] = {
		[PYMM_FUNCTION_DEFAULTS] = "defaults",
		[PYMM_FUNCTION_KWDEFAULTS] = "kwdefaults",
		[PYMM_FUNCTION_CLOSURE] = "closure",
	};
	const struct op *op = op_get(number);

	*count = 2;
	if (op->imm == PYMM_IMM_INVERT)
		return number == PYMM_OP_CONTAINS_OP ? in : is;
	if (op->imm == PYMM_IMM_BINARY) {
		*count = COUNT(binary);
		return binary;
	}
	if (op->imm == PYMM_IMM_ATTRIBUTE) {
		*count = COUNT(attribute);
		return attribute;
	}
	*count = op->imm == PYMM_IMM_COMPARE ? COUNT(compare) : 0;
	return compare;
}

void op_words(unsigned int number, char *out, size_t size)
{
	size_t count;
	const char *const *words = words_of(number, &count);

	out[0] = '\0';
	for (size_t i = 0; i < count; i++)
		if (words[i])
			append(out, size, out[0] ? ", " : "", words[i]);
}

const char *op_word(unsigned int number, int64_t imm)
{
	size_t count;
	const char *const *words = words_of(number, &count);

	return imm >= 0 && (uint64_t)imm < count ? words[imm] : NULL;
}

int op_word_find(unsigned int number, const char *word, size_t len)
{
	size_t count;
	const char *const *words = words_of(number, &count);

	for (size_t i = 0; i < count; i++)
		if (words[i] && strlen(words[i]) == len && !memcmp(words[i], word, len))
			return (int)i;
	return -1;
}
