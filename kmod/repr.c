// SPDX-License-Identifier: GPL-2.0-only
/*
 * repr() in the kernel, for str() and for messages. What programs print goes as records to user
 * space, which makes the same text of them (print.c).
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "decimal.h"
#include "exception.h"

/* There is no room for all of it, and there will not be: what fits is there, and will do. */
#define PYMM_WRITER_FULL	1
/* The longest that is written with a format: a range, and a type's name with an id. */
#define PYMM_WRITEF_SIZE	80

/**
 * struct pymm_writer - text being made
 * @thread: the running thread
 * @text: the text, not ended
 * @used: its length
 * @size: room at @text
 * @grows: @text is a payload that can get larger
 */
struct pymm_writer {
	struct pymm_thread *thread;
	char *text;
	u32 used;
	u32 size;
	bool grows;
};

/* All that follow return 0, PYMM_WRITER_FULL, PYMM_RAISED or -EINTR. */
static int pymm_writer_grow(struct pymm_writer *w, u32 bytes)
{
	u64 wanted = (u64)w->used + bytes;
	u64 size = min_t(u64, max((u64)w->size * 2, wanted), PYMM_MAX_LEN);
	char *text;

	if (!w->grows)
		return PYMM_WRITER_FULL;
	if (wanted > PYMM_MAX_LEN)
		return pymm_raise_length(w->thread);
	text = pymm_payload_realloc(w->thread->arena, w->text, w->size, size);
	if (!text)
		return pymm_raise_nomem(w->thread);
	w->text = text;
	w->size = size;
	return 0;
}

static int pymm_write(struct pymm_writer *w, const char *text, u32 bytes)
{
	int err = bytes > w->size - w->used ? pymm_writer_grow(w, bytes) : 0;

	if (err == PYMM_WRITER_FULL)
		bytes = w->size - w->used;
	else if (err)
		return err;
	memcpy(w->text + w->used, text, bytes);
	w->used += bytes;
	return err ?: pymm_tick(w->thread, 1 + bytes / 64);
}

static int __printf(2, 3) pymm_writef(struct pymm_writer *w, const char *format, ...)
{
	char text[PYMM_WRITEF_SIZE];
	va_list args;
	u32 bytes;

	va_start(args, format);
	bytes = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return pymm_write(w, text, bytes);
}

/* ---- str and bytes ---- */

/* Of a str, what stands alone beyond ASCII and is no character to look at, up to U+00FF. */
static bool pymm_is_unprintable(const char *text, u32 bytes)
{
	u8 last = text[bytes - 1];

	if (bytes == 1)
		return *text < 0x20 || *text == 0x7f;
	return bytes == 2 && (u8)*text == 0xc2 && (last <= 0xa0 || last == 0xad);
}

/* One character; of a bytes and of an unprintable one the last byte says which. */
static int pymm_write_char(struct pymm_writer *w, const char *text, u32 bytes, char quote,
			   bool flat)
{
	switch (*text) {
	case '\t':
		return pymm_write(w, "\\t", 2);
	case '\n':
		return pymm_write(w, "\\n", 2);
	case '\r':
		return pymm_write(w, "\\r", 2);
	}
	if (*text == quote || *text == '\\')
		return pymm_writef(w, "\\%c", *text);
	if ((flat && !isascii(*text)) || pymm_is_unprintable(text, bytes))
		return pymm_writef(w, "\\x%02x", (u8)text[bytes - 1]);
	return pymm_write(w, text, bytes);
}

static int pymm_write_quoted(struct pymm_writer *w, u32 no)
{
	bool flat = pymm_is(w->thread->arena, no, PYMM_TYPE_BYTES);
	u32 bytes, i, part;
	const char *text = pymm_str_text(w->thread->arena, no, &bytes);
	char quote;
	int err;

	err = pymm_tick(w->thread, 1 + bytes / 64);
	quote = memchr(text, '\'', bytes) && !memchr(text, '"', bytes) ? '"' : '\'';
	if (!err)
		err = pymm_writef(w, "%s%c", flat ? "b" : "", quote);
	for (i = 0; i < bytes && !err; i += part) {
		part = flat ? 1 : pymm_str_char_bytes(text[i]);
		err = pymm_write_char(w, text + i, part, quote, flat);
	}
	return err ?: pymm_write(w, &quote, 1);
}

/* ---- other atoms ---- */

static int pymm_write_named(struct pymm_writer *w, const char *before, const char *name, u32 bytes,
			    const char *after)
{
	return pymm_write(w, before, strlen(before)) ?: pymm_write(w, name, bytes) ?:
	       pymm_write(w, after, strlen(after));
}

static int pymm_write_instance(struct pymm_writer *w, u32 no)
{
	char after[32];
	u32 bytes;
	const char *name = pymm_class_name(w->thread->arena,
					   pymm_type_object(w->thread->arena, no), &bytes);

	snprintf(after, sizeof(after), " object at id %u>", no);
	return pymm_write_named(w, "<", name, bytes, after);
}

