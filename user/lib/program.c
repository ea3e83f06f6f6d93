// SPDX-License-Identifier: LGPL-2.1-only OR MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asm.h"

static void code_free(struct code *code)
{
	vec_free(&code->insns);
	vec_free(&code->lines);
	table_free(&code->consts);
	table_free(&code->labels);
	vec_free(&code->targets);
	vec_free(&code->jumps);
	vec_free(&code->handlers);
	vec_free(&code->table);
	vec_free(&code->refs);
	vec_free(&code->slots);
}

static void assembler_free(struct assembler *as)
{
	for (size_t i = 0; i < as->codes.count; i++)
		code_free((struct code *)as->codes.data + i);
	vec_free(&as->codes);
	table_free(&as->names);
	vec_free(&as->defined);
}

PYMM_API int pymm_program_assemble(const char *text, size_t size, struct pymm_error *error,
				   struct pymm_program **out)
{
	struct assembler as = {
		.text = text, .size = size, .here.line = 1, .error = error,
	};
	struct pymm_program *program = calloc(1, sizeof(*program));
	int ret = program ? 0 : -ENOMEM;

	*out = NULL;
	if (error)
		memset(error, 0, sizeof(*error));
	if (!ret)
		ret = asm_parse(&as);
	if (!ret)
		ret = asm_emit(&as, program);
	assembler_free(&as);
	if (ret)
		pymm_program_free(program);
	else
		*out = program;
	return ret;
}

/* Until the end, as a pipe does not know its size. */
static int read_all(int fd, struct vec *text)
{
	enum { CHUNK = 65536 };
	ssize_t got;

	do {
		if (!vec_push(text, CHUNK, 1))
			return -ENOMEM;
		text->count -= CHUNK;
		do
			got = read(fd, (char *)text->data + text->count, CHUNK);
		while (got < 0 && errno == EINTR);
		if (got < 0)
			return -errno;
		text->count += (size_t)got;
	} while (got);
	return 0;
}

PYMM_API int pymm_program_load(const char *path, struct pymm_error *error,
			       struct pymm_program **out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret;
	struct vec text = { 0 };

	*out = NULL;
	if (error)
		memset(error, 0, sizeof(*error));
	if (fd < 0)
		return -errno;
	ret = read_all(fd, &text);
	close(fd);
	if (!ret)
		ret = pymm_program_assemble(text.data, text.count, error, out);
	vec_free(&text);
	return ret;
}

PYMM_API void pymm_program_free(struct pymm_program *program)
{
	if (!program)
		return;
	for (uint32_t i = 0; program->image && i < program->image->nr_codes; i++) {
		free(program->codes[i].name);
		free(program->codes[i].lines);
	}
	free(program->codes);
	free(program->image);
	free(program);
}

PYMM_API const void *pymm_program_image(const struct pymm_program *program, size_t *size)
{
	*size = program->image->size;
	return program->image;
}

PYMM_API unsigned int pymm_program_line(const struct pymm_program *program, unsigned int code,
					unsigned int pos)
{
	if (code >= program->image->nr_codes || pos >= program->codes[code].nr_insns)
		return 0;
	return program->codes[code].lines[pos];
}
