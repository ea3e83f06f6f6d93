// SPDX-License-Identifier: GPL-2.0
/*
 * PYMM_IOC_RUN: how a program ends, why it pauses, and how it goes on.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "gil_util.h"
#include "image_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE(run)

/* Counts from 0 to 100: 2 instructions, 100 turns of 4 but for the last jump, 4 more. */
#define COUNT									\
	"LOAD_CONST r0, 0\nLOAD_CONST r1, 1\nLOAD_CONST r2, 100\n"		\
	"loop:\nBINARY_OP r0, r0!, r1, +=\nCOMPARE_OP r3, r0, r2, ==\n"	\
	"POP_JUMP_IF_TRUE r3!, done\nJUMP_BACKWARD loop\n"			\
	"done:\nPRINT r0, end\n" END
#define COUNT_STEPS (3 + 99 * 4 + 3 + 3)

/* An empty program: LOAD_CONST, RETURN_VALUE. */
#define EMPTY_STEPS 2

/* What a buffer of records says. */
static const char *render(const void *records, uint32_t size)
{
	static char text[256];
	FILE *out = fmemopen(text, sizeof(text), "w");

	text[0] = 0;
	if (pymm_output_render(records, size, out))
		pt_die("bad records");
	fclose(out);
	return text;
}

/* ---- DONE ---- */

TEST_F(run, done)
{
	struct pymm_program *program = pt_assemble(END);
	struct pymm_run run;

	memset(&run, 0xff, sizeof(run));
	run.output = run.output_size = run.reserved = run.max_steps = 0;
	run.traceback = run.traceback_size = run.reserved2 = 0;
	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	EXPECT_EQ(EMPTY_STEPS, run.steps);
	EXPECT_EQ(0, run.result_flags);
	EXPECT_EQ(0, run.output_used);
	EXPECT_EQ(0, run.output_needed);
	EXPECT_EQ(PYMM_EXC_NONE, run.exception);
	EXPECT_EQ(PYMM_REJECT_NONE, run.reject);
	EXPECT_STREQ("", run.message);
	EXPECT_EQ(0, run.traceback_used);
	EXPECT_EQ(0, run.traceback_depth);
	pymm_program_free(program);
}

TEST_F(run, steps_are_exact)
{
	struct pymm_program *program = pt_assemble(COUNT);
	uint64_t before = pt_stat(self->arena).steps;
	uint8_t output[64];
	struct pymm_run run = { .output = (uintptr_t)output, .output_size = sizeof(output) };

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(COUNT_STEPS, run.steps);
	EXPECT_EQ(before + COUNT_STEPS, pt_stat(self->arena).steps);
	EXPECT_STREQ("100\n", render(output, run.output_used));
	pymm_program_free(program);
}

TEST_F(run, steps_count_what_functions_do)
{
	struct pymm_program *program = pt_assemble(
		"MAKE_FUNCTION r0, f\nCALL r1, r0, ()\n" END ".code f\nNOP\nNOP\n" END);
	struct pymm_run run = { 0 };

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(4 + 4, run.steps);
	pymm_program_free(program);
}

/* ---- LIMIT ---- */

TEST_F(run, limit_pauses_after_exactly_so_many)
{
	struct pymm_program *program = pt_assemble("NOP\nNOP\nNOP\nNOP\n" END);
	struct pymm_run run = { .max_steps = 3 };

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(PYMM_STATUS_LIMIT, run.status);
	EXPECT_EQ(PYMM_RAN_KEPT, run.result_flags);
	EXPECT_EQ(3, run.steps);
	EXPECT_EQ(0, run.code);
	EXPECT_EQ(3, run.pos);
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_ABANDON, &run));
	pymm_program_free(program);
}

TEST_F(run, limit_of_all_it_has_to_do)
{
	struct pymm_program *program = pt_assemble(END);
	struct pymm_run run = { .max_steps = EMPTY_STEPS };

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	pymm_program_free(program);
}

