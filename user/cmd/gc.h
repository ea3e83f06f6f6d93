/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PYMM_CMD_GC_H
#define PYMM_CMD_GC_H

#include "target.h"

/**
 * gc_run() - run a program in the arena of another process
 * @text: the program; if @result is not NULL it prints an int, and nothing after that
 * @result: receives the int; or NULL
 * @output: receives what finalizers and callbacks printed, also when it failed, or NULL: to be
 *	freed
 *
 * For --timeout seconds at most. Its thread holds the GIL, as of a program of that process.
 *
 * Return: CMD_OK, or CMD_FAILED or CMD_INTERRUPTED and it was said why.
 */
int gc_run(struct cmd *cmd, const struct target *target, const char *text, int64_t *result,
	   char **output);

#endif /* PYMM_CMD_GC_H */
