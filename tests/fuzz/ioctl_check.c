// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must hold of an arena that nobody runs programs in: counts are those that a dump of it
 * shows, and when all names are deleted and a collection has been made, nothing is left.
 */
#include "ioctl_fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/**
 * struct fuzz_snapshot - a dump that was read
 * @data: its records
 * @size: bytes
 * @refs: for each id, references that the records tell of
 * @nr_ids: entries of @refs
 */
struct fuzz_snapshot {
	uint8_t *data;
	size_t size;
	uint32_t *refs;
	uint32_t nr_ids;
};

static const struct pymm_dump_record *fuzz_next(const struct fuzz_snapshot *snapshot, size_t *at)
{
	const struct pymm_dump_record *record = (const void *)(snapshot->data + *at);

	if (*at >= snapshot->size)
		return NULL;
	*at += record->size;
	return record;
}

static int fuzz_snapshot_read(struct fuzz_snapshot *snapshot, int arena)
{
	struct pymm_dump args = {};
	size_t at = 0;
	ssize_t got;

	if (ioctl(arena, PYMM_IOC_DUMP, &args))
		return -errno;
	snapshot->size = args.size;
	snapshot->data = malloc(args.size);
	do {
		got = read(args.fd, snapshot->data + at, args.size - at);
		at += got > 0 ? (size_t)got : 0;
	} while (got > 0 || (got < 0 && errno == EINTR));
	close(args.fd);
	return at == args.size ? 0 : -EIO;
}

static void fuzz_snapshot_free(struct fuzz_snapshot *snapshot)
{
	free(snapshot->data);
	free(snapshot->refs);
}

static const struct pymm_dump_arena *fuzz_head(const struct fuzz_snapshot *snapshot)
{
	return (const void *)snapshot->data;
}

/* ---- counts ---- */

static void fuzz_count(struct fuzz_snapshot *snapshot, uint32_t id)
{
	if (id < snapshot->nr_ids)
		snapshot->refs[id]++;
}

static void fuzz_count_record(struct fuzz_snapshot *snapshot, const struct pymm_dump_record *record)
{
	const struct pymm_dump_object *object = (const void *)record;
	const struct pymm_dump_name *name = (const void *)record;
	const uint32_t *ids = (const void *)((const uint8_t *)record + record->head);

	if (record->kind == PYMM_DUMP_OBJECT && object->type != PYMM_TYPE_STR &&
	    object->type != PYMM_TYPE_BYTES) {
		for (uint32_t i = 0; i < object->nr_refs; i++)
			fuzz_count(snapshot, ids[i]);
	} else if (record->kind == PYMM_DUMP_NAME) {
		fuzz_count(snapshot, name->id);
		fuzz_count(snapshot, name->key);
	}
}

static void fuzz_count_all(struct fuzz_snapshot *snapshot)
{
	const struct pymm_dump_record *record;
	size_t at = 0;

	while ((record = fuzz_next(snapshot, &at)))
		if (record->kind == PYMM_DUMP_OBJECT &&
		    ((const struct pymm_dump_object *)record)->id >= snapshot->nr_ids)
			snapshot->nr_ids = ((const struct pymm_dump_object *)record)->id + 1;
	snapshot->refs = calloc(snapshot->nr_ids + 1, sizeof(*snapshot->refs));
	at = 0;
	while ((record = fuzz_next(snapshot, &at)))
		fuzz_count_record(snapshot, record);
}

/* @exact: the namespace has no names that a dump leaves out. */
static void fuzz_check_counts(struct fuzz_shared *shared, const struct fuzz_snapshot *snapshot,
			      bool exact)
{
	const struct pymm_dump_record *record;
	const struct pymm_dump_object *object;
	uint32_t found;
	size_t at = 0;

	while ((record = fuzz_next(snapshot, &at))) {
		object = (const void *)record;
		if (record->kind != PYMM_DUMP_OBJECT || object->refs == PYMM_REFS_IMMORTAL)
			continue;
		found = snapshot->refs[object->id];
		if (object->refs != found && (exact || object->refs < found))
			fuzz_fail(shared, "object %u of type %u has count %u, %u references found",
				  object->id, object->type, object->refs, found);
	}
}

static void fuzz_check_stat(struct fuzz_shared *shared, const struct fuzz_snapshot *snapshot,
			    const struct pymm_stat *stat)
{
	uint64_t tracked[256] = {};
	const struct pymm_dump_record *record;
	size_t at = 0;

	while ((record = fuzz_next(snapshot, &at)))
		if (record->kind == PYMM_DUMP_OBJECT)
			tracked[((const struct pymm_dump_object *)record)->generation]++;
	if (stat->objects != fuzz_head(snapshot)->nr_objects ||
	    stat->objects != stat->objects_allocated - stat->objects_freed)
		fuzz_fail(shared, "%llu objects, %u in the dump, %llu made, %llu freed",
			  stat->objects, fuzz_head(snapshot)->nr_objects,
			  stat->objects_allocated, stat->objects_freed);
	for (int i = 0; i < PYMM_GENERATIONS; i++)
		if (stat->tracked[i] != tracked[i])
			fuzz_fail(shared, "generation %d has %llu objects, %llu in the dump", i,
				  stat->tracked[i], (unsigned long long)tracked[i]);
	if (stat->threads || stat->gil_holder || stat->gil_waiters)
		fuzz_fail(shared, "%llu threads, holder %u, %u waiters after all were closed",
			  stat->threads, stat->gil_holder, stat->gil_waiters);
}

/* ---- nothing is left ---- */

