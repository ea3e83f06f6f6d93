// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a collection can reach: steps 1 to 4 of semantics.md 4.13, in place.
 *
 * CPython copies the count of each object of the set and subtracts what refers to it from inside.
 * Here gc_refs[], which is 0 between collections, counts the latter: an object is held from
 * outside if its count is larger. An object of the set is known by its place in gc->order.
 *
 * While the references are counted, what has none when its turn comes is suspect. If all that is
 * suspect turns out to be held from outside, everything is reachable and stays where it is, and
 * that is all: see pymm_all_stay(). Else all are looked at once more; what refers to nothing in the
 * set is LEAF then, and not followed.
 *
 * CPython moves objects between linked lists. Here they stay where they stand. What is found
 * reachable, or is at its turn, has gc_refs of 0 from then on; what was looked at and has not is
 * unreachable so far. If one of these is found reachable late, it goes to the end of the set, as
 * CPython moves it to the end of its list: it leaves a 0 behind and joins a queue that is linked
 * through pos[], which nobody needs for it until all are given their new places. So the result has
 * CPython's order, and nothing is allocated.
 *
 * Until the places are given, all that was changed is LEAF, gc_refs[], pos[] and which places are
 * empty, so that a killed task leaves by taking everything for a survivor.
 */
#include "gc_analyse.h"

