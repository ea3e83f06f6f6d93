// SPDX-License-Identifier: GPL-2.0-only
/*
 * PRINT: a value becomes records in the output of the call, whole or not at all; text is
 * made of them in user space.
 */
#include <linux/string.h>

#include "exception.h"

static int pymm_output_alloc(struct pymm_thread *thread)
{
	if (thread->output || !thread->output_size)
		return 0;
	thread->output = kvmalloc(thread->output_size, PYMM_GFP);
	if (thread->output)
		return 0;
	thread->arena->heap.refusal = -ENOMEM;
	return pymm_raise_nomem(thread);
}

/* Add a record at @at; beyond the end of the buffer it is only counted. */
static int pymm_emit(struct pymm_thread *thread, u64 *at, u32 kind, u32 len, const void *data,
		     u32 bytes)
{
	struct pymm_record record = { .kind = kind, .len = len };
	u32 padded = round_up(bytes, 8);
	void *to = thread->output + *at;

	if (*at + sizeof(record) + padded <= thread->output_size) {
		memcpy(to, &record, sizeof(record));
		memcpy(to + sizeof(record), data, bytes);
		memset(to + sizeof(record) + bytes, 0, padded - bytes);
	}
	*at += sizeof(record) + padded;
	return pymm_tick(thread, 1 + bytes / 64);
}

static int pymm_emit_other(struct pymm_thread *thread, u64 *at, u32 kind, u32 no)
{
	u32 data[2] = { no, pymm_object(thread->arena, no)->type };

	return pymm_emit(thread, at, kind, sizeof(data), data, sizeof(data));
}

/* An object of which there is nothing to be said but its class. */
static int pymm_emit_instance(struct pymm_thread *thread, u64 *at, u32 no)
{
	struct {
		u32 id;
		char name[PYMM_MESSAGE_SIZE];
	} data = { .id = no };
	u32 bytes;
	const char *name = pymm_class_name(thread->arena, pymm_type_object(thread->arena, no),
					   &bytes);

	memcpy(data.name, name, bytes);
	bytes += sizeof(data.id);
	return pymm_emit(thread, at, PYMM_RECORD_INSTANCE, bytes, &data, bytes);
}

/**
 * pymm_print_enter() - begin with the items of a container
 * @thread: the running thread
 * @no: the container, which becomes the innermost one
 *
 * Return: 0, 1 where it is in itself, or PYMM_RAISED.
 */
int pymm_print_enter(struct pymm_thread *thread, u32 no)
{
	struct pymm_object *object = pymm_object(thread->arena, no);
	struct pymm_walk *walk;
	int err = 0;

	/* As in CPython, slices and exceptions do not know that they are being printed. */
	if ((object->flags & PYMM_OBJ_PRINTING) && object->type != PYMM_TYPE_SLICE &&
	    object->type != PYMM_TYPE_EXCEPTION)
		return 1;
	walk = pymm_walk_push(thread, " while getting the repr of an object", &err);
	if (!walk)
		return err;
	*walk = (struct pymm_walk){ .a = no };
	object->flags |= PYMM_OBJ_PRINTING;
	return 0;
}

/** pymm_print_leave() - done with the innermost container */
void pymm_print_leave(struct pymm_thread *thread)
{
	u32 no = thread->walk[--thread->walk_top].a;

	pymm_object(thread->arena, no)->flags &= ~PYMM_OBJ_PRINTING;
}

static int pymm_emit_container(struct pymm_thread *thread, u64 *at, u32 no, u32 kind)
{
	int err = pymm_print_enter(thread, no);

	if (err > 0)
		return pymm_emit_other(thread, at, PYMM_RECORD_CYCLE, no);
	return err ?: pymm_emit(thread, at, kind, pymm_object(thread->arena, no)->len, NULL, 0);
}

static int pymm_emit_range(struct pymm_thread *thread, u64 *at, u32 no)
{
	const struct pymm_range *range = pymm_range(thread->arena, no);
	s64 data[3] = { range->start, range->stop, range->step };

	return pymm_emit(thread, at, PYMM_RECORD_RANGE, sizeof(data), data, sizeof(data));
}

static int pymm_emit_module(struct pymm_thread *thread, u64 *at, u32 no)
{
	const char *text = "?";
	u32 name, bytes = 1;
	int ret = pymm_module_name(thread, no, &name);

	if (ret < 0)
		return ret;
	if (ret)
		text = pymm_str_clip(thread->arena, name, &bytes);
	return pymm_emit(thread, at, PYMM_RECORD_MODULE, bytes, text, bytes);
}

/* Its single argument, or the tuple of several, follows. */
static int pymm_emit_exception(struct pymm_thread *thread, u64 *at, u32 no)
{
	u32 args = pymm_exception_get(thread->arena, no, PYMM_EXCEPTION_ARGS), bytes;
	struct {
		struct pymm_exception_record head;
		char name[PYMM_MESSAGE_SIZE];
	} data = {
		.head.exception = pymm_exception_kind(thread->arena, no),
		.head.nr_args = pymm_object(thread->arena, args)->len,
	};
	const char *name = pymm_class_name(thread->arena, pymm_type_object(thread->arena, no),
					   &bytes);
	int err = data.head.nr_args ? pymm_print_enter(thread, no) : 0;

	memcpy(data.name, name, bytes);
	bytes += sizeof(data.head);
	return err ?: pymm_emit(thread, at, PYMM_RECORD_EXCEPTION, bytes, &data, bytes);
}

