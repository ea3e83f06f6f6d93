// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pymm/pymm.h>

#include "case_script.h"

#define MAX_FIELDS	24
#define MARK		"! "
#define IGNORED		"Exception ignored: "
/* A key that the dict of a case has beside its label, and no other dict. */
#define DICT_KEY	"@label"
/* The dict of names. */
#define NAMES		"_names"
#define LABEL_ATTRIBUTE	"_n"

/* What was seen, or is expected, of one field. */
struct field {
	char name[32];
	char **parts;
	size_t count;
};

struct fields {
	struct field all[MAX_FIELDS];
	size_t count;
};

struct script {
	struct pymm_program **programs;
	size_t nr_programs;
	const struct case_report *report;
	/* The case. */
	char id[128];
	struct pymm_arena *arena;
	struct pymm_thread *thread;
	enum case_result result;
	char *text;		/* what differs */
	size_t text_size;
	FILE *out;
	/* The step. */
	unsigned int number;
	char step[256];		/* what it is called */
	struct fields seen, expected;
	struct fields all;	/* "collected" and "all_events" of its steps */
};

/* ---- fields ---- */

static struct field *field_of(struct fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->count; i++)
		if (!strcmp(fields->all[i].name, name))
			return &fields->all[i];
	if (fields->count == MAX_FIELDS)
		abort();
	fields->all[fields->count] = (struct field){ 0 };
	snprintf(fields->all[fields->count].name, sizeof(fields->all->name), "%s", name);
	return &fields->all[fields->count++];
}

/* Names and labels without what they begin with. */
static const char *plain(const char *word)
{
	if (!strncmp(word, "n_", 2) || !strncmp(word, "w_", 2))
		return word + 2;
	return word + (*word == '@');
}

static void add_part(struct fields *fields, const char *name, const char *text)
{
	struct field *field = field_of(fields, name);
	char **parts = realloc(field->parts, (field->count + 1) * sizeof(*parts));
	char *part = strdup(text);

	if (!parts || !part)
		abort();
	field->parts = parts;
	field->parts[field->count++] = part;
}

/* The same with plain words, of which @text consists. */
static void add_words(struct fields *fields, const char *name, char *text)
{
	char *part = strdup(text), *word;

	if (!part)
		abort();
	*part = 0;
	while ((word = strsep(&text, " "))) {
		strcat(part, plain(word));
		if (text)
			strcat(part, " ");
	}
	add_part(fields, name, part);
	free(part);
}

static int compare_parts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The order of some fields says something, the others are sets. */
static bool is_set(const char *name)
{
	static const char *const sets[] = {
		"alive", "refs", "names", "untracked_named", "weakrefs_alive", "finalized",
	};

	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
		if (!strcmp(name, sets[i]))
			return true;
	return false;
}

/* A text to be freed. */
static char *field_text(struct fields *fields, const char *name)
{
	struct field *field = field_of(fields, name);
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	if (field->count && is_set(name))
		qsort(field->parts, field->count, sizeof(*field->parts), compare_parts);
	for (size_t i = 0; i < field->count; i++)
		fprintf(out, "%s%s", i ? ", " : "", field->parts[i]);
	fclose(out);
	return text;
}

static void forget(struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		for (size_t j = 0; j < fields->all[i].count; j++)
			free(fields->all[i].parts[j]);
		free(fields->all[i].parts);
	}
	fields->count = 0;
}

/* ---- what a dump says ---- */

static const uint32_t *refs_of(const struct pymm_dump_object *object)
{
	return (const void *)((const char *)object + object->record.head);
}

/* Is it that str, which can die? */
static bool is_str(const struct pymm_dump_object *object, const char *text)
{
	return object && object->type == PYMM_TYPE_STR && object->nr_refs == strlen(text) &&
	       !memcmp(refs_of(object), text, object->nr_refs);
}

/* Copy it, when it is a label. */
static bool is_label(const struct pymm_dump_object *object, char label[65])
{
	if (!object || object->type != PYMM_TYPE_STR || object->nr_refs < 2 ||
	    *(const char *)refs_of(object) != '@' || is_str(object, DICT_KEY))
		return false;
	memcpy(label, refs_of(object), object->nr_refs);
	label[object->nr_refs] = 0;
	return true;
}