/* From outside of the set? One whose count has reached its end is, whoever refers to it. */
static __always_inline bool pymm_is_held(const struct pymm_object *object, u32 gc_refs)
{
	return object->refs > gc_refs || unlikely(pymm_object_immortal(object));
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

static noinline int pymm_count_slowly(struct pymm_analysis *a, const struct pymm_view v, u32 no,
				      struct pymm_chunk *chunk)
{
	return pymm_traverse_slowly(a, v, no, chunk, pymm_visit_count);
}

/* Found reachable after it was looked at: to the end of the set. */
static __always_inline void pymm_reach_late(struct pymm_analysis *a, const struct pymm_view v,
					    u32 no, u32 *pos)
{
	v.order[*pos] = 0;
	pymm_queue_push(&a->late, no, pos);
}

/*
 * Step 4: an object with gc_refs is part of the set, and was not found reachable so far, unless
 * from outside: that is seen at its turn. Without them it is reachable, or not part of it.
 */
static __always_inline bool pymm_visit_reachable(struct pymm_analysis *a, const struct pymm_view v,
						 u32 ref)
{
	struct pymm_chunk *chunk;
	u32 i = PYMM_IN_CHUNK(ref), gc_refs;

	if (ref < PYMM_NO_FIRST_MORTAL)
		return false;
	chunk = pymm_view_chunk(v, ref);
	gc_refs = chunk->gc_refs[i];
	if (likely(!gc_refs))
		return false;
	if (unlikely(pymm_is_held(&chunk->objects[i], gc_refs)))
		return true;
	chunk->gc_refs[i] = 0;
	if (chunk->pos[i] < v.at)
		pymm_reach_late(a, v, ref, &chunk->pos[i]);
	return true;
}

static noinline int pymm_reach_slowly(struct pymm_analysis *a, const struct pymm_view v, u32 no,
				      struct pymm_chunk *chunk)
{
	return pymm_traverse_slowly(a, v, no, chunk, pymm_visit_reachable);
}

/*
 * The dict that an instance made when its finalizer asked for it, too young for the set, or 0: what
 * is in it is the instance's as before, unless somebody else has got hold of it. To be asked while
 * pos[] is a place.
 */
static u32 pymm_late_dict(const struct pymm_view v, const struct pymm_object *object)
{
	const struct pymm_object *dict;
	struct pymm_chunk *chunk;

	if (object->type != PYMM_TYPE_INSTANCE || !(object->aux & PYMM_AUX_DICT))
		return 0;
	chunk = pymm_view_chunk(v, object->len);
	dict = &chunk->objects[PYMM_IN_CHUNK(object->len)];
	if (dict->refs != 1 ||
	    ((dict->flags & PYMM_OBJ_TRACKED) && pymm_in_set(v, chunk, object->len)))
		return 0;
	return object->len;
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

/* References to a class not counted yet: most instances have the class of the one before. */
struct pymm_same_class {
	u32 no;
	u32 refs;
};

static void pymm_count_same(struct pymm_analysis *a, u32 no, u32 refs)
{
	if (refs)
		*pymm_gc_refs(a->arena, no) += refs;
}

static __always_inline bool pymm_count_class(struct pymm_analysis *a, const struct pymm_view v,
					     u32 class, struct pymm_same_class *same)
{
	if (likely(class == same->no)) {
		same->refs++;
		return true;
	}
	if (!pymm_visit_count(a, v, class))
		return false;
	pymm_count_same(a, same->no, same->refs);
	*same = (struct pymm_same_class){ .no = class };
	return true;
}

/*
 * Nothing before it refers to an object, or only instances to their class: it is unreachable so far
 * if nobody outside does.
 */
static __always_inline void pymm_suspect(struct pymm_analysis *a, u32 no)
{
	if (a->suspects > PYMM_GC_SUSPECTS)
		return;
	if (a->suspects < PYMM_GC_SUSPECTS)
		a->suspect[a->suspects] = no;
	a->suspects++;
}

/* What refers to nothing in the set need not be followed later. Most are as they were. */
static __always_inline void pymm_leaf(struct pymm_analysis *a, u32 no, struct pymm_object *object,
				      bool leaf)
{
	u8 flags = leaf ? PYMM_OBJ_LEAF : 0;

	if (unlikely((object->flags ^ flags) & PYMM_OBJ_LEAF))
		object->flags ^= PYMM_OBJ_LEAF;
	if (!leaf || (object->type != PYMM_TYPE_TUPLE && object->type != PYMM_TYPE_DICT))
		return;
	if (a->nr_atomic < PYMM_GC_ATOMIC)
		a->atomic[a->nr_atomic] = no;
	a->nr_atomic++;
}

/* A tuple that something in the set refers to lets that be untracked as well: all are looked at. */
static void pymm_check_atomic(struct pymm_analysis *a)
{
	u32 i;

	for (i = 0; i < min_t(u32, a->nr_atomic, PYMM_GC_ATOMIC); i++)
		if (pymm_is(a->arena, a->atomic[i], PYMM_TYPE_TUPLE) &&
		    *pymm_gc_refs(a->arena, a->atomic[i])) {
			a->nr_atomic = PYMM_GC_ATOMIC + 1;
			return;
		}
}

static __always_inline int pymm_count_refs_of(struct pymm_analysis *a, const struct pymm_view v,
					      u32 no, bool garbage, u32 *steps,
					      struct pymm_same_class *same)
{
	struct pymm_chunk *chunk = pymm_view_chunk(v, no);
	struct pymm_object *object = &chunk->objects[PYMM_IN_CHUNK(no)];
	u32 dict = garbage ? pymm_late_dict(v, object) : 0, class = 0;
	int any, late = 0;

	if (!chunk->gc_refs[PYMM_IN_CHUNK(no)])
		pymm_suspect(a, no);
	any = pymm_traverse(a, v, no, chunk, steps, &class, pymm_visit_count, pymm_count_slowly);
	if (class && any >= 0)
		any |= pymm_count_class(a, v, class, same);
	if (dict && any >= 0)
		late = pymm_count_slowly(a, v, dict, pymm_view_chunk(v, dict));
	if (unlikely(any < 0 || late < 0))
		return -EINTR;
	pymm_leaf(a, no, object, !any && !late);
	return 0;
}

static __always_inline int pymm_count_refs_in(struct pymm_analysis *a, const struct pymm_view v,
					      bool garbage)
{
	const u32 *at = v.order + v.start, *end = at + v.size;
	struct pymm_same_class same = {};
	u32 steps = 0;

	for (; at != end; at++) {
		if (likely(*at) &&
		    unlikely(pymm_count_refs_of(a, v, *at, garbage, &steps, &same)))
			return -EINTR;
		steps++;
		if (unlikely(pymm_analysis_tick(a, &steps)))
			return -EINTR;
	}
	pymm_count_same(a, same.no, same.refs);
	return 0;
}

/* Steps 2 and 3. There is code of its own for what takes longest, a full collection. */
static int pymm_count_refs(struct pymm_analysis *a)
{
	struct pymm_view v = pymm_view(a);

	if (v.all) {
		v.all = true;
		return pymm_count_refs_in(a, v, false);
	}
	v.all = false;
	return pymm_count_refs_in(a, v, a->garbage);
}

/*
 * Is there neither garbage nor anything that CPython would move? Its step 4 takes an object for
 * unreachable if nobody outside of the set refers to it, and nothing that it has found reachable
 * before. Without any, all before an object are reachable, so what one of them refers to is no
 * candidate: only the suspects are.
 */
static bool pymm_all_stay(const struct pymm_analysis *a)
{
	const struct pymm_object *object;
	u32 i;

	if (a->suspects > PYMM_GC_SUSPECTS)
		return false;
	for (i = 0; i < a->suspects; i++) {
		object = pymm_object(a->arena, a->suspect[i]);
		if (!pymm_is_held(object, *pymm_gc_refs(a->arena, a->suspect[i])))
			return false;
	}
	return true;
}

/* All of gc_refs[] is 0 again. */
void pymm_forget_all_refs(struct pymm_analysis *a)
{
	const struct pymm_heap *heap = &a->arena->heap;
	u32 i;

	for (i = 0; i < heap->nr_chunks; i++) {
		memset(heap->chunks[i]->gc_refs, 0, sizeof(heap->chunks[i]->gc_refs));
		cond_resched();
	}
}

/* The same, where only objects of the set have any. */
static void pymm_forget_refs(struct pymm_analysis *a)
{
	u32 i;

	if (a->live * 4 >= a->arena->heap.bump) {
		pymm_forget_all_refs(a);
		return;
	}
	for (i = a->start; i < a->end; i++) {
		*pymm_gc_refs(a->arena, a->gc->order[i]) = 0;
		if (!(i % PYMM_CHUNK_OBJECTS))
			cond_resched();
	}
}

static __always_inline int pymm_reach(struct pymm_analysis *a, const struct pymm_view v, u32 no,
				      struct pymm_chunk *chunk, bool garbage, u32 *steps)
{
	const struct pymm_object *object = &chunk->objects[PYMM_IN_CHUNK(no)];
	u32 dict;
	int ret;

	if (object->flags & PYMM_OBJ_LEAF)
		return 0;
	dict = garbage ? pymm_late_dict(v, object) : 0;
	ret = pymm_traverse(a, v, no, chunk, steps, NULL, pymm_visit_reachable,
			    pymm_reach_slowly);
	if (dict && ret >= 0)
		ret = pymm_reach_slowly(a, v, dict, pymm_view_chunk(v, dict));
	return min(ret, 0);
}

/* Not reachable so far. */
static __always_inline void pymm_unreached(struct pymm_analysis *a, u32 no, u32 *unreached)
{
	if (unlikely(*unreached < PYMM_GC_MARKED))
		a->marked[*unreached] = no;
	++*unreached;
}

static __always_inline int pymm_find_reachable_from(struct pymm_analysis *a,
						    const struct pymm_view v, u32 no,
						    bool garbage, u32 *steps, u32 *unreached)
{
	struct pymm_chunk *chunk = pymm_view_chunk(v, no);
	u32 gc_refs = chunk->gc_refs[PYMM_IN_CHUNK(no)];

	if (gc_refs) {
		if (!pymm_is_held(&chunk->objects[PYMM_IN_CHUNK(no)], gc_refs)) {
			pymm_unreached(a, no, unreached);
			return 0;
		}
		chunk->gc_refs[PYMM_IN_CHUNK(no)] = 0;
	}
	return pymm_reach(a, v, no, chunk, garbage, steps);
}

static __always_inline int pymm_find_reachable_in(struct pymm_analysis *a, struct pymm_view v,
						  bool garbage)
{
	u32 no, end = a->end, steps = 0, unreached = 0;

	for (v.at = v.start; v.at < end; v.at++) {
		no = v.order[v.at];
		if (likely(no) &&
		    unlikely(pymm_find_reachable_from(a, v, no, garbage, &steps, &unreached)))
			return -EINTR;
		steps++;
		if (unlikely(pymm_analysis_tick(a, &steps)))
			return -EINTR;
	}
	a->unreached = unreached;
	return 0;
}

/* What was moved to the end of the set. It may grow meanwhile. */
static __always_inline int pymm_find_reachable_late(struct pymm_analysis *a, struct pymm_view v,
						    bool garbage)
{
	u32 no = a->late.head, done, steps = 0;
	struct pymm_chunk *chunk;

	v.at = a->end;
	for (done = 0; done < a->late.length; done++) {
		chunk = pymm_view_chunk(v, no);
		steps++;
		if (unlikely(pymm_reach(a, v, no, chunk, garbage, &steps)) ||
		    unlikely(pymm_analysis_tick(a, &steps)))
			return -EINTR;
		no = chunk->pos[PYMM_IN_CHUNK(no)];
	}
	return 0;
}

/* Step 4: what can be reached from outside of the set. */
static int pymm_find_reachable(struct pymm_analysis *a)
{
	const struct pymm_view v = pymm_view(a);

	if (a->garbage)
		return pymm_find_reachable_in(a, v, true) ?: pymm_find_reachable_late(a, v, true);
	return pymm_find_reachable_in(a, v, false) ?: pymm_find_reachable_late(a, v, false);
}

/* Steps 2 to 4: 0, or -EINTR in the middle of them. */
static int pymm_find_garbage(struct pymm_analysis *a)
{
	int err;

	pymm_queue_init(&a->late);
	pymm_queue_init(&a->dead);
	err = pymm_count_refs(a);
	if (err)
		return err;
	a->counted = a->work;
	pymm_check_atomic(a);
	if (pymm_all_stay(a)) {
		pymm_forget_refs(a);
		return 0;
	}
	return pymm_find_reachable(a);
}

/* What was done since the last tick is told: 0, or -EINTR. */
int pymm_analysis_tick_now(struct pymm_analysis *a, u32 steps)
{
	a->work += steps;
	if (!a->placing)
		return pymm_tick(a->thread, steps);
	pymm_tick_nofail(a->thread, steps);
	return 0;
}

/**
 * pymm_gc_analyse() - find what no reference from outside of a generation reaches
 * @thread: the running thread
 * @generation: it and the younger ones are the set
 *
 * Survivors are promoted; the rest, gc->found objects, is left in the garbage segment behind them,
 * unless nobody notices in which order it is freed: then it is freed here.
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
	u32 i;
	int err;

	for (i = 0; i <= generation; i++)
		a.live += pymm_gc_tracked(gc, i);
	if (generation == PYMM_GENERATIONS - 1) {
		pymm_merge(thread->arena);
		a.start = gc->segs[PYMM_SEG_GEN2].start;
		a.place = a.start;
		a.all = !gc->segs[PYMM_SEG_PERMANENT].live;
	} else {
		a.start = gc->segs[generation ? PYMM_SEG_GEN1 : PYMM_SEG_GEN0].start;
		a.place = gc->segs[generation ? PYMM_SEG_GEN2 : PYMM_SEG_GEN1].end;
	}
	err = pymm_find_garbage(&a);
	pymm_gc_place(&a, generation, err);
	gc->found = a.dead.length + a.swept;
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
 * Return: 0, or -EINTR when the task is being killed: then all are garbage as before.
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

	/* They are not even to be looked for: most is garbage. */
	a.suspects = PYMM_GC_SUSPECTS + 1;
	err = pymm_find_garbage(&a);
	pymm_gc_place_garbage(&a, older, garbage, err);
	return err;
}
