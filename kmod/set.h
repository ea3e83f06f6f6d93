/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of sets and frozensets, as type_set.c and set_operators.c use it. */
#ifndef _PYMM_SET_H
#define _PYMM_SET_H

#include "core.h"

/**
 * struct pymm_set_entry - a slot of the table
 * @hash: hash of @key; without a key 0 where it was never used, -1 where one was deleted
 * @key: a reference, or 0
 * @link: in the middle of an operation: the slot it came to before, plus 1, or PYMM_SET_LAST,
 *	with PYMM_SET_REUSED where a key had been deleted in this one; else 0
 */
struct pymm_set_entry {
	s64 hash;
	u32 key;
	u32 link;
};

#define PYMM_SET_REUSED		BIT(31)
#define PYMM_SET_LAST		(BIT(31) - 1)
#define PYMM_SET_DELETED	(-1)

/**
 * struct pymm_set - payload of a set or frozenset that ever held something
 * @hash: hash of a frozenset, -1 when nobody has asked for it yet
 * @fill: entries that were used, those deleted included
 * @mask: size of the table, a power of 2, less 1
 * @entries: the table
 *
 * The header of the object has the number of keys in len, and in cap the slot where pop()
 * begins to look.
 */
struct pymm_set {
	s64 hash;
	u32 fill;
	u32 mask;
	struct pymm_set_entry entries[];
};

static inline struct pymm_set *pymm_set(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

static inline u32 pymm_set_used(const struct pymm_arena *arena, u32 no)
{
	return pymm_object(arena, no)->len;
}

/**
 * struct pymm_set_edit - keys being added, which can be taken back
 * @no: the set
 * @added: slot of the key added last, plus 1, or PYMM_SET_LAST; see struct pymm_set_entry
 * @before: the table that was too small, or NULL
 * @added_before: as @added, of @before
 */
struct pymm_set_edit {
	u32 no;
	u32 added;
	struct pymm_set *before;
	u32 added_before;
};

/* set_table.c */
int pymm_set_find(struct pymm_thread *thread, u32 no, u32 key, s64 hash, u32 *slot);
int pymm_set_edit_begin(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 no);
int pymm_set_edit_add(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 key, s64 hash);
int pymm_set_edit_reserve(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 more);
int pymm_set_edit_merge(struct pymm_thread *thread, struct pymm_set_edit *edit, u32 other);
int pymm_set_edit_end(struct pymm_thread *thread, struct pymm_set_edit *edit, int err);
int pymm_set_take(struct pymm_thread *thread, u32 no, u32 key, s64 hash, u32 *old);
int pymm_set_clone(struct pymm_thread *thread, u32 no, u32 *result);
int pymm_set_compact(struct pymm_thread *thread, u32 no, u32 gone, struct pymm_set **result);
void pymm_set_replace(struct pymm_arena *arena, u32 no, struct pymm_set *table);
void pymm_set_span(struct pymm_arena *arena, u32 no, struct pymm_span *span);
void pymm_set_free(struct pymm_arena *arena, u32 no);

/* type_set.c */
int pymm_set_empty(struct pymm_thread *thread, u32 no);
#endif
