// SPDX-License-Identifier: LGPL-2.1-only OR MIT
/*
 * Floats as text and back, as Python writes them, whatever the locale says: what it has between
 * the digits is skipped in what printf() writes, and strtod() is given none.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* Digits that tell each double from all others. */
#define MAX_DIGITS	17

/* repr() writes no exponent for values from 1e-4 to below 1e16. */
#define MIN_POINT	(-3)
#define MAX_POINT	16

/* A number of few digits: 0.DIGITS times 10 to the power @point. */
struct decimal {
	char digits[MAX_DIGITS + 1];
	int count;
	int point;
};

/* The one of @count digits that is nearest to @value. */
static void nearest(double value, int count, struct decimal *decimal)
{
	char text[64], *at = text;

	snprintf(text, sizeof(text), "%.*e", count - 1, value);
	for (decimal->count = 0; *at != 'e'; at++)
		if (isdigit((unsigned char)*at))
			decimal->digits[decimal->count++] = *at;
	decimal->digits[decimal->count] = '\0';
	decimal->point = atoi(at + 1) + 1;
}

static bool reads_as(const struct decimal *decimal, double value)
{
	char text[64];

	snprintf(text, sizeof(text), "%se%d", decimal->digits, decimal->point - decimal->count);
	return strtod(text, NULL) == value;
}

/* The next larger one of as many digits, if there is one. */
static void increment(struct decimal *decimal)
{
	int at = decimal->count;

	while (at && decimal->digits[at - 1] == '9')
		at--;
	if (!at)
		return;
	decimal->digits[at - 1]++;
	memset(decimal->digits + at, '0', (size_t)(decimal->count - at));
}

/*
 * The fewest digits that are read as @value again. Next to a power of 2 floats are closer to each
 * other below it than above: the nearest decimal may be read as another float, the one above it not.
 */
static void shortest(double value, struct decimal *decimal)
{
	for (int count = 1; count <= MAX_DIGITS; count++) {
		nearest(value, count, decimal);
		if (reads_as(decimal, value))
			return;
		increment(decimal);
		if (reads_as(decimal, value))
			return;
	}
}

void float_repr(double value, char out[FLOAT_SIZE])
{
	const char *sign = signbit(value) ? "-" : "", *digits;
	struct decimal decimal;
	int count, point;

	if (isnan(value) || isinf(value)) {
		snprintf(out, FLOAT_SIZE, "%s%s", isnan(value) ? "" : sign, isnan(value) ? "nan" : "inf");
		return;
	}
	shortest(fabs(value), &decimal);
	digits = decimal.digits;
	count = decimal.count;
	point = decimal.point;
	if (point < MIN_POINT || point > MAX_POINT)
		snprintf(out, FLOAT_SIZE, "%s%c%s%se%+03d", sign, digits[0], count > 1 ? "." : "",
			 digits + 1, point - 1);
	else if (point <= 0)
		snprintf(out, FLOAT_SIZE, "%s0.%.*s%s", sign, -point, "000", digits);
	else if (point >= count)
		snprintf(out, FLOAT_SIZE, "%s%s%.*s.0", sign, digits, point - count,
			 "0000000000000000");
	else
		snprintf(out, FLOAT_SIZE, "%s%.*s.%s", sign, point, digits, digits + point);
}

/* Takes digits with single '_' between them; how many, -EINVAL or -ENOMEM. */
static long take_digits(const char **at, const char *end, struct vec *out)
{
	long count = 0;
	int ret = 0;

	for (; *at < end && (isdigit((unsigned char)**at) || **at == '_'); ++*at) {
		if (**at != '_') {
			count++;
			ret = vec_append(out, *at, 1, 1);
		} else if (!count || (*at)[-1] == '_') {
			return -EINVAL;
		}
		if (ret)
			return ret;
	}
	return count && (*at)[-1] == '_' ? -EINVAL : count;
}

/* What follows the 'e', cut to what is far beyond any exponent that counts. */
static int take_exponent(const char **at, const char *end, long *exponent)
{
	struct vec digits = { 0 };
	bool negative = false;
	long count;

	if (*at < end && (**at == '-' || **at == '+'))
		negative = *(*at)++ == '-';
	count = take_digits(at, end, &digits);
	for (long i = 0; i < count && *exponent < 100000000; i++)
		*exponent = 10 * *exponent + ((const char *)digits.data)[i] - '0';
	if (negative)
		*exponent = -*exponent;
	vec_free(&digits);
	return count > 0 ? 0 : count < 0 ? (int)count : -EINVAL;
}

/* The digits as a whole number into @number, which is to be multiplied by 10 to the power @exponent. */
static int take_number(const char *at, const char *end, struct vec *number, long *exponent)
{
	long whole = take_digits(&at, end, number), fraction = 0;
	int ret = 0;

	if (whole >= 0 && at < end && *at == '.') {
		at++;
		fraction = take_digits(&at, end, number);
	}
	if (whole < 0 || fraction < 0)
		return (int)(whole < 0 ? whole : fraction);
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		ret = take_exponent(&at, end, exponent);
	}
	*exponent -= fraction;
	return !ret && (at != end || !(whole + fraction)) ? -EINVAL : ret;
}

int float_parse(const char *text, size_t len, double *value)
{
	struct vec number = { 0 };
	char tail[32];
	long exponent = 0;
	int ret = take_number(text, text + len, &number, &exponent);

	if (!ret) {
		snprintf(tail, sizeof(tail), "e%ld", exponent);
		ret = vec_append(&number, tail, strlen(tail) + 1, 1);
	}
	if (!ret)
		*value = strtod(number.data, NULL);
	vec_free(&number);
	return ret;
}
