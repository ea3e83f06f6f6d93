// SPDX-License-Identifier: GPL-2.0-only
/*
 * After a collection's analysis: survivors get their places in the next older generation, garbage
 * its own, or is freed there and then.
 */
#include <linux/sched/signal.h>

#include "gc_analyse.h"
#include "trace.h"

static __always_inline void pymm_place(struct pymm_analysis *a, const struct pymm_view v, u32 no,
				       struct pymm_chunk *chunk)
{
	v.order[a->place] = no;
	chunk->pos[PYMM_IN_CHUNK(no)] = a->place++;
	if (!(a->place % PYMM_CHUNK_OBJECTS))
		cond_resched();
}

static void pymm_place_queue(struct pymm_analysis *a, const struct pymm_queue *queue)
{
	const struct pymm_view v = pymm_view(a);
	u32 left, next, no = queue->head;
	struct pymm_chunk *chunk;

	for (left = queue->length; left; left--) {
		chunk = pymm_view_chunk(v, no);
		next = chunk->pos[PYMM_IN_CHUNK(no)];
		pymm_place(a, v, no, chunk);
		no = next;
	}
}

/* One reference less of what survives; garbage is freed all the same. */
static __always_inline bool pymm_visit_drop(struct pymm_analysis *a, const struct pymm_view v,
					    u32 ref)
{
	struct pymm_object *object;

	if (ref < PYMM_NO_FIRST_MORTAL)
		return false;
	object = &pymm_view_chunk(v, ref)->objects[PYMM_IN_CHUNK(ref)];
	if ((object->flags & PYMM_OBJ_TENTATIVE) || pymm_object_immortal(object))
		return false;
	if (!--object->refs)
		pymm_object_dead(a->thread, ref);
	return false;
}

static noinline int pymm_drop_slowly(struct pymm_analysis *a, const struct pymm_view v, u32 no,
				     struct pymm_chunk *chunk)
{
	return pymm_traverse_slowly(a, v, no, chunk, pymm_visit_drop);
}

/* Bytes of the payload of a frequent type, or 0: its type frees it. */
static __always_inline size_t pymm_sweep_size(const struct pymm_object *object, const void *payload)
{
	switch (object->type) {
	case PYMM_TYPE_LIST:
	case PYMM_TYPE_TUPLE:
		return object->cap * sizeof(u32);
	case PYMM_TYPE_DICT:
	case PYMM_TYPE_INSTANCE:
		return pymm_dict_size(((const struct pymm_dict *)payload)->mask + 1);
	default:
		return 0;
	}
}

/* A payload that nothing in it is needed of any more. */
static __always_inline void pymm_sweep_payload(struct pymm_analysis *a, u32 no,
					       struct pymm_chunk *chunk)
{
	const struct pymm_object *object = &chunk->objects[PYMM_IN_CHUNK(no)];
	void **payload = &chunk->payload[PYMM_IN_CHUNK(no)];
	size_t size;

	if (!*payload)
		return;
	size = pymm_sweep_size(object, *payload);
	if (!size || !pymm_pooled(size)) {
		pymm_types[object->type]->free(a->arena, no);
		return;
	}
	a->swept_bytes += size;
	pymm_pool_free(&a->arena->heap.pools, *payload, size);
	*payload = NULL;
}

/*
 * Free an object of the garbage. It stays TENTATIVE while its header is on the free list, for those
 * that still refer to it; nothing is made before all of them are freed.
 */
static __always_inline void pymm_sweep(struct pymm_analysis *a, const struct pymm_view v, u32 no,
				       struct pymm_chunk *chunk)
{
	struct pymm_object *object = &chunk->objects[PYMM_IN_CHUNK(no)];

	pymm_traverse(a, v, no, chunk, pymm_visit_drop, pymm_drop_slowly);
	pymm_sweep_payload(a, no, chunk);
	object->type = 0;
	object->flags = PYMM_OBJ_TENTATIVE;
	object->len = a->arena->heap.free;
	a->arena->heap.free = no;
	a->swept++;
}

/*
 * So much garbage is freed at once: who waits for the arena waits for all of it, and who is killed
 * goes on to its end.
 */
#define PYMM_GC_SWEPT		SZ_1M

/*
 * Does nobody notice in which order garbage is freed? There is nothing that would run, and nobody
 * looks on.
 */
static bool pymm_may_sweep(const struct pymm_analysis *a)
{
	return a->tentative <= PYMM_GC_SWEPT && !a->arena->finalizers &&
	       !a->arena->weakrefs.used && !a->gc->debug && !trace_pymm_object_free_enabled();
}

