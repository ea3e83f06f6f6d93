/* SPDX-License-Identifier: GPL-2.0-only */
/* Accessors of objects, and the functions that the files of the module share. */
#ifndef _PYMM_CORE_H
#define _PYMM_CORE_H

#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "internal.h"
#include "trace.h"

/* Accounted to the caller's cgroup; a program that asks for too much must not be logged. */
#define PYMM_GFP	(GFP_KERNEL_ACCOUNT | __GFP_NOWARN)

extern const struct pymm_type_ops pymm_none_type;
extern const struct pymm_type_ops pymm_bool_type;
extern const struct pymm_type_ops pymm_int_type;
extern const struct pymm_type_ops pymm_str_type;
extern const struct pymm_type_ops pymm_tuple_type;
extern const struct pymm_type_ops pymm_list_type;
extern const struct pymm_type_ops pymm_dict_type;
extern const struct pymm_type_ops pymm_code_type;
extern const struct pymm_type_ops pymm_function_type;
extern const struct pymm_type_ops pymm_lock_type;
extern const struct pymm_type_ops pymm_cell_type;
extern const struct pymm_type_ops pymm_type_type;
extern const struct pymm_type_ops pymm_instance_type;
extern const struct pymm_type_ops pymm_method_type;
extern const struct pymm_type_ops pymm_weakref_type;
extern const struct pymm_type_ops pymm_float_type;
extern const struct pymm_type_ops pymm_bytes_type;
extern const struct pymm_type_ops pymm_set_type;
extern const struct pymm_type_ops pymm_frozenset_type;
extern const struct pymm_type_ops pymm_slice_type;
extern const struct pymm_type_ops pymm_object_type;
extern const struct pymm_type_ops pymm_builtin_type;
extern const struct pymm_type_ops pymm_range_type;
extern const struct pymm_type_ops pymm_range_iterator_type;
extern const struct pymm_type_ops pymm_iterator_type;
extern const struct pymm_type_ops pymm_module_type;
extern const struct pymm_type_ops pymm_exception_type;
extern const struct pymm_type_ops pymm_traceback_type;
extern const struct pymm_type_ops pymm_frame_type;
extern const struct pymm_type_ops pymm_rlock_type;

extern const struct pymm_type_ops *const pymm_types[PYMM_NR_TYPES];

/* ---- accessors; callers hold the GIL and arena->lock ---- */

static inline struct pymm_chunk *pymm_chunk(const struct pymm_arena *arena, u32 no)
{
	return arena->heap.chunks[no >> PYMM_CHUNK_SHIFT];
}

static inline struct pymm_object *pymm_object(const struct pymm_arena *arena, u32 no)
{
	return &pymm_chunk(arena, no)->objects[no & (PYMM_CHUNK_OBJECTS - 1)];
}

static inline void **pymm_payload(const struct pymm_arena *arena, u32 no)
{
	return &pymm_chunk(arena, no)->payload[no & (PYMM_CHUNK_OBJECTS - 1)];
}

static inline u32 *pymm_gc_refs(const struct pymm_arena *arena, u32 no)
{
	return &pymm_chunk(arena, no)->gc_refs[no & (PYMM_CHUNK_OBJECTS - 1)];
}

static inline u32 *pymm_pos(const struct pymm_arena *arena, u32 no)
{
	return &pymm_chunk(arena, no)->pos[no & (PYMM_CHUNK_OBJECTS - 1)];
}

static inline const struct pymm_type_ops *pymm_type_of(const struct pymm_arena *arena, u32 no)
{
	return pymm_types[pymm_object(arena, no)->type];
}

static inline bool pymm_is(const struct pymm_arena *arena, u32 no, enum pymm_type type)
{
	return pymm_object(arena, no)->type == type;
}

/* Counts that reach 2^31 stay: such an object has become immortal, as in PEP 683. */
static inline bool pymm_object_immortal(const struct pymm_object *object)
{
	return (s32)object->refs < 0;
}

/** pymm_get() - take a reference; returns @no */
static inline u32 pymm_get(const struct pymm_arena *arena, u32 no)
{
	struct pymm_object *object = pymm_object(arena, no);

	if (likely(!pymm_object_immortal(object)))
		object->refs++;
	return no;
}

void pymm_trace_object_alloc(struct pymm_arena *arena, u32 no, u32 type);
void pymm_trace_object_free(struct pymm_arena *arena, u32 no, u32 type);

