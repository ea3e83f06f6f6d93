// SPDX-License-Identifier: GPL-2.0-only
/*
 * str: UTF-8. Up to 8 bytes stand in the header, more in a payload. The empty one and
 * the 256 latin-1 characters are shared, identifier-shaped constants are interned
 * (semantics.md 1.09). bytes is kept, compared, concatenated and repeated in the same way, and
 * type_bytes.c has the rest: what is said of a str here goes for both, but for its characters.
 */
#include <linux/ctype.h>
#include <linux/jhash.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "call.h"
#include "defect.h"

/**
 * struct pymm_str - payload of a long str or bytes
 * @bytes: length
 * @chars: code points; of a bytes it says nothing
 * @hash: of @text
 * @text: not ended by a NUL
 */
struct pymm_str {
	u32 bytes;
	u32 chars;
	u32 hash;
	char text[];
};

static size_t pymm_str_size(u32 bytes)
{
	return struct_size_t(struct pymm_str, text, bytes);
}

/** pymm_text_free() - struct pymm_type_ops.free of str and bytes */
void pymm_text_free(struct pymm_arena *arena, u32 no)
{
	struct pymm_object *object = pymm_object(arena, no);
	struct pymm_str *str = *pymm_payload(arena, no);

	if (object->flags & PYMM_OBJ_INTERNED)
		pymm_dict_forget(arena, arena->interned, no);
	if (str)
		pymm_payload_free(arena, str, pymm_str_size(str->bytes));
	*pymm_payload(arena, no) = NULL;
}

/** pymm_str_text() - the text of a str and its length in bytes; valid while it lives */
const char *pymm_str_text(const struct pymm_arena *arena, u32 no, u32 *bytes)
{
	struct pymm_object *object = pymm_object(arena, no);
	struct pymm_str *str;

	if (object->flags & PYMM_OBJ_INLINE) {
		*bytes = object->aux;
		return object->bytes;
	}
	str = *pymm_payload(arena, no);
	*bytes = str->bytes;
	return str->text;
}

/**
 * pymm_str_clip() - the text of a str, as much of it as a message has room for
 * @arena: the arena
 * @no: the str
 * @bytes: receives how much that is: whole characters, for "%.*s", which takes no more than 32767
 *
 * Return: the text, not ended.
 */
const char *pymm_str_clip(const struct pymm_arena *arena, u32 no, u32 *bytes)
{
	const char *text = pymm_str_text(arena, no, bytes);

	if (*bytes > PYMM_MESSAGE_SIZE) {
		*bytes = PYMM_MESSAGE_SIZE;
		while ((text[*bytes] & 0xc0) == 0x80)
			(*bytes)--;
	}
	return text;
}

/** pymm_str_hash() - hash of a str; not 0 */
u32 pymm_str_hash(const struct pymm_arena *arena, u32 no)
{
	struct pymm_object *object = pymm_object(arena, no);
	struct pymm_str *str;

	if (object->flags & PYMM_OBJ_INLINE)
		return jhash(object->bytes, object->aux, arena->hash_seed) | 1;
	str = *pymm_payload(arena, no);
	return str->hash;
}

