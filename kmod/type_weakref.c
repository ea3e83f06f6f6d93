// SPDX-License-Identifier: GPL-2.0-only
/*
 * weakref: refers to an object without keeping it alive (semantics.md 3.08). Those of one object
 * are a list, which arena->weakrefs finds: the plain one, which is shared, then those with
 * callbacks, newest first.
 */
#include <linux/hash.h>
#include <linux/string.h>

#include "core.h"

/**
 * struct pymm_weakref - payload of a weak reference
 * @callback: called when the object dies, or 0; a reference
 * @object: the object, or 0 when it has died
 * @prev: the one before it in the list, or 0
 * @next: the next older one, or 0
 */
struct pymm_weakref {
	u32 callback;
	u32 object;
	u32 prev;
	u32 next;
};

#define PYMM_WEAKREFS_MIN	8U

static struct pymm_weakref *pymm_weakref(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

/* ---- the table of lists ---- */

static u32 pymm_weakrefs_find(const struct pymm_weakrefs *table, u32 no)
{
	u32 i = hash_32(no, 32) & (table->size - 1);

	while (table->entries[i][0] && table->entries[i][0] != no)
		i = (i + 1) & (table->size - 1);
	return i;
}

static int pymm_weakrefs_grow(struct pymm_arena *arena)
{
	struct pymm_weakrefs *table = &arena->weakrefs, new = {};
	u32 i, at;

	if ((u64)table->used * 4 < (u64)table->size * 3)
		return 0;
	new.size = table->size ? table->size * 2 : PYMM_WEAKREFS_MIN;
	new.used = table->used;
	new.entries = pymm_payload_alloc(arena, array_size(new.size, sizeof(*new.entries)));
	if (!new.entries)
		return -ENOMEM;
	memset(new.entries, 0, array_size(new.size, sizeof(*new.entries)));
	for (i = 0; i < table->size; i++) {
		if (!(i % PYMM_TICK_STEPS))
			cond_resched();
		if (!table->entries[i][0])
			continue;
		at = pymm_weakrefs_find(&new, table->entries[i][0]);
		memcpy(new.entries[at], table->entries[i], sizeof(*new.entries));
	}
	pymm_weakrefs_free(arena);
	*table = new;
	return 0;
}

/** pymm_weakrefs_free() - free the table of an arena, not the weak references */
void pymm_weakrefs_free(struct pymm_arena *arena)
{
	struct pymm_weakrefs *table = &arena->weakrefs;

	pymm_payload_free(arena, table->entries, array_size(table->size, sizeof(*table->entries)));
	*table = (struct pymm_weakrefs){};
}

/* Entries that were pushed on by the one that goes move back. */
static void pymm_weakrefs_remove(struct pymm_arena *arena, u32 no)
{
	struct pymm_weakrefs *table = &arena->weakrefs;
	u32 mask = table->size - 1, hole = pymm_weakrefs_find(table, no), i, home;

	for (i = (hole + 1) & mask; table->entries[i][0]; i = (i + 1) & mask) {
		home = hash_32(table->entries[i][0], 32) & mask;
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		memcpy(table->entries[hole], table->entries[i], sizeof(*table->entries));
		hole = i;
	}
	memset(table->entries[hole], 0, sizeof(*table->entries));
	table->used--;
	pymm_object(arena, no)->aux &= ~(PYMM_AUX_WEAKREFS | PYMM_AUX_CALLBACKS);
}

/** pymm_weakrefs_have() - are there weak references to an object? */
bool pymm_weakrefs_have(const struct pymm_arena *arena, u32 no)
{
	/* Others have something else in the header. */
	return (pymm_object(arena, no)->aux & PYMM_AUX_WEAKREFS) &&
	       (pymm_type_of(arena, no)->flags & PYMM_TYPE_WEAK);
}

/* The head of an object's list; NULL if it has none. */
static u32 *pymm_weakrefs_head(const struct pymm_arena *arena, u32 no)
{
	if (!pymm_weakrefs_have(arena, no))
		return NULL;
	return &arena->weakrefs.entries[pymm_weakrefs_find(&arena->weakrefs, no)][1];
}

/* ---- lists ---- */

/** pymm_weakref_unlink() - a weak reference answers None from here on; it may do so already */
void pymm_weakref_unlink(struct pymm_arena *arena, u32 no)
{
	struct pymm_weakref *ref = pymm_weakref(arena, no);

	if (!ref->object)
		return;
	if (ref->next)
		pymm_weakref(arena, ref->next)->prev = ref->prev;
	if (ref->prev)
		pymm_weakref(arena, ref->prev)->next = ref->next;
	else if (ref->next)
		*pymm_weakrefs_head(arena, ref->object) = ref->next;
	else
		pymm_weakrefs_remove(arena, ref->object);
	ref->object = 0;
	ref->prev = 0;
	ref->next = 0;
}

/* The plain one goes first, one with a callback behind it. */
static int pymm_weakref_link(struct pymm_arena *arena, u32 no, u32 object)
{
	struct pymm_weakref *ref = pymm_weakref(arena, no);
	u32 *head = pymm_weakrefs_head(arena, object);
	u32 i;

	ref->object = object;
	if (!head) {
		if (pymm_weakrefs_grow(arena))
			return -ENOMEM;
		i = pymm_weakrefs_find(&arena->weakrefs, object);
		arena->weakrefs.entries[i][0] = object;
		arena->weakrefs.entries[i][1] = no;
		arena->weakrefs.used++;
		pymm_object(arena, object)->aux |= PYMM_AUX_WEAKREFS;
		return 0;
	}
	if (ref->callback && !pymm_weakref(arena, *head)->callback) {
		ref->prev = *head;
		ref->next = pymm_weakref(arena, *head)->next;
		pymm_weakref(arena, *head)->next = no;
	} else {
		ref->next = *head;
		*head = no;
	}
	if (ref->next)
		pymm_weakref(arena, ref->next)->prev = no;
	return 0;
}

/** pymm_raise_no_weakref() - raise TypeError: @no can have no weak references */
int pymm_raise_no_weakref(struct pymm_thread *thread, u32 no)
{
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
			  "cannot create weak reference to '%s' object",
			  pymm_type_name(thread->arena, no));
}

