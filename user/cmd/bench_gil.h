/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows gil/... of pymm bench: what is measured on pymm's side (bench_gil_work.c), and how both
 * sides are compared (bench_gil.c).
 */
#ifndef PYMM_CMD_BENCH_GIL_H
#define PYMM_CMD_BENCH_GIL_H

#include "bench.h"

/**
 * struct gil_row - a row
 * @name: "gil/..."
 * @file: of CPython's side, DIR/gil/@file.py; NULL: there is none
 * @statement: what is measured
 * @unit: "ns", or "times": how many times more
 * @syscalls: that pymm makes for it, and CPython does not
 * @turns: how often it is done for one value
 * @spinners: threads that compute beside it
 * @policy: enum pymm_policy
 * @interval_us: switch interval; 0: that of CPython
 * @measure: one value of pymm's side, in thousandths of the unit; CMD_OK, or it was said why not
 */
struct gil_row {
	const char *name;
	const char *file;
	const char *statement;
	const char *unit;
	unsigned int syscalls;
	uint64_t turns;
	unsigned int spinners;
	uint32_t policy;
	uint64_t interval_us;
	int (*measure)(struct bench *bench, const struct gil_row *row, uint64_t *value);
};

int gil_getppid(struct bench *bench, const struct gil_row *row, uint64_t *value);
int gil_release_acquire(struct bench *bench, const struct gil_row *row, uint64_t *value);
int gil_handoff(struct bench *bench, const struct gil_row *row, uint64_t *value);
int gil_take(struct bench *bench, const struct gil_row *row, uint64_t *value);
int gil_ping(struct bench *bench, const struct gil_row *row, uint64_t *value);
int gil_spinner(struct bench *bench, const struct gil_row *row, uint64_t *value);
int gil_two_threads(struct bench *bench, const struct gil_row *row, uint64_t *value);
int gil_lock(struct bench *bench, const struct gil_row *row, uint64_t *value);
int gil_lock_contended(struct bench *bench, const struct gil_row *row, uint64_t *value);
int gil_fair(struct bench *bench, const struct gil_row *row, uint64_t *value);

#endif /* PYMM_CMD_BENCH_GIL_H */
