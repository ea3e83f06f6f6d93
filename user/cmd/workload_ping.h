/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A thread that lets go of the GIL for something else, and comes back for it.
 */
#ifndef PYMM_CMD_WORKLOAD_PING_H
#define PYMM_CMD_WORKLOAD_PING_H

#include "workload_modes.h"

/**
 * struct ping - pings, one after the other
 * @wanted: how many; 0: as many as there are in @limit_ns
 * @limit_ns: see there
 * @think_ns: how long the other end of the pipe thinks
 * @back: when all is done: how long each waited for the GIL, sorted
 * @nr: how many there were
 * @wall_ns: the time of all of them
 * @there: pipe to the other end
 * @here: pipe from there
 */
struct ping {
	uint64_t wanted;
	uint64_t limit_ns;
	uint64_t think_ns;
	uint64_t *back;
	uint64_t nr;
	uint64_t wall_ns;
	int there[2];
	int here[2];
};

/** ping_job() - for struct team_job; @arg is a struct ping */
int ping_job(struct team *team, struct pymm_thread *thread, void *arg);

/** ping_free() - free the results */
void ping_free(struct ping *ping);

#endif /* PYMM_CMD_WORKLOAD_PING_H */
