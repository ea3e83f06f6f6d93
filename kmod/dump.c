// SPDX-License-Identifier: GPL-2.0-only
/* Dumps: a snapshot of an arena, made in one hold of its lock, read as a file. */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "frame.h"
#include "ioctl.h"

#define PYMM_DUMP_TEXT	64U

/**
 * struct pymm_writer - a dump being measured, then written
 * @arena: what is dumped; its lock is held
 * @data: where it is written, or NULL while it is measured
 * @at: bytes so far
 * @steps: work done since the last look at signals
 * @head: counts of records
 */
struct pymm_writer {
	struct pymm_arena *arena;
	void *data;
	size_t at;
	u32 steps;
	struct pymm_dump_arena head;
};

/* A snapshot that was taken; private data of its file. */
struct pymm_snapshot {
	size_t size;
	void *data;
};

/* Begin a record with @head bytes fixed and @tail bytes behind; NULL while measuring. */
static void *pymm_dump_record(struct pymm_writer *writer, u16 kind, u16 head, size_t tail)
{
	size_t size = round_up(head + tail, 8);
	struct pymm_dump_record *record = NULL;

	if (writer->data) {
		record = writer->data + writer->at;
		memset(record, 0, size);
		record->kind = kind;
		record->head = head;
		record->size = size;
	}
	writer->at += size;
	return record;
}

static int pymm_dump_tick(struct pymm_writer *writer, u32 steps)
{
	writer->steps += steps;
	if (writer->steps < PYMM_TICK_STEPS)
		return 0;
	writer->steps = 0;
	if (writer->at > PYMM_MAX_DUMP)
		return -EDQUOT;
	if (atomic_read(&writer->arena->hurry))
		return -EAGAIN;
	cond_resched();
	return fatal_signal_pending(current) ? -ERESTARTSYS : 0;
}

static s64 pymm_dump_value(struct pymm_arena *arena, u32 no)
{
	struct pymm_object *object = pymm_object(arena, no);
	struct pymm_lock_state state;

	if (object->type == PYMM_TYPE_INT || object->type == PYMM_TYPE_BOOL)
		return object->ival;
	if (object->type == PYMM_TYPE_FLOAT)
		return object->float_bits;
	if (pymm_is_lock(arena, no)) {
		pymm_lock_look(arena, no, &state);
		return state.depth;
	}
	return pymm_types[object->type]->length ? pymm_types[object->type]->length(arena, no) : 0;
}

static u32 pymm_dump_refs(const struct pymm_span *span, u32 *to)
{
	const u32 *group;
	u32 i, j, count = 0;

	for (i = 0; i < span->groups; i++) {
		group = span->base +
			(size_t)(span->reverse ? span->groups - 1 - i : i) * span->stride;
		for (j = 0; j < span->width; j++) {
			if (!group[j])
				continue;
			if (to)
				to[count] = group[j];
			count++;
		}
	}
	if (span->tail && to)
		to[count] = span->tail;
	return count + !!span->tail;
}

/* Who has it and waits for it can change while the dump is written; that there is one, cannot. */
static void pymm_dump_lock(struct pymm_writer *writer, u32 no)
{
	struct pymm_dump_lock *record;
	struct pymm_lock_state state;

	record = pymm_dump_record(writer, PYMM_DUMP_LOCK, sizeof(*record), 0);
	if (!record)
		return;
	pymm_lock_look(writer->arena, no, &state);
	record->id = no;
	record->thread_id = state.taker;
	record->depth = state.depth;
	record->nr_waiters = state.waiters;
}

static int pymm_dump_object(struct pymm_writer *writer, u32 no)
{
	struct pymm_arena *arena = writer->arena;
	struct pymm_object *object = pymm_object(arena, no);
	struct pymm_dump_object *record;
	struct pymm_span span = {};
	const char *text = NULL;
	u32 count, bytes = 0;

	if (pymm_is_text(arena, no))
		text = pymm_str_text(arena, no, &bytes);
	else if (pymm_types[object->type]->span)
		pymm_types[object->type]->span(arena, no, &span);
	bytes = min(bytes, PYMM_DUMP_TEXT);
	count = text ? bytes : pymm_dump_refs(&span, NULL);
	record = pymm_dump_record(writer, PYMM_DUMP_OBJECT, sizeof(*record),
				  text ? bytes : array_size(count, sizeof(u32)));
	if (record) {
		record->id = no;
		record->refs = pymm_object_immortal(object) ? PYMM_REFS_IMMORTAL : object->refs;
		record->type = object->type;
		record->generation = pymm_gc_generation(arena, no);
		record->nr_refs = count;
		record->value = pymm_dump_value(arena, no);
		if (text)
			memcpy(record + 1, text, bytes);
		else
			pymm_dump_refs(&span, (u32 *)(record + 1));
	}
	if (pymm_is_lock(arena, no))
		pymm_dump_lock(writer, no);
	writer->head.nr_objects++;
	return pymm_dump_tick(writer, 1 + span.groups);
}

