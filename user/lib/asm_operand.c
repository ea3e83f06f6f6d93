// SPDX-License-Identifier: LGPL-2.1-only OR MIT
/*
 * Operands of instructions.
 */
#include <errno.h>
#include <string.h>

#include "asm.h"

#define USAGE_SIZE	96

/* operands_parse() at work. */
struct operands {
	struct assembler *as;
	struct code *code;
	struct pymm_insn *insn;
	const struct op *op;
	bool any;		/* one was read, so a comma precedes the next */
};

/* The N of "rN", MAX_SLOTS when it is too large; -1 when @word is not of that form. */
static int slot_number(const struct word *word)
{
	int number = 0;

	if (word->len < 2 || word->text[0] != 'r' || (word->text[1] == '0' && word->len > 2))
		return -1;
	for (size_t i = 1; i < word->len; i++) {
		if (word->text[i] < '0' || word->text[i] > '9')
			return -1;
		number = 10 * number + word->text[i] - '0';
		if (number > MAX_SLOTS)
			number = MAX_SLOTS;
	}
	return number;
}

static const struct named_slot *find_slot(const struct code *code, const struct word *word)
{
	const struct named_slot *slots = code->slots.data;

	for (size_t i = 0; i < code->slots.count; i++)
		if (slots[i].word.len == word->len &&
		    !memcmp(slots[i].word.text, word->text, word->len))
			return &slots[i];
	return NULL;
}

/* "=r3" behind the name: that slot, which must be free, instead of the first free one. */
static int slot_choose(struct assembler *as, const struct code *code, unsigned int *slot)
{
	struct word word;
	int number;

	if (!lex_take(as, "="))
		return 0;
	if (!lex_take_word(as, &word))
		return asm_expected(as, "a slot, r0 to r255");
	number = slot_number(&word);
	if (number < 0 || number == MAX_SLOTS)
		return asm_fail(as, word.place, "'%.*s' is no slot: they go from r0 to r%d", WORD(word),
				MAX_SLOTS - 1);
	if (code->taken[number / 64] >> number % 64 & 1)
		return asm_fail(as, word.place, "slot '%.*s' has a name or was used above",
				WORD(word));
	*slot = (unsigned int)number;
	return 0;
}

int slot_declare(struct assembler *as, struct code *code, const struct word *word)
{
	struct named_slot named = { .word = *word };
	int ret;

	if (slot_number(word) >= 0)
		return asm_fail(as, word->place, "'%.*s' is a slot already: choose another name",
				WORD(*word));
	if (find_slot(code, word))
		return asm_fail(as, word->place, "slot '%.*s' is declared twice", WORD(*word));
	ret = slot_choose(as, code, &named.slot);
	if (ret)
		return ret;
	while (named.slot < MAX_SLOTS && code->taken[named.slot / 64] >> named.slot % 64 & 1)
		named.slot++;
	if (named.slot == MAX_SLOTS)
		return asm_fail(as, word->place, "no slot is left for '%.*s': there are %d",
				WORD(*word), MAX_SLOTS);
	code->taken[named.slot / 64] |= 1ULL << named.slot % 64;
	return vec_append(&code->slots, &named, 1, sizeof(named));
}

static void slot_use(struct code *code, unsigned int slot)
{
	code->taken[slot / 64] |= 1ULL << slot % 64;
	if (slot >= code->nr_slots)
		code->nr_slots = slot + 1;
}

static int fail_usage(struct operands *ops, const char *expected)
{
	char usage[USAGE_SIZE], text[USAGE_SIZE + 48];

	op_usage(ops->op, usage, sizeof(usage));
	snprintf(text, sizeof(text), "%s (%s)", expected, usage);
	return asm_expected(ops->as, text);
}

static int parse_comma(struct operands *ops)
{
	if (ops->any && !lex_take(ops->as, ","))
		return fail_usage(ops, "','");
	ops->any = true;
	return 0;
}

/* The slot that @word names. */
static int slot_find(struct assembler *as, const struct code *code, const struct word *word,
		     unsigned int *slot)
{
	const struct named_slot *named;
	int number = slot_number(word);

	if (number == MAX_SLOTS)
		return asm_fail(as, word->place, "slot '%.*s': slots go from r0 to r%d",
				WORD(*word), MAX_SLOTS - 1);
	named = number < 0 ? find_slot(code, word) : NULL;
	if (number < 0 && !named)
		return asm_fail(as, word->place,
				"slot '%.*s' is not declared: use r0 to r%d, or '.slot %.*s' above",
				WORD(*word), MAX_SLOTS - 1, WORD(*word));
	*slot = named ? named->slot : (unsigned int)number;
	return 0;
}

