// SPDX-License-Identifier: LGPL-2.1-only OR MIT
/*
 * Constants. Equal ones of one code object are one, as CPython's compiler has it;
 * 1 and True are not equal here.
 */
#include <errno.h>
#include <string.h>

#include "asm.h"

/* A tuple that is still open. */
struct tuple {
	size_t first;		/* of its items */
	bool comma;		/* a comma was seen */
	struct place place;
};

/* const_parse() at work. */
struct constant {
	struct assembler *as;
	struct code *code;
	struct vec items;	/* uint32_t: numbers of the items of all open tuples */
	struct vec tuples;	/* struct tuple, outermost first */
};

int const_add(struct assembler *as, struct code *code, uint32_t kind, const void *data,
	      size_t size, uint32_t *number)
{
	struct pymm_const head = { .kind = kind, .len = (uint32_t)size };
	struct vec bytes = { 0 };
	int ret;

	if (size > UINT32_MAX)
		return asm_fail(as, as->here, "the constant is larger than 4 GiB");
	ret = vec_append(&bytes, &head, sizeof(head), 1);
	if (!ret)
		ret = vec_append(&bytes, data, size, 1);
	if (!ret)
		ret = table_add(&code->consts, bytes.data, bytes.count, number);
	vec_free(&bytes);
	return ret < 0 ? ret : 0;
}

static int parse_string(struct assembler *as, struct code *code, uint32_t kind, uint32_t *number)
{
	struct vec bytes = { 0 };
	int ret = lex_string(as, kind == PYMM_CONST_BYTES, &bytes);

	if (!ret)
		ret = const_add(as, code, kind, bytes.data, bytes.count, number);
	vec_free(&bytes);
	return ret;
}

int const_parse_name(struct assembler *as, struct code *code, uint32_t *number)
{
	struct word word;

	if (lex_peek(as) == '"')
		return parse_string(as, code, PYMM_CONST_STR, number);
	if (!lex_take_word(as, &word))
		return asm_expected(as, "a name");
	return const_add(as, code, PYMM_CONST_STR, word.text, word.len, number);
}

/* Anything but a tuple. */
static int parse_simple(struct assembler *as, struct code *code, uint32_t *number)
{
	static const char expected[] =
		"a constant: a number, a \"string\", b\"bytes\", None, True, False or a tuple";
	char c = lex_peek(as);
	struct word word;
	struct place here = as->here;
	uint64_t bits;
	int64_t value;
	int ret;

	if (c == '"')
		return parse_string(as, code, PYMM_CONST_STR, number);
	if (lex_at_bytes(as))
		return parse_string(as, code, PYMM_CONST_BYTES, number);
	if (lex_at_float(as)) {
		ret = lex_float(as, &bits);
		return ret ? ret : const_add(as, code, PYMM_CONST_FLOAT, &bits, sizeof(bits), number);
	}
	if (c == '-' || (c >= '0' && c <= '9')) {
		ret = lex_integer(as, &value);
		return ret ? ret : const_add(as, code, PYMM_CONST_INT, &value, sizeof(value),
					     number);
	}
	if (lex_take_word(as, &word)) {
		if (word_is(&word, "None"))
			return const_add(as, code, PYMM_CONST_NONE, "", 0, number);
		if (word_is(&word, "True"))
			return const_add(as, code, PYMM_CONST_TRUE, "", 0, number);
		if (word_is(&word, "False"))
			return const_add(as, code, PYMM_CONST_FALSE, "", 0, number);
		as->here = here;
	}
	return asm_expected(as, expected);
}

static struct tuple *innermost(const struct constant *constant)
{
	size_t count = constant->tuples.count;

	return count ? (struct tuple *)constant->tuples.data + count - 1 : NULL;
}

static int open_tuple(struct constant *constant, struct place place)
{
	struct tuple *tuple = vec_push(&constant->tuples, 1, sizeof(*tuple));

	if (!tuple)
		return -ENOMEM;
	tuple->first = constant->items.count;
	tuple->place = place;
	return 0;
}

/* Ends the innermost tuple; its number. */
static int close_tuple(struct constant *constant, uint32_t *number)
{
	struct tuple *tuple = innermost(constant);
	size_t count = constant->items.count - tuple->first;
	const uint32_t *items = constant->items.data;
	int ret;

	if (count == 1 && !tuple->comma)
		return asm_fail(constant->as, tuple->place,
				"a tuple of one item has a comma after it: (1,)");
	ret = const_add(constant->as, constant->code, PYMM_CONST_TUPLE,
			count ? items + tuple->first : NULL, count * sizeof(*items), number);
	constant->items.count = tuple->first;
	constant->tuples.count--;
	return ret;
}

/*
 * The constant @number is complete: it is an item of the innermost tuple, which
 * it may end, which then is an item of the next. Returns 1 when another item
 * follows, 0 when the whole is complete, with its number in @number.
 */
static int add_item(struct constant *constant, uint32_t *number)
{
	struct tuple *tuple;
	int ret;

	while ((tuple = innermost(constant))) {
		ret = vec_append(&constant->items, number, 1, sizeof(*number));
		if (ret)
			return ret;
		if (lex_take(constant->as, ",")) {
			tuple->comma = true;
			return 1;
		}
		if (!lex_take(constant->as, ")"))
			return asm_expected(constant->as, "',' or ')'");
		ret = close_tuple(constant, number);
		if (ret)
			return ret;
	}
	return 0;
}

/* Up to the next comma or the end. As add_item(). */
static int parse_item(struct constant *constant, uint32_t *number)
{
	struct assembler *as = constant->as;
	struct place place = lex_place(as);
	int ret;

	if (lex_take(as, "("))
		return open_tuple(constant, place) ? -ENOMEM : 1;
	if (constant->tuples.count && lex_take(as, ")"))
		ret = close_tuple(constant, number);
	else
		ret = parse_simple(as, constant->code, number);
	return ret ? ret : add_item(constant, number);
}

int const_parse(struct assembler *as, struct code *code, uint32_t *number)
{
	struct constant constant = { .as = as, .code = code };
	int ret;

	do
		ret = parse_item(&constant, number);
	while (ret > 0);
	vec_free(&constant.items);
	vec_free(&constant.tuples);
	return ret;
}
