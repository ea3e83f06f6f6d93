// SPDX-License-Identifier: GPL-2.0-only
/* Runs programs on /dev/pymm, each in an arena of its own, see run.h. */
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <pymm/pymm.h>

#include "run.h"

static void must(int ret, const char *what)
{
	if (ret) {
		errno = -ret;
		err(1, "%s", what);
	}
}

static void print_exception(const struct pymm_run *run)
{
	if (run->exception != PYMM_EXC_OTHER)
		printf("%s: ", pymm_exception_name(run->exception));
	puts(run->message);
}

static bool run_file(struct pymm_thread *thread, const char *path)
{
	struct pymm_program *program;
	struct pymm_error error;
	struct pymm_run run = {};

	must(pymm_program_load(path, &error, &program), path);
	must(pymm_thread_exec(thread, program, stdout, &run), path);
	if (run.status == PYMM_STATUS_EXCEPTION)
		print_exception(&run);
	pymm_program_free(program);
	return run.status == PYMM_STATUS_DONE;
}

void run_program(char *files[], int count)
{
	struct pymm_arena *arena;
	struct pymm_thread *thread;

	must(pymm_arena_open(&arena), PYMM_DEVICE);
	must(pymm_thread_open(arena, &thread), "PYMM_IOC_THREAD");
	for (int i = 0; i < count && run_file(thread, files[i]); i++)
		;
	pymm_thread_close(thread);
	pymm_arena_close(arena);
}

int main(int argc, char *argv[])
{
	return run_all(argc, argv);
}
