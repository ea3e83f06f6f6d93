// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cycle collector, as CPython 3.13's (semantics.md section 4): the order of tracked
 * objects, the triggers, and the freeing of what the analysis (gc_analyse.c) found.
 */
#include <linux/ktime.h>
#include <linux/string.h>

#include "core.h"
#include "frame.h"
#include "trace.h"

/** pymm_gc_init() - a collector with CPython 3.13's thresholds */
void pymm_gc_init(struct pymm_gc *gc)
{
	gc->thresholds[0] = 2000;
	gc->thresholds[1] = 10;
	gc->thresholds[2] = 10;
	gc->enabled = true;
	gc->frame.kind = PYMM_FRAME_COLLECT;
}

/** pymm_gc_free() - free the collector's memory; nobody else can reach @arena */
void pymm_gc_free(struct pymm_arena *arena)
{
	pymm_payload_free(arena, arena->gc.order,
			  array_size(arena->gc.cap, sizeof(*arena->gc.order)));
}

/* ---- the order ---- */

static void pymm_gc_compact(struct pymm_arena *arena)
{
	struct pymm_gc *gc = &arena->gc;
	u32 i, from, no, to = 0;

	for (i = 0; i < PYMM_SEGMENTS; i++) {
		struct pymm_seg *seg = &gc->segs[i];

		from = seg->start;
		seg->start = to;
		for (; from < seg->end; from++) {
			if (!(from % PYMM_CHUNK_OBJECTS))
				cond_resched();
			no = gc->order[from];
			if (!no)
				continue;
			gc->order[to] = no;
			*pymm_pos(arena, no) = to++;
		}
		seg->end = to;
	}
	memset(gc->order + to, 0, array_size(gc->cap - to, sizeof(*gc->order)));
	/* What lay before the cursor was 0. */
	if (gc->collecting)
		gc->cursor = gc->segs[gc->generation ? PYMM_SEG_GARBAGE2 : PYMM_SEG_GARBAGE1].start;
}

static int pymm_gc_make_room(struct pymm_arena *arena)
{
	struct pymm_gc *gc = &arena->gc;
	u64 live = 0;
	u32 i, cap;
	u32 *order;

	for (i = 0; i < PYMM_SEGMENTS; i++)
		live += gc->segs[i].live;
	if (live < gc->cap - gc->cap / 4) {
		pymm_gc_compact(arena);
		return 0;
	}
	cap = max_t(u32, PYMM_CHUNK_OBJECTS, gc->cap + gc->cap / 2);
	order = pymm_payload_realloc(arena, gc->order, array_size(gc->cap, sizeof(*order)),
				     array_size(cap, sizeof(*order)));
	if (!order)
		return -ENOMEM;
	memset(order + gc->cap, 0, array_size(cap - gc->cap, sizeof(*order)));
	gc->order = order;
	gc->cap = cap;
	return 0;
}

/**
 * pymm_gc_reserve() - make sure that one more object can be tracked
 * @arena: the arena
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0 or -ENOMEM.
 */
int pymm_gc_reserve(struct pymm_arena *arena)
{
	if (likely(arena->gc.segs[PYMM_SEG_GEN0].end < arena->gc.cap))
		return 0;
	return pymm_gc_make_room(arena);
}

static enum pymm_segment pymm_gc_segment(const struct pymm_gc *gc, u32 pos)
{
	int i;

	for (i = PYMM_SEG_GEN0; i > PYMM_SEG_GEN2; i--)
		if (pos >= gc->segs[i].start && pos < gc->segs[i].end)
			break;
	return i;
}

/** pymm_gc_untrack() - take a tracked object out of its generation */
void pymm_gc_untrack(struct pymm_arena *arena, u32 no)
{
	struct pymm_gc *gc = &arena->gc;
	struct pymm_seg *young = &gc->segs[PYMM_SEG_GEN0];
	u32 pos = *pymm_pos(arena, no);

	gc->order[pos] = 0;
	gc->segs[pymm_gc_segment(gc, pos)].live--;
	pymm_object(arena, no)->flags &= ~PYMM_OBJ_TRACKED;
	while (young->end > young->start && !gc->order[young->end - 1])
		young->end--;
}