static int parse_slot_number(struct operands *ops, unsigned int *slot)
{
	struct word word;

	if (!lex_take_word(ops->as, &word))
		return fail_usage(ops, "a slot");
	return slot_find(ops->as, ops->code, &word, slot);
}

/* The '!' after an operand. */
static int parse_consume(struct operands *ops, uint8_t flag)
{
	struct place place = lex_place(ops->as);

	if (!lex_take(ops->as, "!"))
		return 0;
	if (!(ops->op->flags & flag))
		return asm_fail(ops->as, place, "%s does not consume this operand: leave the '!' out",
				ops->op->name);
	ops->insn->flags |= flag;
	return 0;
}

static int parse_slot(struct operands *ops, uint8_t flag, uint16_t *out)
{
	unsigned int slot;
	int ret = parse_slot_number(ops, &slot);

	if (ret)
		return ret;
	slot_use(ops->code, slot);
	*out = (uint16_t)slot;
	return parse_consume(ops, flag);
}

/* r3..r5, r3 alone, or () for none; the immediate operand counts them. */
static int parse_range(struct operands *ops, bool pairs, uint8_t flag, uint16_t *out)
{
	struct place place = lex_place(ops->as);
	unsigned int first, last, count;
	int ret;

	if (lex_take(ops->as, "("))
		return lex_take(ops->as, ")") ? 0 : fail_usage(ops, "')'");
	ret = parse_slot_number(ops, &first);
	last = first;
	if (!ret && lex_take(ops->as, ".."))
		ret = parse_slot_number(ops, &last);
	if (ret)
		return ret;
	if (last < first)
		return asm_fail(ops->as, place, "the range goes backwards, from r%u to r%u", first,
				last);
	count = last - first + 1;
	if (pairs && count % 2)
		return asm_fail(ops->as, place,
				"%s takes pairs of key and value: an even number of slots, not %u",
				ops->op->name, count);
	for (unsigned int slot = first; slot <= last; slot++)
		slot_use(ops->code, slot);
	*out = (uint16_t)first;
	ops->insn->imm = pairs ? count / 2 : count;
	return parse_consume(ops, flag);
}

static int parse_operand(struct operands *ops, uint8_t kind, uint8_t flag, uint16_t *out)
{
	int ret;

	if (kind == PYMM_OPERAND_NO)
		return 0;
	ret = parse_comma(ops);
	if (ret)
		return ret;
	if (kind >= PYMM_OPERAND_ARGS)
		return parse_range(ops, kind == PYMM_OPERAND_PAIRS, flag, out);
	return parse_slot(ops, flag, out);
}

static int parse_code(struct operands *ops)
{
	uint32_t name, number = 0;
	struct word word;
	struct ref *ref;
	int ret;

	if (!lex_take_word(ops->as, &word))
		return fail_usage(ops, "the name of a .code");
	ret = code_name(ops->as, &word, &name);
	if (!ret)
		ret = const_add(ops->as, ops->code, PYMM_CONST_CODE, &name, sizeof(name), &number);
	if (ret)
		return ret;
	ref = vec_push(&ops->code->refs, 1, sizeof(*ref));
	if (!ref)
		return -ENOMEM;
	ref->name = name;
	ref->place = word.place;
	ops->insn->imm = number;
	return 0;
}

static int parse_label(struct operands *ops)
{
	struct jump jump = { .insn = (uint32_t)ops->code->insns.count };
	struct word word;
	int ret;

	if (!lex_take_word(ops->as, &word))
		return fail_usage(ops, "a label");
	jump.place = word.place;
	ret = label_number(ops->code, &word, &jump.label);
	return ret ? ret : vec_append(&ops->code->jumps, &jump, 1, sizeof(jump));
}

/* An operator of one or two words, or of signs. */
static int parse_operator(struct operands *ops)
{
	struct word word, second;
	struct place after;
	char both[8], all[96];
	int number;

	if (!lex_take_operator(ops->as, &word) && !lex_take_word(ops->as, &word))
		return fail_usage(ops, "an operator");
	after = ops->as->here;
	if (lex_take_word(ops->as, &second)) {
		snprintf(both, sizeof(both), "%.*s %.*s", WORD(word), WORD(second));
		number = op_word_find(ops->insn->op, both, strlen(both));
		if (number >= 0) {
			ops->insn->imm = number;
			return 0;
		}
		ops->as->here = after;
	}
	number = op_word_find(ops->insn->op, word.text, word.len);
	if (number < 0) {
		op_words(ops->insn->op, all, sizeof(all));
		return asm_fail(ops->as, word.place, "%s has no operator '%.*s', only %s",
				ops->op->name, WORD(word), all);
	}
	ops->insn->imm = number;
	return 0;
}

