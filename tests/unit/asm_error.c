// SPDX-License-Identifier: GPL-2.0-only
/*
 * The assembler's errors: where they are and what they say.
 */
#include <errno.h>
#include <pymm/pymm.h>
#include <string.h>

#include "asm_tap.h"

struct bad {
	const char *text;
	unsigned int line;
	unsigned int column;
	const char *message;
};

static const struct bad bads[] = {
	{ "", 1, 1, "there is no instruction in the program" },
	{ "; only this\n\n", 3, 1, "there is no instruction in the program" },
	{ "  LOAD_CONT r0, 1", 1, 3, "unknown opcode 'LOAD_CONT' (did you mean LOAD_CONST?)" },
	{ "load_const r0, 1", 1, 1, "unknown opcode 'load_const' (did you mean LOAD_CONST?)" },
	{ "FROBNICATE_IT", 1, 1, "unknown opcode 'FROBNICATE_IT': 'pymm feature' lists them" },
	{ "NOP r0", 1, 5, "expected the end of the line (NOP), not 'r0'" },
	{ "NOP\nNOP", 2, 1, "the code object ends with NOP: end it with RETURN_VALUE, JUMP_BACKWARD or RAISE" },
	{ ".code f", 1, 7, "the code object has no instructions" },
	{ ".code", 1, 6, "expected a name for the code object at the end of the line" },
	{ ".code f a", 1, 7, "the first code object is the program and takes no parameters" },
	{ "NOP\n.code f a a", 2, 11, "slot 'a' is declared twice" },
	{ "NOP\n.code f a, b", 2, 10, "expected names with blanks between them, not ','" },
	{ "NOP\n.code f\n.code f", 3, 7, "code object 'f' is defined twice" },
	{ ".kode f", 1, 1, "unknown directive '.kode': there are .code, .handler and .slot" },
	{ ".", 1, 2, "expected code, handler or slot at the end of the line" },
	{ ".handler", 1, 9, "expected a label (.handler FIRST, END, TARGET, SLOT)" },
	{ ".handler a b", 1, 12, "expected ',' (.handler FIRST, END, TARGET, SLOT)" },
	{ ".handler a, b, c, 1", 1, 19, "expected a slot (.handler FIRST, END, TARGET, SLOT)" },
	{ ".handler a, b, c, x", 1, 19, "slot 'x' is not declared: use r0 to r255, or '.slot x' above" },
	{ ".handler a, b, c, r0 x", 1, 22, "expected the end of the line (.handler FIRST, END, TARGET, SLOT)" },
	{ ".handler a, b, c, r0\nRETURN_VALUE r0", 1, 10, "label 'a' is not defined" },
	{ "a: b: c:\nRETURN_VALUE r0\n.handler a, b, c, r0", 3, 13,
	  "a handler is for one instruction at least: END stands behind FIRST" },
	{ "a: c: NOP\nb: RETURN_VALUE r0\n.handler a, b, c, r0", 3, 16,
	  "a handler lies behind what it is for: TARGET is not before END" },
	{ "a: NOP\nb: RETURN_VALUE r0\nc:\n.handler a, b, c, r0", 4, 16,
	  "the handler stands after the last instruction" },
	{ ".slot", 1, 6, "expected a name for the slot at the end of the line" },
	{ ".slot r5", 1, 7, "'r5' is a slot already: choose another name" },
	{ ".slot a\n.slot a", 2, 7, "slot 'a' is declared twice" },
	{ "12", 1, 1, "expected an opcode, a label or a directive, not '1'" },
	{ "COPY r0", 1, 8, "expected ',' (COPY dst, src1) at the end of the line" },
	{ "COPY r0 r1", 1, 9, "expected ',' (COPY dst, src1), not 'r1'" },
	{ "COPY r0, 1", 1, 10, "expected a slot (COPY dst, src1), not '1'" },
	{ "COPY r0, r256", 1, 10, "slot 'r256': slots go from r0 to r255" },
	{ "COPY r0, r99999999999", 1, 10, "slot 'r99999999999': slots go from r0 to r255" },
	{ "COPY r0, r01", 1, 10, "slot 'r01' is not declared: use r0 to r255, or '.slot r01' above" },
	{ "COPY r0, x", 1, 10, "slot 'x' is not declared: use r0 to r255, or '.slot x' above" },
	{ "COPY r0!, r1", 1, 8, "COPY does not consume this operand: leave the '!' out" },
	{ "DELETE_FAST r0!", 1, 15, "DELETE_FAST does not consume this operand: leave the '!' out" },
	{ "BUILD_LIST r0, r5..r3", 1, 16, "the range goes backwards, from r5 to r3" },
	{ "BUILD_LIST r0, r5..", 1, 20, "expected a slot (BUILD_LIST dst, src1..src1) at the end of the line" },
	{ "BUILD_MAP r0, r1..r3", 1, 15, "BUILD_MAP takes pairs of key and value: an even number of slots, not 3" },
	{ "BUILD_MAP r0, (r1)", 1, 16, "expected ')' (BUILD_MAP dst, src1..src1), not 'r1'" },
	{ "BUILD_LIST r0, ()!", 1, 18, "expected the end of the line (BUILD_LIST dst, src1..src1), not '!'" },
	{ "LOAD_CONST r0, foo", 1, 16, "expected a constant: a number, a \"string\", b\"bytes\", None, True, False or a tuple, not 'foo'" },
	{ "LOAD_CONST r0,", 1, 15, "expected a constant: a number, a \"string\", b\"bytes\", None, True, False or a tuple at the end of the line" },
	{ "LOAD_CONST r0, 9223372036854775808", 1, 16, "9223372036854775808 does not fit in 64 bits" },
	{ "LOAD_CONST r0, -9223372036854775809", 1, 16, "-9223372036854775809 does not fit in 64 bits" },
	{ "LOAD_CONST r0, 12abc", 1, 16, "'12abc' is not a number" },
	{ "LOAD_CONST r0, 1__0", 1, 16, "'1__0' is not a number" },
	{ "LOAD_CONST r0, 1_", 1, 16, "'1_' is not a number" },
	{ "LOAD_CONST r0, -", 1, 16, "'-' is not a number" },
	{ "LOAD_CONST r0, 0x", 1, 16, "'0x' is not a number" },
	{ "LOAD_CONST r0, 1.5.2", 1, 16, "'1.5.2' is not a number" },
	{ "LOAD_CONST r0, -1.5x", 1, 16, "'-1.5x' is not a number" },
	{ "LOAD_CONST r0, 1._5", 1, 16, "'1._5' is not a number" },
	{ "LOAD_CONST r0, 1_.5", 1, 16, "'1_.5' is not a number" },
	{ "LOAD_CONST r0, 1__0.5", 1, 16, "'1__0.5' is not a number" },
	{ "LOAD_CONST r0, .", 1, 16, "'.' is not a number" },
	{ "LOAD_CONST r0, .e5", 1, 16, "'.e5' is not a number" },
	{ "LOAD_CONST r0, 1e", 1, 16, "'1e' is not a number" },
	{ "LOAD_CONST r0, 1e+", 1, 16, "'1e+' is not a number" },
	{ "LOAD_CONST r0, 1e_5", 1, 16, "'1e_5' is not a number" },
	{ "LOAD_CONST r0, 1e5.0", 1, 16, "'1e5.0' is not a number" },
	{ "LOAD_CONST r0, 0x1.8", 1, 16, "'0x1.8' is not a number" },
	{ "LOAD_CONST r0, 0xe-1", 1, 19, "expected the end of the line (LOAD_CONST dst, constant), not '-'" },
	{ "LOAD_CONST r0, --1.5", 1, 16, "'-' is not a number" },
	{ "LOAD_CONST r0, nan(0)", 1, 20, "a mantissa goes from 1 to 2 ** 52 - 1" },
	{ "LOAD_CONST r0, nan(-1)", 1, 20, "a mantissa goes from 1 to 2 ** 52 - 1" },
	{ "LOAD_CONST r0, nan(4503599627370496)", 1, 20, "a mantissa goes from 1 to 2 ** 52 - 1" },
	{ "LOAD_CONST r0, nan(1", 1, 21, "expected ')' at the end of the line" },
	{ "LOAD_CONST r0, nan(x)", 1, 20, "expected a number, not 'x'" },
	{ "LOAD_CONST r0, infinity", 1, 16, "expected a constant: a number, a \"string\", b\"bytes\", None, True, False or a tuple, not 'infinity'" },
	{ "GC_COLLECT r0, 1.5", 1, 16, "'1.5' is not a number" },
	{ "LOAD_CONST r0, 'a'", 1, 16, "expected a constant: a number, a \"string\", b\"bytes\", None, True, False or a tuple, not '''" },
	{ "LOAD_CONST r0, (1)", 1, 16, "a tuple of one item has a comma after it: (1,)" },
	{ "LOAD_CONST r0, (1 2)", 1, 19, "expected ',' or ')', not '2'" },
	{ "LOAD_CONST r0, (,)", 1, 17, "expected a constant: a number, a \"string\", b\"bytes\", None, True, False or a tuple, not ','" },
	{ "LOAD_CONST r0, (1, ", 1, 20, "expected a constant: a number, a \"string\", b\"bytes\", None, True, False or a tuple at the end of the line" },
	{ "LOAD_CONST r0, \"a", 1, 16, "the string does not end on its line" },
	{ "LOAD_CONST r0, \"a\\\"\n\"", 1, 16, "the string does not end on its line" },
	{ "LOAD_CONST r0, \"a\\q\"", 1, 18, "unknown escape: use \\n \\r \\t \\\\ \\\" \\xNN \\uNNNN or \\UNNNNNNNN" },
	{ "LOAD_CONST r0, \"\xc3\xa9\\x1\"", 1, 18, "the escape needs 1 more hex digits" },
	{ "LOAD_CONST r0, \"\\ud800\"", 1, 17, "U+D800 is not a character" },
	{ "LOAD_CONST r0, \"\\U00110000\"", 1, 17, "U+110000 is not a character" },
	{ "LOAD_CONST r0, \"\xff\"", 1, 17, "the string has a byte that is not UTF-8 (0xff)" },
	{ "LOAD_CONST r0, \"\xed\xa0\x80\"", 1, 17, "the string has a byte that is not UTF-8 (0xed)" },
	{ "LOAD_CONST r0, b\"a", 1, 16, "the string does not end on its line" },
	{ "LOAD_CONST r0, b\"a\xc3\xa9\"", 1, 19, "bytes can only contain ASCII literal characters" },
	{ "LOAD_CONST r0, b\"\xff\"", 1, 18, "the string has a byte that is not UTF-8 (0xff)" },
	{ "LOAD_CONST r0, b\"\\u0041\"", 1, 18, "unknown escape: use \\n \\r \\t \\\\ \\\" or \\xNN" },
	{ "LOAD_CONST r0, b\"\\q\"", 1, 18, "unknown escape: use \\n \\r \\t \\\\ \\\" or \\xNN" },
	{ "LOAD_CONST r0, b\"\\x4\"", 1, 18, "the escape needs 1 more hex digits" },
	{ "LOAD_CONST r0, b \"a\"", 1, 16, "expected a constant: a number, a \"string\", b\"bytes\", None, True, False or a tuple, not 'b'" },
	{ "LOAD_GLOBAL r0, b\"a\"", 1, 18, "expected the end of the line (LOAD_GLOBAL dst, name), not '\"'" },
	{ "NOP \xff", 1, 5, "expected the end of the line (NOP), not a byte that is not UTF-8 (0xff)" },
	{ "NOP \x01", 1, 5, "expected the end of the line (NOP), not a control character (0x01)" },
	{ "LOAD_GLOBAL r0, 1", 1, 17, "expected a name, not '1'" },
	{ "BINARY_OP r0, r1, r2, ==", 1, 23, "BINARY_OP has no operator '==', only +, -, *, //, %, &, |, ^, <<, >>, /, +=, -=, *=, //=, %=, &=, |=, ^=, <<=, >>=, /=" },
	{ "BINARY_OP r0, r1, r2", 1, 21, "expected ',' (BINARY_OP dst, src1, src2, operator) at the end of the line" },
	{ "BINARY_OP r0, r1, r2, ", 1, 23, "expected an operator (BINARY_OP dst, src1, src2, operator) at the end of the line" },
	{ "COMPARE_OP r0, r1, r2, is", 1, 24, "COMPARE_OP has no operator 'is', only <, <=, ==, !=, >, >=" },
	{ "IS_OP r0, r1, r2, in", 1, 19, "IS_OP has no operator 'in', only is, is not" },
	{ "IS_OP r0, r1, r2, is nothing", 1, 22, "expected the end of the line (IS_OP dst, src1, src2, operator), not 'nothing'" },
	{ "GC_COLLECT r0, 3", 1, 16, "generations are 0, 1 and 2" },
	{ "GC_COLLECT r0, all", 1, 16, "expected a number, not 'all'" },
	{ "LOCK_ACQUIRE r0, r1, -1", 1, 22, "a timeout is not negative: 'forever' never ends" },
	{ "LOCK_ACQUIRE r0, r1, never", 1, 22, "a timeout is nanoseconds, nowait or forever, not 'never'" },
	{ "PRINT r0, END", 1, 11, "expected 'end', not 'END'" },
	{ "PRINT r0, end, end", 1, 14, "expected the end of the line (PRINT src1, end), not ','" },
	{ "JUMP_FORWARD x\nRETURN_VALUE r0", 1, 14, "label 'x' is not defined" },
	{ "x: JUMP_FORWARD x\nRETURN_VALUE r0", 1, 17, "JUMP_FORWARD goes only forward, and label 'x' is above: use JUMP_BACKWARD" },
	{ "x: POP_JUMP_IF_TRUE r0, x\nRETURN_VALUE r0", 1, 25, "POP_JUMP_IF_TRUE goes only forward, and label 'x' is above" },
	{ "JUMP_BACKWARD x\nx: RETURN_VALUE r0", 1, 15, "JUMP_BACKWARD goes only backward, and label 'x' is below: use JUMP_FORWARD" },
	{ "JUMP_FORWARD x\nRETURN_VALUE r0\nx:", 1, 14, "label 'x' stands after the last instruction" },
	{ "x: x: NOP", 1, 4, "label 'x' is defined twice" },
	{ "MAKE_FUNCTION r0, f\nRETURN_VALUE r0", 1, 19, "code object 'f' is not defined: add '.code f'" },
	{ "NOP\nMAKE_FUNCTION r0, f\nRETURN_VALUE r0\n.code f\nMAKE_FUNCTION r0, f\nRETURN_VALUE r0", 5, 19,
	  "'f' would contain itself: bind the function to a global name and use LOAD_GLOBAL" },
	{ "NOP\nRETURN_VALUE r0\n.code f\nMAKE_FUNCTION r0, g\nRETURN_VALUE r0\n.code g\nMAKE_FUNCTION r0, f\nRETURN_VALUE r0", 4, 19,
	  "'g' would contain itself: bind the function to a global name and use LOAD_GLOBAL" },
	{ ".code m\nRETURN_VALUE r0\n.code f\nMAKE_FUNCTION r0, m\nRETURN_VALUE r0", 4, 19,
	  "'m' is the program itself: put what is to be called into another .code" },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xa9zzzzz", 1, 1,
	  "unknown opcode 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa': 'pymm feature' lists them" },
};

