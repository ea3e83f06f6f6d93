// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a collection can reach: steps 1 to 5 of semantics.md 4.13, in place.
 *
 * CPython copies the count of each object of the set and subtracts what refers to it from inside.
 * Here gc_refs[], which is 0 between collections, counts the latter: an object is held from
 * outside if its count is larger. So what no other object of the set refers to, and is no
 * container of others, is looked at once. An object of the set is known by its place in gc->order.
 *
 * CPython moves objects between linked lists. Here they stay where they stand, and TENTATIVE marks
 * those that were looked at and not reachable so far. One that is found reachable late goes to the
 * end of the set, as CPython moves it to the end of its list: it leaves a 0 behind and joins a
 * queue that is linked through pos[], which nobody needs for it until all are given their new
 * places. So the result has CPython's order, and nothing is allocated.
 *
 * Until the places are given, all that was changed is flags, gc_refs[] and pos[] of the set, so
 * that a killed task leaves by giving everything its old place.
 */
#include <linux/sched/signal.h>

#include "dict.h"

/* A first in, first out queue of objects, linked through pos[]. */
struct pymm_queue {
	u32 head;
	u32 tail;
	u32 length;
};

static void pymm_queue_push(struct pymm_arena *arena, struct pymm_queue *queue, u32 no)
{
	*pymm_pos(arena, no) = 0;
	if (queue->tail)
		*pymm_pos(arena, queue->tail) = no;
	else
		queue->head = no;
	queue->tail = no;
	queue->length++;
}

/**
 * struct pymm_analysis - a collection's analysis
 * @thread: who collects
 * @arena: its arena
 * @gc: its collector
 * @start: first position of the set
 * @end: position behind the last one
 * @all: whatever is tracked is in the set
 * @place: where survivors go: the end of the older generation, or of all that is permanent
 * @garbage: the set is garbage whose finalizers have run
 * @work: what was done since the last tick
 * @tentative: objects that are TENTATIVE
 * @tuples: survivors that are tuples and LEAF; without any, none can be untracked
 * @dicts: the same of dicts, unless some tuple is untracked before them
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
	bool garbage;
	u32 work;
	u32 tentative;
	u32 tuples;
	u32 dicts;
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
 * @all: whatever is tracked is in the set
 */
