// SPDX-License-Identifier: LGPL-2.1-only OR MIT
/*
 * Output records as the text that Python's print() writes.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "internal.h"
#include "utf8.h"

/* A container of which not all items were seen. */
struct level {
	uint32_t kind;
	uint64_t total;		/* items; a pair of a dict is two */
	uint64_t done;
	bool bare;		/* nothing stands around the argument of an exception */
};

struct render {
	const char *data;
	size_t size;		/* bytes left at data */
	FILE *out;
	struct vec levels;	/* the open containers, outermost first */
	bool more;		/* what was read is written as what follows it */
};

static struct level *innermost(const struct render *render)
{
	size_t count = render->levels.count;

	return count ? (struct level *)render->levels.data + count - 1 : NULL;
}

/* Takes a record's data; NULL when there is not as much. */
static const char *take(struct render *render, uint64_t size)
{
	uint64_t padded = (size + 7) & ~7ULL;
	const char *data = render->data;

	if (padded > render->size)
		return NULL;
	render->data += padded;
	render->size -= (size_t)padded;
	return data;
}

static void render_escape(struct render *render, uint32_t code)
{
	char escape[ESCAPE_SIZE];

	code_point_escape(code, escape);
	fputs(escape, render->out);
}

/* repr() takes double quotes only when that saves escapes. */
static char quote_of(const char *text, size_t size)
{
	return memchr(text, '\'', size) && !memchr(text, '"', size) ? '"' : '\'';
}

/* repr() of a str. */
static int render_repr(struct render *render, const char *text, size_t size)
{
	char quote = quote_of(text, size);
	uint32_t code;

	fputc(quote, render->out);
	for (size_t i = 0, len; i < size; i += len) {
		len = utf8_decode(text + i, size - i, &code);
		if (!len)
			return -EINVAL;
		if (code == '\\' || code == (unsigned char)quote)
			fprintf(render->out, "\\%c", (char)code);
		else if (code == '\n' || code == '\r' || code == '\t')
			fputs(code == '\n' ? "\\n" : code == '\r' ? "\\r" : "\\t", render->out);
		else if (code_point_is_printable(code))
			fwrite(text + i, 1, len, render->out);
		else
			render_escape(render, code);
	}
	fputc(quote, render->out);
	return 0;
}

/* str() of it at the top level, repr() inside of a container. */
static int render_str(struct render *render, uint32_t len)
{
	const char *text = take(render, len);
	uint32_t code;

	if (!text)
		return -EINVAL;
	if (innermost(render))
		return render_repr(render, text, len);
	for (size_t i = 0, size; i < len; i += size) {
		size = utf8_decode(text + i, len - i, &code);
		if (!size)
			return -EINVAL;
	}
	fwrite(text, 1, len, render->out);
	return 0;
}

static int render_bytes(struct render *render, uint32_t len)
{
	const char *data = take(render, len);

	if (!data)
		return -EINVAL;
	bytes_write(render->out, data, len, quote_of(data, len));
	return 0;
}

static int render_int(struct render *render, uint32_t len)
{
	const char *data = take(render, len);
	int64_t value;

	if (!data || len != sizeof(value))
		return -EINVAL;
	memcpy(&value, data, sizeof(value));
	fprintf(render->out, "%" PRId64, value);
	return 0;
}

static int render_float(struct render *render, uint32_t len)
{
	const char *data = take(render, len);
	char text[FLOAT_SIZE];
	double value;

	if (!data || len != sizeof(value))
		return -EINVAL;
	memcpy(&value, data, sizeof(value));
	float_repr(value, text);
	fputs(text, render->out);
	return 0;
}

static const char *cycle_text(uint32_t type)
{
	switch (type) {
	case PYMM_TYPE_DICT:
		return "{...}";
	case PYMM_TYPE_TUPLE:
		return "(...)";
	case PYMM_TYPE_SET:
		return "set(...)";
	case PYMM_TYPE_FROZENSET:
		return "frozenset(...)";
	default:
		return "[...]";
	}
}

static int render_object(struct render *render, uint32_t kind, uint32_t len)
{
	const char *data = take(render, len);
	uint32_t id_type[2];

	if (!data || len != sizeof(id_type))
		return -EINVAL;
	memcpy(id_type, data, sizeof(id_type));
	if (kind == PYMM_RECORD_OBJECT)
		fprintf(render->out, "<%s at id %" PRIu32 ">", pymm_type_name(id_type[1]),
			id_type[0]);
	else
		fputs(cycle_text(id_type[1]), render->out);
	return 0;
}

