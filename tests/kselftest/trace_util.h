/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace events, recorded in an instance of tracefs.
 */
#ifndef TRACE_UTIL_H
#define TRACE_UTIL_H

#include "pymm_util.h"

#define PT_TRACING	"/sys/kernel/tracing"

struct pt_trace {
	char dir[128];		/* of an instance of tracefs */
};

/** pt_trace_begin() - a buffer that records @events ("pymm_gc_start pymm_gc_end"); 0 or negative errno */
int pt_trace_begin(struct pt_trace *trace, const char *events);

/** pt_trace_text() - stop recording; what was recorded, to be freed */
char *pt_trace_text(struct pt_trace *trace);

/** pt_trace_end() - remove the buffer */
void pt_trace_end(struct pt_trace *trace);

/** struct pt_event - a line of it */
struct pt_event {
	char name[32];
	char fields[224];	/* after the name: " arena=1 id=2 type=6" */
};

/** pt_event_next() - take the next event out of *@text; false at its end */
bool pt_event_next(char **text, struct pt_event *event);

/** pt_event_field() - a field's number; a field that is not there ends the test */
uint64_t pt_event_field(const struct pt_event *event, const char *field);

#endif /* TRACE_UTIL_H */
