// SPDX-License-Identifier: LGPL-2.1-only OR MIT
/*
 * Words, numbers and strings of the assembler's text, and its errors.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "asm.h"
#include "utf8.h"

/* Bytes of a word that a message shows. */
#define CLIP	40

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (unsigned char)c >= 0x80;
}

/* Cuts @text where a code point was cut in two. */
static size_t whole_code_points(const char *text, size_t size)
{
	size_t used = 0, len;
	uint32_t code;

	while ((len = utf8_decode(text + used, size - used, &code)))
		used += len;
	return used;
}

int word_clip(const struct word *word)
{
	return (int)whole_code_points(word->text, word->len < CLIP ? word->len : CLIP);
}

bool word_is(const struct word *word, const char *text)
{
	return strlen(text) == word->len && !memcmp(text, word->text, word->len);
}

/* Columns count code points, as editors do. */
static unsigned int column(const struct assembler *as, struct place place)
{
	unsigned int column = 1;

	for (size_t i = place.line_at; i < place.at; i++)
		column += (as->text[i] & 0xc0) != 0x80;
	return column;
}

int asm_fail(struct assembler *as, struct place place, const char *format, ...)
{
	struct pymm_error *error = as->error;
	va_list args;

	if (!error)
		return -EINVAL;
	error->line = place.line;
	error->column = column(as, place);
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	error->message[whole_code_points(error->message, strlen(error->message))] = '\0';
	return -EINVAL;
}

int asm_expected(struct assembler *as, const char *expected)
{
	struct place place = lex_place(as);
	struct word word;
	uint32_t code = 0;

	if (lex_at_end(as))
		return asm_fail(as, place, "expected %s at the end of the line", expected);
	if (lex_take_word(as, &word))
		return asm_fail(as, place, "expected %s, not '%.*s'", expected, WORD(word));
	if (!utf8_decode(as->text + place.at, as->size - place.at, &code))
		return asm_fail(as, place, "expected %s, not a byte that is not UTF-8 (0x%02x)",
				expected, (unsigned char)as->text[place.at]);
	if (code < 0x20 || code == 0x7f)
		return asm_fail(as, place, "expected %s, not a control character (0x%02x)",
				expected, (unsigned int)code);
	return asm_fail(as, place, "expected %s, not '%c'", expected, (char)code);
}

static void skip_blanks(struct assembler *as)
{
	while (as->here.at < as->size && strchr(" \t\r\f", as->text[as->here.at]) &&
	       as->text[as->here.at])
		as->here.at++;
}

struct place lex_place(struct assembler *as)
{
	skip_blanks(as);
	return as->here;
}

char lex_peek(struct assembler *as)
{
	return lex_at_end(as) ? 0 : as->text[as->here.at];
}

bool lex_at_end(struct assembler *as)
{
	skip_blanks(as);
	return as->here.at == as->size || as->text[as->here.at] == '\n' ||
	       as->text[as->here.at] == ';' || as->text[as->here.at] == '#';
}

void lex_next_line(struct assembler *as)
{
	const char *end = memchr(as->text + as->here.at, '\n', as->size - as->here.at);

	as->here.at = end ? (size_t)(end - as->text) + 1 : as->size;
	as->here.line_at = as->here.at;
	as->here.line++;
}

bool lex_take(struct assembler *as, const char *text)
{
	size_t len = strlen(text);

	skip_blanks(as);
	if (as->size - as->here.at < len || memcmp(as->text + as->here.at, text, len))
		return false;
	as->here.at += len;
	return true;
}

bool lex_take_word(struct assembler *as, struct word *word)
{
	size_t end;

	word->place = lex_place(as);
	word->text = as->text + as->here.at;
	end = as->here.at;
	if (lex_at_end(as) || !is_word_start(as->text[end]))
		return false;
	while (end < as->size && (is_word_start(as->text[end]) || is_digit(as->text[end]))) {
		uint32_t code;
		size_t len = utf8_decode(as->text + end, as->size - end, &code);

		if (!len)
			break;
		end += len;
	}
	word->len = end - as->here.at;
	as->here.at = end;
	return word->len;
}

