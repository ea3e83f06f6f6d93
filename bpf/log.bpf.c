// SPDX-License-Identifier: GPL-2.0-only
/*
 * log: objects made and freed and names bound and unbound in one arena, in the order in which
 * that happened. "pymm demo" loads it; it is for some instructions at a time, not for load.
 */
#include "filter.bpf.h"
#include "log.h"

char LICENSE[] SEC("license") = "GPL";

/* The reader's number of the interval, which nothing here depends on. */
volatile __u64 interval = 1;
/* Events that came after the log was full. */
__u64 lost;

/* The reader sets @nr to 0 between its calls into the arena. */
__u32 nr;
struct log_event events[LOG_MAX_EVENTS];

/* The GIL lets nobody else of the arena in between. */
static struct log_event *next(__u32 arena)
{
	__u32 i = nr;

	if (!wanted(arena))
		return NULL;
	if (i >= LOG_MAX_EVENTS) {
		lost++;
		return NULL;
	}
	nr = i + 1;
	return &events[i];
}

static int log_object(__u32 kind, __u32 arena, __u32 id, __u32 type, __u64 serial)
{
	struct log_event *event = next(arena);

	if (event)
		*event = (struct log_event){
			.kind = kind, .type = type, .id = id, .serial = serial,
		};
	return 0;
}

static int log_name(__u32 kind, __u32 arena, __u32 ns, const char *name, __u32 old_id, __u32 id)
{
	struct log_event *event = next(arena);

	if (!event)
		return 0;
	*event = (struct log_event){ .kind = kind, .id = id, .old_id = old_id, .ns = ns };
	bpf_probe_read_kernel_str(event->name, sizeof(event->name), name);
	return 0;
}

SEC("raw_tp/pymm_object_alloc")
int BPF_PROG(object_alloc, __u32 arena, __u32 id, __u32 type, __u64 serial)
{
	return log_object(LOG_ALLOC, arena, id, type, serial);
}

SEC("raw_tp/pymm_object_free")
int BPF_PROG(object_free, __u32 arena, __u32 id, __u32 type, __u64 serial)
{
	return log_object(LOG_FREE, arena, id, type, serial);
}

SEC("raw_tp/pymm_name_bind")
int BPF_PROG(name_bind, __u32 arena, __u32 ns, const char *name, __u32 old_id, __u32 new_id)
{
	return log_name(LOG_BIND, arena, ns, name, old_id, new_id);
}

SEC("raw_tp/pymm_name_unbind")
int BPF_PROG(name_unbind, __u32 arena, __u32 ns, const char *name, __u32 old_id, __u32 new_id)
{
	return log_name(LOG_UNBIND, arena, ns, name, old_id, new_id);
}
