// SPDX-License-Identifier: GPL-2.0-only
/*
 * Floats as text and back, exactly, in whole numbers of bounded size: the digits as dtoa() finds
 * them, which CPython's repr() uses (Steele and White), and the nearest float of any digits, of two
 * the even one.
 */
#include <linux/bitops.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "core.h"
#include "decimal.h"
#include "fpu.h"

/* Bits of the least number there is, but for those of the mantissa. */
#define PYMM_FLOAT_LEAST	(1 - PYMM_FLOAT_BIAS)

/* ---- whole numbers ---- */

/* @count words, the least one first and the last one not 0; the caller has the room for them. */
struct pymm_big {
	u32 *words;
	u32 count;
};

static void pymm_big_set(struct pymm_big *big, u64 value)
{
	big->words[0] = value;
	big->words[1] = value >> 32;
	big->count = big->words[1] ? 2 : !!big->words[0];
}

static void pymm_big_multiply(struct pymm_big *big, u32 factor, u32 add)
{
	u64 carry = add;
	u32 i;

	for (i = 0; i < big->count; i++) {
		carry += (u64)big->words[i] * factor;
		big->words[i] = carry;
		carry >>= 32;
	}
	if (carry)
		big->words[big->count++] = carry;
}

static void pymm_big_multiply_pow10(struct pymm_big *big, u32 power)
{
	for (; power >= 9; power -= 9)
		pymm_big_multiply(big, 1000000000, 0);
	for (; power; power--)
		pymm_big_multiply(big, 10, 0);
}

static void pymm_big_shift(struct pymm_big *big, u32 bits)
{
	u32 i;

	pymm_big_multiply(big, 1U << bits % 32, 0);
	bits /= 32;
	if (!bits || !big->count)
		return;
	for (i = big->count; i--;)
		big->words[i + bits] = big->words[i];
	memset(big->words, 0, bits * sizeof(*big->words));
	big->count += bits;
}

static void pymm_big_halve(struct pymm_big *big)
{
	u32 i;

	for (i = 0; i < big->count; i++) {
		big->words[i] >>= 1;
		if (i + 1 < big->count)
			big->words[i] |= big->words[i + 1] << 31;
	}
	if (big->count && !big->words[big->count - 1])
		big->count--;
}

static int pymm_big_compare(const struct pymm_big *a, const struct pymm_big *b)
{
	u32 i;

	if (a->count != b->count)
		return a->count > b->count ? 1 : -1;
	for (i = a->count; i--;)
		if (a->words[i] != b->words[i])
			return a->words[i] > b->words[i] ? 1 : -1;
	return 0;
}

/* @a -= @b, which is not larger */
static void pymm_big_subtract(struct pymm_big *a, const struct pymm_big *b)
{
	s64 carry = 0;
	u32 i;

	for (i = 0; i < a->count; i++) {
		carry += (s64)a->words[i] - (i < b->count ? b->words[i] : 0);
		a->words[i] = carry;
		carry >>= 32;
	}
	while (a->count && !a->words[a->count - 1])
		a->count--;
}

/* @sum = @a + @b */
static void pymm_big_add(struct pymm_big *sum, const struct pymm_big *a, const struct pymm_big *b)
{
	u64 carry = 0;

	for (sum->count = 0; sum->count < max(a->count, b->count) || carry; sum->count++) {
		carry += sum->count < a->count ? a->words[sum->count] : 0;
		carry += sum->count < b->count ? b->words[sum->count] : 0;
		sum->words[sum->count] = carry;
		carry >>= 32;
	}
}

static int pymm_big_bits(const struct pymm_big *big)
{
	return big->count ? (big->count - 1) * 32 + fls64(big->words[big->count - 1]) : 0;
}

static u32 pymm_magnitude(s64 value)
{
	return value < 0 ? -value : value;
}

/* ---- text of a float ---- */

/* 2 ** 1024 and 5 * 2 ** 1075 fit, and what they are multiplied by before digits come out. */
#define PYMM_DIGITS_WORDS	40
#define PYMM_DIGITS_MAX		17

/**
 * struct pymm_digits - the digits of a float being found
 * @rest: what is left of it, over @unit
 * @unit: one at the place of the next digit
 * @below: half of the way to the next float below, over @unit
 * @above: the same above
 * @sum: scratch
 * @even: what is half way to another float is read as this one
 * @text: digits found
 * @count: how many those are
 * @point: where the point is, as from the first of them
 */