/** pymm_str_char_bytes() - bytes of the UTF-8 character that begins with @lead */
u32 pymm_str_char_bytes(char lead)
{
	u8 c = lead;

	return c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

static u32 pymm_count_chars(const char *text, u32 bytes)
{
	u32 i, chars = 0;

	for (i = 0; i < bytes; i++)
		chars += (text[i] & 0xc0) != 0x80;
	return chars;
}

static u64 pymm_str_length(struct pymm_arena *arena, u32 no)
{
	struct pymm_object *object = pymm_object(arena, no);

	if (object->flags & PYMM_OBJ_INLINE)
		return pymm_count_chars(object->bytes, object->aux);
	return ((struct pymm_str *)*pymm_payload(arena, no))->chars;
}

/** pymm_latin1_init() - make an object the one-character str chr(@c) */
void pymm_latin1_init(struct pymm_object *object, u8 c)
{
	*object = (struct pymm_object){ .type = PYMM_TYPE_STR, .flags = PYMM_OBJ_INLINE };
	if (c < 0x80) {
		object->aux = 1;
		object->bytes[0] = c;
	} else {
		object->aux = 2;
		object->bytes[0] = 0xc0 | (c >> 6);
		object->bytes[1] = 0x80 | (c & 0x3f);
	}
}

/* The shared object that has this text, or 0. */
static u32 pymm_text_shared(enum pymm_type type, const char *text, u32 bytes)
{
	u8 c = bytes ? text[0] : 0;

	if (type == PYMM_TYPE_BYTES) {
		if (bytes > 1)
			return 0;
		return bytes ? PYMM_NO_BYTES + array_index_nospec(c, 256) : PYMM_NO_EMPTY_BYTES;
	}
	if (!bytes)
		return PYMM_NO_EMPTY_STR;
	if (bytes == 1)
		return PYMM_NO_LATIN1 + array_index_nospec(c, 128);
	if (bytes == 2 && (c == 0xc2 || c == 0xc3))
		return PYMM_NO_LATIN1 +
		       array_index_nospec(((c & 3) << 6) | (text[1] & 0x3f), 256);
	return 0;
}

/* Hash and count a part of the text of a payload, after those before it. */
static void pymm_str_measure_part(struct pymm_str *str, u32 at, u32 part)
{
	str->hash = jhash(str->text + at, part, str->hash);
	str->chars += pymm_count_chars(str->text + at, part);
}

/* Hash and count the text of a payload; 0 or -EINTR. */
static int pymm_str_measure(struct pymm_thread *thread, struct pymm_str *str)
{
	u32 at, part;
	int err;

	str->hash = thread->arena->hash_seed;
	str->chars = 0;
	for (at = 0; at < str->bytes; at += part) {
		part = min_t(u32, str->bytes - at, PYMM_TICK_STEPS * 8);
		pymm_str_measure_part(str, at, part);
		err = pymm_tick(thread, part / 8 + 1);
		if (err)
			return err;
	}
	str->hash |= 1;
	return 0;
}

/* Room for a long str. It becomes an object when it is complete, and not before. */
static struct pymm_str *pymm_str_alloc(struct pymm_thread *thread, u32 bytes)
{
	struct pymm_str *str = pymm_payload_alloc(thread->arena, pymm_str_size(bytes));

	if (str)
		str->bytes = bytes;
	else
		pymm_raise_nomem(thread);
	return str;
}

/* Make an object of a payload that has its text, or free that when @err says so. */
static int pymm_str_finish(struct pymm_thread *thread, enum pymm_type type, struct pymm_str *str,
			   int err, u32 *result)
{
	struct pymm_arena *arena = thread->arena;

	if (!err)
		err = pymm_str_measure(thread, str);
	*result = err ? 0 : pymm_object_alloc(arena, type);
	if (!*result) {
		pymm_payload_free(arena, str, pymm_str_size(str->bytes));
		return err ?: pymm_raise_nomem(thread);
	}
	*pymm_payload(arena, *result) = str;
	return 0;
}

/**
 * pymm_text_inline() - a new str or bytes with its text in the header, even where one is shared
 * @thread: the running thread
 * @type: PYMM_TYPE_STR or PYMM_TYPE_BYTES
 * @text: what it is to have
 * @bytes: its length, 8 at most
 * @result: receives a reference
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_text_inline(struct pymm_thread *thread, enum pymm_type type, const char *text, u32 bytes,
		     u32 *result)
{
	struct pymm_object *object;

	*result = pymm_object_alloc(thread->arena, type);
	if (!*result)
		return pymm_raise_nomem(thread);
	object = pymm_object(thread->arena, *result);
	object->flags = PYMM_OBJ_INLINE;
	object->aux = bytes;
	memcpy(object->bytes, text, bytes);
	return 0;
}

/**
 * pymm_text_new() - a reference to a str or bytes
 * @thread: the running thread
 * @type: PYMM_TYPE_STR or PYMM_TYPE_BYTES
 * @text: what it is to have; of a str valid UTF-8
 * @bytes: its length
 * @result: receives the object
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_text_new(struct pymm_thread *thread, enum pymm_type type, const char *text, u32 bytes,
		  u32 *result)
{
	struct pymm_str *str;

	*result = pymm_text_shared(type, text, bytes);
	if (*result)
		return 0;
	if (bytes <= sizeof_field(struct pymm_object, bytes))
		return pymm_text_inline(thread, type, text, bytes, result);
	str = pymm_str_alloc(thread, bytes);
	if (!str)
		return PYMM_RAISED;
	memcpy(str->text, text, bytes);
	return pymm_str_finish(thread, type, str, 0, result);
}

/** pymm_str_new() - a reference to a str, as pymm_text_new() */
int pymm_str_new(struct pymm_thread *thread, const char *text, u32 bytes, u32 *result)
{
	return pymm_text_new(thread, PYMM_TYPE_STR, text, bytes, result);
}

/**
 * pymm_str_init() - make an object a name that the module itself uses: an immortal str
 * @arena: the arena
 * @no: the object; one that is complete stays as it is
 * @text: the name
 *
 * Return: 0, or -ENOMEM.
 */
int pymm_str_init(struct pymm_arena *arena, u32 no, const char *text)
{
	struct pymm_object *object = pymm_object(arena, no);
	u32 bytes = strlen(text);
	struct pymm_str *str;

	if (object->type)
		return 0;
	if (bytes > sizeof(object->bytes)) {
		str = pymm_payload_alloc(arena, pymm_str_size(bytes));
		if (!str)
			return -ENOMEM;
		*str = (struct pymm_str){ .bytes = bytes, .hash = arena->hash_seed };
		memcpy(str->text, text, bytes);
		pymm_str_measure_part(str, 0, bytes);
		str->hash |= 1;
		*pymm_payload(arena, no) = str;
		*object = (struct pymm_object){ .type = PYMM_TYPE_STR };
	} else {
		*object = (struct pymm_object){ .type = PYMM_TYPE_STR, .flags = PYMM_OBJ_INLINE,
						.aux = bytes };
		memcpy(object->bytes, text, bytes);
	}
	object->refs = PYMM_REFS_IMMORTAL;
	return 0;
}

static int pymm_copy(struct pymm_thread *thread, char *to, const char *from, u32 bytes)
{
	u32 at, part;
	int err;

	for (at = 0; at < bytes; at += part) {
		part = min_t(u32, bytes - at, PYMM_TICK_STEPS * 64);
		memcpy(to + at, from + at, part);
		err = pymm_tick(thread, part / 64 + 1);
		if (err)
			return err;
	}
	return 0;
}

/* @times copies of one text, or a text and another one. */
static int pymm_str_join(struct pymm_thread *thread, u32 a, u32 b, u32 times, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	enum pymm_type type = pymm_object(arena, a)->type;
	u32 a_bytes, b_bytes = 0, bytes, part, i;
	/* Headers never move: texts in them stay where they are. */
	const char *a_text = pymm_str_text(arena, a, &a_bytes);
	const char *b_text = b ? pymm_str_text(arena, b, &b_bytes) : "";
	struct pymm_str *str;
	char small[8];
	int err = 0;

	bytes = a_bytes * times + b_bytes;
	if (bytes <= sizeof(small)) {
		for (i = 0; i < times; i++)
			memcpy(small + i * a_bytes, a_text, a_bytes);
		memcpy(small + times * a_bytes, b_text, b_bytes);
		return pymm_text_new(thread, type, small, bytes, result);
	}
	str = pymm_str_alloc(thread, bytes);
	if (!str)
		return PYMM_RAISED;
	err = pymm_copy(thread, str->text, a_text, a_bytes);
	/* Copies of copies: a short text is repeated in few steps. */
	for (i = a_bytes; i < bytes - b_bytes && !err; i += part) {
		part = min(i, bytes - b_bytes - i);
		err = pymm_copy(thread, str->text + i, str->text, part);
	}
	if (!err)
		err = pymm_copy(thread, str->text + i, b_text, b_bytes);
	return pymm_str_finish(thread, type, str, err, result);
}

/** pymm_str_concat() - @result = a + b, for two of one type; a new reference */
int pymm_str_concat(struct pymm_thread *thread, u32 a, u32 b, u32 *result)
{
	u32 a_bytes, b_bytes;

	pymm_str_text(thread->arena, a, &a_bytes);
	pymm_str_text(thread->arena, b, &b_bytes);
	if (!a_bytes || !b_bytes) {
		*result = pymm_get(thread->arena, a_bytes ? a : b);
		return 0;
	}
	if (a_bytes + b_bytes > PYMM_MAX_LEN)
		return pymm_raise_length(thread);
	return pymm_str_join(thread, a, b, 1, result);
}

/** pymm_str_repeat() - @result = str * times; a new reference */
int pymm_str_repeat(struct pymm_thread *thread, u32 no, s64 times, u32 *result)
{
	enum pymm_type type = pymm_object(thread->arena, no)->type;
	u32 bytes, total;
	int err;

	pymm_str_text(thread->arena, no, &bytes);
	err = pymm_repeat_length(thread, bytes, times, &total);
	if (err)
		return err;
	if (times == 1 || !bytes) {
		*result = pymm_get(thread->arena, no);
		return 0;
	}
	/* The one empty bytes that CPython does not share. */
	if (!total && type == PYMM_TYPE_BYTES)
		return pymm_text_inline(thread, type, "", 0, result);
	if (!total) {
		*result = PYMM_NO_EMPTY_STR;
		return 0;
	}
	return pymm_str_join(thread, no, 0, times, result);
}

/**
 * struct pymm_text_cut - what is cut out of a str or bytes
 * @type: of the two
 * @text: its text
 * @flat: its items are bytes
 * @at: byte at which the first item begins
 * @indices: which items
 */
struct pymm_text_cut {
	enum pymm_type type;
	const char *text;
	bool flat;
	u32 at;
	struct pymm_indices indices;
};

/* From @at on by @step items, which are there: 0 or -EINTR. */
static int pymm_text_step(struct pymm_thread *thread, const struct pymm_text_cut *cut, u32 *at,
			  s64 step)
{
	u32 count = 0;
	int err;

	if (cut->flat) {
		*at += step;
		return pymm_tick(thread, 1);
	}
	while (step) {
		if (step > 0) {
			*at += pymm_str_char_bytes(cut->text[*at]);
			step--;
		} else {
			do {
				(*at)--;
			} while ((cut->text[*at] & 0xc0) == 0x80);
			step++;
		}
		if (++count % PYMM_TICK_STEPS)
			continue;
		err = pymm_tick(thread, PYMM_TICK_STEPS);
		if (err)
			return err;
	}
	return pymm_tick(thread, 1 + count % PYMM_TICK_STEPS);
}

/* Copy the items to @to, or without that only count their bytes. */
static int pymm_text_pick(struct pymm_thread *thread, const struct pymm_text_cut *cut, char *to,
			  u32 *bytes)
{
	u32 i, part, at = cut->at;
	int err = 0;

	*bytes = 0;
	for (i = 0; i < cut->indices.count && !err; i++) {
		part = cut->flat ? 1 : pymm_str_char_bytes(cut->text[at]);
		if (to)
			memcpy(to + *bytes, cut->text + at, part);
		*bytes += part;
		if (i + 1 < cut->indices.count)
			err = pymm_text_step(thread, cut, &at, cut->indices.step);
	}
	return err;
}

/* Items in a row. */
static int pymm_text_part(struct pymm_thread *thread, const struct pymm_text_cut *cut, u32 *result)
{
	const char *text = cut->text + cut->at;
	const struct pymm_object *object;
	struct pymm_str *str;
	u32 bytes, end = cut->at;
	int err = pymm_text_step(thread, cut, &end, cut->indices.count);

	if (err)
		return err;
	bytes = end - cut->at;
	if (bytes <= sizeof(object->bytes))
		return pymm_text_new(thread, cut->type, text, bytes, result);
	str = pymm_str_alloc(thread, bytes);
	if (!str)
		return PYMM_RAISED;
	err = pymm_copy(thread, str->text, text, bytes);
	return pymm_str_finish(thread, cut->type, str, err, result);
}

/* Items that are apart, or in the other direction. */
static int pymm_text_pieces(struct pymm_thread *thread, const struct pymm_text_cut *cut,
			    u32 *result)
{
	struct pymm_str *str;
	char small[8];
	u32 bytes;
	int err = pymm_text_pick(thread, cut, NULL, &bytes);

	if (err)
		return err;
	if (bytes <= sizeof(small)) {
		err = pymm_text_pick(thread, cut, small, &bytes);
		if (err)
			return err;
		/* Of a single character CPython makes a new one here. */
		if (bytes)
			return pymm_text_inline(thread, cut->type, small, bytes, result);
		return pymm_text_new(thread, cut->type, small, bytes, result);
	}
	str = pymm_str_alloc(thread, bytes);
	if (!str)
		return PYMM_RAISED;
	err = pymm_text_pick(thread, cut, str->text, &bytes);
	return pymm_str_finish(thread, cut->type, str, err, result);
}

/**
 * pymm_text_slice() - @result = x[slice] of a str or bytes; a new reference
 * @thread: the running thread
 * @no: the str or bytes, which is the result when that is all of it
 * @slice: the slice
 * @length: its items
 * @result: receives the result
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_text_slice(struct pymm_thread *thread, u32 no, u32 slice, u32 length, u32 *result)
{
	struct pymm_text_cut cut = { .type = pymm_object(thread->arena, no)->type };
	u32 bytes;
	int err = pymm_slice_indices(thread, slice, length, &cut.indices);

	if (err)
		return err;
	if (cut.indices.count == length && cut.indices.step == 1) {
		*result = pymm_get(thread->arena, no);
		return 0;
	}
	cut.text = pymm_str_text(thread->arena, no, &bytes);
	cut.flat = length == bytes;
	err = pymm_text_step(thread, &cut, &cut.at, cut.indices.start);
	if (err)
		return err;
	return cut.indices.step == 1 ? pymm_text_part(thread, &cut, result) :
				       pymm_text_pieces(thread, &cut, result);
}

static int pymm_str_getitem(struct pymm_thread *thread, u32 no, u32 key, u32 *item)
{
	u32 bytes, index, at = 0, steps = 0;
	const char *text = pymm_str_text(thread->arena, no, &bytes);
	u32 chars = pymm_str_length(thread->arena, no);
	int err;

	if (pymm_is(thread->arena, key, PYMM_TYPE_SLICE))
		return pymm_text_slice(thread, no, key,
				       pymm_str_length(thread->arena, no), item);
	err = pymm_sequence_index(thread, no, key, chars, "string index", &index);
	if (err)
		return err;
	if (chars == bytes) {
		at = index;
	} else {
		for (; index; index--) {
			at += pymm_str_char_bytes(text[at]);
			if (++steps % PYMM_TICK_STEPS)
				continue;
			err = pymm_tick(thread, PYMM_TICK_STEPS);
			if (err)
				return err;
		}
	}
	return pymm_str_new(thread, text + at, pymm_str_char_bytes(text[at]), item);
}

/** pymm_text_find() - are the @wanted bytes at @part somewhere in a str? 0, 1 or -EINTR */
int pymm_text_find(struct pymm_thread *thread, u32 no, const char *part, u32 wanted)
{
	u32 bytes, at;
	const char *text = pymm_str_text(thread->arena, no, &bytes);
	int err;

	for (at = 0; wanted <= bytes && at <= bytes - wanted; at++) {
		if (!memcmp(text + at, part, wanted))
			return 1;
		err = pymm_tick(thread, 1 + wanted / 8);
		if (err)
			return err;
	}
	return 0;
}

static int pymm_str_contains(struct pymm_thread *thread, u32 no, u32 value)
{
	const char *part;
	u32 wanted;

	if (!pymm_is(thread->arena, value, PYMM_TYPE_STR))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "'in <string>' requires string as left operand, not %s",
				  pymm_type_name(thread->arena, value));
	part = pymm_str_text(thread->arena, value, &wanted);
	return pymm_text_find(thread, no, part, wanted);
}

