// SPDX-License-Identifier: GPL-2.0-only
/*
 * The assembler and the disassembler: images, round trips.
 */
#include <errno.h>
#include <math.h>
#include <pymm/pymm.h>
#include <stdlib.h>
#include <string.h>

#include "asm_tap.h"

static struct pymm_program *assemble(struct tap *tap, const char *text)
{
	struct pymm_error error;
	struct pymm_program *program;

	if (pymm_program_assemble(text, strlen(text), &error, &program))
		tap_case(tap, false, text, "%u:%u: %s", error.line, error.column, error.message);
	return program;
}

static const struct pymm_code *code_of(const struct pymm_program *program, unsigned int index)
{
	size_t size;
	const struct pymm_image *image = pymm_program_image(program, &size);
	const char *at = (const char *)(image + 1);

	for (; index; index--)
		at += ((const struct pymm_code *)at)->size;
	return (const struct pymm_code *)at;
}

static const struct pymm_insn *insn_of(const struct pymm_program *program, unsigned int code,
				       unsigned int pos)
{
	return (const struct pymm_insn *)(code_of(program, code) + 1) + pos;
}

/* One instruction, with labels, slots and code that it may name, and its fields. */
struct instruction {
	const char *text;
	struct pymm_insn insn;
};

#define C1 PYMM_INSN_CONSUME1
#define C2 PYMM_INSN_CONSUME2
#define C3 PYMM_INSN_CONSUME3

