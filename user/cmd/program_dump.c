// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm program run --dump, --dot: what the arena holds when the program has ended.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"
#include "program.h"

/* Room for a value: each byte of a text that is cut may be shown as "\xNN". */
#define VALUE_SIZE	320

/* Longer lists of references are cut, but in JSON. */
#define MAX_SHOWN	16

/* As few digits as give the same number, and as Python with a sign that it is no int. */
static void float_text(double value, char text[VALUE_SIZE])
{
	int digits = 1;
	size_t len;

	do
		snprintf(text, VALUE_SIZE, "%.*g", digits, value);
	while (strtod(text, NULL) != value && ++digits <= 17);
	len = strlen(text);
	if (strspn(text, "-0123456789") == len)
		snprintf(text + len, VALUE_SIZE - len, ".0");
}

/* Bytes of a text without a code point at its end that was cut in two. */
static uint32_t whole_size(const unsigned char *text, uint32_t size)
{
	uint32_t lead = size, len;

	while (lead && size - lead < 3 && (text[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (!lead || text[lead - 1] < 0xc0)
		return size;
	lead--;
	len = text[lead] >= 0xf0 ? 4 : text[lead] >= 0xe0 ? 3 : 2;
	return size - lead < len ? lead : size;
}

static void text_text(const struct pymm_dump_object *object, char text[VALUE_SIZE])
{
	bool bytes = object->type == PYMM_TYPE_BYTES;
	const unsigned char *from = dump_tail(&object->record);
	uint32_t size = bytes ? object->nr_refs : whole_size(from, object->nr_refs);
	int64_t shown = 0;
	char *to = text;

	to += sprintf(to, "%s'", bytes ? "b" : "");
	for (uint32_t i = 0; i < size; i++) {
		shown += bytes || (from[i] & 0xc0) != 0x80;
		if (from[i] < 0x20 || from[i] == 0x7f || (bytes && from[i] >= 0x80))
			to += sprintf(to, "\\x%02x", from[i]);
		else
			to += sprintf(to, "%s%c", strchr("'\\", from[i]) ? "\\" : "", from[i]);
	}
	sprintf(to, "'%s", shown < object->value ? "..." : "");
}

static const char *value_text(const struct pymm_dump_object *object, char text[VALUE_SIZE])
{
	text[0] = '\0';
	if (dump_is_text(object))
		text_text(object, text);
	else if (object->type == PYMM_TYPE_INT)
		snprintf(text, VALUE_SIZE, "%" PRId64, (int64_t)object->value);
	else if (object->type == PYMM_TYPE_FLOAT)
		float_text(dump_float(object), text);
	else if (object->type == PYMM_TYPE_LOCK)
		snprintf(text, VALUE_SIZE, "%s", object->value ? "locked" : "unlocked");
	else if (object->type == PYMM_TYPE_RLOCK)
		snprintf(text, VALUE_SIZE, "acquired %" PRId64 " times", (int64_t)object->value);
	else if (dump_is_container(object))
		snprintf(text, VALUE_SIZE, "%" PRId64 " item%s", (int64_t)object->value,
			 object->value == 1 ? "" : "s");
	return text;
}

/* ---- text, on stderr: stdout has what the program printed ---- */

static void print_ids(const uint32_t *ids, uint32_t nr)
{
	for (uint32_t i = 0; i < nr && i < MAX_SHOWN; i++)
		if (ids[i])
			fprintf(stderr, " %" PRIu32, ids[i]);
		else
			fprintf(stderr, " -");
	if (nr > MAX_SHOWN)
		fprintf(stderr, " ... (%" PRIu32 " in all)", nr);
	fprintf(stderr, "\n");
}

static void print_object(const struct pymm_dump_object *object)
{
	char generation[8] = "-", value[VALUE_SIZE];

	if (object->generation == PYMM_GENERATION_PERMANENT)
		snprintf(generation, sizeof(generation), "perm");
	else if (object->generation != PYMM_GENERATION_NONE)
		snprintf(generation, sizeof(generation), "%u", object->generation);
	fprintf(stderr, "%8" PRIu32 " %6" PRIu32 " %4s  %-12s %-20s", object->id, object->refs,
		generation, pymm_type_name(object->type), value_text(object, value));
	print_ids(dump_tail(&object->record), dump_is_text(object) ? 0 : object->nr_refs);
}

static void print_name(const struct pymm_dump_name *name)
{
	fprintf(stderr, "%8" PRIu32 "  %.*s\n", name->id, (int)name->len,
		(const char *)dump_tail(&name->record));
}

static void print_frame(const struct pymm_dump_frame *frame)
{
	fprintf(stderr, "%8" PRIu32 " %6" PRIu32 " %12" PRIu32 " ", frame->thread_id, frame->code,
		frame->pos);
	print_ids(dump_tail(&frame->record), frame->nr_slots);
}

static void print(const struct pymm_snapshot *snapshot)
{
	static const char *const heads[] = {
		[PYMM_DUMP_OBJECT] = "  object   refs  gen  type         value                refers to\n",
		[PYMM_DUMP_NAME] = "\n  object  name\n",
		[PYMM_DUMP_FRAME] = "\n  thread   code  instruction  slots\n",
	};
	const struct pymm_dump_record *record = NULL;
	uint16_t last = 0;

	while ((record = pymm_snapshot_next(snapshot, record))) {
		uint16_t kind = record->kind;

		if (kind != last && kind < sizeof(heads) / sizeof(heads[0]) && heads[kind])
			fputs(heads[kind], stderr);
		last = kind;
		if (kind == PYMM_DUMP_OBJECT)
			print_object((const void *)record);
		else if (kind == PYMM_DUMP_NAME)
			print_name((const void *)record);
		else if (kind == PYMM_DUMP_FRAME)
			print_frame((const void *)record);
	}
}

/* ---- JSON ---- */

static void write_json(const struct pymm_snapshot *snapshot, struct json *json)
{
	static const struct {
		uint16_t kind;
		const char *key;
	} arrays[] = {
		{ PYMM_DUMP_OBJECT, "objects" },
		{ PYMM_DUMP_NAME, "names" },
		{ PYMM_DUMP_FRAME, "frames" },
	};

	json_open_object(json, "dump");
	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		const struct pymm_dump_record *record = NULL;

		json_open_array(json, arrays[i].key);
		while ((record = pymm_snapshot_next(snapshot, record))) {
			if (record->kind != arrays[i].kind)
				continue;
			json_open_object(json, NULL);
			dump_json(json, record);
			json_close(json);
		}
		json_close(json);
	}
	json_close(json);
}

/* ---- a graph for Graphviz: a node for each object, called by its id ---- */

static void dot_quoted(FILE *out, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] == '"' || text[i] == '\\')
			fputc('\\', out);
		fputc(text[i], out);
	}
}