/* With each limit, any number of pauses: the same output, the same number of steps. */
TEST_F(run, limit_and_resume_make_no_difference)
{
	struct pymm_program *program = pt_assemble(COUNT);

	for (uint64_t limit = 1; limit < 40; limit++) {
		uint8_t output[64];
		struct pymm_run run = {
			.output = (uintptr_t)output, .output_size = sizeof(output),
			.max_steps = limit };
		uint64_t steps = 0;
		uint32_t pauses = 0;

		ASSERT_EQ(0, pt_run(self->thread, program, &run));
		while (run.status == PYMM_STATUS_LIMIT) {
			EXPECT_EQ(limit, run.steps);
			steps += run.steps;
			pauses++;
			ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
		}
		EXPECT_EQ(PYMM_STATUS_DONE, run.status);
		EXPECT_EQ(COUNT_STEPS, steps + run.steps);
		EXPECT_EQ((COUNT_STEPS - 1) / limit, pauses);
	}
	pymm_program_free(program);
}

TEST_F(run, limit_inside_a_function)
{
	struct pymm_program *program = pt_assemble(
		"MAKE_FUNCTION r0, f\nCALL r1, r0, ()\nPRINT r1, end\n" END
		".code f\nNOP\nNOP\nLOAD_CONST r0, 7\nRETURN_VALUE r0\n");
	uint8_t output[64];
	struct pymm_run run = {
		.output = (uintptr_t)output, .output_size = sizeof(output), .max_steps = 3 };

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(PYMM_STATUS_LIMIT, run.status);
	EXPECT_EQ(1, run.code);
	EXPECT_EQ(1, run.pos);
	run.max_steps = 0;
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	EXPECT_STREQ("7\n", render(output, run.output_used));
	pymm_program_free(program);
}

/* The frames of a paused program, innermost first, and what their slots hold. */
TEST_F(run, dump_shows_kept_frames)
{
	struct pymm_program *program = pt_assemble(
		"BUILD_LIST r0, ()\nSTORE_GLOBAL r0, l\nMAKE_FUNCTION r1, f\nCALL r2, r1, r0\n" END
		".code f x\nNOP\nNOP\n" END);
	struct pymm_run run = { .max_steps = 5 };
	const struct pymm_dump_frame *frames[2] = { NULL };
	const struct pymm_dump_record *record = NULL;
	struct pymm_snapshot *snapshot;
	unsigned int count = 0;
	uint32_t list;

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	list = pt_id(self->arena, "l");
	snapshot = pt_snapshot(self->arena);
	while ((record = pymm_snapshot_next(snapshot, record)))
		if (record->kind == PYMM_DUMP_FRAME && count < 2)
			frames[count++] = (const void *)record;
	ASSERT_EQ(2, count);
	EXPECT_EQ(1, frames[0]->pos);
	EXPECT_EQ(1, frames[0]->thread_id);
	EXPECT_EQ(1, frames[0]->nr_slots);
	EXPECT_EQ(list, ((const uint32_t *)(frames[0] + 1))[0]);
	EXPECT_EQ(3, frames[1]->nr_slots);
	EXPECT_EQ(list, ((const uint32_t *)(frames[1] + 1))[0]);
	EXPECT_NE(0, ((const uint32_t *)(frames[1] + 1))[1]);
	EXPECT_EQ(0, ((const uint32_t *)(frames[1] + 1))[2]);
	EXPECT_NE(frames[0]->code, frames[1]->code);
	pymm_snapshot_free(snapshot);
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_ABANDON, &run));
	pymm_program_free(program);
}

/* ---- RESUME, ABANDON, EBUSY ---- */

TEST_F(run, resume_and_abandon_without_frames)
{
	struct pymm_run run = { 0 };

	EXPECT_EQ(-EINVAL, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(-EINVAL, pt_run_flags(self->thread, PYMM_RUN_ABANDON, &run));
}

/* Starts a program and leaves it paused after two steps. */
static void pause_program(int thread)
{
	struct pymm_program *program = pt_assemble("BUILD_LIST r0, ()\nNOP\nNOP\n" END);
	struct pymm_run run = { .max_steps = 2 };

	if (pt_run(thread, program, &run) || run.status != PYMM_STATUS_LIMIT)
		pt_die("no pause");
	pymm_program_free(program);
}

TEST_F(run, abandon_drops_the_frames)
{
	struct pymm_run run = { 0 };

	pause_program(self->thread);
	EXPECT_EQ(1, pt_count_type(self->arena, PYMM_TYPE_LIST));
	EXPECT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_ABANDON, &run));
	EXPECT_EQ(0, run.result_flags & PYMM_RAN_KEPT);
	EXPECT_EQ(0, run.steps);
	EXPECT_EQ(0, pt_count_type(self->arena, PYMM_TYPE_LIST));
	EXPECT_EQ(-EINVAL, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
}