static bool pymm_identifier_shaped(const char *text, u32 bytes)
{
	u32 i;

	for (i = 0; i < bytes; i++)
		if (!isascii(text[i]) || !(isalnum(text[i]) || text[i] == '_'))
			return false;
	return true;
}

/**
 * pymm_str_intern() - replace an identifier-shaped str by the interned one
 * @thread: the running thread
 * @no: the str; a reference, exchanged for one to the interned str
 *
 * Return: 0, PYMM_RAISED or -EINTR; @no is a valid reference in any case.
 */
int pymm_str_intern(struct pymm_thread *thread, u32 *no)
{
	struct pymm_arena *arena = thread->arena;
	u32 bytes, known;
	const char *text = pymm_str_text(arena, *no, &bytes);
	int err;

	if (pymm_object_immortal(pymm_object(arena, *no)) || !pymm_identifier_shaped(text, bytes) ||
	    pymm_defect(NO_INTERNING))
		return 0;
	/* The table holds no references: what a reaper frees disappears from it. */
	pymm_pin(thread);
	err = pymm_dict_intern(thread, arena->interned, *no, &known);
	pymm_unpin(thread);
	if (err)
		return err;
	if (known != *no) {
		pymm_get(arena, known);
		pymm_put(thread, *no);
		*no = known;
	}
	pymm_object(arena, known)->flags |= PYMM_OBJ_INTERNED;
	return 0;
}