/** pymm_gc_generation() - the generation of an object, or PYMM_GENERATION_NONE */
u8 pymm_gc_generation(const struct pymm_arena *arena, u32 no)
{
	if (!(pymm_object(arena, no)->flags & PYMM_OBJ_TRACKED))
		return PYMM_GENERATION_NONE;
	switch (pymm_gc_segment(&arena->gc, *pymm_pos(arena, no))) {
	case PYMM_SEG_GEN0:
	case PYMM_SEG_GARBAGE1:
		return 0;
	case PYMM_SEG_GEN1:
		return 1;
	default:
		return 2;
	}
}

/** pymm_gc_tracked() - objects in a generation */
u64 pymm_gc_tracked(const struct pymm_gc *gc, u32 generation)
{
	switch (generation) {
	case 0:
		return gc->segs[PYMM_SEG_GEN0].live;
	case 1:
		return gc->segs[PYMM_SEG_GEN1].live;
	default:
		return gc->segs[PYMM_SEG_GEN2].live;
	}
}

/** pymm_gc_may_be_tracked() - CPython's _PyObject_GC_MAY_BE_TRACKED() */
bool pymm_gc_may_be_tracked(const struct pymm_arena *arena, u32 no)
{
	const struct pymm_object *object = pymm_object(arena, no);

	/* Nor are built-in types. */
	if (!(pymm_types[object->type]->flags & PYMM_TYPE_GC) || no < PYMM_NO_FIRST_MORTAL)
		return false;
	return object->type != PYMM_TYPE_TUPLE || (object->flags & PYMM_OBJ_TRACKED);
}

/* ---- collections ---- */

/*
 * The generation that an automatic collection takes: the oldest one over its threshold; a
 * full collection waits until a quarter of what the last one left has come anew
 * (semantics.md 4.06). -1 when so many containers have died since that none is due.
 */
static int pymm_gc_due_generation(const struct pymm_gc *gc)
{
	int i;

	for (i = PYMM_GENERATIONS - 1; i >= 0; i--) {
		if (gc->counts[i] <= gc->thresholds[i])
			continue;
		if (i == PYMM_GENERATIONS - 1 &&
		    gc->long_lived_pending < gc->long_lived_total / 4)
			continue;
		break;
	}
	return i;
}

static struct pymm_seg *pymm_gc_garbage(struct pymm_gc *gc)
{
	return &gc->segs[gc->generation ? PYMM_SEG_GARBAGE2 : PYMM_SEG_GARBAGE1];
}

static struct pymm_seg *pymm_gc_older(struct pymm_gc *gc)
{
	return &gc->segs[gc->generation ? PYMM_SEG_GEN2 : PYMM_SEG_GEN1];
}

static void pymm_gc_counts(struct pymm_gc *gc)
{
	u32 i;

	for (i = 0; i <= gc->generation; i++)
		gc->counts[i] = 0;
	if (gc->generation + 1 < PYMM_GENERATIONS)
		gc->counts[gc->generation + 1]++;
}

static int pymm_gc_finish(struct pymm_thread *thread)
{
	struct pymm_gc *gc = &thread->arena->gc;
	u64 ns = ktime_get_ns() - gc->started_ns;
	u32 result;

	gc->collecting = false;
	gc->collections[gc->generation]++;
	gc->collected[gc->generation] += gc->found;
	gc->ns += ns;
	trace_pymm_gc_end(thread->arena->id, thread->id, gc->generation, gc->visited, gc->found,
			  ns);
	if (gc->ret < 0)
		return 0;
	result = pymm_int_new(thread->arena, gc->found);
	if (!result)
		return pymm_raise_nomem(thread);
	pymm_frame_store(thread, thread->frame, gc->ret, result);
	return 0;
}

/**
 * pymm_gc_collect() - begin a collection
 * @thread: the running thread
 * @generation: it and the younger ones are collected
 * @ret: slot of the innermost frame that receives the number of objects found, or
 *	negative
 *
 * As gc.collect(): nothing happens, and the number is 0, if a collection is going on.
 * If there is garbage, a continuation is left on the thread's frames that frees it.
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, PYMM_RAISED, or -EINTR when the task is being killed: then nothing was freed.
 */