static int pymm_write_module(struct pymm_writer *w, u32 no)
{
	const char *text = "?";
	u32 name, bytes = 1;
	int ret = pymm_module_name(w->thread, no, &name);

	if (ret < 0)
		return ret;
	if (ret)
		text = pymm_str_clip(w->thread->arena, name, &bytes);
	return pymm_write_named(w, "<module '", text, bytes, "'>");
}

static int pymm_write_range(struct pymm_writer *w, u32 no)
{
	const struct pymm_range *range = pymm_range(w->thread->arena, no);

	if (range->step == 1)
		return pymm_writef(w, "range(%lld, %lld)", range->start, range->stop);
	return pymm_writef(w, "range(%lld, %lld, %lld)", range->start, range->stop, range->step);
}

static int pymm_write_float(struct pymm_writer *w, u64 bits)
{
	char text[PYMM_FLOAT_REPR_SIZE];
	u32 bytes = pymm_float_repr(bits, text);

	return pymm_tick(w->thread, 64) ?: pymm_write(w, text, bytes);
}

/* ---- containers ---- */

/* What stands before and behind the items, and for a container in itself. */
struct pymm_brackets {
	const char *open;
	const char *close;
	const char *again;
};

static struct pymm_brackets pymm_brackets(const struct pymm_object *object)
{
	switch (object->type) {
	case PYMM_TYPE_TUPLE:
		return (struct pymm_brackets){ "(", object->len == 1 ? ",)" : ")", "(...)" };
	case PYMM_TYPE_LIST:
		return (struct pymm_brackets){ "[", "]", "[...]" };
	case PYMM_TYPE_SET:
		if (!object->len)
			return (struct pymm_brackets){ "set(", ")", "" };
		return (struct pymm_brackets){ "{", "}", "set(...)" };
	case PYMM_TYPE_FROZENSET:
		if (!object->len)
			return (struct pymm_brackets){ "frozenset(", ")", "" };
		return (struct pymm_brackets){ "frozenset({", "})", "frozenset(...)" };
	case PYMM_TYPE_SLICE:
		return (struct pymm_brackets){ "slice(", ")", "" };
	default:
		return (struct pymm_brackets){ "{", "}", "{...}" };
	}
}

static int pymm_write_container(struct pymm_writer *w, u32 no)
{
	struct pymm_object *object = pymm_object(w->thread->arena, no);
	struct pymm_brackets brackets = pymm_brackets(object);
	int err = pymm_print_enter(w->thread, no);

	if (err > 0)
		return pymm_write(w, brackets.again, strlen(brackets.again));
	return err ?: pymm_write(w, brackets.open, strlen(brackets.open));
}

static u32 pymm_exception_length(const struct pymm_arena *arena, u32 no)
{
	return pymm_object(arena, pymm_exception_get(arena, no, PYMM_EXCEPTION_ARGS))->len;
}

/* E(), E(argument), or E before the tuple of arguments. */
static int pymm_write_exception(struct pymm_writer *w, u32 no)
{
	struct pymm_arena *arena = w->thread->arena;
	u32 bytes, length = pymm_exception_length(arena, no);
	const char *name = pymm_class_name(arena, pymm_type_object(arena, no), &bytes);
	int err = length ? pymm_print_enter(w->thread, no) : 0;

	return err ?: pymm_write_named(w, "", name, bytes,
				       length == 1 ? "(" : length ? "" : "()");
}

static const char *pymm_write_close(struct pymm_writer *w, u32 no)
{
	if (pymm_is(w->thread->arena, no, PYMM_TYPE_EXCEPTION))
		return pymm_exception_length(w->thread->arena, no) == 1 ? ")" : "";
	return pymm_brackets(pymm_object(w->thread->arena, no)).close;
}

static int pymm_write_object(struct pymm_writer *w, u32 no)
{
	struct pymm_arena *arena = w->thread->arena;
	const struct pymm_object *object = pymm_object(arena, no);
	const char *text;
	u32 bytes;

	switch (object->type) {
	case PYMM_TYPE_NONE:
		return pymm_write(w, "None", 4);
	case PYMM_TYPE_BOOL:
		return object->ival ? pymm_write(w, "True", 4) : pymm_write(w, "False", 5);
	case PYMM_TYPE_INT:
		return pymm_writef(w, "%lld", object->ival);
	case PYMM_TYPE_FLOAT:
		return pymm_write_float(w, object->float_bits);
	case PYMM_TYPE_STR:
	case PYMM_TYPE_BYTES:
		return pymm_write_quoted(w, no);
	case PYMM_TYPE_TUPLE:
	case PYMM_TYPE_LIST:
	case PYMM_TYPE_DICT:
	case PYMM_TYPE_SET:
	case PYMM_TYPE_FROZENSET:
	case PYMM_TYPE_SLICE:
		return pymm_write_container(w, no);
	case PYMM_TYPE_INSTANCE:
	case PYMM_TYPE_OBJECT:
	case PYMM_TYPE_ITERATOR:
	case PYMM_TYPE_RANGE_ITERATOR:
		return pymm_write_instance(w, no);
	case PYMM_TYPE_EXCEPTION:
		return pymm_write_exception(w, no);
	case PYMM_TYPE_RANGE:
		return pymm_write_range(w, no);
	case PYMM_TYPE_BUILTIN:
		text = pymm_builtin_name(arena, no);
		return pymm_write_named(w, "<built-in function ", text, strlen(text), ">");
	case PYMM_TYPE_MODULE:
		return pymm_write_module(w, no);
	case PYMM_TYPE_TYPE:
		text = pymm_class_name(arena, no, &bytes);
		return pymm_write_named(w, "<class '", text, bytes, "'>");
	default:
		return pymm_writef(w, "<%s at id %u>", pymm_types[object->type]->name, no);
	}
}