/**
 * pymm_weakref_new() - weakref.ref(object, callback)
 * @thread: the running thread
 * @object: the object
 * @callback: called with the weak reference when the object dies; or 0
 * @result: receives a reference: to the one without callback that there is, or a new one
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_weakref_new(struct pymm_thread *thread, u32 object, u32 callback, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_weakref *ref;
	u32 *head;

	if (!(pymm_type_of(arena, object)->flags & PYMM_TYPE_WEAK))
		return pymm_raise_no_weakref(thread, object);
	head = pymm_weakrefs_head(arena, object);
	if (!callback && head && !pymm_weakref(arena, *head)->callback) {
		*result = pymm_get(arena, *head);
		return 0;
	}
	*result = pymm_object_alloc(arena, PYMM_TYPE_WEAKREF);
	if (!*result)
		return pymm_raise_nomem(thread);
	ref = pymm_payload_alloc(arena, sizeof(*ref));
	if (ref)
		*ref = (struct pymm_weakref){ .callback = callback };
	*pymm_payload(arena, *result) = ref;
	if (!ref || pymm_weakref_link(arena, *result, object)) {
		if (ref)
			*ref = (struct pymm_weakref){};
		pymm_put(thread, *result);
		return pymm_raise_nomem(thread);
	}
	if (callback)
		pymm_get(arena, callback);
	return 0;
}

/** pymm_weakref_get() - the object, borrowed; None when it has died */
u32 pymm_weakref_get(const struct pymm_arena *arena, u32 no)
{
	u32 object = pymm_weakref(arena, no)->object;

	/* On a dying stack it has no count that could be raised any more. */
	if (!object || (pymm_object(arena, object)->flags & PYMM_OBJ_DYING))
		return PYMM_NO_NONE;
	return object;
}

/** pymm_weakrefs_have_callbacks() - will callbacks run when this object dies? */
bool pymm_weakrefs_have_callbacks(const struct pymm_arena *arena, u32 no)
{
	u32 *head = pymm_weakrefs_head(arena, no);

	/* The plain one, if there is one, is the first. */
	return head && (pymm_weakref(arena, *head)->callback || pymm_weakref(arena, *head)->next);
}

