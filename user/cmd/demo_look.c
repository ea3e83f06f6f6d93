// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking into the demo's arena: snapshots and counters.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "demo.h"

static int take(struct demo *demo, struct pymm_snapshot **out)
{
	int ret = pymm_snapshot_take(demo->arena, out);

	return ret ? cmd_fail_errno(demo->cmd, ret, "cannot take a snapshot") : CMD_OK;
}

static void see(const struct pymm_snapshot *snapshot, uint32_t id, struct seen *seen)
{
	const struct pymm_dump_object *object = pymm_snapshot_object(snapshot, id);

	*seen = (struct seen){ .generation = PYMM_GENERATION_NONE };
	if (object)
		*seen = (struct seen){ id, object->refs, object->generation, object->value,
				       object->type, object->nr_refs };
}

/* An immortal object is bound, and not in the dump. */
int demo_name(struct demo *demo, const char *name, struct seen *seen)
{
	const struct pymm_dump_name *found;
	struct pymm_snapshot *snapshot;
	int ret = take(demo, &snapshot);

	if (ret)
		return ret;
	found = pymm_snapshot_name(snapshot, name);
	see(snapshot, found ? found->id : 0, seen);
	if (found && !seen->id) {
		seen->id = found->id;
		seen->refs = PYMM_REFS_IMMORTAL;
	}
	pymm_snapshot_free(snapshot);
	return CMD_OK;
}

int demo_object(struct demo *demo, uint32_t id, struct seen *seen)
{
	struct pymm_snapshot *snapshot;
	int ret = take(demo, &snapshot);

	if (ret)
		return ret;
	see(snapshot, id, seen);
	pymm_snapshot_free(snapshot);
	return CMD_OK;
}

/* What follows the fixed part of a record. */
static const void *tail(const struct pymm_dump_record *record)
{
	return (const char *)record + record->head;
}

static bool is_int(const struct pymm_dump_object *object, const void *value)
{
	return object->type == PYMM_TYPE_INT && object->value == *(const int64_t *)value;
}

static bool is_str(const struct pymm_dump_object *object, const void *value)
{
	return object->type == PYMM_TYPE_STR && object->nr_refs == strlen(value) &&
	       !memcmp(tail(&object->record), value, object->nr_refs);
}

static bool is_type(const struct pymm_dump_object *object, const void *value)
{
	return object->type == *(const uint32_t *)value;
}

static int find(struct demo *demo,
		bool (*is)(const struct pymm_dump_object *object, const void *value),
		const void *value, unsigned int *count, struct seen *seen)
{
	const struct pymm_dump_record *record = NULL;
	struct pymm_snapshot *snapshot;
	int ret = take(demo, &snapshot);

	*count = 0;
	*seen = (struct seen){ 0 };
	if (ret)
		return ret;
	while ((record = pymm_snapshot_next(snapshot, record))) {
		const struct pymm_dump_object *object = (const void *)record;

		if (record->kind != PYMM_DUMP_OBJECT || !is(object, value))
			continue;
		if (!*count)
			see(snapshot, object->id, seen);
		++*count;
	}
	pymm_snapshot_free(snapshot);
	return CMD_OK;
}

int demo_find_int(struct demo *demo, int64_t value, unsigned int *count, struct seen *seen)
{
	return find(demo, is_int, &value, count, seen);
}

int demo_find_str(struct demo *demo, const char *value, unsigned int *count, struct seen *seen)
{
	return find(demo, is_str, value, count, seen);
}

int demo_find_type(struct demo *demo, uint32_t type, unsigned int *count, struct seen *seen)
{
	return find(demo, is_type, &type, count, seen);
}

int demo_slot(struct demo *demo, unsigned int slot, uint32_t *id)
{
	const struct pymm_dump_record *record = NULL;
	struct pymm_snapshot *snapshot;
	int ret = take(demo, &snapshot);

	*id = 0;
	if (ret)
		return ret;
	do
		record = pymm_snapshot_next(snapshot, record);
	while (record && record->kind != PYMM_DUMP_FRAME);
	if (record && slot < ((const struct pymm_dump_frame *)record)->nr_slots)
		*id = ((const uint32_t *)tail(record))[slot];
	pymm_snapshot_free(snapshot);
	return CMD_OK;
}

