// SPDX-License-Identifier: GPL-2.0
/*
 * threading.RLock, whose owner may go without releasing it; time.sleep; and what a dump tells of
 * who waits for whom.
 */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "gil_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE_OF_TWO(rlock)

#define NEW	"RLOCK_NEW r0\nSTORE_GLOBAL r0, lock\n"
#define GET	"LOAD_GLOBAL r0, lock\n"
#define TAKE	GET "LOCK_ACQUIRE r1, r0, forever\n"
#define TRY	GET "LOCK_ACQUIRE r1, r0, nowait\nPRINT r1, end\n"
#define LEAVE	GET "LOCK_RELEASE r0\n"
#define BEGUN	"LOAD_CONST r2, 1\nSTORE_GLOBAL r2, begun\n"

/* An owner that is gone is noticed within this time. */
#define NOTICED	(300 * NS_PER_MS * PT_EMULATION)

/* Who sleeps in the kernel without the GIL being held. */
static bool asleep(int arena, const struct pt_task *task)
{
	return !pt_stat(arena).gil_holder && pt_blocked(task->tid);
}

/* Run a text: what it printed does not count, the flags do. */
static uint32_t flags_of(int thread, const char *text)
{
	struct pymm_program *program = pt_assemble(text);
	struct pymm_run run = { 0 };

	pt_must(pt_run(thread, program, &run), "RUN");
	pymm_program_free(program);
	return run.status == PYMM_STATUS_DONE ? run.result_flags : ~0U;
}

/* Waits for the GIL for a moment, in vain. */
static void *give_up(void *arg)
{
	struct pt_waiter *waiter = arg;

	waiter->ret = pt_gil(waiter->thread, PYMM_GIL_ACQUIRE, pt_now() + 10 * NS_PER_MS, NULL);
	return NULL;
}

/* A RUN of a task of its own that stays as it is when a signal interrupts it. */
struct pause {
	pthread_t pthread;
	int thread;
	struct pymm_program *program;
	struct pymm_run run;
	int tid;
	int ret;
	bool done;
};

