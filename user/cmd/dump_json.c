// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "dump.h"

const void *dump_tail(const struct pymm_dump_record *record)
{
	return (const char *)record + record->head;
}

bool dump_is_text(const struct pymm_dump_object *object)
{
	return object->type == PYMM_TYPE_STR || object->type == PYMM_TYPE_BYTES;
}

bool dump_is_container(const struct pymm_dump_object *object)
{
	switch (object->type) {
	case PYMM_TYPE_TUPLE:
	case PYMM_TYPE_LIST:
	case PYMM_TYPE_DICT:
	case PYMM_TYPE_SET:
	case PYMM_TYPE_FROZENSET:
	case PYMM_TYPE_RANGE:
		return true;
	default:
		return false;
	}
}

double dump_float(const struct pymm_dump_object *object)
{
	double value;

	memcpy(&value, &object->value, sizeof(value));
	return value;
}

static void json_ids(struct json *json, const char *key, const uint32_t *ids, uint32_t nr)
{
	json_open_array(json, key);
	for (uint32_t i = 0; i < nr; i++)
		json_add_uint(json, NULL, ids[i]);
	json_close(json);
}

static void json_value(struct json *json, const struct pymm_dump_object *object)
{
	if (object->type == PYMM_TYPE_INT)
		json_add_int(json, "value", object->value);
	else if (object->type == PYMM_TYPE_FLOAT)
		json_add_double(json, "value", dump_float(object));
	else if (object->type == PYMM_TYPE_LOCK)
		json_add_bool(json, "locked", object->value);
	else if (object->type == PYMM_TYPE_RLOCK)
		json_add_int(json, "depth", object->value);
	else if (dump_is_text(object) || dump_is_container(object))
		json_add_int(json, "length", object->value);
	if (dump_is_text(object))
		json_add_bytes(json, "text", dump_tail(&object->record), object->nr_refs);
}

static void json_generation(struct json *json, uint8_t generation)
{
	if (generation == PYMM_GENERATION_NONE)
		json_add_null(json, "generation");
	else if (generation == PYMM_GENERATION_PERMANENT)
		json_add_string(json, "generation", "permanent");
	else
		json_add_uint(json, "generation", generation);
}

static void json_object(struct json *json, const struct pymm_dump_object *object)
{
	json_add_uint(json, "id", object->id);
	json_add_string(json, "type", pymm_type_name(object->type));
	json_add_uint(json, "refs", object->refs);
	json_generation(json, object->generation);
	json_value(json, object);
	json_ids(json, "references", dump_tail(&object->record),
		 dump_is_text(object) ? 0 : object->nr_refs);
}

static void json_name(struct json *json, const struct pymm_dump_name *name)
{
	json_add_bytes(json, "name", dump_tail(&name->record), name->len);
	json_add_uint(json, "object", name->id);
	json_add_uint(json, "key", name->key);
}

static void json_frame(struct json *json, const struct pymm_dump_frame *frame)
{
	json_add_uint(json, "thread", frame->thread_id);
	json_add_uint(json, "code", frame->code);
	json_add_uint(json, "instruction", frame->pos);
	json_ids(json, "slots", dump_tail(&frame->record), frame->nr_slots);
}

void dump_json(struct json *json, const struct pymm_dump_record *record)
{
	if (record->kind == PYMM_DUMP_OBJECT)
		json_object(json, (const void *)record);
	else if (record->kind == PYMM_DUMP_NAME)
		json_name(json, (const void *)record);
	else if (record->kind == PYMM_DUMP_FRAME)
		json_frame(json, (const void *)record);
}
