// SPDX-License-Identifier: GPL-2.0-only
/*
 * bytes: kept as a str is, see type_str.c; its items are ints. The empty one and the 256 of one
 * byte are shared, but for an empty one that a repetition makes, as in CPython.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "call.h"

static u64 pymm_bytes_length(struct pymm_arena *arena, u32 no)
{
	u32 bytes;

	pymm_str_text(arena, no, &bytes);
	return bytes;
}

/** pymm_bytes_item() - the int at @index, which is below the length; they are all immortal */
u32 pymm_bytes_item(const struct pymm_arena *arena, u32 no, u32 index)
{
	u32 bytes;
	u8 c = pymm_str_text(arena, no, &bytes)[index];

	return PYMM_NO_SMALL_INTS - PYMM_SMALL_INT_MIN + c;
}

static int pymm_bytes_getitem(struct pymm_thread *thread, u32 no, u32 key, u32 *item)
{
	u32 index, length = pymm_bytes_length(thread->arena, no);
	int err;

	if (pymm_is(thread->arena, key, PYMM_TYPE_SLICE))
		return pymm_text_slice(thread, no, key, length, item);
	err = pymm_sequence_index(thread, no, key, length, "index", &index);
	if (!err)
		*item = pymm_bytes_item(thread->arena, no, index);
	return err;
}

/* An int is one byte, a bytes several that follow each other. */
static int pymm_bytes_contains(struct pymm_thread *thread, u32 no, u32 value)
{
	const struct pymm_object *object = pymm_object(thread->arena, value);
	const char *part;
	u32 wanted;
	char c;

	switch (object->type) {
	case PYMM_TYPE_BYTES:
		part = pymm_str_text(thread->arena, value, &wanted);
		return pymm_text_find(thread, no, part, wanted);
	case PYMM_TYPE_INT:
	case PYMM_TYPE_BOOL:
		if (object->ival < 0 || object->ival > U8_MAX)
			return pymm_raise(thread, PYMM_EXC_VALUE_ERROR,
					  "byte must be in range(0, 256)");
		c = object->ival;
		return pymm_text_find(thread, no, &c, 1);
	default:
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "a bytes-like object is required, not '%s'",
				  pymm_type_name(thread->arena, value));
	}
}

static int pymm_bytes_each(struct pymm_thread *thread, u32 no, u64 *at, u32 *item)
{
	if (*at >= pymm_bytes_length(thread->arena, no))
		return 0;
	*item = pymm_bytes_item(thread->arena, no, (*at)++);
	return 1;
}

/* ---- bytes() ---- */

/**
 * struct pymm_bytes_buffer - a bytes that is being made
 * @text: its bytes
 * @used: how many there are
 * @size: how many there is room for
 */
struct pymm_bytes_buffer {
	u8 *text;
	u32 used;
	u32 size;
};

/* What is iterated has no more items than a bytes can have bytes, but a range, whose do not fit. */
static int pymm_bytes_reserve(struct pymm_thread *thread, struct pymm_bytes_buffer *buffer)
{
	u32 size = max(buffer->size * 2, 64U);
	u8 *text;

	if (buffer->used < buffer->size)
		return 0;
	text = pymm_payload_realloc(thread->arena, buffer->text, buffer->size, size);
	if (!text)
		return pymm_raise_nomem(thread);
	buffer->text = text;
	buffer->size = size;
	return 0;
}

static int pymm_bytes_append(struct pymm_thread *thread, struct pymm_bytes_buffer *buffer, u32 no)
{
	const struct pymm_object *object = pymm_object(thread->arena, no);
	int err;

	if (object->type != PYMM_TYPE_INT && object->type != PYMM_TYPE_BOOL)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "'%s' object cannot be interpreted as an integer",
				  pymm_type_name(thread->arena, no));
	if (object->ival < 0 || object->ival > U8_MAX)
		return pymm_raise(thread, PYMM_EXC_VALUE_ERROR, "bytes must be in range(0, 256)");
	err = pymm_bytes_reserve(thread, buffer);
	if (err)
		return err;
	buffer->text[buffer->used++] = object->ival;
	return pymm_tick(thread, 1);
}

static int pymm_bytes_gather(struct pymm_thread *thread, struct pymm_bytes_buffer *buffer,
			     struct pymm_cursor *cursor)
{
	int ret = 1;
	u32 item;