/** pymm_object_made() - for those who trace: an object was made, and counted in heap->allocated */
static inline void pymm_object_made(struct pymm_arena *arena, u32 no, u32 type)
{
	if (trace_pymm_object_alloc_enabled())
		pymm_trace_object_alloc(arena, no, type);
}

/** pymm_object_freed() - the same: it is being freed */
static inline void pymm_object_freed(struct pymm_arena *arena, u32 no, u32 type)
{
	if (trace_pymm_object_free_enabled())
		pymm_trace_object_free(arena, no, type);
}

/** pymm_header_free() - the last step of freeing an object: its number is the next one given out */
static inline void pymm_header_free(struct pymm_arena *arena, u32 no, u32 type)
{
	struct pymm_object *object = pymm_object(arena, no);

	arena->heap.objects--;
	pymm_object_freed(arena, no, type);
	object->type = 0;
	object->flags = 0;
	object->len = arena->heap.free;
	arena->heap.free = no;
}

void pymm_object_dead(struct pymm_thread *thread, u32 no);

/**
 * pymm_put() - drop a reference
 * @thread: who drops it
 * @no: the object
 *
 * An object whose last one it was is freed at once if it is an atom, else it goes
 * onto @thread's dying stack: of several put in one instruction, the last dies first.
 */
static inline void pymm_put(struct pymm_thread *thread, u32 no)
{
	struct pymm_object *object = pymm_object(thread->arena, no);

	if (likely(!pymm_object_immortal(object)) && --object->refs == 0)
		pymm_object_dead(thread, no);
}

static inline u32 pymm_bool(bool value)
{
	return value ? PYMM_NO_TRUE : PYMM_NO_FALSE;
}

int pymm_tick_slow(struct pymm_thread *thread);
void pymm_tick_nofail_slow(struct pymm_thread *thread);

/**
 * pymm_tick() - call in every loop whose length a user controls
 * @thread: the running thread
 * @steps: what was done since the last call
 *
 * May sleep, and hand arena->lock over to an outsider, see "Locks" in internal.h. The
 * lock is held again in any case.
 *
 * Return: 0, or -EINTR when the task is being killed (or, for an orphan, its reaper's turn
 * is over): the operation must then undo what it did, and return it.
 */
static inline int pymm_tick(struct pymm_thread *thread, u32 steps)
{
	thread->budget -= (s32)min_t(u32, steps, S32_MAX / 2);
	if (likely(thread->budget >= 0))
		return 0;
	return pymm_tick_slow(thread);
}

/**
 * pymm_tick_nofail() - as pymm_tick(), in a loop that completes an operation or undoes one
 * @thread: the running thread
 * @steps: what was done since the last call
 *
 * Such a loop comes to its end even if the task is being killed. What can be read of the
 * heap must be in order here, too.
 */
static inline void pymm_tick_nofail(struct pymm_thread *thread, u32 steps)
{
	thread->budget -= (s32)min_t(u32, steps, S32_MAX / 2);
	if (unlikely(thread->budget < 0))
		pymm_tick_nofail_slow(thread);
}

/** pymm_pin() - from here on ticks do not hand arena->lock over */
static inline void pymm_pin(struct pymm_thread *thread)
{
	thread->arena->pinned = true;
}

/** pymm_unpin() - they do again; the next one at once, as somebody may have waited */
static inline void pymm_unpin(struct pymm_thread *thread)
{
	thread->arena->pinned = false;
	thread->budget = 0;
}

/* heap.c */
int pymm_heap_init(struct pymm_arena *arena);
void pymm_heap_free(struct pymm_arena *arena);
u32 pymm_object_alloc(struct pymm_arena *arena, enum pymm_type type);
void pymm_object_free(struct pymm_arena *arena, u32 no);
u32 pymm_int_alloc(struct pymm_arena *arena, s64 value);
int pymm_heap_charge(struct pymm_arena *arena, size_t bytes);
void pymm_heap_uncharge(struct pymm_arena *arena, size_t bytes);
bool pymm_pools_full(const struct pymm_heap *heap);
void *pymm_payload_alloc(struct pymm_arena *arena, size_t size);
void *pymm_payload_realloc(struct pymm_arena *arena, void *payload, size_t old, size_t size);
void pymm_payload_free(struct pymm_arena *arena, void *payload, size_t size);
int pymm_payload_clear(struct pymm_thread *thread, void *payload, size_t size);