struct pymm_digits {
	struct pymm_big rest;
	struct pymm_big unit;
	struct pymm_big below;
	struct pymm_big above;
	struct pymm_big sum;
	bool even;
	char text[PYMM_DIGITS_MAX + 1];
	u32 count;
	int point;
};

static void pymm_digits_begin(struct pymm_digits *d, u64 bits)
{
	u64 mantissa;
	int exponent = pymm_float_split(bits, &mantissa);
	/* Above a power of 2 floats are twice as far apart as below it. */
	bool narrow = mantissa == PYMM_FLOAT_MANTISSA + 1 && exponent > PYMM_FLOAT_LEAST;
	u32 up = exponent > 0 ? exponent : 0, down = exponent < 0 ? -exponent : 0;

	d->even = !(mantissa & 1);
	pymm_big_set(&d->rest, mantissa);
	pymm_big_shift(&d->rest, up + 1 + narrow);
	pymm_big_set(&d->unit, 1);
	pymm_big_shift(&d->unit, down + 1 + narrow);
	pymm_big_set(&d->below, 1);
	pymm_big_shift(&d->below, up);
	pymm_big_set(&d->above, 1);
	pymm_big_shift(&d->above, up + narrow);
	/* log10(2) is about 78913 / 2 ** 18: for no exponent of a float is that too large. */
	d->point = ((fls64(mantissa) - 1 + exponent) * 78913) >> 18;
}

static void pymm_digits_scale(struct pymm_digits *d, u32 power)
{
	pymm_big_multiply_pow10(&d->rest, power);
	pymm_big_multiply_pow10(&d->below, power);
	pymm_big_multiply_pow10(&d->above, power);
}

/* So that the first digit is neither 0 nor above 9. */
static void pymm_digits_align(struct pymm_digits *d)
{
	if (d->point < 0)
		pymm_digits_scale(d, -d->point);
	else
		pymm_big_multiply_pow10(&d->unit, d->point);
	for (;;) {
		memcpy(d->sum.words, d->unit.words, d->unit.count * sizeof(*d->unit.words));
		d->sum.count = d->unit.count;
		pymm_big_multiply(&d->sum, 10, 0);
		if (pymm_big_compare(&d->rest, &d->sum) < 0)
			break;
		pymm_big_multiply(&d->unit, 10, 0);
		d->point++;
	}
	d->point++;
}

/* The last digit is one more than it was; those that are 10 by that go. */
static void pymm_digits_increment(struct pymm_digits *d)
{
	while (d->count && d->text[d->count - 1] == '9')
		d->count--;
	if (d->count) {
		d->text[d->count - 1]++;
		return;
	}
	d->text[d->count++] = '1';
	d->point++;
}

/* The next digit; is it the last one? */
static bool pymm_digits_next(struct pymm_digits *d)
{
	char digit = '0';
	bool low, high;
	int order;

	for (; pymm_big_compare(&d->rest, &d->unit) >= 0; digit++)
		pymm_big_subtract(&d->rest, &d->unit);
	d->text[d->count++] = digit;
	order = pymm_big_compare(&d->rest, &d->below);
	low = order < 0 || (!order && d->even);
	pymm_big_add(&d->sum, &d->rest, &d->above);
	order = pymm_big_compare(&d->sum, &d->unit);
	high = order > 0 || (!order && d->even);
	if (!low && !high)
		return false;
	/* Both will do: the nearer one, or the even digit. */
	if (low && high) {
		pymm_big_shift(&d->rest, 1);
		order = pymm_big_compare(&d->rest, &d->unit);
		high = order > 0 || (!order && (digit & 1));
	}
	if (high)
		pymm_digits_increment(d);
	return true;
}

static void pymm_digits_find(struct pymm_digits *d, u64 bits)
{
	u32 words[5][PYMM_DIGITS_WORDS];

	*d = (struct pymm_digits){
		.rest.words = words[0], .unit.words = words[1], .below.words = words[2],
		.above.words = words[3], .sum.words = words[4],
	};
	pymm_digits_begin(d, bits);
	pymm_digits_align(d);
	while (!pymm_digits_next(d))
		pymm_digits_scale(d, 1);
}

