// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: any bytes as an image. Those that the verifier accepts are run for a while, with all
 * that checks the core looking on. And a second opinion: gen_program_repair() leaves an image as
 * it is if, and only if, it is well formed, and knows nothing of the verifier. So one that is
 * accepted and that it would change was accepted wrongly.
 *
 * New inputs are made of old ones by changing a program, or by breaking its image.
 */
#include <stdlib.h>

#include "harness.h"
#include "gen.h"

#define LOAD_STEPS	2000

/*
 * What is fine, but no program of the generator has: code objects without slots, with names, with
 * keyword-only parameters.
 */
static bool load_is_common(const uint8_t *image, size_t size)
{
	struct pymm_image head;
	struct pymm_code code;
	size_t at = sizeof(head);

	memcpy(&head, image, sizeof(head));
	for (; head.nr_codes && at + sizeof(code) <= size; head.nr_codes--) {
		memcpy(&code, image + at, sizeof(code));
		if (!code.nr_slots || code.nr_kwonly || code.names)
			return false;
		at += code.size;
	}
	return true;
}

static void load_second_opinion(const uint8_t *image, size_t size)
{
	static struct gen_program program;
	static uint8_t again[GEN_MAX_IMAGE];

	enum gen_decoded all = gen_program_decode(&program, image, size);

	if (all < GEN_LARGE)
		harness_fail("the verifier accepts what is no image");
	if (all == GEN_LARGE || !load_is_common(image, size))
		return;
	if (gen_program_encode(&program, again, sizeof(again)) != size ||
	    memcmp(image, again, size))
		harness_fail("the verifier accepts an image that is not well formed");
}

static int load_call(struct unit_thread *thread, u32 flags, const uint8_t *image, size_t size)
{
	thread->run = (struct pymm_run){
		.flags = flags, .image = (uintptr_t)image, .image_size = size,
		.max_steps = LOAD_STEPS,
	};
	return unit_ioctl(thread->fd, PYMM_IOC_RUN, &thread->run);
}

static void load_check_reason(const struct pymm_run *run, int err, bool empty)
{
	if (!err != !run->reject && err != -EDQUOT && !empty)
		harness_fail("the call returned %d, the reason is %u", err, run->reject);
	if (run->reject > PYMM_REJECT_HANDLER)
		harness_fail("the reason is %u", run->reject);
}

static void load_run(struct unit *unit, const uint8_t *image, size_t size)
{
	struct unit_thread *thread = &unit->thread;

	if (load_call(thread, 0, image, size))
		harness_fail("an image that was accepted is refused");
	harness_walk(unit);
	if (thread->run.result_flags & PYMM_RAN_KEPT) {
		/* What waits for a Lock that nobody releases has been interrupted. */
		if (unit_abandon(thread))
			harness_fail("a program cannot be abandoned");
		harness_walk(unit);
	}
}

/* A program that waits for ever for a Lock is interrupted: nobody else would. */
struct load_watch {
	struct shim_task *task;
	bool done;
};

static void load_watch(void *arg)
{
	struct load_watch *watch = arg;

	while (!watch->done) {
		shim_sleep(50 * NSEC_PER_MSEC);
		shim_signal(watch->task, false);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct load_watch watch = { 0 };
	/* Of just this size, so that it is seen when something beyond its end is read. */
	uint8_t *image = malloc(size);
	struct shim_task *task;
	struct unit unit;
	int err;

	if (!image)
		harness_fail("no memory");
	memcpy(image, data, size);
	harness_open(&unit, 1, ~0U);
	err = load_call(&unit.thread, PYMM_RUN_CHECK, image, size);
	load_check_reason(&unit.thread.run, err, !size);
	if (!err) {
		load_second_opinion(image, size);
		watch.task = shim_task();
		task = shim_spawn(load_watch, &watch);
		load_run(&unit, image, size);
		watch.done = true;
		shim_join(task);
		shim_signal_clear(shim_task());
	} else if (err != -EINVAL && err != -EDQUOT) {
		harness_fail("an image is refused with %d", err);
	}
	harness_close(&unit);
	free(image);
	return 0;
}

/* ---- new inputs ---- */

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned int seed)
{
	static struct gen_program program;
	struct gen_source source;
	size_t made;

	gen_source_seed(&source, seed);
	if (gen_one_in(&source, 16))
		return LLVMFuzzerMutate(data, size, room);
	if (gen_one_in(&source, 3))
		return gen_image_break(data, size, room, &source);
	if (gen_one_in(&source, 16) || gen_program_decode(&program, data, size) == GEN_NOTHING)
		gen_program_make(&program, &source);
	else
		gen_program_mutate(&program, &source);
	made = gen_program_encode(&program, data, room);
	if (!made)
		return size;
	return gen_one_in(&source, 2) ? made : gen_image_break(data, made, room, &source);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
				 size_t other_size, uint8_t *to, size_t room, unsigned int seed)
{
	static struct gen_program program, part;
	struct gen_source source;

	gen_source_seed(&source, seed);
	if (gen_program_decode(&program, data, size) == GEN_NOTHING ||
	    gen_program_decode(&part, other, other_size) == GEN_NOTHING)
		return 0;
	gen_program_cross(&program, &part, &source);
	return gen_program_encode(&program, to, room);
}
