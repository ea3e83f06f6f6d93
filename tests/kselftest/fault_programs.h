/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs that are made to fail at every allocation: by injected faults
 * (t_failnth_programs.c), and by the arena's limit of objects (t_limits_programs.c).
 */
#ifndef FAULT_PROGRAMS_H
#define FAULT_PROGRAMS_H

#include "pymm_util.h"

/**
 * struct pt_fault_program - one of them
 * @name: for messages
 * @setup: run before it, without faults; NULL: nothing
 * @text: the program. No more than two names and two identifiers are alive at a time:
 *	so the tables that hold them always end up with one size.
 * @prints: what it prints
 * @look: run after it, without faults; NULL: nothing
 * @before: what @look prints when an exception ended @text, or it did not run
 * @after: what @look prints when it ran to its end
 * @many: it makes very many objects
 * @threshold: of the youngest generation; 0: the default
 *
 * Only the last instruction of @text that can fail changes what @look prints.
 */
struct pt_fault_program {
	const char *name;
	const char *setup;
	const char *text;
	const char *prints;
	const char *look;
	const char *before;
	const char *after;
	bool many;
	uint32_t threshold;
};

extern const struct pt_fault_program pt_fault_programs[];
extern const unsigned int pt_nr_fault_programs;

#define for_each_fault_program(row)						\
	for (const struct pt_fault_program *row = pt_fault_programs;		\
	     row < pt_fault_programs + pt_nr_fault_programs; row++)

/** struct pt_outcome - how a program ended */
struct pt_outcome {
	int ret;			/* of the call */
	struct pymm_run run;
	uint64_t room[1024];		/* its output */
	char *text;			/* what it printed, and its exception */
	const char *wrong;		/* "", or what is wrong with that */
};

/** pt_outcome_begin() - room for an outcome; to be freed with pt_outcome_end() */
void pt_outcome_begin(struct pt_outcome *outcome);
void pt_outcome_end(struct pt_outcome *outcome);

/**
 * pt_outcome_read() - look at what a program printed and how it ended
 * @outcome: with @ret, @run and @room; receives @text and @wrong
 * @row: the program
 * @refusal: what a call that could not begin may return, beside EFAULT
 */
void pt_outcome_read(struct pt_outcome *outcome, const struct pt_fault_program *row, int refusal);

/** pt_outcome_memory_error() - did it end in a MemoryError? */
bool pt_outcome_memory_error(const struct pt_outcome *outcome);

/** pt_outcome_look() - look at what it left, with a program that may use @thread */
const char *pt_outcome_look(const struct pt_outcome *outcome, const struct pt_fault_program *row,
			    int thread);

/** pt_must_exec() - run a text that must print that */
void pt_must_exec(int thread, const char *text, const char *prints);

#endif /* FAULT_PROGRAMS_H */
