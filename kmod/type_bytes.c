// SPDX-License-Identifier: GPL-2.0-only
/*
 * bytes: kept as a str is, see type_str.c; its items are ints. The empty one and the 256 of one
 * byte are shared, but for an empty one that a repetition makes, as in CPython.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "core.h"

static u32 pymm_bytes_length(struct pymm_arena *arena, u32 no)
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

/* How repr() writes a byte; its length. */
static int pymm_byte_repr(u8 c, char quote, char text[5])
{
	switch (c) {
	case '\t':
		return sprintf(text, "\\t");
	case '\n':
		return sprintf(text, "\\n");
	case '\r':
		return sprintf(text, "\\r");
	}
	if (c == quote || c == '\\')
		return sprintf(text, "\\%c", c);
	return sprintf(text, c < 0x20 || c >= 0x7f ? "\\x%02x" : "%c", c);
}

/**
 * pymm_bytes_repr() - repr() of a bytes, for messages
 * @arena: the arena
 * @no: the bytes
 * @repr: receives as much of it as there is room for, ended by a NUL
 * @size: bytes at @repr, at least 8
 */
void pymm_bytes_repr(const struct pymm_arena *arena, u32 no, char *repr, size_t size)
{
	u32 bytes, seen, i;
	const char *text = pymm_str_text(arena, no, &bytes);
	size_t at;
	char quote;

	seen = min_t(u32, bytes, size);
	quote = memchr(text, '\'', seen) && !memchr(text, '"', seen) ? '"' : '\'';
	at = sprintf(repr, "b%c", quote);

	/* Each takes up to four, and the end two. */
	for (i = 0; i < bytes && at < size - 6; i++)
		at += pymm_byte_repr(text[i], quote, repr + at);
	if (i == bytes)
		sprintf(repr + at, "%c", quote);
}

const struct pymm_type_ops pymm_bytes_type = {
	.name = "bytes",
	.free = pymm_text_free,
	.length = pymm_bytes_length,
	.getitem = pymm_bytes_getitem,
	.contains = pymm_bytes_contains,
};