static int render_instance(struct render *render, uint32_t len)
{
	const char *data = take(render, len);
	uint32_t id;

	if (!data || len < sizeof(id))
		return -EINVAL;
	memcpy(&id, data, sizeof(id));
	fprintf(render->out, "<%.*s object at id %" PRIu32 ">", (int)(len - sizeof(id)),
		data + sizeof(id), id);
	return 0;
}

/* What shows nothing but its kind and its name. */
static int render_named(struct render *render, const char *kind, uint32_t len)
{
	const char *name = take(render, len);

	if (!name)
		return -EINVAL;
	fprintf(render->out, "<%s '%.*s'>", kind, (int)len, name);
	return 0;
}

static int render_builtin(struct render *render, uint32_t len)
{
	const char *name = take(render, len);

	if (!name)
		return -EINVAL;
	fprintf(render->out, "<built-in function %.*s>", (int)len, name);
	return 0;
}

static int render_range(struct render *render, uint32_t len)
{
	const char *data = take(render, len);
	int64_t range[3];

	if (!data || len != sizeof(range))
		return -EINVAL;
	memcpy(range, data, sizeof(range));
	fprintf(render->out, "range(%" PRId64 ", %" PRId64, range[0], range[1]);
	if (range[2] != 1)
		fprintf(render->out, ", %" PRId64, range[2]);
	fputc(')', render->out);
	return 0;
}

static int render_unraisable(struct render *render, uint32_t len)
{
	const char *data = take(render, len);
	struct pymm_unraisable head;

	if (!data || len < sizeof(head))
		return -EINVAL;
	memcpy(&head, data, sizeof(head));
	fputs("Exception ignored: ", render->out);
	if (head.exception != PYMM_EXC_OTHER)
		fprintf(render->out, "%s: ", pymm_exception_name(head.exception));
	fprintf(render->out, "%.*s", (int)(len - sizeof(head)), data + sizeof(head));
	return 0;
}

/* str() at the top level, which is that of its argument or arguments; else repr(). */
static int render_exception(struct render *render, uint32_t len)
{
	const char *data = take(render, len);
	struct pymm_exception_record head;
	struct level *level;
	bool outermost = !innermost(render);

	if (!data || len < sizeof(head))
		return -EINVAL;
	memcpy(&head, data, sizeof(head));
	if (!outermost)
		fprintf(render->out, "%.*s%s", (int)(len - sizeof(head)), data + sizeof(head),
			head.nr_args == 1 ? "(" : head.nr_args ? "" : "()");
	render->more = outermost && head.nr_args &&
		       (head.nr_args > 1 || head.exception != PYMM_EXC_KEY_ERROR);
	if (!head.nr_args || render->more)
		return 0;
	level = vec_push(&render->levels, 1, sizeof(*level));
	if (!level)
		return -ENOMEM;
	level->kind = PYMM_RECORD_EXCEPTION;
	level->total = 1;
	level->bare = outermost || head.nr_args > 1;
	return 0;
}

/* An empty set is not written as a display is. */
static const char *opening(uint32_t kind, uint32_t len)
{
	switch (kind) {
	case PYMM_RECORD_TUPLE:
		return "(";
	case PYMM_RECORD_LIST:
		return "[";
	case PYMM_RECORD_SET:
		return len ? "{" : "set(";
	case PYMM_RECORD_FROZENSET:
		return len ? "frozenset({" : "frozenset(";
	case PYMM_RECORD_SLICE:
		return "slice(";
	default:
		return "{";
	}
}

static const char *closing(const struct level *level)
{
	switch (level->kind) {
	case PYMM_RECORD_TUPLE:
		return level->total == 1 ? ",)" : ")";
	case PYMM_RECORD_LIST:
		return "]";
	case PYMM_RECORD_SET:
		return level->total ? "}" : ")";
	case PYMM_RECORD_FROZENSET:
		return level->total ? "})" : ")";
	case PYMM_RECORD_SLICE:
		return ")";
	case PYMM_RECORD_EXCEPTION:
		return level->bare ? "" : ")";
	default:
		return "}";
	}
}

