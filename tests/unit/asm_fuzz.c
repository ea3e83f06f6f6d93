// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: any bytes as a program's text, and as output records. What can be
 * assembled must be assembled from its disassembly again, to the same image.
 */
#include <pymm/pymm.h>
#include <stdlib.h>
#include <string.h>

static char *disassemble(const struct pymm_program *program, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out || pymm_program_disassemble(program, out) || fclose(out))
		abort();
	return text;
}

static void check_error(const struct pymm_error *error)
{
	if (!error->line || !error->column || !error->message[0] ||
	    !memchr(error->message, '\0', sizeof(error->message)))
		abort();
}

static void fuzz_assembler(const char *data, size_t size)
{
	struct pymm_program *first, *second;
	struct pymm_error error;
	size_t text_size, image_size[2];
	const void *image[2];
	char *text;

	if (pymm_program_assemble(data, size, &error, &first)) {
		check_error(&error);
		return;
	}
	text = disassemble(first, &text_size);
	if (pymm_program_assemble(text, text_size, &error, &second))
		abort();
	image[0] = pymm_program_image(first, &image_size[0]);
	image[1] = pymm_program_image(second, &image_size[1]);
	if (image_size[0] != image_size[1] || memcmp(image[0], image[1], image_size[0]))
		abort();
	free(text);
	pymm_program_free(first);
	pymm_program_free(second);
}

static void fuzz_render(const char *data, size_t size)
{
	char *text = NULL;
	size_t text_size = 0;
	FILE *out = open_memstream(&text, &text_size);

	if (!out)
		abort();
	pymm_output_render(data, size, out);
	fclose(out);
	free(text);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	fuzz_assembler((const char *)data, size);
	fuzz_render((const char *)data, size);
	return 0;
}