/* gc_order.c: the order of tracked objects */
void pymm_gc_free(struct pymm_arena *arena);
int pymm_gc_reserve(struct pymm_arena *arena);
void pymm_gc_untrack(struct pymm_arena *arena, u32 no);
u8 pymm_gc_generation(const struct pymm_arena *arena, u32 no);
const struct pymm_seg *pymm_gc_segment_of(const struct pymm_gc *gc, u32 generation);
u64 pymm_gc_tracked(const struct pymm_gc *gc, u32 generation);
bool pymm_gc_may_be_tracked(const struct pymm_arena *arena, u32 no);
void pymm_gc_rotate(struct pymm_gc *gc, u32 from, u32 middle, u32 to);
void pymm_gc_set_places(struct pymm_arena *arena, u32 from, u32 to);
void pymm_gc_freeze(struct pymm_arena *arena);
void pymm_gc_unfreeze(struct pymm_arena *arena);

/* gc.c: collections */
void pymm_gc_init(struct pymm_gc *gc);
int pymm_gc_collect(struct pymm_thread *thread, u32 generation, s32 ret);
int pymm_gc_automatic(struct pymm_thread *thread);
int pymm_gc_step(struct pymm_thread *thread);
void pymm_gc_abandon(struct pymm_thread *thread);
void pymm_gc_carcass_reset(struct pymm_arena *arena);

/* gc_analyse.c: what is reachable */
int pymm_gc_analyse(struct pymm_thread *thread, u32 generation);
int pymm_gc_analyse_garbage(struct pymm_thread *thread, struct pymm_seg *older,
			    struct pymm_seg *garbage);

/** pymm_gc_track() - add an object to the youngest generation, after pymm_gc_reserve() */
static inline void pymm_gc_track(struct pymm_arena *arena, u32 no)
{
	struct pymm_seg *seg = &arena->gc.segs[PYMM_SEG_GEN0];

	arena->gc.order[seg->end] = no;
	*pymm_pos(arena, no) = seg->end++;
	seg->live++;
	pymm_object(arena, no)->flags |= PYMM_OBJ_TRACKED;
}

/** pymm_gc_count() - a container was made; a collection may be due (semantics.md 4.05) */
static inline void pymm_gc_count(struct pymm_arena *arena)
{
	struct pymm_gc *gc = &arena->gc;

	if (unlikely(++gc->counts[0] > gc->thresholds[0]) && gc->enabled && gc->thresholds[0] &&
	    !gc->collecting)
		WRITE_ONCE(gc->pending, true);
}

/* dealloc.c */
int pymm_dealloc_drain(struct pymm_thread *thread);

/* Part of a dying stack that was taken off it, from the one that dies first to the last one. */
struct pymm_dying {
	u32 first;
	u32 last;
};

void pymm_dying_take(struct pymm_thread *thread, u32 top, struct pymm_dying *dying);
void pymm_dying_return(struct pymm_thread *thread, const struct pymm_dying *dying);

/* type.c */
int __printf(3, 4) pymm_raise(struct pymm_thread *thread, enum pymm_exception exception,
			      const char *format, ...);
int pymm_raised_about(struct pymm_thread *thread, u32 obj, u32 name);
int pymm_raise_nomem(struct pymm_thread *thread);
void pymm_cut_utf8(char *text, size_t size);
int pymm_raise_length(struct pymm_thread *thread);
const char *pymm_type_name(const struct pymm_arena *arena, u32 no);
bool pymm_truth(const struct pymm_arena *arena, u32 no);
int pymm_object_length(struct pymm_thread *thread, u32 no, u64 *length);
int pymm_object_getitem(struct pymm_thread *thread, u32 no, u32 key, u32 *item);
int pymm_object_setitem(struct pymm_thread *thread, u32 no, u32 key, u32 value);
int pymm_object_contains(struct pymm_thread *thread, u32 no, u32 value);
int pymm_subscript(struct pymm_thread *thread, u32 no, u32 key, s64 *index);
int pymm_sequence_index(struct pymm_thread *thread, u32 no, u32 key, u32 length,
			const char *what, u32 *index);

