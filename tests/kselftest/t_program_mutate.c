// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier: 20000 images that differ from a good one in a few bytes harm nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include "kselftest_harness.h"
#include "image_util.h"
#include "program_util.h"

PT_FIXTURE(program)

/* A program that uses most opcodes and ends. */
static const char victim[] =
	"LOAD_CONST r0, 'text'\nLOAD_CONST r1, (1, 'two', (None, True))\nBUILD_LIST r2, r0..r1\n"
	"LIST_APPEND r2, r2\nSTORE_GLOBAL r2, l\nBUILD_MAP r3, r0..r1\nLOAD_CONST r4, 5\n"
	"loop:\nSTORE_SUBSCR r4, r3, r4\nLOAD_CONST r5, 1\nBINARY_OP r4, r4!, r5, -=\n"
	"POP_JUMP_IF_FALSE r4, out\nJUMP_BACKWARD loop\n"
	"out:\nLIST_EXTEND r2, r3\nPRINT r2, end\nMAKE_FUNCTION r6, f\nCALL r7, r6, r0..r1\n"
	"IS_OP r8, r7!, r0, is not\nCONTAINS_OP r8, r4, r3, in\nGC_COLLECT r8, 2\n"
	"LOCK_NEW r9\nLOCK_ACQUIRE r8, r9, nowait\nLOCK_RELEASE r9\nDELETE_SUBSCR r3, r5\n"
	"LOAD_GLOBALS r8\nGET_REFCOUNT r8, r0\nGET_LEN r8, r3\nUNARY_NOT r8, r8\n"
	"DELETE_GLOBAL l\n" END
	".code f x y\nCOPY r2, r0!\nCOMPARE_OP r3, r2, r1, ==\nRETURN_VALUE r2!\n";

/* A signal every 20 ms: a mutant may wait for ever for a lock that it holds. */
static void signal_often(void)
{
	struct itimerval often = { .it_interval.tv_usec = 20000, .it_value.tv_usec = 20000 };

	pt_quiet_signal(SIGALRM);
	if (setitimer(ITIMER_REAL, &often, NULL))
		pt_die("setitimer: %s", strerror(errno));
}

/* Runs it for a while, whatever it is now; what it leaves is dropped. */
static void run_mutant(int thread, const uint8_t *image, size_t size)
{
	static uint8_t output[4096];
	struct pymm_run run = {
		.output = (uintptr_t)output, .output_size = sizeof(output), .max_steps = 200,
	};

	if (!pt_run_image(thread, image, size, 0, &run) && run.result_flags & PYMM_RAN_KEPT)
		pt_run_flags(thread, PYMM_RUN_ABANDON, &run);
}

TEST_F(program, mutations)
{
	struct pymm_program *program = pt_assemble(victim);
	uint64_t state = 20240229;
	size_t size;
	const uint8_t *image = pymm_program_image(program, &size);
	uint8_t *mutant = malloc(size);

	EXPECT_EXEC("['text', (1, 'two', (None, True)), [...], 'text', 5, 4, 3, 2, 1]\n", victim);
	signal_often();
	for (int i = 0; i < 20000; i++) {
		memcpy(mutant, image, size);
		for (uint64_t changes = pt_random(&state) % 4 + 1; changes; changes--) {
			uint64_t random = pt_random(&state);

			mutant[random % size] = random & 1UL << 40 ? random >> 32 :
				mutant[random % size] + (random >> 41) % 7 - 3;
		}
		run_mutant(self->thread, mutant, size);
	}
	setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL);
	free(mutant);
	pymm_program_free(program);
	EXPECT_EXEC("ok\n", "LOAD_CONST r0, 'ok'\nPRINT r0, end\n" END);
}

TEST_HARNESS_MAIN
