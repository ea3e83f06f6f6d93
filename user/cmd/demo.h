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

#include "trace_log.h"
#include "workload.h"

/* What the reference says of a claim. */
enum demo_verdict {
	DEMO_OK,	/* true as said */
	DEMO_IMPRECISE,	/* true with a limit */
	DEMO_WRONG,
	DEMO_OPINION,
};

/* What becomes of a claim here. */
enum demo_state {
	DEMO_CHECKED,
	DEMO_UNOBSERVABLE,	/* there is nothing to see */
};

/**
 * struct claim - a statement of the text
 * @number: as in the reference, "S01"
 * @scene: the one that shows it
 * @says: its words
 * @verdict: of the reference
 * @state: what becomes of it
 * @but: where it is imprecise or wrong: how it is in CPython, and must be here; else NULL
 */
struct claim {
	const char *number;
	const char *scene;
	const char *says;
	enum demo_verdict verdict;
	enum demo_state state;
	const char *but;
};

#define DEMO_MAX_CLAIMS	128
#define DEMO_MAX_LINES	16

/**
 * struct demo - one call of the command
 * @cmd: the call
 * @only: the one claim that is wanted, or NULL
 * @tracing: BPF tools are to run beside the scenes
 * @arena: the scene's own
 * @arena_id: as in trace events
 * @thread: runs the scene's lines
 * @reported: claims that were, by their place in the table
 * @lines: of Python, that the next claim is about
 * @nr_lines: how many
 * @lines_used: a claim was about them
 * @observed: what was seen of the next claim
 * @as_expected: it is what CPython shows
 * @claims: claims compared
 * @differ: those that turned out otherwise
 * @log: what the scene's instructions do, or NULL
 * @gil: what "trace gil" counted in scene threads, or NULL
 * @gc: what "trace gc" counted in scene cycle, or NULL
 */
struct demo {
	struct cmd *cmd;
	const struct claim *only;
	bool tracing;
	struct pymm_arena *arena;
	uint32_t arena_id;
	struct pymm_thread *thread;
	bool reported[DEMO_MAX_CLAIMS];
	const char *lines[DEMO_MAX_LINES];
	unsigned int nr_lines;
	bool lines_used;
	char observed[1024];
	bool as_expected;
	unsigned int claims;
	unsigned int differ;
	struct trace *log;
	struct trace *gil;
	struct trace *gc;
};

/* ---- the claims (demo_claims.c) ---- */

/** demo_claims() - all of them, ended by one without number */
const struct claim *demo_claims(void);

/** demo_find_claim() - the one of that number, or NULL */
const struct claim *demo_find_claim(const char *number);

/** demo_verdict_name() - "ok", ... */
const char *demo_verdict_name(enum demo_verdict verdict);

/* ---- reports (demo_report.c) ---- */

/**
 * demo_seen() - something that was observed of the claim that is reported next
 * @as_expected: it is what CPython shows
 */
__attribute__((format(printf, 3, 4))) void demo_seen(struct demo *demo, bool as_expected,
						      const char *format, ...);

/** demo_claim() - report the claim @number, with this and what was seen before */
__attribute__((format(printf, 4, 5))) void demo_claim(struct demo *demo, const char *number,
						       bool as_expected, const char *format, ...);

/** demo_report_rest() - the claims of a scene that are not checked */
int demo_report_rest(struct demo *demo, const char *scene);

/** demo_report_end() - numbers of claims; CMD_OK, or CMD_FAILED when one differs */
int demo_report_end(struct demo *demo);

/** demo_quiet() - is nothing to be shown but claims? */
bool demo_quiet(const struct demo *demo);

/** demo_python() - show a line of Python that is about to be done; it must stay */
void demo_python(struct demo *demo, const char *python);

/**
 * demo_trace() - start a tool on the scene's arena
 * @out: receives it; NULL when there is to be no tracing, or when it was reported as a failure
 */
