/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Programs for the fuzzers: made at random, changed at random, and broken at random. Used by
 * the targets that run in user space and by the one that runs in a guest; needs nothing of the C
 * library but <string.h>, allocates nothing and keeps no state. What comes out depends on the
 * struct gen_source alone.
 *
 * A program is held as struct gen_program, which is what an image says, at fixed places:
 *
 *   gen_program_make()    a new one, which mostly does not end by an exception: what each slot
 *                         may hold is tracked while it is made
 *   gen_program_mutate()  changed somewhere, still well formed: the verifier accepts it
 *   gen_program_cross()   with a part of another one in it, still well formed
 *   gen_program_encode()  its image;  gen_program_decode() is the way back
 *   gen_image_break()     an image changed somewhere that the verifier looks at
 *
 * Opcodes come from linux/pymm_ops.h. One that is new there does not compile until gen.c says, by
 * a GEN_HINT_, what it wants to be given; how its operands are encoded is in the table.
 */
#ifndef PYMM_FUZZ_GEN_H
#define PYMM_FUZZ_GEN_H

#include <linux/pymm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GEN_MAX_CODES	6
#define GEN_MAX_INSNS	160
#define GEN_MAX_CONSTS	32
#define GEN_MAX_TEXT	40
#define GEN_MAX_ITEMS	8
#define GEN_MAX_SLOTS	256
#define GEN_MAX_HANDLERS	8

/* An image of the largest program. */
#define GEN_MAX_IMAGE								\
	(sizeof(struct pymm_image) +						\
	 GEN_MAX_CODES * (sizeof(struct pymm_code) +				\
			  GEN_MAX_INSNS * sizeof(struct pymm_insn) +		\
			  GEN_MAX_HANDLERS * sizeof(struct pymm_handler) +	\
			  GEN_MAX_CONSTS * (sizeof(struct pymm_const) + GEN_MAX_TEXT)))

/**
 * struct gen_source - where choices come from
 * @data: bytes that are used up first
 * @left: how many
 * @state: of the generator of numbers that is asked when there are none left
 */
struct gen_source {
	const uint8_t *data;
	size_t left;
	uint64_t state;
};

/** gen_source_seed() - choices that depend on @seed */
void gen_source_seed(struct gen_source *source, uint64_t seed);

/** gen_source_bytes() - choices that are @size bytes at @data, and after them depend on those */
void gen_source_bytes(struct gen_source *source, const void *data, size_t size);

/** gen_below() - a number below @limit, which is not 0 */
uint32_t gen_below(struct gen_source *source, uint32_t limit);

/** gen_one_in() - true one time in @n */
bool gen_one_in(struct gen_source *source, uint32_t n);

/** gen_number() - any number, more often one that is small, or next to a limit */
int64_t gen_number(struct gen_source *source);

/**
 * struct gen_const - a constant
 * @kind: enum pymm_const_kind
 * @len: bytes of @text, or entries of @items
 */
struct gen_const {
	uint32_t kind;
	uint32_t len;
	union {
		int64_t value;
		uint32_t code;
		uint8_t text[GEN_MAX_TEXT];
		uint32_t items[GEN_MAX_ITEMS];
	};
};

struct gen_code {
	uint32_t nr_insns;
	uint32_t nr_consts;
	uint16_t nr_slots;
	uint16_t nr_params;
	uint16_t nr_handlers;
	struct pymm_insn insns[GEN_MAX_INSNS];
	struct pymm_handler handlers[GEN_MAX_HANDLERS];
	struct gen_const consts[GEN_MAX_CONSTS];
};

struct gen_program {
	uint32_t nr_codes;
	struct gen_code codes[GEN_MAX_CODES];
};

void gen_program_make(struct gen_program *program, struct gen_source *source);
void gen_program_mutate(struct gen_program *program, struct gen_source *source);
void gen_program_cross(struct gen_program *program, const struct gen_program *other,
		       struct gen_source *source);

/** gen_program_repair() - change as little as makes the verifier accept it */
void gen_program_repair(struct gen_program *program);

/** gen_program_encode() - write its image; returns its bytes, or 0 when @room is too small */
size_t gen_program_encode(const struct gen_program *program, void *image, size_t room);

/* What some bytes are. */
enum gen_decoded {
	GEN_NOTHING,	/* they do not begin with a code object */
	GEN_PART,	/* no image to its end */
	GEN_LARGE,	/* an image by its structure, but larger than a struct gen_program */
	GEN_WHOLE,
};

/** gen_program_decode() - take what can be taken from any bytes, and repair it */
enum gen_decoded gen_program_decode(struct gen_program *program, const void *image, size_t size);

/**
 * gen_image_break() - change an image so that the verifier has something to find
 * @image: the image, of any bytes
 * @size: its bytes
 * @room: bytes that there is room for
 *
 * Returns the new size, which is not more than @room.
 */
size_t gen_image_break(void *image, size_t size, size_t room, struct gen_source *source);

/** gen_opcode_name() - for reports; NULL for a number that is not used */
const char *gen_opcode_name(uint8_t op);

#endif