int pymm_gc_collect(struct pymm_thread *thread, u32 generation, s32 ret)
{
	struct pymm_gc *gc = &thread->arena->gc;
	int err;

	WRITE_ONCE(gc->pending, false);
	if (gc->collecting) {
		if (ret >= 0)
			pymm_frame_store(thread, thread->frame, ret, PYMM_NO_SMALL_INTS -
					 PYMM_SMALL_INT_MIN);
		return 0;
	}
	gc->generation = generation;
	gc->ret = ret;
	gc->started_ns = ktime_get_ns();
	gc->visited = 0;
	for (u32 i = 0; i <= generation; i++)
		gc->visited += pymm_gc_tracked(gc, i);
	trace_pymm_gc_start(thread->arena->id, thread->id, generation, gc->visited);
	pymm_pin(thread);
	err = pymm_gc_analyse(thread, generation);
	pymm_unpin(thread);
	if (err) {
		trace_pymm_gc_end(thread->arena->id, thread->id, generation, gc->visited, 0,
				  ktime_get_ns() - gc->started_ns);
		return err;
	}
	pymm_gc_counts(gc);
	gc->found = pymm_gc_garbage(gc)->live;
	if (!gc->found)
		return pymm_gc_finish(thread);
	gc->collecting = true;
	gc->called_freed = 0;
	gc->finalized = false;
	gc->phase = thread->arena->weakrefs.used ? PYMM_GC_WEAKREFS : PYMM_GC_FINALIZE;
	gc->cursor = pymm_gc_garbage(gc)->start;
	gc->frame.prev = thread->frame;
	gc->frame.caller = pymm_frame_caller(thread->frame);
	thread->frame = &gc->frame;
	return 0;
}

/*
 * Empty an object: it is consistent, and empty, before the first of its references
 * is dropped (semantics.md 3.10), because another header takes them over and dies.
 */
static void pymm_gc_clear(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_object *object = pymm_object(arena, no);
	struct pymm_object *carcass = pymm_object(arena, arena->gc.carcass);
	u32 class = 0;

	if (pymm_types[object->type]->clear) {
		pymm_types[object->type]->clear(thread, no);
		return;
	}
	if (!(pymm_types[object->type]->flags & PYMM_TYPE_CLEAR))
		return;
	*carcass = (struct pymm_object){ .refs = thread->dying, .type = object->type,
					 .flags = PYMM_OBJ_DYING, .ival = object->ival };
	if (object->type == PYMM_TYPE_INSTANCE || object->type == PYMM_TYPE_EXCEPTION) {
		/* The attributes go, the class stays. */
		carcass->aux = (object->aux & PYMM_AUX_DICT) | PYMM_AUX_FINALIZED;
		carcass->cap = 0;
		object->aux &= ~PYMM_AUX_DICT;
		class = object->cap;
	}
	*pymm_payload(arena, arena->gc.carcass) = *pymm_payload(arena, no);
	*pymm_pos(arena, arena->gc.carcass) = 0;
	object->ival = 0;
	if (class)
		object->cap = class;
	*pymm_payload(arena, no) = NULL;
	thread->dying = arena->gc.carcass;
}

/** pymm_gc_carcass_reset() - the contents of a cleared object are gone */
void pymm_gc_carcass_reset(struct pymm_arena *arena)
{
	u32 no = arena->gc.carcass;

	if (pymm_type_of(arena, no)->free)
		pymm_type_of(arena, no)->free(arena, no);
	*pymm_object(arena, no) = (struct pymm_object){ .refs = PYMM_REFS_IMMORTAL,
							.type = PYMM_TYPE_DICT };
}

/* The object at the cursor survived its clearing: it may die later. */
static void pymm_gc_keep(struct pymm_arena *arena)
{
	struct pymm_gc *gc = &arena->gc;
	struct pymm_seg *garbage = pymm_gc_garbage(gc);
	struct pymm_seg *older = pymm_gc_older(gc);
	u32 no = gc->order[gc->cursor];

	gc->order[gc->cursor] = 0;
	gc->order[older->end] = no;
	*pymm_pos(arena, no) = older->end++;
	older->live++;
	garbage->start = older->end;
	garbage->live--;
	gc->cursor = max(gc->cursor, garbage->start);
}