static bool refers_to(const struct pymm_snapshot *snapshot, const struct pymm_dump_object *object,
		      const char *text)
{
	for (uint32_t i = 0; i < object->nr_refs; i++)
		if (is_str(pymm_snapshot_object(snapshot, refs_of(object)[i]), text))
			return true;
	return false;
}

/* A label among the first @count of the references from @first on. */
static bool find_label(const struct pymm_snapshot *snapshot, const struct pymm_dump_object *object,
		       uint32_t first, char label[65])
{
	for (uint32_t i = first; i < object->nr_refs; i++)
		if (is_label(pymm_snapshot_object(snapshot, refs_of(object)[i]), label))
			return true;
	return false;
}

/* Where its attributes are: in itself, or in a dict, before its class. */
static bool find_attribute(const struct pymm_snapshot *snapshot,
			   const struct pymm_dump_object *object, char label[65])
{
	const struct pymm_dump_object *dict;

	if (find_label(snapshot, object, 0, label))
		return true;
	dict = object->nr_refs ? pymm_snapshot_object(snapshot, *refs_of(object)) : NULL;
	return dict && dict->type == PYMM_TYPE_DICT &&
	       refers_to(snapshot, dict, LABEL_ATTRIBUTE) && find_label(snapshot, dict, 0, label);
}

/* The label of an object of the case. */
static bool label_of(const struct pymm_snapshot *snapshot, const struct pymm_dump_object *object,
		     char label[65])
{
	switch (object->type) {
	case PYMM_TYPE_LIST:
	case PYMM_TYPE_TUPLE:
		/* The first item comes last. */
		return object->nr_refs &&
		       find_label(snapshot, object, object->nr_refs - 1, label);
	case PYMM_TYPE_DICT:
		return refers_to(snapshot, object, DICT_KEY) &&
		       find_label(snapshot, object, 0, label);
	case PYMM_TYPE_SET:
		return find_label(snapshot, object, 0, label);
	case PYMM_TYPE_INSTANCE:
		return find_attribute(snapshot, object, label);
	default:
		return false;
	}
}

static void add_number(struct fields *fields, const char *name, const char *label, uint32_t number)
{
	char text[96];

	snprintf(text, sizeof(text), "%s %u", plain(label), number);
	add_part(fields, name, text);
}

static void look_at_object(struct fields *seen, const struct pymm_snapshot *snapshot,
			   const struct pymm_dump_object *object)
{
	char label[65];

	if (object->generation >= PYMM_GENERATION_PERMANENT || !label_of(snapshot, object, label))
		return;
	add_number(seen, "alive", label, object->generation);
	add_number(seen, "refs", label, object->refs);
}

/* gc.garbage is the only list that is immortal; gc.callbacks is empty. */
static void look_at_garbage(struct fields *seen, const struct pymm_snapshot *snapshot,
			    const struct pymm_dump_object *list)
{
	const struct pymm_dump_object *object;
	char label[65];

	for (uint32_t i = list->nr_refs; i--;) {
		object = pymm_snapshot_object(snapshot, refs_of(list)[i]);
		if (object && label_of(snapshot, object, label))
			add_part(seen, "garbage", plain(label));
	}
}

/* A value and a key follow each other. */
static void look_at_name(struct fields *seen, const struct pymm_dump_object *key,
			 const struct pymm_dump_object *value)
{
	char name[65];

	if (!key || key->type != PYMM_TYPE_STR)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)key->nr_refs, (const char *)refs_of(key));
	add_part(seen, "names", plain(name));
	if (!value || value->generation == PYMM_GENERATION_NONE)
		add_part(seen, "untracked_named", plain(name));
}

static void look_at_names(struct fields *seen, const struct pymm_snapshot *snapshot)
{
	const struct pymm_dump_name *bound = pymm_snapshot_name(snapshot, NAMES);
	const struct pymm_dump_object *dict = bound ? pymm_snapshot_object(snapshot, bound->id) :
						      NULL;

	for (uint32_t i = 0; dict && i + 1 < dict->nr_refs; i += 2)
		look_at_name(seen, pymm_snapshot_object(snapshot, refs_of(dict)[i + 1]),
			     pymm_snapshot_object(snapshot, refs_of(dict)[i]));
}

