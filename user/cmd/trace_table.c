// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies of BPF maps.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "trace_tool.h"

static size_t value_at(const struct trace_table *table)
{
	return (table->key_size + 7) / 8 * 8;
}

static size_t row_size(const struct trace_table *table)
{
	return value_at(table) + (table->value_size + 7) / 8 * 8;
}

const void *trace_table_key(const struct trace_table *table, unsigned int row)
{
	return table->rows + row * row_size(table);
}

void *trace_table_value(const struct trace_table *table, unsigned int row)
{
	return table->rows + row * row_size(table) + value_at(table);
}

static int compare_keys(const void *a, const void *b, void *key_size)
{
	const __u32 *left = a, *right = b;

	for (size_t i = 0; i < *(size_t *)key_size / sizeof(*left); i++)
		if (left[i] != right[i])
			return left[i] < right[i] ? -1 : 1;
	return 0;
}

/* Entries may be added meanwhile; those that the walk does not meet are in the next copy. */
static int read_rows(const struct bpf_map *map, struct trace_table *table)
{
	unsigned int max = bpf_map__max_entries(map);
	const void *key = NULL;

	while (table->nr < max) {
		void *next = (void *)trace_table_key(table, table->nr);
		int ret = bpf_map__get_next_key(map, key, next, table->key_size);

		if (ret == -ENOENT)
			return 0;
		if (!ret)
			ret = bpf_map__lookup_elem(map, next, table->key_size,
						   trace_table_value(table, table->nr),
						   table->value_size, 0);
		if (ret)
			return ret;
		key = next;
		table->nr++;
	}
	return 0;
}

void trace_table_free(struct trace_table *table)
{
	free(table->rows);
	*table = (struct trace_table){ 0 };
}

static int read_table(const struct bpf_map *map, struct trace_table *table)
{
	int ret;

	*table = (struct trace_table){
		.key_size = bpf_map__key_size(map),
		.value_size = bpf_map__value_size(map),
	};
	table->rows = calloc(bpf_map__max_entries(map), row_size(table));
	if (!table->rows)
		return -ENOMEM;
	ret = read_rows(map, table);
	if (ret) {
		trace_table_free(table);
		return ret;
	}
	qsort_r(table->rows, table->nr, row_size(table), compare_keys, &table->key_size);
	return 0;
}

static int copy_table(const struct trace_table *table, struct trace_table *copy)
{
	*copy = *table;
	copy->rows = calloc(table->nr + 1, row_size(table));
	if (!copy->rows)
		return -ENOMEM;
	memcpy(copy->rows, table->rows, table->nr * row_size(table));
	return 0;
}

const void *trace_table_find(const struct trace_table *table, const void *key)
{
	unsigned int low = 0, high = table->nr;
	size_t key_size = table->key_size;

	while (low < high) {
		unsigned int middle = low + (high - low) / 2;
		int order = compare_keys(trace_table_key(table, middle), key, &key_size);

		if (!order)
			return trace_table_value(table, middle);
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

int trace_table_since(const struct bpf_map *map, struct trace_table *since,
		      struct trace_table *before,
		      void (*subtract)(void *value, const void *before, uint64_t interval),
		      uint64_t interval)
{
	struct trace_table now;
	int ret;

	trace_table_free(since);
	ret = read_table(map, &now);
	if (!ret)
		ret = copy_table(&now, since);
	for (unsigned int i = 0; !ret && i < now.nr; i++)
		subtract(trace_table_value(since, i),
			 trace_table_find(before, trace_table_key(&now, i)), interval);
	trace_table_free(before);
	*before = now;
	return ret;
}
