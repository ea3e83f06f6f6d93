// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a collection can reach: steps 1 to 5 of semantics.md 4.13, in place.
 *
 * CPython moves objects between linked lists. Here they stay where they stand in
 * gc->order, and flags say what list an object would be on:
 *
 *   COLLECTING               in the set, not looked at yet
 *   COLLECTING | TENTATIVE   looked at, not reachable so far ("unreachable" list)
 *   neither                  reachable, its references followed
 *
 * An object that is found reachable late goes to the end of the set, as CPython moves it
 * to the end of its list: it leaves a 0 behind and joins a queue that is linked through
 * pos[], which nobody needs until all are given their new places. So the result has
 * CPython's order, and nothing is allocated.
 *
 * Until the places are given, all that was changed is flags, gc_refs and pos of the set,
 * so that a killed task leaves by giving everything its old place.
 */
#include <linux/sched/signal.h>

#include "core.h"

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
 * @place: where survivors go: the end of the older generation, or of all that is permanent
 * @garbage: the set is garbage whose finalizers have run
 * @late: objects found reachable late, in that order
 * @dead: objects that stay unreachable, in order
 */
struct pymm_analysis {
	struct pymm_thread *thread;
	struct pymm_arena *arena;
	struct pymm_gc *gc;
	u32 start;
	u32 end;
	u32 place;
	bool garbage;
	struct pymm_queue late;
	struct pymm_queue dead;
};

/*
 * Call @visit for each reference of an object, in the order of CPython's tp_traverse.
 * Returns 0, or -EINTR in the middle of it.
 */
static __always_inline int
pymm_traverse(struct pymm_analysis *a, u32 no, void (*visit)(struct pymm_analysis *a, u32 ref))
{
	struct pymm_span span = {};
	const u32 *group;
	u32 i, j;
	int err;

	if (pymm_type_of(a->arena, no)->span)
		pymm_type_of(a->arena, no)->span(a->arena, no, &span);
	for (i = 0; i < span.groups; i++) {
		group = span.base + (size_t)(span.reverse ? span.groups - 1 - i : i) * span.stride;
		for (j = 0; j < span.width; j++)
			if (group[j])
				visit(a, group[j]);
		if (i % PYMM_TICK_STEPS == PYMM_TICK_STEPS - 1) {
			err = pymm_tick(a->thread, PYMM_TICK_STEPS);
			if (err)
				return err;
		}
	}
	if (span.tail)
		visit(a, span.tail);
	return pymm_tick(a->thread, 1 + i % PYMM_TICK_STEPS);
}

/*
 * The dict that an instance made when its finalizer asked for it, too young for the set: what is
 * in it is the instance's as before, unless somebody else has got hold of it.
 */
static u32 pymm_late_dict(const struct pymm_analysis *a, u32 no)
{
	const struct pymm_object *object = pymm_object(a->arena, no), *dict;

	if (!a->garbage || object->type != PYMM_TYPE_INSTANCE || !(object->aux & PYMM_AUX_DICT))
		return 0;
	dict = pymm_object(a->arena, object->len);
	return dict->refs == 1 && !(dict->flags & PYMM_OBJ_COLLECTING) ? object->len : 0;
}

/* Step 1, for a full collection: CPython appends generation 0, then 1, to 2. */
static void pymm_merge(struct pymm_gc *gc)
{
	if (gc->segs[PYMM_SEG_GEN1].live)
		pymm_gc_rotate(gc, gc->segs[PYMM_SEG_GEN1].start, gc->segs[PYMM_SEG_GEN0].start,
			       gc->segs[PYMM_SEG_GEN0].end);
}

/* Step 2: as many references as there are. */
static int pymm_update_refs(struct pymm_analysis *a)
{
	struct pymm_object *object;
	int err = 0;
	u32 i, no;

	for (i = a->start; i < a->end && !err; i++) {
		no = a->gc->order[i];
		if (no) {
			object = pymm_object(a->arena, no);
			object->flags |= PYMM_OBJ_COLLECTING;
			*pymm_gc_refs(a->arena, no) = object->refs;
		}
		err = pymm_tick(a->thread, 1);
	}
	return err;
}

