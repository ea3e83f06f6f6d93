/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command that a tool watches: made before the tool is loaded, as its pid must
 * be known then, and let go afterwards.
 */
#ifndef PYMM_CMD_TRACE_CHILD_H
#define PYMM_CMD_TRACE_CHILD_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct trace_child - the command
 * @pid: its process
 * @pidfd: the same as a descriptor, readable when it has ended
 * @link: socket to it, until it runs the command
 */
struct trace_child {
	int pid;
	int pidfd;
	int link;
};

/** child_start() - make a process that waits to run the command @argv */
int child_start(struct trace_child *child, char **argv);

/** child_go() - let it run; returns 0, or why the command cannot be run */
int child_go(struct trace_child *child);

/** child_end() - end it if it still runs; returns its status as wait() gives it, or -errno */
int child_end(struct trace_child *child);

#endif /* PYMM_CMD_TRACE_CHILD_H */