static int pymm_dump_objects(struct pymm_writer *writer)
{
	struct pymm_arena *arena = writer->arena;
	struct pymm_object *object;
	int err = 0;
	u32 no;

	/* They refer to what a program can change, and are nobody's. */
	for (no = PYMM_NO_GC_CALLBACKS; no <= PYMM_NO_GC_GARBAGE && !err; no++)
		if (pymm_object(arena, no)->len)
			err = pymm_dump_object(writer, no);
	for (no = PYMM_NO_FIRST_MORTAL; no < arena->heap.bump && !err; no++) {
		object = pymm_object(arena, no);
		if (!object->type || (object->flags & PYMM_OBJ_DYING) ||
		    no == arena->gc.carcass || no == arena->interned || no == arena->builtins ||
		    no == arena->globals)
			err = pymm_dump_tick(writer, 1);
		else
			err = pymm_dump_object(writer, no);
	}
	return err;
}

static int pymm_dump_names(struct pymm_writer *writer)
{
	struct pymm_dump_name *record;
	u32 i, key, value, bytes;
	const char *text;
	int err = 0;

	for (i = 0; !err && pymm_dict_entry(writer->arena, writer->arena->globals, i, &key,
					    &value); i++) {
		if (!key || !pymm_is(writer->arena, key, PYMM_TYPE_STR))
			continue;
		text = pymm_str_text(writer->arena, key, &bytes);
		record = pymm_dump_record(writer, PYMM_DUMP_NAME, sizeof(*record), bytes);
		if (record) {
			record->id = value;
			record->len = bytes;
			record->key = key;
			memcpy(record + 1, text, bytes);
		}
		writer->head.nr_names++;
		err = pymm_dump_tick(writer, 1 + bytes / 64);
	}
	return err;
}

static int pymm_dump_frame(struct pymm_writer *writer, const struct pymm_thread *thread,
			   const struct pymm_frame *frame)
{
	struct pymm_dump_frame *record;
	size_t slots = array_size(frame->nr_slots, sizeof(u32));

	record = pymm_dump_record(writer, PYMM_DUMP_FRAME, sizeof(*record), slots);
	if (record) {
		record->thread_id = thread->id;
		record->pos = frame->kind == PYMM_FRAME_CODE ? frame->pc : 0;
		record->code = frame->code;
		record->nr_slots = frame->nr_slots;
		memcpy(record + 1, frame->slots, slots);
	}
	writer->head.nr_frames++;
	return pymm_dump_tick(writer, 1 + frame->nr_slots / 16);
}

static int pymm_dump_frames(struct pymm_writer *writer)
{
	struct pymm_thread *thread;
	struct pymm_frame *frame;
	int err;

	list_for_each_entry(thread, &writer->arena->threads, node)
		for (frame = thread->frame; frame; frame = frame->prev) {
			if (frame->kind == PYMM_FRAME_COLLECT)
				continue;
			err = pymm_dump_frame(writer, thread, frame);
			if (err)
				return err;
		}
	return 0;
}

static void pymm_dump_gil(struct pymm_thread *thread, struct pymm_dump_thread *record)
{
	const struct pymm_gil_stat *stat = &thread->gil_stat;
	struct pymm_gil *gil = &thread->arena->gil;
	u64 now = ktime_get_ns();

	spin_lock_bh(&gil->lock);
	if (gil->holder == thread) {
		record->flags |= PYMM_DUMP_THREAD_HOLDS;
		record->since_ns = now - min(now, gil->acquired_ns);
	} else if (stat->waiting_since) {
		record->flags |= PYMM_DUMP_THREAD_WAITS;
		record->since_ns = now - min(now, stat->waiting_since);
	}
	record->acquires = stat->acquires;
	record->waits = stat->waits;
	record->wait_ns = stat->wait_ns;
	record->wait_max_ns = stat->wait_max_ns;
	record->holds = stat->holds;
	record->hold_ns = stat->hold_ns;
	record->hold_max_ns = stat->hold_max_ns;
	record->drops = stat->drops;
	spin_unlock_bh(&gil->lock);
}

