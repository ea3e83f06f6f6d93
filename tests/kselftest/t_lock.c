// SPDX-License-Identifier: GPL-2.0
/*
 * threading.Lock: no owner, waiting gives the GIL up.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "gil_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE(lock)

#define NEW	"LOCK_NEW r0\nSTORE_GLOBAL r0, lock\n"
#define GET	"LOAD_GLOBAL r0, lock\n"

/* Who sleeps in the kernel without the GIL being held. */
static bool asleep(int arena, const struct pt_task *task)
{
	return !pt_stat(arena).gil_holder && pt_blocked(task->tid);
}

TEST_F(lock, acquire_and_release)
{
	EXPECT_EXEC("True\nTrue\n",
		NEW "LOCK_ACQUIRE r1, r0, forever\nPRINT r1, end\nLOCK_RELEASE r0\n"
		"LOCK_ACQUIRE r1, r0, forever\nPRINT r1, end\n" END);
}

TEST_F(lock, nowait)
{
	EXPECT_EXEC("True\nFalse\n",
		NEW "LOCK_ACQUIRE r1, r0, nowait\nPRINT r1, end\n"
		"LOCK_ACQUIRE r1, r0, nowait\nPRINT r1, end\n" END);
}

TEST_F(lock, a_free_lock_does_not_wait)
{
	EXPECT_EXEC("True\n", NEW "LOCK_ACQUIRE r1, r0, 1000000000000\nPRINT r1, end\n" END);
}

TEST_F(lock, timeout)
{
	uint64_t start = pt_now();

	EXPECT_EXEC("False\n", NEW "LOCK_ACQUIRE r1, r0, nowait\n"
		"LOCK_ACQUIRE r1, r0, 20000000\nPRINT r1, end\n" END);
	EXPECT_LE(start + 20 * NS_PER_MS, pt_now());
	EXPECT_GE(start + 20 * NS_PER_MS + 1000 * NS_PER_MS, pt_now());
}

TEST_F(lock, timeout_of_1_ns)
{
	EXPECT_EXEC("False\n", NEW "LOCK_ACQUIRE r1, r0, nowait\nLOCK_ACQUIRE r1, r0, 1\n"
		"PRINT r1, end\n" END);
}

TEST_F(lock, release_of_an_unlocked_one)
{
	EXPECT_EXEC("RuntimeError: release unlocked lock\n", NEW "LOCK_RELEASE r0\n" END);
}

TEST_F(lock, release_twice)
{
	EXPECT_EXEC("RuntimeError: release unlocked lock\n",
		NEW "LOCK_ACQUIRE r1, r0, forever\nLOCK_RELEASE r0\nLOCK_RELEASE r0\n" END);
}

TEST_F(lock, what_is_no_lock)
{
	EXPECT_EQ(0, strncmp("TypeError: ", pt_exec(self->thread,
		"LOAD_CONST r0, 1\nLOCK_ACQUIRE r1, r0, nowait\n" END), 11));
	EXPECT_EQ(0, strncmp("TypeError: ", pt_exec(self->thread,
		"LOAD_CONST r0, 1\nLOCK_RELEASE r0\n" END), 11));
}

TEST_F(lock, a_dump_shows_whether_it_is_taken)
{
	struct pymm_snapshot *snapshot;
	uint32_t id;

	pt_exec(self->thread, NEW "LOCK_ACQUIRE r1, r0, nowait\n" END);
	id = pt_id(self->arena, "lock");
	snapshot = pt_snapshot(self->arena);
	ASSERT_NE(NULL, pymm_snapshot_object(snapshot, id));
	EXPECT_EQ(PYMM_TYPE_LOCK, pymm_snapshot_object(snapshot, id)->type);
	EXPECT_EQ(1, pymm_snapshot_object(snapshot, id)->value);
	pymm_snapshot_free(snapshot);
	pt_exec(self->thread, GET "LOCK_RELEASE r0\n" END);
	snapshot = pt_snapshot(self->arena);
	EXPECT_EQ(0, pymm_snapshot_object(snapshot, id)->value);
	pymm_snapshot_free(snapshot);
}

