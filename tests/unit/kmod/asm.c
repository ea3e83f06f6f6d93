// SPDX-License-Identifier: GPL-2.0-only
#include <pymm/pymm.h>
#include <stdlib.h>
#include <string.h>

#include "asm.h"

static _Noreturn void unit_asm_die(const char *text, const struct pymm_error *error)
{
	fprintf(stderr, "%u:%u: %s in:\n%s\n", error->line, error->column, error->message, text);
	abort();
}

static struct unit_image unit_image_take(struct pymm_program *program)
{
	struct unit_image image;
	const void *data;
	size_t size;

	data = pymm_program_image(program, &size);
	image.data = malloc(size);
	if (!image.data)
		abort();
	memcpy(image.data, data, size);
	image.size = size;
	pymm_program_free(program);
	return image;
}

struct unit_image unit_assemble(const char *text)
{
	struct pymm_program *program;
	struct pymm_error error = { 0 };
	char *copy = strdup(text);

	if (!copy)
		abort();
	for (char *at = copy; *at; at++)
		if (*at == '\'')
			*at = '"';
	if (pymm_program_assemble(copy, strlen(copy), &error, &program))
		unit_asm_die(copy, &error);
	free(copy);
	return unit_image_take(program);
}

struct unit_image unit_load(const char *path)
{
	struct pymm_program *program;
	struct pymm_error error = { 0 };

	if (pymm_program_load(path, &error, &program))
		unit_asm_die(path, &error);
	return unit_image_take(program);
}

char *unit_render(const void *records, size_t size)
{
	size_t bytes;
	char *text;
	FILE *out = open_memstream(&text, &bytes);

	if (!out || pymm_output_render(records, size, out) || fclose(out))
		abort();
	return text;
}

const char *unit_exception_name(uint32_t exception)
{
	return pymm_exception_name(exception);
}

const char *unit_reject_text(uint32_t reject)
{
	return pymm_reject_text(reject);
}
