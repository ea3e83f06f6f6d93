// SPDX-License-Identifier: GPL-2.0-only
/* The object table: headers in chunks, a free list through the dead ones, limits. */
#include <linux/mm.h>
#include <linux/string.h>

#include "core.h"
#include "trace.h"

/**
 * pymm_heap_charge() - count memory against the arena's limit
 * @arena: the arena
 * @bytes: how much
 *
 * Context: arena->lock held.
 *
 * Return: 0, or -EDQUOT and counts nothing.
 */
int pymm_heap_charge(struct pymm_arena *arena, size_t bytes)
{
	struct pymm_heap *heap = &arena->heap;
	u64 max_bytes = heap->max_bytes + (heap->reserve ? PYMM_RESERVE_BYTES : 0);

	if (bytes > max_bytes || heap->bytes > max_bytes - bytes) {
		heap->refusal = -EDQUOT;
		return -EDQUOT;
	}
	heap->bytes += bytes;
	heap->bytes_peak = max(heap->bytes_peak, heap->bytes);
	return 0;
}

/** pymm_heap_uncharge() - the opposite of pymm_heap_charge(); arena->lock held */
void pymm_heap_uncharge(struct pymm_arena *arena, size_t bytes)
{
	arena->heap.bytes -= bytes;
}

/*
 * Pools may keep twice what the arena may have, as blocks that are left keep pages that are mostly
 * empty, and each class a page, or two for a program that makes room.
 */
static u64 pymm_pools_max(const struct pymm_heap *heap)
{
	return 2 * heap->max_bytes + (1 + heap->reserve) * PYMM_POOL_CLASSES * PAGE_SIZE;
}

/** pymm_pools_full() - can the pools of an arena have no more pages? arena->lock held */
bool pymm_pools_full(const struct pymm_heap *heap)
{
	return heap->pools.bytes + PAGE_SIZE > pymm_pools_max(heap);
}

static void *pymm_pooled_alloc(struct pymm_heap *heap, size_t size)
{
	void *block = pymm_pool_alloc(&heap->pools, size, pymm_pools_max(heap));

	if (!block)
		heap->refusal = pymm_pools_full(heap) ? -EDQUOT : -ENOMEM;
	return block;
}

/**
 * pymm_payload_alloc() - memory of an object
 * @arena: the arena
 * @size: bytes; at most what 32 bits can count of them
 *
 * Context: may sleep; arena->lock held.
 *
 * Return: memory that is not cleared, or NULL when there is none or the limit is reached.
 */
void *pymm_payload_alloc(struct pymm_arena *arena, size_t size)
{
	void *payload;

	if (pymm_heap_charge(arena, size))
		return NULL;
	if (pymm_pooled(size)) {
		payload = pymm_pooled_alloc(&arena->heap, size);
	} else {
		payload = kvmalloc(size, PYMM_GFP);
		if (!payload)
			arena->heap.refusal = -ENOMEM;
	}
	if (!payload)
		pymm_heap_uncharge(arena, size);
	return payload;
}

/*
 * Memory of the slab allocator, which has room behind many a piece: then nothing is copied. No more
 * than a page, for which kvmalloc() asks nobody else. As if both had been there for a time.
 */
static void *pymm_payload_krealloc(struct pymm_arena *arena, void *payload, size_t old,
				   size_t size)
{
	void *new;

	if (pymm_heap_charge(arena, size))
		return NULL;
	new = krealloc(payload, size, PYMM_GFP);
	if (!new)
		arena->heap.refusal = -ENOMEM;
	pymm_heap_uncharge(arena, new ? old : size);
	return new;
}

/**
 * pymm_payload_realloc() - grow or shrink the memory of an object
 * @arena: the arena
 * @payload: what it has, or NULL
 * @old: bytes of @payload
 * @size: bytes wanted
 *
 * Return: as pymm_payload_alloc(); @payload stays valid when it is NULL.
 */
