/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the parts of a collection's analysis share: gc_analyse.c finds what is reachable,
 * gc_place.c gives everything its new place.
 */
#ifndef PYMM_GC_ANALYSE_H
#define PYMM_GC_ANALYSE_H

#include "dict.h"

/* A first in, first out queue of objects, linked through pos[] up to the last one. */
struct pymm_queue {
	u32 length;
	u32 head;
	u32 *link;	/* where the next one is to be named */
};

static inline void pymm_queue_init(struct pymm_queue *queue)
{
	queue->length = 0;
	queue->link = &queue->head;
}

static __always_inline void pymm_queue_push(struct pymm_queue *queue, u32 no, u32 *pos)
{
	queue->length++;
	*queue->link = no;
	queue->link = pos;
}

/* So many objects that nothing before them refers to are looked at by themselves. */
#define PYMM_GC_SUSPECTS	32
/* So many objects that were not reachable when they were looked at are remembered. */
#define PYMM_GC_MARKED		32
/* So many containers that may be untracked are remembered. */
#define PYMM_GC_ATOMIC		32

/**
 * struct pymm_analysis - a collection's analysis
 * @thread: who collects
 * @arena: its arena
 * @gc: its collector
 * @start: first position of the set
 * @end: position behind the last one
 * @all: whatever is tracked is in the set
 * @place: where survivors go: the end of the older generation, or of all that is permanent
 * @live: objects in the set
 * @work: steps so far, objects and references, but for those since the last tick
 * @counted: those that the counting of references took
 * @garbage: the set is garbage whose finalizers have run
 * @placing: what was found is put into effect, whether the task is killed or not
 * @sweeping: garbage is freed meanwhile
 * @unreached: objects that were not reachable when they were looked at; late or dead
 * @marked: the first of them
 * @suspects: objects that nothing before them in the set refers to
 * @suspect: the first of them
 * @survivors: how many are left tracked
 * @swept: garbage that was freed at once
 * @unreferenced: objects that only it referred to, linked through their counts
 * @nr_atomic: tuples and dicts that refer to nothing in the set: only they can be untracked, and
 *	what refers to such a tuple
 * @atomic: the first of them
 * @late: objects found reachable late, in that order
 * @dead: objects that stay unreachable, in order
 */
struct pymm_analysis {
	struct pymm_thread *thread;
	struct pymm_arena *arena;
	struct pymm_gc *gc;
	u32 start;
	u32 end;
	bool all;
	u32 place;
	u64 live;
	u64 work;
	u64 counted;
	bool garbage;
	bool placing;
	bool sweeping;
	u32 unreached;
	u32 marked[PYMM_GC_MARKED];
	u32 suspects;
	u32 suspect[PYMM_GC_SUSPECTS];
	u64 survivors;
	u32 swept;
	u32 unreferenced;
	u32 nr_atomic;
	u32 atomic[PYMM_GC_ATOMIC];
	struct pymm_queue late;
	struct pymm_queue dead;
};

/**
 * struct pymm_view - what is looked at again and again; of each function that is given it its own,
 *	so that the compiler knows that nothing changes it
 * @chunks: pieces of the object table
 * @order: gc->order
 * @start: first position of the set
 * @size: positions of the set
 * @at: position of the object that is looked at
 * @all: whatever is tracked is in the set
 */
struct pymm_view {
	struct pymm_chunk **chunks;
	u32 *order;
	u32 start;
	u32 size;
	u32 at;
	bool all;
};

static __always_inline struct pymm_view pymm_view(const struct pymm_analysis *a)
{
	return (struct pymm_view){
		.chunks = a->arena->heap.chunks,
		.order = a->gc->order,
		.start = a->start,
		.size = a->end - a->start,
		.all = a->all,
	};
}

static __always_inline struct pymm_chunk *pymm_view_chunk(const struct pymm_view v, u32 no)
{
	return v.chunks[no >> PYMM_CHUNK_SHIFT];
}

#define PYMM_IN_CHUNK(no)	((no) & (PYMM_CHUNK_OBJECTS - 1))

/* Is a tracked object part of the set? */
static __always_inline bool pymm_in_set(const struct pymm_view v, const struct pymm_chunk *chunk,
					u32 no)
{
	return v.all || chunk->pos[PYMM_IN_CHUNK(no)] - v.start < v.size;
}

int pymm_analysis_tick_now(struct pymm_analysis *a, u32 steps);
void pymm_forget_all_refs(struct pymm_analysis *a);
void pymm_gc_place(struct pymm_analysis *a, u32 generation, int err);
void pymm_gc_place_garbage(struct pymm_analysis *a, struct pymm_seg *older,
			   struct pymm_seg *garbage, int err);

/* After each object, with the @steps since the last tick: 0, or -EINTR. */
static __always_inline int pymm_analysis_tick(struct pymm_analysis *a, u32 *steps)
{
	u32 done = *steps;

	if (likely(done < PYMM_TICK_STEPS))
		return 0;
	*steps = 0;
	return pymm_analysis_tick_now(a, done);
}

