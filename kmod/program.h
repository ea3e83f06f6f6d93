/* SPDX-License-Identifier: GPL-2.0-only */
/* A verified image, on its way to become code objects. */
#ifndef _PYMM_PROGRAM_H
#define _PYMM_PROGRAM_H

#include "core.h"

/**
 * struct pymm_program - what the verifier found in an image
 * @image: the image
 * @size: its bytes
 * @nr_codes: code objects
 * @nr_consts: constants of all of them
 * @consts: where each lies in @image
 * @codes: where each code object lies, and its first entry in @consts
 */
struct pymm_program {
	const void *image;
	u32 size;
	u32 nr_codes;
	u32 nr_consts;
	u32 consts[PYMM_MAX_CONSTS];
	struct {
		u32 at;
		u32 first_const;
	} codes[];
};

static inline const struct pymm_code *pymm_program_code(const struct pymm_program *program,
							u32 code)
{
	return program->image + program->codes[code].at;
}

static inline const struct pymm_insn *pymm_program_insns(const struct pymm_program *program,
							 u32 code)
{
	return (const struct pymm_insn *)(pymm_program_code(program, code) + 1);
}

static inline const struct pymm_handler *
pymm_program_handlers(const struct pymm_program *program, u32 code)
{
	return (const struct pymm_handler *)(pymm_program_insns(program, code) +
					     pymm_program_code(program, code)->nr_insns);
}

static inline const struct pymm_const *pymm_program_const(const struct pymm_program *program,
							  u32 code, u32 index)
{
	index = array_index_nospec(index, pymm_program_code(program, code)->nr_consts);
	return program->image + program->consts[program->codes[code].first_const + index];
}
#endif