/* Step 3: less those from inside of the set. What remains comes from outside. */
static void pymm_visit_subtract(struct pymm_analysis *a, u32 ref)
{
	if (pymm_object(a->arena, ref)->flags & PYMM_OBJ_COLLECTING)
		(*pymm_gc_refs(a->arena, ref))--;
}

static int pymm_subtract_refs(struct pymm_analysis *a)
{
	u32 i, no, dict;
	int err = 0;

	for (i = a->start; i < a->end && !err; i++) {
		no = a->gc->order[i];
		err = no ? pymm_traverse(a, no, pymm_visit_subtract) : pymm_tick(a->thread, 1);
		dict = no && !err ? pymm_late_dict(a, no) : 0;
		if (dict)
			err = pymm_traverse(a, dict, pymm_visit_subtract);
	}
	return err;
}

/* Step 4: what can be reached from outside of the set. */
static void pymm_visit_reachable(struct pymm_analysis *a, u32 ref)
{
	struct pymm_object *object = pymm_object(a->arena, ref);

	if (!(object->flags & PYMM_OBJ_COLLECTING))
		return;
	if (object->flags & PYMM_OBJ_TENTATIVE) {
		object->flags &= ~PYMM_OBJ_TENTATIVE;
		a->gc->order[*pymm_pos(a->arena, ref)] = 0;
		pymm_queue_push(a->arena, &a->late, ref);
		*pymm_gc_refs(a->arena, ref) = 1;
	} else if (!*pymm_gc_refs(a->arena, ref)) {
		*pymm_gc_refs(a->arena, ref) = 1;
	}
}

static int pymm_reach(struct pymm_analysis *a, u32 no)
{
	u32 dict = pymm_late_dict(a, no);
	int err;

	pymm_object(a->arena, no)->flags &= ~PYMM_OBJ_COLLECTING;
	err = pymm_traverse(a, no, pymm_visit_reachable);
	if (dict && !err)
		err = pymm_traverse(a, dict, pymm_visit_reachable);
	return err;
}

static int pymm_find_reachable(struct pymm_analysis *a)
{
	int err = 0;
	u32 i, no;

	for (i = a->start; i < a->end && !err; i++) {
		no = a->gc->order[i];
		if (no && *pymm_gc_refs(a->arena, no)) {
			err = pymm_reach(a, no);
			continue;
		}
		if (no) {
			pymm_object(a->arena, no)->flags |= PYMM_OBJ_TENTATIVE;
			*pymm_pos(a->arena, no) = i;
		}
		err = pymm_tick(a->thread, 1);
	}
	for (no = a->late.head; no && !err; no = *pymm_pos(a->arena, no))
		err = pymm_reach(a, no);
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
		object->flags &= ~(PYMM_OBJ_COLLECTING | PYMM_OBJ_TENTATIVE);
		if (dead)
			pymm_queue_push(a->arena, &a->dead, no);
		else
			pymm_place(a, no);
	}
	for (no = a->late.head; no; no = *pymm_pos(a->arena, no))
		pymm_object(a->arena, no)->flags &= ~PYMM_OBJ_COLLECTING;
	pymm_place_queue(a, &a->late);
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
	u32 from, survivors;
	int err;

	if (generation == PYMM_GENERATIONS - 1) {
		pymm_merge(gc);
		a.start = gc->segs[PYMM_SEG_GEN2].start;
		a.place = a.start;
	} else {
		a.start = gc->segs[generation ? PYMM_SEG_GEN1 : PYMM_SEG_GEN0].start;
		a.place = gc->segs[generation ? PYMM_SEG_GEN2 : PYMM_SEG_GEN1].end;
	}
	from = a.place;
	err = pymm_update_refs(&a);
	if (!err)
		err = pymm_subtract_refs(&a);
	if (!err)
		err = pymm_find_reachable(&a);
	pymm_place_all(&a, err);
	survivors = a.place - from;
	survivors -= pymm_untrack_atomic(&a, PYMM_TYPE_TUPLE, from);
	if (generation == PYMM_GENERATIONS - 2)
		gc->long_lived_pending += survivors;
	if (generation == PYMM_GENERATIONS - 1) {
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

	err = pymm_update_refs(&a) ?: pymm_subtract_refs(&a);
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
