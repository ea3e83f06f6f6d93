/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times and histograms of times, as text and as JSON: the same everywhere.
 */
#ifndef PYMM_CMD_TRACE_HIST_H
#define PYMM_CMD_TRACE_HIST_H

#include <linux/types.h>
#include <stdint.h>
#include <stdio.h>

#include "../../bpf/hist.h"
#include "json.h"

#define TIME_TEXT_LEN	24

/** time_now() - CLOCK_MONOTONIC in ns, as the kernel's events have it */
uint64_t time_now(void);

/** time_text() - "1.05 us": @ns in the unit that suits it; returns @text */
const char *time_text(char text[TIME_TEXT_LEN], uint64_t ns);

/**
 * hist_since() - leave in @hist what was added since @before
 * @before: how it was then; NULL: empty
 * @interval: number of the interval since then, whose extremes go to @hist->ranges[0]
 */
void hist_since(struct hist *hist, const struct hist *before, uint64_t interval);

/**
 * hist_print() - a line of figures, then a bar for each range of times
 * @verb: what was done for those times: "waited"
 * @hist: as left by hist_since()
 */
void hist_print(FILE *out, const char *verb, const struct hist *hist);

/** hist_json() - the same as an object */
void hist_json(struct json *json, const char *key, const struct hist *hist);

#endif /* PYMM_CMD_TRACE_HIST_H */
