/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * OS threads that run one program at the same time, in one arena.
 */
#ifndef PYMM_CMD_WORKLOAD_TEAM_H
#define PYMM_CMD_WORKLOAD_TEAM_H

#include "workload.h"

/**
 * struct team_member - what became of one of them
 * @error: 0 when the program ended in some way, else a negative errno
 * @run: how it ended
 * @gil: what the thread did with the GIL, all of it in this run
 * @thread_id: as in trace events
 */
struct team_member {
	int error;
	struct pymm_run run;
	struct pymm_gil_args gil;
	uint32_t thread_id;
};

/**
 * team_run() - have @nr new threads run @program, each in one call
 * @members: receives @nr results
 * @wall_ns: receives the time from the first start to the last end
 * @progress: is kept up to date, or NULL
 *
 * SIGINT and SIGTERM stop them all (cmd_catch_signals() must have been called).
 * Returns CMD_OK when all programs ran to their ends, CMD_INTERRUPTED, or
 * CMD_FAILED and it was said why.
 */
int team_run(struct cmd *cmd, const struct pymm_arena *arena, const struct pymm_program *program,
	     unsigned int nr, struct team_member *members, uint64_t *wall_ns,
	     struct progress *progress);

#endif /* PYMM_CMD_WORKLOAD_TEAM_H */
