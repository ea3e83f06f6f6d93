/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of pymm bench share.
 *
 * What is measured are loops, written twice: DIR/NAME.py has a function loop()
 * for CPython, DIR/NAME.pyasm the same loop for pymm, as dis shows it. Both
 * execute the loop as often as the global name "turns" says, and print one
 * line, the state they end in.
 *
 * Rows of statements: the loop has nothing but copies of a statement in it, and
 * its time is that of the row. The first line of the .pyasm is
 * "; COPIES a turn: STATEMENT". Rows of the collector: loops are steps that make
 * a heap, collect it or drop it; the first line of the .pyasm is "; STATEMENTS".
 * DIR/gc/rows says which steps follow one another and which of them are rows.
 */
#ifndef PYMM_CMD_BENCH_H
#define PYMM_CMD_BENCH_H

#include "cmd.h"
#include "workload.h"

/* What both sides may print in all. */
#define BENCH_TEXT_SIZE		512
#define BENCH_MAX_ROUNDS	999
#define BENCH_MAX_STEPS		8

enum bench_side { BENCH_PYMM, BENCH_CPYTHON, BENCH_SIDES };

/* ---- what is measured: statements (bench_rows.c) ---- */

/**
 * struct bench_row - a statement
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

/* ---- and heaps (bench_heap_rows.c) ---- */

/**
 * struct bench_step - one of the loops that a heap goes through
 * @file: its files, without directory and suffix
 * @name: of its row, "gc/..."; NULL: it is none
 * @statement: of the row: what was executed up to the end of this step
 */
struct bench_step {
	char *file;
	char *name;
	char *statement;
};

/**
 * struct bench_heap - a line of the table: steps that follow one another
 * @thousandths: of the number of objects that is asked for
 * @memory: measured is memory; else time
 * @nr: how many steps
 * @steps: the steps
 */
struct bench_heap {
	unsigned int thousandths;
	bool memory;
	size_t nr;
	struct bench_step steps[BENCH_MAX_STEPS];
};

/**
 * struct bench_heaps - the table of a directory
 * @dir: the directory, DIR/gc
 * @nr: how many heaps; 0 where there is no table
 * @heaps: in the order of the table
 */
struct bench_heaps {
	char *dir;
	size_t nr;
	struct bench_heap *heaps;
};

/** bench_heaps_read() - read the table of @dir/gc; CMD_OK, or it was said why not */
int bench_heaps_read(struct cmd *cmd, const char *dir, struct bench_heaps *heaps);

/** bench_heaps_free() - free it */
void bench_heaps_free(struct bench_heaps *heaps);

/**
 * struct bench_run - one run of a loop
 * @ns: how long it took
 * @bytes: memory in use after it
 * @text: what it printed
 */
struct bench_run {
	uint64_t ns;
	uint64_t bytes;
	char text[BENCH_TEXT_SIZE];
};

/* ---- one side: pymm (bench_pymm.c) ---- */

/**
 * struct bench_arena - an arena and who runs loops in it
 * @arena: the arena
 * @thread: its thread
 */
struct bench_arena {
	struct pymm_arena *arena;
	struct pymm_thread *thread;
};

/** bench_arena_open() - a fresh one, without a limit of its memory; CMD_OK, or it was said why not */
int bench_arena_open(struct cmd *cmd, struct bench_arena *arena);

/** bench_arena_close() - free it */
void bench_arena_close(struct bench_arena *arena);

/** bench_program_load() - load DIR/@name.pyasm; CMD_OK, or it was said why not */
int bench_program_load(struct cmd *cmd, const char *dir, const char *name,
		       struct pymm_program **program);

/**
 * bench_arena_run() - run a loop in an arena
 *
 * The time is that of the one ioctl that copies the image in, verifies it and
 * runs the loop; the first two take some microseconds.
 */
int bench_arena_run(struct cmd *cmd, const struct bench_arena *arena,
		    const struct pymm_program *program, uint64_t turns, struct bench_run *run);

/* ---- the other side: a process of python3 (bench_python.c) ---- */