/** pymm_weakref_take_callback() - take the callback out of a weak reference; a reference */
u32 pymm_weakref_take_callback(struct pymm_arena *arena, u32 no)
{
	struct pymm_weakref *ref = pymm_weakref(arena, no);
	u32 callback = ref->callback;

	ref->callback = 0;
	return callback;
}

/** pymm_weakref_callback() - the callback of a weak reference, borrowed; or 0 */
u32 pymm_weakref_callback(const struct pymm_arena *arena, u32 no)
{
	return pymm_weakref(arena, no)->callback;
}

/**
 * pymm_weakrefs_clear() - an object dies: its weak references answer None from here on
 * @arena: the arena
 * @no: an object with PYMM_AUX_WEAKREFS
 *
 * Those with callbacks stay in the list, which has references to them, for
 * pymm_weakrefs_pop(). The object has PYMM_AUX_CALLBACKS then, or no list any more.
 */
void pymm_weakrefs_clear(struct pymm_arena *arena, u32 no)
{
	struct pymm_weakref *ref;
	u32 at, next, *head = pymm_weakrefs_head(arena, no), first = 0, count = 0;

	for (at = *head; at; at = next) {
		if (!(++count % PYMM_TICK_STEPS))
			cond_resched();
		ref = pymm_weakref(arena, at);
		next = ref->next;
		ref->object = 0;
		ref->prev = 0;
		if (!ref->callback) {
			ref->next = 0;
			continue;
		}
		pymm_get(arena, at);
		first = first ?: at;
	}
	*head = first;
	if (first)
		pymm_object(arena, no)->aux |= PYMM_AUX_CALLBACKS;
	else
		pymm_weakrefs_remove(arena, no);
}

/** pymm_weakrefs_pop() - take the first one off such a list; its reference is the caller's */
void pymm_weakrefs_pop(struct pymm_arena *arena, u32 no)
{
	u32 *head = pymm_weakrefs_head(arena, no);
	struct pymm_weakref *ref = pymm_weakref(arena, *head);

	*head = ref->next;
	if (!*head)
		pymm_weakrefs_remove(arena, no);
	ref->next = 0;
}

/** pymm_weakrefs_first() - the first weak reference of an object, borrowed; or 0 */
u32 pymm_weakrefs_first(const struct pymm_arena *arena, u32 no)
{
	u32 *head = pymm_weakrefs_head(arena, no);

	return head ? *head : 0;
}

/** pymm_weakref_chain() - put @next behind one that answers None; a list of the caller's */
void pymm_weakref_chain(struct pymm_arena *arena, u32 no, u32 next)
{
	pymm_weakref(arena, no)->next = next;
}

/** pymm_weakref_chained() - what pymm_weakref_chain() put behind it */
u32 pymm_weakref_chained(const struct pymm_arena *arena, u32 no)
{
	return pymm_weakref(arena, no)->next;
}

static void pymm_weakref_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	struct pymm_weakref *ref = pymm_weakref(arena, no);

	span->base = ref ? &ref->callback : NULL;
	span->groups = ref ? 1 : 0;
	span->width = 1;
	span->stride = 1;
}

static void pymm_weakref_dying(struct pymm_arena *arena, u32 no)
{
	if (pymm_weakref(arena, no))
		pymm_weakref_unlink(arena, no);
}

static void pymm_weakref_free(struct pymm_arena *arena, u32 no)
{
	/* Nobody but its own callback had it dropped: see handle_weakrefs() in CPython. */
	if (arena->gc.called == no) {
		arena->gc.called = 0;
		arena->gc.called_freed++;
	}
	pymm_payload_free(arena, pymm_weakref(arena, no), sizeof(struct pymm_weakref));
	*pymm_payload(arena, no) = NULL;
}

const struct pymm_type_ops pymm_weakref_type = {
	.name = "weakref",
	.tp_name = "weakref.ReferenceType",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK,
	.span = pymm_weakref_span,
	.dying = pymm_weakref_dying,
	.free = pymm_weakref_free,
};
