// SPDX-License-Identifier: GPL-2.0-only
/*
 * gil: who waits for the GIL of an arena and for how long, who holds it and for
 * how long, and who gets it from whom.
 *
 * "pymm trace gil" loads it and prints the result. Without that command:
 *
 *   bpftool prog loadall gil.bpf.o /sys/fs/bpf/pymm-gil autoattach
 *   bpftool map dump name gil_threads
 *   rm -r /sys/fs/bpf/pymm-gil
 *
 * Raw tracepoints are used because they need no type information of the module.
 */
#include "filter.bpf.h"
#include "hist.bpf.h"
#include "gil.h"

char LICENSE[] SEC("license") = "GPL";

/* The reader's number of the interval that the extremes of times are kept for. */
volatile __u64 interval = 1;
struct gil_lost lost;

static const struct gil_thread no_thread;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GIL_MAX_THREADS);
	__type(key, struct gil_thread_key);
	__type(value, struct gil_thread);
} gil_threads SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, GIL_MAX_HANDOVERS);
	__type(key, struct gil_handover_key);
	__type(value, __u64);
} gil_handovers SEC(".maps");

/* Only for events that the thread's own task causes. */
static struct gil_thread *thread_of(__u32 arena, __u32 thread)
{
	struct gil_thread_key key = { .arena = arena, .thread = thread };
	__u64 task = bpf_get_current_pid_tgid();
	struct gil_thread *found;

	if (!wanted(arena))
		return NULL;
	found = bpf_map_lookup_elem(&gil_threads, &key);
	if (!found) {
		bpf_map_update_elem(&gil_threads, &key, &no_thread, BPF_NOEXIST);
		found = bpf_map_lookup_elem(&gil_threads, &key);
	}
	if (!found) {
		__sync_fetch_and_add(&lost.threads, 1);
		return NULL;
	}
	if (found->tid != (__u32)task) {
		found->pid = task >> 32;
		found->tid = task;
		bpf_get_current_comm(found->comm, sizeof(found->comm));
	}
	return found;
}

static void count_handover(__u32 arena, __u32 from, __u32 to)
{
	struct gil_handover_key key = { .arena = arena, .from = from, .to = to };
	__u64 *count, zero = 0;

	count = bpf_map_lookup_elem(&gil_handovers, &key);
	if (!count) {
		bpf_map_update_elem(&gil_handovers, &key, &zero, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&gil_handovers, &key);
	}
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		__sync_fetch_and_add(&lost.handovers, 1);
}

SEC("raw_tp/pymm_gil_request")
int BPF_PROG(gil_request, __u32 arena, __u32 thread)
{
	struct gil_thread *self = thread_of(arena, thread);

	if (self)
		__sync_fetch_and_add(&self->requests, 1);
	return 0;
}

SEC("raw_tp/pymm_gil_acquire")
int BPF_PROG(gil_acquire, __u32 arena, __u32 thread, __u32 last, __u64 ns)
{
	struct gil_thread *self = thread_of(arena, thread);

	if (!self)
		return 0;
	__sync_fetch_and_add(&self->acquires, 1);
	if (ns)
		hist_add(&self->wait, interval, ns);
	if (last && last != thread)
		count_handover(arena, last, thread);
	return 0;
}

SEC("raw_tp/pymm_gil_release")
int BPF_PROG(gil_release, __u32 arena, __u32 thread, __u32 other, __u64 ns)
{
	struct gil_thread *self = thread_of(arena, thread);

	if (self)
		hist_add(&self->hold, interval, ns);
	return 0;
}

/* Comes from a timer: the current task is any, and a thread that was not wanted has no entry. */
SEC("raw_tp/pymm_gil_drop_request")
int BPF_PROG(gil_drop_request, __u32 arena, __u32 thread)
{
	struct gil_thread_key key = { .arena = arena, .thread = thread };
	struct gil_thread *holder = bpf_map_lookup_elem(&gil_threads, &key);

	if (holder)
		__sync_fetch_and_add(&holder->drop_requests, 1);
	return 0;
}