/* Characters; @at counts bytes. */
static int pymm_str_each(struct pymm_thread *thread, u32 no, u64 *at, u32 *item)
{
	u32 bytes, part;
	const char *text = pymm_str_text(thread->arena, no, &bytes);
	int err;

	if (*at >= bytes)
		return 0;
	part = pymm_str_char_bytes(text[*at]);
	err = pymm_str_new(thread, text + *at, part, item);
	if (err)
		return err;
	*at += part;
	return 1;
}

static int pymm_str_construct(struct pymm_thread *thread, const struct pymm_args *args,
			      u32 *result)
{
	int err;

	if (pymm_args_names(thread->arena, args))
		return pymm_raise_keyword(thread, "str", args);
	err = pymm_args_count(thread, "str", args->count, 0, 1);
	if (err)
		return err;
	if (args->count && !pymm_is(thread->arena, args->args[0], PYMM_TYPE_STR))
		return pymm_str(thread, args->args[0], result);
	*result = args->count ? pymm_get(thread->arena, args->args[0]) : PYMM_NO_EMPTY_STR;
	return 0;
}

const struct pymm_type_ops pymm_str_type = {
	.name = "str",
	.flags = PYMM_TYPE_NAMED,
	.free = pymm_text_free,
	.length = pymm_str_length,
	.getitem = pymm_str_getitem,
	.contains = pymm_str_contains,
	.iterator = PYMM_ITERATOR_STR,
	.each = pymm_str_each,
	.construct = pymm_str_construct,
};