/* What measure.py is told to be; there it says what that means. */
enum bench_python_mode { BENCH_MODULES, BENCH_HEAP, BENCH_MEMORY };

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
int bench_python_start(struct cmd *cmd, const char *dir, enum bench_python_mode mode,
		       struct bench_python *python);

/** bench_python_end() - end it */
void bench_python_end(struct bench_python *python);

/** bench_python_run() - run loop() of DIR/@name.py */
int bench_python_run(struct cmd *cmd, const struct bench_python *python, const char *dir,
		     const char *name, uint64_t turns, struct bench_run *run);

/* ---- both (bench.c) ---- */

/**
 * struct bench - one call of the command
 * @cmd: the call
 * @rows: of its directory
 * @heaps: of its directory
 * @python: CPython's process for statements
 * @file: JSON for -o, or NULL
 * @unit: what the clock counts
 * @rounds: how often each loop is measured
 * @wanted_ns: how long the slower side is to run a loop of a statement
 * @objects: how many objects a heap has
 * @progress: what is said meanwhile
 */
struct bench {
	struct cmd *cmd;
	struct bench_rows rows;
	struct bench_heaps heaps;
	struct bench_python python;
	struct json *file;
	const char *unit;
	unsigned int rounds;
	uint64_t wanted_ns;
	uint64_t objects;
	struct progress progress;
};

/** bench_wants() - is that row among the operands, if there are any? */
bool bench_wants(const struct bench *bench, const char *name);

/** bench_begin() - something is measured from now on */
void bench_begin(struct bench *bench, const char *what);

/** bench_go_on() - to be called before each run of a loop; CMD_INTERRUPTED after a signal, or CMD_OK */
int bench_go_on(struct bench *bench);

/** bench_compare() - CMD_OK when both sides have printed the same; else that is said */
int bench_compare(struct bench *bench, const char *name, const struct bench_run runs[BENCH_SIDES]);

/** bench_statements() - measure the statements that are wanted; CMD_OK, or it was said why not */
int bench_statements(struct bench *bench);

/** bench_collector() - likewise the heaps */
int bench_collector(struct bench *bench);

/** bench_gil() - likewise the rows gil/... (bench_gil.c) */
int bench_gil(struct bench *bench);

/** bench_gil_row() - name of the @i-th of these rows, or NULL behind the last; @statement may be NULL */
const char *bench_gil_row(size_t i, const char **statement);

/* ---- results (bench_result.c) ---- */

/**
 * struct bench_values - what was measured of a loop, ns or bytes, one for each round, on each side
 * @of: the values
 */
struct bench_values {
	uint64_t of[BENCH_SIDES][BENCH_MAX_ROUNDS];
};

/**
 * struct bench_result - what was found out about a row
 * @name: of the row
 * @statement: of the row
 * @unit: of the values, which are for one execution of the statement, or one object
 * @copies: of the statement
 * @turns: of the loop
 * @whole: medians
 * @net: the same without the empty loop; NAN for that itself, where nothing is measured beside,
 *	and for a side that is not there
 * @ratio: CPython's divided by pymm's
 * @lo: the smallest ratio of a round
 * @hi: the largest
 * @syscalls: of rows gil/...: that pymm makes for one operation
 * @alone: there is nothing to compare with
 */
struct bench_result {
	const char *name;
	const char *statement;
	const char *unit;
	unsigned int copies;
	uint64_t turns;
	double whole[BENCH_SIDES];
	double net[BENCH_SIDES];
	double ratio;
	double lo;
	double hi;
	unsigned int syscalls;
	bool alone;
};

/**
 * bench_evaluate() - fill the last five fields of a result
 * @bench: the call
 * @whole: the values; they are sorted
 * @empty: those of the empty loop, or NULL
 * @result: the other fields are set
 */
void bench_evaluate(const struct bench *bench, struct bench_values *whole,
		    struct bench_values *empty, struct bench_result *result);

/** bench_print_head() - head of a table; @of: what the values are for */
void bench_print_head(const struct bench *bench, const char *of);

/** bench_report() - a row: of the table, of the JSON documents */
void bench_report(const struct bench *bench, const struct bench_result *result);

#endif /* PYMM_CMD_BENCH_H */