bool lex_take_operator(struct assembler *as, struct word *word)
{
	size_t end;

	word->place = lex_place(as);
	word->text = as->text + as->here.at;
	for (end = as->here.at; end < as->size && as->text[end]; end++)
		if (!strchr("+-*/%&|^<>=!", as->text[end]))
			break;
	word->len = end - as->here.at;
	as->here.at = end;
	return word->len;
}

static bool is_exponent(char c)
{
	return c == 'e' || c == 'E';
}

static bool is_hex(const struct word *word)
{
	size_t i = word->len && *word->text == '-';

	return word->len - i > 2 && word->text[i] == '0' && (word->text[i + 1] | 0x20) == 'x';
}

/* Takes all that a number could be made of, so that "12abc" is one bad number. */
static struct word take_number(struct assembler *as)
{
	struct word word = { .place = lex_place(as), .text = as->text + as->here.at };

	for (size_t left = as->size - as->here.at; word.len < left; word.len++) {
		char c = word.text[word.len];
		bool sign = !word.len ? c == '-' : (c == '-' || c == '+') && !is_hex(&word) &&
			    is_exponent(word.text[word.len - 1]);

		if (!sign && !is_digit(c) && c != '.' &&
		    !(is_word_start(c) && (unsigned char)c < 0x80))
			break;
	}
	as->here.at += word.len;
	return word;
}

static int digit_value(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 16;
}

int lex_integer(struct assembler *as, int64_t *value)
{
	bool negative = lex_peek(as) == '-';
	struct word word;
	size_t i = negative;
	uint64_t base = 10, limit = (uint64_t)INT64_MAX + negative, sum = 0;

	if (!negative && !is_digit(lex_peek(as)))
		return asm_expected(as, "a number");
	word = take_number(as);
	if (is_hex(&word)) {
		base = 16;
		i += 2;
	}
	if (i == word.len || word.text[i] == '_' || word.text[word.len - 1] == '_')
		return asm_fail(as, word.place, "'%.*s' is not a number", WORD(word));
	for (; i < word.len; i++) {
		uint64_t digit = (uint64_t)digit_value(word.text[i]);

		if (word.text[i] == '_' && word.text[i - 1] != '_')
			continue;
		if (digit >= base)
			return asm_fail(as, word.place, "'%.*s' is not a number", WORD(word));
		if (sum > (limit - digit) / base)
			return asm_fail(as, word.place, "%.*s does not fit in 64 bits", WORD(word));
		sum = sum * base + digit;
	}
	*value = (int64_t)(negative ? 0 - sum : sum);
	return 0;
}

/* What is written of a float, less its sign. */
static struct word take_float(struct assembler *as, bool *negative)
{
	struct word word = take_number(as);

	*negative = word.len && *word.text == '-';
	word.text += *negative;
	word.len -= *negative;
	return word;
}

/* Is the number here one that Python reads as a float, or inf or nan? */
bool lex_at_float(struct assembler *as)
{
	struct place here = as->here;
	bool negative, found = false;
	struct word word = take_float(as, &negative);

	as->here = here;
	if (word_is(&word, "inf") || word_is(&word, "nan"))
		return true;
	if (!word.len || is_hex(&word) || !(is_digit(*word.text) || *word.text == '.'))
		return false;
	for (size_t i = 0; i < word.len; i++)
		found |= word.text[i] == '.' || is_exponent(word.text[i]);
	return found;
}

/* "(0x1)" behind nan: its mantissa. */
static int lex_mantissa(struct assembler *as, uint64_t *mantissa)
{
	struct place place;
	int64_t number = 0;
	int ret;

	*mantissa = NAN_MANTISSA;
	if (!lex_take(as, "("))
		return 0;
	place = lex_place(as);
	ret = lex_integer(as, &number);
	if (ret)
		return ret;
	if (number <= 0 || number >= 1LL << 52)
		return asm_fail(as, place, "a mantissa goes from 1 to 2 ** 52 - 1");
	*mantissa = (uint64_t)number;
	return lex_take(as, ")") ? 0 : asm_expected(as, "')'");
}