/* compare.c */
void pymm_walk_free(struct pymm_thread *thread);
struct pymm_walk *pymm_walk_push(struct pymm_thread *thread, const char *what, int *err);
int pymm_equal(struct pymm_thread *thread, u32 a, u32 b);
int pymm_compare(struct pymm_thread *thread, u32 a, u32 b, enum pymm_compare op);
int pymm_hash(struct pymm_thread *thread, u32 no, s64 *hash);

/* number.c */
int pymm_binary(struct pymm_thread *thread, u32 a, u32 b, enum pymm_binary op, u32 *result);
int pymm_negative(struct pymm_thread *thread, u32 no, u32 *result);

/* type_int.c */
u32 pymm_int_new(struct pymm_arena *arena, s64 value);
int pymm_number_strip(struct pymm_thread *thread, const char **text, u32 *bytes);
int pymm_int_binary(struct pymm_thread *thread, s64 a, s64 b, enum pymm_binary op, u32 *result);

/* type_float.c */
/* What pymm_float_order() says where a number is not one. */
#define PYMM_UNORDERED	2

u32 pymm_float_new(struct pymm_arena *arena, u64 bits);
u64 pymm_float_value(const struct pymm_arena *arena, u32 no);
bool pymm_float_trunc(u64 bits, s64 *whole, bool *exact);
int pymm_float_order(const struct pymm_object *a, const struct pymm_object *b);
int pymm_int_true_divide(struct pymm_thread *thread, s64 a, s64 b, u32 *result);
int pymm_float_binary(struct pymm_thread *thread, u64 a, u64 b, enum pymm_binary op, u32 *result);
int pymm_float_negative(struct pymm_thread *thread, u32 no, u32 *result);

/* type_str.c: str, and what bytes has in common with it */
static inline bool pymm_is_text(const struct pymm_arena *arena, u32 no)
{
	return pymm_is(arena, no, PYMM_TYPE_STR) || pymm_is(arena, no, PYMM_TYPE_BYTES);
}

int pymm_text_inline(struct pymm_thread *thread, enum pymm_type type, const char *text, u32 bytes,
		     u32 *result);
int pymm_text_new(struct pymm_thread *thread, enum pymm_type type, const char *text, u32 bytes,
		  u32 *result);
void pymm_text_free(struct pymm_arena *arena, u32 no);
int pymm_text_find(struct pymm_thread *thread, u32 no, const char *part, u32 wanted);
int pymm_str_new(struct pymm_thread *thread, const char *text, u32 bytes, u32 *result);
int pymm_str_init(struct pymm_arena *arena, u32 no, const char *text);
const char *pymm_str_text(const struct pymm_arena *arena, u32 no, u32 *bytes);
const char *pymm_str_clip(const struct pymm_arena *arena, u32 no, u32 *bytes);
u32 pymm_str_hash(const struct pymm_arena *arena, u32 no);
int pymm_str_concat(struct pymm_thread *thread, u32 a, u32 b, u32 *result);
int pymm_str_repeat(struct pymm_thread *thread, u32 no, s64 times, u32 *result);
u32 pymm_str_char_bytes(char lead);
int pymm_text_slice(struct pymm_thread *thread, u32 no, u32 slice, u32 length, u32 *result);
int pymm_str_intern(struct pymm_thread *thread, u32 *no);
void pymm_latin1_init(struct pymm_object *object, u8 c);

/* type_bytes.c */
u32 pymm_bytes_item(const struct pymm_arena *arena, u32 no, u32 index);

/* type_range.c */

/**
 * struct pymm_range - payload of a range, and of an iterator over one
 * @start: first item
 * @stop: where it ends
 * @step: from one item to the next; not 0
 * @length: items
 */
struct pymm_range {
	s64 start;
	s64 stop;
	s64 step;
	u64 length;
};

const struct pymm_range *pymm_range(const struct pymm_arena *arena, u32 no);
int pymm_range_iterator_new(struct pymm_thread *thread, u32 no, u32 *result);
int pymm_range_iterator_next(struct pymm_thread *thread, u32 no, u32 *item);
bool pymm_range_equal(const struct pymm_arena *arena, u32 a, u32 b);
u32 pymm_range_hash(const struct pymm_arena *arena, u32 no);

/* type_iterator.c */

/**
 * struct pymm_cursor - where the module itself is in an iteration
 * @iterator: whose state it is, or 0
 * @container: what is iterated over; 0 when the iterator has come to its end before
 * @at: position, see struct pymm_type_ops.each
 * @left: items that a dict is still to give
 * @end: it has come to its end
 */
