// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace gil: waits, holds and handovers of the GIL. The counting is in
 * ../../bpf/gil.bpf.c.
 */
#include <errno.h>
#include <inttypes.h>

#include "trace_tool.h"
#include "../../bpf/gil.h"

#include "gil.skel.h"

/**
 * struct trace_gil - one use of the tool
 * @trace: what all tools have
 * @bpf: the BPF program
 * @threads: struct gil_thread of the interval that was read
 * @handovers: counts of it
 * @threads_before: struct gil_thread at its end
 * @handovers_before: counts at its end
 */
struct trace_gil {
	struct trace trace;
	struct gil_bpf *bpf;
	struct trace_table threads;
	struct trace_table handovers;
	struct trace_table threads_before;
	struct trace_table handovers_before;
};

static const struct trace_gil *gil_of(const struct trace *trace)
{
	return (const struct trace_gil *)trace;
}

static int load(struct trace *trace, const struct trace_filter *filter)
{
	struct trace_gil *gil = (struct trace_gil *)trace;
	int ret;

	gil->bpf = gil_bpf__open();
	if (!gil->bpf)
		return -errno;
	gil->bpf->rodata->only_arena = filter->arena;
	gil->bpf->rodata->only_pid = filter->pid;
	ret = gil_bpf__load(gil->bpf);
	if (ret)
		return ret;
	trace->interval = &gil->bpf->data->interval;
	return gil_bpf__attach(gil->bpf);
}

static void detach(struct trace *trace)
{
	gil_bpf__detach(gil_of(trace)->bpf);
}

static const struct bpf_object *object(const struct trace *trace)
{
	return gil_of(trace)->bpf->obj;
}

static uint64_t lost(const struct trace *trace)
{
	const struct gil_lost *lost = (const void *)&gil_of(trace)->bpf->bss->lost;

	return lost->threads + lost->handovers;
}

static void subtract_thread(void *value, const void *before, uint64_t interval)
{
	struct gil_thread *thread = value;
	const struct gil_thread *then = before;

	hist_since(&thread->wait, then ? &then->wait : NULL, interval);
	hist_since(&thread->hold, then ? &then->hold : NULL, interval);
	if (!then)
		return;
	thread->acquires -= then->acquires;
	thread->requests -= then->requests;
	thread->drop_requests -= then->drop_requests;
}

static void subtract_handover(void *value, const void *before, uint64_t interval)
{
	(void)interval;
	if (before)
		*(__u64 *)value -= *(const __u64 *)before;
}

static int read_counts(struct trace *trace, uint64_t interval)
{
	struct trace_gil *gil = (struct trace_gil *)trace;
	int ret = trace_table_since(gil->bpf->maps.gil_threads, &gil->threads,
				    &gil->threads_before, subtract_thread, interval);

	return ret ? ret : trace_table_since(gil->bpf->maps.gil_handovers, &gil->handovers,
					     &gil->handovers_before, subtract_handover, interval);
}

static bool idle(const struct gil_thread *thread)
{
	return !thread->acquires && !thread->requests && !thread->hold.count &&
	       !thread->drop_requests;
}

static void print_thread(FILE *out, const struct gil_thread_key *key,
			 const struct gil_thread *thread)
{
	fprintf(out, "\narena %u, thread %u (pid %u, tid %u, %.*s): acquires: %" PRIu64
		", drop requests: %" PRIu64 "\n", key->arena, key->thread, thread->pid,
		thread->tid, GIL_COMM_LEN, thread->comm, (uint64_t)thread->acquires,
		(uint64_t)thread->drop_requests);
	hist_print(out, "waited", &thread->wait);
	hist_print(out, "held", &thread->hold);
}

static void print_handovers(FILE *out, const struct trace_table *handovers)
{
	const char *gap = "\n";

	for (unsigned int i = 0; i < handovers->nr; i++) {
		const struct gil_handover_key *key = trace_table_key(handovers, i);
		uint64_t count = *(const __u64 *)trace_table_value(handovers, i);

		if (!count)
			continue;
		fprintf(out, "%sarena %u: from thread %u to thread %u: %" PRIu64 "\n", gap,
			key->arena, key->from, key->to, count);
		gap = "";
	}
}

static void print(const struct trace *trace, FILE *out)
{
	const struct trace_gil *gil = gil_of(trace);
	bool any = false;

	for (unsigned int i = 0; i < gil->threads.nr; i++) {
		const struct gil_thread *thread = trace_table_value(&gil->threads, i);

		if (idle(thread))
			continue;
		print_thread(out, trace_table_key(&gil->threads, i), thread);
		any = true;
	}
	if (!any)
		fprintf(out, "\nno thread took the GIL\n");
	print_handovers(out, &gil->handovers);
}

static void json_thread(struct json *json, const struct gil_thread_key *key,
			const struct gil_thread *thread)
{
	char comm[GIL_COMM_LEN + 1];

	snprintf(comm, sizeof(comm), "%.*s", GIL_COMM_LEN, thread->comm);
	json_open_object(json, NULL);
	json_add_uint(json, "arena", key->arena);
	json_add_uint(json, "thread", key->thread);
	json_add_uint(json, "pid", thread->pid);
	json_add_uint(json, "tid", thread->tid);
	json_add_string(json, "comm", comm);
	json_add_uint(json, "acquires", thread->acquires);
	json_add_uint(json, "requests", thread->requests);
	json_add_uint(json, "drop_requests", thread->drop_requests);
	hist_json(json, "wait", &thread->wait);
	hist_json(json, "hold", &thread->hold);
	json_close(json);
}

static void json(const struct trace *trace, struct json *json)
{
	const struct trace_gil *gil = gil_of(trace);

	json_open_array(json, "threads");
	for (unsigned int i = 0; i < gil->threads.nr; i++)
		json_thread(json, trace_table_key(&gil->threads, i),
			    trace_table_value(&gil->threads, i));
	json_close(json);
	json_open_array(json, "handovers");
	for (unsigned int i = 0; i < gil->handovers.nr; i++) {
		const struct gil_handover_key *key = trace_table_key(&gil->handovers, i);

		json_open_object(json, NULL);
		json_add_uint(json, "arena", key->arena);
		json_add_uint(json, "from", key->from);
		json_add_uint(json, "to", key->to);
		json_add_uint(json, "count", *(__u64 *)trace_table_value(&gil->handovers, i));
		json_close(json);
	}
	json_close(json);
}

static void unload(struct trace *trace)
{
	struct trace_gil *gil = (struct trace_gil *)trace;

	trace_table_free(&gil->threads);
	trace_table_free(&gil->handovers);
	trace_table_free(&gil->threads_before);
	trace_table_free(&gil->handovers_before);
	gil_bpf__destroy(gil->bpf);
}

uint64_t trace_gil_holds(const struct trace *trace, uint32_t arena, uint64_t *ns)
{
	const struct trace_gil *gil = gil_of(trace);
	uint64_t holds = 0;

	*ns = 0;
	for (unsigned int i = 0; i < gil->threads.nr; i++) {
		const struct gil_thread_key *key = trace_table_key(&gil->threads, i);
		const struct gil_thread *thread = trace_table_value(&gil->threads, i);

		if (key->arena != arena)
			continue;
		holds += thread->hold.count;
		*ns += thread->hold.sum;
	}
	return holds;
}

const struct trace_tool trace_tool_gil = {
	.name = "gil",
	.size = sizeof(struct trace_gil),
	.load = load,
	.detach = detach,
	.object = object,
	.lost = lost,
	.read = read_counts,
	.print = print,
	.json = json,
	.unload = unload,
};
