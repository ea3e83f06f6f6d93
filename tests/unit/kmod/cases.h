/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of the core share: cases that begin with a fresh arena and leave nothing. */
#ifndef UNIT_CASES_H
#define UNIT_CASES_H

#include "unit.h"
#include "../asm_tap.h"

/* Ends a program's text. */
#define END "LOAD_CONST r0, None\nRETURN_VALUE r0!\n"

/** struct cases - a test program: its total, and the case that runs */
struct cases {
	struct tap tap;
	struct unit unit;
	char failure[1024];	/* of the case that runs: what went wrong first; "": nothing */
};

/** case_begin() - a fresh kernel, module, arena and thread */
void case_begin(struct cases *cases);

/** case_begin_hashes() - the same, where hashes have no other bits than these */
void case_begin_hashes(struct cases *cases, u32 mask);

/**
 * case_end() - collect, walk, close; report the case
 *
 * It failed if case_fail() was called, the walker finds something, or anything is left.
 */
void case_end(struct cases *cases, const char *name);

/** case_fail() - the case has failed; only the first time counts */
__attribute__((format(printf, 2, 3)))
void case_fail(struct cases *cases, const char *format, ...);

/** case_check() - it fails unless @condition */
#define case_check(cases, condition) \
	((condition) ? (void)0 : case_fail(cases, "%s:%d: %s", __FILE__, __LINE__, #condition))

/** case_equal() - it fails unless both numbers are the same */
#define case_equal(cases, expected, seen)						\
do {											\
	long long __expected = (expected), __seen = (seen);				\
											\
	if (__expected != __seen)							\
		case_fail(cases, "%s:%d: expected %s = %lld, seen %lld", __FILE__, __LINE__, \
			  #seen, __expected, __seen);					\
} while (0)

/** case_text() - it fails unless both texts are the same */
void case_text(struct cases *cases, const char *expected, const char *seen);

/** case_exec() - run a text in the thread of the case: it prints @expected; walk */
void case_exec(struct cases *cases, const char *expected, const char *text);

/** case_walk() - walk the arena; the case fails if something is wrong */
void case_walk(struct cases *cases);

/** struct program_case - a text, and what it prints in a fresh arena; see unit_exec() */
struct program_case {
	const char *name;
	const char *text;
	const char *expected;
};

/** case_programs() - a case for each */
void case_programs(struct cases *cases, const struct program_case *programs, size_t count);

/** case_id() - the object that a global name is bound to; 0: none */
u32 case_id(struct cases *cases, const char *name);

/** case_repeat() - a text @times times over, to be freed */
char *case_repeat(const char *text, unsigned int times);

/** case_join() - texts one after the other, the last one followed by NULL; to be freed */
char *case_join(const char *text, ...);

#endif /* UNIT_CASES_H */