static void look_at_record(struct fields *seen, const struct pymm_snapshot *snapshot,
			   const struct pymm_dump_record *record)
{
	const struct pymm_dump_object *object = (const void *)record;

	if (record->kind != PYMM_DUMP_OBJECT)
		return;
	if (object->refs == PYMM_REFS_IMMORTAL && object->type == PYMM_TYPE_LIST)
		look_at_garbage(seen, snapshot, object);
	else
		look_at_object(seen, snapshot, object);
}

static int look(struct script *script)
{
	const struct pymm_dump_record *record = NULL;
	struct pymm_snapshot *snapshot;
	int ret = pymm_snapshot_take(script->arena, &snapshot);

	if (ret)
		return ret;
	while ((record = pymm_snapshot_next(snapshot, record)))
		look_at_record(&script->seen, snapshot, record);
	look_at_names(&script->seen, snapshot);
	pymm_snapshot_free(snapshot);
	return 0;
}

/* ---- programs ---- */

/* Lines that say nothing of a field are not of the case. */
static void read_line(struct fields *seen, char *line)
{
	char event[64], *field = line + strlen(MARK), *text;

	if (!strncmp(line, IGNORED, strlen(IGNORED))) {
		line += strlen(IGNORED);
		snprintf(event, sizeof(event), "unraisable %.*s", (int)strcspn(line, ":\n"), line);
		add_part(seen, "events", event);
	} else if (!strncmp(line, MARK, strlen(MARK))) {
		text = strchr(field, ' ');
		if (text)
			*text++ = 0;
		add_words(seen, field, text ? text : line + strlen(line));
	}
}

static void bad(struct script *script, const char *why)
{
	if (script->result != CASE_BAD)
		fprintf(script->out, "%s: %s\n", script->step, why);
	script->result = CASE_BAD;
}

static void raised(struct script *script, const struct pymm_run *run)
{
	char text[PYMM_MESSAGE_SIZE + 64];

	/* A key of the names. */
	if (run->exception == PYMM_EXC_KEY_ERROR && !strncmp(run->message, "'n_", 3))
		snprintf(text, sizeof(text), "the name '%s is not bound", run->message + 3);
	else if (run->exception == PYMM_EXC_OTHER)
		snprintf(text, sizeof(text), "%s", run->message);
	else
		snprintf(text, sizeof(text), "%s: %s", pymm_exception_name(run->exception),
			 run->message);
	bad(script, text);
}

static int run_program(struct script *script, const char *number)
{
	size_t n = strtoul(number, NULL, 10), size;
	struct pymm_run run = { 0 };
	char *text, *rest, *line;
	FILE *out;
	int ret;

	if (n >= script->nr_programs || !script->thread)
		return -EINVAL;
	out = open_memstream(&text, &size);
	if (!out)
		return -ENOMEM;
	ret = pymm_thread_exec(script->thread, script->programs[n], out, &run);
	fclose(out);
	rest = text;
	while ((line = strsep(&rest, "\n")))
		read_line(&script->seen, line);
	free(text);
	if (!ret && run.status == PYMM_STATUS_EXCEPTION)
		raised(script, &run);
	return ret;
}

/* The text up to a line "."; moves @at behind it. */
static int add_program(struct script *script, const char **at)
{
	const char *end = strstr(*at, "\n.\n");
	struct pymm_program **programs, *program;
	struct pymm_error error = { 0 };
	int ret;

	if (!end)
		return -EINVAL;
	programs = realloc(script->programs, (script->nr_programs + 1) * sizeof(*programs));
	if (!programs)
		return -ENOMEM;
	script->programs = programs;
	ret = pymm_program_assemble(*at, (size_t)(end + 1 - *at), &error, &program);
	if (ret) {
		fprintf(stderr, "%u:%u: %s\n", error.line, error.column, error.message);
		return ret;
	}
	script->programs[script->nr_programs++] = program;
	*at = end + 3;
	return 0;
}

/* ---- cases ---- */