struct pymm_cursor {
	u32 iterator;
	u32 container;
	u64 at;
	u32 left;
	bool end;
};

/**
 * struct pymm_cursors - iterators that went on, and may have to go back
 * @began: where each was; it dropped its container, which is a reference then, if @end
 * @count: how many there are
 * @room: how many @began has room for
 */
struct pymm_cursors {
	struct pymm_cursor *began;
	u32 count;
	u32 room;
};

extern const char *const pymm_iterator_names[PYMM_NR_ITERATORS];

enum pymm_iterator_kind pymm_iterator_kind(const struct pymm_object *object);
int pymm_iter(struct pymm_thread *thread, u32 no, u32 *result);
int pymm_next(struct pymm_thread *thread, u32 no, u32 *item);
bool pymm_iterable(const struct pymm_arena *arena, u32 no);
int pymm_cursor_begin(struct pymm_thread *thread, u32 no, struct pymm_cursor *cursor);
int pymm_cursor_next(struct pymm_thread *thread, struct pymm_cursor *cursor, u32 *item);
void pymm_cursor_commit(struct pymm_thread *thread, const struct pymm_cursor *cursor);
int pymm_cursors_add(struct pymm_thread *thread, struct pymm_cursors *cursors,
		     const struct pymm_cursor *before, const struct pymm_cursor *cursor);
void pymm_cursors_end(struct pymm_thread *thread, struct pymm_cursors *cursors, int err);

/* type_module.c */
u32 pymm_module_dict(const struct pymm_arena *arena, u32 no);
int pymm_module_new(struct pymm_thread *thread, u32 name, u32 *result);
int pymm_module_name(struct pymm_thread *thread, u32 no, u32 *name);

/* sequence.c */
u32 *pymm_items(const struct pymm_arena *arena, u32 no);
u32 pymm_item(const struct pymm_arena *arena, u32 no, u32 i);
void pymm_sequence_span(struct pymm_arena *arena, u32 no, struct pymm_span *span);
void pymm_sequence_free(struct pymm_arena *arena, u32 no);
u64 pymm_sequence_length(struct pymm_arena *arena, u32 no);
int pymm_sequence_new(struct pymm_thread *thread, enum pymm_type type, u32 length, u32 *result);
int pymm_sequence_concat(struct pymm_thread *thread, u32 a, u32 b, u32 *result);
int pymm_repeat_length(struct pymm_thread *thread, u32 length, s64 times, u32 *total);
int pymm_sequence_repeat(struct pymm_thread *thread, u32 no, s64 times, u32 *result);
int pymm_sequence_slice(struct pymm_thread *thread, u32 no, u32 slice, u32 *result);
int pymm_sequence_contains(struct pymm_thread *thread, u32 no, u32 value);
int pymm_sequence_each(struct pymm_thread *thread, u32 no, u64 *at, u32 *item);
int pymm_sequence_reserve(struct pymm_thread *thread, u32 no, u32 more);
int pymm_sequence_gather(struct pymm_thread *thread, u32 no, struct pymm_cursor *cursor,
			 u32 limit);
int pymm_sequence_extend(struct pymm_thread *thread, u32 no, u32 iterable, u32 limit);
int pymm_sequence_from(struct pymm_thread *thread, enum pymm_type type, u32 iterable, u32 limit,
		       u32 *result);
int pymm_sequence_construct(struct pymm_thread *thread, enum pymm_type type,
			    const struct pymm_args *args, u32 *result);

/* type_list.c */
int pymm_list_clear(struct pymm_thread *thread, u32 no);
int pymm_list_append(struct pymm_thread *thread, u32 no, u32 item);
int pymm_list_extend(struct pymm_thread *thread, u32 no, u32 iterable);
int pymm_list_multiply(struct pymm_thread *thread, u32 no, s64 times);

/* list_slice.c */
int pymm_list_set_slice(struct pymm_thread *thread, u32 no, u32 slice, u32 value);