void *pymm_payload_realloc(struct pymm_arena *arena, void *payload, size_t old, size_t size)
{
	void *new;

	if (old && !pymm_pooled(old) && old < size && size <= PAGE_SIZE)
		return pymm_payload_krealloc(arena, payload, old, size);
	new = pymm_payload_alloc(arena, size);
	if (!new)
		return NULL;
	memcpy(new, payload, min(old, size));
	pymm_payload_free(arena, payload, old);
	return new;
}

/** pymm_payload_free() - free @size bytes of an object; arena->lock held */
void pymm_payload_free(struct pymm_arena *arena, void *payload, size_t size)
{
	if (!payload)
		return;
	pymm_heap_uncharge(arena, size);
	if (pymm_pooled(size))
		pymm_pool_free(&arena->heap.pools, payload, size);
	else
		kvfree(payload);
}

/** pymm_payload_clear() - zero memory that nobody else has seen yet; 0 or -EINTR */
int pymm_payload_clear(struct pymm_thread *thread, void *payload, size_t size)
{
	size_t part;
	int err = 0;

	for (; size && !err; payload += part, size -= part) {
		part = min_t(size_t, size, PYMM_TICK_STEPS * 64);
		memset(payload, 0, part);
		err = pymm_tick(thread, 1 + part / 64);
	}
	return err;
}

static int pymm_heap_grow_directory(struct pymm_arena *arena)
{
	struct pymm_heap *heap = &arena->heap;
	u32 max = max_t(u32, 16, heap->max_chunks * 2);
	struct pymm_chunk **chunks;

	chunks = pymm_payload_realloc(arena, heap->chunks,
				      array_size(heap->max_chunks, sizeof(*chunks)),
				      array_size(max, sizeof(*chunks)));
	if (!chunks)
		return -ENOMEM;
	heap->chunks = chunks;
	heap->max_chunks = max;
	return 0;
}

