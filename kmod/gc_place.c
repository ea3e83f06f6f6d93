// SPDX-License-Identifier: GPL-2.0-only
/*
 * After a collection's analysis: survivors get their places in the next older generation, garbage
 * its own, or is freed there and then.
 */
#include <linux/sched/signal.h>

#include "gc_analyse.h"
#include "trace.h"

static __always_inline void pymm_place(const struct pymm_view v, u32 no, struct pymm_chunk *chunk,
				       u32 *place)
{
	v.order[*place] = no;
	chunk->pos[PYMM_IN_CHUNK(no)] = (*place)++;
}

static void pymm_place_queue(struct pymm_analysis *a, const struct pymm_queue *queue)
{
	const struct pymm_view v = pymm_view(a);
	u32 next, no = queue->head, place = a->place, end = place + queue->length;
	struct pymm_chunk *chunk;

	while (place != end) {
		chunk = pymm_view_chunk(v, no);
		next = chunk->pos[PYMM_IN_CHUNK(no)];
		pymm_place(v, no, chunk, &place);
		no = next;
		if (!(place % PYMM_CHUNK_OBJECTS))
			cond_resched();
	}
	a->place = place;
}

/* For pymm_sweep_end(). */
static __always_inline void pymm_unreferenced(struct pymm_analysis *a, u32 no,
					      struct pymm_object *object)
{
	object->refs = a->unreferenced;
	a->unreferenced = no;
}

/*
 * One reference less of what survives; garbage, which alone has gc_refs now, is freed all the same.
 * What has none left is for pymm_sweep_end().
 */
static __always_inline bool pymm_visit_drop(struct pymm_analysis *a, const struct pymm_view v,
					    u32 ref)
{
	struct pymm_object *object;
	struct pymm_chunk *chunk;

	if (ref < PYMM_NO_FIRST_MORTAL)
		return false;
	chunk = pymm_view_chunk(v, ref);
	if (chunk->gc_refs[PYMM_IN_CHUNK(ref)])
		return false;
	object = &chunk->objects[PYMM_IN_CHUNK(ref)];
	if (!pymm_object_immortal(object) && !--object->refs)
		pymm_unreferenced(a, ref, object);
	return false;
}

/* What is long or rare. */
static noinline void pymm_sweep_slowly(struct pymm_analysis *a, const struct pymm_view v, u32 no,
				       struct pymm_chunk *chunk)
{
	const struct pymm_object *object = &chunk->objects[PYMM_IN_CHUNK(no)];

	pymm_traverse_slowly(a, v, no, chunk, pymm_visit_drop);
	if (chunk->payload[PYMM_IN_CHUNK(no)])
		pymm_types[object->type]->free(a->arena, no);
}

/*
 * What a loop has done so far: the steps since the last tick, where the next survivor goes, what
 * was freed, and how many instances of a class, whose references to it have not been dropped.
 */
struct pymm_placing {
	u32 steps;
	u32 place;
	u32 free;
	u32 class;
	u32 instances;
	u64 bytes;
};

/* References to a class that may be garbage as well. */
static void pymm_sweep_class(struct pymm_analysis *a, u32 class, u32 instances)
{
	struct pymm_object *object = pymm_object(a->arena, class);

	if (!instances || pymm_object_immortal(object) || *pymm_gc_refs(a->arena, class))
		return;
	object->refs -= instances;
	if (!object->refs)
		pymm_unreferenced(a, class, object);
}

/* The payload of a list or tuple, a dict or an instance. */
static __always_inline void pymm_sweep_payload(struct pymm_analysis *a, void **payload, size_t size,
					       struct pymm_placing *placing)
{
	placing->bytes += size;
	if (likely(pymm_pooled(size)))
		pymm_pool_free(&a->arena->heap.pools, *payload, size);
	else
		kvfree(*payload);
	*payload = NULL;
}

static __always_inline void pymm_sweep_contents(struct pymm_analysis *a, const struct pymm_view v,
						u32 no, struct pymm_chunk *chunk,
						struct pymm_placing *placing)
{
	const struct pymm_object *object = &chunk->objects[PYMM_IN_CHUNK(no)];
	void **payload = &chunk->payload[PYMM_IN_CHUNK(no)];
	const struct pymm_dict *dict = *payload;
	u32 type = object->type;

