/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame of the pymm command: tables of objects, commands and options, from
 * which arguments are parsed and all help is printed, and what commands share.
 *
 * A command writes its result either as text to stdout, or, when cmd->json is
 * not NULL, through that writer; main() writes the finished document out. Errors
 * go through cmd_fail() and its kin, which know both ways.
 */
#ifndef PYMM_CMD_H
#define PYMM_CMD_H

#include <pymm/pymm.h>
#include <stdbool.h>
#include <stdint.h>

#include "../lib/nearest.h"
#include "json.h"

/* What a command returns, and the exit status. */
#define CMD_OK		0
#define CMD_FAILED	1
#define CMD_USAGE	2
#define CMD_INTERRUPTED	130	/* as a shell shows death by SIGINT */

#define CMD_MAX_OPTIONS	16

enum cmd_option_kind {
	CMD_FLAG,	/* --name */
	CMD_NUMBER,	/* --name 1_000 or 0x10, from min to max */
	CMD_TEXT,	/* --name anything; one of words, when there are any */
};

/**
 * struct cmd_option - an option of one command
 * @name: with its dashes: "--steps"
 * @kind: what follows it
 * @value: how help calls its value: "N"; NULL for a flag
 * @summary: one line of help
 * @min: smallest number
 * @max: largest number; 0 for no bound
 * @words: values that a text may have, ended by NULL; or NULL for any
 */
struct cmd_option {
	const char *name;
	enum cmd_option_kind kind;
	const char *value;
	const char *summary;
	uint64_t min;
	uint64_t max;
	const char *const *words;
};

struct cmd;

/**
 * struct cmd_command - COMMAND of an object
 * @name: its word
 * @args: how help shows its operands: "FILE|-", or NULL
 * @summary: one line of help
 * @options: ended by one without name, or NULL
 * @min_args: operands it needs
 * @max_args: operands it takes; -1 for any number
 * @run: does it; returns CMD_OK, CMD_FAILED, ...
 */
struct cmd_command {
	const char *name;
	const char *args;
	const char *summary;
	const struct cmd_option *options;
	int min_args;
	int max_args;
	int (*run)(struct cmd *cmd);
};

/**
 * struct cmd_object - OBJECT of the command line
 * @name: its word
 * @summary: one line of help
 * @commands: ended by one without name
 * @kind: what messages call its commands when any number of them can be given, of which the
 *	options are the same: "scene"; else NULL
 * @more: prints what help has beside the tables; CMD_OK, ...; or NULL
 * @bare: the first command is done when no COMMAND is given
 */
struct cmd_object {
	const char *name;
	const char *summary;
	const struct cmd_command *commands;
	const char *kind;
	int (*more)(struct cmd *cmd);
	bool bare;
};

/* Defined in the files of the same names, listed in main.c. */
extern const struct cmd_object cmd_arena;
extern const struct cmd_object cmd_bench;
extern const struct cmd_object cmd_demo;
extern const struct cmd_object cmd_feature;
extern const struct cmd_object cmd_gc;
extern const struct cmd_object cmd_gil;
extern const struct cmd_object cmd_program;
extern const struct cmd_object cmd_trace;
extern const struct cmd_object cmd_version;
extern const struct cmd_object cmd_workload;

/**
 * struct cmd - one call of a command
 * @json: the JSON writer, or NULL for text
 * @pretty: JSON is indented
 * @object: what was named on the command line
 * @command: likewise
 * @argc: number of operands; options are not among them
 * @argv: the operands, ended by NULL
 * @values: of @command->options; NULL where one was not given
 */
struct cmd {
	struct json *json;
	bool pretty;
	const struct cmd_object *object;
	const struct cmd_command *command;
	int argc;
	char **argv;
	const char *values[CMD_MAX_OPTIONS];
};

/* ---- options (util_args.c); @name must be one of the command's table ---- */

/** cmd_flag() - was that flag given? */
bool cmd_flag(const struct cmd *cmd, const char *name);

/** cmd_number() - value of a number option, or @otherwise; its bounds are checked already */
uint64_t cmd_number(const struct cmd *cmd, const char *name, uint64_t otherwise);