static int render_container(struct render *render, uint32_t kind, uint32_t len)
{
	struct level *level = vec_push(&render->levels, 1, sizeof(*level));

	if (!level)
		return -ENOMEM;
	level->kind = kind;
	level->total = kind == PYMM_RECORD_DICT ? 2 * (uint64_t)len : len;
	fputs(opening(kind, len), render->out);
	return 0;
}

static int render_item(struct render *render, const struct pymm_record *record)
{
	switch (record->kind) {
	case PYMM_RECORD_NONE:
	case PYMM_RECORD_FALSE:
	case PYMM_RECORD_TRUE:
		if (record->len)
			return -EINVAL;
		fputs(record->kind == PYMM_RECORD_NONE ? "None" :
		      record->kind == PYMM_RECORD_TRUE ? "True" : "False", render->out);
		return 0;
	case PYMM_RECORD_INT:
		return render_int(render, record->len);
	case PYMM_RECORD_FLOAT:
		return render_float(render, record->len);
	case PYMM_RECORD_STR:
		return render_str(render, record->len);
	case PYMM_RECORD_BYTES:
		return render_bytes(render, record->len);
	case PYMM_RECORD_TUPLE:
	case PYMM_RECORD_LIST:
	case PYMM_RECORD_DICT:
	case PYMM_RECORD_SET:
	case PYMM_RECORD_FROZENSET:
		return render_container(render, record->kind, record->len);
	case PYMM_RECORD_SLICE:
		return record->len == 3 ? render_container(render, record->kind, record->len) : -EINVAL;
	case PYMM_RECORD_TYPE:
		return render_named(render, "class", record->len);
	case PYMM_RECORD_MODULE:
		return render_named(render, "module", record->len);
	case PYMM_RECORD_INSTANCE:
		return render_instance(render, record->len);
	case PYMM_RECORD_BUILTIN:
		return render_builtin(render, record->len);
	case PYMM_RECORD_RANGE:
		return render_range(render, record->len);
	case PYMM_RECORD_EXCEPTION:
		return render_exception(render, record->len);
	case PYMM_RECORD_UNRAISABLE:
		return innermost(render) ? -EINVAL : render_unraisable(render, record->len);
	case PYMM_RECORD_OBJECT:
	case PYMM_RECORD_CYCLE:
		return render_object(render, record->kind, record->len);
	default:
		return -EINVAL;
	}
}

static int take_record(struct render *render, struct pymm_record *record)
{
	const char *data = take(render, sizeof(*record));

	if (!data)
		return -EINVAL;
	memcpy(record, data, sizeof(*record));
	return 0;
}

/* Closes what is complete. */
static void close_levels(struct render *render)
{
	struct level *level;

	for (level = innermost(render); level && level->done == level->total;
	     level = innermost(render)) {
		fputs(closing(level), render->out);
		render->levels.count--;
	}
}

/* What stands before the next item of the innermost container. */
static void separate(struct render *render)
{
	struct level *level = innermost(render);

	if (!level)
		return;
	if (level->kind == PYMM_RECORD_DICT && level->done % 2)
		fputs(": ", render->out);
	else if (level->done)
		fputs(", ", render->out);
	level->done++;
}

/* One value with all that is in it; its PYMM_RECORD_END is next. */
static int render_value(struct render *render)
{
	struct pymm_record record;
	int ret;

	do {
		separate(render);
		render->more = false;
		ret = take_record(render, &record);
		if (!ret)
			ret = render_item(render, &record);
		if (ret)
			return ret;
		close_levels(render);
	} while (render->levels.count || render->more);
	return 0;
}

PYMM_API int pymm_output_render(const void *records, size_t size, FILE *out)
{
	struct render render = { .data = records, .size = size, .out = out };
	struct pymm_record end;
	int ret = 0;

	while (!ret && render.size) {
		ret = render_value(&render);
		if (!ret)
			ret = take_record(&render, &end);
		if (!ret && (end.kind != PYMM_RECORD_END || end.len > 1))
			ret = -EINVAL;
		/*
		 * The space comes with the value before it, as the next one may be
		 * in another buffer.
		 */
		if (!ret)
			fputc(end.len ? '\n' : ' ', out);
	}
	vec_free(&render.levels);
	return !ret && ferror(out) ? -EIO : ret;
}
