// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs programs on the core of the module in user space, see run.h. After each one the arena is
 * walked and emptied: the process ends if anything does not agree or is left.
 */
#include <stdlib.h>

#include "harness.h"
#include "run.h"

/* What a program prints: an exception of a finalizer is left out where there is no room. */
#define ROOM	(1U << 20)

static bool run_file(struct unit *unit, const char *path)
{
	struct unit_image image = unit_load(path);

	fputs(unit_exec_image(&unit->thread, &image), stdout);
	free(image.data);
	return unit->thread.run.status == PYMM_STATUS_DONE;
}

void run_program(char *files[], int count)
{
	struct unit unit;

	harness_open(&unit, 1, ~0U);
	unit.thread.room = ROOM;
	for (int i = 0; i < count && run_file(&unit, files[i]); i++)
		;
	fflush(stdout);
	harness_close(&unit);
}

int main(int argc, char *argv[])
{
	return run_all(argc, argv);
}