int lex_float(struct assembler *as, uint64_t *bits)
{
	const uint64_t infinity = 0x7ff0000000000000;
	uint64_t mantissa = 0;
	bool negative;
	struct word word = take_float(as, &negative);
	double value;
	int ret = 0;

	if (word_is(&word, "inf") || word_is(&word, "nan")) {
		if (word_is(&word, "nan"))
			ret = lex_mantissa(as, &mantissa);
		*bits = infinity | mantissa;
	} else {
		ret = float_parse(word.text, word.len, &value);
		if (ret == -EINVAL)
			return asm_fail(as, word.place, "'%s%.*s' is not a number",
					negative ? "-" : "", WORD(word));
		memcpy(bits, &value, sizeof(*bits));
	}
	*bits |= (uint64_t)negative << 63;
	return ret;
}

/* The code point of an escape of @digits digits; the backslash is at @place. */
static int hex_escape(struct assembler *as, struct place place, unsigned int digits,
		      uint32_t *code)
{
	*code = 0;
	for (; digits; digits--) {
		int digit = as->here.at < as->size ? digit_value(as->text[as->here.at]) : 16;

		if (digit == 16)
			return asm_fail(as, place, "the escape needs %u more hex digits", digits);
		*code = *code << 4 | (uint32_t)digit;
		as->here.at++;
	}
	if (*code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return asm_fail(as, place, "U+%04X is not a character", (unsigned int)*code);
	return 0;
}

static int fail_escape(struct assembler *as, struct place place, bool raw)
{
	return asm_fail(as, place, "unknown escape: use \\n \\r \\t \\\\ \\\" %s",
			raw ? "or \\xNN" : "\\xNN \\uNNNN or \\UNNNNNNNN");
}

/* What follows a backslash. */
static int escape(struct assembler *as, struct place place, bool raw, uint32_t *code)
{
	char c = as->here.at < as->size ? as->text[as->here.at] : '\n';

	as->here.at++;
	if (raw && (c == 'u' || c == 'U'))
		return fail_escape(as, place, raw);
	switch (c) {
	case 'n':
		*code = '\n';
		return 0;
	case 't':
		*code = '\t';
		return 0;
	case 'r':
		*code = '\r';
		return 0;
	case '\\':
	case '"':
		*code = (unsigned char)c;
		return 0;
	case 'x':
		return hex_escape(as, place, 2, code);
	case 'u':
		return hex_escape(as, place, 4, code);
	case 'U':
		return hex_escape(as, place, 8, code);
	default:
		return fail_escape(as, place, raw);
	}
}

/* One character of a string, or byte of a bytes. */
static int string_character(struct assembler *as, bool raw, struct vec *bytes)
{
	struct place place = as->here;
	char utf8[4], byte;
	uint32_t code;
	size_t len;
	int ret = 0;

	len = utf8_decode(as->text + place.at, as->size - place.at, &code);
	if (!len)
		return asm_fail(as, place, "the string has a byte that is not UTF-8 (0x%02x)",
				(unsigned char)as->text[place.at]);
	as->here.at += len;
	if (raw && code >= 0x80)
		return asm_fail(as, place, "bytes can only contain ASCII literal characters");
	if (code == '\\')
		ret = escape(as, place, raw, &code);
	byte = (char)code;
	if (!ret && raw)
		return vec_append(bytes, &byte, 1, 1);
	return ret ? ret : vec_append(bytes, utf8, utf8_encode(code, utf8), 1);
}

bool lex_at_bytes(struct assembler *as)
{
	struct place here = as->here;
	bool found = lex_take(as, "b\"");

	as->here = here;
	return found;
}

int lex_string(struct assembler *as, bool raw, struct vec *bytes)
{
	struct place start = lex_place(as);
	int ret = 0;

	if (!lex_take(as, raw ? "b\"" : "\""))
		return asm_expected(as, "a \"string\"");
	while (!ret) {
		if (as->here.at == as->size || as->text[as->here.at] == '\n')
			return asm_fail(as, start, "the string does not end on its line");
		if (as->text[as->here.at] == '"')
			break;
		ret = string_character(as, raw, bytes);
	}
	as->here.at += !ret;
	return ret;
}