TEST_F(run, a_new_program_while_frames_are_kept)
{
	struct pymm_program *program = pt_assemble(END);
	struct pymm_run run = { 0 };

	pause_program(self->thread);
	EXPECT_EQ(-EBUSY, pt_run(self->thread, program, &run));
	EXPECT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	EXPECT_EQ(0, pt_run(self->thread, program, &run));
	pymm_program_free(program);
}

TEST_F(run, resume_with_an_image)
{
	struct pymm_program *program = pt_assemble(END);
	struct pymm_run run = { 0 };
	size_t size;
	const void *image = pymm_program_image(program, &size);

	pause_program(self->thread);
	EXPECT_EQ(-EINVAL, pt_run_image(self->thread, image, 0, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(-EINVAL, pt_run_image(self->thread, NULL, size, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(-EINVAL, pt_run_image(self->thread, image, size, PYMM_RUN_ABANDON, &run));
	EXPECT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_ABANDON, &run));
	pymm_program_free(program);
}

TEST_F(run, closing_a_thread_drops_its_frames)
{
	int other = pt_thread(self->arena, NULL);

	pause_program(other);
	EXPECT_EQ(1, pt_count_type(self->arena, PYMM_TYPE_LIST));
	close(other);
	EXPECT_EQ(0, pt_count_type(self->arena, PYMM_TYPE_LIST));
	EXPECT_EQ(1, pt_stat(self->arena).threads);
}

/* A task that runs for ever: whether its thread has the GIL by now. */
static bool running(int arena, uint32_t id)
{
	return pt_stat(arena).gil_holder == id;
}

TEST_F(run, a_thread_that_another_task_runs)
{
	struct pymm_program *program = pt_assemble(END);
	struct pymm_run run = { 0 };
	struct pt_task task;

	pt_start(&task, self->thread, LOOP_FOREVER);
	ASSERT_TRUE(pt_until(running(self->arena, 1), PT_DEADLINE_MS));
	EXPECT_EQ(-EBUSY, pt_run(self->thread, program, &run));
	EXPECT_EQ(-EBUSY, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(-EBUSY, pt_run_flags(self->thread, PYMM_RUN_ABANDON, &run));
	EXPECT_EQ(-EBUSY, pt_gil_release(self->thread));
	EXPECT_TRUE(pt_interrupt(&task));
	EXPECT_STREQ("<interrupted>\n", pt_join(&task));
	pt_task_free(&task);
	pymm_program_free(program);
}

/* ---- OUTPUT_FULL ---- */

TEST_F(run, output_full_and_resume)
{
	struct pymm_program *program = pt_assemble(
		"LOAD_CONST r0, 1\nPRINT r0\nLOAD_CONST r0, 'a longer text than fits'\nPRINT r0, end\n"
		"LOAD_CONST r0, 2\nPRINT r0, end\n" END);
	uint8_t output[64];
	struct pymm_run run = { .output = (uintptr_t)output, .output_size = 32 };

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(PYMM_STATUS_OUTPUT_FULL, run.status);
	EXPECT_EQ(PYMM_RAN_KEPT, run.result_flags);
	EXPECT_EQ(24, run.output_used);		/* an int, an end */
	EXPECT_EQ(8 + 24 + 8, run.output_needed);
	EXPECT_EQ(3, run.steps);
	EXPECT_EQ(3, run.pos);
	EXPECT_STREQ("1 ", render(output, run.output_used));

	/* Still too small: nothing happens. */
	run.output_size = run.output_needed - 1;
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(PYMM_STATUS_OUTPUT_FULL, run.status);
	EXPECT_EQ(0, run.output_used);
	EXPECT_EQ(0, run.steps);
	EXPECT_EQ(40, run.output_needed);

	run.output_size = run.output_needed;
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(PYMM_STATUS_OUTPUT_FULL, run.status);
	EXPECT_STREQ("a longer text than fits\n", render(output, run.output_used));
	EXPECT_EQ(24, run.output_needed);

	run.output_size = sizeof(output);
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	EXPECT_EQ(0, run.output_needed);
	EXPECT_STREQ("2\n", render(output, run.output_used));
	pymm_program_free(program);
}

/* r0 = Q(), whose class has the method __del__ that follows; then print(1) */
#define NEW_Q	"LOAD_CONST r200, None\nLOAD_CONST r201, '__del__'\nMAKE_FUNCTION r202, del\n"		\
	"BUILD_MAP r201, r201..r202!\nBUILD_CLASS r200, r200, r201!, Q\nCALL r0, r200, ()\nLOAD_CONST r1, 1\nPRINT r1\n"

/* What nobody can catch is not lost: in the middle of a program, at its end, and where no call began. */
TEST_F(run, no_room_for_an_ignored_exception)
{
	static const struct {
		const char *program;
		const char *expected;
		int status;
	} rows[] = {
		{ NEW_Q "DELETE_FAST r0\nLOAD_CONST r1, 2\nPRINT r1, end\n" END ".code del self\nLOAD_GLOBAL r1, nowhere\n" END,
		  "Exception ignored: NameError: name 'nowhere' is not defined\n2\n", PYMM_STATUS_DONE },
		{ NEW_Q "RETURN_VALUE r0!\n.code del self\nLOAD_GLOBAL r1, nowhere\n" END,
		  "Exception ignored: NameError: name 'nowhere' is not defined\n", PYMM_STATUS_DONE },
		{ NEW_Q "BUILD_LIST r0, r0!\nCALL r1, r200, ()\nLIST_APPEND r0, r1!\nDELETE_FAST r0\nLOAD_CONST r1, 2\nPRINT r1, end\n"
		  END ".code del\n" END, "Exception ignored: TypeError: del() takes 0 positional arguments but 1 was given\n"
		  "Exception ignored: TypeError: del() takes 0 positional arguments but 1 was given\n2\n", PYMM_STATUS_DONE },
		{ NEW_Q "LOAD_GLOBAL r1, never\n" END ".code del self\nLOAD_GLOBAL r1, nowhere\n" END,
		  "Exception ignored: NameError: name 'nowhere' is not defined\n", PYMM_STATUS_EXCEPTION },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pymm_program *program = pt_assemble(rows[i].program);
		uint8_t output[512];
		struct pymm_run run = { .output = (uintptr_t)output, .output_size = 24 };

		ASSERT_EQ(0, pt_run(self->thread, program, &run));
		EXPECT_EQ(PYMM_STATUS_OUTPUT_FULL, run.status)
			TH_LOG("%s", rows[i].program);
		EXPECT_EQ(PYMM_RAN_KEPT, run.result_flags);
		EXPECT_STREQ("1 ", render(output, run.output_used));
		EXPECT_EQ(-EBUSY, pt_run(self->thread, program, &run));

		run.output_size = run.output_needed - 1;
		ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
		EXPECT_EQ(PYMM_STATUS_OUTPUT_FULL, run.status);
		EXPECT_EQ(0, run.output_used);

		run.output_size = sizeof(output);
		ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
		EXPECT_EQ(rows[i].status, run.status);
		EXPECT_EQ(0, run.result_flags);
		EXPECT_STREQ(rows[i].expected, render(output, run.output_used));
		pymm_program_free(program);
	}
	EXPECT_EXEC("", "GC_COLLECT r0, 2\n" END);
}

TEST_F(run, abandoned_before_an_ignored_exception_was_printed)
{
	struct pymm_program *program = pt_assemble(NEW_Q "RETURN_VALUE r0!\n.code del self\nLOAD_GLOBAL r1, nowhere\n" END);
	uint8_t output[24];
	struct pymm_run run = { .output = (uintptr_t)output, .output_size = sizeof(output) };

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(PYMM_STATUS_OUTPUT_FULL, run.status);
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_ABANDON, &run));
	EXPECT_EQ(0, run.result_flags);
	EXPECT_EQ(1, pt_stat(self->arena).unraisable);
	EXPECT_EXEC("", "GC_COLLECT r0, 2\n" END);
	pymm_program_free(program);
}

TEST_F(run, no_output_buffer)
{
	struct pymm_program *program = pt_assemble("LOAD_CONST r0, 1\nPRINT r0, end\n" END);
	struct pymm_run run = { 0 };

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(PYMM_STATUS_OUTPUT_FULL, run.status);
	EXPECT_EQ(1, run.steps);
	EXPECT_EQ(24, run.output_needed);
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_ABANDON, &run));
	pymm_program_free(program);
}

