// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>

#include "snapshot_util.h"

struct pymm_snapshot *pt_snapshot(int arena)
{
	struct pymm_snapshot *snapshot;
	struct pymm_arena *adopted;

	pt_must(pymm_arena_adopt(fcntl(arena, F_DUPFD_CLOEXEC, 0), &adopted), "adopt");
	pt_must(pymm_snapshot_take(adopted, &snapshot), "snapshot");
	pymm_arena_close(adopted);
	return snapshot;
}

uint32_t pt_id(int arena, const char *name)
{
	struct pymm_snapshot *snapshot = pt_snapshot(arena);
	const struct pymm_dump_name *bound = pymm_snapshot_name(snapshot, name);
	uint32_t id = bound ? bound->id : 0;

	pymm_snapshot_free(snapshot);
	return id;
}

uint32_t pt_refs(int arena, const char *name)
{
	struct pymm_snapshot *snapshot = pt_snapshot(arena);
	const struct pymm_dump_name *bound = pymm_snapshot_name(snapshot, name);
	const struct pymm_dump_object *object;
	uint32_t refs = 0;

	if (bound) {
		object = pymm_snapshot_object(snapshot, bound->id);
		refs = object ? object->refs : PYMM_REFS_IMMORTAL;
	}
	pymm_snapshot_free(snapshot);
	return refs;
}

int pt_generation(int arena, const char *name)
{
	struct pymm_snapshot *snapshot = pt_snapshot(arena);
	const struct pymm_dump_name *bound = pymm_snapshot_name(snapshot, name);
	const struct pymm_dump_object *object;
	int generation = PYMM_GENERATION_NONE;

	if (!bound)
		pt_die("no name %s", name);
	object = pymm_snapshot_object(snapshot, bound->id);
	if (object)
		generation = object->generation;
	pymm_snapshot_free(snapshot);
	return generation;
}

unsigned int pt_count_type(int arena, uint16_t type)
{
	struct pymm_snapshot *snapshot = pt_snapshot(arena);
	const struct pymm_dump_record *record = NULL;
	unsigned int count = 0;

	while ((record = pymm_snapshot_next(snapshot, record)))
		if (record->kind == PYMM_DUMP_OBJECT)
			count += ((const struct pymm_dump_object *)record)->type == type;
	pymm_snapshot_free(snapshot);
	return count;
}
