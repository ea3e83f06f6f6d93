/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The modes of "workload threads", and what they share.
 */
#ifndef PYMM_CMD_WORKLOAD_MODES_H
#define PYMM_CMD_WORKLOAD_MODES_H

#include "trace_hist.h"
#include "workload_team.h"

/**
 * struct workload - one call of the command
 * @cmd: the call
 * @mode: its name
 * @threads: how many
 * @nr_runs: times that it is measured
 * @turns: of each thread; 0: as many as take @wanted_ns
 * @wanted_ns: see there; or how long it runs
 * @think_ns: how long that takes which a thread waits for
 * @config: of arenas
 */
struct workload {
	struct cmd *cmd;
	const char *mode;
	unsigned int threads;
	unsigned int nr_runs;
	uint64_t turns;
	uint64_t wanted_ns;
	uint64_t think_ns;
	struct pymm_config config;
};

/* So many pings are enough for any time. */
#define MAX_PINGS	1000000

int mode_cpu(struct workload *w);
int mode_io(struct workload *w);
int mode_mixed(struct workload *w);
int mode_race(struct workload *w);
int mode_lock(struct workload *w);
int mode_multi(struct workload *w);

/** workload_configure() - configure an arena; @check_all: every instruction is a check point */
int workload_configure(struct workload *w, const struct pymm_arena *arena, bool check_all);

/** workload_arena() - a fresh arena, configured as the options say */
int workload_arena(struct workload *w, struct pymm_arena **out);

/** workload_check_all() - is every instruction to be a check point? */
bool workload_check_all(const struct workload *w);

/** workload_choose_turns() - set @w->turns, unless they were given */
int workload_choose_turns(struct workload *w, const struct pymm_arena *arena,
			  const struct loop *loop);

/** check_points_text() - "backward jumps" or "all instructions" */
const char *check_points_text(bool check_all);

/** workload_print_config() - a line with policy and switch interval, not ended */
void workload_print_config(const struct workload *w);

/** workload_json() - open the document, with what all modes have */
void workload_json(const struct workload *w);

/** json_open_member() - open an object, with what a thread has done */
void json_open_member(struct json *json, const struct team_member *member);

/* ---- two ways to do the same (workload_ways.c) ---- */

enum way { WAY_SERIAL, WAY_SHARED, NR_WAYS };

/**
 * struct ways - how long each of them took
 * @nr: times that both were measured
 * @ns: in the order in which they were
 * @sorted: the same for each way, sorted
 */
struct ways {
	unsigned int nr;
	uint64_t (*ns)[NR_WAYS];
	uint64_t *sorted[NR_WAYS];
};

/**
 * ways_measure() - measure both in turns, beginning with either
 * @ways: receives the times; ways_free() frees them even if it failed
 * @measure: measures one way of a run, from 0
 */
int ways_measure(struct workload *w, struct ways *ways,
		 int (*measure)(void *arg, unsigned int run, enum way way, uint64_t *ns,
				struct progress *progress), void *arg);

void ways_free(struct ways *ways);

/** ways_best(), ways_median() - of the times of one way */
uint64_t ways_best(const struct ways *ways, enum way way);
uint64_t ways_median(const struct ways *ways, enum way way);

#endif /* PYMM_CMD_WORKLOAD_MODES_H */
