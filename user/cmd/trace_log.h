/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A log of what some instructions did, event by event. It is a tool as those of trace.h are, but
 * has no summary to be printed.
 */
#ifndef PYMM_CMD_TRACE_LOG_H
#define PYMM_CMD_TRACE_LOG_H

#include <linux/types.h>

#include "trace.h"
#include "../../bpf/log.h"

extern const struct trace_tool trace_tool_log;

/** trace_log_clear() - forget all events; none may come meanwhile */
void trace_log_clear(struct trace *trace);

/** trace_log_events() - those since it was opened or cleared; @nr receives how many */
const struct log_event *trace_log_events(const struct trace *trace, unsigned int *nr);

#endif /* PYMM_CMD_TRACE_LOG_H */