/* All slots taken. */
static void test_no_slot(struct tap *tap)
{
	static const char tail[] = "\n.slot more\n";
	char text[2048] = ".slot";
	struct pymm_program *program;
	struct pymm_error error;
	size_t used = strlen(text);

	for (int i = 0; i < 256; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " s%d", i);
	memcpy(text + used, tail, sizeof(tail));
	pymm_program_assemble(text, strlen(text), &error, &program);
	tap_case(tap, !program && error.line == 2 &&
		 !strcmp(error.message, "no slot is left for 'more': there are 256"),
		 "there are 256 slots", "%u: %s", error.line, error.message);
	pymm_program_free(program);
}

static void test_no_text(struct tap *tap)
{
	static const char elf[] = "\x7f" "ELF\x02\x01\x01\0\0\0";
	struct pymm_program *program;
	struct pymm_error error;
	int ret = pymm_program_assemble(elf, sizeof(elf), &error, &program);

	tap_case(tap, ret == -EINVAL && !program && error.line == 1 && error.column == 1 &&
		 !strcmp(error.message, "this is no text: it has a NUL byte"), "no text", "%d, %u:%u: %s",
		 ret, error.line, error.column, error.message);
}

static void test_files(struct tap *tap)
{
	struct pymm_program *program;
	struct pymm_error error;
	int ret = pymm_program_load("/nonexistent", &error, &program);

	tap_case(tap, ret == -ENOENT && !program && !error.line, "a file that is not there", "%d",
		 ret);
	ret = pymm_program_load("/dev/null", NULL, &program);
	tap_case(tap, ret == -EINVAL && !program, "an empty file, the error not wanted", "%d", ret);
	ret = pymm_program_load("/", &error, &program);
	tap_case(tap, ret == -EISDIR && !program, "a directory", "%d", ret);
}

int main(void)
{
	struct tap tap = { 0 };

	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		const struct bad *bad = &bads[i];
		struct pymm_program *program;
		struct pymm_error error;
		int ret = pymm_program_assemble(bad->text, strlen(bad->text), &error, &program);

		tap_case(&tap, ret == -EINVAL && !program && error.line == bad->line &&
			 error.column == bad->column && !strcmp(error.message, bad->message),
			 bad->message, "%d, %u:%u: %s", ret, error.line, error.column,
			 error.message);
		pymm_program_free(program);
	}
	test_no_slot(&tap);
	test_no_text(&tap);
	test_files(&tap);
	return tap_end(&tap);
}