static void *run_until_paused(void *arg)
{
	struct pause *pause = arg;

	__atomic_store_n(&pause->tid, gettid(), __ATOMIC_RELEASE);
	pause->ret = pt_run(pause->thread, pause->program, &pause->run);
	__atomic_store_n(&pause->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool paused(struct pause *pause)
{
	if (__atomic_load_n(&pause->done, __ATOMIC_ACQUIRE))
		return true;
	pthread_kill(pause->pthread, SIGUSR1);
	return false;
}

/* ---- the owner ---- */

TEST_F(rlock, its_owner_takes_it_again)
{
	EXPECT_EXEC("True\nTrue\nTrue\n", NEW TRY TRY TRY LEAVE LEAVE LEAVE END);
	EXPECT_STREQ("True\n", pt_exec(self->other, TRY LEAVE END));
}

TEST_F(rlock, released_once_too_often)
{
	EXPECT_EXEC("RuntimeError: cannot release un-acquired lock\n", NEW LEAVE END);
	EXPECT_EXEC("True\nRuntimeError: cannot release un-acquired lock\n", NEW TRY LEAVE LEAVE END);
}

TEST_F(rlock, others_cannot_have_it)
{
	EXPECT_EXEC("True\nTrue\n", NEW TRY TRY END);
	EXPECT_STREQ("False\n", pt_exec(self->other, TRY END));
	EXPECT_STREQ("RuntimeError: cannot release un-acquired lock\n", pt_exec(self->other, LEAVE END));
	EXPECT_EXEC("", LEAVE END);
	EXPECT_STREQ("False\n", pt_exec(self->other, TRY END));
	EXPECT_EXEC("", LEAVE END);
	EXPECT_STREQ("True\n", pt_exec(self->other, TRY END));
	EXPECT_EXEC("RuntimeError: cannot release un-acquired lock\n", LEAVE END);
	EXPECT_STREQ("", pt_exec(self->other, LEAVE END));
}

TEST_F(rlock, a_timeout)
{
	uint64_t start;

	EXPECT_EXEC("True\n", NEW TRY END);
	start = pt_now();
	EXPECT_STREQ("False\n", pt_exec(self->other, GET "LOCK_ACQUIRE r1, r0, 120000000\nPRINT r1, end\n" END));
	EXPECT_LE(start + 120 * NS_PER_MS, pt_now());
	EXPECT_EXEC("", LEAVE END);
}

TEST_F(rlock, a_waiter_gets_it_when_the_last_hold_ends)
{
	struct pt_task task;

	EXPECT_EXEC("True\nTrue\n", NEW TRY TRY END);
	pt_start(&task, self->other, TAKE "PRINT r1, end\n" LEAVE END);
	ASSERT_TRUE(pt_until(asleep(self->arena, &task), PT_DEADLINE_MS));
	EXPECT_EXEC("", LEAVE END);
	EXPECT_FALSE(task.done);
	EXPECT_EXEC("", LEAVE END);
	EXPECT_STREQ("True\n", pt_join(&task));
	pt_task_free(&task);
	EXPECT_EXEC("True\n", TRY LEAVE END);
}

TEST_F(rlock, freed_while_it_is_taken)
{
	EXPECT_EXEC("True\n", NEW TRY "DELETE_GLOBAL lock\n" END);
	EXPECT_EQ(0, pt_count_type(self->arena, PYMM_TYPE_RLOCK));
	EXPECT_EXEC("True\nTrue\n", NEW TRY TRY LEAVE LEAVE END);
}

/* ---- an owner that is gone ---- */

TEST_F(rlock, a_closed_owner)
{
	int owner = pt_thread(self->arena, NULL);

	EXPECT_EXEC("", NEW END);
	ASSERT_STREQ("True\nTrue\n", pt_exec(owner, TRY TRY END));
	EXPECT_EXEC("False\n", TRY END);
	close(owner);
	EXPECT_EQ(PYMM_RAN_LOCK_OWNER_DIED, flags_of(self->thread, TAKE LEAVE END));
	EXPECT_EQ(0, flags_of(self->thread, TAKE LEAVE END));
	EXPECT_EQ(0, flags_of(self->other, TAKE LEAVE END));
}

/* Its thread fd is open in this process as well: it is the task that counts. */
TEST_F(rlock, an_os_thread_that_ends)
{
	struct pt_task task;

	EXPECT_EXEC("", NEW END);
	pt_start(&task, self->other, TRY END);
	EXPECT_STREQ("True\n", pt_join(&task));
	pt_task_free(&task);
	EXPECT_EQ(PYMM_RAN_LOCK_OWNER_DIED, flags_of(self->thread, TAKE END));
	/* Who runs the thread that was the owner is too late. */
	EXPECT_STREQ("RuntimeError: cannot release un-acquired lock\n", pt_exec(self->other, LEAVE END));
	EXPECT_EQ(0, flags_of(self->thread, LEAVE END));
}

/* Whoever runs a thread answers for it: its RLocks are its own. */
TEST_F(rlock, another_task_goes_on_with_the_owner)
{
	struct pt_task task;

	EXPECT_EXEC("", NEW END);
	pt_start(&task, self->other, TRY END);
	EXPECT_STREQ("True\n", pt_join(&task));
	pt_task_free(&task);
	EXPECT_STREQ("", pt_exec(self->other, END));
	EXPECT_EXEC("False\n", TRY END);
	EXPECT_STREQ("", pt_exec(self->other, LEAVE END));
	EXPECT_EQ(0, flags_of(self->thread, TAKE LEAVE END));
}

/* A child that takes the RLock with a thread of its own, and stays. */
static pid_t owner(int arena)
{
	pid_t child = pt_fork();
	int thread;

	if (!child) {
		thread = pt_thread(arena, NULL);
		pt_exec(thread, TAKE "LOAD_CONST r1, 1\nSTORE_GLOBAL r1, taken\n" END);
		for (;;)
			pause();
	}
	if (!pt_until(pt_id(arena, "taken"), PT_DEADLINE_MS))
		pt_die("the child does not get the lock");
	return child;
}

TEST_F(rlock, a_killed_owner)
{
	uint64_t killed;

	EXPECT_EXEC("", NEW END);
	pt_kill(owner(self->arena));
	killed = pt_now();
	EXPECT_EQ(PYMM_RAN_LOCK_OWNER_DIED, flags_of(self->thread, TAKE LEAVE END));
	EXPECT_GT(killed + NOTICED, pt_now());
	EXPECT_EQ(0, flags_of(self->other, TAKE LEAVE END));
}

#define MAX_WAITERS	8

/* One of those who wait has it soon, and is told; then the others, who are not. */
TEST_F(rlock, a_killed_owner_with_waiters)
{
	static const int numbers[] = { 1, MAX_WAITERS };

	EXPECT_EXEC("", NEW "LOAD_CONST r0, 0\nSTORE_GLOBAL r0, n\n" END);
	for (unsigned int i = 0; i < ARRAY_SIZE(numbers); i++) {
		struct pt_task tasks[MAX_WAITERS];
		int threads[MAX_WAITERS];
		uint64_t killed;
		pid_t child = owner(self->arena);

		for (int j = 0; j < numbers[i]; j++) {
			threads[j] = pt_thread(self->arena, NULL);
			pt_start(&tasks[j], threads[j], TAKE "LOAD_GLOBAL r1, n\nLOAD_CONST r2, 1\n"
				 "BINARY_OP r1, r1!, r2, +\nSTORE_GLOBAL r1!, n\n" LEAVE END);
			ASSERT_TRUE(pt_until(asleep(self->arena, &tasks[j]), PT_DEADLINE_MS));
		}
		pt_kill(child);
		killed = pt_now();
		for (int j = 0; j < numbers[i]; j++) {
			EXPECT_STREQ("", pt_join(&tasks[j]));
			pt_task_free(&tasks[j]);
			close(threads[j]);
		}
		EXPECT_GT(killed + NOTICED, pt_now());
		EXPECT_EQ(0, flags_of(self->thread, TAKE LEAVE END));
		EXPECT_EXEC("", "DELETE_GLOBAL taken\n" END);
	}
	EXPECT_EXEC("9\n", "LOAD_GLOBAL r0, n\nPRINT r0, end\n" END);
}

/* More than are given up in one turn. */
TEST_F(rlock, an_owner_of_thousands)
{
	int owner = pt_thread(self->arena, NULL);

	ASSERT_STREQ("", pt_exec(owner, "BUILD_LIST r2, ()\nSTORE_GLOBAL r2, all\nLOAD_CONST r3, 5000\nLOAD_CONST r4, 1\n"
				 "more:\nRLOCK_NEW r0\nLOCK_ACQUIRE r1, r0, nowait\nLIST_APPEND r2, r0\n"
				 "BINARY_OP r3, r3!, r4, -=\nPOP_JUMP_IF_FALSE r3, done\nJUMP_BACKWARD more\ndone:\n" END));
	close(owner);
	EXPECT_EQ(PYMM_RAN_LOCK_OWNER_DIED,
		  flags_of(self->thread, "LOAD_GLOBAL r2, all\nGET_ITER r3, r2\nmore:\nFOR_ITER r0, r3, done\n"
			   "LOCK_ACQUIRE r1, r0, forever\nJUMP_BACKWARD more\ndone:\n" END));
	EXPECT_EXEC("5000\n", "LOAD_GLOBAL r2, all\nGET_LEN r0, r2\nPRINT r0, end\n" END);
}

/* A call for its thread that was given up, by a task that is gone, says nothing of who answers for that. */
TEST_F(rlock, a_call_that_came_to_nothing)
{
	struct pt_waiter waiter;

	EXPECT_EXEC("True\n", NEW TRY END);
	ASSERT_EQ(0, pt_gil_acquire(self->other));
	waiter = (struct pt_waiter){ .thread = self->thread };
	ASSERT_EQ(0, pthread_create(&waiter.pthread, NULL, give_up, &waiter));
	pthread_join(waiter.pthread, NULL);
	EXPECT_EQ(-ETIMEDOUT, waiter.ret);
	EXPECT_EQ(0, pt_gil_release(self->other));
	EXPECT_STREQ("False\n", pt_exec(self->other, GET "LOCK_ACQUIRE r1, r0, 200000000\nPRINT r1, end\n" END));
	EXPECT_EXEC("", LEAVE END);
}

/*
 * Its task ends when it has the lock and not yet the GIL: the lock is another one's then, and the
 * program that goes on has waited in vain.
 */
TEST_F(rlock, granted_to_a_task_that_ends)
{
	struct pause pause = {
		.thread = self->thread,
		.program = pt_assemble(BEGUN GET "LOCK_ACQUIRE r1, r0, 900000000\nSTORE_GLOBAL r1, got\n" END),
	};

	EXPECT_STREQ("True\n", pt_exec(self->other, NEW TRY END));
	pt_quiet_signal(SIGUSR1);
	ASSERT_EQ(0, pthread_create(&pause.pthread, NULL, run_until_paused, &pause));
	ASSERT_TRUE(pt_until(pt_id(self->arena, "begun") && !pt_stat(self->arena).gil_holder && pt_blocked(pause.tid),
			     PT_DEADLINE_MS));
	ASSERT_EQ(0, pt_gil_acquire(self->other));
	EXPECT_STREQ("", pt_exec(self->other, LEAVE END));
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	ASSERT_TRUE(pt_until(paused(&pause), PT_DEADLINE_MS));
	pthread_join(pause.pthread, NULL);
	EXPECT_EQ(0, pause.ret);
	EXPECT_EQ(PYMM_STATUS_INTERRUPTED, pause.run.status);
	EXPECT_EQ(0, pt_gil_release(self->other));
	EXPECT_EQ(PYMM_RAN_LOCK_OWNER_DIED, flags_of(self->other, TAKE END));
	EXPECT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &pause.run));
	EXPECT_EQ(PYMM_STATUS_DONE, pause.run.status);
	pymm_program_free(pause.program);
	EXPECT_STREQ("False\n", pt_exec(self->other, "LOAD_GLOBAL r0, got\nPRINT r0, end\n" LEAVE END));
}