struct pymm_view {
	struct pymm_chunk **chunks;
	u32 *order;
	u32 start;
	u32 size;
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

static int pymm_analysis_tick_slow(struct pymm_analysis *a)
{
	u32 work = a->work;

	a->work = 0;
	return pymm_tick(a->thread, work);
}

static __always_inline int pymm_analysis_tick(struct pymm_analysis *a, u32 steps)
{
	a->work += steps;
	return likely(a->work < PYMM_TICK_STEPS) ? 0 : pymm_analysis_tick_slow(a);
}

/*
 * Steps 2 and 3: one more reference from inside of the set, if the object is part of it. Most that
 * are not are immortal or not tracked.
 */
static __always_inline bool pymm_visit_count(struct pymm_analysis *a, const struct pymm_view v,
					     u32 ref)
{
	struct pymm_chunk *chunk;
	u32 i = PYMM_IN_CHUNK(ref);

	if (ref < PYMM_NO_FIRST_MORTAL)
		return false;
	chunk = pymm_view_chunk(v, ref);
	if (!(chunk->objects[i].flags & PYMM_OBJ_TRACKED) || !pymm_in_set(v, chunk, ref))
		return false;
	chunk->gc_refs[i]++;
	return true;
}

/* Found reachable after it was looked at: to the end of the set. */
static void pymm_reach_late(struct pymm_analysis *a, u32 no)
{
	pymm_object(a->arena, no)->flags &= ~PYMM_OBJ_TENTATIVE;
	a->tentative--;
	a->gc->order[*pymm_pos(a->arena, no)] = 0;
	pymm_queue_push(a->arena, &a->late, no);
}

/*
 * Step 4: an object with gc_refs is part of the set, and was not found reachable so far, unless
 * from outside. Without them it is reachable, or not part of it.
 */
static __always_inline bool pymm_visit_reachable(struct pymm_analysis *a, const struct pymm_view v,
						 u32 ref)
{
	struct pymm_chunk *chunk;
	u32 i = PYMM_IN_CHUNK(ref);

	if (ref < PYMM_NO_FIRST_MORTAL)
		return false;
	chunk = pymm_view_chunk(v, ref);
	if (likely(!chunk->gc_refs[i]))
		return false;
	if (chunk->objects[i].flags & PYMM_OBJ_TENTATIVE)
		pymm_reach_late(a, ref);
	else if (chunk->gc_refs[i] < chunk->objects[i].refs)
		return true;
	chunk->gc_refs[i] = 0;
	return true;
}

typedef bool (*pymm_visit_fn)(struct pymm_analysis *a, const struct pymm_view v, u32 ref);

/* References side by side, from the last one to the first one. */
static __always_inline int pymm_traverse_items(struct pymm_analysis *a, const struct pymm_view v,
					       const u32 *items, u32 count, pymm_visit_fn visit,
					       bool *any)
{
	u32 end;
	int err = 0;

	while (count && !err) {
		end = count - min_t(u32, count, PYMM_TICK_STEPS);
		a->work += count - end;
		while (count > end)
			*any |= visit(a, v, items[--count]);
		err = pymm_analysis_tick(a, 0);
	}
	return err;
}

/* The values and keys of a dict, or of an instance's attributes. */
static __always_inline int pymm_traverse_dict(struct pymm_analysis *a, const struct pymm_view v,
					      const struct pymm_dict *dict, pymm_visit_fn visit,
					      bool *any)
{
	u32 i = 0, end;
	int err = 0;

	while (dict && i < dict->used && !err) {
		end = min_t(u32, dict->used, i + PYMM_TICK_STEPS);
		a->work += end - i;
		for (; i < end; i++) {
			*any |= visit(a, v, dict->entries[i].value);
			*any |= visit(a, v, dict->entries[i].key);
		}
		err = pymm_analysis_tick(a, 0);
	}
	return err;
}

static __always_inline int pymm_traverse_span(struct pymm_analysis *a, const struct pymm_view v,
					      const struct pymm_span *span, pymm_visit_fn visit,
					      bool *any)
{
	const u32 *group = span->base;
	s32 stride = span->stride;
	u32 i, j;
	int err = 0;

	if (span->reverse && span->groups) {
		group += (size_t)(span->groups - 1) * stride;
		stride = -stride;
	}
	for (i = 0; i < span->groups && !err; i++, group += stride) {
		for (j = 0; j < span->width; j++)
			*any |= visit(a, v, group[j]);
		err = pymm_analysis_tick(a, 1);
	}
	if (span->tail && !err)
		*any |= visit(a, v, span->tail);
	return err;
}

/*
 * Call @visit for each reference of an object, in the order of CPython's tp_traverse; 0, that an
 * empty place holds, is looked at as well. The most frequent types need no call for that.
 *
 * Returns 0, or -EINTR in the middle of it; *@any: one was part of the set.
 */
static __always_inline int pymm_traverse(struct pymm_analysis *a, const struct pymm_view v, u32 no,
					 const struct pymm_object *object, pymm_visit_fn visit,
					 bool *any)
{
	struct pymm_span span = {};
	int err;

	switch (object->type) {
	case PYMM_TYPE_LIST:
	case PYMM_TYPE_TUPLE:
		if (!object->len)
			return 0;
		return pymm_traverse_items(a, v, pymm_items(a->arena, no), object->len, visit, any);
	case PYMM_TYPE_DICT:
		return pymm_traverse_dict(a, v, pymm_dict(a->arena, no), visit, any);
	case PYMM_TYPE_INSTANCE:
		if (object->aux & PYMM_AUX_DICT)
			break;
		err = pymm_traverse_dict(a, v, pymm_dict(a->arena, no), visit, any);
		if (!err)
			*any |= visit(a, v, object->cap);
		return err;
	default:
		break;
	}
	if (pymm_types[object->type]->span)
		pymm_types[object->type]->span(a->arena, no, &span);
	return pymm_traverse_span(a, v, &span, visit, any);
}

/*
 * The dict that an instance made when its finalizer asked for it, too young for the set: what is
 * in it is the instance's as before, unless somebody else has got hold of it.
 */
static int pymm_traverse_late(struct pymm_analysis *a, const struct pymm_view v,
			      const struct pymm_object *object, pymm_visit_fn visit, bool *any)
{
	const struct pymm_object *dict;

	if (object->type != PYMM_TYPE_INSTANCE || !(object->aux & PYMM_AUX_DICT))
		return 0;
	dict = pymm_object(a->arena, object->len);
	if (dict->refs != 1 || ((dict->flags & PYMM_OBJ_TRACKED) &&
				pymm_in_set(v, pymm_view_chunk(v, object->len), object->len)))
		return 0;
	return pymm_traverse(a, v, object->len, dict, visit, any);
}

/* Step 1, for a full collection: CPython appends generation 0, then 1, to 2. */
static void pymm_merge(struct pymm_arena *arena)
{
	struct pymm_gc *gc = &arena->gc;
	u32 from = gc->segs[PYMM_SEG_GEN1].start;
	u32 to = gc->segs[PYMM_SEG_GEN0].end;

	if (!gc->segs[PYMM_SEG_GEN1].live)
		return;
	pymm_gc_rotate(gc, from, gc->segs[PYMM_SEG_GEN0].start, to);
	pymm_gc_set_places(arena, from, to);
}

/* Steps 2 and 3. What refers to nothing in the set need not be followed later. */
static int pymm_count_refs(struct pymm_analysis *a)
{
	const struct pymm_view v = pymm_view(a);
	struct pymm_object *object;
	u32 i, no;
	int err = 0;
	bool any;

	for (i = a->start; i < a->end && !err; i++) {
		no = v.order[i];
		if (likely(no)) {
			object = &pymm_view_chunk(v, no)->objects[PYMM_IN_CHUNK(no)];
			any = false;
			err = pymm_traverse(a, v, no, object, pymm_visit_count, &any);
			if (a->garbage && !err)
				err = pymm_traverse_late(a, v, object, pymm_visit_count, &any);
			if (!any && !err)
				object->flags |= PYMM_OBJ_LEAF;
		}
		if (!err)
			err = pymm_analysis_tick(a, 1);
	}
	return err;
}

static __always_inline int pymm_reach(struct pymm_analysis *a, const struct pymm_view v, u32 no,
				      struct pymm_object *object)
{
	bool any = false;
	int err;