typedef bool (*pymm_visit_fn)(struct pymm_analysis *a, const struct pymm_view v, u32 ref);
typedef int (*pymm_traverse_fn)(struct pymm_analysis *a, const struct pymm_view v, u32 no,
				struct pymm_chunk *chunk);

/* References side by side, from the last one to the first one. */
static __always_inline bool pymm_traverse_items(struct pymm_analysis *a, const struct pymm_view v,
						const u32 *items, u32 count, pymm_visit_fn visit)
{
	const u32 *item = items + count;
	bool any = false;

	while (item != items)
		any |= visit(a, v, *--item);
	return any;
}

/* The values of a dict, or of an instance's attributes, and with @keys the keys. */
static __always_inline bool pymm_traverse_entries(struct pymm_analysis *a, const struct pymm_view v,
						  const struct pymm_dict_entry *entry, u32 count,
						  bool keys, pymm_visit_fn visit)
{
	const struct pymm_dict_entry *end = entry + count;
	bool any = false;

	for (; entry != end; entry++) {
		any |= visit(a, v, entry->value);
		if (keys)
			any |= visit(a, v, entry->key);
	}
	return any;
}

/* None of these is in reverse: lists and tuples alone are. */
static __always_inline int pymm_traverse_span(struct pymm_analysis *a, const struct pymm_view v,
					      const struct pymm_span *span, pymm_visit_fn visit)
{
	const u32 *group = span->base;
	u32 i, j, steps = 0;
	bool any = false;
	int err = 0;

	for (i = 0; i < span->groups && !err; i++, group += span->stride) {
		for (j = 0; j < span->width; j++)
			any |= visit(a, v, group[j]);
		steps++;
		err = pymm_analysis_tick(a, &steps);
	}
	if (span->tail && !err)
		any |= visit(a, v, span->tail);
	return err ?: any;
}

/* pymm_traverse() of what is long or rare. Each visitor has a function that is nothing but this. */
static __always_inline int pymm_traverse_slowly(struct pymm_analysis *a, const struct pymm_view v,
						u32 no, struct pymm_chunk *chunk,
						pymm_visit_fn visit)
{
	const struct pymm_object *object = &chunk->objects[PYMM_IN_CHUNK(no)];
	struct pymm_span span = {};
	bool any = false;
	u32 end, part;
	int err = 0;

	if (object->type != PYMM_TYPE_LIST && object->type != PYMM_TYPE_TUPLE) {
		if (pymm_types[object->type]->span)
			pymm_types[object->type]->span(a->arena, no, &span);
		return pymm_traverse_span(a, v, &span, visit);
	}
	for (end = object->len; end && !err; end -= part) {
		part = min_t(u32, end, PYMM_TICK_STEPS);
		any |= pymm_traverse_items(a, v, chunk->payload[PYMM_IN_CHUNK(no)] +
					   (end - part) * sizeof(u32), part, visit);
		err = pymm_analysis_tick_now(a, part);
	}
	return err ?: any;
}

/*
 * Call @visit for each reference of an object that can be part of the set, in the order of
 * CPython's tp_traverse; 0, that an empty place holds, is looked at as well. @slowly does it for
 * what is long or rare. What is done here is added to @steps. The class of an instance, which
 * comes last, is left in @class, if that is not NULL, unless @slowly has visited it.
 *
 * Returns -EINTR in the middle of it, or whether one was part of the set.
 */
static __always_inline int pymm_traverse(struct pymm_analysis *a, const struct pymm_view v, u32 no,
					 struct pymm_chunk *chunk, u32 *steps, u32 *class,
					 pymm_visit_fn visit, pymm_traverse_fn slowly)
{
	const struct pymm_object *object = &chunk->objects[PYMM_IN_CHUNK(no)];
	const struct pymm_dict *dict = chunk->payload[PYMM_IN_CHUNK(no)];
	u32 type = object->type, count;
	bool any = false;

	if (type == PYMM_TYPE_LIST || type == PYMM_TYPE_TUPLE) {
		count = object->len;
		if (unlikely(count > PYMM_TICK_STEPS))
			return slowly(a, v, no, chunk);
		*steps += count;
		return pymm_traverse_items(a, v, (const u32 *)dict, count, visit);
	}
	if (type != PYMM_TYPE_DICT &&
	    (type != PYMM_TYPE_INSTANCE || (object->aux & PYMM_AUX_DICT)))
		return slowly(a, v, no, chunk);
	if (dict) {
		count = dict->used;
		if (unlikely(count > PYMM_TICK_STEPS))
			return slowly(a, v, no, chunk);
		*steps += count;
		/* The names of attributes are strs. */
		any = pymm_traverse_entries(a, v, dict->entries, count, type == PYMM_TYPE_DICT,
					    visit);
	}
	if (type == PYMM_TYPE_INSTANCE && class)
		*class = object->cap;
	else if (type == PYMM_TYPE_INSTANCE)
		any |= visit(a, v, object->cap);
	return any;
}

#endif /* PYMM_GC_ANALYSE_H */