/* It has no owner: what one thread took, another may give back. */
TEST_F(lock, any_thread_may_release)
{
	int other = pt_thread(self->arena, NULL);

	pt_exec(self->thread, NEW "LOCK_ACQUIRE r1, r0, nowait\n" END);
	EXPECT_STREQ("", pt_exec(other, GET "LOCK_RELEASE r0\n" END));
	EXPECT_EXEC("True\n", GET "LOCK_ACQUIRE r1, r0, nowait\nPRINT r1, end\n" END);
	close(other);
}

TEST_F(lock, stays_taken_when_its_taker_ends)
{
	int other = pt_thread(self->arena, NULL);

	pt_exec(self->thread, NEW END);
	pt_exec(other, GET "LOCK_ACQUIRE r1, r0, nowait\n" END);
	close(other);
	EXPECT_EXEC("False\n", GET "LOCK_ACQUIRE r1, r0, nowait\nPRINT r1, end\n" END);
}

TEST_F(lock, waiting_gives_the_gil_up)
{
	int other = pt_thread(self->arena, NULL);
	struct pt_task task;

	pt_exec(self->thread, NEW "LOCK_ACQUIRE r1, r0, nowait\n" END);
	pt_start(&task, other, GET "LOCK_ACQUIRE r1, r0, forever\nPRINT r1, end\n" END);
	ASSERT_TRUE(pt_until(asleep(self->arena, &task), PT_DEADLINE_MS));
	/* Another thread makes progress, and in the end lets it go on. */
	EXPECT_EXEC("3\n", "LOAD_CONST r0, 3\nPRINT r0, end\n" END);
	EXPECT_FALSE(task.done);
	EXPECT_EXEC("", GET "LOCK_RELEASE r0\n" END);
	EXPECT_STREQ("True\n", pt_join(&task));
	pt_task_free(&task);
	close(other);
}

/* A contended acquire has to win the GIL again: two waits. */
TEST_F(lock, has_the_gil_again_after_waiting)
{
	int other = pt_thread(self->arena, NULL);
	struct pt_task task;

	pt_exec(self->thread, NEW "LOCK_ACQUIRE r1, r0, nowait\n" END);
	pt_start(&task, other, GET "LOCK_ACQUIRE r1, r0, forever\nLOAD_CONST r2, 1\n"
		 "STORE_GLOBAL r2, x\n" END);
	ASSERT_TRUE(pt_until(asleep(self->arena, &task), PT_DEADLINE_MS));
	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	EXPECT_EXEC("", GET "LOCK_RELEASE r0\n" END);
	EXPECT_TRUE(pt_gil_waited_for(self->arena, 1));
	EXPECT_EQ(0, pt_id(self->arena, "x"));
	ASSERT_EQ(0, pt_gil_release(self->thread));
	EXPECT_STREQ("", pt_join(&task));
	EXPECT_NE(0, pt_id(self->arena, "x"));
	pt_task_free(&task);
	close(other);
}

/* Waiting for a lock, a thread keeps what it holds across calls: it has it on return. */
/* The task that waits stays: a GIL whose holder's task has ended is nobody's. */
TEST_F(lock, waiting_with_a_held_gil)
{
	int other = pt_thread(self->arena, NULL);
	struct pt_task task;

	pt_exec(self->thread, NEW "LOCK_ACQUIRE r1, r0, nowait\n" END);
	ASSERT_EQ(0, pt_gil_acquire(other));
	/* It can run once the GIL is given up. */
	pt_start(&task, self->thread, GET "LOCK_RELEASE r0\n" END);
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	EXPECT_STREQ("", pt_exec(other, GET "LOCK_ACQUIRE r1, r0, forever\n" END));
	EXPECT_EQ(1, pt_gil_stat(other).held);
	ASSERT_EQ(0, pt_gil_release(other));
	EXPECT_STREQ("", pt_join(&task));
	pt_task_free(&task);
	close(other);
}

