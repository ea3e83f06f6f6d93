// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of tracked objects, and the generations in it, see enum pymm_segment.
 */
#include <linux/sched.h>
#include <linux/string.h>

#include "core.h"

/** pymm_gc_free() - free the collector's memory; nobody else can reach @arena */
void pymm_gc_free(struct pymm_arena *arena)
{
	pymm_payload_free(arena, arena->gc.order,
			  array_size(arena->gc.cap, sizeof(*arena->gc.order)));
}

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

	for (i = PYMM_SEG_GEN0; i > PYMM_SEG_PERMANENT; i--)
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
	pymm_object(arena, no)->flags &= ~PYMM_OBJ_TRACKED;
	/* Nothing comes after the youngest generation, and most objects die young. */
	if (unlikely(pos < young->start)) {
		gc->segs[pymm_gc_segment(gc, pos)].live--;
		return;
	}
	young->live--;
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
	case PYMM_SEG_PERMANENT:
		return PYMM_GENERATION_PERMANENT;
	default:
		return 2;
	}
}

/** pymm_gc_segment_of() - where a generation, or the permanent one, lies */
const struct pymm_seg *pymm_gc_segment_of(const struct pymm_gc *gc, u32 generation)
{
	static const u8 segments[] = {
		PYMM_SEG_GEN0, PYMM_SEG_GEN1, PYMM_SEG_GEN2, PYMM_SEG_PERMANENT,
	};

	return &gc->segs[segments[generation]];
}

/** pymm_gc_tracked() - objects in a generation */
u64 pymm_gc_tracked(const struct pymm_gc *gc, u32 generation)
{
	return pymm_gc_segment_of(gc, generation)->live;
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

/* ---- pieces of it change places ---- */

static void pymm_gc_reverse(u32 *order, u32 from, u32 to)
{
	for (; from + 1 < to; from++) {
		to--;
		swap(order[from], order[to]);
		if (!(from % PYMM_CHUNK_OBJECTS))
			cond_resched();
	}
}

/**
 * pymm_gc_rotate() - let two neighbours change places
 * @gc: the collector
 * @from: the first one's first position
 * @middle: the second one's
 * @to: behind that
 *
 * The objects are not told.
 */
void pymm_gc_rotate(struct pymm_gc *gc, u32 from, u32 middle, u32 to)
{
	pymm_gc_reverse(gc->order, from, middle);
	pymm_gc_reverse(gc->order, middle, to);
	pymm_gc_reverse(gc->order, from, to);
}

/** pymm_gc_set_places() - tell the objects from @from to @to where they stand */
void pymm_gc_set_places(struct pymm_arena *arena, u32 from, u32 to)
{
	for (; from < to; from++) {
		if (arena->gc.order[from])
			*pymm_pos(arena, arena->gc.order[from]) = from;
		if (!(from % PYMM_CHUNK_OBJECTS))
			cond_resched();
	}
}

/* Segments from @first on begin at @at, and are empty. */
static void pymm_gc_empty_from(struct pymm_gc *gc, enum pymm_segment first, u32 at)
{
	u32 i;

	for (i = first; i < PYMM_SEGMENTS; i++)
		gc->segs[i] = (struct pymm_seg){ at, at, 0 };
}

/**
 * pymm_gc_freeze() - gc.freeze(): no collection looks at what is tracked now
 * @arena: the arena
 *
 * The generations join the permanent one, the youngest first (semantics.md 4.19). What a
 * collection that is going on has found stays what it is, behind them.
 *
 * Context: may sleep; the GIL and arena->lock held.
 */
void pymm_gc_freeze(struct pymm_arena *arena)
{
	struct pymm_gc *gc = &arena->gc;
	u32 which = gc->generation ? PYMM_SEG_GARBAGE2 : PYMM_SEG_GARBAGE1;
	struct pymm_seg *segs = gc->segs, garbage = segs[which];
	u32 from = segs[PYMM_SEG_GEN2].start, end = segs[PYMM_SEG_GEN0].end;
	u32 size = garbage.end - garbage.start, to = end - size, one, zero, i;

	for (i = 0; i < PYMM_GENERATIONS; i++) {
		segs[PYMM_SEG_PERMANENT].live += pymm_gc_tracked(gc, i);
		gc->counts[i] = 0;
	}
	one = segs[PYMM_SEG_GEN1].start - (which == PYMM_SEG_GARBAGE2 ? size : 0);
	zero = segs[PYMM_SEG_GEN0].start - size;
	pymm_gc_rotate(gc, garbage.start, garbage.end, end);
	pymm_gc_rotate(gc, from, zero, to);
	pymm_gc_rotate(gc, from + to - zero, from + to - zero + one - from, to);
	pymm_gc_set_places(arena, from, end);
	segs[PYMM_SEG_PERMANENT].end = to;
	pymm_gc_empty_from(gc, PYMM_SEG_GEN2, to);
	pymm_gc_empty_from(gc, which, end);
	segs[which] = (struct pymm_seg){ to, end, garbage.live };
	gc->cursor += to - garbage.start;
}

/** pymm_gc_unfreeze() - gc.unfreeze(): the permanent generation joins the oldest; as freeze */
void pymm_gc_unfreeze(struct pymm_arena *arena)
{
	struct pymm_gc *gc = &arena->gc;
	struct pymm_seg *permanent = &gc->segs[PYMM_SEG_PERMANENT];
	struct pymm_seg *old = &gc->segs[PYMM_SEG_GEN2];

	pymm_gc_rotate(gc, permanent->start, old->start, old->end);
	pymm_gc_set_places(arena, permanent->start, old->end);
	old->start = permanent->start;
	old->live += permanent->live;
	*permanent = (struct pymm_seg){ old->start, old->start, 0 };
}
