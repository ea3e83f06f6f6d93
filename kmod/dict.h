/* SPDX-License-Identifier: GPL-2.0-only */
/* The payload of a dict, for type_dict.c and the quick forms of instructions. */
#ifndef _PYMM_DICT_H
#define _PYMM_DICT_H

#include "core.h"

/*
 * The value stands before the key, so that the two are a group of struct pymm_span.
 * A deleted entry has key 0.
 */
struct pymm_dict_entry {
	u32 value;
	u32 key;
	u32 hash;
};

/* As many entries are looked at one by one. CPython's smallest table has room for as many, too. */
#define PYMM_DICT_SMALL	5U

/**
 * struct pymm_dict - payload of a dict that ever held something
 * @used: entries, deleted ones included
 * @cap: entries that there is room for
 * @mask: size of the index, a power of 2, less 1; 0: there is none, and up to PYMM_DICT_SMALL
 *	entries
 * @entries: in insertion order; the index follows them
 *
 * An index slot is 0 when it was never used, PYMM_DICT_DELETED, or an entry's position
 * plus 1. At least a third of the slots are 0.
 */
struct pymm_dict {
	u32 used;
	u32 cap;
	u32 mask;
	struct pymm_dict_entry entries[];
};

static inline struct pymm_dict *pymm_dict(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

static inline u32 pymm_dict_index_size(const struct pymm_dict *dict)
{
	return dict->mask ? dict->mask + 1 : 0;
}

/* Bytes of a payload. */
static inline size_t pymm_dict_bytes(const struct pymm_dict *dict)
{
	return struct_size(dict, entries, dict->cap) +
	       array_size(pymm_dict_index_size(dict), sizeof(u32));
}

/* The entry that a hint names, if it is still the one of @key. */
static inline struct pymm_dict_entry *pymm_dict_hinted(struct pymm_dict *dict, u32 key, u16 hint)
{
	struct pymm_dict_entry *entry;

	if (!dict || hint >= dict->used)
		return NULL;
	entry = &dict->entries[array_index_nospec(hint, dict->used)];
	return likely(entry->key == key) ? entry : NULL;
}

#endif