/* What a step adds to a field of the whole case. */
static void keep(struct script *script, const char *name, const char *all)
{
	char *text = field_text(&script->seen, name);

	if (*text)
		add_part(&script->all, all, text);
	free(text);
}

/* After what differs nothing more is compared: most of it would follow from that. */
static void compare(struct script *script)
{
	enum case_result result = script->result;

	for (size_t i = 0; result == CASE_SAME && i < script->expected.count; i++) {
		const char *name = script->expected.all[i].name;
		char *expected = field_text(&script->expected, name);
		char *seen = field_text(&script->seen, name);

		if (strcmp(expected, seen)) {
			script->result = CASE_DIFFERS;
			fprintf(script->out, "%s: %s: expected '%s', seen '%s'\n", script->step,
				name, expected, seen);
		}
		free(expected);
		free(seen);
	}
	keep(script, "returned", "collected");
	keep(script, "events", "all_events");
	forget(&script->expected);
	forget(&script->seen);
}

static void end_case(struct script *script)
{
	if (!script->arena)
		return;
	compare(script);
	forget(&script->all);
	fclose(script->out);
	script->report->tell(script->report->arg, script->id, script->result, script->text);
	free(script->text);
	script->text = NULL;
	pymm_thread_close(script->thread);
	pymm_arena_close(script->arena);
	script->thread = NULL;
	script->arena = NULL;
}

static int begin_case(struct script *script, const char *id)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_FLAGS };
	int ret;

	end_case(script);
	ret = pymm_arena_open(&script->arena);
	if (ret)
		return ret;
	script->out = open_memstream(&script->text, &script->text_size);
	if (!script->out)
		return -ENOMEM;
	snprintf(script->id, sizeof(script->id), "%s", id);
	script->result = CASE_SAME;
	script->number = 0;
	snprintf(script->step, sizeof(script->step), "the beginning");
	ret = pymm_arena_config(script->arena, &config);
	return ret ? ret : pymm_thread_open(script->arena, &script->thread);
}

static void begin_step(struct script *script, const char *text)
{
	compare(script);
	snprintf(script->step, sizeof(script->step), "step %u, %s", ++script->number, text);
}

static void begin_end(struct script *script)
{
	compare(script);
	snprintf(script->step, sizeof(script->step), "the end");
	script->seen = script->all;
	script->all = (struct fields){ .count = 0 };
}

/* Nothing more is executed of a case once a step could not be. */
static int one_line(struct script *script, const char *word, const char *text)
{
	bool runs = script->result != CASE_BAD;
	const char *space;
	char field[32];
	int ret = 0;

	if (!strcmp(word, "case"))
		return begin_case(script, text);
	if (!script->arena)
		return -EINVAL;
	if (!strcmp(word, "step") && runs)
		begin_step(script, text);
	if (!strcmp(word, "end") && runs)
		begin_end(script);
	if ((!strcmp(word, "run") || !strcmp(word, "look")) && runs)
		ret = run_program(script, text);
	if (!strcmp(word, "look") && runs && !ret)
		ret = look(script);
	if (strcmp(word, "expect"))
		return ret;
	space = strchrnul(text, ' ');
	snprintf(field, sizeof(field), "%.*s", (int)(space - text), text);
	field_of(&script->expected, field);
	if (*space)
		add_part(&script->expected, field, space + 1);
	return 0;
}

static int next_line(struct script *script, const char **at)
{
	const char *end = strchrnul(*at, '\n');
	char *line = strndup(*at, (size_t)(end - *at)), *text;
	int ret;

	if (!line)
		return -ENOMEM;
	*at = end + (*end == '\n');
	text = strchrnul(line, ' ');
	if (*text)
		*text++ = 0;
	if (!strcmp(line, "program"))
		ret = add_program(script, at);
	else
		ret = one_line(script, line, text);
	free(line);
	return ret;
}

int case_script_run(const char *script, const struct case_report *report)
{
	struct script state = { .report = report };
	int ret = 0;

	while (*script && !ret)
		ret = next_line(&state, &script);
	end_case(&state);
	for (size_t i = 0; i < state.nr_programs; i++)
		pymm_program_free(state.programs[i]);
	free(state.programs);
	return ret;
}
