// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generator itself: what it makes and changes must be accepted by the verifier, come back
 * from its image unchanged, have every opcode in it, and mostly run to its end. TAP.
 */
#include <stdlib.h>

#include "harness.h"
#include "gen.h"

#define CHECK_PROGRAMS	2000
#define CHECK_STEPS	3000

/**
 * struct gen_seen - what was seen of the programs
 * @made: how often each opcode was made
 * @ended: programs that ran to their end, or for all their steps
 * @raised: programs that an exception ended
 * @steps: instructions executed
 */
struct gen_seen {
	unsigned long made[256];
	unsigned long ended;
	unsigned long raised;
	unsigned long steps;
};

static struct gen_program program, other, again;
static uint8_t image[GEN_MAX_IMAGE], copy[GEN_MAX_IMAGE];

static int check_call(struct unit_thread *thread, u32 flags, size_t size)
{
	thread->run = (struct pymm_run){
		.flags = flags, .image = (uintptr_t)image, .image_size = size,
		.max_steps = CHECK_STEPS,
	};
	return unit_ioctl(thread->fd, PYMM_IOC_RUN, &thread->run);
}

static size_t check_program(struct unit_thread *thread, const char *what, u32 seed)
{
	size_t size = gen_program_encode(&program, image, sizeof(image));

	if (check_call(thread, PYMM_RUN_CHECK, size))
		harness_fail("seed %u: what was %s is refused: reason %u, code %u, pos %u", seed,
			     what, thread->run.reject, thread->run.code, thread->run.pos);
	if (gen_program_decode(&again, image, size) != GEN_WHOLE ||
	    gen_program_encode(&again, copy, sizeof(copy)) != size || memcmp(image, copy, size))
		harness_fail("seed %u: what was %s does not come back", seed, what);
	return size;
}

static void check_run(struct unit *unit, size_t size, struct gen_seen *seen)
{
	struct unit_thread *thread = &unit->thread;

	if (check_call(thread, 0, size))
		harness_fail("what was made cannot be run");
	seen->steps += thread->run.steps;
	if (thread->run.status == PYMM_STATUS_EXCEPTION)
		seen->raised++;
	else
		seen->ended++;
	if (thread->run.result_flags & PYMM_RAN_KEPT)
		unit_abandon(thread);
}

/* A Lock that nobody releases would be waited for: such a program is not run. */
static bool check_waits(void)
{
	for (u32 i = 0; i < program.nr_codes; i++)
		for (u32 j = 0; j < program.codes[i].nr_insns; j++)
			if (program.codes[i].insns[j].op == PYMM_OP_LOCK_ACQUIRE &&
			    program.codes[i].insns[j].imm)
				return true;
	return false;
}

static void check_one(struct unit *unit, u32 seed, struct gen_seen *seen)
{
	struct gen_source source;
	size_t size;

	gen_source_seed(&source, seed);
	gen_program_make(&program, &source);
	for (u32 i = 0; i < program.nr_codes; i++)
		for (u32 j = 0; j < program.codes[i].nr_insns; j++)
			seen->made[program.codes[i].insns[j].op]++;
	size = check_program(&unit->thread, "made", seed);
	if (!check_waits())
		check_run(unit, size, seen);
	gen_program_make(&other, &source);
	for (int i = 0; i < 8; i++) {
		gen_program_mutate(&program, &source);
		check_program(&unit->thread, "changed", seed);
	}
	gen_program_cross(&program, &other, &source);
	check_program(&unit->thread, "crossed", seed);
}

int main(void)
{
	struct gen_seen seen = { 0 };
	unsigned int missing = 0, op;
	struct unit unit;

	harness_open(&unit, 1, ~0U);
	for (u32 seed = 0; seed < CHECK_PROGRAMS; seed++)
		check_one(&unit, seed, &seen);
	harness_close(&unit);
	for (op = 0; op < 256; op++)
		if (gen_opcode_name(op) && !seen.made[op]) {
			printf("# %s was never made\n", gen_opcode_name(op));
			missing++;
		}
	printf("1..3\n");
	printf("ok 1 what is made, changed and crossed is accepted\n");
	printf("%s 2 all opcodes are made\n", missing ? "not ok" : "ok");
	printf("# %lu ran to the end, %lu raised, %lu instructions each\n", seen.ended,
	       seen.raised, seen.steps / (seen.ended + seen.raised));
	printf("%s 3 most programs do not raise\n", seen.ended > seen.raised ? "ok" : "not ok");
	return missing || seen.ended <= seen.raised;
}