/* type_dict.c */
u32 pymm_dict_new(struct pymm_arena *arena);
int pymm_dict_track(struct pymm_thread *thread, u32 no);
int pymm_dict_init(struct pymm_arena *arena, u32 no, u32 entries);
int pymm_dict_presize(struct pymm_arena *arena, u32 no, u32 entries);
u16 *pymm_class_room(const struct pymm_arena *arena, u32 no);
void pymm_dict_init_entry(struct pymm_arena *arena, u32 no, u32 key, u32 value);
int pymm_dict_get(struct pymm_thread *thread, u32 dict, u32 key, u32 *value);
int pymm_dict_set(struct pymm_thread *thread, u32 dict, u32 key, u32 value, u32 *old);
int pymm_dict_get_hinted(struct pymm_thread *thread, u32 no, u32 key, u16 *hint, u32 *value);
int pymm_dict_set_hinted(struct pymm_thread *thread, u32 no, u32 key, u16 *hint, u32 value,
			 u32 *old);
int pymm_dict_del(struct pymm_thread *thread, u32 dict, u32 key, u32 *old_key, u32 *old);
int pymm_dict_intern(struct pymm_thread *thread, u32 dict, u32 key, u32 *known);
void pymm_dict_forget(struct pymm_arena *arena, u32 dict, u32 key);
bool pymm_dict_entry(const struct pymm_arena *arena, u32 dict, u32 index, u32 *key, u32 *value);
int pymm_raise_key(struct pymm_thread *thread, u32 key);

void pymm_dict_span(struct pymm_arena *arena, u32 no, struct pymm_span *span);
void pymm_dict_free(struct pymm_arena *arena, u32 no);

/* type_set.c */
int pymm_set_new(struct pymm_thread *thread, enum pymm_type type, u32 *result);
int pymm_set_of(struct pymm_thread *thread, enum pymm_type type, u32 iterable, u32 *result);
int pymm_set_add(struct pymm_thread *thread, u32 no, u32 key);
int pymm_set_update(struct pymm_thread *thread, u32 no, u32 iterable);
int pymm_set_discard(struct pymm_thread *thread, u32 no, u32 key, u32 *old);
int pymm_set_pop(struct pymm_thread *thread, u32 no, u32 *key);
int pymm_set_hash(struct pymm_thread *thread, u32 no, s64 *hash);

/* set_table.c */
int pymm_set_next(struct pymm_thread *thread, u32 no, u32 *position, u32 *key);
int pymm_set_candidate(struct pymm_thread *thread, u32 no, u32 other, u32 position, u32 skip,
		       u32 *candidate);

/* set_operators.c */
bool pymm_is_set(const struct pymm_arena *arena, u32 no);
bool pymm_set_has_operator(enum pymm_binary op);
int pymm_set_binary(struct pymm_thread *thread, u32 a, u32 b, enum pymm_binary op, bool inplace,
		    u32 *result);
int pymm_set_compare(struct pymm_thread *thread, u32 a, u32 b, enum pymm_compare op);

/* type_slice.c */
#define PYMM_SLICE_PARTS	3

int pymm_slice_of(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result);
int pymm_slice_new(struct pymm_thread *thread, u32 start, u32 stop, u32 step, u32 *result);
u32 pymm_slice_item(const struct pymm_arena *arena, u32 no, u32 i);
int pymm_slice_indices(struct pymm_thread *thread, u32 no, u32 length,
		       struct pymm_indices *indices);

/* builtin.c */
int pymm_builtins_init(struct pymm_arena *arena);
u32 pymm_builtin_which(const struct pymm_arena *arena, u32 no);
const char *pymm_builtin_name(const struct pymm_arena *arena, u32 no);
int pymm_builtin_call(struct pymm_thread *thread, u32 no, const struct pymm_args *args,
		      u32 *result);

/* type_type.c */
u32 pymm_type_object(const struct pymm_arena *arena, u32 no);
bool pymm_class_is_builtin(const struct pymm_arena *arena, u32 no);
int pymm_class_is_subclass(struct pymm_thread *thread, u32 no, u32 of);
const char *pymm_class_name(const struct pymm_arena *arena, u32 no, u32 *bytes);
const char *pymm_class_tp_name(const struct pymm_arena *arena, u32 no);
int pymm_type_construct(struct pymm_thread *thread, u32 no, const struct pymm_args *args,
			u32 *result);
bool pymm_class_is_weak(const struct pymm_arena *arena, u32 no);
bool pymm_class_is_dictless(const struct pymm_arena *arena, u32 no);
int pymm_class_lookup(struct pymm_thread *thread, u32 no, u32 name, u32 *value);
int pymm_class_check(struct pymm_thread *thread, u32 key, u32 value);
int pymm_class_new(struct pymm_thread *thread, u32 name, u32 base, u32 dict, u32 *result);
u32 pymm_class_dict(const struct pymm_arena *arena, u32 no);
u32 pymm_class_base(const struct pymm_arena *arena, u32 no);
u32 pymm_class_slots(const struct pymm_arena *arena, u32 no);