/* What stays unreachable waits for its end, or meets it. */
static __always_inline void pymm_set_aside(struct pymm_analysis *a, const struct pymm_view v,
					   u32 no, struct pymm_chunk *chunk)
{
	if (a->sweeping) {
		pymm_sweep(a, v, no, chunk);
		return;
	}
	chunk->objects[PYMM_IN_CHUNK(no)].flags &= ~PYMM_OBJ_TENTATIVE;
	pymm_queue_push(&a->dead, no, &chunk->pos[PYMM_IN_CHUNK(no)]);
}

/*
 * Give everything its new place: survivors, those found late, the dead. With @keep
 * everything is a survivor. Linear in the set, and not killable.
 */
static void pymm_place_all(struct pymm_analysis *a, bool keep)
{
	const struct pymm_view v = pymm_view(a);
	struct pymm_object *object;
	struct pymm_chunk *chunk;
	u32 i, no;

	for (i = a->start; i < a->end; i++) {
		no = v.order[i];
		if (!no) {
			pymm_analysis_tick(a, 1);
			continue;
		}
		chunk = pymm_view_chunk(v, no);
		object = &chunk->objects[PYMM_IN_CHUNK(no)];
		chunk->gc_refs[PYMM_IN_CHUNK(no)] = 0;
		if ((object->flags & PYMM_OBJ_TENTATIVE) && !keep) {
			pymm_set_aside(a, v, no, chunk);
			pymm_analysis_tick(a, 1);
		} else {
			object->flags &= ~PYMM_OBJ_TENTATIVE;
			pymm_place(a, v, no, chunk);
		}
	}
	pymm_place_queue(a, &a->late);
}

/* Nobody has a place from @from on. */
static void pymm_place_nothing(struct pymm_analysis *a, u32 from)
{
	u32 part;

	for (; from < a->end; from += part) {
		part = min_t(u32, a->end - from, SZ_64K);
		memset(a->gc->order + from, 0, array_size(part, sizeof(u32)));
		cond_resched();
	}
}

/*
 * Can survivors that were not moved stay, and the others join them at the end? If there is room, no
 * more of the places are empty than taken, and it is known which are no survivors.
 */
static bool pymm_may_stay(const struct pymm_analysis *a)
{
	u64 end = (u64)a->end + a->late.length + a->tentative;

	return (!a->tentative || a->nr_marked <= PYMM_GC_MARKED) && end <= a->gc->cap &&
	       end - a->place <= 2 * a->live;
}

/* As pymm_place_all() for those that do not stay. */
static void pymm_place_few(struct pymm_analysis *a)
{
	const struct pymm_view v = pymm_view(a);
	struct pymm_chunk *chunk;
	u32 i, no;

	for (i = 0; a->tentative && i < a->nr_marked; i++) {
		no = a->marked[i];
		chunk = pymm_view_chunk(v, no);
		if (!(chunk->objects[PYMM_IN_CHUNK(no)].flags & PYMM_OBJ_TENTATIVE))
			continue;
		v.order[chunk->pos[PYMM_IN_CHUNK(no)]] = 0;
		chunk->gc_refs[PYMM_IN_CHUNK(no)] = 0;
		pymm_set_aside(a, v, no, chunk);
	}
	a->place = a->end;
	pymm_place_queue(a, &a->late);
}

static void pymm_place_survivors(struct pymm_analysis *a, int err)
{
	a->placing = true;
	a->sweeping = !err && pymm_may_sweep(a);
	if (!err && pymm_may_stay(a))
		pymm_place_few(a);
	else
		pymm_place_all(a, err);
	a->survivors = err ? a->live : a->live - a->dead.length - a->swept;
	a->arena->heap.objects -= a->swept;
	pymm_heap_uncharge(a->arena, a->swept_bytes);
}

/* Can a container that was looked at be part of a cycle? As _PyTuple_MaybeUntrack(). */
static void pymm_maybe_untrack(struct pymm_analysis *a, u32 no)
{
	struct pymm_span span = {};
	u32 i, j, ref;

	pymm_type_of(a->arena, no)->span(a->arena, no, &span);
	for (i = 0; i < span.groups; i++) {
		/* It may stay tracked: that is only work for the next collection. */
		if (i % PYMM_TICK_STEPS == 0) {
			if (fatal_signal_pending(current))
				return;
			cond_resched();
		}
		for (j = 0; j < span.width; j++) {
			ref = span.base[(size_t)i * span.stride + j];
			if (ref && pymm_gc_may_be_tracked(a->arena, ref))
				return;
		}
	}
	a->gc->order[*pymm_pos(a->arena, no)] = 0;
	pymm_object(a->arena, no)->flags &= ~PYMM_OBJ_TRACKED;
	a->survivors--;
}