static void dot_object(FILE *out, const struct pymm_dump_object *object)
{
	const uint32_t *ids = dump_tail(&object->record);
	char value[VALUE_SIZE] = "";

	value_text(object, value);
	fprintf(out, "\t%" PRIu32 " [label=\"%s ", object->id, pymm_type_name(object->type));
	dot_quoted(out, value, strlen(value));
	fprintf(out, "\\n%" PRIu32 " reference%s\"];\n", object->refs, object->refs == 1 ? "" : "s");
	for (uint32_t i = 0; !dump_is_text(object) && i < object->nr_refs; i++)
		fprintf(out, "\t%" PRIu32 " -> %" PRIu32 ";\n", object->id, ids[i]);
}

/* The str that is the name, which was perhaps a node already, stands for the binding. */
static void dot_name(FILE *out, const struct pymm_dump_name *name)
{
	fprintf(out, "\t%" PRIu32 " [shape=plaintext, label=\"", name->key);
	dot_quoted(out, dump_tail(&name->record), name->len);
	fprintf(out, "\"];\n\t%" PRIu32 " -> %" PRIu32 ";\n", name->key, name->id);
}

static int write_dot(struct cmd *cmd, const struct pymm_snapshot *snapshot, const char *path)
{
	const struct pymm_dump_record *record = NULL;
	FILE *out = fopen(path, "we");
	bool failed;

	if (!out)
		return cmd_fail_errno(cmd, errno, "%s", path);
	fprintf(out, "digraph pymm {\n\trankdir=LR;\n\tnode [shape=box];\n");
	while ((record = pymm_snapshot_next(snapshot, record))) {
		if (record->kind == PYMM_DUMP_OBJECT)
			dot_object(out, (const void *)record);
		else if (record->kind == PYMM_DUMP_NAME)
			dot_name(out, (const void *)record);
	}
	fprintf(out, "}\n");
	failed = ferror(out);
	if (fclose(out) || failed)
		return cmd_fail(cmd, "cannot write to %s", path);
	return CMD_OK;
}

int program_dump(struct cmd *cmd, const struct pymm_arena *arena)
{
	const char *path = cmd_text(cmd, "--dot", NULL);
	struct pymm_snapshot *snapshot;
	int ret;

	if (!cmd_flag(cmd, "--dump") && !path)
		return CMD_OK;
	ret = pymm_snapshot_take(arena, &snapshot);
	if (ret)
		return cmd_fail_errno(cmd, ret, "cannot take a snapshot");
	if (cmd_flag(cmd, "--dump") && cmd->json)
		write_json(snapshot, cmd->json);
	else if (cmd_flag(cmd, "--dump"))
		print(snapshot);
	ret = path ? write_dot(cmd, snapshot, path) : CMD_OK;
	pymm_snapshot_free(snapshot);
	return ret;
}