static int pymm_gc_end(struct pymm_thread *thread)
{
	struct pymm_gc *gc = &thread->arena->gc;
	struct pymm_seg *garbage = pymm_gc_garbage(gc);

	garbage->start = garbage->end;
	thread->frame = gc->frame.prev;
	return pymm_gc_finish(thread);
}

/* Is it unreachable? */
static bool pymm_gc_is_garbage(struct pymm_arena *arena, u32 no)
{
	const struct pymm_seg *garbage = pymm_gc_garbage(&arena->gc);
	u32 pos = *pymm_pos(arena, no);

	return (pymm_object(arena, no)->flags & PYMM_OBJ_TRACKED) && pos >= garbage->start &&
	       pos < garbage->end;
}

/*
 * Weak references to garbage answer None from here on; those that are garbage themselves call
 * nobody back (semantics.md 4.13, step 7).
 */
static void pymm_gc_clear_weakrefs(struct pymm_arena *arena, u32 no)
{
	struct pymm_gc *gc = &arena->gc;
	u32 ref, count = 0;

	if (pymm_is(arena, no, PYMM_TYPE_WEAKREF))
		pymm_weakref_unlink(arena, no);
	while ((ref = pymm_weakrefs_first(arena, no))) {
		if (!(++count % PYMM_TICK_STEPS))
			cond_resched();
		pymm_weakref_unlink(arena, ref);
		if (!pymm_weakref_callback(arena, ref) || pymm_gc_is_garbage(arena, ref))
			continue;
		pymm_get(arena, ref);
		if (gc->callbacks)
			pymm_weakref_chain(arena, gc->last_callback, ref);
		else
			gc->callbacks = ref;
		gc->last_callback = ref;
	}
}

static int pymm_gc_callback(struct pymm_thread *thread)
{
	struct pymm_arena *arena = thread->arena;
	u32 ref = arena->gc.callbacks;
	int err = pymm_hook(thread, pymm_weakref_callback(arena, ref), pymm_get(arena, ref),
			    PYMM_ROLE_CALLBACK);

	if (!err) {
		arena->gc.called = ref;
		arena->gc.callbacks = pymm_weakref_chained(arena, ref);
		pymm_weakref_chain(arena, ref, 0);
	}
	/* The list's reference, or the one that the call was to have. */
	pymm_put(thread, ref);
	return err;
}

static int pymm_gc_finalize(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	u32 function;
	int ret = pymm_finalizer(thread, no, &function);

	if (ret <= 0)
		return ret;
	pymm_object(arena, no)->aux |= PYMM_AUX_FINALIZED;
	arena->gc.finalized = true;
	ret = pymm_hook(thread, function, pymm_get(arena, no), PYMM_ROLE_FINALIZE);
	if (ret) {
		pymm_object(arena, no)->aux &= ~PYMM_AUX_FINALIZED;
		pymm_put(thread, no);
	}
	return ret;
}

/* What no finalizer has made reachable again is collected. */
static int pymm_gc_resurrect(struct pymm_thread *thread)
{
	struct pymm_gc *gc = &thread->arena->gc;
	int err = 0;

	if (gc->finalized) {
		pymm_pin(thread);
		err = pymm_gc_analyse_garbage(thread, pymm_gc_older(gc), pymm_gc_garbage(gc));
		pymm_unpin(thread);
	}
	gc->found = pymm_gc_garbage(gc)->live + gc->called_freed;
	gc->cursor = pymm_gc_garbage(gc)->start;
	gc->phase = PYMM_GC_CLEAR;
	return err;
}

/* The next object of the garbage, or 0 when there is none before a tick is due or the end. */
static u32 pymm_gc_next(struct pymm_gc *gc, u32 *skipped)
{
	struct pymm_seg *garbage = pymm_gc_garbage(gc);

	while (gc->cursor < garbage->end && !gc->order[gc->cursor] &&
	       (*skipped)++ < PYMM_TICK_STEPS)
		gc->cursor++;
	return gc->cursor < garbage->end ? gc->order[gc->cursor] : 0;
}

/* The cursor has come to the end of the garbage: what is next? */
static int pymm_gc_next_phase(struct pymm_thread *thread)
{
	struct pymm_gc *gc = &thread->arena->gc;

	switch (gc->phase) {
	case PYMM_GC_WEAKREFS:
		gc->phase = PYMM_GC_CALLBACKS;
		return 0;
	case PYMM_GC_FINALIZE:
		gc->phase = PYMM_GC_RESURRECT;
		return 0;
	default:
		return pymm_gc_end(thread);
	}
}

