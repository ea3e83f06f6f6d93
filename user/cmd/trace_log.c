// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log that the demo keeps of some instructions: objects made and freed, names bound and
 * unbound. It is written in ../../bpf/log.bpf.c.
 */
#include <errno.h>

#include "trace_tool.h"
#include "trace_log.h"

#include "log.skel.h"

/**
 * struct trace_log - one use of it
 * @trace: what all tools have
 * @bpf: the BPF program, which has the events
 */
struct trace_log {
	struct trace trace;
	struct log_bpf *bpf;
};

static const struct trace_log *log_of(const struct trace *trace)
{
	return (const struct trace_log *)trace;
}

static int load(struct trace *trace, const struct trace_filter *filter)
{
	struct trace_log *log = (struct trace_log *)trace;
	int ret;

	log->bpf = log_bpf__open();
	if (!log->bpf)
		return -errno;
	log->bpf->rodata->only_arena = filter->arena;
	log->bpf->rodata->only_pid = filter->pid;
	ret = log_bpf__load(log->bpf);
	if (ret)
		return ret;
	trace->interval = &log->bpf->data->interval;
	return log_bpf__attach(log->bpf);
}

static void detach(struct trace *trace)
{
	log_bpf__detach(log_of(trace)->bpf);
}

static const struct bpf_object *bpf_object_of(const struct trace *trace)
{
	return log_of(trace)->bpf->obj;
}

static uint64_t lost(const struct trace *trace)
{
	return log_of(trace)->bpf->bss->lost;
}

/* The events stay where they are. */
static int read_events(struct trace *trace, uint64_t interval)
{
	(void)trace;
	(void)interval;
	return 0;
}

static void unload(struct trace *trace)
{
	log_bpf__destroy(log_of(trace)->bpf);
}

void trace_log_clear(struct trace *trace)
{
	log_of(trace)->bpf->bss->nr = 0;
}

const struct log_event *trace_log_events(const struct trace *trace, unsigned int *nr)
{
	const struct log_bpf *bpf = log_of(trace)->bpf;

	*nr = bpf->bss->nr;
	return bpf->bss->events;
}

const struct trace_tool trace_tool_log = {
	.name = "log",
	.size = sizeof(struct trace_log),
	.load = load,
	.detach = detach,
	.object = bpf_object_of,
	.lost = lost,
	.read = read_events,
	.unload = unload,
};
