/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the workloads share, with one another and with the demo.
 */
#ifndef PYMM_CMD_WORKLOAD_H
#define PYMM_CMD_WORKLOAD_H

#include "cmd.h"

/* An instruction of a program's text. */
#define ASM(instruction) "\t" instruction "\n"

/* counter += 1, as CPython compiles it. */
#define UPDATE \
	ASM("LOAD_GLOBAL r3, counter") \
	ASM("LOAD_CONST r4, 1") \
	ASM("BINARY_OP r3, r3!, r4!, +=") \
	ASM("STORE_GLOBAL r3!, counter")

/**
 * struct loop - a counted loop around some instructions
 * @setup: instructions before it; NULL: none
 * @body: instructions in it; NULL: none
 * @copies: how often they stand there
 *
 * They may use slots from r3 on.
 */
struct loop {
	const char *setup;
	const char *body;
	unsigned int copies;
};

/** loop_countdown - the text's "while n > 0: n -= 1" */
extern const struct loop loop_countdown;

/** loop_update - "for _ in range(n): counter += 1" */
extern const struct loop loop_update;

/** loop_locked_update - "for _ in range(n): with lock: counter += 1" */
extern const struct loop loop_locked_update;

/** loop_program() - the loop as a program of @turns turns; CMD_OK, or it was said why not */
int loop_program(struct cmd *cmd, const struct loop *loop, uint64_t turns,
		 struct pymm_program **out);

/**
 * loop_turns() - how many turns take a given time
 * @wanted_ns: the time
 * @turns: receives them; at least 1
 */
int loop_turns(struct cmd *cmd, struct pymm_thread *thread, const struct loop *loop,
	       uint64_t wanted_ns, uint64_t *turns);

/** loop_time() - run a program to its end; its time goes to @ns */
int loop_time(struct cmd *cmd, struct pymm_thread *thread, const struct pymm_program *program,
	      uint64_t *ns);

/** loop_failed() - says that a program ended as it should not; returns CMD_FAILED or so */
int loop_failed(struct cmd *cmd, int error, const struct pymm_run *run);

/**
 * struct progress - what is said on stderr when something takes more than 2 s
 * @what: "run 1 of 3"
 * @started_ns: when it began
 * @said_s: seconds that were last said
 */
struct progress {
	char what[48];
	uint64_t started_ns;
	uint64_t said_s;
};

/** progress_tick() - call now and then */
void progress_tick(struct progress *progress);

/** progress_end() - before anything else is written */
void progress_end(struct progress *progress);

/** compare_u64() - for qsort() */
int compare_u64(const void *a, const void *b);

int workload_threads(struct cmd *cmd);
int workload_bind(struct cmd *cmd);
int workload_mutate(struct cmd *cmd);

#endif /* PYMM_CMD_WORKLOAD_H */
