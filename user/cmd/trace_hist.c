// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <time.h>

#include "trace_hist.h"

#define BAR_WIDTH	40

uint64_t time_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

const char *time_text(char text[TIME_TEXT_LEN], uint64_t ns)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	double value = (double)ns;
	int unit = 0;

	while (value >= 999.5 && unit < 3) {
		value /= 1000;
		unit++;
	}
	snprintf(text, TIME_TEXT_LEN, "%.*f %s",
		 unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2, value, units[unit]);
	return text;
}

void hist_since(struct hist *hist, const struct hist *before, uint64_t interval)
{
	const struct hist_range *range = &hist->ranges[interval & 1];

	if (before) {
		hist->count -= before->count;
		hist->sum -= before->sum;
		for (int i = 0; i < HIST_SLOTS; i++)
			hist->slots[i] -= before->slots[i];
	}
	hist->ranges[0] = range->interval == interval ? *range : (struct hist_range){ 0 };
}

static uint64_t slot_start(int slot)
{
	return slot ? UINT64_C(1) << slot : 0;
}

static void print_figures(FILE *out, const char *verb, const struct hist *hist)
{
	char sum[TIME_TEXT_LEN], min[TIME_TEXT_LEN], avg[TIME_TEXT_LEN], max[TIME_TEXT_LEN];

	fprintf(out, "  %s %" PRIu64 " time%s", verb, (uint64_t)hist->count,
		hist->count == 1 ? "" : "s");
	if (hist->count)
		fprintf(out, ", %s in all: avg %s, min %s, max %s", time_text(sum, hist->sum),
			time_text(avg, hist->sum / hist->count),
			time_text(min, hist->ranges[0].min), time_text(max, hist->ranges[0].max));
	fprintf(out, "\n");
}

static void print_slot(FILE *out, int slot, uint64_t count, uint64_t most)
{
	char from[TIME_TEXT_LEN], to[TIME_TEXT_LEN] = "";
	int width = (int)((double)count * BAR_WIDTH / (double)most + 0.5);

	if (slot < HIST_SLOTS - 1)
		time_text(to, slot_start(slot + 1));
	fprintf(out, "    %9s - %-9s : %-8" PRIu64 " |", time_text(from, slot_start(slot)), to,
		count);
	for (int i = 0; i < BAR_WIDTH; i++)
		fputc(i < width ? '*' : ' ', out);
	fprintf(out, "|\n");
}

void hist_print(FILE *out, const char *verb, const struct hist *hist)
{
	int first = HIST_SLOTS, last = -1;
	uint64_t most = 0;

	print_figures(out, verb, hist);
	for (int i = 0; i < HIST_SLOTS; i++) {
		if (!hist->slots[i])
			continue;
		if (first > i)
			first = i;
		last = i;
		if (most < hist->slots[i])
			most = hist->slots[i];
	}
	if (last < 0)
		return;
	fprintf(out, "    %9s   %-9s : %-8s  %s\n", "time", "", "count", "distribution");
	for (int i = first; i <= last; i++)
		print_slot(out, i, hist->slots[i], most);
}

void hist_json(struct json *json, const char *key, const struct hist *hist)
{
	json_open_object(json, key);
	json_add_uint(json, "count", hist->count);
	json_add_uint(json, "sum_ns", hist->sum);
	json_add_uint(json, "min_ns", hist->ranges[0].min);
	json_add_uint(json, "max_ns", hist->ranges[0].max);
	json_open_array(json, "slots");
	for (int i = 0; i < HIST_SLOTS; i++) {
		if (!hist->slots[i])
			continue;
		json_open_object(json, NULL);
		json_add_uint(json, "from_ns", slot_start(i));
		if (i < HIST_SLOTS - 1)
			json_add_uint(json, "to_ns", slot_start(i + 1));
		else
			json_add_null(json, "to_ns");
		json_add_uint(json, "count", hist->slots[i]);
		json_close(json);
	}
	json_close(json);
	json_close(json);
}