static const struct instruction instructions[] = {
	{ "NOP", { PYMM_OP_NOP, 0, 0, 0, 0, 0 } },
	{ "LOAD_CONST r255, 7", { PYMM_OP_LOAD_CONST, 0, 255, 0, 0, 0 } },
	{ "COPY x, y!", { PYMM_OP_COPY, C1, 0, 1, 0, 0 } },
	{ "DELETE_FAST y", { PYMM_OP_DELETE_FAST, 0, 0, 1, 0, 0 } },
	{ "STORE_GLOBAL r9!, None", { PYMM_OP_STORE_GLOBAL, C1, 0, 9, 0, 0 } },
	{ "LOAD_GLOBAL y, \"a b\"", { PYMM_OP_LOAD_GLOBAL, 0, 1, 0, 0, 0 } },
	{ "DELETE_GLOBAL r1", { PYMM_OP_DELETE_GLOBAL, 0, 0, 0, 0, 0 } },
	{ "LOAD_GLOBALS r3", { PYMM_OP_LOAD_GLOBALS, 0, 3, 0, 0, 0 } },
	{ "BUILD_LIST r0, r3..r5", { PYMM_OP_BUILD_LIST, 0, 0, 3, 0, 3 } },
	{ "BUILD_LIST r7, ()", { PYMM_OP_BUILD_LIST, 0, 7, 0, 0, 0 } },
	{ "BUILD_LIST r7, ( )", { PYMM_OP_BUILD_LIST, 0, 7, 0, 0, 0 } },
	{ "BUILD_TUPLE r0, r3!", { PYMM_OP_BUILD_TUPLE, C1, 0, 3, 0, 1 } },
	{ "BUILD_TUPLE r0, x..y!", { PYMM_OP_BUILD_TUPLE, C1, 0, 0, 0, 2 } },
	{ "BUILD_MAP r0, r0..r255", { PYMM_OP_BUILD_MAP, 0, 0, 0, 0, 128 } },
	{ "BUILD_MAP r0, ()", { PYMM_OP_BUILD_MAP, 0, 0, 0, 0, 0 } },
	{ "LIST_APPEND r1!, r2!", { PYMM_OP_LIST_APPEND, C1 | C2, 0, 1, 2, 0 } },
	{ "BINARY_OP r1,r2,r3!,+", { PYMM_OP_BINARY_OP, C2, 1, 2, 3, PYMM_BINARY_ADD } },
	{ "BINARY_OP r1, r2, r3, //", { PYMM_OP_BINARY_OP, 0, 1, 2, 3,
					PYMM_BINARY_FLOOR_DIVIDE } },
	{ "BINARY_OP r1, r2, r3, >>=", { PYMM_OP_BINARY_OP, 0, 1, 2, 3,
					 PYMM_BINARY_INPLACE_RSHIFT } },
	{ "BINARY_OP r1, r2, r3, /=", { PYMM_OP_BINARY_OP, 0, 1, 2, 3,
					PYMM_BINARY_INPLACE_TRUE_DIVIDE } },
	{ "COMPARE_OP r1, r2, r3, !=", { PYMM_OP_COMPARE_OP, 0, 1, 2, 3, PYMM_COMPARE_NE } },
	{ "COMPARE_OP r1, r2, r3, >= ; x", { PYMM_OP_COMPARE_OP, 0, 1, 2, 3, PYMM_COMPARE_GE } },
	{ "IS_OP r1, r2, r3, is", { PYMM_OP_IS_OP, 0, 1, 2, 3, 0 } },
	{ "IS_OP r1, r2, r3, is  not", { PYMM_OP_IS_OP, 0, 1, 2, 3, 1 } },
	{ "CONTAINS_OP r1, r2, r3, in", { PYMM_OP_CONTAINS_OP, 0, 1, 2, 3, 0 } },
	{ "CONTAINS_OP r1, r2, r3, not in#x", { PYMM_OP_CONTAINS_OP, 0, 1, 2, 3, 1 } },
	{ "STORE_SUBSCR r1!, r2!, r3!", { PYMM_OP_STORE_SUBSCR, C1 | C2 | C3, 1, 2, 3, 0 } },
	{ "PRINT r1", { PYMM_OP_PRINT, 0, 0, 1, 0, 0 } },
	{ "PRINT r1!, end", { PYMM_OP_PRINT, C1 | PYMM_INSN_END, 0, 1, 0, 0 } },
	{ "l: JUMP_BACKWARD l", { PYMM_OP_JUMP_BACKWARD, 0, 0, 0, 0, 0 } },
	{ "JUMP_FORWARD last", { PYMM_OP_JUMP_FORWARD, 0, 0, 0, 0, 1 } },
	{ "POP_JUMP_IF_TRUE r2!, last", { PYMM_OP_POP_JUMP_IF_TRUE, C1, 0, 2, 0, 1 } },
	{ "MAKE_FUNCTION r2, f", { PYMM_OP_MAKE_FUNCTION, 0, 2, 0, 0, 0 } },
	{ "CALL r0, r1!, ()", { PYMM_OP_CALL, C1, 0, 1, 0, 0 } },
	{ "CALL r0, r1, r2..r4!", { PYMM_OP_CALL, C2, 0, 1, 2, 3 } },
	{ "GC_COLLECT r0, 2", { PYMM_OP_GC_COLLECT, 0, 0, 0, 0, 2 } },
	{ "LOCK_ACQUIRE r0, r1, forever", { PYMM_OP_LOCK_ACQUIRE, 0, 0, 1, 0, -1 } },
	{ "LOCK_ACQUIRE r0, r1, nowait", { PYMM_OP_LOCK_ACQUIRE, 0, 0, 1, 0, 0 } },
	{ "LOCK_ACQUIRE r0, r1, 5_000_000", { PYMM_OP_LOCK_ACQUIRE, 0, 0, 1, 0, 5000000 } },
};

static void test_instructions(struct tap *tap)
{
	for (size_t i = 0; i < sizeof(instructions) / sizeof(instructions[0]); i++) {
		const struct pymm_insn *want = &instructions[i].insn, *got;
		struct pymm_program *program;
		char text[256];

		snprintf(text, sizeof(text),
			 ".slot x y\n%s\nlast: RETURN_VALUE r0\n.code f\nRETURN_VALUE r0\n",
			 instructions[i].text);
		program = assemble(tap, text);
		if (!program)
			continue;
		got = insn_of(program, 0, 0);
		tap_case(tap, !memcmp(got, want, sizeof(*got)), instructions[i].text,
			 "op %u flags %#x dst %u src1 %u src2 %u imm %lld", got->op, got->flags,
			 got->dst, got->src1, got->src2, got->imm);
		pymm_program_free(program);
	}
}