TEST_F(run, nothing_is_written_behind_the_output)
{
	struct pymm_program *program = pt_assemble(COUNT);
	uint8_t output[64];
	struct pymm_run run = { .output = (uintptr_t)output, .output_size = 24 };

	memset(output, 0xee, sizeof(output));
	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	for (unsigned int i = 24; i < sizeof(output); i++) {
		EXPECT_EQ(0xee, output[i]);
	}
	pymm_program_free(program);
}

/* Whatever the buffer's size, all that is printed arrives, in order. */
TEST_F(run, output_in_many_pieces)
{
	struct pymm_program *program = pt_assemble(
		"LOAD_CONST r0, 1000\nLOAD_CONST r1, 1\n"
		"loop:\nPRINT r0, end\nBINARY_OP r0, r0, r1, -=\nPOP_JUMP_IF_FALSE r0, out\n"
		"JUMP_BACKWARD loop\nout:\n" END);
	uint32_t expected = 1000;
	uint8_t output[200];
	struct pymm_run run = { .output = (uintptr_t)output, .output_size = sizeof(output) };
	int ret = pt_run(self->thread, program, &run);

	for (;;) {
		ASSERT_EQ(0, ret);
		for (uint32_t at = 0; at < run.output_used; at += 24) {
			int64_t value;

			memcpy(&value, output + at + 8, 8);
			EXPECT_EQ(expected--, value);
		}
		if (run.status != PYMM_STATUS_OUTPUT_FULL)
			break;
		ret = pt_run_flags(self->thread, PYMM_RUN_RESUME, &run);
	}
	EXPECT_EQ(0, expected);
	pymm_program_free(program);
}

