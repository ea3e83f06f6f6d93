// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every allocation of the library fails once: it says so, and leaks nothing
 * (the sanitizer looks). Linked with --wrap for the allocating functions.
 */
#include <errno.h>
#include <pymm/pymm.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asm_tap.h"

/* Allocations until the one that fails; below 0 none does. Only this file's tests change it. */
static long countdown = -1;

static bool fails(void)
{
	return countdown >= 0 && countdown-- == 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strndup(const char *text, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strndup(const char *text, size_t size);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strndup(const char *text, size_t size)
{
	return fails() ? NULL : __real_strndup(text, size);
}

static const char text[] =
	".slot a b\nl: LOAD_CONST a, (1, (2, \"x\", -1.5e3), ())\nBUILD_LIST b, ()\nMAKE_FUNCTION a, f\n"
	"LOAD_GLOBAL b, name\nPOP_JUMP_IF_FALSE b, e\nJUMP_BACKWARD l\ne: RETURN_VALUE a\n"
	".code f p q\nMAKE_FUNCTION r9, g\nRETURN_VALUE p\n.code g\nRETURN_VALUE r0\n";

static int try_assemble(FILE *out)
{
	struct pymm_program *program;
	int ret = pymm_program_assemble(text, strlen(text), NULL, &program);

	(void)out;
	if (ret && program)
		return -EINVAL;
	pymm_program_free(program);
	return ret;
}

static int try_disassemble(FILE *out)
{
	long left = countdown;
	struct pymm_program *program;
	int ret;

	countdown = -1;
	if (pymm_program_assemble(text, strlen(text), NULL, &program))
		return -EINVAL;
	countdown = left;
	ret = pymm_program_disassemble(program, out);
	pymm_program_free(program);
	return ret;
}

static int try_render(FILE *out)
{
	static const struct pymm_record records[] = {
		{ PYMM_RECORD_LIST, 1 }, { PYMM_RECORD_NONE, 0 }, { PYMM_RECORD_END, 1 },
	};

	return pymm_output_render(records, sizeof(records), out);
}

static int try_load(FILE *out)
{
	struct pymm_program *program;
	int ret = pymm_program_load("/dev/null", NULL, &program);

	(void)out;
	/* Without a failure it is refused, as it is empty. */
	return ret == -EINVAL && !program ? 0 : ret;
}

static int try_process(FILE *out)
{
	struct pymm_process *process;
	int ret = pymm_process_open(getpid(), &process);

	(void)out;
	if (ret && process)
		return -EINVAL;
	pymm_process_close(process);
	return ret;
}

static void test(struct tap *tap, const char *name, FILE *out, int (*try)(FILE *out))
{
	int ret = -ENOMEM;
	long n;

	for (n = 0; ret == -ENOMEM; n++) {
		countdown = n;
		ret = try(out);
	}
	tap_case(tap, !ret && countdown >= 0 && n > 1, name, "%d after %ld allocations", ret, n);
	countdown = -1;
}

int main(void)
{
	FILE *out = fopen("/dev/null", "w");
	struct tap tap = { 0 };

	if (!out)
		return 1;
	fprintf(out, "its buffer is allocated now\n");
	test(&tap, "assemble", out, try_assemble);
	test(&tap, "disassemble", out, try_disassemble);
	test(&tap, "render", out, try_render);
	test(&tap, "load", out, try_load);
	test(&tap, "process", out, try_process);
	fclose(out);
	return tap_end(&tap);
}