	while (ret > 0) {
		ret = pymm_cursor_next(thread, cursor, &item);
		if (ret <= 0)
			break;
		ret = pymm_bytes_append(thread, buffer, item) ?: 1;
		pymm_put(thread, item);
	}
	return ret;
}

/* bytes(n) */
static int pymm_bytes_zeros(struct pymm_thread *thread, s64 count, u32 *result)
{
	if (count < 0)
		return pymm_raise(thread, PYMM_EXC_VALUE_ERROR, "negative count");
	if (!count)
		return pymm_text_new(thread, PYMM_TYPE_BYTES, "", 0, result);
	/* The one byte that CPython does not share. */
	if (count == 1)
		return pymm_text_inline(thread, PYMM_TYPE_BYTES, "\0", 1, result);
	return pymm_str_repeat(thread, PYMM_NO_BYTES, count, result);
}

/* bytes(iterable) */
static int pymm_bytes_of(struct pymm_thread *thread, u32 iterable, u32 *result)
{
	struct pymm_bytes_buffer buffer = {};
	struct pymm_cursor cursor;
	int err;

	if (!pymm_iterable(thread->arena, iterable))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "cannot convert '%s' object to bytes",
				  pymm_type_name(thread->arena, iterable));
	err = pymm_cursor_begin(thread, iterable, &cursor) ?:
	      pymm_bytes_gather(thread, &buffer, &cursor) ?:
	      pymm_text_new(thread, PYMM_TYPE_BYTES, (char *)buffer.text, buffer.used, result);
	pymm_payload_free(thread->arena, buffer.text, buffer.size);
	if (!err)
		pymm_cursor_commit(thread, &cursor);
	return err;
}

static bool pymm_is_utf8(const struct pymm_arena *arena, u32 no)
{
	static const char *const names[] = { "utf-8", "utf_8", "utf8", "utf", "u8", "cp65001" };
	u32 bytes, i;
	const char *text = pymm_str_text(arena, no, &bytes);

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (bytes == strlen(names[i]) && !strncasecmp(text, names[i], bytes))
			return true;
	return false;
}

/* bytes(str, encoding, errors): there are no errors in UTF-8, so nobody looks which they are. */
static int pymm_bytes_encode(struct pymm_thread *thread, const struct pymm_args *args, u32 *result)
{
	static const char *const names[] = { "", "encoding", "errors" };
	const char *text;
	u32 bytes, i;

	for (i = 1; i < args->count; i++)
		if (!pymm_is(thread->arena, args->args[i], PYMM_TYPE_STR))
			return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
					  "bytes() argument '%s' must be str, not %s", names[i],
					  pymm_type_name(thread->arena, args->args[i]));
	if (!pymm_is(thread->arena, args->args[0], PYMM_TYPE_STR))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "encoding without a string argument");
	if (!pymm_is_utf8(thread->arena, args->args[1]))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "pymm's bytes() has no encoding but UTF-8");
	text = pymm_str_text(thread->arena, args->args[0], &bytes);
	return pymm_text_new(thread, PYMM_TYPE_BYTES, text, bytes, result);
}

static int pymm_bytes_construct(struct pymm_thread *thread, const struct pymm_args *args,
				u32 *result)
{
	const struct pymm_object *object;

	if (pymm_args_names(thread->arena, args))
		return pymm_raise_keyword(thread, "bytes", args);
	if (args->count > 3)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "bytes() takes at most 3 arguments (%u given)", args->count);
	if (args->count > 1)
		return pymm_bytes_encode(thread, args, result);
	if (!args->count)
		return pymm_text_new(thread, PYMM_TYPE_BYTES, "", 0, result);
	object = pymm_object(thread->arena, args->args[0]);
	switch (object->type) {
	case PYMM_TYPE_BYTES:
		*result = pymm_get(thread->arena, args->args[0]);
		return 0;
	case PYMM_TYPE_STR:
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "string argument without an encoding");
	case PYMM_TYPE_INT:
	case PYMM_TYPE_BOOL:
		return pymm_bytes_zeros(thread, object->ival, result);
	default:
		return pymm_bytes_of(thread, args->args[0], result);
	}
}

const struct pymm_type_ops pymm_bytes_type = {
	.name = "bytes",
	.flags = PYMM_TYPE_NAMED,
	.free = pymm_text_free,
	.length = pymm_bytes_length,
	.getitem = pymm_bytes_getitem,
	.contains = pymm_bytes_contains,
	.iterator = PYMM_ITERATOR_BYTES,
	.each = pymm_bytes_each,
	.construct = pymm_bytes_construct,
};