#define WAITERS	8

TEST_F(lock, every_waiter_is_served)
{
	struct pt_task tasks[WAITERS];
	int threads[WAITERS];

	pt_exec(self->thread, NEW "LOCK_ACQUIRE r1, r0, nowait\nLOAD_CONST r1, 0\n"
		"STORE_GLOBAL r1, n\n" END);
	for (int i = 0; i < WAITERS; i++) {
		threads[i] = pt_thread(self->arena, NULL);
		pt_start(&tasks[i], threads[i], GET "LOCK_ACQUIRE r1, r0, forever\n"
			 "LOAD_GLOBAL r1, n\nLOAD_CONST r2, 1\nBINARY_OP r1, r1, r2, +\n"
			 "STORE_GLOBAL r1, n\nLOCK_RELEASE r0\n" END);
		ASSERT_TRUE(pt_until(asleep(self->arena, &tasks[i]), PT_DEADLINE_MS));
	}
	EXPECT_EXEC("", GET "LOCK_RELEASE r0\n" END);
	for (int i = 0; i < WAITERS; i++) {
		EXPECT_STREQ("", pt_join(&tasks[i]));
		pt_task_free(&tasks[i]);
		close(threads[i]);
	}
	EXPECT_EXEC("8\n", "LOAD_GLOBAL r0, n\nPRINT r0, end\n" END);
}

TEST_F(lock, a_waiter_holds_a_reference)
{
	int other = pt_thread(self->arena, NULL);
	struct pt_task task;

	pt_exec(self->thread, NEW "LOCK_ACQUIRE r1, r0, nowait\n" END);
	pt_start(&task, other, GET "LOCK_ACQUIRE r1, r0, forever\n" END);
	ASSERT_TRUE(pt_until(asleep(self->arena, &task), PT_DEADLINE_MS));
	pt_exec(self->thread, GET "STORE_GLOBAL r0, other\nDELETE_GLOBAL lock\n" END);
	EXPECT_EQ(2, pt_refs(self->arena, "other"));
	EXPECT_EXEC("", "LOAD_GLOBAL r0, other\nDELETE_GLOBAL other\nLOCK_RELEASE r0\n" END);
	EXPECT_STREQ("", pt_join(&task));
	EXPECT_EQ(0, pt_count_type(self->arena, PYMM_TYPE_LOCK));
	pt_task_free(&task);
	close(other);
}

/* ---- deadlock: nothing but a signal ends it ---- */

TEST_F(lock, a_deadlock_is_interrupted)
{
	struct pt_task task;

	pt_start(&task, self->thread,
		 NEW "LOCK_ACQUIRE r1, r0, nowait\nLOCK_ACQUIRE r1, r0, forever\n" END);
	ASSERT_TRUE(pt_until(asleep(self->arena, &task), PT_DEADLINE_MS));
	EXPECT_TRUE(pt_interrupt(&task));
	EXPECT_STREQ("<interrupted>\n", pt_join(&task));
	pt_task_free(&task);
}

/* Interrupted, freed by another thread, resumed: the acquire that had paused succeeds. */
TEST_F(lock, an_interrupted_acquire_goes_on)
{
	struct pymm_program *program = pt_assemble(
		NEW "LOCK_ACQUIRE r1, r0, nowait\nLOCK_ACQUIRE r1, r0, forever\n"
		"STORE_GLOBAL r1, got\n" END);
	struct itimerval soon = { .it_value.tv_usec = 20000 };
	int other = pt_thread(self->arena, NULL);
	struct pymm_run run = { 0 };

	pt_quiet_signal(SIGALRM);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &soon, NULL));
	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	ASSERT_EQ(PYMM_STATUS_INTERRUPTED, run.status);
	EXPECT_EQ(3, run.pos);
	EXPECT_EQ(3, run.steps);
	EXPECT_STREQ("", pt_exec(other, GET "LOCK_RELEASE r0\n" END));
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	EXPECT_EXEC("True\n", "LOAD_GLOBAL r0, got\nPRINT r0, end\n" END);
	close(other);
	pymm_program_free(program);
}

