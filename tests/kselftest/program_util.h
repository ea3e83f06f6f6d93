/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests of the verifier share: a small image with room for one
 * instruction that is to be tested, and the kernel's answer to an image.
 */
#ifndef PROGRAM_UTIL_H
#define PROGRAM_UTIL_H

#include "image_util.h"

/* Slots of the first two code objects; their constants by index. */
#define PT_SMALL_SLOTS		4
#define PT_SMALL_CONST_INT	0
#define PT_SMALL_CONST_STR	1
#define PT_SMALL_CONST_CODE	2
#define PT_SMALL_CONST_NONE	3
#define PT_SMALL_CONSTS		4
/* Their instructions: NOP, the one under test, LOAD_CONST, RETURN_VALUE. */
#define PT_SMALL_TESTED		1
#define PT_SMALL_INSNS		4

/** pt_small_constants() - add the constants to a code object */
void pt_small_constants(struct pt_image *image);

/** pt_small_end() - add the last two instructions to a code object */
void pt_small_end(struct pt_image *image);

/** pt_small_leaf() - add the code object that the constant of kind CODE names */
void pt_small_leaf(struct pt_image *image);

/**
 * pt_small_image() - three code objects
 * @image: to be freed with pt_image_free()
 * @insn: stands in code object @code (0 or 1); NULL: a NOP
 * @code: the other one has a NOP there
 */
void pt_small_image(struct pt_image *image, const struct pymm_insn *insn, unsigned int code);

/** pt_first_code() - the head of an image's first code object */
struct pymm_code *pt_first_code(const struct pt_image *image);

/** struct pt_answer - the answer to an image: 0, or what is wrong, with the errno */
struct pt_answer {
	int ret;
	uint32_t reject;
	uint32_t code;
	uint32_t pos;
};

/** pt_check_image() - have an image verified */
struct pt_answer pt_check_image(int thread, const struct pt_image *image);

/**
 * struct pt_row - a program, and what is expected of it
 * @python: the same in Python, which CPython 3.13 was asked
 * @program: its text
 * @expected: as pt_exec() returns it
 */
struct pt_row {
	const char *python;
	const char *program;
	const char *expected;
};

/* Of a fixture with self->thread. */
#define EXPECT_ROWS(rows)									\
	for (unsigned int __i = 0; __i < sizeof(rows) / sizeof((rows)[0]); __i++) {		\
		EXPECT_STREQ((rows)[__i].expected, pt_exec(self->thread, (rows)[__i].program))	\
			TH_LOG("%s", (rows)[__i].python);					\
	}

#endif /* PROGRAM_UTIL_H */
