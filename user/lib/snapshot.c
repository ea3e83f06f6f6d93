// SPDX-License-Identifier: LGPL-2.1-only OR MIT
/*
 * Snapshots of an arena. What the kernel wrote is checked once, when it is read,
 * so that nothing that walks it later has to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"

struct pymm_snapshot {
	size_t size;
	char *data;
	struct vec objects;		/* const struct pymm_dump_object *, by id */
	const struct pymm_dump_record *names;	/* the first PYMM_DUMP_NAME, or NULL */
};

static int read_all(int fd, char *data, size_t size)
{
	while (size) {
		ssize_t got = read(fd, data, size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			return -EPROTO;
		data += got;
		size -= (size_t)got;
	}
	return 0;
}

/* Bytes of the fixed part that this library knows, by kind. */
static size_t head_size(uint16_t kind)
{
	switch (kind) {
	case PYMM_DUMP_ARENA:
		return sizeof(struct pymm_dump_arena);
	case PYMM_DUMP_OBJECT:
		return sizeof(struct pymm_dump_object);
	case PYMM_DUMP_NAME:
		return sizeof(struct pymm_dump_name);
	case PYMM_DUMP_FRAME:
		return sizeof(struct pymm_dump_frame);
	case PYMM_DUMP_THREAD:
		return sizeof(struct pymm_dump_thread);
	case PYMM_DUMP_LOCK:
		return sizeof(struct pymm_dump_lock);
	default:
		return sizeof(struct pymm_dump_record);
	}
}

/* Bytes that follow the fixed part. */
static uint64_t tail_size(const struct pymm_dump_record *record)
{
	const struct pymm_dump_object *object = (const void *)record;

	switch (record->kind) {
	case PYMM_DUMP_OBJECT:
		return object->type == PYMM_TYPE_STR || object->type == PYMM_TYPE_BYTES ?
		       object->nr_refs : 4ULL * object->nr_refs;
	case PYMM_DUMP_NAME:
		return ((const struct pymm_dump_name *)record)->len;
	case PYMM_DUMP_FRAME:
		return 4ULL * ((const struct pymm_dump_frame *)record)->nr_slots;
	default:
		return 0;
	}
}

static int check_record(const struct pymm_dump_record *record, size_t left)
{
	if (left < sizeof(*record) || record->size > left || record->size % 8)
		return -EPROTO;
	if (record->head < head_size(record->kind) || record->head > record->size)
		return -EPROTO;
	return tail_size(record) > record->size - record->head ? -EPROTO : 0;
}

static int note_record(struct pymm_snapshot *snapshot, const struct pymm_dump_record *record)
{
	const struct pymm_dump_object *object = (const void *)record;

	if (record->kind == PYMM_DUMP_NAME && !snapshot->names)
		snapshot->names = record;
	if (record->kind != PYMM_DUMP_OBJECT)
		return 0;
	return vec_append(&snapshot->objects, &object, 1, sizeof(object));
}

static int compare_ids(const void *a, const void *b)
{
	const struct pymm_dump_object *left = *(const struct pymm_dump_object *const *)a;
	const struct pymm_dump_object *right = *(const struct pymm_dump_object *const *)b;

	return left->id < right->id ? -1 : left->id > right->id;
}

static int check(struct pymm_snapshot *snapshot)
{
	int ret = 0;

	for (size_t at = 0; !ret && at < snapshot->size;) {
		const struct pymm_dump_record *record = (const void *)(snapshot->data + at);

		ret = check_record(record, snapshot->size - at);
		if (!ret && !at && record->kind != PYMM_DUMP_ARENA)
			ret = -EPROTO;
		if (!ret)
			ret = note_record(snapshot, record);
		at += ret ? 0 : record->size;
	}
	if (!ret && snapshot->objects.count)
		qsort(snapshot->objects.data, snapshot->objects.count,
		      sizeof(struct pymm_dump_object *), compare_ids);
	return ret;
}

PYMM_API int pymm_snapshot_take(const struct pymm_arena *arena, struct pymm_snapshot **out)
{
	struct pymm_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	struct pymm_dump dump = { 0 };
	int ret = 0;

	*out = NULL;
	if (!snapshot)
		return -ENOMEM;
	if (ioctl(pymm_arena_fd(arena), PYMM_IOC_DUMP, &dump) < 0) {
		ret = -errno;
		free(snapshot);
		return ret;
	}
	snapshot->size = (size_t)dump.size;
	snapshot->data = malloc(snapshot->size + 1);
	if (!snapshot->data)
		ret = -ENOMEM;
	if (!ret)
		ret = read_all(dump.fd, snapshot->data, snapshot->size);
	close(dump.fd);
	if (!ret)
		ret = check(snapshot);
	if (ret)
		pymm_snapshot_free(snapshot);
	else
		*out = snapshot;
	return ret;
}

PYMM_API void pymm_snapshot_free(struct pymm_snapshot *snapshot)
{
	if (!snapshot)
		return;
	vec_free(&snapshot->objects);
	free(snapshot->data);
	free(snapshot);
}

PYMM_API const struct pymm_dump_record *
pymm_snapshot_next(const struct pymm_snapshot *snapshot, const struct pymm_dump_record *record)
{
	const char *next = record ? (const char *)record + record->size : snapshot->data;

	if (next == snapshot->data + snapshot->size)
		return NULL;
	return (const struct pymm_dump_record *)next;
}

PYMM_API const struct pymm_dump_object *pymm_snapshot_object(const struct pymm_snapshot *snapshot,
							     uint32_t id)
{
	struct pymm_dump_object key = { .id = id };
	const struct pymm_dump_object *wanted = &key, *const *found;

	if (!snapshot->objects.count)
		return NULL;
	found = bsearch(&wanted, snapshot->objects.data, snapshot->objects.count, sizeof(wanted),
			compare_ids);
	return found ? *found : NULL;
}

PYMM_API const struct pymm_dump_name *pymm_snapshot_name(const struct pymm_snapshot *snapshot,
							 const char *name)
{
	const struct pymm_dump_record *record = snapshot->names;
	size_t len = strlen(name);

	for (; record; record = pymm_snapshot_next(snapshot, record)) {
		const struct pymm_dump_name *binding = (const void *)record;

		if (record->kind == PYMM_DUMP_NAME && binding->len == len &&
		    !memcmp((const char *)record + record->head, name, len))
			return binding;
	}
	return NULL;
}
