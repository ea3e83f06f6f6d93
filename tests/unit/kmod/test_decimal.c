// SPDX-License-Identifier: GPL-2.0-only
/*
 * Floats as text and back. CPython is the judge: python3, to which decimal.py belongs, is given
 * bits with the text that the module makes of them, and texts with the bits that it reads in them.
 */
#include <stdlib.h>
#include <unistd.h>

#include "../../../kmod/decimal.h"
#include "cases.h"

#define RANDOM_FLOATS	100000
#define RANDOM_TEXTS	30000

static u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void tell_repr(FILE *judge, u64 bits)
{
	char text[PYMM_FLOAT_REPR_SIZE];
	u32 bytes = pymm_float_repr(bits, text);

	fprintf(judge, "repr %016llx %.*s\n", (unsigned long long)bits, (int)bytes, text);
}

static void tell_read(struct cases *cases, FILE *judge, const char *text)
{
	u64 bits = 0;
	int ret = pymm_float_read(unit_thread(&cases->unit.thread), text, strlen(text), &bits);

	if (ret > 0)
		fprintf(judge, "read %016llx %s\n", (unsigned long long)bits, text);
	else
		fprintf(judge, "refuse %d %s\n", ret, text);
}

static FILE *judge_begin(struct cases *cases)
{
	FILE *judge = popen("python3 decimal.py", "w");

	case_begin(cases);
	case_check(cases, judge);
	return judge;
}

static void judge_end(struct cases *cases, FILE *judge, const char *name)
{
	if (judge)
		case_equal(cases, 0, pclose(judge));
	case_end(cases, name);
}

/* Subnormals, powers of 2 and their neighbours, those of 10, where repr() changes its form. */
static void test_repr_edges(struct cases *cases)
{
	FILE *judge = judge_begin(cases);
	char text[32];

	for (u64 exponent = 0; judge && exponent < 2048; exponent++)
		for (int by = -2; by <= 2; by++)
			tell_repr(judge, (exponent << 52) + by);
	for (u64 i = 0; judge && i < 2000; i++) {
		tell_repr(judge, i);
		tell_repr(judge, (1ULL << 52) - i);
	}
	for (int power = -330; judge && power <= 310; power++)
		for (int by = -3; by <= 3; by++) {
			double value;
			u64 bits;

			snprintf(text, sizeof(text), "1e%d", power);
			value = strtod(text, NULL);
			memcpy(&bits, &value, sizeof(bits));
			tell_repr(judge, bits + by);
		}
	judge_end(cases, judge, "repr of floats at edges");
}

static void test_repr_random(struct cases *cases)
{
	FILE *judge = judge_begin(cases);
	u64 state = 88172645463325252ULL;

	for (int i = 0; judge && i < RANDOM_FLOATS; i++) {
		double value;
		u64 bits = next_random(&state);

		tell_repr(judge, bits);
		/* Of few digits. */
		value = (double)(bits % 100000) / (1 + (bits >> 32) % 1000);
		memcpy(&bits, &value, sizeof(bits));
		tell_repr(judge, bits);
	}
	judge_end(cases, judge, "repr of random floats");
}

static void test_read(struct cases *cases)
{
	static const char *const texts[] = {
		"0", "-0", "+0.0", ".5", "5.", ".", "", "-", "e5", "1e", "1e+", "1e5", "1E-5", "1_0", "1__0", "_1", "1_",
		"1_.5", "1._5", "1_0.5_0e1_0", "1e_5", "1e5_", "inf", "-INF", "Infinity", "infx", "nan", "-NaN", "nano",
		"1.5x", "1 5", "0x10", "1.5.5", "1e5.5", "1e400", "-1e400", "1e-400", "1e99999999999999999999",
		"1e-99999999999999999999", "0e99999999999999999999", "0.0000", "00012", "1.7976931348623157e308",
		"1.7976931348623158e308", "1.7976931348623159e308", "2.4703282292062327e-324", "2.4703282292062328e-324",
		"2.2250738585072011e-308", "2.2250738585072014e-308", "4.9e-324", "9007199254740993",
		"9007199254740993.00000000000000000000000000000000000000000000001", "9007199254740995",
	};
	FILE *judge = judge_begin(cases);

	for (unsigned int i = 0; judge && i < ARRAY_SIZE(texts); i++)
		tell_read(cases, judge, texts[i]);
	judge_end(cases, judge, "texts of floats");
}

/* Half way between two floats, exactly, a little more and a little less: up to 767 digits. */
static void test_read_halves(struct cases *cases)
{
	FILE *judge = judge_begin(cases);
	u64 state = 362436069362436069ULL;
	char text[2048];

	for (int i = 0; judge && i < RANDOM_TEXTS / 10; i++) {
		u64 bits = next_random(&state) & ~(3ULL << 62);
		long double half;
		double low, high;
		char *digit;

		bits = i % 2 ? bits : bits & ((1ULL << 53) - 1);
		memcpy(&low, &bits, sizeof(low));
		bits++;
		memcpy(&high, &bits, sizeof(high));
		half = ((long double)low + high) / 2;
		snprintf(text, 1200, "%.1100Lf", half);
		tell_read(cases, judge, text);
		strcat(text, "0001");
		tell_read(cases, judge, text);
		digit = text + strlen(text) - 4;
		while (*digit == '0' && digit > text)
			digit--;
		if (*digit != '.')
			(*digit)--;
		tell_read(cases, judge, text);
	}
	judge_end(cases, judge, "texts half way between floats");
}

static void test_read_random(struct cases *cases)
{
	FILE *judge = judge_begin(cases);
	u64 state = 521288629521288629ULL;
	char text[128];

	for (int i = 0; judge && i < RANDOM_TEXTS; i++) {
		u64 a = next_random(&state), b = next_random(&state);

		snprintf(text, sizeof(text), "%s%llu.%llue%d", a & 1 ? "-" : "", (unsigned long long)a >> (b & 63),
			 (unsigned long long)b >> (a & 63), (int)(next_random(&state) % 700) - 350);
		tell_read(cases, judge, text);
	}
	judge_end(cases, judge, "random texts of floats");
}

/* Digits without end: what is killed meanwhile has read nothing. */
static void test_read_long(struct cases *cases)
{
	char *digits = case_repeat("1234567890", 20000);
	u64 bits;

	case_begin(cases);
	case_equal(cases, 1, pymm_float_read(unit_thread(&cases->unit.thread), digits, 200000, &bits));
	case_check(cases, bits == 0x7ff0000000000000ULL);
	shim_fail(SHIM_KILL, 5);
	case_equal(cases, -EINTR, pymm_float_read(unit_thread(&cases->unit.thread), digits, 200000, &bits));
	shim_fail(SHIM_KILL, 0);
	shim_signal_clear(shim_task());
	free(digits);
	case_end(cases, "a text of many digits");
}

int main(void)
{
	struct cases cases = { 0 };

	test_repr_edges(&cases);
	test_repr_random(&cases);
	test_read(&cases);
	test_read_random(&cases);
	test_read_halves(&cases);
	test_read_long(&cases);
	return tap_end(&cases.tap);
}
