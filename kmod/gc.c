// SPDX-License-Identifier: GPL-2.0-only
/*
 * The cycle collector, as CPython 3.13's (semantics.md section 4): the triggers, and the freeing
 * of what the analysis (gc_analyse.c) found in the order of tracked objects (gc_order.c).
 */
#include <linux/ktime.h>
#include <linux/string.h>

#include "builtin.h"
#include "core.h"
#include "exception.h"
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

static void pymm_gc_push(struct pymm_thread *thread)
{
	struct pymm_frame *frame = &thread->arena->gc.frame;

	frame->prev = thread->frame;
	frame->caller = pymm_frame_caller(thread->frame);
	thread->frame = frame;
}

static void pymm_gc_trace_end(struct pymm_thread *thread, u64 found)
{
	const struct pymm_gc *gc = &thread->arena->gc;

	trace_pymm_gc_end(thread->arena->id, thread->id, gc->generation, gc->visited, found,
			  ktime_get_ns() - gc->started_ns);
}

/* All that was found is dealt with. */
static void pymm_gc_account(struct pymm_thread *thread)
{
	struct pymm_gc *gc = &thread->arena->gc;

	gc->collections[gc->generation]++;
	gc->collected[gc->generation] += gc->found;
	/* Even of what finalizers have made: CPython frees its free lists, which lowers it. */
	if (gc->generation == PYMM_GENERATIONS - 1)
		gc->counts[0] = 0;
	gc->ns += ktime_get_ns() - gc->started_ns;
	pymm_gc_trace_end(thread, gc->found);
}

/* The last of it: the number that it returns. */
static int pymm_gc_finish(struct pymm_thread *thread)
{
	struct pymm_gc *gc = &thread->arena->gc;
	u32 result;

	gc->collecting = false;
	if (gc->ret < 0)
		return 0;
	result = pymm_int_new(thread->arena, gc->found);
	if (!result)
		return pymm_raise_nomem(thread);
	pymm_frame_store(thread, thread->frame, gc->ret, result);
	return 0;
}

static bool pymm_gc_has_callbacks(const struct pymm_arena *arena)
{
	return pymm_object(arena, PYMM_NO_GC_CALLBACKS)->len;
}

static void pymm_gc_tell(struct pymm_gc *gc, enum pymm_gc_phase phase)
{
	gc->phase = phase;
	gc->told = 0;
	gc->info = 0;
}

/* Without an info, nobody is told anything: where CPython reports that, it is counted here. */
static int pymm_gc_make_info(struct pymm_thread *thread)
{
	struct pymm_gc *gc = &thread->arena->gc;
	u32 info;
	int err = pymm_gc_info(thread, gc->phase == PYMM_GC_TELL_STOP ? gc->found : 0, &info);

	if (err == -EINTR)
		return err;
	if (!err) {
		gc->info = info;
		return 0;
	}
	thread->arena->unraisable++;
	pymm_exception_forget(thread, &thread->raised);
	gc->told = U32_MAX;
	return 0;
}

/* Call the next function in gc.callbacks: 1, or 0 when all were called, or -EINTR. */
static int pymm_gc_tell_next(struct pymm_thread *thread)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_gc *gc = &arena->gc;
	u32 function, args[2];
	int err = 0;

	if (!gc->info && !gc->told)
		err = pymm_gc_make_info(thread);
	if (err)
		return err;
	if (gc->told >= pymm_object(arena, PYMM_NO_GC_CALLBACKS)->len) {
		function = gc->info;
		gc->info = 0;
		if (function)
			pymm_put(thread, function);
		return 0;
	}
	function = pymm_items(arena, PYMM_NO_GC_CALLBACKS)[gc->told];
	args[0] = gc->phase == PYMM_GC_TELL_STOP ? PYMM_NO_NAME_STOP : PYMM_NO_NAME_START;
	args[1] = gc->info;
	err = pymm_hook_args(thread, function, args, ARRAY_SIZE(args),
			     pymm_get(arena, function), PYMM_ROLE_CALLBACK);
	if (err)
		pymm_put(thread, function);
	else
		gc->told++;
	return err ?: 1;
}

/* Find the garbage: 0 with gc->found, or -EINTR, and all have survived. */
static int pymm_gc_find(struct pymm_thread *thread)
{
	struct pymm_gc *gc = &thread->arena->gc;
	int err;
	u32 i;

	gc->started_ns = ktime_get_ns();
	gc->visited = 0;
	for (i = 0; i <= gc->generation; i++)
		gc->visited += pymm_gc_tracked(gc, i);
	trace_pymm_gc_start(thread->arena->id, thread->id, gc->generation, gc->visited);
	pymm_pin(thread);
	err = pymm_gc_analyse(thread, gc->generation);
	pymm_unpin(thread);
	if (err) {
		pymm_gc_trace_end(thread, 0);
		return err;
	}
	pymm_gc_counts(gc);
	gc->called_freed = 0;
	gc->finalized = false;
	gc->phase = !pymm_gc_garbage(gc)->live ? PYMM_GC_CLEAR :
		    thread->arena->weakrefs.used ? PYMM_GC_WEAKREFS :
		    thread->arena->finalizers ? PYMM_GC_FINALIZE : PYMM_GC_RESURRECT;
	gc->cursor = pymm_gc_garbage(gc)->start;
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
	if (pymm_gc_has_callbacks(thread->arena)) {
		gc->collecting = true;
		pymm_gc_tell(gc, PYMM_GC_TELL_START);
		pymm_gc_push(thread);
		return 0;
	}
	err = pymm_gc_find(thread);
	if (err)
		return err;
	if (!pymm_gc_garbage(gc)->live) {
		pymm_gc_account(thread);
		return pymm_gc_finish(thread);
	}
	gc->collecting = true;
	pymm_gc_push(thread);
	return 0;
}