/* Told of an owner that is gone, it is killed before it can tell: the next one is told. */
TEST_F(rlock, killed_before_it_could_tell)
{
	int owner = pt_thread(self->arena, NULL), thread = pt_thread(self->arena, NULL);
	pid_t child;

	EXPECT_EXEC("", NEW END);
	EXPECT_STREQ("True\n", pt_exec(owner, TRY END));
	child = pt_fork();
	if (!child) {
		close(owner);
		pt_exec(thread, BEGUN TAKE END);
		_exit(1);
	}
	close(thread);
	ASSERT_TRUE(pt_until(pt_id(self->arena, "begun") && !pt_stat(self->arena).gil_holder && pt_blocked(child),
			     PT_DEADLINE_MS));
	ASSERT_EQ(0, pt_gil_acquire(self->other));
	close(owner);
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	pt_kill(child);
	EXPECT_EQ(0, pt_gil_release(self->other));
	EXPECT_EQ(PYMM_RAN_LOCK_OWNER_DIED, flags_of(self->thread, TAKE LEAVE END));
	EXPECT_EQ(0, flags_of(self->thread, TAKE LEAVE END));
}

/* Killed wherever it is: taking, holding, waiting for the GIL, giving back. */
TEST_F(rlock, killed_at_random)
{
	EXPECT_EXEC("", NEW "LOAD_CONST r0, 0\nSTORE_GLOBAL r0, n\n" END);
	pt_set_interval(self->arena, 100000);
	for (int i = 0; i < 20; i++) {
		pid_t children[2];

		for (int j = 0; j < 2; j++) {
			children[j] = pt_fork();
			if (children[j])
				continue;
			pt_exec(pt_thread(self->arena, NULL), "more:\n" TAKE TAKE LEAVE LEAVE "JUMP_BACKWARD more\n");
			_exit(1);
		}
		usleep(2000 + 700 * i);
		pt_kill(children[i & 1]);
		EXPECT_EQ(0, flags_of(self->thread, TAKE LEAVE END) & ~(PYMM_RAN_LOCK_OWNER_DIED | PYMM_RAN_OWNER_DIED));
		pt_kill(children[!(i & 1)]);
		EXPECT_EQ(0, flags_of(self->thread, TAKE LEAVE END) & ~(PYMM_RAN_LOCK_OWNER_DIED | PYMM_RAN_OWNER_DIED));
		EXPECT_EQ(0, flags_of(self->other, TAKE LEAVE END));
	}
}

