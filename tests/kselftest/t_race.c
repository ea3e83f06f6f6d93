// SPDX-License-Identifier: GPL-2.0
/*
 * counter += 1 in two threads: when updates are lost, when they are not.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE(race)

/* for _ in range(12000): counter += 1, as dis shows it. */
#define TURNS	12000
#define START	"LOAD_CONST r0, 12000\nLOAD_CONST r1, 1\nloop:\n"
#define ADD	"LOAD_GLOBAL r2, counter\nBINARY_OP r2, r2!, r1, +=\nSTORE_GLOBAL r2!, counter\n"
#define AGAIN	"BINARY_OP r0, r0!, r1, -=\nPOP_JUMP_IF_FALSE r0, done\nJUMP_BACKWARD loop\ndone:\n"

/* Runs @text in @threads threads at once; the counter then. */
static long count_in(int arena, int threads, const char *text)
{
	struct pt_task tasks[4];
	int fds[4];
	char seen[32];
	int reader = pt_thread(arena, NULL);

	pt_exec(reader, "LOAD_CONST r0, 0\nSTORE_GLOBAL r0!, counter\nLOCK_NEW r0\n"
		"STORE_GLOBAL r0!, lock\n" END);
	for (int i = 0; i < threads; i++) {
		fds[i] = pt_thread(arena, NULL);
		pt_start(&tasks[i], fds[i], text);
	}
	for (int i = 0; i < threads; i++) {
		if (strcmp(pt_join(&tasks[i]), ""))
			pt_die("a program failed: %s", pt_join(&tasks[i]));
		pt_task_free(&tasks[i]);
		close(fds[i]);
	}
	snprintf(seen, sizeof(seen), "%s",
		 pt_exec(reader, "LOAD_GLOBAL r0, counter\nPRINT r0, end\n" END));
	close(reader);
	return atol(seen);
}

/*
 * Every instruction a check point, as up to Python 3.9, and as many switches as
 * can be: some switch falls between a load and its store.
 */
TEST_F(race, loses_updates_when_every_instruction_is_a_check_point)
{
	long count = 2 * TURNS;

	pt_set_flags(self->arena, PYMM_CONFIG_F_GC | PYMM_CONFIG_F_CHECK_ALL);
	pt_set_interval(self->arena, 1);
	for (int i = 0; i < 10 && count == 2 * TURNS; i++)
		count = count_in(self->arena, 2, START ADD AGAIN END);
	EXPECT_GT(2 * TURNS, count);
	EXPECT_LE(TURNS / 10, count);
}

/* As since Python 3.10: no check point lies between the load and the store. */
TEST_F(race, loses_none_with_check_points_at_jumps_only)
{
	uint64_t switches = pt_stat(self->arena).gil_switches;

	pt_set_interval(self->arena, 1);
	/* A host that does much else lets them switch rarely. */
	for (int i = 0; i < 10 && pt_stat(self->arena).gil_switches <= switches + 10; i++)
		EXPECT_EQ(2 * TURNS, count_in(self->arena, 2, START ADD AGAIN END));
	EXPECT_LT(switches + 10, pt_stat(self->arena).gil_switches);
}

/* Calls between the load and the store, as counter += int(int(int())): those are check points. */
TEST_F(race, loses_updates_with_a_call_in_between)
{
	long count = 2 * TURNS;

	pt_set_interval(self->arena, 1);
	for (int i = 0; i < 10 && count == 2 * TURNS; i++)
		count = count_in(self->arena, 2, "MAKE_FUNCTION r4, one\n" START
			"LOAD_GLOBAL r2, counter\nCALL r3, r4, ()\nCALL r3, r4, ()\n"
			"CALL r3, r4, ()\nBINARY_OP r2, r2!, r3!, +=\n"
			"STORE_GLOBAL r2!, counter\n" AGAIN END
			".code one\nLOAD_CONST r0, 1\nRETURN_VALUE r0\n");
	EXPECT_GT(2 * TURNS, count);
}

TEST_F(race, loses_none_under_a_lock)
{
	pt_set_flags(self->arena, PYMM_CONFIG_F_GC | PYMM_CONFIG_F_CHECK_ALL);
	pt_set_interval(self->arena, 1);
	EXPECT_EQ(2 * TURNS, count_in(self->arena, 2,
		"LOAD_GLOBAL r5, lock\n" START "LOCK_ACQUIRE r6, r5, forever\n" ADD
		"LOCK_RELEASE r5\n" AGAIN END));
}

TEST_F(race, loses_none_under_a_lock_in_four_threads)
{
	pt_set_flags(self->arena, PYMM_CONFIG_F_GC | PYMM_CONFIG_F_CHECK_ALL);
	EXPECT_EQ(4 * TURNS, count_in(self->arena, 4,
		"LOAD_GLOBAL r5, lock\n" START "LOCK_ACQUIRE r6, r5, forever\n" ADD
		"LOCK_RELEASE r5\n" AGAIN END));
}

/* The lock binds only those who take it. */
TEST_F(race, a_lock_that_one_thread_ignores)
{
	long count = 2 * TURNS;

	pt_set_flags(self->arena, PYMM_CONFIG_F_GC | PYMM_CONFIG_F_CHECK_ALL);
	pt_set_interval(self->arena, 1);
	for (int i = 0; i < 10 && count == 2 * TURNS; i++) {
		struct pt_task task;
		char seen[32];
		int other = pt_thread(self->arena, NULL);

		pt_exec(self->thread, "LOAD_CONST r0, 0\nSTORE_GLOBAL r0!, counter\n"
			"LOCK_NEW r0\nSTORE_GLOBAL r0!, lock\n" END);
		pt_start(&task, other, START ADD AGAIN END);
		EXPECT_EXEC("", "LOAD_GLOBAL r5, lock\n" START "LOCK_ACQUIRE r6, r5, forever\n" ADD
			"LOCK_RELEASE r5\n" AGAIN END);
		EXPECT_STREQ("", pt_join(&task));
		pt_task_free(&task);
		close(other);
		snprintf(seen, sizeof(seen), "%s", pt_exec(self->thread,
			"LOAD_GLOBAL r0, counter\nPRINT r0, end\n" END));
		count = atol(seen);
	}
	EXPECT_GT(2 * TURNS, count);
}

/* Reference counts are not lost, whatever the programs do: 4 threads share a list. */
TEST_F(race, counts_stay_exact)
{
	char text[256];

	pt_set_flags(self->arena, PYMM_CONFIG_F_GC | PYMM_CONFIG_F_CHECK_ALL);
	pt_set_interval(self->arena, 1);
	pt_exec(self->thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, shared\n" END);
	snprintf(text, sizeof(text), "LOAD_CONST r0, %u\nLOAD_CONST r1, 1\nloop:\n"
		 "LOAD_GLOBAL r2, shared\nCOPY r3, r2\nBUILD_TUPLE r4, r2..r3!\nDELETE_FAST r4\n"
		 AGAIN END, TURNS / pt_slower());
	count_in(self->arena, 4, text);
	EXPECT_EQ(1, pt_refs(self->arena, "shared"));
}

TEST_HARNESS_MAIN