static void pymm_dump_task(struct pymm_thread *thread, struct pymm_dump_thread *record)
{
	u64 now = ktime_get_ns();

	spin_lock(&thread->arena->locks);
	record->pid = pid_nr_ns(thread->task, task_active_pid_ns(current));
	record->lock = thread->waits_for;
	if (record->lock)
		record->since_ns = now - min(now, thread->waits_since);
	spin_unlock(&thread->arena->locks);
	if (READ_ONCE(thread->closed))
		record->flags |= PYMM_DUMP_THREAD_CLOSED;
}

static int pymm_dump_threads(struct pymm_writer *writer)
{
	struct pymm_dump_thread *record;
	struct pymm_thread *thread;
	int err = 0;

	list_for_each_entry(thread, &writer->arena->threads, node) {
		record = pymm_dump_record(writer, PYMM_DUMP_THREAD, sizeof(*record), 0);
		if (record) {
			record->thread_id = thread->id;
			pymm_dump_gil(thread, record);
			pymm_dump_task(thread, record);
		}
		err = pymm_dump_tick(writer, 4);
		if (err)
			break;
	}
	return err;
}

/* Once to measure, once to write; the number of records and their sizes stay. */
static int pymm_dump_pass(struct pymm_writer *writer)
{
	struct pymm_dump_arena *record;
	int err = 0;

	writer->at = 0;
	record = pymm_dump_record(writer, PYMM_DUMP_ARENA, sizeof(*record), 0);
	if (record) {
		writer->head.record = record->record;
		writer->head.arena_id = writer->arena->id;
		writer->head.globals = writer->arena->globals;
		*record = writer->head;
	}
	writer->head = (struct pymm_dump_arena){};
	if (!writer->arena->globals)
		return 0;
	err = pymm_dump_objects(writer);
	if (!err)
		err = pymm_dump_names(writer);
	if (!err)
		err = pymm_dump_frames(writer);
	if (!err)
		err = pymm_dump_threads(writer);
	return err;
}

static int pymm_snapshot_fill(struct pymm_arena *arena, struct pymm_snapshot *snapshot)
{
	struct pymm_writer writer = { .arena = arena };
	int err;

	err = pymm_dump_pass(&writer);
	if (err)
		return err;
	if (writer.at > PYMM_MAX_DUMP)
		return -EDQUOT;
	kvfree(snapshot->data);
	snapshot->data = kvmalloc(writer.at, PYMM_GFP);
	if (!snapshot->data)
		return -ENOMEM;
	snapshot->size = writer.at;
	writer.data = snapshot->data;
	return pymm_dump_pass(&writer);
}

static void pymm_snapshot_free(struct pymm_snapshot *snapshot)
{
	kvfree(snapshot->data);
	kfree(snapshot);
}

static int pymm_dump_release(struct inode *inode, struct file *file)
{
	pymm_snapshot_free(file->private_data);
	return 0;
}

static ssize_t pymm_dump_read(struct file *file, char __user *to, size_t size, loff_t *pos)
{
	struct pymm_snapshot *snapshot = file->private_data;

	return simple_read_from_buffer(to, size, pos, snapshot->data, snapshot->size);
}

static const struct file_operations pymm_dump_fops = {
	.owner = THIS_MODULE,
	.release = pymm_dump_release,
	.read = pymm_dump_read,
	.llseek = noop_llseek,
};

/* When a task that is being killed needs the lock, let it have it, and begin again. */
static int pymm_call_snapshot(struct pymm_arena *arena, struct pymm_snapshot *snapshot)
{
	int err;

	for (;;) {
		err = pymm_arena_lock(arena);
		if (err)
			return err;
		err = pymm_snapshot_fill(arena, snapshot);
		pymm_arena_unlock(arena);
		if (err != -EAGAIN)
			return err;
		if (fatal_signal_pending(current))
			return -ERESTARTSYS;
		cond_resched();
	}
}

/** pymm_call_dump() - PYMM_IOC_DUMP, see struct pymm_dump */
int pymm_call_dump(struct pymm_call *call)
{
	struct pymm_arena *arena = call->arena_file->arena;
	struct pymm_dump *dump = &call->args.dump;
	struct pymm_snapshot *snapshot;
	int err;

	if (dump->flags)
		return -EOPNOTSUPP;
	snapshot = kzalloc(sizeof(*snapshot), PYMM_GFP);
	if (!snapshot)
		return -ENOMEM;
	err = pymm_call_snapshot(arena, snapshot);
	if (!err)
		err = pymm_call_new_file(call, "[pymm-dump]", &pymm_dump_fops, snapshot);
	if (err) {
		pymm_snapshot_free(snapshot);
		return err;
	}
	dump->fd = call->new_fd;
	dump->size = snapshot->size;
	return 0;
}