/* ---- sleep ---- */

TEST_F(rlock, sleep_takes_its_time)
{
	static const struct {
		const char *seconds;
		uint64_t ns;
	} rows[] = {
		{ "0", 0 }, { "0.0", 0 }, { "-0.0", 0 }, { "False", 0 }, { "0.05", 50 * NS_PER_MS },
		{ "1e-9", 1 }, { "5e-324", 1 }, { "1", 1000 * NS_PER_MS }, { "1.25", 1250 * NS_PER_MS },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t start = pt_now();

		EXPECT_STREQ("None\n", pt_execf(self->thread, "LOAD_CONST r0, %s\nSLEEP r0, r0!\nPRINT r0, end\n" END,
						rows[i].seconds));
		EXPECT_LE(start + rows[i].ns, pt_now()) TH_LOG("%s", rows[i].seconds);
		EXPECT_GE(start + rows[i].ns + 2000 * NS_PER_MS, pt_now()) TH_LOG("%s", rows[i].seconds);
	}
}

TEST_F(rlock, sleep_of_something_else)
{
	/* Observed with CPython 3.13: time.sleep(x). */
	static const char *const rows[][2] = {
		{ "-1", "ValueError: sleep length must be non-negative" },
		{ "-0.5", "ValueError: sleep length must be non-negative" },
		{ "-5e-324", "ValueError: sleep length must be non-negative" },
		{ "nan", "ValueError: Invalid value NaN (not a number)" },
		{ "inf", "OverflowError: timestamp out of range for platform time_t" },
		{ "1e30", "OverflowError: timestamp out of range for platform time_t" },
		{ "9223372036854775807", "OverflowError: timestamp too large to convert to C PyTime_t" },
		{ "'a'", "TypeError: 'str' object cannot be interpreted as an integer" },
		{ "None", "TypeError: 'NoneType' object cannot be interpreted as an integer" },
	};
	char expected[128];

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(expected, sizeof(expected), "%s\n", rows[i][1]);
		EXPECT_STREQ(expected, pt_execf(self->thread, "LOAD_CONST r0, %s\nSLEEP r0, r0!\n" END, rows[i][0]));
	}
}