/* repr() writes no exponent for values from 1e-4 to below 1e16. */
static u32 pymm_digits_write(const struct pymm_digits *d, char *text)
{
	if (d->point < -3 || d->point > 16)
		return sprintf(text, "%c%s%.*se%c%02u", d->text[0], d->count > 1 ? "." : "",
			       d->count - 1, d->text + 1, d->point > 0 ? '+' : '-',
			       pymm_magnitude(d->point - 1));
	if (d->point <= 0)
		return sprintf(text, "0.%.*s%.*s", -d->point, "000", d->count, d->text);
	if (d->point >= (int)d->count)
		return sprintf(text, "%.*s%.*s.0", d->count, d->text, d->point - d->count,
			       "0000000000000000");
	return sprintf(text, "%.*s.%.*s", d->point, d->text, d->count - d->point,
		       d->text + d->point);
}

/**
 * pymm_float_repr() - repr() of a float: the fewest digits that are read as it again
 * @bits: the float
 * @text: receives it, ended by a NUL
 *
 * Return: its length.
 */
u32 pymm_float_repr(u64 bits, char text[PYMM_FLOAT_REPR_SIZE])
{
	struct pymm_digits d;
	u32 sign = 0;

	if (pymm_float_is_nan(bits))
		return sprintf(text, "nan");
	if (bits & PYMM_FLOAT_SIGN)
		text[sign++] = '-';
	bits &= ~PYMM_FLOAT_SIGN;
	if (bits == PYMM_FLOAT_INFINITY)
		return sign + sprintf(text + sign, "inf");
	if (!bits)
		return sign + sprintf(text + sign, "0.0");
	pymm_digits_find(&d, bits);
	return sign + pymm_digits_write(&d, text + sign);
}

/* ---- a float of a text ---- */

/* Digits that may count: those of what is half way between two floats are fewer. */
#define PYMM_READ_DIGITS	800
/* They, and the power of 10 that they are divided by, and 57 bits. */
#define PYMM_READ_WORDS		128
/* Beyond these powers of 10 there is nothing but infinity, and 0. */
#define PYMM_READ_LARGEST	310
#define PYMM_READ_LEAST		(-330)

/**
 * struct pymm_reading - a number being read
 * @digits: its digits without leading zeros, as a whole number
 * @divisor: what that is divided by
 * @kept: how many digits that are
 * @rest: digits followed that are not 0 and were left out
 * @exponent: power of 10 that @digits is multiplied by
 * @words: of @digits and @divisor
 */
struct pymm_reading {
	struct pymm_big digits;
	struct pymm_big divisor;
	u32 kept;
	bool rest;
	s64 exponent;
	u32 words[2][PYMM_READ_WORDS];
};

static void pymm_read_digit(struct pymm_reading *r, u32 digit, bool fraction)
{
	if (r->kept < PYMM_READ_DIGITS) {
		pymm_big_multiply(&r->digits, 10, digit);
		r->kept += !!r->digits.count;
		r->exponent -= fraction;
	} else {
		r->rest |= digit;
		r->exponent += !fraction;
	}
}

/* A text may be long: 0 or -EINTR, at the character @at. */
static int pymm_read_tick(struct pymm_thread *thread, u32 at)
{
	if (at % PYMM_TICK_STEPS != PYMM_TICK_STEPS - 1)
		return 0;
	return pymm_tick(thread, PYMM_TICK_STEPS);
}

/* A single _ may stand between two digits. */
static bool pymm_read_is_gap(const char *text, u32 at, u32 bytes)
{
	return text[at] == '_' && at && at + 1 < bytes && isdigit(text[at - 1]) &&
	       isdigit(text[at + 1]);
}

/* What stands behind the 'e': 1, 0 when it is no number, or -EINTR. */
static int pymm_read_exponent(struct pymm_thread *thread, struct pymm_reading *r, const char *text,
			      u32 bytes)
{
	bool negative = bytes && *text == '-', any = false;
	u32 i = bytes && (*text == '-' || *text == '+');
	s64 exponent = 0;
	int err = 0;

	for (; i < bytes && !err; i++) {
		if (!isdigit(text[i]) && !pymm_read_is_gap(text, i, bytes))
			return 0;
		if (isdigit(text[i]) && exponent < S32_MAX)
			exponent = exponent * 10 + text[i] - '0';
		any = true;
		err = pymm_read_tick(thread, i);
	}
	r->exponent += negative ? -exponent : exponent;
	return err ?: any;
}

static int pymm_read_digits(struct pymm_thread *thread, struct pymm_reading *r, const char *text,
			    u32 bytes)
{
	bool fraction = false, any = false;
	u32 i;
	int err;

	for (i = 0; i < bytes; i++) {
		if (isdigit(text[i])) {
			pymm_read_digit(r, text[i] - '0', fraction);
			any = true;
		} else if (text[i] == '.' && !fraction) {
			fraction = true;
		} else if ((text[i] == 'e' || text[i] == 'E') && any) {
			return pymm_read_exponent(thread, r, text + i + 1, bytes - i - 1);
		} else if (!pymm_read_is_gap(text, i, bytes)) {
			return 0;
		}
		err = pymm_read_tick(thread, i);
		if (err)
			return err;
	}
	return any;
}

