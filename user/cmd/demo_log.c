// SPDX-License-Identifier: GPL-2.0-only
/*
 * The log of events of the demo's arena.
 */
#include "demo.h"

int demo_log_begin(struct demo *demo)
{
	return demo_trace(demo, &trace_tool_log, &demo->log);
}

int demo_log_end(struct demo *demo)
{
	int ret = demo_trace_end(demo, demo->log);

	if (!ret && demo->log && trace_lost(demo->log))
		ret = cmd_fail(demo->cmd, "events were lost");
	trace_close(demo->log);
	demo->log = NULL;
	return ret;
}

void demo_log_clear(struct demo *demo)
{
	if (demo->log)
		trace_log_clear(demo->log);
}

int demo_log_find(const struct demo *demo, uint32_t kind, uint32_t id, unsigned int nr)
{
	const struct log_event *events;
	unsigned int nr_events;

	if (!demo->log)
		return -1;
	events = trace_log_events(demo->log, &nr_events);
	for (unsigned int i = 0; i < nr_events; i++)
		if (events[i].kind == kind && (!id || events[i].id == id) && !nr--)
			return (int)i;
	return -1;
}

const struct log_event *demo_log_event(const struct demo *demo, int place)
{
	unsigned int nr_events;

	return trace_log_events(demo->log, &nr_events) + place;
}

unsigned int demo_log_count(const struct demo *demo, uint32_t kind, uint32_t type)
{
	unsigned int nr_events, count = 0;
	const struct log_event *events;

	if (!demo->log)
		return 0;
	events = trace_log_events(demo->log, &nr_events);
	for (unsigned int i = 0; i < nr_events; i++)
		count += events[i].kind == kind && (!type || events[i].type == type);
	return count;
}