static int pymm_heap_grow(struct pymm_arena *arena)
{
	struct pymm_heap *heap = &arena->heap;
	struct pymm_chunk *chunk;

	if (heap->nr_chunks == heap->max_chunks && pymm_heap_grow_directory(arena))
		return -ENOMEM;
	chunk = pymm_payload_alloc(arena, sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	memset(chunk, 0, sizeof(*chunk));
	heap->chunks[heap->nr_chunks++] = chunk;
	return 0;
}

/* ---- serial numbers, for those who trace ---- */

/* Written by whoever the kernel lets register a probe, one at a time, and read by all. */
static u32 pymm_tracing;

/**
 * pymm_serials_begin() - somebody begins to trace pymm_object_alloc, before the first event
 *
 * While nobody does, objects are made that nobody counts, in the places of those that were
 * counted: what is known of them ends here.
 *
 * Return: 0.
 */
int pymm_serials_begin(void)
{
	WRITE_ONCE(pymm_tracing, pymm_tracing + 1);
	return 0;
}

/* Where that of an object is, if it was written since tracing began. */
static u64 *pymm_serial(const struct pymm_arena *arena, u32 no)
{
	u32 chunk = no >> PYMM_CHUNK_SHIFT;
	const struct pymm_serials *serials;

	if (chunk >= arena->heap.max_serials)
		return NULL;
	serials = &arena->heap.serials[chunk];
	if (!serials->serials || serials->tracing != READ_ONCE(pymm_tracing))
		return NULL;
	return &serials->serials[no & (PYMM_CHUNK_OBJECTS - 1)];
}

/* They are not the program's: its limit is not for them, nor does it fail for the lack of them. */
static void pymm_serials_make(struct pymm_arena *arena, u32 no)
{
	struct pymm_heap *heap = &arena->heap;
	u32 chunk = no >> PYMM_CHUNK_SHIFT;
	size_t size = array_size(PYMM_CHUNK_OBJECTS, sizeof(u64));
	struct pymm_serials *directory;
	u64 *serials;

	if (chunk >= heap->max_serials) {
		directory = kvcalloc(heap->max_chunks, sizeof(*directory), PYMM_GFP);
		if (!directory)
			return;
		memcpy(directory, heap->serials, array_size(heap->max_serials, sizeof(*directory)));
		kvfree(heap->serials);
		heap->serials = directory;
		heap->max_serials = heap->max_chunks;
	}
	serials = heap->serials[chunk].serials;
	if (!serials)
		serials = kvmalloc(size, PYMM_GFP);
	if (!serials)
		return;
	memset(serials, 0, size);
	heap->serials[chunk] = (struct pymm_serials){ serials, READ_ONCE(pymm_tracing) };
}

static void pymm_serials_free(struct pymm_heap *heap)
{
	u32 i;

	for (i = 0; i < heap->max_serials; i++)
		kvfree(heap->serials[i].serials);
	kvfree(heap->serials);
}

/** pymm_trace_object_alloc() - the part of pymm_object_made() that is not inline */
void pymm_trace_object_alloc(struct pymm_arena *arena, u32 no, u32 type)
{
	u64 *serial;

	if (!pymm_serial(arena, no))
		pymm_serials_make(arena, no);
	serial = pymm_serial(arena, no);
	if (serial)
		*serial = arena->heap.allocated;
	trace_pymm_object_alloc(arena->id, no, type, arena->heap.allocated);
}

/** pymm_trace_object_free() - the part of pymm_object_freed() that is not inline */
void pymm_trace_object_free(struct pymm_arena *arena, u32 no, u32 type)
{
	const u64 *serial = trace_pymm_object_alloc_enabled() ? pymm_serial(arena, no) : NULL;

	trace_pymm_object_free(arena->id, no, type, serial ? *serial : 0);
}

/* ---- objects ---- */

static u32 pymm_header_take(struct pymm_arena *arena)
{
	struct pymm_heap *heap = &arena->heap;
	u32 no = heap->free;

	if (likely(no)) {
		heap->free = pymm_object(arena, no)->len;
		return no;
	}
	if (heap->bump >> PYMM_CHUNK_SHIFT >= heap->nr_chunks && pymm_heap_grow(arena))
		return 0;
	return heap->bump++;
}

/**
 * pymm_object_alloc() - make an object
 * @arena: the arena
 * @type: its type
 *
 * The object has one reference, no payload and value 0; it is tracked if its type is
 * tracked from birth, and counts for the next collection, as in CPython's
 * _PyObject_GC_Alloc(). The last number freed is given out first.
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: its number, or 0 when there is no memory or a limit is reached.
 */
u32 pymm_object_alloc(struct pymm_arena *arena, enum pymm_type type)
{
	u8 flags = pymm_types[type]->flags;
	struct pymm_object *object;
	u32 no;

	if (unlikely(arena->heap.objects >= arena->heap.max_objects) &&
	    (!arena->heap.reserve ||
	     arena->heap.objects >= arena->heap.max_objects + PYMM_RESERVE_OBJECTS)) {
		arena->heap.refusal = -EDQUOT;
		return 0;
	}
	if ((flags & PYMM_TYPE_TRACK) && unlikely(pymm_gc_reserve(arena)))
		return 0;
	no = pymm_header_take(arena);
	if (unlikely(!no))
		return 0;
	object = pymm_object(arena, no);
	*object = (struct pymm_object){ .refs = 1, .type = type };
	if (flags & PYMM_TYPE_TRACK)
		pymm_gc_track(arena, no);
	if (flags & PYMM_TYPE_GC)
		pymm_gc_count(arena);
	arena->heap.objects++;
	arena->heap.allocated++;
	pymm_object_made(arena, no, type);
	return no;
}

/**
 * pymm_int_alloc() - as pymm_object_alloc(), of an int, which is made and freed all the time
 * @arena: the arena
 * @value: its value
 *
 * Return: as pymm_object_alloc().
 */
u32 pymm_int_alloc(struct pymm_arena *arena, s64 value)
{
	u32 no = arena->heap.free;
	struct pymm_object *object;

	if (unlikely(!no || arena->heap.objects >= arena->heap.max_objects)) {
		no = pymm_object_alloc(arena, PYMM_TYPE_INT);
		if (no)
			pymm_object(arena, no)->ival = value;
		return no;
	}
	object = pymm_object(arena, no);
	arena->heap.free = object->len;
	*object = (struct pymm_object){ .refs = 1, .type = PYMM_TYPE_INT, .ival = value };
	arena->heap.objects++;
	arena->heap.allocated++;
	pymm_object_made(arena, no, PYMM_TYPE_INT);
	return no;
}

/**
 * pymm_object_free() - free an object that nothing refers to
 * @arena: the arena
 * @no: an object with no references left, from it or to it
 *
 * Context: the GIL and arena->lock held, or arena->lock while reaping.
 */
void pymm_object_free(struct pymm_arena *arena, u32 no)
{
	struct pymm_object *object = pymm_object(arena, no);
	const struct pymm_type_ops *type = pymm_types[object->type];

	if (object->flags & PYMM_OBJ_TRACKED)
		pymm_gc_untrack(arena, no);
	if (type->free)
		type->free(arena, no);
	if ((type->flags & PYMM_TYPE_GC) && arena->gc.counts[0])
		arena->gc.counts[0]--;
	pymm_header_free(arena, no, object->type);
}

static void pymm_immortals_init(struct pymm_arena *arena)
{
	u32 no;
	s64 i;

	arena->heap.bump = PYMM_NO_FIRST_MORTAL;
	*pymm_object(arena, PYMM_NO_NONE) = (struct pymm_object){ .type = PYMM_TYPE_NONE };
	*pymm_object(arena, PYMM_NO_FALSE) = (struct pymm_object){ .type = PYMM_TYPE_BOOL };
	*pymm_object(arena, PYMM_NO_TRUE) =
		(struct pymm_object){ .type = PYMM_TYPE_BOOL, .ival = 1 };
	*pymm_object(arena, PYMM_NO_EMPTY_TUPLE) = (struct pymm_object){ .type = PYMM_TYPE_TUPLE };
	*pymm_object(arena, PYMM_NO_EMPTY_STR) =
		(struct pymm_object){ .type = PYMM_TYPE_STR, .flags = PYMM_OBJ_INLINE };
	for (i = PYMM_SMALL_INT_MIN; i <= PYMM_SMALL_INT_MAX; i++) {
		no = PYMM_NO_SMALL_INTS + i - PYMM_SMALL_INT_MIN;
		*pymm_object(arena, no) = (struct pymm_object){ .type = PYMM_TYPE_INT, .ival = i };
	}
	for (i = 0; i < 256; i++)
		pymm_latin1_init(pymm_object(arena, PYMM_NO_LATIN1 + i), i);
	for (i = 0; i < 256; i++)
		*pymm_object(arena, PYMM_NO_BYTES + i) =
			(struct pymm_object){ .type = PYMM_TYPE_BYTES, .flags = PYMM_OBJ_INLINE,
					      .aux = 1, .bytes[0] = i };
	*pymm_object(arena, PYMM_NO_EMPTY_BYTES) =
		(struct pymm_object){ .type = PYMM_TYPE_BYTES, .flags = PYMM_OBJ_INLINE };
	for (i = 0; i < PYMM_NR_BUILTINS; i++)
		*pymm_object(arena, PYMM_NO_BUILTINS + i) =
			(struct pymm_object){ .type = PYMM_TYPE_BUILTIN, .ival = i };
	*pymm_object(arena, PYMM_NO_GC_MODULE) =
		(struct pymm_object){ .type = PYMM_TYPE_MODULE, .len = PYMM_NO_GC_DICT };
	pymm_object(arena, PYMM_NO_GC_DICT)->type = PYMM_TYPE_DICT;
	pymm_object(arena, PYMM_NO_GC_CALLBACKS)->type = PYMM_TYPE_LIST;
	pymm_object(arena, PYMM_NO_GC_GARBAGE)->type = PYMM_TYPE_LIST;
	for (i = 1; i < PYMM_NR_TYPES; i++)
		pymm_object(arena, PYMM_NO_TYPES + i)->type = PYMM_TYPE_TYPE;
	for (i = 0; i < PYMM_NR_ITERATORS; i++)
		pymm_object(arena, PYMM_NO_ITERATOR_TYPES + i)->type = PYMM_TYPE_TYPE;
	for (i = 1; i < PYMM_NR_EXCEPTIONS; i++)
		pymm_object(arena, PYMM_NO_EXCEPTIONS + i)->type = PYMM_TYPE_TYPE;
	*pymm_object(arena, PYMM_NO_MEMORY_ERROR) =
		(struct pymm_object){ .type = PYMM_TYPE_EXCEPTION,
				      .cap = PYMM_NO_EXCEPTIONS + PYMM_EXC_MEMORY_ERROR };
	for (no = PYMM_NO_NONE; no < PYMM_NO_FIRST_MORTAL; no++)
		pymm_object(arena, no)->refs = PYMM_REFS_IMMORTAL;
}

/* A dict that belongs to the arena: it is not counted, tracked or freed by count. */
static u32 pymm_arena_dict(struct pymm_arena *arena)
{
	u32 no = pymm_header_take(arena);

	if (no)
		*pymm_object(arena, no) = (struct pymm_object){ .refs = PYMM_REFS_IMMORTAL,
								.type = PYMM_TYPE_DICT };
	return no;
}

/**
 * pymm_heap_init() - make the object table, the immortal objects and the namespace
 * @arena: an arena that was not used yet
 *
 * Context: may sleep; arena->lock held.
 *
 * Return: 0, -ENOMEM or -EDQUOT; what was made by then is freed by pymm_heap_free() or
 * used by the next try.
 */
int pymm_heap_init(struct pymm_arena *arena)
{
	int err;

	if (!arena->heap.nr_chunks) {
		if (pymm_heap_grow(arena))
			return -ENOMEM;
		pymm_immortals_init(arena);
	}
	if (!arena->gc.carcass)
		arena->gc.carcass = pymm_arena_dict(arena);
	if (!arena->interned)
		arena->interned = pymm_arena_dict(arena);
	if (!arena->builtins)
		arena->builtins = pymm_arena_dict(arena);
	err = pymm_builtins_init(arena);
	if (err)
		return err;
	arena->globals = pymm_arena_dict(arena);
	return 0;
}

/**
 * pymm_heap_free() - free all objects of an arena that nobody can reach
 * @arena: the arena
 *
 * No finalizer runs, as in an interpreter that is killed.
 *
 * Context: may sleep, takes long for a large arena.
 */
void pymm_heap_free(struct pymm_arena *arena)
{
	struct pymm_heap *heap = &arena->heap;
	const struct pymm_type_ops *type;
	u32 no;

	for (no = 1; no < heap->bump; no++) {
		type = pymm_types[pymm_object(arena, no)->type];
		if (type && type->free)
			type->free(arena, no);
		if (!(no & (PYMM_CHUNK_OBJECTS - 1)))
			cond_resched();
	}
	pymm_weakrefs_free(arena);
	pymm_serials_free(heap);
	while (heap->nr_chunks)
		pymm_payload_free(arena, heap->chunks[--heap->nr_chunks],
				  sizeof(struct pymm_chunk));
	pymm_payload_free(arena, heap->chunks,
			  array_size(heap->max_chunks, sizeof(*heap->chunks)));
}