/**
 * pymm_gc_automatic() - the collection that was due at an allocation, at a check point
 * @thread: the running thread
 *
 * Context: as pymm_gc_collect().
 *
 * Return: as pymm_gc_collect(); 0 when it is no longer due or wanted.
 */
int pymm_gc_automatic(struct pymm_thread *thread)
{
	struct pymm_gc *gc = &thread->arena->gc;
	int generation = gc->enabled ? pymm_gc_due_generation(gc) : -1;

	WRITE_ONCE(gc->pending, false);
	return generation < 0 ? 0 : pymm_gc_collect(thread, generation, -1);
}

/**
 * pymm_gc_step() - the continuation of a collection: free the next piece of garbage
 * @thread: the running thread, whose innermost frame is the collection's
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_gc_step(struct pymm_thread *thread)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_gc *gc = &arena->gc;
	u32 no = 0, skipped = 0;
	int err = 0;

	if (gc->phase == PYMM_GC_WEAKREFS || gc->phase == PYMM_GC_FINALIZE ||
	    gc->phase == PYMM_GC_CLEAR) {
		no = pymm_gc_next(gc, &skipped);
		if (gc->cursor >= pymm_gc_garbage(gc)->end)
			return pymm_gc_next_phase(thread);
	}
	switch (gc->phase) {
	case PYMM_GC_WEAKREFS:
		if (no)
			pymm_gc_clear_weakrefs(arena, no);
		gc->cursor += !!no;
		break;
	case PYMM_GC_CALLBACKS:
		gc->called = 0;
		if (gc->callbacks)
			return pymm_gc_callback(thread);
		gc->phase = PYMM_GC_FINALIZE;
		gc->cursor = pymm_gc_garbage(gc)->start;
		break;
	case PYMM_GC_FINALIZE:
		err = no ? pymm_gc_finalize(thread, no) : 0;
		if (err)
			return err;
		gc->cursor += !!no;
		break;
	case PYMM_GC_RESURRECT:
		err = pymm_gc_resurrect(thread);
		break;
	case PYMM_GC_CLEAR:
		if (no) {
			gc->clearing = pymm_get(arena, no);
			gc->phase = PYMM_GC_LET_GO;
			pymm_gc_clear(thread, no);
		}
		break;
	case PYMM_GC_LET_GO:
		gc->phase = PYMM_GC_CHECK;
		pymm_put(thread, gc->clearing);
		break;
	case PYMM_GC_CHECK:
		gc->phase = PYMM_GC_CLEAR;
		if (gc->cursor < pymm_gc_garbage(gc)->end && gc->order[gc->cursor] == gc->clearing)
			pymm_gc_keep(arena);
		break;
	}
	return err ?: pymm_tick(thread, 1 + skipped);
}

/**
 * pymm_gc_abandon() - give up the collection whose continuation @thread holds
 * @thread: its thread, which will not run again
 *
 * What was not freed yet goes to the older generation, where the next collection
 * finds it again.
 *
 * Context: arena->lock held.
 */
void pymm_gc_abandon(struct pymm_thread *thread)
{
	struct pymm_gc *gc = &thread->arena->gc;
	struct pymm_seg *garbage = pymm_gc_garbage(gc);
	struct pymm_seg *older = pymm_gc_older(gc);
	u32 ref, count = 0;

	older->end = garbage->end;
	older->live += garbage->live;
	garbage->start = garbage->end;
	garbage->live = 0;
	gc->collecting = false;
	gc->called = 0;
	trace_pymm_gc_end(thread->arena->id, thread->id, gc->generation, gc->visited, gc->found,
			  ktime_get_ns() - gc->started_ns);
	if (gc->phase == PYMM_GC_LET_GO)
		pymm_put(thread, gc->clearing);
	while ((ref = gc->callbacks)) {
		if (!(++count % PYMM_TICK_STEPS))
			cond_resched();
		gc->callbacks = pymm_weakref_chained(thread->arena, ref);
		pymm_weakref_chain(thread->arena, ref, 0);
		pymm_put(thread, ref);
	}
}
