/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Filling of histograms. One histogram is written by one thread at a time, so
 * its extremes need no atomic operations; its reader may run at any time.
 */
#ifndef PYMM_HIST_BPF_H
#define PYMM_HIST_BPF_H

#include "types.bpf.h"
#include "hist.h"

static __always_inline __u32 hist_slot(__u64 ns)
{
	__u32 slot = 0;

	for (__u32 bits = 32; bits; bits /= 2) {
		if (ns >> bits) {
			ns >>= bits;
			slot += bits;
		}
	}
	return slot < HIST_SLOTS ? slot : HIST_SLOTS - 1;
}

static __always_inline void hist_extend(struct hist_range *range, __u64 interval, __u64 ns)
{
	if (range->interval != interval) {
		range->min = ns;
		range->max = ns;
		range->interval = interval;
	}
	if (ns < range->min)
		range->min = ns;
	if (ns > range->max)
		range->max = ns;
}

static __always_inline void hist_add(struct hist *hist, __u64 interval, __u64 ns)
{
	__sync_fetch_and_add(&hist->count, 1);
	__sync_fetch_and_add(&hist->sum, ns);
	__sync_fetch_and_add(&hist->slots[hist_slot(ns)], 1);
	hist_extend(&hist->ranges[interval & 1], interval, ns);
}

#endif /* PYMM_HIST_BPF_H */
