// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "cases.h"

void case_begin(struct cases *cases)
{
	case_begin_hashes(cases, ~0u);
}

void case_begin_hashes(struct cases *cases, u32 mask)
{
	shim_reset(cases->tap.cases);
	/* An arena has names from its first use on. */
	shim_hash_mask(mask);
	*cases->failure = '\0';
	shim_check(!unit_open(&cases->unit), "the module cannot be used");
}

void case_fail(struct cases *cases, const char *format, ...)
{
	va_list args;

	if (*cases->failure)
		return;
	va_start(args, format);
	vsnprintf(cases->failure, sizeof(cases->failure), format, args);
	va_end(args);
}

void case_text(struct cases *cases, const char *expected, const char *seen)
{
	if (strcmp(expected, seen))
		case_fail(cases, "expected:\n%sseen:\n%s", expected, seen);
}

void case_walk(struct cases *cases)
{
	struct unit_report report;

	if (!unit_walk(unit_arena(&cases->unit), &report))
		case_fail(cases, "walk: %s", report.text);
}

void case_exec(struct cases *cases, const char *expected, const char *text)
{
	case_text(cases, expected, unit_exec(&cases->unit.thread, text));
	case_walk(cases);
}

void case_end(struct cases *cases, const char *name)
{
	struct unit_report report;

	case_walk(cases);
	unit_collect(&cases->unit.thread);
	case_walk(cases);
	case_equal(cases, 0, unit_stat(&cases->unit).objects);
	if (!unit_close(&cases->unit, &report))
		case_fail(cases, "%s", report.text);
	tap_case(&cases->tap, !*cases->failure, name, "%s", cases->failure);
}

void case_programs(struct cases *cases, const struct program_case *programs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		case_begin(cases);
		case_exec(cases, programs[i].expected, programs[i].text);
		case_end(cases, programs[i].name);
	}
}

u32 case_id(struct cases *cases, const char *name)
{
	struct pymm_arena *arena = unit_arena(&cases->unit);
	u32 i, key, value, bytes;
	const char *text;

	for (i = 0; pymm_dict_entry(arena, arena->globals, i, &key, &value); i++) {
		if (!key)
			continue;
		text = pymm_str_text(arena, key, &bytes);
		if (bytes == strlen(name) && !memcmp(text, name, bytes))
			return value;
	}
	return 0;
}

char *case_repeat(const char *text, unsigned int times)
{
	size_t size = strlen(text);
	char *all = malloc(size * times + 1);

	shim_check(all, "no memory");
	for (unsigned int i = 0; i < times; i++)
		memcpy(all + i * size, text, size);
	all[size * times] = '\0';
	return all;
}

char *case_join(const char *text, ...)
{
	char *all;
	size_t size;
	FILE *out = open_memstream(&all, &size);
	va_list args;

	shim_check(out, "no memory");
	va_start(args, text);
	for (; text; text = va_arg(args, const char *))
		fputs(text, out);
	va_end(args);
	fclose(out);
	return all;
}