static int pymm_emit_object(struct pymm_thread *thread, u64 *at, u32 no)
{
	struct pymm_object *object = pymm_object(thread->arena, no);
	const char *text;
	u32 bytes;

	switch (object->type) {
	case PYMM_TYPE_NONE:
		return pymm_emit(thread, at, PYMM_RECORD_NONE, 0, NULL, 0);
	case PYMM_TYPE_BOOL:
		return pymm_emit(thread, at, object->ival ? PYMM_RECORD_TRUE : PYMM_RECORD_FALSE,
				 0, NULL, 0);
	case PYMM_TYPE_INT:
		return pymm_emit(thread, at, PYMM_RECORD_INT, sizeof(s64), &object->ival,
				 sizeof(s64));
	case PYMM_TYPE_FLOAT:
		return pymm_emit(thread, at, PYMM_RECORD_FLOAT, sizeof(u64), &object->float_bits,
				 sizeof(u64));
	case PYMM_TYPE_STR:
	case PYMM_TYPE_BYTES:
		text = pymm_str_text(thread->arena, no, &bytes);
		return pymm_emit(thread, at, object->type == PYMM_TYPE_STR ? PYMM_RECORD_STR :
				 PYMM_RECORD_BYTES, bytes, text, bytes);
	case PYMM_TYPE_TUPLE:
		return pymm_emit_container(thread, at, no, PYMM_RECORD_TUPLE);
	case PYMM_TYPE_LIST:
		return pymm_emit_container(thread, at, no, PYMM_RECORD_LIST);
	case PYMM_TYPE_DICT:
		return pymm_emit_container(thread, at, no, PYMM_RECORD_DICT);
	case PYMM_TYPE_SET:
		return pymm_emit_container(thread, at, no, PYMM_RECORD_SET);
	case PYMM_TYPE_FROZENSET:
		return pymm_emit_container(thread, at, no, PYMM_RECORD_FROZENSET);
	case PYMM_TYPE_SLICE:
		return pymm_emit_container(thread, at, no, PYMM_RECORD_SLICE);
	case PYMM_TYPE_INSTANCE:
	case PYMM_TYPE_OBJECT:
	case PYMM_TYPE_ITERATOR:
	case PYMM_TYPE_RANGE_ITERATOR:
		return pymm_emit_instance(thread, at, no);
	case PYMM_TYPE_EXCEPTION:
		return pymm_emit_exception(thread, at, no);
	case PYMM_TYPE_RANGE:
		return pymm_emit_range(thread, at, no);
	case PYMM_TYPE_BUILTIN:
		text = pymm_builtin_name(thread->arena, no);
		return pymm_emit(thread, at, PYMM_RECORD_BUILTIN, strlen(text), text, strlen(text));
	case PYMM_TYPE_MODULE:
		return pymm_emit_module(thread, at, no);
	case PYMM_TYPE_TYPE:
		text = pymm_class_name(thread->arena, no, &bytes);
		return pymm_emit(thread, at, PYMM_RECORD_TYPE, bytes, text, bytes);
	default:
		return pymm_emit_other(thread, at, PYMM_RECORD_OBJECT, no);
	}
}

/** pymm_print_next() - next item of the innermost container: 1, 0 behind the last, or -EINTR */
int pymm_print_next(struct pymm_thread *thread, u32 *no)
{
	struct pymm_walk *walk = &thread->walk[thread->walk_top - 1];
	u32 key = 0, value;
	int err;

	if (pymm_is_set(thread->arena, walk->a))
		return pymm_set_next(thread, walk->a, &walk->i, no);
	if (pymm_is(thread->arena, walk->a, PYMM_TYPE_EXCEPTION)) {
		*no = pymm_exception_item(thread->arena, walk->a);
		return !walk->i++;
	}
	if (!pymm_is(thread->arena, walk->a, PYMM_TYPE_DICT)) {
		if (walk->i == pymm_object(thread->arena, walk->a)->len)
			return 0;
		*no = pymm_item(thread->arena, walk->a, walk->i++);
		return 1;
	}
	/* Twice the position, plus one when the key was printed. */
	while (pymm_dict_entry(thread->arena, walk->a, walk->i / 2, &key, &value) && !key) {
		walk->i += 2;
		err = pymm_tick(thread, 1);
		if (err)
			return err;
	}
	*no = walk->i++ % 2 ? value : key;
	return !!key;
}

static int pymm_print_items(struct pymm_thread *thread, u64 *at, u32 base)
{
	u32 no;
	int ret;

	while (thread->walk_top > base) {
		ret = pymm_print_next(thread, &no);
		if (ret > 0)
			ret = pymm_emit_object(thread, at, no) ?: 1;
		if (ret < 0)
			return ret;
		if (ret)
			continue;
		pymm_print_leave(thread);
	}
	return 0;
}

