// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the tracing tools have in common.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/membarrier.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trace_tool.h"

static int print_message(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return vfprintf(stderr, format, args);
}

int trace_open(const struct trace_tool *tool, const struct trace_filter *filter,
	       struct trace **out)
{
	struct trace *trace = calloc(1, tool->size);
	int ret;

	*out = NULL;
	if (!trace)
		return -ENOMEM;
	trace->tool = tool;
	libbpf_set_print(filter->verbose ? print_message : NULL);
	ret = tool->load(trace, filter);
	if (ret) {
		trace_close(trace);
		return ret;
	}
	trace->started_ns = time_now();
	*out = trace;
	return 0;
}

const char *trace_error(int error)
{
	switch (-error) {
	case EPERM:
	case EACCES:
		return geteuid() ? "tracing needs root (or CAP_BPF and CAP_PERFMON)" :
				   "this kernel or container does not let root use BPF";
	case ENOENT:
		return cmd_missing_text();
	case ENOSYS:
		return "this kernel has no BPF (CONFIG_BPF_SYSCALL)";
	default:
		return NULL;
	}
}

int trace_fail(struct cmd *cmd, int error)
{
	const char *text = trace_error(error);

	if (text)
		return cmd_fail(cmd, "%s", text);
	return cmd_fail_errno(cmd, error, "cannot trace");
}

void trace_stop(struct trace *trace)
{
	trace->tool->detach(trace);
}

/* The kernel does not run a program that its CPU is running already. */
static int read_missed(const struct bpf_object *object, uint64_t *missed)
{
	struct bpf_program *program;

	*missed = 0;
	bpf_object__for_each_program(program, object) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);
		int ret = bpf_prog_get_info_by_fd(bpf_program__fd(program), &info, &size);

		if (ret)
			return ret;
		*missed += info.recursion_misses;
	}
	return 0;
}

/*
 * Lets a new interval begin in the BPF program. When the barrier returns, no
 * event of the old one is being counted any more: BPF programs are RCU readers,
 * and the global barrier waits for a grace period.
 */
static uint64_t next_interval(struct trace *trace)
{
	uint64_t interval = *trace->interval;

	*trace->interval = interval + 1;
	syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
	return interval;
}

int trace_read(struct trace *trace)
{
	uint64_t interval = next_interval(trace);
	uint64_t now = time_now(), missed, lost;
	int ret;

	ret = trace->tool->read(trace, interval);
	if (!ret)
		ret = read_missed(trace->tool->object(trace), &missed);
	if (ret)
		return ret;
	lost = trace->tool->lost(trace);
	trace->lost = lost - trace->lost_before;
	trace->missed = missed - trace->missed_before;
	trace->lost_before = lost;
	trace->missed_before = missed;
	trace->seconds = (double)(now - trace->started_ns) / 1e9;
	trace->started_ns = now;
	return 0;
}

uint64_t trace_lost(const struct trace *trace)
{
	return trace->lost + trace->missed;
}

void trace_print(const struct trace *trace, FILE *out)
{
	trace->tool->print(trace, out);
	if (trace->lost)
		fprintf(out, "LOST: %" PRIu64 " events are not counted here: the tool has no room "
			"for more threads or arenas\n", trace->lost);
	if (trace->missed)
		fprintf(out, "LOST: %" PRIu64 " events are not counted here: they came while the "
			"same CPU counted another\n", trace->missed);
}

void trace_json(const struct trace *trace, struct json *json, const char *key)
{
	json_open_object(json, key);
	json_add_string(json, "tool", trace->tool->name);
	json_add_double(json, "seconds", trace->seconds);
	trace->tool->json(trace, json);
	json_add_uint(json, "lost_events", trace->lost);
	json_add_uint(json, "missed_events", trace->missed);
	json_close(json);
}

void trace_close(struct trace *trace)
{
	if (!trace)
		return;
	trace->tool->unload(trace);
	free(trace);
}
