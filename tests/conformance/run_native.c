// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs programs of pyasm(5) on the core of the module in user space, each in an arena of its own:
 *	run_native FILE...
 * Before what each prints stands a line "\x1e FILE". An exception that ends it is the last line, as
 * of "pymm program run". Afterwards the arena is walked and emptied: the process ends if anything
 * does not agree or is left.
 */
#include <stdlib.h>

#include "harness.h"

/* What a program prints: an exception of a finalizer is left out where there is no room. */
#define ROOM	(1U << 20)

static void run(const char *path)
{
	struct unit_image image = unit_load(path);
	struct unit unit;

	printf("\x1e %s\n", path);
	fflush(stdout);
	harness_open(&unit, 1, ~0U);
	unit.thread.room = ROOM;
	fputs(unit_exec_image(&unit.thread, &image), stdout);
	fflush(stdout);
	harness_close(&unit);
	free(image.data);
}

int main(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		run(argv[i]);
	return 0;
}
