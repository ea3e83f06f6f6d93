// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "gil_look.h"
#include "trace_hist.h"

/* Looks until a cycle of waits is seen to be one, at most: the waits of a deadlock get older. */
#define MAX_LOOKS	8

static uint32_t record_number(const struct pymm_dump_record *record)
{
	switch (record->kind) {
	case PYMM_DUMP_THREAD:
		return ((const struct pymm_dump_thread *)record)->thread_id;
	case PYMM_DUMP_LOCK:
		return ((const struct pymm_dump_lock *)record)->id;
	default:
		return ((const struct pymm_dump_name *)record)->id;
	}
}

/* Records of one kind, by number, then in the order of the snapshot. */
static int compare_records(const void *a, const void *b)
{
	const struct pymm_dump_record *left = *(const struct pymm_dump_record *const *)a;
	const struct pymm_dump_record *right = *(const struct pymm_dump_record *const *)b;
	uint32_t first = record_number(left), second = record_number(right);

	if (first != second)
		return first < second ? -1 : 1;
	return left < right ? -1 : left > right;
}

static bool is_wanted(const struct pymm_dump_record *record, uint16_t kind)
{
	const struct pymm_dump_lock *lock = (const void *)record;

	return record->kind == kind &&
	       (kind != PYMM_DUMP_LOCK || lock->depth || lock->nr_waiters);
}

/* All wanted records of a kind; NULL when out of memory. */
static const struct pymm_dump_record **gather(const struct pymm_snapshot *snapshot, uint16_t kind,
					      size_t *count)
{
	const struct pymm_dump_record *record = NULL, **all;
	size_t room = 0;

	*count = 0;
	while ((record = pymm_snapshot_next(snapshot, record)))
		room += is_wanted(record, kind);
	all = calloc(room + 1, sizeof(struct pymm_dump_record *));
	if (!all)
		return NULL;
	while ((record = pymm_snapshot_next(snapshot, record)))
		if (is_wanted(record, kind))
			all[(*count)++] = record;
	qsort(all, *count, sizeof(struct pymm_dump_record *), compare_records);
	return all;
}

/* Index of the first of them whose number is not lower. */
static size_t lower_bound(const struct pymm_dump_record *const *all, size_t count, uint32_t number)
{
	size_t low = 0;

	while (low < count) {
		size_t middle = low + (count - low) / 2;

		if (record_number(all[middle]) < number)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

const struct pymm_dump_lock *gil_lock_of(const struct gil_look *look, uint32_t id)
{
	size_t i = lower_bound(look->locks, look->nr_locks, id);

	return i < look->nr_locks && gil_lock(look, i)->id == id ? gil_lock(look, i) : NULL;
}

bool gil_has_thread(const struct gil_look *look, uint32_t thread)
{
	size_t i = lower_bound(look->threads, look->nr_threads, thread);

	return i < look->nr_threads && gil_thread(look, i)->thread_id == thread;
}

size_t gil_first_name(const struct gil_look *look, uint32_t id)
{
	return lower_bound(look->names, look->nr_names, id);
}

uint16_t gil_lock_type(const struct gil_look *look, uint32_t id)
{
	const struct pymm_dump_object *object = pymm_snapshot_object(look->snapshot, id);

	return object ? object->type : 0;
}

static void note_wait(struct gil_look *look, const struct pymm_dump_thread *thread)
{
	const struct pymm_dump_lock *lock = gil_lock_of(look, thread->lock);
	struct gil_wait *wait = &look->waits[look->nr_waits++];

	*wait = (struct gil_wait){
		.thread = thread->thread_id,
		.lock = thread->lock,
		.since_ns = thread->since_ns,
	};
	look->nr_gil_waiters += !thread->lock;
	if (!thread->lock && look->holder) {
		wait->blocker = look->holder->thread_id;
	} else if (thread->lock && lock) {
		wait->blocker = lock->depth ? lock->thread_id : 0;
		wait->anybody = gil_lock_type(look, lock->id) == PYMM_TYPE_LOCK;
	}
}

enum gil_state gil_state(const struct pymm_dump_thread *thread)
{
	/* The lock comes last in the record: before that it had the GIL, or waited for it. */
	if (thread->lock)
		return GIL_WAITS_FOR_LOCK;
	if (thread->flags & PYMM_DUMP_THREAD_WAITS)
		return GIL_WAITS;
	return thread->flags & PYMM_DUMP_THREAD_HOLDS ? GIL_RUNS : GIL_IDLE;
}

static int note_records(struct gil_look *look)
{
	look->threads = gather(look->snapshot, PYMM_DUMP_THREAD, &look->nr_threads);
	look->locks = gather(look->snapshot, PYMM_DUMP_LOCK, &look->nr_locks);
	look->names = gather(look->snapshot, PYMM_DUMP_NAME, &look->nr_names);
	look->waits = calloc(look->nr_threads + 1, sizeof(*look->waits));
	if (!look->threads || !look->locks || !look->names || !look->waits)
		return -ENOMEM;
	/* Of two, the one that was looked at last: it went there meanwhile. */
	for (size_t i = 0; i < look->nr_threads; i++)
		if (gil_state(gil_thread(look, i)) == GIL_RUNS)
			look->holder = gil_thread(look, i);
	for (size_t i = 0; i < look->nr_threads; i++)
		if (gil_state(gil_thread(look, i)) >= GIL_WAITS)
			note_wait(look, gil_thread(look, i));
	return 0;
}

void gil_forget(struct gil_look *look)
{
	pymm_snapshot_free(look->snapshot);
	free(look->threads);
	free(look->locks);
	free(look->names);
	free(look->waits);
	look->snapshot = NULL;
	look->threads = look->locks = look->names = NULL;
	look->waits = NULL;
	look->nr_waits = look->nr_gil_waiters = 0;
	look->holder = NULL;
}

/* Looks once; @uncertain is how many cycles there may be. */
static int look_once(struct cmd *cmd, struct gil_look *look, size_t *uncertain)
{
	uint64_t began = time_now(), took;
	int ret;

	gil_forget(look);
	ret = target_snapshot(cmd, &look->target, &look->snapshot);
	took = time_now() - began;
	if (ret)
		return ret;
	if (note_records(look))
		return cmd_fail(cmd, "out of memory");
	*uncertain = gil_waits_link(look->waits, look->nr_waits, took);
	return CMD_OK;
}

static int look_until_certain(struct cmd *cmd, struct gil_look *look)
{
	size_t uncertain = 1;
	int ret = CMD_OK;

	for (int i = 0; !ret && uncertain && i < MAX_LOOKS; i++)
		ret = look_once(cmd, look, &uncertain);
	return ret;
}

static int look_at(struct cmd *cmd, struct gil_look *look)
{
	int ret = pymm_arena_config(look->target.arena, &look->config);

	if (ret)
		return cmd_fail_errno(cmd, ret, "arena %u", look->target.id);
	ret = look_until_certain(cmd, look);
	if (ret)
		return ret;
	ret = pymm_arena_stat(look->target.arena, &look->stat);
	return ret ? cmd_fail_errno(cmd, ret, "cannot read the counters of arena %u",
				    look->target.id) : CMD_OK;
}

int gil_look(struct cmd *cmd, struct gil_look *look)
{
	int ret = target_open(cmd, PYMM_RIGHT_INSPECT, &look->target);

	if (ret)
		return ret;
	ret = look_at(cmd, look);
	target_close(&look->target);
	return ret;
}