/* The references to @id that a record has, if it is of that kind. */
static unsigned int refers(const struct pymm_dump_record *record, uint32_t id)
{
	const struct pymm_dump_object *object = (const void *)record;
	const uint32_t *ids = tail(record);
	unsigned int found = 0;

	if (object->type == PYMM_TYPE_STR || object->type == PYMM_TYPE_BYTES)
		return 0;
	for (uint32_t i = 0; i < object->nr_refs; i++)
		found += ids[i] == id;
	return found;
}

int demo_holders(struct demo *demo, uint32_t id, unsigned int *names, unsigned int *items)
{
	const struct pymm_dump_record *record = NULL;
	struct pymm_snapshot *snapshot;
	int ret = take(demo, &snapshot);

	*names = 0;
	*items = 0;
	if (ret)
		return ret;
	while ((record = pymm_snapshot_next(snapshot, record))) {
		if (record->kind == PYMM_DUMP_NAME)
			*names += ((const struct pymm_dump_name *)record)->id == id;
		if (record->kind == PYMM_DUMP_OBJECT)
			*items += refers(record, id);
	}
	pymm_snapshot_free(snapshot);
	return CMD_OK;
}

/**
 * struct references - references found in a snapshot
 * @nr: length of @found
 * @found: how many there are to each object; [0] takes what is out of range
 */
struct references {
	uint32_t nr;
	uint32_t *found;
};

static void add(struct references *references, uint32_t id)
{
	references->found[id < references->nr ? id : 0]++;
}

static void add_record(struct references *references, const struct pymm_dump_record *record)
{
	const struct pymm_dump_object *object = (const void *)record;
	const struct pymm_dump_name *name = (const void *)record;
	const struct pymm_dump_frame *frame = (const void *)record;
	const uint32_t *ids = tail(record);
	uint32_t nr_ids = 0;

	if (record->kind == PYMM_DUMP_OBJECT && object->type != PYMM_TYPE_STR &&
	    object->type != PYMM_TYPE_BYTES)
		nr_ids = object->nr_refs;
	if (record->kind == PYMM_DUMP_NAME) {
		add(references, name->id);
		add(references, name->key);
	}
	if (record->kind == PYMM_DUMP_FRAME) {
		nr_ids = frame->nr_slots;
		add(references, frame->code);
	}
	for (uint32_t i = 0; i < nr_ids; i++)
		add(references, ids[i]);
}

static uint32_t largest_id(const struct pymm_snapshot *snapshot)
{
	const struct pymm_dump_record *record = NULL;
	uint32_t largest = 0;

	while ((record = pymm_snapshot_next(snapshot, record))) {
		const struct pymm_dump_object *object = (const void *)record;

		if (record->kind == PYMM_DUMP_OBJECT && largest < object->id)
			largest = object->id;
	}
	return largest;
}

static void compare(const struct pymm_snapshot *snapshot, struct references *references,
		    unsigned int *checked, unsigned int *wrong)
{
	const struct pymm_dump_record *record = NULL;

	while ((record = pymm_snapshot_next(snapshot, record)))
		add_record(references, record);
	while ((record = pymm_snapshot_next(snapshot, record))) {
		const struct pymm_dump_object *object = (const void *)record;

		if (record->kind != PYMM_DUMP_OBJECT)
			continue;
		++*checked;
		*wrong += object->refs != references->found[object->id];
	}
}

int demo_miscounted(struct demo *demo, unsigned int *checked, unsigned int *wrong)
{
	struct references references;
	struct pymm_snapshot *snapshot;
	int ret = take(demo, &snapshot);

	*checked = 0;
	*wrong = 0;
	if (ret)
		return ret;
	references.nr = largest_id(snapshot) + 1;
	references.found = calloc(references.nr, sizeof(*references.found));
	if (references.found)
		compare(snapshot, &references, checked, wrong);
	else
		ret = cmd_fail(demo->cmd, "out of memory");
	free(references.found);
	pymm_snapshot_free(snapshot);
	return ret;
}

int demo_stat(struct demo *demo, struct pymm_stat *stat)
{
	int ret = pymm_arena_stat(demo->arena, stat);

	return ret ? cmd_fail_errno(demo->cmd, ret, "cannot read the counters") : CMD_OK;
}