/* ---- INTERRUPTED ---- */

TEST_F(run, interrupted_by_a_signal)
{
	struct pt_task task;

	pt_start(&task, self->thread, LOOP_FOREVER);
	ASSERT_TRUE(pt_until(running(self->arena, 1), PT_DEADLINE_MS));
	EXPECT_TRUE(pt_interrupt(&task));
	EXPECT_STREQ("<interrupted>\n", pt_join(&task));
	EXPECT_EQ(0, pt_stat(self->arena).gil_holder);
	pt_task_free(&task);
}

/* A signal every millisecond, each of which pauses the program: the result is the same. */
TEST_F(run, interrupted_and_resumed)
{
	struct pymm_program *program = pt_assemble(
		"LOAD_CONST r0, 0\nLOAD_CONST r1, 1\nLOAD_CONST r2, 300000\n"
		"loop:\nBINARY_OP r0, r0!, r1, +=\nCOMPARE_OP r3, r0, r2, ==\n"
		"POP_JUMP_IF_TRUE r3!, done\nJUMP_BACKWARD loop\ndone:\nPRINT r0, end\n" END);
	struct itimerval often = { .it_interval.tv_usec = 1000, .it_value.tv_usec = 1000 };
	uint8_t output[64];
	struct pymm_run run = { .output = (uintptr_t)output, .output_size = sizeof(output) };
	uint64_t steps = 0;
	unsigned int pauses = 0;
	int ret;

	pt_quiet_signal(SIGALRM);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &often, NULL));
	do
		ret = pt_run(self->thread, program, &run);
	while (ret == -EINTR);
	while (!ret && run.status == PYMM_STATUS_INTERRUPTED) {
		EXPECT_EQ(PYMM_RAN_KEPT, run.result_flags & PYMM_RAN_KEPT);
		steps += run.steps;
		pauses++;
		do
			ret = pt_run_flags(self->thread, PYMM_RUN_RESUME, &run);
		while (ret == -EINTR);
	}
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL));
	EXPECT_EQ(0, ret);
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	EXPECT_LT(0, pauses);
	EXPECT_EQ(3 + 299999 * 4 + 3 + 3, steps + run.steps);
	EXPECT_STREQ("300000\n", render(output, run.output_used));
	pymm_program_free(program);
}

/* ---- EXCEPTION ---- */

