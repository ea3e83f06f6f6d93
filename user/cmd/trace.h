/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tools that watch arenas through their trace events. Each is a BPF program in
 * ../../bpf, which counts, and a file here, which loads it and shows what it
 * counted. Used by "pymm trace", and by the demo beside what it does.
 */
#ifndef PYMM_CMD_TRACE_H
#define PYMM_CMD_TRACE_H

#include <stdint.h>
#include <stdio.h>

#include "cmd.h"

struct trace;
struct trace_tool;

extern const struct trace_tool trace_tool_gc;
extern const struct trace_tool trace_tool_gil;
extern const struct trace_tool trace_tool_object;

/**
 * struct trace_filter - what to look at
 * @arena: number of an arena, or 0 for all
 * @pid: number of a process in the first pid namespace, or 0 for all
 * @verbose: show on stderr what libbpf says
 */
struct trace_filter {
	uint32_t arena;
	uint32_t pid;
	bool verbose;
};

/**
 * trace_open() - start watching
 *
 * Returns 0 or a negative errno, which trace_fail() explains.
 */
int trace_open(const struct trace_tool *tool, const struct trace_filter *filter,
	       struct trace **out);

/** trace_fail() - says why trace_open() failed; returns CMD_FAILED */
int trace_fail(struct cmd *cmd, int error);

/** trace_error() - the same as a text; NULL: the error's own is all that is to say */
const char *trace_error(int error);

/** trace_stop() - stop watching; what was counted can still be read */
void trace_stop(struct trace *trace);

/** trace_read() - take what was counted since it was opened or last read */
int trace_read(struct trace *trace);

/** trace_print() - show as text what trace_read() took */
void trace_print(const struct trace *trace, FILE *out);

/** trace_json() - the same as the object @key, or as the document */
void trace_json(const struct trace *trace, struct json *json, const char *key);

/** trace_lost() - events that happened but are not in what trace_read() took */
uint64_t trace_lost(const struct trace *trace);

/** trace_close() - stop and free it; NULL is fine */
void trace_close(struct trace *trace);

/**
 * trace_gil_holds() - how often and how long the threads of an arena held the GIL
 * @trace: of trace_tool_gil, read
 * @ns: receives the sum of the times
 *
 * Returns the number of holds.
 */
uint64_t trace_gil_holds(const struct trace *trace, uint32_t arena, uint64_t *ns);

/**
 * trace_gc_collections() - collections of an arena's generation that ended
 * @trace: of trace_tool_gc, read
 * @collected: receives how many objects were found unreachable
 */
uint64_t trace_gc_collections(const struct trace *trace, uint32_t arena, uint32_t generation,
			      uint64_t *collected);

/**
 * trace_object_freed() - objects of a type that an arena freed
 * @trace: of trace_tool_object, read
 */
uint64_t trace_object_freed(const struct trace *trace, uint32_t arena, uint32_t type);

#endif /* PYMM_CMD_TRACE_H */