static size_t fuzz_round8(size_t bytes)
{
	return (bytes + 7) & ~(size_t)7;
}

static uint8_t *fuzz_append(uint8_t *to, const void *from, size_t bytes)
{
	memcpy(to, from, bytes);
	return to + bytes;
}

/* A program that deletes each name that the snapshot has, and collects. No image: no memory. */
static size_t fuzz_deleter(const struct fuzz_snapshot *snapshot, uint8_t **image)
{
	uint32_t i, names = fuzz_head(snapshot)->nr_names;
	struct pymm_code code = {
		.nr_insns = names + 2, .nr_consts = names, .nr_slots = 1,
	};
	struct pymm_image head = { PYMM_IMAGE_MAGIC, PYMM_IMAGE_VERSION, 1, 0 };
	const struct pymm_dump_record *record;
	uint8_t *to;
	size_t at = 0;

	code.size = sizeof(code) + code.nr_insns * (uint32_t)sizeof(struct pymm_insn);
	while ((record = fuzz_next(snapshot, &at)))
		if (record->kind == PYMM_DUMP_NAME)
			code.size += (uint32_t)(sizeof(struct pymm_const) +
				fuzz_round8(((const struct pymm_dump_name *)record)->len));
	head.size = (uint32_t)sizeof(head) + code.size;
	*image = calloc(1, head.size);
	if (!*image)
		return 0;
	to = fuzz_append(*image, &head, sizeof(head));
	to = fuzz_append(to, &code, sizeof(code));
	for (i = 0; i < names; i++)
		to = fuzz_append(to, &(struct pymm_insn){ .op = PYMM_OP_DELETE_GLOBAL, .imm = i },
				 sizeof(struct pymm_insn));
	to = fuzz_append(to, &(struct pymm_insn){ .op = PYMM_OP_GC_COLLECT, .imm = 2 },
			 sizeof(struct pymm_insn));
	to = fuzz_append(to, &(struct pymm_insn){ .op = PYMM_OP_RETURN_VALUE },
			 sizeof(struct pymm_insn));
	for (at = 0; (record = fuzz_next(snapshot, &at));) {
		const struct pymm_dump_name *name = (const void *)record;
		struct pymm_const constant = { PYMM_CONST_STR, name->len };

		if (record->kind != PYMM_DUMP_NAME)
			continue;
		to = fuzz_append(to, &constant, sizeof(constant));
		memcpy(to, name + 1, name->len);
		to += fuzz_round8(name->len);
	}
	return head.size;
}

static void fuzz_check_empty(struct fuzz_shared *shared, const struct fuzz_snapshot *snapshot,
			     int arena)
{
	struct pymm_thread_new thread = {};
	struct pymm_stat stat = {};
	struct pymm_run run = {};
	uint8_t *image;

	if (ioctl(arena, PYMM_IOC_THREAD, &thread)) {
		fuzz_fail(shared, "no thread to delete all names with: %s", strerror(errno));
		return;
	}
	run.image_size = (uint32_t)fuzz_deleter(snapshot, &image);
	run.image = (uintptr_t)image;
	if (!image)
		fuzz_fail(shared, "no memory to delete all names with");
	else if (ioctl(thread.fd, PYMM_IOC_RUN, &run))
		fuzz_fail(shared, "cannot delete all names: %s, reject %u", strerror(errno),
			  run.reject);
	else if (run.status != PYMM_STATUS_DONE)
		fuzz_fail(shared, "deleting all names ended with status %u, %s", run.status,
			  run.message);
	close(thread.fd);
	free(image);
	if (!ioctl(arena, PYMM_IOC_STAT, &stat) && stat.objects)
		fuzz_fail(shared, "%llu objects are left that nothing refers to", stat.objects);
}

/* What a program was limited to must not keep this one from running. */
static int fuzz_unlimit(int arena)
{
	struct pymm_config config = {
		.fields = PYMM_CONFIG_MAX_BYTES | PYMM_CONFIG_MAX_OBJECTS |
			  PYMM_CONFIG_MAX_THREADS,
		.max_bytes = 1ULL << 30, .max_objects = 1 << 30, .max_threads = 65536,
	};

	return ioctl(arena, PYMM_IOC_CONFIG, &config) ? -errno : 0;
}

/**
 * fuzz_check_arena() - check an arena that has no thread any more
 * @fd: an arena fd with all rights
 *
 * Names that are long, many or no strings are not deleted: then only counts are looked at.
 */
void fuzz_check_arena(struct fuzz_shared *shared, int fd)
{
	struct fuzz_snapshot snapshot = {};
	struct pymm_stat stat = {};
	int err = fuzz_unlimit(fd);
	bool exact;

	if (!err)
		err = ioctl(fd, PYMM_IOC_STAT, &stat) ? -errno : 0;
	if (!err)
		err = fuzz_snapshot_read(&snapshot, fd);
	if (err) {
		fuzz_fail(shared, "the arena cannot be checked: %s", strerror(-err));
		fuzz_snapshot_free(&snapshot);
		return;
	}
	exact = stat.names == fuzz_head(&snapshot)->nr_names;
	fuzz_count_all(&snapshot);
	fuzz_check_counts(shared, &snapshot, exact);
	fuzz_check_stat(shared, &snapshot, &stat);
	if (exact && stat.names < 1000 && snapshot.size < 8 << 20) {
		fuzz_check_empty(shared, &snapshot, fd);
		atomic_fetch_add(&shared->emptied, 1);
	}
	atomic_fetch_add(&shared->checked, 1);
	fuzz_snapshot_free(&snapshot);
}
