/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * OS threads that work at the same time, in one arena or in several.
 */
#ifndef PYMM_CMD_WORKLOAD_TEAM_H
#define PYMM_CMD_WORKLOAD_TEAM_H

#include "workload.h"

struct team;

/**
 * struct team_job - what one of them does
 * @arena: where its thread is
 * @program: what it runs; NULL: it calls @run
 * @run: returns 0 or a negative errno; when a call returns -EINTR, team_stopping() tells whether
 *	it is to end
 * @arg: for @run
 */
struct team_job {
	const struct pymm_arena *arena;
	const struct pymm_program *program;
	int (*run)(struct team *team, struct pymm_thread *thread, void *arg);
	void *arg;
};

/**
 * struct team_order - what all of them do
 * @jobs: a job for each
 * @nr: how many
 * @limit_ns: those that have not ended after so long are stopped; 0: none is
 * @leads: the end of the first one stops the others
 * @first_end: called when one of them has ended and others have not; or NULL
 * @arg: for @first_end
 * @progress: is kept up to date, or NULL
 */
struct team_order {
	const struct team_job *jobs;
	unsigned int nr;
	uint64_t limit_ns;
	bool leads;
	void (*first_end)(void *arg);
	void *arg;
	struct progress *progress;
};

/**
 * struct team_member - what became of one of them
 * @error: 0 when the job ended in some way, else a negative errno
 * @stopped: it was stopped before its end
 * @run: how its program ended; the steps of one that was stopped as well
 * @gil: what the thread did with the GIL, all of it in this run
 * @thread_id: as in trace events
 */
struct team_member {
	int error;
	bool stopped;
	struct pymm_run run;
	struct pymm_gil_args gil;
	uint32_t thread_id;
};

/**
 * team_work() - have new threads do their jobs
 * @members: receives a result for each
 * @wall_ns: receives the time from the first start to the last end
 *
 * SIGINT and SIGTERM stop them all (cmd_catch_signals() must have been called).
 * Returns CMD_OK when all have ended or were stopped as ordered, CMD_INTERRUPTED, or
 * CMD_FAILED and it was said why.
 */
int team_work(struct cmd *cmd, const struct team_order *order, struct team_member *members,
	      uint64_t *wall_ns);

/** team_run() - the same for @nr threads that run one program to its end */
int team_run(struct cmd *cmd, const struct pymm_arena *arena, const struct pymm_program *program,
	     unsigned int nr, struct team_member *members, uint64_t *wall_ns,
	     struct progress *progress);

/** team_stopping() - is what is not ended to be given up? */
bool team_stopping(struct team *team);

#endif /* PYMM_CMD_WORKLOAD_TEAM_H */