/* Programs of which the text that the disassembler writes is known. */
static const char *const canonical[] = {
	"\tRETURN_VALUE r0\n",
	".code main\n\tRETURN_VALUE r0\n",
	"\tLOAD_CONST r0, -9223372036854775808\n\tLOAD_CONST r0, 9223372036854775807\n"
	"\tRETURN_VALUE r0\n",
	"\tLOAD_CONST r0, ()\n\tLOAD_CONST r0, (1,)\n\tLOAD_CONST r0, (1, True, (None, (), (2,)))\n"
	"\tRETURN_VALUE r0\n",
	"\tLOAD_CONST r0, \"\"\n\tLOAD_CONST r1, \"a\\n\\t\\r\\\"\\\\\\x00\\x7f\"\n"
	"\tLOAD_CONST r2, \"\xc3\xa9 \xf0\x9f\x90\x8d \\u200b\\U000e0001\"\n\tRETURN_VALUE r0\n",
	"\tLOAD_GLOBAL r0, \"\"\n\tLOAD_GLOBAL r0, \"1a\"\n\tLOAD_GLOBAL r0, a1\n"
	"\tRETURN_VALUE r0\n",
	"L0:\n\tPOP_JUMP_IF_FALSE r1!, L2\n\tJUMP_BACKWARD L0\nL2:\n\tRETURN_VALUE r0\n",
	".handler L0, L1, L2, r3\n.handler L0, L2, L2, r4\nL0:\n\tRAISE r1!\nL1:\n\tRAISE_FROM r1!, r2!\n"
	"L2:\n\tPUSH_EXC_INFO r4, r3\n\tCHECK_EXC_MATCH r5, r3, r6!\n\tPOP_EXCEPT r4!\n\tGET_EXC r4\n"
	"\tBEFORE_WITH r4, r5!, r6\n\tRLOCK_NEW r4\n\tSLEEP r4, r5!\n\tRERAISE r3\n",
	"\tMAKE_FUNCTION r0, f\n\tMAKE_FUNCTION r1, f\n\tCALL r0, r0, r1..r2!\n\tRETURN_VALUE r0\n"
	"\n.code f p0 p1\n\tMAKE_FUNCTION r2, g\n\tRETURN_VALUE r2\n"
	"\n.code g\n\tRETURN_VALUE r0\n",
	"\tLOCK_ACQUIRE r0, r1, forever\n\tLOCK_ACQUIRE r0, r1, nowait\n"
	"\tLOCK_ACQUIRE r0, r1, 1\n\tGC_COLLECT r0, 0\n\tRETURN_VALUE r0\n",
	"\tLOAD_CONST r0, 0.0\n\tLOAD_CONST r0, -0.0\n\tLOAD_CONST r0, 1.0\n\tLOAD_CONST r0, (1, True, 1.0)\n"
	"\tLOAD_CONST r0, 0.1\n\tLOAD_CONST r0, 1e+300\n\tLOAD_CONST r0, -5e-324\n\tLOAD_CONST r0, 1e-05\n"
	"\tLOAD_CONST r0, 1.7976931348623157e+308\n\tLOAD_CONST r0, inf\n\tLOAD_CONST r0, -inf\n"
	"\tLOAD_CONST r0, nan\n\tLOAD_CONST r0, -nan\n\tLOAD_CONST r0, nan(0x1)\n"
	"\tLOAD_CONST r0, -nan(0xfffffffffffff)\n\tBINARY_OP r0, r0, r0, /\n\tBINARY_OP r0, r0, r0, /=\n"
	"\tRETURN_VALUE r0\n",
	"\tLOAD_CONST r0, b\"\"\n\tLOAD_CONST r0, \"\"\n\tLOAD_CONST r0, b\"a'\\\"\\\\\\n\\r\\t\\x00\\x7f\\x80\\xff\"\n"
	"\tLOAD_CONST r0, (b\"a\", \"a\")\n\tRETURN_VALUE r0\n",
};

static char *disassemble(const struct pymm_program *program)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (!out || pymm_program_disassemble(program, out) || fclose(out))
		abort();
	return text;
}

static void test_canonical(struct tap *tap)
{
	for (size_t i = 0; i < sizeof(canonical) / sizeof(canonical[0]); i++) {
		struct pymm_program *program = assemble(tap, canonical[i]);
		char name[32], *text;

		if (!program)
			continue;
		text = disassemble(program);
		snprintf(name, sizeof(name), "canonical text %zu", i);
		tap_case(tap, !strcmp(text, canonical[i]), name, "%s", text);
		free(text);
		pymm_program_free(program);
	}
}