TEST_F(rlock, sleep_gives_the_gil_up)
{
	struct pt_task task;

	pt_start(&task, self->other, "LOAD_CONST r0, 16777216.5\nSLEEP r0, r0!\n" END);
	ASSERT_TRUE(pt_until(asleep(self->arena, &task), PT_DEADLINE_MS));
	EXPECT_EXEC("3\n", "LOAD_CONST r0, 3\nPRINT r0, end\n" END);
	EXPECT_FALSE(task.done);
	EXPECT_TRUE(pt_interrupt(&task));
	EXPECT_STREQ("<interrupted>\n", pt_join(&task));
	pt_task_free(&task);
}

/* The end of a sleep is the same after a pause; a program that wants to know is told. */
TEST_F(rlock, sleep_is_interrupted)
{
	struct pymm_program *program = pt_assemble("LOAD_CONST r0, 0.2\nSLEEP r0, r0!\nSTORE_GLOBAL r0, slept\n" END);
	struct itimerval soon = { .it_value.tv_usec = 20000 };
	struct pymm_run run = { 0 };
	uint64_t start = pt_now();

	pt_quiet_signal(SIGALRM);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &soon, NULL));
	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	ASSERT_EQ(PYMM_STATUS_INTERRUPTED, run.status);
	EXPECT_EQ(1, run.pos);
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	EXPECT_LE(start + 200 * NS_PER_MS, pt_now());
	EXPECT_NE(0, pt_id(self->arena, "slept"));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &soon, NULL));
	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	ASSERT_EQ(PYMM_STATUS_INTERRUPTED, run.status);
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME | PYMM_RUN_INTERRUPT, &run));
	EXPECT_EQ(PYMM_STATUS_EXCEPTION, run.status);
	EXPECT_EQ(PYMM_EXC_KEYBOARD_INTERRUPT, run.exception);
	pymm_program_free(program);
}

/* ---- who waits for whom ---- */

struct looked {
	struct pymm_dump_thread threads[4];
	unsigned int nr_threads;
	struct pymm_dump_lock locks[4];
	unsigned int nr_locks;
};

static struct looked look(int arena)
{
	struct pymm_snapshot *snapshot = pt_snapshot(arena);
	const struct pymm_dump_record *record = NULL;
	struct looked looked = { 0 };