	if (object->flags & PYMM_OBJ_LEAF) {
		object->flags &= ~PYMM_OBJ_LEAF;
		a->tuples += object->type == PYMM_TYPE_TUPLE;
		a->dicts += object->type == PYMM_TYPE_DICT;
		return 0;
	}
	err = pymm_traverse(a, v, no, object, pymm_visit_reachable, &any);
	if (a->garbage && !err)
		err = pymm_traverse_late(a, v, object, pymm_visit_reachable, &any);
	return err;
}

/* Step 4: what can be reached from outside of the set. */
static int pymm_find_reachable(struct pymm_analysis *a)
{
	const struct pymm_view v = pymm_view(a);
	struct pymm_object *object;
	struct pymm_chunk *chunk;
	u32 i, no, gc_refs;
	int err = 0;

	for (i = a->start; i < a->end && !err; i++) {
		no = v.order[i];
		if (likely(no)) {
			chunk = pymm_view_chunk(v, no);
			object = &chunk->objects[PYMM_IN_CHUNK(no)];
			gc_refs = chunk->gc_refs[PYMM_IN_CHUNK(no)];
			if (likely(object->refs > gc_refs)) {
				if (gc_refs)
					chunk->gc_refs[PYMM_IN_CHUNK(no)] = 0;
				err = pymm_reach(a, v, no, object);
			} else {
				object->flags |= PYMM_OBJ_TENTATIVE;
				a->tentative++;
			}
		}
		if (!err)
			err = pymm_analysis_tick(a, 1);
	}
	for (no = a->late.head; no && !err; no = *pymm_pos(a->arena, no))
		err = pymm_reach(a, v, no, pymm_object(a->arena, no)) ?: pymm_analysis_tick(a, 1);
	return err;
}

static void pymm_place(struct pymm_analysis *a, u32 no)
{
	a->gc->order[a->place] = no;
	*pymm_pos(a->arena, no) = a->place++;
	if (!(a->place % PYMM_CHUNK_OBJECTS))
		cond_resched();
}

static void pymm_place_queue(struct pymm_analysis *a, const struct pymm_queue *queue)
{
	u32 no, next;

	for (no = queue->head; no; no = next) {
		next = *pymm_pos(a->arena, no);
		pymm_place(a, no);
	}
}

/* Is everything where it is to be: all have survived, and no place is empty? */
static bool pymm_in_place(const struct pymm_analysis *a, u32 live)
{
	return !a->tentative && !a->late.length && a->place == a->start &&
	       live == a->end - a->start;
}

/*
 * Give everything its new place: survivors, those found late, the dead. With @keep
 * everything is a survivor. Linear in the set, and not killable.
 */
static void pymm_place_all(struct pymm_analysis *a, bool keep)
{
	struct pymm_object *object;
	bool dead;
	u32 i, no;

	for (i = a->start; i < a->end; i++) {
		no = a->gc->order[i];
		if (!no)
			continue;
		object = pymm_object(a->arena, no);
		dead = (object->flags & PYMM_OBJ_TENTATIVE) && !keep;
		object->flags &= ~(PYMM_OBJ_TENTATIVE | PYMM_OBJ_LEAF);
		*pymm_gc_refs(a->arena, no) = 0;
		if (dead)
			pymm_queue_push(a->arena, &a->dead, no);
		else
			pymm_place(a, no);
	}
	for (no = a->late.head; no && keep; no = *pymm_pos(a->arena, no))
		pymm_object(a->arena, no)->flags &= ~PYMM_OBJ_LEAF;
	pymm_place_queue(a, &a->late);
}

/* All of it; @live is the number of objects in the set, @err what has ended the analysis early. */
static void pymm_place_set(struct pymm_analysis *a, u32 live, int err)
{
	if (!err && pymm_in_place(a, live))
		a->place = a->end;
	else
		pymm_place_all(a, err);
}

/* Can a container that was looked at be part of a cycle? As _PyTuple_MaybeUntrack(). */
static void pymm_maybe_untrack(struct pymm_analysis *a, u32 no)
{
	struct pymm_span span = {};
	u32 i, j, ref;

	pymm_type_of(a->arena, no)->span(a->arena, no, &span);
	for (i = 0; i < span.groups; i++) {
		/* It may stay tracked: that is only work for the next collection. */
		if (i % PYMM_TICK_STEPS == 0 && fatal_signal_pending(current))
			return;
		for (j = 0; j < span.width; j++) {
			ref = span.base[(size_t)i * span.stride + j];
			if (ref && pymm_gc_may_be_tracked(a->arena, ref))
				return;
		}
	}
	a->gc->order[*pymm_pos(a->arena, no)] = 0;
	pymm_object(a->arena, no)->flags &= ~PYMM_OBJ_TRACKED;
}

/* Step 5: stop tracking survivors that hold atoms only; returns how many did. */
static u32 pymm_untrack_atomic(struct pymm_analysis *a, enum pymm_type type, u32 from)
{
	u32 i, no, count = 0;

	for (i = from; i < a->place; i++) {
		if (!(i % PYMM_CHUNK_OBJECTS))
			cond_resched();
		no = a->gc->order[i];
		if (!no || !pymm_is(a->arena, no, type))
			continue;
		pymm_maybe_untrack(a, no);
		count += !a->gc->order[i];
	}
	return count;
}

/* The boundaries of the segments, after survivors and garbage have their places. */
static void pymm_set_segments(struct pymm_analysis *a, u32 generation, u32 survivors, u32 from)
{
	struct pymm_seg *segs = a->gc->segs;
	u32 garbage = generation ? PYMM_SEG_GARBAGE2 : PYMM_SEG_GARBAGE1;
	u32 i, end = a->place + a->dead.length;

	segs[garbage] = (struct pymm_seg){ a->place, end, a->dead.length };
	segs[garbage - 1].end = a->place;
	if (generation == PYMM_GENERATIONS - 1)
		segs[garbage - 1].live = 0;
	segs[garbage - 1].live += survivors;
	for (i = garbage + 1; i < PYMM_SEGMENTS; i++)
		segs[i] = (struct pymm_seg){ end, end, 0 };
	for (i = max(end, from); i < a->end; i++)
		a->gc->order[i] = 0;
}

/**
 * pymm_gc_analyse() - find what no reference from outside of a generation reaches
 * @thread: the running thread
 * @generation: it and the younger ones are the set
 *
 * Survivors are promoted; the rest is left in the garbage segment behind them.
 *
 * Context: sleeps, does not allocate; the GIL and arena->lock held, arena->pinned set.
 *
 * Return: 0, or -EINTR when the task is being killed: then all have survived.
 */
int pymm_gc_analyse(struct pymm_thread *thread, u32 generation)
{
	struct pymm_gc *gc = &thread->arena->gc;
	struct pymm_analysis a = {
		.thread = thread,
		.arena = thread->arena,
		.gc = gc,
		.end = gc->segs[PYMM_SEG_GEN0].end,
	};
	u32 i, from, survivors, live = 0;
	int err;

	for (i = 0; i <= generation; i++)
		live += pymm_gc_tracked(gc, i);
	if (generation == PYMM_GENERATIONS - 1) {
		pymm_merge(thread->arena);
		a.start = gc->segs[PYMM_SEG_GEN2].start;
		a.place = a.start;
		a.all = !gc->segs[PYMM_SEG_PERMANENT].live;
	} else {
		a.start = gc->segs[generation ? PYMM_SEG_GEN1 : PYMM_SEG_GEN0].start;
		a.place = gc->segs[generation ? PYMM_SEG_GEN2 : PYMM_SEG_GEN1].end;
	}
	from = a.place;
	err = pymm_count_refs(&a);
	if (!err)
		err = pymm_find_reachable(&a);
	pymm_place_set(&a, live, err);
	survivors = a.place - from;
	if (a.tuples)
		survivors -= pymm_untrack_atomic(&a, PYMM_TYPE_TUPLE, from);
	if (generation == PYMM_GENERATIONS - 2)
		gc->long_lived_pending += survivors;
	if (generation == PYMM_GENERATIONS - 1) {
		if (a.dicts || a.tuples)
			survivors -= pymm_untrack_atomic(&a, PYMM_TYPE_DICT, from);
		gc->long_lived_pending = 0;
		gc->long_lived_total = survivors;
	}
	pymm_place_queue(&a, &a.dead);
	a.place -= a.dead.length;
	pymm_set_segments(&a, generation, survivors, from);
	return err;
}

/**
 * pymm_gc_analyse_garbage() - after finalizers have run: what can be reached from outside now?
 * @thread: the running thread
 * @older: the segment before the garbage; survivors join it
 * @garbage: the garbage
 *
 * Context: as pymm_gc_analyse().
 *
 * Return: 0, or -EINTR when the task is being killed: then all have survived.
 */
int pymm_gc_analyse_garbage(struct pymm_thread *thread, struct pymm_seg *older,
			    struct pymm_seg *garbage)
{
	struct pymm_gc *gc = &thread->arena->gc;
	struct pymm_analysis a = {
		.thread = thread,
		.arena = thread->arena,
		.gc = gc,
		.start = garbage->start,
		.end = garbage->end,
		.place = garbage->start,
		.garbage = true,
	};
	int err;
	u32 i;

	err = pymm_count_refs(&a);
	if (!err)
		err = pymm_find_reachable(&a);
	pymm_place_all(&a, err);
	older->end = a.place;
	older->live += a.place - a.start;
	pymm_place_queue(&a, &a.dead);
	*garbage = (struct pymm_seg){ older->end, a.place, a.dead.length };
	for (i = a.place; i < a.end; i++)
		gc->order[i] = 0;
	return err;
}
