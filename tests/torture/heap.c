// SPDX-License-Identifier: GPL-2.0
/*
 * A dump against itself: who is referred to by objects, names and frames is there, and has that
 * many references at least; and just as many where nothing else can hold one, which is when there
 * are no frames.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pymm_util.h"
#include "torture.h"

struct heap {
	struct pymm_snapshot *snapshot;
	uint32_t *edges;		/* by id */
	uint32_t ids;			/* largest id and 1 */
	uint32_t immortals;		/* ids up to this are not in a dump */
	uint32_t globals;		/* nor is this one */
	uint32_t stray;			/* an id that is referred to, and is nobody's */
	uint32_t frames;
	char *why;
	size_t size;
};

static const void *tail(const struct pymm_dump_record *record)
{
	return (const char *)record + record->head;
}

static void add_edges(struct heap *heap, const uint32_t *ids, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (ids[i] <= heap->immortals || ids[i] == heap->globals)
			continue;
		if (pymm_snapshot_object(heap->snapshot, ids[i]))
			heap->edges[ids[i]]++;
		else
			heap->stray = ids[i];
	}
}

static void add_record(struct heap *heap, const struct pymm_dump_record *record)
{
	const struct pymm_dump_object *object = (const void *)record;
	const struct pymm_dump_name *name = (const void *)record;
	const struct pymm_dump_frame *frame = (const void *)record;

	switch (record->kind) {
	case PYMM_DUMP_OBJECT:
		if (object->type != PYMM_TYPE_STR && object->type != PYMM_TYPE_BYTES)
			add_edges(heap, tail(record), object->nr_refs);
		break;
	case PYMM_DUMP_NAME:
		add_edges(heap, &name->id, 1);
		add_edges(heap, &name->key, 1);
		break;
	case PYMM_DUMP_FRAME:
		add_edges(heap, &frame->code, 1);
		add_edges(heap, tail(record), frame->nr_slots);
		heap->frames++;
		break;
	}
}

static void measure(struct heap *heap)
{
	const struct pymm_dump_record *record = NULL;

	while ((record = pymm_snapshot_next(heap->snapshot, record))) {
		const struct pymm_dump_object *object = (const void *)record;

		if (record->kind == PYMM_DUMP_OBJECT && object->id >= heap->ids)
			heap->ids = object->id + 1;
		if (record->kind == PYMM_DUMP_ARENA)
			heap->globals = ((const struct pymm_dump_arena *)record)->globals;
	}
}

static bool check_object(const struct heap *heap, const struct pymm_dump_object *object, bool exact)
{
	uint32_t edges = heap->edges[object->id];

	if (object->refs == PYMM_REFS_IMMORTAL ||
	    (edges <= object->refs && (!exact || heap->frames || edges == object->refs)))
		return true;
	snprintf(heap->why, heap->size, "object %u, a %s, counts %u references; %u are there, "
		 "and %u frames", object->id, pymm_type_name(object->type), object->refs, edges,
		 heap->frames);
	return false;
}

static bool check(struct heap *heap, bool exact)
{
	const struct pymm_dump_record *record = NULL;

	while ((record = pymm_snapshot_next(heap->snapshot, record)))
		add_record(heap, record);
	if (heap->stray) {
		snprintf(heap->why, heap->size, "somebody refers to %u, which is no object",
			 heap->stray);
		return false;
	}
	while ((record = pymm_snapshot_next(heap->snapshot, record)))
		if (record->kind == PYMM_DUMP_OBJECT &&
		    !check_object(heap, (const void *)record, exact))
			return false;
	return true;
}

static int take(int arena, struct pymm_snapshot **snapshot)
{
	struct pymm_arena *adopted;
	int ret = pymm_arena_adopt(fcntl(arena, F_DUPFD_CLOEXEC, 0), &adopted);

	if (ret)
		return ret;
	ret = pymm_snapshot_take(adopted, snapshot);
	pymm_arena_close(adopted);
	return ret;
}

bool tt_heap_check(int arena, bool exact, char *why, size_t size)
{
	struct heap heap = { .why = why, .size = size };
	int ret = take(arena, &heap.snapshot);
	bool right;

	if (ret) {
		snprintf(why, size, "none can be had: %s", strerrorname_np(-ret));
		return false;
	}
	heap.immortals = pt_stat(arena).objects_immortal;
	measure(&heap);
	heap.edges = calloc(heap.ids + 1, sizeof(*heap.edges));
	if (!heap.edges)
		pt_die("out of memory");
	right = check(&heap, exact);
	free(heap.edges);
	pymm_snapshot_free(heap.snapshot);
	return right;
}
