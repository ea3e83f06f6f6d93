/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Histograms of times, as the BPF programs keep them and the pymm command reads
 * them. Include linux/types.h or types.bpf.h first.
 */
#ifndef PYMM_BPF_HIST_H
#define PYMM_BPF_HIST_H

/* Slot n counts times from 2^n to 2^(n + 1) - 1 ns; 0 is in the first, longer ones in the last. */
#define HIST_SLOTS	36

/**
 * struct hist_range - shortest and longest time of one interval
 * @interval: the reader's number of that interval, from 1
 * @min: shortest, in ns
 * @max: longest, in ns
 */
struct hist_range {
	__u64 interval;
	__u64 min;
	__u64 max;
};

/**
 * struct hist - times of one kind
 * @count: times counted
 * @sum: their sum, in ns
 * @slots: how many were in each range
 * @ranges: of an even and of an odd interval, so that one can be read while the
 *	other is written; counts and sums only grow and need no such care
 */
struct hist {
	__u64 count;
	__u64 sum;
	__u64 slots[HIST_SLOTS];
	struct hist_range ranges[2];
};

#endif /* PYMM_BPF_HIST_H */