	if (type == PYMM_TYPE_LIST || type == PYMM_TYPE_TUPLE) {
		if (!dict)
			return;
		if (unlikely(object->len > PYMM_TICK_STEPS)) {
			pymm_sweep_slowly(a, v, no, chunk);
			return;
		}
		placing->steps += object->len;
		pymm_traverse_items(a, v, (const u32 *)dict, object->len, pymm_visit_drop);
		pymm_sweep_payload(a, payload, object->cap * sizeof(u32), placing);
		return;
	}
	if (!dict || (type != PYMM_TYPE_DICT && type != PYMM_TYPE_INSTANCE) ||
	    (object->aux & PYMM_AUX_DICT) || dict->used > PYMM_TICK_STEPS) {
		pymm_sweep_slowly(a, v, no, chunk);
		return;
	}
	placing->steps += dict->used;
	pymm_traverse_entries(a, v, dict->entries, dict->used, true, pymm_visit_drop);
	if (type == PYMM_TYPE_INSTANCE && object->cap != placing->class) {
		pymm_sweep_class(a, placing->class, placing->instances);
		placing->class = object->cap;
		placing->instances = 0;
	}
	if (type == PYMM_TYPE_INSTANCE)
		placing->instances++;
	pymm_sweep_payload(a, payload, pymm_dict_bytes(dict), placing);
}

/*
 * Free an object of the garbage. It keeps its gc_refs while its header is on the free list, for
 * those that still refer to it; nothing is made before all of them are freed.
 */
static __always_inline void pymm_sweep(struct pymm_analysis *a, const struct pymm_view v, u32 no,
				       struct pymm_chunk *chunk, struct pymm_placing *placing)
{
	pymm_sweep_contents(a, v, no, chunk, placing);
	chunk->objects[PYMM_IN_CHUNK(no)] = (struct pymm_object){ .len = placing->free };
	placing->free = no;
}

/*
 * So much garbage is freed at once, objects and references: who waits for the arena waits for all
 * of it, and who is killed goes on to its end.
 */
#define PYMM_GC_SWEPT		(4 * SZ_1M)

/* How many objects are garbage. */
static u32 pymm_dead(const struct pymm_analysis *a)
{
	return a->unreached - a->late.length;
}

/* Is the garbage no more than that? The whole set is, or it is known what may be garbage. */
static bool pymm_is_little(const struct pymm_analysis *a)
{
	u64 references = 0;
	u32 i;

	if (a->counted <= PYMM_GC_SWEPT)
		return true;
	if (a->unreached > PYMM_GC_MARKED)
		return false;
	/* Of what is no container, len is another number: then it is taken for much. */
	for (i = 0; i < a->unreached; i++)
		references += pymm_object(a->arena, a->marked[i])->len;
	return references <= PYMM_GC_SWEPT;
}

/*
 * Does nobody notice in which order garbage is freed? There is nothing that would run, and nobody
 * looks on.
 */
static bool pymm_may_sweep(const struct pymm_analysis *a)
{
	return pymm_dead(a) && pymm_is_little(a) && !a->arena->finalizers &&
	       !a->arena->weakrefs.used && !a->gc->debug && !trace_pymm_object_free_enabled();
}

/* What stays unreachable waits for its end, or meets it. */
static __always_inline void pymm_set_aside(struct pymm_analysis *a, const struct pymm_view v,
					   u32 no, struct pymm_chunk *chunk, bool sweep,
					   struct pymm_placing *placing)
{
	if (sweep) {
		pymm_sweep(a, v, no, chunk, placing);
		return;
	}
	chunk->gc_refs[PYMM_IN_CHUNK(no)] = 0;
	pymm_queue_push(&a->dead, no, &chunk->pos[PYMM_IN_CHUNK(no)]);
}

static void pymm_placed(struct pymm_analysis *a, const struct pymm_placing *placing)
{
	pymm_sweep_class(a, placing->class, placing->instances);
	a->place = placing->place;
	a->arena->heap.free = placing->free;
	pymm_heap_uncharge(a->arena, placing->bytes);
}

