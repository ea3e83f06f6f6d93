// SPDX-License-Identifier: GPL-2.0
/*
 * Programs in threads of one arena, for tests that look at it from another process.
 *
 *   run_threads FIRST [TEXT...]
 *
 * FIRST is run to its end by thread 1, which is closed then; each TEXT by a thread of its own, in
 * order from 2, all at the same time. Stays until it is killed, even if all of them have ended.
 */
#include <stdlib.h>
#include <unistd.h>

#include "pymm_util.h"

static int new_thread(int arena)
{
	int thread = pt_thread(arena, NULL);

	if (thread < 0)
		pt_die("THREAD: %d", thread);
	return thread;
}

int main(int argc, char **argv)
{
	struct pt_task *tasks;
	int arena = pt_open(), first;
	const char *printed;

	if (argc < 2 || arena < 0)
		pt_die("run_threads FIRST [TEXT...]; and there must be " PYMM_DEVICE);
	first = new_thread(arena);
	printed = pt_exec(first, argv[1]);
	if (*printed)
		pt_die("%s", printed);
	close(first);
	tasks = calloc(argc, sizeof(*tasks));
	if (!tasks)
		pt_die("out of memory");
	for (int i = 2; i < argc; i++)
		pt_start(&tasks[i], new_thread(arena), argv[i]);
	for (;;)
		pause();
}