static int parse_generation(struct operands *ops)
{
	struct place place = lex_place(ops->as);
	int64_t generation = 0;
	int ret = lex_integer(ops->as, &generation);

	if (!ret && (generation < 0 || generation >= PYMM_GENERATIONS))
		return asm_fail(ops->as, place, "generations are 0, 1 and 2");
	ops->insn->imm = generation;
	return ret;
}

static int parse_timeout(struct operands *ops)
{
	struct place place = lex_place(ops->as);
	struct word word;
	int64_t timeout = 0;
	int ret;

	if (lex_take_word(ops->as, &word)) {
		if (!word_is(&word, "nowait") && !word_is(&word, "forever"))
			return asm_fail(ops->as, place,
					"a timeout is nanoseconds, nowait or forever, not '%.*s'",
					WORD(word));
		ops->insn->imm = word_is(&word, "forever") ? -1 : 0;
		return 0;
	}
	ret = lex_integer(ops->as, &timeout);
	if (!ret && timeout < 0)
		return asm_fail(ops->as, place, "a timeout is not negative: 'forever' never ends");
	ops->insn->imm = timeout;
	return ret;
}

static int parse_imm(struct operands *ops)
{
	uint32_t number = 0;
	int ret;

	if (ops->op->imm == PYMM_IMM_NONE || ops->op->imm == PYMM_IMM_COUNT)
		return 0;
	ret = parse_comma(ops);
	if (ret)
		return ret;
	switch (ops->op->imm) {
	case PYMM_IMM_CONST:
		ret = const_parse(ops->as, ops->code, &number);
		ops->insn->imm = number;
		return ret;
	case PYMM_IMM_NAME:
		ret = const_parse_name(ops->as, ops->code, &number);
		ops->insn->imm = number;
		return ret;
	case PYMM_IMM_CODE:
		return parse_code(ops);
	case PYMM_IMM_GENERATION:
		return parse_generation(ops);
	case PYMM_IMM_TIMEOUT:
		return parse_timeout(ops);
	case PYMM_IMM_FORWARD:
	case PYMM_IMM_BACKWARD:
		return parse_label(ops);
	default:
		return parse_operator(ops);
	}
}

/* PRINT's word "end". */
static int parse_end(struct operands *ops)
{
	struct word word;

	if (!(ops->op->flags & PYMM_INSN_END) || !lex_take(ops->as, ","))
		return 0;
	if (!lex_take_word(ops->as, &word))
		return fail_usage(ops, "'end'");
	if (!word_is(&word, "end"))
		return asm_fail(ops->as, word.place, "expected 'end', not '%.*s'", WORD(word));
	ops->insn->flags |= PYMM_INSN_END;
	return 0;
}

int operands_parse(struct assembler *as, struct code *code, struct pymm_insn *insn)
{
	struct operands ops = { .as = as, .code = code, .insn = insn, .op = op_get(insn->op) };
	int ret;

	ret = parse_operand(&ops, ops.op->dst, PYMM_INSN_CONSUME3, &insn->dst);
	if (!ret)
		ret = parse_operand(&ops, ops.op->src1, PYMM_INSN_CONSUME1, &insn->src1);
	if (!ret)
		ret = parse_operand(&ops, ops.op->src2, PYMM_INSN_CONSUME2, &insn->src2);
	if (!ret)
		ret = parse_imm(&ops);
	if (!ret)
		ret = parse_end(&ops);
	if (!ret && !lex_at_end(as))
		return fail_usage(&ops, "the end of the line");
	return ret;
}

int handler_parse(struct assembler *as, struct code *code)
{
	static const char usage[] = ".handler FIRST, END, TARGET, SLOT";
	struct handler handler = { 0 };
	struct word word;
	int ret = 0;

	for (size_t i = 0; !ret && i < 3; i++) {
		if (!lex_take_word(as, &word))
			return asm_fail(as, lex_place(as), "expected a label (%s)", usage);
		handler.places[i] = word.place;
		ret = label_number(code, &word, &handler.labels[i]);
		if (!ret && !lex_take(as, ","))
			return asm_fail(as, lex_place(as), "expected ',' (%s)", usage);
	}
	if (!ret && !lex_take_word(as, &word))
		return asm_fail(as, lex_place(as), "expected a slot (%s)", usage);
	if (!ret)
		ret = slot_find(as, code, &word, &handler.slot);
	if (!ret && !lex_at_end(as))
		return asm_fail(as, lex_place(as), "expected the end of the line (%s)", usage);
	if (ret)
		return ret;
	slot_use(code, handler.slot);
	return vec_append(&code->handlers, &handler, 1, sizeof(handler));
}