/* Step 5 for all survivors of a type. */
static void pymm_untrack_all(struct pymm_analysis *a, enum pymm_type type, u32 from)
{
	u32 i, no;

	for (i = from; i < a->place; i++) {
		if (!(i % PYMM_CHUNK_OBJECTS))
			cond_resched();
		no = a->gc->order[i];
		if (no && pymm_is(a->arena, no, type))
			pymm_maybe_untrack(a, no);
	}
}

/* The same for those that were remembered, if they have survived. */
static void pymm_untrack_some(struct pymm_analysis *a, enum pymm_type type, u32 from)
{
	u32 i, no, pos;

	for (i = 0; i < a->nr_atomic; i++) {
		no = a->atomic[i];
		pos = *pymm_pos(a->arena, no);
		if (pos >= from && pos < a->place && a->gc->order[pos] == no &&
		    pymm_is(a->arena, no, type))
			pymm_maybe_untrack(a, no);
	}
}

/* Step 5: stop tracking survivors that hold atoms only. */
static void pymm_untrack_atomic(struct pymm_analysis *a, enum pymm_type type, u32 from)
{
	if (a->nr_atomic > PYMM_GC_ATOMIC)
		pymm_untrack_all(a, type, from);
	else
		pymm_untrack_some(a, type, from);
}

/* The boundaries of the segments, after survivors and garbage have their places. */
static void pymm_set_segments(struct pymm_analysis *a, u32 generation, u32 from)
{
	struct pymm_seg *segs = a->gc->segs;
	u32 garbage = generation ? PYMM_SEG_GARBAGE2 : PYMM_SEG_GARBAGE1;
	u32 i, end = a->place + a->dead.length;

	segs[garbage] = (struct pymm_seg){ a->place, end, a->dead.length };
	segs[garbage - 1].end = a->place;
	if (generation == PYMM_GENERATIONS - 1)
		segs[garbage - 1].live = 0;
	segs[garbage - 1].live += a->survivors;
	for (i = garbage + 1; i < PYMM_SEGMENTS; i++)
		segs[i] = (struct pymm_seg){ end, end, 0 };
	pymm_place_nothing(a, max(end, from));
}

/**
 * pymm_gc_place() - the end of a collection's analysis
 * @a: the analysis
 * @generation: what is collected
 * @err: what has ended it early: then all survive
 *
 * Context: as pymm_gc_analyse().
 */
void pymm_gc_place(struct pymm_analysis *a, u32 generation, int err)
{
	struct pymm_gc *gc = a->gc;
	u32 from = a->place;

	pymm_place_survivors(a, err);
	pymm_untrack_atomic(a, PYMM_TYPE_TUPLE, from);
	if (generation == PYMM_GENERATIONS - 2)
		gc->long_lived_pending += a->survivors;
	if (generation == PYMM_GENERATIONS - 1) {
		pymm_untrack_atomic(a, PYMM_TYPE_DICT, from);
		gc->long_lived_pending = 0;
		gc->long_lived_total = a->survivors;
	}
	pymm_place_queue(a, &a->dead);
	a->place -= a->dead.length;
	pymm_set_segments(a, generation, from);
}

/**
 * pymm_gc_place_garbage() - the end of the analysis of garbage whose finalizers have run
 * @a: the analysis
 * @older: the segment before the garbage; survivors join it
 * @garbage: the garbage
 * @err: what has ended it early: then all are garbage as before
 *
 * Context: as pymm_gc_analyse().
 */
void pymm_gc_place_garbage(struct pymm_analysis *a, struct pymm_seg *older,
			   struct pymm_seg *garbage, int err)
{
	a->placing = true;
	pymm_place_all(a, err);
	if (err) {
		*garbage = (struct pymm_seg){ a->start, a->place, a->place - a->start };
	} else {
		older->end = a->place;
		older->live += a->place - a->start;
		pymm_place_queue(a, &a->dead);
		*garbage = (struct pymm_seg){ older->end, a->place, a->dead.length };
	}
	pymm_place_nothing(a, a->place);
}