/*
 * Drop the references of a list whose items do not die of it: no other header is needed for those.
 * Returns how many items are left.
 */
static u32 pymm_gc_clear_items(struct pymm_arena *arena, u32 no, u32 count)
{
	const u32 *items = pymm_items(arena, no);
	struct pymm_object *item;

	for (; count; count--) {
		item = pymm_object(arena, items[count - 1]);
		if (!items[count - 1] || pymm_object_immortal(item))
			continue;
		if (item->refs == 1)
			break;
		item->refs--;
	}
	return count;
}

/* A list that is not long; true if nothing is left of it. */
static bool pymm_gc_clear_list(struct pymm_arena *arena, u32 no, struct pymm_object *object)
{
	u32 *items = pymm_items(arena, no), cap = object->cap;

	if (object->len > PYMM_TICK_STEPS)
		return false;
	object->len = pymm_gc_clear_items(arena, no, object->len);
	if (object->len)
		return false;
	object->cap = 0;
	*pymm_payload(arena, no) = NULL;
	pymm_payload_free(arena, items, array_size(cap, sizeof(*items)));
	return true;
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

	if (object->type == PYMM_TYPE_LIST && pymm_gc_clear_list(arena, no, object))
		return;
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
	pymm_gc_account(thread);
	if (pymm_gc_has_callbacks(thread->arena)) {
		pymm_gc_tell(gc, PYMM_GC_TELL_STOP);
		return 0;
	}
	thread->frame = gc->frame.prev;
	return pymm_gc_finish(thread);
}

/* With DEBUG_SAVEALL, what was found is kept. One that there is no memory for is lost. */
static int pymm_gc_save(struct pymm_thread *thread, u32 no)
{
	int err = pymm_list_append(thread, PYMM_NO_GC_GARBAGE, no);

	if (err == -EINTR)
		return err;
	if (err)
		pymm_exception_forget(thread, &thread->raised);
	pymm_gc_keep(thread->arena);
	return 0;
}

static int pymm_gc_clear_next(struct pymm_thread *thread, u32 no)
{
	struct pymm_gc *gc = &thread->arena->gc;

	if (gc->debug & PYMM_GC_DEBUG_SAVEALL)
		return pymm_gc_save(thread, no);
	gc->clearing = pymm_get(thread->arena, no);
	gc->phase = PYMM_GC_LET_GO;
	pymm_gc_clear(thread, no);
	return 0;
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
	if (err)
		return err;
	gc->found = pymm_gc_garbage(gc)->live + gc->called_freed;
	gc->cursor = pymm_gc_garbage(gc)->start;
	gc->phase = PYMM_GC_CLEAR;
	return 0;
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

/* Deal with the next piece of garbage. */
static int pymm_gc_step_once(struct pymm_thread *thread)
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
	case PYMM_GC_TELL_START:
		err = pymm_gc_tell_next(thread);
		if (!err)
			gc->phase = PYMM_GC_ANALYSE;
		err = min(err, 0);
		break;
	case PYMM_GC_ANALYSE:
		err = pymm_gc_find(thread);
		break;
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
		if (no)
			err = pymm_gc_clear_next(thread, no);
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
	case PYMM_GC_TELL_STOP:
		err = pymm_gc_tell_next(thread);
		if (!err) {
			thread->frame = gc->frame.prev;
			return pymm_gc_finish(thread);
		}
		err = min(err, 0);
		break;
	}
	return err ?: pymm_tick(thread, 1 + skipped);
}

/**
 * pymm_gc_step() - the continuation of a collection: free garbage
 * @thread: the running thread, whose innermost frame is the collection's
 *
 * Goes on until the collection has ended, or something else has to be done before that: a finalizer
 * or callback, or a check point.
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_gc_step(struct pymm_thread *thread)
{
	const struct pymm_frame *frame = &thread->arena->gc.frame;
	int err;

	do {
		err = pymm_gc_step_once(thread);
		if (!err && thread->dying)
			err = pymm_dealloc_drain(thread);
	} while (!err && thread->frame == frame && !thread->reports && !thread->hooked);
	return err;
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
	bool begun = gc->phase != PYMM_GC_TELL_START && gc->phase != PYMM_GC_ANALYSE;
	u32 ref, count = 0;

	if (begun && gc->phase != PYMM_GC_TELL_STOP) {
		older->end = garbage->end;
		older->live += garbage->live;
		garbage->start = garbage->end;
		garbage->live = 0;
		pymm_gc_trace_end(thread, gc->found);
	}
	gc->collecting = false;
	gc->called = 0;
	ref = gc->info;
	gc->info = 0;
	if (ref)
		pymm_put(thread, ref);
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