int demo_trace(struct demo *demo, const struct trace_tool *tool, struct trace **out);

/** demo_trace_end() - stop and read it; NULL is fine */
int demo_trace_end(struct demo *demo, struct trace *trace);

/* ---- events (demo_log.c); without tracing there is no log, and nothing is seen of them ---- */

/** demo_log_begin() - keep a log of the scene's arena */
int demo_log_begin(struct demo *demo);

/** demo_log_end() - and no longer; fails when an event got lost */
int demo_log_end(struct demo *demo);

/** demo_log_clear() - forget what was logged */
void demo_log_clear(struct demo *demo);

/** demo_log_find() - place of the @nr-th (from 0) event of @kind about @id, any for 0; or -1 */
int demo_log_find(const struct demo *demo, uint32_t kind, uint32_t id, unsigned int nr);

/** demo_log_event() - that one */
const struct log_event *demo_log_event(const struct demo *demo, int place);

/** demo_log_count() - events of @kind about objects of @type (any for 0) */
unsigned int demo_log_count(const struct demo *demo, uint32_t kind, uint32_t type);

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

/** demo_prints() - run a line and report whether it prints @expected, for the next claim */
int demo_prints(struct demo *demo, const char *python, const char *text, const char *expected);

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
 * @type: enum pymm_type
 * @nr_refs: references that it has, if it is a container
 */
struct seen {
	uint32_t id;
	uint32_t refs;
	uint8_t generation;
	int64_t value;
	uint32_t type;
	uint32_t nr_refs;
};

/** demo_name() - look up a name of the arena */
int demo_name(struct demo *demo, const char *name, struct seen *seen);

/** demo_object() - look up an object by its number; @seen->id is 0 when it does not live */
int demo_object(struct demo *demo, uint32_t id, struct seen *seen);

/** demo_find_int() - find the ints of a value; @count receives how many, @seen the first */
int demo_find_int(struct demo *demo, int64_t value, unsigned int *count, struct seen *seen);

/** demo_find_str() - likewise the strs */
int demo_find_str(struct demo *demo, const char *value, unsigned int *count, struct seen *seen);

/** demo_find_type() - likewise the objects of a type */
int demo_find_type(struct demo *demo, uint32_t type, unsigned int *count, struct seen *seen);

/** demo_slot() - the id in a slot of the innermost frame that is paused; 0: none */
int demo_slot(struct demo *demo, unsigned int slot, uint32_t *id);

/**
 * demo_holders() - who refers to an object
 * @names: receives how many names of the arena
 * @items: receives how many references of other objects but the namespace
 */
int demo_holders(struct demo *demo, uint32_t id, unsigned int *names, unsigned int *items);

/**
 * demo_miscounted() - objects whose count is not the number of references found in the dump
 * @checked: receives the number of objects compared
 */
int demo_miscounted(struct demo *demo, unsigned int *checked, unsigned int *wrong);

/** demo_stat() - read the arena's counters */
int demo_stat(struct demo *demo, struct pymm_stat *stat);

/* ---- the scenes ---- */

int demo_model(struct demo *demo);
int demo_objects(struct demo *demo);
int demo_names(struct demo *demo);
int demo_immutable(struct demo *demo);
int demo_mutable(struct demo *demo);
int demo_functions(struct demo *demo);
int demo_refcount(struct demo *demo);
int demo_cycle(struct demo *demo);
int demo_threads(struct demo *demo);
int demo_waiting(struct demo *demo);
int demo_processes(struct demo *demo);
int demo_race(struct demo *demo);
int demo_lock(struct demo *demo);
int demo_table(struct demo *demo);

/* ---- parts of scene threads (demo_counts.c) ---- */

/** demo_counts() - reports S35 */
int demo_counts(struct demo *demo);

/** demo_atomics() - reports S36 */
void demo_atomics(struct demo *demo);

#endif /* PYMM_CMD_DEMO_H */