/* type_instance.c */
u32 pymm_instance_new(struct pymm_arena *arena, u32 class);
u32 pymm_instance_class(const struct pymm_arena *arena, u32 no);
int pymm_instance_make_dict(struct pymm_thread *thread, u32 no, u32 *dict);
int pymm_instance_get(struct pymm_thread *thread, u32 no, u32 name, u32 *value);
int pymm_instance_set(struct pymm_thread *thread, u32 no, u32 name, u32 value, u32 *old);
int pymm_instance_del(struct pymm_thread *thread, u32 no, u32 name, u32 *old_name, u32 *old);

/* type_method.c */
u32 pymm_method_new(struct pymm_arena *arena, u32 function, u32 self);
u32 pymm_method_function(const struct pymm_arena *arena, u32 no);
u32 pymm_method_self(const struct pymm_arena *arena, u32 no);

/* type_weakref.c */
int pymm_raise_no_weakref(struct pymm_thread *thread, u32 no);
int pymm_weakref_new(struct pymm_thread *thread, u32 object, u32 callback, u32 *result);
u32 pymm_weakref_get(const struct pymm_arena *arena, u32 no);
u32 pymm_weakref_take_callback(struct pymm_arena *arena, u32 no);
u32 pymm_weakref_callback(const struct pymm_arena *arena, u32 no);
bool pymm_weakrefs_have(const struct pymm_arena *arena, u32 no);
bool pymm_weakrefs_have_callbacks(const struct pymm_arena *arena, u32 no);
void pymm_weakrefs_clear(struct pymm_arena *arena, u32 no);
void pymm_weakrefs_pop(struct pymm_arena *arena, u32 no);
u32 pymm_weakrefs_first(const struct pymm_arena *arena, u32 no);
void pymm_weakref_unlink(struct pymm_arena *arena, u32 no);
void pymm_weakref_chain(struct pymm_arena *arena, u32 no, u32 next);
u32 pymm_weakref_chained(const struct pymm_arena *arena, u32 no);
void pymm_weakrefs_free(struct pymm_arena *arena);

/* finalize.c */
struct pymm_frame;
int pymm_hook_args(struct pymm_thread *thread, u32 callable, const u32 *args, u32 count, u32 hold,
		   enum pymm_frame_role role);
int pymm_hook(struct pymm_thread *thread, u32 callable, u32 arg, enum pymm_frame_role role);
int pymm_finalizer(struct pymm_thread *thread, u32 no, u32 *function);
int pymm_dying_hooks(struct pymm_thread *thread, u32 no);
void pymm_hook_end(struct pymm_thread *thread, struct pymm_frame *frame);
void pymm_limbo_take(struct pymm_thread *thread);

/* type_lock.c */

/**
 * struct pymm_lock_state - how a Lock or RLock was when somebody looked
 * @depth: how often it was taken
 * @taker: id of the thread that took it, or 0
 * @waiters: threads that waited for it
 */
struct pymm_lock_state {
	u32 depth;
	u32 taker;
	u32 waiters;
};

u32 pymm_lock_new(struct pymm_arena *arena, enum pymm_type type);
struct pymm_lock *pymm_lock(const struct pymm_arena *arena, u32 no);
bool pymm_is_lock(const struct pymm_arena *arena, u32 no);
void pymm_lock_look(struct pymm_arena *arena, u32 no, struct pymm_lock_state *state);
int pymm_lock_try(struct pymm_thread *thread, struct pymm_lock *lock);
bool pymm_lock_release(struct pymm_thread *thread, struct pymm_lock *lock);
bool pymm_lock_is_granted(struct pymm_thread *thread, struct pymm_lock *lock);
void pymm_lock_return(struct pymm_thread *thread, struct pymm_lock *lock);
bool pymm_locks_abandon(struct pymm_thread *thread);
int pymm_lock_wait(struct pymm_thread *thread, u32 no, struct pymm_lock *lock, ktime_t deadline);

/* type_code.c */
struct pymm_bytecode *pymm_bytecode(const struct pymm_arena *arena, u32 no);
u32 pymm_code_name(const struct pymm_arena *arena, const struct pymm_bytecode *bytecode, u32 index);

