// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace gc: collections, generation by generation. The counting is in
 * ../../bpf/gc.bpf.c.
 */
#include <errno.h>
#include <inttypes.h>

#include "trace_tool.h"
#include "../../bpf/gc.h"

#include "gc.skel.h"

/**
 * struct trace_gc - one use of the tool
 * @trace: what all tools have
 * @bpf: the BPF program
 * @generations: struct gc_generation of the interval that was read
 * @before: struct gc_generation at its end
 */
struct trace_gc {
	struct trace trace;
	struct gc_bpf *bpf;
	struct trace_table generations;
	struct trace_table before;
};

static const struct trace_gc *gc_of(const struct trace *trace)
{
	return (const struct trace_gc *)trace;
}

static int load(struct trace *trace, const struct trace_filter *filter)
{
	struct trace_gc *gc = (struct trace_gc *)trace;
	int ret;

	gc->bpf = gc_bpf__open();
	if (!gc->bpf)
		return -errno;
	gc->bpf->rodata->only_arena = filter->arena;
	gc->bpf->rodata->only_pid = filter->pid;
	ret = gc_bpf__load(gc->bpf);
	if (ret)
		return ret;
	trace->interval = &gc->bpf->data->interval;
	return gc_bpf__attach(gc->bpf);
}

static void detach(struct trace *trace)
{
	gc_bpf__detach(gc_of(trace)->bpf);
}

static const struct bpf_object *object(const struct trace *trace)
{
	return gc_of(trace)->bpf->obj;
}

static uint64_t lost(const struct trace *trace)
{
	return gc_of(trace)->bpf->bss->lost;
}

static void subtract_generation(void *value, const void *before, uint64_t interval)
{
	struct gc_generation *generation = value;
	const struct gc_generation *then = before;

	hist_since(&generation->duration, then ? &then->duration : NULL, interval);
	if (!then)
		return;
	generation->started -= then->started;
	generation->objects -= then->objects;
	generation->collected -= then->collected;
}

static int read_counts(struct trace *trace, uint64_t interval)
{
	struct trace_gc *gc = (struct trace_gc *)trace;

	return trace_table_since(gc->bpf->maps.gc_generations, &gc->generations, &gc->before,
				 subtract_generation, interval);
}

static void print_generation(FILE *out, const struct gc_generation_key *key,
			     const struct gc_generation *generation)
{
	uint64_t ended = generation->duration.count;

	fprintf(out, "\narena %u, generation %u (pid %u): %" PRIu64 " of %" PRIu64
		" objects visited were garbage\n", key->arena, key->generation, generation->pid,
		(uint64_t)generation->collected, (uint64_t)generation->objects);
	hist_print(out, "collected", &generation->duration);
	if (generation->started > ended)
		fprintf(out, "  %" PRIu64 " begun and not ended\n",
			(uint64_t)generation->started - ended);
}

static void print(const struct trace *trace, FILE *out)
{
	const struct trace_gc *gc = gc_of(trace);
	bool any = false;

	for (unsigned int i = 0; i < gc->generations.nr; i++) {
		const struct gc_generation *generation = trace_table_value(&gc->generations, i);

		if (!generation->started && !generation->duration.count)
			continue;
		print_generation(out, trace_table_key(&gc->generations, i), generation);
		any = true;
	}
	if (!any)
		fprintf(out, "\nno collection\n");
}

static void json(const struct trace *trace, struct json *json)
{
	const struct trace_gc *gc = gc_of(trace);

	json_open_array(json, "generations");
	for (unsigned int i = 0; i < gc->generations.nr; i++) {
		const struct gc_generation_key *key = trace_table_key(&gc->generations, i);
		const struct gc_generation *generation = trace_table_value(&gc->generations, i);

		json_open_object(json, NULL);
		json_add_uint(json, "arena", key->arena);
		json_add_uint(json, "generation", key->generation);
		json_add_uint(json, "pid", generation->pid);
		json_add_uint(json, "started", generation->started);
		json_add_uint(json, "objects", generation->objects);
		json_add_uint(json, "collected", generation->collected);
		hist_json(json, "duration", &generation->duration);
		json_close(json);
	}
	json_close(json);
}

static void unload(struct trace *trace)
{
	struct trace_gc *gc = (struct trace_gc *)trace;

	trace_table_free(&gc->generations);
	trace_table_free(&gc->before);
	gc_bpf__destroy(gc->bpf);
}

uint64_t trace_gc_collections(const struct trace *trace, uint32_t arena, uint32_t generation,
			      uint64_t *collected)
{
	struct gc_generation_key key = { .arena = arena, .generation = generation };
	const struct gc_generation *found = trace_table_find(&gc_of(trace)->generations, &key);

	*collected = found ? found->collected : 0;
	return found ? found->duration.count : 0;
}

const struct trace_tool trace_tool_gc = {
	.name = "gc",
	.size = sizeof(struct trace_gc),
	.load = load,
	.detach = detach,
	.object = object,
	.lost = lost,
	.read = read_counts,
	.print = print,
	.json = json,
	.unload = unload,
};
