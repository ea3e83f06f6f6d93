/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between trace_tool.c, which does what all tools have in common, and the tools.
 */
#ifndef PYMM_CMD_TRACE_TOOL_H
#define PYMM_CMD_TRACE_TOOL_H

#include <bpf/libbpf.h>

#include "trace.h"
#include "trace_hist.h"

/**
 * struct trace - one use of a tool; the head of the tool's own struct
 * @tool: which
 * @interval: the BPF program's number of the current interval
 * @started_ns: when it was opened or last read, CLOCK_MONOTONIC
 * @seconds: length of the interval that was read
 * @lost: events of it that found no room
 * @lost_before: the BPF program's count when it was last read
 * @missed: times the kernel did not run a BPF program though its event came
 * @missed_before: the kernel's count when it was last read
 */
struct trace {
	const struct trace_tool *tool;
	volatile __u64 *interval;
	uint64_t started_ns;
	double seconds;
	uint64_t lost;
	uint64_t lost_before;
	uint64_t missed;
	uint64_t missed_before;
};

/**
 * struct trace_tool - what differs between tools
 * @name: as in JSON
 * @size: bytes of its struct
 * @load: load and attach the BPF program, set @interval; undone by @unload also on failure
 * @detach: detach it
 * @object: its BPF object
 * @lost: the BPF program's count of events that found no room
 * @read: take what was counted in interval number @interval
 * @print: show that
 * @json: likewise
 * @unload: free everything but the struct
 */
struct trace_tool {
	const char *name;
	size_t size;
	int (*load)(struct trace *trace, const struct trace_filter *filter);
	void (*detach)(struct trace *trace);
	const struct bpf_object *(*object)(const struct trace *trace);
	uint64_t (*lost)(const struct trace *trace);
	int (*read)(struct trace *trace, uint64_t interval);
	void (*print)(const struct trace *trace, FILE *out);
	void (*json)(const struct trace *trace, struct json *json);
	void (*unload)(struct trace *trace);
};

/**
 * struct trace_table - the entries of a BPF map, sorted by key
 * @nr: entries
 * @key_size: bytes of a key, which consists of __u32
 * @value_size: bytes of a value, which begins behind the key at a multiple of 8
 * @rows: the entries
 */
struct trace_table {
	unsigned int nr;
	size_t key_size;
	size_t value_size;
	unsigned char *rows;
};

/**
 * trace_table_since() - read a map from which no entry is ever deleted
 * @since: receives what was added since it was last read
 * @before: how it was then; receives how it is now
 * @subtract: takes a value of @before, or NULL, away from one of now
 * @interval: for @subtract
 */
int trace_table_since(const struct bpf_map *map, struct trace_table *since,
		      struct trace_table *before,
		      void (*subtract)(void *value, const void *before, uint64_t interval),
		      uint64_t interval);

/** trace_table_free() - free the entries */
void trace_table_free(struct trace_table *table);

/** trace_table_key() - key of an entry */
const void *trace_table_key(const struct trace_table *table, unsigned int row);

/** trace_table_value() - value of an entry */
void *trace_table_value(const struct trace_table *table, unsigned int row);

/** trace_table_find() - value of a key, or NULL */
const void *trace_table_find(const struct trace_table *table, const void *key);

#endif /* PYMM_CMD_TRACE_TOOL_H */
