/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of pymm bench share.
 *
 * A row is a statement, written twice: DIR/NAME.py has a function loop() for
 * CPython, DIR/NAME.pyasm the same loop for pymm, as dis shows it. Both execute
 * the loop as often as the global name "turns" says, and print one line, the
 * state they end in. The first line of the .pyasm is "; COPIES a turn: STATEMENT".
 */
#ifndef PYMM_CMD_BENCH_H
#define PYMM_CMD_BENCH_H

#include "cmd.h"

/* What both sides may print in all. */
#define BENCH_TEXT_SIZE	512

/**
 * struct bench_row - a row
 * @name: of its files, without directory and suffix
 * @statement: what is measured
 * @copies: how often the statement stands in the loop
 */
struct bench_row {
	char *name;
	char *statement;
	unsigned int copies;
};

/**
 * struct bench_rows - the rows of a directory
 * @dir: the directory
 * @nr: how many
 * @rows: sorted by name
 */
struct bench_rows {
	const char *dir;
	size_t nr;
	struct bench_row *rows;
};

/** bench_rows_read() - find the rows of a directory; CMD_OK, or it was said why not */
int bench_rows_read(struct cmd *cmd, const char *dir, struct bench_rows *rows);

/** bench_rows_free() - free them */
void bench_rows_free(struct bench_rows *rows);

/** bench_rows_find() - the row of that name, or NULL */
const struct bench_row *bench_rows_find(const struct bench_rows *rows, const char *name);

/**
 * struct bench_run - one run of a loop
 * @ns: how long it took
 * @text: what it printed
 */
struct bench_run {
	uint64_t ns;
	char text[BENCH_TEXT_SIZE];
};

/* ---- one side: pymm (bench_pymm.c) ---- */

/**
 * struct bench_loop - a loop that has been made ready, in an arena of its own
 * @arena: the arena
 * @thread: runs it
 * @program: the loop
 */
struct bench_loop {
	struct pymm_arena *arena;
	struct pymm_thread *thread;
	struct pymm_program *program;
};

/** bench_loop_open() - load DIR/@name.pyasm; CMD_OK, or it was said why not */
int bench_loop_open(struct cmd *cmd, const char *dir, const char *name, struct bench_loop *loop);

/** bench_loop_close() - free it */
void bench_loop_close(struct bench_loop *loop);

/**
 * bench_loop_run() - run it
 *
 * The time is that of the one ioctl that copies the image in, verifies it and
 * runs the loop; the first two take some microseconds.
 */
int bench_loop_run(struct cmd *cmd, const struct bench_loop *loop, uint64_t turns,
		   struct bench_run *run);

/* ---- the other side: one process of python3 for all rows (bench_python.c) ---- */

/**
 * struct bench_python - that process
 * @pid: 0: there is no python3
 * @requests: socket to it, which @answers owns
 * @answers: for reading of it
 * @version: as "3.13.5"
 */
struct bench_python {
	int pid;
	int requests;
	FILE *answers;
	char version[32];
};

/** bench_python_start() - start it, if there is a python3; CMD_OK, or it was said why not */
int bench_python_start(struct cmd *cmd, const char *dir, struct bench_python *python);

/** bench_python_end() - end it */
void bench_python_end(struct bench_python *python);

/** bench_python_run() - run loop() of DIR/@name.py */
int bench_python_run(struct cmd *cmd, const struct bench_python *python, const char *dir,
		     const char *name, uint64_t turns, struct bench_run *run);

#endif /* PYMM_CMD_BENCH_H */