/* The deadline of a timed acquire is the same after a pause. */
TEST_F(lock, an_interrupted_acquire_keeps_its_deadline)
{
	struct pymm_program *program = pt_assemble(
		NEW "LOCK_ACQUIRE r1, r0, nowait\nLOCK_ACQUIRE r1, r0, 200000000\n"
		"STORE_GLOBAL r1, got\n" END);
	struct itimerval soon = { .it_value.tv_usec = 20000 };
	struct pymm_run run = { 0 };
	uint64_t start = pt_now();

	pt_quiet_signal(SIGALRM);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &soon, NULL));
	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	ASSERT_EQ(PYMM_STATUS_INTERRUPTED, run.status);
	/* Resumed after the deadline, it does not wait again. */
	ASSERT_TRUE(pt_until(pt_now() > start + 210 * NS_PER_MS, PT_DEADLINE_MS));
	start = pt_now();
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	EXPECT_GT(start + 150 * NS_PER_MS, pt_now());
	EXPECT_EXEC("False\n", "LOAD_GLOBAL r0, got\nPRINT r0, end\n" END);
	pymm_program_free(program);
}

TEST_F(lock, a_deadlock_is_killed)
{
	pid_t child = pt_fork();

	if (!child) {
		pt_exec(self->thread,
			NEW "LOCK_ACQUIRE r1, r0, nowait\nLOCK_ACQUIRE r1, r0, forever\n" END);
		_exit(1);
	}
	ASSERT_TRUE(pt_until(pt_id(self->arena, "lock") && !pt_stat(self->arena).gil_holder &&
			     pt_blocked(child), PT_DEADLINE_MS));
	EXPECT_GT(100 * NS_PER_MS * PT_EMULATION, pt_kill(child));
}

/* Two locks, two threads, in the wrong order: both are got rid of. */
TEST_F(lock, a_deadlock_of_two)
{
	static const char program[] =
		"LOAD_GLOBAL r0, %s\nLOCK_ACQUIRE r1, r0, forever\n"
		"LOAD_CONST r2, 1\nSTORE_GLOBAL r2, %s_taken\n"
		"wait:\nLOAD_GLOBAL r2, %s_taken\nPOP_JUMP_IF_TRUE r2, on\nJUMP_BACKWARD wait\non:\n"
		"LOAD_GLOBAL r0, %s\nLOCK_ACQUIRE r1, r0, forever\n" END;
	int other = pt_thread(self->arena, NULL);
	struct pt_task one, two;
	char text[512];

	pt_exec(self->thread, "LOCK_NEW r0\nSTORE_GLOBAL r0, a\nLOCK_NEW r0\nSTORE_GLOBAL r0, b\n"
		"LOAD_CONST r0, 0\nSTORE_GLOBAL r0, a_taken\nSTORE_GLOBAL r0, b_taken\n" END);
	snprintf(text, sizeof(text), program, "a", "a", "b", "b");
	pt_start(&one, self->thread, text);
	snprintf(text, sizeof(text), program, "b", "b", "a", "a");
	pt_start(&two, other, text);
	ASSERT_TRUE(pt_until(asleep(self->arena, &one) && asleep(self->arena, &two),
			     PT_DEADLINE_MS));
	EXPECT_TRUE(pt_interrupt(&one));
	EXPECT_STREQ("<interrupted>\n", pt_join(&one));
	/* The first let nothing go: a lock has no owner. */
	EXPECT_TRUE(asleep(self->arena, &two));
	EXPECT_TRUE(pt_interrupt(&two));
	EXPECT_STREQ("<interrupted>\n", pt_join(&two));
	pt_task_free(&one);
	pt_task_free(&two);
	close(other);
}

TEST_HARNESS_MAIN
