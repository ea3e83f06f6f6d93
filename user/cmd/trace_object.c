// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace object: objects made and freed, type by type. The counting is in
 * ../../bpf/object.bpf.c.
 */
#include <errno.h>
#include <inttypes.h>

#include "trace_tool.h"
#include "../../bpf/object.h"

#include "object.skel.h"

/**
 * struct trace_object - one use of the tool
 * @trace: what all tools have
 * @bpf: the BPF program
 * @types: struct object_type of the interval that was read
 * @before: struct object_type at its end
 */
struct trace_object {
	struct trace trace;
	struct object_bpf *bpf;
	struct trace_table types;
	struct trace_table before;
};

static const struct trace_object *object_of(const struct trace *trace)
{
	return (const struct trace_object *)trace;
}

static int load(struct trace *trace, const struct trace_filter *filter)
{
	struct trace_object *object = (struct trace_object *)trace;
	int ret;

	object->bpf = object_bpf__open();
	if (!object->bpf)
		return -errno;
	object->bpf->rodata->only_arena = filter->arena;
	object->bpf->rodata->only_pid = filter->pid;
	ret = object_bpf__load(object->bpf);
	if (ret)
		return ret;
	trace->interval = &object->bpf->data->interval;
	return object_bpf__attach(object->bpf);
}

static void detach(struct trace *trace)
{
	object_bpf__detach(object_of(trace)->bpf);
}

static const struct bpf_object *bpf_object_of(const struct trace *trace)
{
	return object_of(trace)->bpf->obj;
}

static uint64_t lost(const struct trace *trace)
{
	return object_of(trace)->bpf->bss->lost;
}

static void subtract_type(void *value, const void *before, uint64_t interval)
{
	struct object_type *type = value;
	const struct object_type *then = before;

	(void)interval;
	if (!then)
		return;
	type->allocated -= then->allocated;
	type->freed -= then->freed;
}

static int read_counts(struct trace *trace, uint64_t interval)
{
	struct trace_object *object = (struct trace_object *)trace;

	return trace_table_since(object->bpf->maps.object_types, &object->types, &object->before,
				 subtract_type, interval);
}

static void print_head(FILE *out)
{
	fprintf(out, "\n%8s  %-10s %12s %12s  %s\n", "arena", "type", "made", "freed",
		"newest: id, serial number");
}

static void print(const struct trace *trace, FILE *out)
{
	const struct trace_object *object = object_of(trace);
	bool any = false;

	for (unsigned int i = 0; i < object->types.nr; i++) {
		const struct object_type_key *key = trace_table_key(&object->types, i);
		const struct object_type *type = trace_table_value(&object->types, i);

		if (!type->allocated && !type->freed)
			continue;
		if (!any)
			print_head(out);
		any = true;
		fprintf(out, "%8u  %-10s %12" PRIu64 " %12" PRIu64 "  %u, %" PRIu64 "\n",
			key->arena, pymm_type_name(key->type), (uint64_t)type->allocated,
			(uint64_t)type->freed, type->newest_id, (uint64_t)type->newest);
	}
	fprintf(out, any ? "What died with its arena is not among the freed.\n" :
			   "\nno object was made or freed\n");
}

static void json(const struct trace *trace, struct json *json)
{
	const struct trace_object *object = object_of(trace);

	json_open_array(json, "types");
	for (unsigned int i = 0; i < object->types.nr; i++) {
		const struct object_type_key *key = trace_table_key(&object->types, i);
		const struct object_type *type = trace_table_value(&object->types, i);

		json_open_object(json, NULL);
		json_add_uint(json, "arena", key->arena);
		json_add_string(json, "type", pymm_type_name(key->type));
		json_add_uint(json, "allocated", type->allocated);
		json_add_uint(json, "freed", type->freed);
		json_add_uint(json, "newest_id", type->newest_id);
		json_add_uint(json, "newest_serial", type->newest);
		json_close(json);
	}
	json_close(json);
}

static void unload(struct trace *trace)
{
	struct trace_object *object = (struct trace_object *)trace;

	trace_table_free(&object->types);
	trace_table_free(&object->before);
	object_bpf__destroy(object->bpf);
}

uint64_t trace_object_freed(const struct trace *trace, uint32_t arena, uint32_t type)
{
	struct object_type_key key = { .arena = arena, .type = type };
	const struct object_type *found = trace_table_find(&object_of(trace)->types, &key);

	return found ? found->freed : 0;
}

const struct trace_tool trace_tool_object = {
	.name = "object",
	.size = sizeof(struct trace_object),
	.load = load,
	.detach = detach,
	.object = bpf_object_of,
	.lost = lost,
	.read = read_counts,
	.print = print,
	.json = json,
	.unload = unload,
};
