// SPDX-License-Identifier: LGPL-2.1-only OR MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

struct entry {
	size_t at;	/* in table->bytes */
	size_t size;
	uint32_t hash;
};

/* FNV-1a */
static uint32_t hash_bytes(const unsigned char *bytes, size_t size)
{
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 16777619U;
	return hash;
}

/* Place in the index of that string, or the free one where it belongs. */
static size_t find_place(const struct table *table, const void *bytes, size_t size, uint32_t hash)
{
	const struct entry *entries = table->entries.data;
	const char *all = table->bytes.data;
	size_t mask = table->index_size - 1, place;

	for (place = hash & mask; table->index[place]; place = (place + 1) & mask) {
		const struct entry *entry = &entries[table->index[place] - 1];

		if (entry->hash == hash && entry->size == size &&
		    !memcmp(all + entry->at, bytes, size))
			break;
	}
	return place;
}

/* Keeps at least half of the index free. */
static int grow_index(struct table *table)
{
	size_t size = table->index_size ? 2 * table->index_size : 16;
	const struct entry *entries = table->entries.data;
	uint32_t *index;

	if (2 * (table->entries.count + 1) <= table->index_size)
		return 0;
	if (table->entries.count > UINT32_MAX / 4)
		return -ENOMEM;
	index = calloc(size, sizeof(*index));
	if (!index)
		return -ENOMEM;
	for (size_t i = 0; i < table->entries.count; i++) {
		size_t place = entries[i].hash & (size - 1);

		while (index[place])
			place = (place + 1) & (size - 1);
		index[place] = (uint32_t)i + 1;
	}
	free(table->index);
	table->index = index;
	table->index_size = size;
	return 0;
}

int table_add(struct table *table, const void *bytes, size_t size, uint32_t *number)
{
	uint32_t hash = hash_bytes(bytes, size);
	struct entry *entry;
	size_t place;

	if (grow_index(table))
		return -ENOMEM;
	/* A byte more, so that there is something to point to. */
	if (!table->bytes.data && vec_append(&table->bytes, "", 1, 1))
		return -ENOMEM;
	place = find_place(table, bytes, size, hash);
	if (table->index[place]) {
		*number = table->index[place] - 1;
		return 0;
	}
	if (vec_append(&table->bytes, bytes, size, 1))
		return -ENOMEM;
	entry = vec_push(&table->entries, 1, sizeof(*entry));
	if (!entry)
		return -ENOMEM;
	entry->at = table->bytes.count - size;
	entry->size = size;
	entry->hash = hash;
	*number = (uint32_t)table->entries.count - 1;
	table->index[place] = *number + 1;
	return 1;
}

const void *table_get(const struct table *table, uint32_t number, size_t *size)
{
	const struct entry *entry = (const struct entry *)table->entries.data + number;

	*size = entry->size;
	return (const char *)table->bytes.data + entry->at;
}

void table_free(struct table *table)
{
	vec_free(&table->entries);
	vec_free(&table->bytes);
	free(table->index);
	table->index = NULL;
	table->index_size = 0;
}