/* The image of a file's program is that of its disassembly. */
static void test_file(struct tap *tap, const char *path)
{
	struct pymm_program *first, *second;
	const void *image[2];
	size_t size[2];
	struct pymm_error error;
	char *text;

	if (pymm_program_load(path, &error, &first)) {
		tap_case(tap, false, path, "%u:%u: %s", error.line, error.column, error.message);
		return;
	}
	text = disassemble(first);
	second = assemble(tap, text);
	image[0] = pymm_program_image(first, &size[0]);
	image[1] = second ? pymm_program_image(second, &size[1]) : NULL;
	tap_case(tap, second && size[0] == size[1] && !memcmp(image[0], image[1], size[0]), path,
		 "its disassembly gives another image:\n%s", text);
	free(text);
	pymm_program_free(first);
	pymm_program_free(second);
}

/* Equal constants are one, equal by type too. */
static void test_constants(struct tap *tap)
{
	struct pymm_program *program = assemble(tap,
		"LOAD_CONST r0, 1\nLOAD_CONST r1, True\nLOAD_CONST r2, 0x1\nLOAD_CONST r3, \"1\"\n"
		"LOAD_GLOBAL r3, \"1\"\nLOAD_CONST r4, (1, True)\nLOAD_CONST r4, ( 1 , True , )\n"
		"LOAD_CONST r4, (True, 1)\nLOAD_CONST r4, (True, True)\nRETURN_VALUE r0");
	static const int64_t want[] = { 0, 1, 0, 2, 2, 3, 3, 4, 5 };

	if (!program)
		return;
	for (unsigned int i = 0; i < 9; i++) {
		int64_t got = insn_of(program, 0, i)->imm;

		tap_case(tap, got == want[i], "constants are shared by type and value",
			 "instruction %u has constant %lld", i, (long long)got);
	}
	tap_case(tap, code_of(program, 0)->nr_consts == 8, "no constant is left over but the names", "%u",
		 code_of(program, 0)->nr_consts);
	pymm_program_free(program);
}

/* Floats in each form that Python has for them, their bits, in any locale. */
static void test_floats(struct tap *tap)
{
	static const struct {
		const char *text;
		double value;
	} rows[] = {
		{ "1.5", 1.5 }, { "-1.5", -1.5 }, { "5.", 5 }, { ".5", 0.5 }, { "-.5", -0.5 }, { "1e3", 1000 },
		{ "1E-2", 0.01 }, { "1_0.2_5e0_1", 102.5 }, { "00.5", 0.5 }, { "0e0", 0 }, { "1e400", INFINITY },
		{ "-1e400", -INFINITY }, { "1e-400", 0 }, { "-1e-99999999999999999999", -0.0 },
		{ "1e99999999999999999999", INFINITY }, { "9007199254740993.0", 9007199254740992.0 },
		{ "0.1000000000000000055511151231257827021181583404541015625", 0.1 }, { "inf", INFINITY },
		{ "100000000000000000000000000000000000000000e-41", 1 }, { "-inf", -INFINITY },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pymm_program *program;
		const struct pymm_const *constant;
		char text[128];

		snprintf(text, sizeof(text), "LOAD_CONST r0, %s\nRETURN_VALUE r0", rows[i].text);
		program = assemble(tap, text);
		if (!program)
			continue;
		constant = (const struct pymm_const *)insn_of(program, 0, 2);
		tap_case(tap, constant->kind == PYMM_CONST_FLOAT && constant->len == sizeof(double) &&
			 !memcmp(constant + 1, &rows[i].value, sizeof(double)), rows[i].text,
			 "kind %u", constant->kind);
		pymm_program_free(program);
	}
}

