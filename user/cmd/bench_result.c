// SPDX-License-Identifier: GPL-2.0-only
/*
 * What pymm bench makes of the values it measured, and how it shows that.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

static double median(uint64_t *values, unsigned int nr)
{
	const uint64_t *middle = values + nr / 2;

	qsort(values, nr, sizeof(*values), compare_u64);
	return (double)*middle;
}

/* Ratios of single rounds; to be called before median() sorts them. */
static void find_range(const struct bench_values *whole, unsigned int rounds,
		       struct bench_result *result)
{
	for (unsigned int i = 0; i < rounds; i++) {
		double ratio = (double)whole->of[BENCH_CPYTHON][i] / (double)whole->of[BENCH_PYMM][i];

		if (!i || ratio < result->lo)
			result->lo = ratio;
		if (!i || ratio > result->hi)
			result->hi = ratio;
	}
}

void bench_evaluate(const struct bench *bench, struct bench_values *whole,
		    struct bench_values *empty, struct bench_result *result)
{
	double operations = (double)result->turns * result->copies;
	double values[BENCH_SIDES];

	find_range(whole, bench->rounds, result);
	for (int side = 0; side < BENCH_SIDES; side++) {
		double of_empty = empty ? median(empty->of[side], bench->rounds) : NAN;

		values[side] = median(whole->of[side], bench->rounds);
		result->whole[side] = values[side] / operations;
		result->net[side] = (values[side] - of_empty) / operations;
	}
	/* Of what find_range() has divided, which this is never out of. */
	result->ratio = values[BENCH_CPYTHON] / values[BENCH_PYMM];
	if (!bench->python.pid || result->alone) {
		result->whole[BENCH_CPYTHON] = NAN;
		result->net[BENCH_CPYTHON] = NAN;
		result->ratio = NAN;
		result->lo = NAN;
		result->hi = NAN;
	}
}

static void add_json(struct json *json, const struct bench *bench,
		     const struct bench_result *result)
{
	json_open_object(json, NULL);
	json_add_string(json, "name", result->name);
	json_add_string(json, "unit", result->unit);
	json_add_double(json, "pymm", result->whole[BENCH_PYMM]);
	json_add_double(json, "cpython", result->whole[BENCH_CPYTHON]);
	json_add_double(json, "ratio", result->ratio);
	json_add_double(json, "lo", result->lo);
	json_add_double(json, "hi", result->hi);
	json_add_double(json, "pymm_net", result->net[BENCH_PYMM]);
	json_add_double(json, "cpython_net", result->net[BENCH_CPYTHON]);
	json_add_string(json, "statement", result->statement);
	json_add_uint(json, "copies", result->copies);
	json_add_uint(json, "turns", result->turns);
	json_add_uint(json, "rounds", bench->rounds);
	if (!strncmp(result->name, "gil/", 4))
		json_add_uint(json, "syscalls", result->syscalls);
	if (bench->python.pid)
		json_add_string(json, "cpython_version", bench->python.version);
	else
		json_add_null(json, "cpython_version");
	json_close(json);
}

void bench_print_head(const struct bench *bench, const char *of)
{
	if (bench->cmd->json)
		return;
	printf("%s for %s, medians of %u; CPython %s\n"
	       "ratio: CPython's to pymm's, with the loop around the statements; net: without it\n"
	       "%-19s%10s%10s%8s%8s%8s%10s%13s   %s\n",
	       bench->unit, of, bench->rounds,
	       bench->python.pid ? bench->python.version : "is not there", "row", "pymm", "CPython",
	       "ratio", "lowest", "highest", "pymm net", "CPython net", "statement");
}

static void print_number(double number, int width, int digits)
{
	if (isnan(number))
		printf("%*s", width, "-");
	else
		printf("%*.*f", width, digits, number);
}

static void print_row(const struct bench_result *result)
{
	printf("%-19s", result->name);
	print_number(result->whole[BENCH_PYMM], 10, 1);
	print_number(result->whole[BENCH_CPYTHON], 10, 1);
	print_number(result->ratio, 8, 2);
	print_number(result->lo, 8, 2);
	print_number(result->hi, 8, 2);
	print_number(result->net[BENCH_PYMM], 10, 1);
	print_number(result->net[BENCH_CPYTHON], 13, 1);
	printf("   %s\n", result->statement);
	fflush(stdout);
}

void bench_report(const struct bench *bench, const struct bench_result *result)
{
	add_json(bench->cmd->json, bench, result);
	add_json(bench->file, bench, result);
	if (!bench->cmd->json)
		print_row(result);
}
