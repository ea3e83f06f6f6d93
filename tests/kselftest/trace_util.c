// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace_util.h"

/* Write to a file of the instance. */
static int trace_write(struct pt_trace *trace, const char *file, const char *text)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", trace->dir, file);
	return pt_write(path, text);
}

int pt_trace_begin(struct pt_trace *trace, const char *events)
{
	char names[256] = "";
	char copy[256], *rest = copy, *name;
	int ret;

	snprintf(copy, sizeof(copy), "%s", events);
	while ((name = strsep(&rest, " ")))
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "pymm:%s ", name);

	snprintf(trace->dir, sizeof(trace->dir), PT_TRACING "/instances/pymm-%d", getpid());
	rmdir(trace->dir);
	if (mkdir(trace->dir, 0700))
		return -errno;
	/* No event may be lost. */
	ret = trace_write(trace, "buffer_size_kb", "8192");
	if (!ret)
		ret = trace_write(trace, "set_event", names);
	if (ret)
		rmdir(trace->dir);
	return ret;
}

char *pt_trace_text(struct pt_trace *trace)
{
	char path[256];
	char *text;

	pt_must(trace_write(trace, "tracing_on", "0"), "tracing_on");
	snprintf(path, sizeof(path), "%s/trace", trace->dir);
	text = pt_read(path);
	if (!text)
		pt_die("cannot read %s", path);
	return text;
}

void pt_trace_end(struct pt_trace *trace)
{
	trace_write(trace, "events/enable", "0");
	if (rmdir(trace->dir))
		pt_die("rmdir %s: %s", trace->dir, strerror(errno));
}

/* A line: "  t_gil-123  [000] .....  12.345: pymm_gil_acquire: arena=1 ...". */
bool pt_event_next(char **text, struct pt_event *event)
{
	while (**text) {
		char *line = *text;
		char *name, *end = strchrnul(line, '\n');

		*text = *end ? end + 1 : end;
		if (*line == '#')
			continue;
		name = memmem(line, end - line, ": pymm_", 7);
		if (!name)
			continue;
		if (sscanf(name + 2, "%31[a-z_]:%223[^\n]", event->name, event->fields) == 2)
			return true;
	}
	return false;
}

uint64_t pt_event_field(const struct pt_event *event, const char *field)
{
	char pattern[40];
	const char *at;

	snprintf(pattern, sizeof(pattern), " %s=", field);
	at = strstr(event->fields, pattern);
	if (!at)
		pt_die("%s has no %s:%s", event->name, field, event->fields);
	return strtoull(at + strlen(pattern), NULL, 10);
}