/** cmd_text() - value of a text option, or @otherwise */
const char *cmd_text(const struct cmd *cmd, const char *name, const char *otherwise);

/** cmd_parse_number() - 0 or -EINVAL; digits may be grouped by '_' as in Python */
int cmd_parse_number(const char *text, uint64_t *out);

/* ---- errors (util.c); what the first three are told needs no "pymm: " and no newline ---- */

/** cmd_fail() - says why the command failed, on stderr and in JSON; returns CMD_FAILED */
__attribute__((format(printf, 2, 3))) int cmd_fail(struct cmd *cmd, const char *format, ...);

/** cmd_fail_errno() - the same, followed by what @error (0 < errno or errno < 0) means */
__attribute__((format(printf, 3, 4))) int cmd_fail_errno(struct cmd *cmd, int error,
							  const char *format, ...);

/**
 * cmd_fail_source() - says what is wrong in a source file, as compilers do:
 * "file:line:column: message"; returns CMD_FAILED
 * @line: 0 for none
 * @column: 0 for none
 */
int cmd_fail_source(struct cmd *cmd, const char *file, unsigned int line, unsigned int column,
		    const char *message);

/** cmd_misused() - says what is wrong with the arguments; returns CMD_USAGE */
__attribute__((format(printf, 2, 3))) int cmd_misused(struct cmd *cmd, const char *format, ...);

/**
 * struct cmd_words - the words that one of the command line could have been
 * @nearest: the search for the one that was meant
 * @known: all of them, with commas
 */
struct cmd_words {
	struct nearest nearest;
	char known[512];
};

/** cmd_words_add() - one of them; @words begins with nearest_to() */
void cmd_words_add(struct cmd_words *words, const char *word);

/**
 * cmd_unknown() - says that a word is none of those, and which was meant or could be;
 * returns CMD_USAGE
 * @where: "program run", or NULL for the command line as a whole
 * @kind: "option"
 */
int cmd_unknown(struct cmd *cmd, const struct cmd_words *words, const char *where,
		const char *kind);

/** cmd_unknown_command() - the same for a word that is no command of cmd->object */
int cmd_unknown_command(struct cmd *cmd, const char *text);

/** cmd_open_arena() - a fresh arena; CMD_OK, or CMD_FAILED and it was said why */
int cmd_open_arena(struct cmd *cmd, struct pymm_arena **out);

/** cmd_open_thread() - a thread of it; as cmd_open_arena() */
int cmd_open_thread(struct cmd *cmd, const struct pymm_arena *arena, struct pymm_thread **out);

/** cmd_load_program() - a program of a file, "-" for stdin; as cmd_open_arena() */
int cmd_load_program(struct cmd *cmd, const char *path, struct pymm_program **out);

/** cmd_file_name() - how messages call that file */
const char *cmd_file_name(const char *path);

/** cmd_is_missing() - does that result of pymm_arena_open() say that there is no device? */
bool cmd_is_missing(int error);

/** cmd_missing_text() - the message for that */
const char *cmd_missing_text(void);

/** cmd_redraws() - is @fd a terminal that knows more than the next line? */
bool cmd_redraws(int fd);

/** cmd_colors() - may text on stdout be coloured? (a terminal, no NO_COLOR, no JSON) */
bool cmd_colors(const struct cmd *cmd);

/* ---- SIGINT and SIGTERM (util_signal.c) ---- */

/**
 * cmd_catch_signals() - from now on SIGINT and SIGTERM make system calls return
 * early (a running program is paused: PYMM_STATUS_INTERRUPTED) instead of
 * ending the process
 */
void cmd_catch_signals(void);

/**
 * cmd_catch_alarm() - after so many seconds, and each second from then, system calls return
 * early as well, and each second after a signal that cmd_catch_signals() catches
 */
void cmd_catch_alarm(unsigned int seconds);

/** cmd_signalled() - did SIGINT or SIGTERM come? */
bool cmd_signalled(void);

/** cmd_terminated() - did SIGTERM? */
bool cmd_terminated(void);

/** cmd_take_interrupt() - did SIGINT come? That is forgotten. */
bool cmd_take_interrupt(void);

#endif /* PYMM_CMD_H */
