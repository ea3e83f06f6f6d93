/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The demo: scenes that act out a text on Python's memory model in an arena, and
 * compare what the text claims with what the kernel shows.
 *
 * Functions that return int return CMD_OK, or what the command is to return
 * after it was said why.
 */
#ifndef PYMM_CMD_DEMO_H
#define PYMM_CMD_DEMO_H

#include "cmd.h"
#include "trace.h"

/* Instructions of one line of Python, without the end that demo_run() adds. */
#define ASM(instruction) "\t" instruction "\n"

/**
 * struct demo - one call of the command
 * @cmd: the call
 * @tracing: BPF tools are to run beside the scenes
 * @arena: the scene's own
 * @arena_id: as in trace events
 * @thread: runs the scene's lines
 * @claims: claims compared
 * @differ: those that turned out otherwise
 * @gil: what "trace gil" counted in scene threads, or NULL
 * @gc: what "trace gc" counted in scene cycle, or NULL
 */
struct demo {
	struct cmd *cmd;
	bool tracing;
	struct pymm_arena *arena;
	uint32_t arena_id;
	struct pymm_thread *thread;
	unsigned int claims;
	unsigned int differ;
	struct trace *gil;
	struct trace *gc;
};

/**
 * struct claim - a statement of the text
 * @says: its words
 * @but: where it is imprecise or wrong: how it is in CPython, and must be here; else NULL
 */
struct claim {
	const char *says;
	const char *but;
};

/** demo_claim() - report what was observed; @as_expected: it is what CPython shows */
__attribute__((format(printf, 4, 5))) void demo_claim(struct demo *demo, const struct claim *claim,
						       bool as_expected, const char *format, ...);

/** demo_python() - show lines of Python that are about to be done */
void demo_python(const struct demo *demo, const char *python);

/**
 * demo_trace() - start a tool on the scene's arena
 * @out: receives it; NULL when there is to be no tracing, or when it was reported as a failure
 */
int demo_trace(struct demo *demo, const struct trace_tool *tool, struct trace **out);

/** demo_trace_end() - stop and read it; NULL is fine */
int demo_trace_end(struct demo *demo, struct trace *trace);

/* ---- running programs (demo_run.c) ---- */

/** struct demo_output - what a program printed, as text */
struct demo_output {
	char text[256];
};

/**
 * demo_run() - run one line of Python to its end
 * @python: the line, shown before; NULL: not shown
 * @text: its instructions
 * @output: receives what it prints, which is shown, too; may be NULL
 */
int demo_run(struct demo *demo, const char *python, const char *text, struct demo_output *output);

/** demo_raise() - run a line that must end by an exception; @run receives it */
int demo_raise(struct demo *demo, const char *python, const char *text, struct pymm_run *run);

/** demo_begin() - start a program in @thread and pause it after @steps instructions */
int demo_begin(struct demo *demo, struct pymm_thread *thread, const char *text, uint64_t steps);

/** demo_step() - let it execute @steps more; 0: all that is left, which ends it */
int demo_step(struct demo *demo, struct pymm_thread *thread, uint64_t steps);

/* ---- looking into the arena (demo_look.c) ---- */

/**
 * struct seen - what a name is bound to, as a dump shows it
 * @id: object; 0: the name is not bound
 * @refs: its reference count
 * @generation: collector's generation
 * @value: of an int; length of a str or container
 */
struct seen {
	uint32_t id;
	uint32_t refs;
	uint8_t generation;
	int64_t value;
};

/** demo_name() - look up a name of the arena */
int demo_name(struct demo *demo, const char *name, struct seen *seen);

/** demo_object() - look up an object by its number; @seen->id is 0 when it does not live */
int demo_object(struct demo *demo, uint32_t id, struct seen *seen);

/** demo_find_int() - find the ints of a value; @count receives how many, @seen the first */
int demo_find_int(struct demo *demo, int64_t value, unsigned int *count, struct seen *seen);

/** demo_find_str() - likewise the strs */
int demo_find_str(struct demo *demo, const char *value, unsigned int *count, struct seen *seen);

/**
 * demo_miscounted() - objects whose count is not the number of references found in the dump
 * @checked: receives the number of objects compared
 */
int demo_miscounted(struct demo *demo, unsigned int *checked, unsigned int *wrong);

/** demo_stat() - read the arena's counters */
int demo_stat(struct demo *demo, struct pymm_stat *stat);

/* ---- the scenes ---- */

int demo_names(struct demo *demo);
int demo_immutable(struct demo *demo);
int demo_mutable(struct demo *demo);
int demo_refcount(struct demo *demo);
int demo_cycle(struct demo *demo);
int demo_threads(struct demo *demo);
int demo_race(struct demo *demo);
int demo_lock(struct demo *demo);

#endif /* PYMM_CMD_DEMO_H */