/* What stands before an item. */
static int pymm_write_separator(struct pymm_writer *w, struct pymm_walk *walk)
{
	u32 done = walk->skip++;

	if (done % 2 && pymm_is(w->thread->arena, walk->a, PYMM_TYPE_DICT))
		return pymm_write(w, ": ", 2);
	return done ? pymm_write(w, ", ", 2) : 0;
}

static int pymm_write_items(struct pymm_writer *w, u32 base)
{
	struct pymm_thread *thread = w->thread;
	struct pymm_walk *walk;
	const char *close;
	u32 no;
	int ret = 0;

	while (ret >= 0 && ret != PYMM_WRITER_FULL && thread->walk_top > base) {
		walk = &thread->walk[thread->walk_top - 1];
		ret = pymm_print_next(thread, &no);
		if (ret > 0) {
			ret = pymm_write_separator(w, walk) ?: pymm_write_object(w, no);
		} else if (!ret) {
			close = pymm_write_close(w, walk->a);
			ret = pymm_write(w, close, strlen(close));
			pymm_print_leave(thread);
		}
	}
	return ret;
}

static int pymm_write_repr(struct pymm_writer *w, u32 no)
{
	u32 base = w->thread->walk_top;
	int ret = pymm_write_object(w, no) ?: pymm_write_items(w, base);

	while (w->thread->walk_top > base)
		pymm_print_leave(w->thread);
	return ret;
}

/* str(): that of an exception is that of its only argument, or of the tuple of them. */
static int pymm_write_str(struct pymm_writer *w, u32 no)
{
	struct pymm_arena *arena = w->thread->arena;
	u32 bytes, length, depth = 0;
	const char *text;

	while (pymm_is(arena, no, PYMM_TYPE_EXCEPTION)) {
		length = pymm_exception_length(arena, no);
		if (!length)
			return 0;
		if (length > 1 || pymm_exception_is(arena, no, PYMM_EXC_KEY_ERROR))
			return pymm_write_repr(w, pymm_exception_item(arena, no));
		if (++depth > PYMM_MAX_WALK)
			return pymm_raise(w->thread, PYMM_EXC_RECURSION_ERROR,
					  "maximum recursion depth exceeded while getting the str of an object");
		no = pymm_exception_item(arena, no);
	}
	if (!pymm_is(arena, no, PYMM_TYPE_STR))
		return pymm_write_repr(w, no);
	text = pymm_str_clip(arena, no, &bytes);
	if (w->grows)
		text = pymm_str_text(arena, no, &bytes);
	return pymm_write(w, text, bytes);
}

/**
 * pymm_str() - @result = str(x) of what is no str, a new one
 * @thread: the running thread
 * @no: the object
 * @result: receives a reference to it
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_str(struct pymm_thread *thread, u32 no, u32 *result)
{
	struct pymm_writer w = { .thread = thread, .grows = true };
	int err = pymm_write_str(&w, no) ?: pymm_str_new(thread, w.text, w.used, result);

	pymm_payload_free(thread->arena, w.text, w.size);
	return err;
}

/**
 * pymm_str_message() - str(x), as far as there is room for it
 * @thread: the running thread
 * @no: the object
 * @text: receives it, ended
 * @size: room there
 *
 * What was raised stays, as does what is there when the text cannot be completed.
 */
void pymm_str_message(struct pymm_thread *thread, u32 no, char *text, size_t size)
{
	struct pymm_writer w = { .thread = thread, .text = text, .size = size - 1 };
	struct pymm_raised raised = thread->raised;

	pymm_write_str(&w, no);
	thread->raised = raised;
	text[w.used] = '\0';
}

/**
 * pymm_raise_repr() - raise an exception with the repr() of an object
 * @thread: the running thread
 * @exception: which
 * @text: what stands before it
 * @no: the object
 *
 * Return: PYMM_RAISED or -EINTR.
 */
int pymm_raise_repr(struct pymm_thread *thread, enum pymm_exception exception, const char *text,
		    u32 no)
{
	char message[PYMM_MESSAGE_SIZE];
	struct pymm_writer w = { .thread = thread, .text = message, .size = sizeof(message) };
	int err = pymm_write_repr(&w, no);

	if (err < 0)
		return err;
	return pymm_raise(thread, exception, "%s%.*s", text, (int)w.used, message);
}