/* type_function.c */
enum pymm_function_ref {
	PYMM_FUNCTION_REF_CODE,
	PYMM_FUNCTION_REF_CLOSURE,
	PYMM_FUNCTION_REF_KWDEFAULTS,
	PYMM_FUNCTION_REF_DEFAULTS,
	PYMM_FUNCTION_REF_GLOBALS,
	PYMM_FUNCTION_REFS,
};

u32 pymm_function_new(struct pymm_arena *arena, u32 code, u32 globals);
u32 pymm_function_code(const struct pymm_arena *arena, u32 no);
u32 pymm_function_globals(const struct pymm_arena *arena, u32 no);
u32 pymm_function_get(const struct pymm_arena *arena, u32 no, enum pymm_function_ref ref);
int pymm_function_set(struct pymm_thread *thread, u32 no, enum pymm_function_ref ref, u32 value);

/* type_cell.c */
u32 pymm_cell_new(struct pymm_arena *arena, u32 value);
u32 pymm_cell_get(const struct pymm_arena *arena, u32 no);
u32 pymm_cell_set(struct pymm_arena *arena, u32 no, u32 value);

/* code.c: images, their verification and loading */
struct pymm_program;
struct pymm_run;

/* Operands of an instruction. */
enum pymm_takes {
	PYMM_TAKES_SLOTS,	/* slots, or none */
	PYMM_TAKES_ITEMS,	/* a range of slots, for a container */
	PYMM_TAKES_ARGS,	/* what is called, and a range of slots */
};

const char *pymm_opcode_name(u32 op);
enum pymm_takes pymm_op_takes(u32 op);
int pymm_program_parse(const void *image, u32 size, struct pymm_run *run,
		       struct pymm_program **program);
void pymm_program_free(struct pymm_program *program);
int pymm_program_load(struct pymm_thread *thread, const struct pymm_program *program, u32 *code);

/* print.c */
int pymm_print(struct pymm_thread *thread, u32 no, bool end);
int pymm_print_enter(struct pymm_thread *thread, u32 no);
int pymm_print_next(struct pymm_thread *thread, u32 *no);
void pymm_print_leave(struct pymm_thread *thread);
void pymm_print_unraisable(struct pymm_thread *thread, u32 id);
int pymm_print_reports(struct pymm_thread *thread);
void pymm_reports_free(struct pymm_thread *thread);

/* repr.c */
int pymm_str(struct pymm_thread *thread, u32 no, u32 *result);
void pymm_str_message(struct pymm_thread *thread, u32 no, char *text, size_t size);
int pymm_raise_repr(struct pymm_thread *thread, enum pymm_exception exception, const char *text,
		    u32 no);

/* gil.c */
void pymm_gil_init(struct pymm_gil *gil);
void pymm_gil_shutdown(struct pymm_gil *gil);
int pymm_gil_take(struct pymm_thread *thread, ktime_t deadline);
int pymm_gil_drop(struct pymm_thread *thread, bool requested);
bool pymm_gil_held(struct pymm_thread *thread);
void pymm_gil_untold(struct pymm_thread *thread);
bool pymm_gil_adopt(struct pymm_thread *thread);
void pymm_gil_abandon(struct pymm_thread *thread);
void pymm_gil_set_policy(struct pymm_gil *gil, u32 number);
void pymm_gil_set_interval(struct pymm_gil *gil, u64 interval_ns);
bool pymm_sleep_until(ktime_t deadline);
bool pymm_task_gone(struct pid *pid);

/* gil_policy.c */
const struct pymm_gil_policy *pymm_gil_policy(u32 number);
u32 pymm_gil_policies_known(void);
u32 pymm_gil_policy_number(const struct pymm_gil_policy *policy);

/* eval.c */
enum pymm_status pymm_eval(struct pymm_thread *thread);

/* arena.c */
struct pymm_arena *pymm_arena_new(void);
void pymm_arena_get(struct pymm_arena *arena);
void pymm_arena_put(struct pymm_arena *arena);
int pymm_arena_lock(struct pymm_arena *arena);
void pymm_arena_unlock(struct pymm_arena *arena);
int pymm_arena_prepare(struct pymm_arena *arena);
void pymm_arena_reap_later(struct pymm_arena *arena);
int pymm_arena_wait_dying(void);
int pymm_arenas_init(void);
void pymm_arenas_exit(void);
#endif