/* What is referred to stands later in the image, whatever the order of the text. */
static void test_order(struct tap *tap)
{
	struct pymm_program *program = assemble(tap,
		"MAKE_FUNCTION r0, c\nMAKE_FUNCTION r0, a\nRETURN_VALUE r0\n"
		".code a\nRETURN_VALUE r1\n"
		".code b\nMAKE_FUNCTION r0, a\nRETURN_VALUE r2\n"
		".code c\nMAKE_FUNCTION r0, b\nRETURN_VALUE r3\n");
	static const unsigned int slots[] = { 1, 4, 3, 2 };

	if (!program)
		return;
	for (unsigned int i = 0; i < 4; i++)
		tap_case(tap, code_of(program, i)->nr_slots == slots[i],
			 "code objects are in the order of the image", "code %u has %u slots", i,
			 code_of(program, i)->nr_slots);
	tap_case(tap, pymm_program_line(program, 1, 1) == 11 &&
		 pymm_program_line(program, 3, 0) == 5 && !pymm_program_line(program, 3, 1) &&
		 !pymm_program_line(program, 4, 0), "lines follow their code objects", "%u %u",
		 pymm_program_line(program, 1, 1), pymm_program_line(program, 3, 0));
	pymm_program_free(program);
}

static void test_slots(struct tap *tap)
{
	struct pymm_program *program = assemble(tap,
		"COPY r1, r3\n.slot a b\n.slot c\nCOPY a, b\nCOPY c, r0\nRETURN_VALUE r0\n"
		".code f x y\n.slot z\nRETURN_VALUE x\n.code g x\nRETURN_VALUE x\n");
	const struct pymm_insn *second = program ? insn_of(program, 0, 1) : NULL;

	if (!program)
		return;
	tap_case(tap, second->dst == 0 && second->src1 == 2 && second[1].dst == 4,
		 ".slot takes the first free slots", "%u %u %u", second->dst, second->src1,
		 second[1].dst);
	tap_case(tap, code_of(program, 0)->nr_slots == 5, "slots are counted by use", "%u",
		 code_of(program, 0)->nr_slots);
	tap_case(tap, code_of(program, 1)->nr_slots == 2 && code_of(program, 1)->nr_params == 2,
		 "parameters count, other slots without use do not", "%u",
		 code_of(program, 1)->nr_slots);
	pymm_program_free(program);
}

/* A text as large as it is deep; recursion would end here. */
static void test_deep(struct tap *tap)
{
	enum { DEPTH = 300000 };
	size_t size = 0;
	char *text = malloc(2 * DEPTH + 128);
	struct pymm_program *program;
	struct pymm_error error;
	char *again;

	if (!text)
		abort();
	size += (size_t)sprintf(text, "\tLOAD_CONST r0, ");
	memset(text + size, '(', DEPTH);
	memset(text + size + DEPTH, ')', DEPTH);
	size += 2 * DEPTH;
	size += (size_t)sprintf(text + size, "\n\tRETURN_VALUE r0\n");
	tap_case(tap, pymm_program_assemble(text, size, &error, &program) == -EINVAL,
		 "nested tuples need their comma", "assembled");
	pymm_program_free(program);
	again = malloc(size + DEPTH);
	if (!again)
		abort();
	size = (size_t)sprintf(again, "\tLOAD_CONST r0, ");
	memset(again + size, '(', DEPTH);
	size += DEPTH;
	again[size++] = ')';
	for (int i = 1; i < DEPTH; i++)
		size += (size_t)sprintf(again + size, ",)");
	size += (size_t)sprintf(again + size, "\n\tRETURN_VALUE r0\n");
	free(text);
	tap_case(tap, !pymm_program_assemble(again, size, &error, &program), "deeply nested tuples",
		 "%s", error.message);
	text = program ? disassemble(program) : NULL;
	tap_case(tap, text && strlen(text) == size && !memcmp(text, again, size),
		 "deeply nested tuples are written as they were read", "another text");
	free(text);
	free(again);
	pymm_program_free(program);
}

/* Arguments: the texts whose round trip is tested. */
int main(int argc, char **argv)
{
	struct tap tap = { 0 };

	test_instructions(&tap);
	test_canonical(&tap);
	test_constants(&tap);
	test_floats(&tap);
	test_order(&tap);
	test_slots(&tap);
	test_deep(&tap);
	for (int i = 1; i < argc; i++)
		test_file(&tap, argv[i]);
	return tap_end(&tap);
}
