// SPDX-License-Identifier: GPL-2.0-only
/*
 * object: how many objects of each type are made and freed.
 *
 * "pymm trace object" loads it and prints the result. Without that command:
 *
 *   bpftool prog loadall object.bpf.o /sys/fs/bpf/pymm-object autoattach
 *   bpftool map dump name object_types
 *   rm -r /sys/fs/bpf/pymm-object
 *
 * Raw tracepoints are used because they need no type information of the module.
 */
#include "filter.bpf.h"
#include "object.h"

char LICENSE[] SEC("license") = "GPL";

/* The reader's number of the interval; there are no extremes that depend on it. */
volatile __u64 interval = 1;
/* Events that were not counted, as the map was full. */
__u64 lost;

static const struct object_type no_type;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, OBJECT_MAX_TYPES);
	__type(key, struct object_type_key);
	__type(value, struct object_type);
} object_types SEC(".maps");

static struct object_type *type_of(__u32 arena, __u32 type)
{
	struct object_type_key key = { .arena = arena, .type = type };
	struct object_type *found;

	if (!wanted(arena))
		return NULL;
	found = bpf_map_lookup_elem(&object_types, &key);
	if (!found) {
		bpf_map_update_elem(&object_types, &key, &no_type, BPF_NOEXIST);
		found = bpf_map_lookup_elem(&object_types, &key);
	}
	if (!found)
		__sync_fetch_and_add(&lost, 1);
	return found;
}

SEC("raw_tp/pymm_object_alloc")
int BPF_PROG(object_alloc, __u32 arena, __u32 id, __u32 type, __u64 serial)
{
	struct object_type *self = type_of(arena, type);

	if (!self)
		return 0;
	__sync_fetch_and_add(&self->allocated, 1);
	/* The GIL lets nobody else of the arena in between. */
	self->newest = serial;
	self->newest_id = id;
	return 0;
}

SEC("raw_tp/pymm_object_free")
int BPF_PROG(object_free, __u32 arena, __u32 id, __u32 type)
{
	struct object_type *self = type_of(arena, type);

	if (self)
		__sync_fetch_and_add(&self->freed, 1);
	return 0;
}
