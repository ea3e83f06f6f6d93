/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What run_native and run_device have in common:
 *	run_native [-d] PROGRAM...
 * A program is a file of pyasm(5), or several that are run one after the other in one arena, with
 * commas between their names. Before what each program prints stands a line "\x1e PROGRAM". An
 * exception that ends it is the last line. With -d there are no collections but those asked for.
 */
#ifndef CONFORMANCE_RUN_H
#define CONFORMANCE_RUN_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/** run_program() - run these files until one is ended by an exception */
void run_program(char *files[], int count, bool disabled);

static inline void run_one(char *program, bool disabled)
{
	char *files[strlen(program) + 1], *rest = program;
	int count = 0;

	printf("\x1e %s\n", program);
	while (rest)
		files[count++] = strsep(&rest, ",");
	run_program(files, count, disabled);
	fflush(stdout);
}

static inline int run_all(int argc, char *argv[])
{
	bool disabled = argc > 1 && !strcmp(argv[1], "-d");

	for (int i = 1 + disabled; i < argc; i++)
		run_one(argv[i], disabled);
	return 0;
}

#endif