/* The nearest float to @quotient * 2 ** @exponent and, with @rest, a little more. */
static u64 pymm_read_round(u64 quotient, int exponent, bool rest)
{
	int least = max(exponent + fls64(quotient) - PYMM_FLOAT_SHIFT - 1, PYMM_FLOAT_LEAST);
	u32 shift = least - exponent;
	u64 half, left, mantissa;

	if (shift > 63)
		return 0;
	half = 1ULL << (shift - 1);
	left = quotient & (2 * half - 1);
	mantissa = quotient >> shift;
	if (left > half || (left == half && (rest || (mantissa & 1))))
		mantissa++;
	/* The first bit of the mantissa, and a carry, go into the exponent. */
	mantissa += (u64)(least - PYMM_FLOAT_LEAST) << PYMM_FLOAT_SHIFT;
	return min(mantissa, PYMM_FLOAT_INFINITY);
}

static u64 pymm_read_divide(struct pymm_reading *r)
{
	int exponent, bit;
	u64 quotient = 0;

	if (r->rest) {
		pymm_big_multiply(&r->digits, 10, 1);
		r->exponent--;
	}
	pymm_big_set(&r->divisor, 1);
	pymm_big_multiply_pow10(r->exponent < 0 ? &r->divisor : &r->digits,
				pymm_magnitude(r->exponent));
	/* So that the quotient has 56 or 57 bits. */
	exponent = pymm_big_bits(&r->digits) - pymm_big_bits(&r->divisor) - 56;
	pymm_big_shift(exponent < 0 ? &r->digits : &r->divisor, pymm_magnitude(exponent));
	pymm_big_shift(&r->divisor, 56);
	for (bit = 56; bit >= 0; bit--) {
		if (pymm_big_compare(&r->digits, &r->divisor) >= 0) {
			pymm_big_subtract(&r->digits, &r->divisor);
			quotient |= 1ULL << bit;
		}
		pymm_big_halve(&r->divisor);
	}
	return pymm_read_round(quotient, exponent, r->digits.count);
}

static bool pymm_read_word(const char *text, u32 bytes, const char *word)
{
	return bytes == strlen(word) && !strncasecmp(text, word, bytes);
}

static int pymm_read_number(struct pymm_thread *thread, const char *text, u32 bytes, u64 *bits)
{
	struct pymm_reading *r = pymm_payload_alloc(thread->arena, sizeof(*r));
	int ret;

	if (!r)
		return pymm_raise_nomem(thread);
	r->digits = (struct pymm_big){ .words = r->words[0] };
	r->divisor = (struct pymm_big){ .words = r->words[1] };
	r->kept = 0;
	r->rest = false;
	r->exponent = 0;
	ret = pymm_read_digits(thread, r, text, bytes);
	if (ret > 0) {
		if (!r->digits.count || r->kept + r->exponent < PYMM_READ_LEAST)
			*bits = 0;
		else if (r->kept + r->exponent > PYMM_READ_LARGEST)
			*bits = PYMM_FLOAT_INFINITY;
		else
			*bits = pymm_read_divide(r);
	}
	pymm_payload_free(thread->arena, r, sizeof(*r));
	return ret;
}

/**
 * pymm_float_read() - the float that a text is
 * @thread: the running thread
 * @text: the text, without spaces around it
 * @bytes: its length
 * @bits: receives the float
 *
 * Return: 1, 0 when it is no number, PYMM_RAISED or -EINTR.
 */
int pymm_float_read(struct pymm_thread *thread, const char *text, u32 bytes, u64 *bits)
{
	u64 sign = bytes && *text == '-' ? PYMM_FLOAT_SIGN : 0;
	int ret = 1;

	if (bytes && (*text == '-' || *text == '+')) {
		text++;
		bytes--;
	}
	if (pymm_read_word(text, bytes, "inf") || pymm_read_word(text, bytes, "infinity"))
		*bits = PYMM_FLOAT_INFINITY;
	else if (pymm_read_word(text, bytes, "nan"))
		*bits = PYMM_FLOAT_NAN;
	else
		ret = pymm_read_number(thread, text, bytes, bits);
	if (ret > 0)
		*bits |= sign;
	return ret;
}