static __always_inline void pymm_place_each(struct pymm_analysis *a, bool keep, bool sweep)
{
	const struct pymm_view v = pymm_view(a);
	const u32 *at = v.order + v.start, *end = at + v.size;
	struct pymm_placing placing = { .place = a->place, .free = a->arena->heap.free };
	struct pymm_chunk *chunk;
	u32 no;

	for (; at != end; at++) {
		no = *at;
		placing.steps++;
		pymm_analysis_tick(a, &placing.steps);
		if (!no)
			continue;
		chunk = pymm_view_chunk(v, no);
		if (!keep && chunk->gc_refs[PYMM_IN_CHUNK(no)]) {
			pymm_set_aside(a, v, no, chunk, sweep, &placing);
			continue;
		}
		if (keep)
			chunk->gc_refs[PYMM_IN_CHUNK(no)] = 0;
		pymm_place(v, no, chunk, &placing.place);
	}
	pymm_placed(a, &placing);
}

/*
 * Give everything its new place: survivors, those found late, the dead. With @keep
 * everything is a survivor. Linear in the set, and not killable.
 */
static void pymm_place_all(struct pymm_analysis *a, bool keep)
{
	if (keep)
		pymm_place_each(a, true, false);
	else if (a->sweeping)
		pymm_place_each(a, false, true);
	else
		pymm_place_each(a, false, false);
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
	u64 end = (u64)a->end + a->unreached;

	return (!pymm_dead(a) || a->unreached <= PYMM_GC_MARKED) && end <= a->gc->cap &&
	       end - a->place <= 2 * a->live;
}

/* As pymm_place_all() for those that do not stay. */
static void pymm_place_few(struct pymm_analysis *a)
{
	const struct pymm_view v = pymm_view(a);
	struct pymm_placing placing = { .place = a->place, .free = a->arena->heap.free };
	struct pymm_chunk *chunk;
	u32 i, no;

	for (i = 0; pymm_dead(a) && i < a->unreached; i++) {
		no = a->marked[i];
		chunk = pymm_view_chunk(v, no);
		if (!chunk->gc_refs[PYMM_IN_CHUNK(no)])
			continue;
		v.order[chunk->pos[PYMM_IN_CHUNK(no)]] = 0;
		pymm_set_aside(a, v, no, chunk, a->sweeping, &placing);
		pymm_analysis_tick(a, &placing.steps);
	}
	pymm_placed(a, &placing);
	a->place = a->end;
	pymm_place_queue(a, &a->late);
}

/* What was freed has no gc_refs any more: all that is on the free list before @last. */
static void pymm_forget_swept(struct pymm_analysis *a, u32 last)
{
	struct pymm_heap *heap = &a->arena->heap;
	u32 i, no;

	if ((u64)a->swept * 4 >= heap->bump) {
		pymm_forget_all_refs(a);
		return;
	}
	for (i = 0, no = heap->free; no != last; no = pymm_object(a->arena, no)->len) {
		*pymm_gc_refs(a->arena, no) = 0;
		if (!(++i % PYMM_CHUNK_OBJECTS))
			cond_resched();
	}
}

/* What only garbage referred to dies. */
static void pymm_sweep_end(struct pymm_analysis *a)
{
	struct pymm_object *object;
	u32 no, steps = 0;

	while ((no = a->unreferenced)) {
		object = pymm_object(a->arena, no);
		a->unreferenced = object->refs;
		object->refs = 0;
		pymm_object_dead(a->thread, no);
		steps++;
		pymm_analysis_tick(a, &steps);
	}
}

static void pymm_place_survivors(struct pymm_analysis *a, int err)
{
	u32 free = a->arena->heap.free;

	a->placing = true;
	a->sweeping = !err && pymm_may_sweep(a);
	if (a->sweeping)
		a->swept = pymm_dead(a);
	if (!err && pymm_may_stay(a))
		pymm_place_few(a);
	else
		pymm_place_all(a, err);
	if (a->sweeping) {
		pymm_forget_swept(a, free);
		pymm_sweep_end(a);
	}
	a->survivors = err ? a->live : a->live - a->dead.length - a->swept;
	a->arena->heap.objects -= a->swept;
}

/* Can a container that was looked at be part of a cycle? As _PyTuple_MaybeUntrack(). */
static void pymm_maybe_untrack(struct pymm_analysis *a, u32 no)
{
	struct pymm_span span = {};
	u32 i, j, ref;

	if (pymm_object(a->arena, no)->aux & PYMM_AUX_STAYS)
		return;
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
static void pymm_set_segments(struct pymm_analysis *a, u32 generation)
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
	pymm_place_nothing(a, end);
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
	pymm_set_segments(a, generation);
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
