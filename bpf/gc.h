/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What gc.bpf.c counts. Include linux/types.h or types.bpf.h first.
 */
#ifndef PYMM_BPF_GC_H
#define PYMM_BPF_GC_H

#include "hist.h"

#define GC_MAX_GENERATIONS	4096

struct gc_generation_key {
	__u32 arena;
	__u32 generation;
};

/**
 * struct gc_generation - collections of a generation of an arena
 * @pid: process that did the last one, as the first pid namespace numbers it
 * @reserved: 0
 * @started: collections that began; those that did not end are running, or were
 *	given up
 * @objects: objects visited by those that ended
 * @collected: objects that those found unreachable
 * @duration: how long those took
 */
struct gc_generation {
	__u32 pid;
	__u32 reserved;
	__u64 started;
	__u64 objects;
	__u64 collected;
	struct hist duration;
};

#endif /* PYMM_BPF_GC_H */
