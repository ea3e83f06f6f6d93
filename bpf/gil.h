/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What gil.bpf.c counts. Include linux/types.h or types.bpf.h first.
 */
#ifndef PYMM_BPF_GIL_H
#define PYMM_BPF_GIL_H

#include "hist.h"

#define GIL_MAX_THREADS		4096
#define GIL_MAX_HANDOVERS	8192
#define GIL_COMM_LEN		16

/* A thread of an arena; the ids are those of the trace events. */
struct gil_thread_key {
	__u32 arena;
	__u32 thread;
};

/**
 * struct gil_thread - what a thread did with the GIL
 * @pid: process that used it last, as the first pid namespace numbers it
 * @tid: its task, likewise
 * @comm: that task's name
 * @acquires: times it got the GIL
 * @requests: times it began to wait for it
 * @drop_requests: times it was asked to drop it
 * @wait: how long it waited, where it had to
 * @hold: how long it held it
 */
struct gil_thread {
	__u32 pid;
	__u32 tid;
	char comm[GIL_COMM_LEN];
	__u64 acquires;
	__u64 requests;
	__u64 drop_requests;
	struct hist wait;
	struct hist hold;
};

/* The GIL of @arena went from thread @from to thread @to. */
struct gil_handover_key {
	__u32 arena;
	__u32 from;
	__u32 to;
};

/**
 * struct gil_lost - events that were not counted, as a map was full
 * @threads: those of threads beyond GIL_MAX_THREADS
 * @handovers: those of pairs beyond GIL_MAX_HANDOVERS
 */
struct gil_lost {
	__u64 threads;
	__u64 handovers;
};

#endif /* PYMM_BPF_GIL_H */
