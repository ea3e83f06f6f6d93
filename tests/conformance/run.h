/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What run_native and run_device have in common:
 *	run_native PROGRAM...
 * A program is a file of pyasm(5), or several that are run one after the other in one arena, with
 * commas between their names. Before what each program prints stands a line "\x1e PROGRAM". An
 * exception that ends it is the last line.
 */
#ifndef CONFORMANCE_RUN_H
#define CONFORMANCE_RUN_H

#include <stdio.h>
#include <string.h>

/** run_program() - run these files until one is ended by an exception */
void run_program(char *files[], int count);

static inline void run_one(char *program)
{
	char *files[strlen(program) + 1], *rest = program;
	int count = 0;

	printf("\x1e %s\n", program);
	while (rest)
		files[count++] = strsep(&rest, ",");
	run_program(files, count);
	fflush(stdout);
}

static inline int run_all(int argc, char *argv[])
{
	for (int i = 1; i < argc; i++)
		run_one(argv[i]);
	return 0;
}

#endif
