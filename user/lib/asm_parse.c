// SPDX-License-Identifier: LGPL-2.1-only OR MIT
/*
 * Lines of the assembler's text: labels, directives, opcodes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asm.h"

/* A number for each string, with a uint32_t of its own, 0 at first, in @values. */
static int number_of(struct table *table, struct vec *values, const struct word *word,
		     uint32_t *number)
{
	int ret = table_add(table, word->text, word->len, number);

	if (ret > 0 && !vec_push(values, 1, sizeof(uint32_t)))
		return -ENOMEM;
	return ret < 0 ? ret : 0;
}

int code_name(struct assembler *as, const struct word *word, uint32_t *number)
{
	return number_of(&as->names, &as->defined, word, number);
}

int label_number(struct code *code, const struct word *word, uint32_t *number)
{
	return number_of(&code->labels, &code->targets, word, number);
}

static int begin_code(struct assembler *as, struct place place, struct code **out)
{
	*out = vec_push(&as->codes, 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->place = place;
	return 0;
}

/* The code object that a line belongs to; before any .code stands the program. */
static int current_code(struct assembler *as, struct code **out)
{
	if (!as->codes.count)
		return begin_code(as, as->here, out);
	*out = (struct code *)as->codes.data + as->codes.count - 1;
	return 0;
}

/* The names after .slot. */
static int parse_slots(struct assembler *as, struct code *code)
{
	struct word word;
	int ret = 0;

	while (!ret && lex_take_word(as, &word))
		ret = slot_declare(as, code, &word);
	if (!ret && !lex_at_end(as))
		return asm_expected(as, "names with blanks between them");
	return ret;
}

/* The names after .code's own; those behind a '*' are of keyword-only parameters. */
static int parse_parameters(struct assembler *as, struct code *code)
{
	struct word word;
	bool star = false;
	int ret = 0;

	while (!ret) {
		if (!star && lex_take(as, "*")) {
			star = true;
			code->nr_params = (unsigned int)code->slots.count;
		}
		if (!lex_take_word(as, &word))
			break;
		ret = slot_declare(as, code, &word);
	}
	if (!ret && !lex_at_end(as))
		return asm_expected(as, "names with blanks between them");
	code->nr_slots = (unsigned int)code->slots.count;
	if (!star)
		code->nr_params = code->nr_slots;
	code->nr_kwonly = code->nr_slots - code->nr_params;
	if (!ret && star && !code->nr_kwonly)
		return asm_expected(as, "a keyword-only parameter after the '*'");
	return ret;
}

static int parse_code_directive(struct assembler *as)
{
	struct word word;
	struct code *code;
	uint32_t number;
	int ret;

	if (!lex_take_word(as, &word))
		return asm_expected(as, "a name for the code object");
	ret = code_name(as, &word, &number);
	if (ret)
		return ret;
	if (((uint32_t *)as->defined.data)[number])
		return asm_fail(as, word.place, "code object '%.*s' is defined twice", WORD(word));
	ret = begin_code(as, word.place, &code);
	if (ret)
		return ret;
	((uint32_t *)as->defined.data)[number] = (uint32_t)as->codes.count;
	code->name = number;
	code->has_name = true;
	ret = parse_parameters(as, code);
	if (ret)
		return ret;
	if (as->codes.count == 1 && code->nr_slots)
		return asm_fail(as, word.place,
				"the first code object is the program and takes no parameters");
	return 0;
}

static int parse_slot_directive(struct assembler *as)
{
	struct code *code;
	int ret = current_code(as, &code);

	if (ret)
		return ret;
	if (lex_at_end(as))
		return asm_expected(as, "a name for the slot");
	return parse_slots(as, code);
}

static int parse_handler_directive(struct assembler *as)
{
	struct code *code;
	int ret = current_code(as, &code);

	return ret ? ret : handler_parse(as, code);
}

static int parse_directive(struct assembler *as, struct place place)
{
	struct word word;

	if (!lex_take_word(as, &word))
		return asm_expected(as, "code, handler or slot");
	if (word_is(&word, "code"))
		return parse_code_directive(as);
	if (word_is(&word, "slot"))
		return parse_slot_directive(as);
	if (word_is(&word, "handler"))
		return parse_handler_directive(as);
	return asm_fail(as, place, "unknown directive '.%.*s': there are .code, .handler and .slot",
			WORD(word));
}

static int parse_instruction(struct assembler *as, struct code *code, const struct word *word)
{
	struct pymm_insn insn = { .op = (uint8_t)op_find(word->text, word->len) };
	const char *nearest;
	int ret;

	if (!insn.op) {
		nearest = op_nearest(word->text, word->len);
		if (nearest)
			return asm_fail(as, word->place,
					"unknown opcode '%.*s' (did you mean %s?)", WORD(*word),
					nearest);
		return asm_fail(as, word->place,
				"unknown opcode '%.*s': 'pymm feature' lists them", WORD(*word));
	}
	ret = operands_parse(as, code, &insn);
	if (!ret)
		ret = vec_append(&code->insns, &insn, 1, sizeof(insn));
	if (!ret)
		ret = vec_append(&code->lines, &word->place.line, 1, sizeof(word->place.line));
	return ret;
}

static int define_label(struct assembler *as, struct code *code, const struct word *word)
{
	uint32_t number, *target;
	int ret = label_number(code, word, &number);

	if (ret)
		return ret;
	target = (uint32_t *)code->targets.data + number;
	if (*target)
		return asm_fail(as, word->place, "label '%.*s' is defined twice", WORD(*word));
	*target = (uint32_t)code->insns.count + 1;
	return 0;
}

static int parse_line(struct assembler *as)
{
	struct code *code;
	struct word word;
	int ret;

	while (!lex_at_end(as)) {
		struct place place = lex_place(as);

		if (lex_take(as, "."))
			return parse_directive(as, place);
		if (!lex_take_word(as, &word))
			return asm_expected(as, "an opcode, a label or a directive");
		ret = current_code(as, &code);
		if (ret)
			return ret;
		if (!lex_take(as, ":"))
			return parse_instruction(as, code, &word);
		ret = define_label(as, code, &word);
		if (ret)
			return ret;
	}
	return 0;
}

int asm_parse(struct assembler *as)
{
	int ret = 0;

	/* A program that was compiled to something else, most likely. */
	if (as->size && memchr(as->text, '\0', as->size))
		return asm_fail(as, as->here, "this is no text: it has a NUL byte");
	while (!ret && as->here.at < as->size) {
		ret = parse_line(as);
		if (!ret)
			lex_next_line(as);
	}
	return ret;
}