	while ((record = pymm_snapshot_next(snapshot, record))) {
		if (record->kind == PYMM_DUMP_THREAD && looked.nr_threads < 4)
			looked.threads[looked.nr_threads++] = *(const struct pymm_dump_thread *)record;
		if (record->kind == PYMM_DUMP_LOCK && looked.nr_locks < 4)
			looked.locks[looked.nr_locks++] = *(const struct pymm_dump_lock *)record;
	}
	pymm_snapshot_free(snapshot);
	return looked;
}

TEST_F(rlock, a_dump_shows_who_waits_for_whom)
{
	struct looked looked;
	struct pt_task task;

	EXPECT_EXEC("True\nTrue\n", NEW TRY TRY END);
	pt_start(&task, self->other, TAKE LEAVE END);
	ASSERT_TRUE(pt_until(asleep(self->arena, &task), PT_DEADLINE_MS));
	looked = look(self->arena);
	ASSERT_EQ(1, looked.nr_locks);
	EXPECT_EQ(pt_id(self->arena, "lock"), looked.locks[0].id);
	EXPECT_EQ(1, looked.locks[0].thread_id);
	EXPECT_EQ(2, looked.locks[0].depth);
	EXPECT_EQ(1, looked.locks[0].nr_waiters);
	ASSERT_EQ(2, looked.nr_threads);
	EXPECT_EQ(1, looked.threads[0].thread_id);
	EXPECT_EQ(0, looked.threads[0].lock);
	EXPECT_EQ(0, looked.threads[0].flags);
	EXPECT_EQ(0, looked.threads[0].since_ns);
	EXPECT_EQ(2, looked.threads[1].thread_id);
	EXPECT_EQ(looked.locks[0].id, looked.threads[1].lock);
	EXPECT_LT(0, looked.threads[1].since_ns);
	EXPECT_EQ(pt_gil_stat(self->thread).holds, looked.threads[0].holds);
	EXPECT_EXEC("", LEAVE LEAVE END);
	EXPECT_STREQ("", pt_join(&task));
	pt_task_free(&task);
	looked = look(self->arena);
	EXPECT_EQ(0, looked.locks[0].thread_id);
	EXPECT_EQ(0, looked.locks[0].depth);
	EXPECT_EQ(0, looked.locks[0].nr_waiters);
	EXPECT_EQ(0, looked.threads[1].lock);
}

TEST_F(rlock, a_dump_shows_who_has_the_gil)
{
	struct pt_waiter waiter;
	struct looked looked;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	pt_waiter_start(&waiter, self->other);
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	looked = look(self->arena);
	ASSERT_EQ(2, looked.nr_threads);
	EXPECT_EQ(PYMM_DUMP_THREAD_HOLDS, looked.threads[0].flags);
	EXPECT_EQ(PYMM_DUMP_THREAD_WAITS, looked.threads[1].flags);
	EXPECT_LE(looked.threads[1].since_ns, looked.threads[0].since_ns);
	EXPECT_NE(0, looked.threads[0].pid);
	EXPECT_NE(0, looked.threads[1].pid);
	EXPECT_EQ(0, pt_gil_release(self->thread));
	EXPECT_EQ(0, pt_waiter_join(&waiter));
	looked = look(self->arena);
	EXPECT_EQ(0, looked.threads[0].flags | looked.threads[1].flags);
	EXPECT_EQ(1, looked.threads[1].waits);
}

/* As whoever looks sees it: in another pid namespace, there is no such process. */
TEST_F(rlock, a_dump_shows_pids)
{
	pid_t child;
	int status;

	child = pt_fork();
	if (!child)
		_exit(0);
	pt_wait(child);
	EXPECT_EXEC("", END);
	EXPECT_EQ(getpid(), look(self->arena).threads[0].pid);
	EXPECT_EQ(0, look(self->arena).threads[1].pid);
	child = pt_fork();
	if (!child) {
		pid_t inner;

		if (unshare(CLONE_NEWPID))
			_exit(77);
		/* Not pt_fork(): a parent in another namespace has no number. */
		inner = fork();
		if (!inner)
			_exit(look(self->arena).threads[0].pid != 0);
		status = pt_wait(inner);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
	}
	status = pt_wait(child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		SKIP(return, "no pid namespaces");
	EXPECT_EQ(0, status);
}

TEST_HARNESS_MAIN