TEST_F(run, exception_and_its_place)
{
	struct pymm_program *program = pt_assemble(
		"NOP\nMAKE_FUNCTION r0, f\nCALL r1, r0, ()\n" END
		".code f\nNOP\nNOP\nNOP\nLOAD_GLOBAL r0, spam\n" END);
	struct pymm_run run = { 0 };

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(PYMM_STATUS_EXCEPTION, run.status);
	EXPECT_EQ(PYMM_EXC_NAME_ERROR, run.exception);
	EXPECT_STREQ("name 'spam' is not defined", run.message);
	EXPECT_EQ(1, run.code);
	EXPECT_EQ(3, run.pos);
	EXPECT_EQ(0, run.result_flags);
	EXPECT_EQ(-EINVAL, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	pymm_program_free(program);
}

TEST_F(run, each_exception)
{
	static const struct {
		uint32_t exception;
		const char *text;
	} rows[] = {
		{ PYMM_EXC_TYPE_ERROR, "LOAD_CONST r0, 1\nGET_LEN r0, r0\n" },
		{ PYMM_EXC_VALUE_ERROR, "LOAD_CONST r0, 1\nLOAD_CONST r1, -1\nBINARY_OP r0, r0, r1, <<\n" },
		{ PYMM_EXC_NAME_ERROR, "DELETE_GLOBAL spam\n" },
		{ PYMM_EXC_UNBOUND_LOCAL_ERROR, "PRINT r0\n" },
		{ PYMM_EXC_INDEX_ERROR, "LOAD_CONST r0, ()\nLOAD_CONST r1, 0\nBINARY_SUBSCR r0, r0, r1\n" },
		{ PYMM_EXC_KEY_ERROR, "BUILD_MAP r0, ()\nLOAD_CONST r1, 0\nBINARY_SUBSCR r0, r0, r1\n" },
		{ PYMM_EXC_ZERO_DIVISION_ERROR, "LOAD_CONST r0, 0\nBINARY_OP r0, r0, r0, %\n" },
		{ PYMM_EXC_OVERFLOW_ERROR,
		  "LOAD_CONST r0, 9223372036854775807\nBINARY_OP r0, r0, r0, *\n" },
		{ PYMM_EXC_RUNTIME_ERROR, "LOCK_NEW r0\nLOCK_RELEASE r0\n" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[256];
		struct pymm_program *program;
		struct pymm_run run = { 0 };

		snprintf(text, sizeof(text), "%s" END, rows[i].text);
		program = pt_assemble(text);
		EXPECT_EQ(0, pt_run(self->thread, program, &run));
		EXPECT_EQ(PYMM_STATUS_EXCEPTION, run.status)
			TH_LOG("%s", text);
		EXPECT_EQ(rows[i].exception, run.exception)
			TH_LOG("%s", text);
		pymm_program_free(program);
	}
}

/* What was done before it stays done; frames and operands are gone. */
TEST_F(run, exception_leaves_the_arena_usable)
{
	EXPECT_EXEC("1\nTypeError: object of type 'int' has no len()\n",
		"LOAD_CONST r0, 1\nSTORE_GLOBAL r0, x\nPRINT r0, end\nBUILD_LIST r1, ()\nGET_LEN r0, r0\n"
		END);
	EXPECT_EQ(0, pt_count_type(self->arena, PYMM_TYPE_LIST));
	EXPECT_EQ(0, pt_stat(self->arena).gil_holder);
	EXPECT_EXEC("1\n", "LOAD_GLOBAL r0, x\nPRINT r0, end\n" END);
}

/* A long message is cut, ended by a NUL, and still UTF-8. */
TEST_F(run, long_message)
{
	struct pymm_run run = { 0 };
	struct pt_image image;
	char name[1000] = "";

	for (unsigned int i = 0; i + 3 < sizeof(name); i += 3)
		memcpy(name + i, "\u20ac", 3);
	pt_image_begin(&image);
	pt_code_begin(&image, 1, 0);
	pt_insn(&image, PYMM_OP_LOAD_GLOBAL, 0, 0, 0, 0, 0);
	pt_insn(&image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
	pt_const_str(&image, name);
	pt_code_end(&image);
	memset(run.message, 0xff, sizeof(run.message));
	ASSERT_EQ(0, pt_run_image(self->thread, image.data, image.size, 0, &run));
	EXPECT_EQ(PYMM_EXC_NAME_ERROR, run.exception);
	ASSERT_NE(NULL, memchr(run.message, 0, sizeof(run.message)));
	EXPECT_LT(100, strlen(run.message));
	EXPECT_EQ(0, strncmp(run.message, "name '\u20ac\u20ac", 12));
	/* After "name '" nothing but whole characters of three bytes. */
	EXPECT_EQ(0, strspn(run.message + 6, "\u20ac") % 3);
	pt_image_free(&image);
}

/* As CPython: 1000 frames with that of the program. */
TEST_F(run, recursion)
{
	const char *seen = pt_exec(self->thread,
		"LOAD_CONST r0, 0\nSTORE_GLOBAL r0, depth\nMAKE_FUNCTION r0, f\nSTORE_GLOBAL r0, f\n"
		"CALL r1, r0, ()\n" END
		".code f\nLOAD_GLOBAL r0, depth\nLOAD_CONST r1, 1\nBINARY_OP r0, r0!, r1, +=\n"
		"STORE_GLOBAL r0!, depth\nLOAD_GLOBAL r0, f\nCALL r1, r0!, ()\nRETURN_VALUE r1\n");

	EXPECT_STREQ("RecursionError: maximum recursion depth exceeded\n", seen);
	EXPECT_EXEC("999\n", "LOAD_GLOBAL r0, depth\nPRINT r0, end\n" END);
}

TEST_F(run, recursion_as_deep_as_allowed)
{
	EXPECT_EXEC("999\n",
		"MAKE_FUNCTION r0, f\nSTORE_GLOBAL r0, f\nLOAD_CONST r1, 998\nCALL r2, r0, r1\n"
		"PRINT r2, end\n" END
		".code f n\nLOAD_CONST r1, 1\nPOP_JUMP_IF_FALSE r0, bottom\nLOAD_GLOBAL r2, f\n"
		"BINARY_OP r3, r0, r1, -\nCALL r3, r2, r3\nBINARY_OP r3, r3!, r1, +\nRETURN_VALUE r3!\n"
		"bottom:\nRETURN_VALUE r1\n");
}

TEST_F(run, memory_error)
{
	uint64_t objects = pt_stat(self->arena).objects;
	struct pymm_program *program;
	struct pymm_run run = { 0 };

	pt_set_max_objects(self->arena, objects + 2000);
	program = pt_assemble("BUILD_LIST r0, ()\nloop:\nBUILD_LIST r1, ()\nLIST_APPEND r0, r1!\n"
			      "JUMP_BACKWARD loop\n");
	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(PYMM_STATUS_EXCEPTION, run.status);
	EXPECT_EQ(PYMM_EXC_MEMORY_ERROR, run.exception);
	EXPECT_EQ(objects, pt_stat(self->arena).objects);
	pymm_program_free(program);
}

/* ---- the GIL of a run ---- */

TEST_F(run, releases_the_gil_it_took)
{
	pt_exec(self->thread, END);
	EXPECT_EQ(0, pt_gil_stat(self->thread).held);
	EXPECT_EQ(0, pt_stat(self->arena).gil_holder);
}

TEST_F(run, releases_the_gil_at_every_pause)
{
	struct pymm_run run = { 0 };

	pause_program(self->thread);
	EXPECT_EQ(0, pt_stat(self->arena).gil_holder);
	EXPECT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_ABANDON, &run));
}

TEST_F(run, keeps_the_gil_it_had)
{
	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	pt_exec(self->thread, END);
	EXPECT_EQ(1, pt_gil_stat(self->thread).held);
	EXPECT_EQ(1, pt_stat(self->arena).gil_holder);
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

/* Many programs one after the other in one thread. */
TEST_F(run, many)
{
	struct pymm_program *program = pt_assemble(
		"BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, x\n" END);
	uint64_t bytes = 0;

	for (int i = 0; i < 5000; i++) {
		struct pymm_run run = { 0 };

		ASSERT_EQ(0, pt_run(self->thread, program, &run));
		if (i == 100)
			bytes = pt_stat(self->arena).bytes;
	}
	EXPECT_EQ(bytes, pt_stat(self->arena).bytes);
	pymm_program_free(program);
}

TEST_HARNESS_MAIN
