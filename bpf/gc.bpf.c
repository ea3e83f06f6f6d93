// SPDX-License-Identifier: GPL-2.0-only
/*
 * gc: which generations of an arena are collected, how long that takes, how many
 * objects are visited and how many of them were garbage.
 *
 * "pymm trace gc" loads it and prints the result. Without that command:
 *
 *   bpftool prog loadall gc.bpf.o /sys/fs/bpf/pymm-gc autoattach
 *   bpftool map dump name gc_generations
 *   rm -r /sys/fs/bpf/pymm-gc
 *
 * Raw tracepoints are used because they need no type information of the module.
 */
#include "filter.bpf.h"
#include "hist.bpf.h"
#include "gc.h"

char LICENSE[] SEC("license") = "GPL";

/* The reader's number of the interval that the extremes of times are kept for. */
volatile __u64 interval = 1;
/* Events that were not counted, as the map was full. */
__u64 lost;

static const struct gc_generation no_generation;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GC_MAX_GENERATIONS);
	__type(key, struct gc_generation_key);
	__type(value, struct gc_generation);
} gc_generations SEC(".maps");

static struct gc_generation *generation_of(__u32 arena, __u32 generation)
{
	struct gc_generation_key key = { .arena = arena, .generation = generation };
	struct gc_generation *found;

	if (!wanted(arena))
		return NULL;
	found = bpf_map_lookup_elem(&gc_generations, &key);
	if (!found) {
		bpf_map_update_elem(&gc_generations, &key, &no_generation, BPF_NOEXIST);
		found = bpf_map_lookup_elem(&gc_generations, &key);
	}
	if (found)
		found->pid = bpf_get_current_pid_tgid() >> 32;
	else
		__sync_fetch_and_add(&lost, 1);
	return found;
}

SEC("raw_tp/pymm_gc_start")
int BPF_PROG(gc_start, __u32 arena, __u32 thread, __u32 generation)
{
	struct gc_generation *self = generation_of(arena, generation);

	if (self)
		__sync_fetch_and_add(&self->started, 1);
	return 0;
}

SEC("raw_tp/pymm_gc_end")
int BPF_PROG(gc_end, __u32 arena, __u32 thread, __u32 generation, __u64 objects, __u64 collected,
	     __u64 ns)
{
	struct gc_generation *self = generation_of(arena, generation);

	if (!self)
		return 0;
	__sync_fetch_and_add(&self->objects, objects);
	__sync_fetch_and_add(&self->collected, collected);
	hist_add(&self->duration, interval, ns);
	return 0;
}