/**
 * pymm_print() - print a value
 * @thread: the running thread
 * @no: the value
 * @end: it ends the line
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, PYMM_RAISED, -EINTR, or PYMM_STATUS_OUTPUT_FULL, having printed nothing and
 * set thread->output_needed.
 */
int pymm_print(struct pymm_thread *thread, u32 no, bool end)
{
	u32 base = thread->walk_top;
	u64 at = thread->output_used;
	int err;

	err = pymm_output_alloc(thread);
	if (!err)
		err = pymm_emit_object(thread, &at, no);
	if (!err)
		err = pymm_print_items(thread, &at, base);
	while (thread->walk_top > base)
		pymm_print_leave(thread);
	if (!err)
		err = pymm_emit(thread, &at, PYMM_RECORD_END, end, NULL, 0);
	if (err)
		return err;
	if (at > thread->output_size) {
		thread->output_needed = min_t(u64, at - thread->output_used, U32_MAX);
		return PYMM_STATUS_OUTPUT_FULL;
	}
	thread->output_used = at;
	return 0;
}

/**
 * struct pymm_report - an exception that nobody can catch, and that was not printed yet
 * @next: the next one
 * @bytes: length of @data
 * @data: struct pymm_unraisable and the message
 */
struct pymm_report {
	struct pymm_report *next;
	u32 bytes;
	u8 data[];
};

/* 0, or PYMM_STATUS_OUTPUT_FULL as pymm_print(). */
static int pymm_print_report(struct pymm_thread *thread, const void *data, u32 bytes)
{
	u64 at = thread->output_used;

	if (!thread->output)
		thread->output = kvmalloc(thread->output_size, PYMM_GFP);
	if (!thread->output)
		return 0;
	/* That the task is being killed changes nothing. */
	pymm_emit(thread, &at, PYMM_RECORD_UNRAISABLE, bytes, data, bytes);
	pymm_emit(thread, &at, PYMM_RECORD_END, 1, NULL, 0);
	if (at > thread->output_size) {
		thread->output_needed = at - thread->output_used;
		return PYMM_STATUS_OUTPUT_FULL;
	}
	thread->output_used = at;
	return 0;
}

/* Without memory it is only counted. */
static void pymm_report_later(struct pymm_thread *thread, const void *data, u32 bytes)
{
	struct pymm_report *report;

	report = pymm_payload_alloc(thread->arena, struct_size(report, data, bytes));
	if (!report)
		return;
	report->next = NULL;
	report->bytes = bytes;
	memcpy(report->data, data, bytes);
	if (thread->reports)
		thread->last_report->next = report;
	else
		thread->reports = report;
	thread->last_report = report;
}

static void pymm_report_pop(struct pymm_thread *thread)
{
	struct pymm_report *report = thread->reports;

	thread->reports = report->next;
	pymm_payload_free(thread->arena, report, struct_size(report, data, report->bytes));
}

/**
 * pymm_print_reports() - print the exceptions for which there was no room
 * @thread: the running thread
 *
 * A call without output drops them.
 *
 * Return: 0, or PYMM_STATUS_OUTPUT_FULL as pymm_print(): the rest waits.
 */
int pymm_print_reports(struct pymm_thread *thread)
{
	int ret = 0;

	while (thread->reports && !ret) {
		if (thread->output_size)
			ret = pymm_print_report(thread, thread->reports->data,
						thread->reports->bytes);
		if (ret)
			break;
		pymm_report_pop(thread);
		pymm_tick_nofail(thread, 1);
	}
	return ret;
}

/** pymm_reports_free() - forget them: the thread runs no more; arena->lock held */
void pymm_reports_free(struct pymm_thread *thread)
{
	while (thread->reports) {
		pymm_report_pop(thread);
		pymm_tick_nofail(thread, 1);
	}
}

/**
 * pymm_print_unraisable() - print the exception that nobody can catch
 * @thread: the running thread
 * @id: the object that died, or the weak reference whose callback was called
 *
 * What finds no room waits for the next call, see pymm_print_reports(). Left out where no program
 * runs, nor is any output wanted: nobody reads it then.
 */
void pymm_print_unraisable(struct pymm_thread *thread, u32 id)
{
	struct {
		struct pymm_unraisable head;
		char message[PYMM_MESSAGE_SIZE];
	} data = { .head.id = id };
	struct pymm_raised told;
	u32 bytes;

	if (thread->quiet || !thread->output_size)
		return;
	pymm_exception_tell(thread, &told);
	data.head.exception = told.exception;
	data.head.code = told.code;
	data.head.pos = told.pos;
	bytes = strnlen(told.message, sizeof(told.message));
	memcpy(data.message, told.message, bytes);
	bytes += offsetof(typeof(data), message);
	if (thread->reports || pymm_print_report(thread, &data, bytes))
		pymm_report_later(thread, &data, bytes);
}
