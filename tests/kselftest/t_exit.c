// SPDX-License-Identifier: GPL-2.0
/*
 * Death: of the holder of the GIL, of waiters, of processes full of references, in
 * the middle of long operations. Nothing stays behind, nobody waits for the dead.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "gil_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

/* Within 100 ms, on a machine that is not emulated. */
#define SOON	(100 * NS_PER_MS * PT_EMULATION)

PT_FIXTURE_OF_TWO(exit)

/* A child that takes the GIL and then does nothing more. */
static pid_t holder(int arena, int thread, uint32_t id)
{
	pid_t child = pt_fork();

	if (!child) {
		if (pt_gil_acquire(thread))
			_exit(1);
		for (;;)
			pause();
	}
	if (!pt_gil_held_by(arena, id))
		pt_die("the child does not get the GIL");
	return child;
}

/* ---- the holder of the GIL ---- */

/* Its thread fd is open in this process as well: it is the task that counts. */
TEST_F(exit, killed_holder)
{
	uint64_t abandoned = pt_stat(self->arena).gil_abandoned;

	pt_kill(holder(self->arena, self->other, 2));
	EXPECT_EQ(-EOWNERDEAD, pt_gil_acquire(self->thread));
	EXPECT_EQ(1, pt_gil_stat(self->thread).held);
	EXPECT_EQ(abandoned + 1, pt_stat(self->arena).gil_abandoned);
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

TEST_F(exit, killed_holder_is_told_once)
{
	pt_kill(holder(self->arena, self->other, 2));
	EXPECT_EQ(-EOWNERDEAD, pt_gil_acquire(self->thread));
	EXPECT_EQ(0, pt_gil_release(self->thread));
	EXPECT_EQ(0, pt_gil_acquire(self->thread));
	EXPECT_EQ(0, pt_gil_release(self->thread));
	EXPECT_EQ(0, pt_gil_acquire(self->other));
	EXPECT_EQ(0, pt_gil_release(self->other));
}

/* A RUN that fails before its first instruction tells nobody: the next one has to be told. */
TEST_F(exit, killed_holder_and_a_run_that_fails)
{
	struct pymm_run run = { 0 };
	struct pymm_program *program;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	for (int i = 0; i < 3000; i++)
		fprintf(out, "LOAD_CONST r0, %d\n", 1000 + i);
	fputs(END, out);
	fclose(out);
	program = pt_assemble(text);
	pt_set_max_objects(self->arena, 1024);
	pt_kill(holder(self->arena, self->other, 2));
	EXPECT_EQ(-EDQUOT, pt_run(self->thread, program, &run));
	EXPECT_EQ(-EOWNERDEAD, pt_gil_acquire(self->thread));
	EXPECT_EQ(0, pt_gil_release(self->thread));
	pymm_program_free(program);
	free(text);
}

TEST_F(exit, killed_holder_and_a_run)
{
	struct pymm_program *program = pt_assemble(END);
	struct pymm_run run = { 0 };

	pt_kill(holder(self->arena, self->other, 2));
	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	EXPECT_EQ(PYMM_RAN_OWNER_DIED, run.result_flags);
	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(0, run.result_flags);
	pymm_program_free(program);
}

TEST_F(exit, killed_holder_and_a_deadline)
{
	pt_kill(holder(self->arena, self->other, 2));
	EXPECT_EQ(-EOWNERDEAD, pt_gil(self->thread, PYMM_GIL_ACQUIRE, 1, NULL));
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

/* The thread state of the dead can be used again by who has its fd. */
TEST_F(exit, killed_holder_and_its_own_thread)
{
	pt_kill(holder(self->arena, self->other, 2));
	EXPECT_EQ(-EOWNERDEAD, pt_gil_acquire(self->other));
	EXPECT_EQ(1, pt_gil_stat(self->other).held);
	EXPECT_EQ(0, pt_gil_release(self->other));
}

TEST_F(exit, killed_holder_with_a_waiter)
{
	pid_t child = holder(self->arena, self->other, 2);
	struct pt_waiter waiter;

	pt_waiter_start(&waiter, self->thread);
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	pt_kill(child);
	EXPECT_EQ(-EOWNERDEAD, pt_waiter_join(&waiter));
}

static void *take_and_end(void *arg)
{
	return (void *)(long)pt_gil_acquire(*(int *)arg);
}

/* A thread of this process that ends with the GIL. */
TEST_F(exit, ended_thread_as_holder)
{
	pthread_t pthread;

	ASSERT_EQ(0, pthread_create(&pthread, NULL, take_and_end, &self->other));
	pthread_join(pthread, NULL);
	EXPECT_EQ(-EOWNERDEAD, pt_gil_acquire(self->thread));
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

TEST_F(exit, closed_thread_as_holder)
{
	uint64_t abandoned = pt_stat(self->arena).gil_abandoned;

	ASSERT_EQ(0, pt_gil_acquire(self->other));
	close(self->other);
	self->other = -1;
	EXPECT_EQ(0, pt_stat(self->arena).gil_holder);
	EXPECT_EQ(abandoned + 1, pt_stat(self->arena).gil_abandoned);
	EXPECT_EQ(-EOWNERDEAD, pt_gil_acquire(self->thread));
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

TEST_F(exit, closed_thread_with_a_waiter)
{
	struct pt_waiter waiter;

	ASSERT_EQ(0, pt_gil_acquire(self->other));
	pt_waiter_start(&waiter, self->thread);
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	close(self->other);
	self->other = -1;
	EXPECT_EQ(-EOWNERDEAD, pt_waiter_join(&waiter));
}

/* A child that has the fds but not the GIL: its end means nothing. */
TEST_F(exit, child_that_inherited_the_fds)
{
	pid_t child;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	child = pt_fork();
	if (!child)
		_exit(0);
	EXPECT_EQ(0, pt_wait(child));
	EXPECT_EQ(1, pt_gil_stat(self->thread).held);
	EXPECT_EQ(2, pt_stat(self->arena).threads);
	EXPECT_EQ(0, pt_gil_release(self->thread));
	EXPECT_EQ(0, pt_gil_acquire(self->other));
	EXPECT_EQ(0, pt_gil_release(self->other));
}

/* ---- references of the dead ---- */

/* A paused program that holds 10 000 lists. */
static int hold_lists(int thread)
{
	struct pymm_program *program = pt_assemble(
		"BUILD_LIST r0, ()\nloop:\nBUILD_LIST r1, ()\nLIST_APPEND r0, r1!\n"
		"JUMP_BACKWARD loop\n");
	struct pymm_run run = { .max_steps = 30000 };

	return pt_run(thread, program, &run) || run.status != PYMM_STATUS_LIMIT;
}

TEST_F(exit, process_full_of_references)
{
	pid_t child = pt_fork();

	if (!child) {
		int thread = pt_thread(self->arena, NULL);

		if (hold_lists(thread))
			_exit(1);
		for (;;)
			pause();
	}
	ASSERT_TRUE(pt_until(pt_stat(self->arena).objects >= self->objects + 10000, PT_DEADLINE_MS));
	pt_kill(child);
	EXPECT_TRUE(pt_until(pt_stat(self->arena).objects == self->objects, 2000));
	EXPECT_EQ(2, pt_stat(self->arena).threads);
}

/* Killed while it allocates, its thread fd going with it. */
TEST_F(exit, process_that_allocates)
{
	pid_t child = pt_fork();

	if (!child) {
		int thread = pt_thread(self->arena, NULL);

		pt_exec(thread, "BUILD_LIST r0, ()\nloop:\nBUILD_LIST r1, ()\nLIST_APPEND r0, r1!\n"
			"JUMP_BACKWARD loop\n");
		_exit(1);
	}
	ASSERT_TRUE(pt_until(pt_stat(self->arena).objects >= self->objects + 1000, PT_DEADLINE_MS));
	EXPECT_GT(SOON, pt_kill(child));
	EXPECT_TRUE(pt_until(pt_stat(self->arena).objects == self->objects, 2000));
}

/* An arena nobody else has: it goes with the process, and rmmod will see to it. */
TEST_F(exit, process_with_an_arena_of_its_own)
{
	int ready[2];
	char byte;
	pid_t child;

	ASSERT_EQ(0, pipe(ready));
	child = pt_fork();
	if (!child) {
		int arena = pt_open();

		if (hold_lists(pt_thread(arena, NULL)) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ASSERT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_GT(SOON, pt_kill(child));
	close(ready[0]);
	close(ready[1]);
}

struct run_once {
	int thread;
	struct pymm_program *program;
	struct pymm_run run;
	int ret;
};

static void *run_once(void *arg)
{
	struct run_once *once = arg;

	once->ret = pt_run(once->thread, once->program, &once->run);
	return NULL;
}

/* A thread fd that is closed while another task runs it ends when that returns. */
TEST_F(exit, close_while_it_runs)
{
	struct run_once once = {
		.thread = self->other,
		.program = pt_assemble("BUILD_LIST r0, ()\n" LOOP_FOREVER),
	};
	pthread_t pthread;

	pt_quiet_signal(SIGUSR1);
	ASSERT_EQ(0, pthread_create(&pthread, NULL, run_once, &once));
	ASSERT_TRUE(pt_gil_held_by(self->arena, 2));
	close(self->other);
	self->other = -1;
	EXPECT_EQ(2, pt_stat(self->arena).gil_holder);
	EXPECT_EQ(1, pt_count_type(self->arena, PYMM_TYPE_LIST));
	pthread_kill(pthread, SIGUSR1);
	pthread_join(pthread, NULL);
	EXPECT_EQ(0, once.ret);
	EXPECT_EQ(PYMM_STATUS_INTERRUPTED, once.run.status);
	EXPECT_TRUE(pt_until(pt_stat(self->arena).threads == 1, PT_DEADLINE_MS));
	EXPECT_TRUE(pt_until(pt_stat(self->arena).objects == self->objects, 2000));
	EXPECT_EQ(0, pt_stat(self->arena).gil_holder);
	pymm_program_free(once.program);
}

/* ---- killed in the middle of long operations ---- */

/* r0: a list that refers twice to a list that refers twice to ... 40 times */
#define DAG(slot, make) \
	"BUILD_LIST " slot ", ()\nLOAD_CONST r8, 40\nLOAD_CONST r9, 1\n" \
	slot "_more:\nCOPY r7, " slot "\nCOPY r6, " slot "!\n" make " " slot ", r6..r7!\n" \
	"BINARY_OP r8, r8!, r9, -=\nPOP_JUMP_IF_FALSE r8, " slot "_made\n" \
	"JUMP_BACKWARD " slot "_more\n" slot "_made:\n"

/* A str of 2 ** log letters. */
#define LONG_STR(slot, log) \
	"LOAD_CONST " slot ", 'a'\nLOAD_CONST r8, " log "\nLOAD_CONST r9, 1\n" \
	slot "_more:\nBINARY_OP " slot ", " slot ", " slot ", +\nBINARY_OP r8, r8!, r9, -=\n" \
	"POP_JUMP_IF_FALSE r8, " slot "_made\nJUMP_BACKWARD " slot "_more\n" slot "_made:\n"

/*
 * Programs that would take very long, most of it inside one instruction. Each binds
 * "begun" just before.
 */
#define BEGUN "LOAD_CONST r9, 1\nSTORE_GLOBAL r9, begun\n"

static const struct {
	const char *name;
	const char *text;
} endless[] = {
	{ "a loop", BEGUN LOOP_FOREVER },
	{ "calls", "MAKE_FUNCTION r0, f\n" BEGUN "again:\nCALL r1, r0, ()\nJUMP_BACKWARD again\n"
	  ".code f\n" END },
	{ "comparison of shared lists", DAG("r0", "BUILD_LIST") DAG("r1", "BUILD_LIST") BEGUN
	  "COMPARE_OP r2, r0, r1, ==\n" END },
	{ "hash of shared tuples", "LOAD_CONST r0, (1, 2)\nLOAD_CONST r8, 40\nLOAD_CONST r9, 1\n"
	  "more:\nCOPY r7, r0\nCOPY r6, r0!\nBUILD_TUPLE r0, r6..r7!\nBINARY_OP r8, r8!, r9, -=\n"
	  "POP_JUMP_IF_FALSE r8, made\nJUMP_BACKWARD more\nmade:\nBUILD_MAP r1, ()\n" BEGUN
	  "STORE_SUBSCR r0, r1, r0\n" END },
	{ "printing of shared lists", DAG("r0", "BUILD_LIST") BEGUN "PRINT r0, end\n" END },
	{ "searching a list", "LOAD_CONST r0, 1\nBUILD_LIST r0, r0\nLOAD_CONST r1, 1000000\n"
	  "BINARY_OP r0, r0, r1, *=\nLOAD_CONST r1, 2\n" BEGUN
	  "again:\nCONTAINS_OP r2, r1, r0, in\nJUMP_BACKWARD again\n" },
	{ "searching a str", LONG_STR("r0", "22") LONG_STR("r1", "16") "LOAD_CONST r2, 'b'\n"
	  "BINARY_OP r1, r1, r2, +\n" BEGUN "CONTAINS_OP r2, r1, r0, in\n" END },
	{ "repeating a list", "LOAD_CONST r0, 1\nBUILD_LIST r0, r0\nLOAD_CONST r1, 10000000\n" BEGUN
	  "again:\nBINARY_OP r2, r0, r1, *\nJUMP_BACKWARD again\n" },
	{ "repeating a str", "LOAD_CONST r0, 'ab'\nLOAD_CONST r1, 20000000\n" BEGUN
	  "again:\nBINARY_OP r2, r0, r1, *\nJUMP_BACKWARD again\n" },
	{ "comparing strs", LONG_STR("r0", "23") LONG_STR("r1", "23") BEGUN
	  "again:\nCOMPARE_OP r4, r0, r1, ==\nJUMP_BACKWARD again\n" },
	{ "collections", "BUILD_LIST r0, ()\nLOAD_CONST r1, 50000\nLOAD_CONST r2, 1\n"
	  "more:\nBUILD_LIST r3, ()\nLIST_APPEND r0, r3!\nBINARY_OP r1, r1, r2, -=\n"
	  "POP_JUMP_IF_FALSE r1, made\nJUMP_BACKWARD more\nmade:\n" BEGUN
	  "again:\nGC_COLLECT r1, 2\nJUMP_BACKWARD again\n" },
	{ "making and dropping chains", "LOAD_CONST r2, 1\n" BEGUN
	  "again:\nLOAD_CONST r0, None\nLOAD_CONST r1, 100000\n"
	  "more:\nBUILD_LIST r0, r0!\nBINARY_OP r1, r1, r2, -=\nPOP_JUMP_IF_FALSE r1, again2\n"
	  "JUMP_BACKWARD more\nagain2:\nJUMP_BACKWARD again\n" },
	{ "waiting for a lock", "LOCK_NEW r0\nLOCK_ACQUIRE r1, r0, nowait\n" BEGUN
	  "LOCK_ACQUIRE r1, r0, forever\n" END },
};

/* How long it takes to get a snapshot of the arena now. */
static uint64_t time_of_dump(int arena)
{
	struct pymm_dump dump = { 0 };
	uint64_t start = pt_now();

	if (pt_ioctl(arena, PYMM_IOC_DUMP, &dump))
		pt_die("DUMP");
	start = pt_now() - start;
	close(dump.fd);
	return start;
}

/*
 * In the middle of each, somebody else gets at the arena, and a SIGKILL ends it,
 * both at once; and nothing is left.
 */
TEST_F(exit, long_operations)
{
	pt_set_max_bytes(self->arena, 600ULL << 20);
	for (unsigned int i = 0; i < ARRAY_SIZE(endless); i++) {
		uint64_t began, took;
		int thread = pt_thread(self->arena, NULL);
		pid_t child = pt_fork();

		if (!child) {
			pt_exec(thread, endless[i].text);
			_exit(1);
		}
		EXPECT_TRUE(pt_until(pt_stat(self->arena).names, PT_DEADLINE_MS))
			TH_LOG("%s", endless[i].name);
		/* Let it get well into the operation. */
		began = pt_now();
		pt_until(pt_now() > began + 10 * NS_PER_MS, 1000);
		took = time_of_dump(self->arena);
		EXPECT_GT(SOON, took)
			TH_LOG("%s: a dump took %llu ms", endless[i].name,
			       (unsigned long long)(took / NS_PER_MS));
		took = pt_kill(child);
		EXPECT_GT(SOON, took)
			TH_LOG("%s: death took %llu ms", endless[i].name,
			       (unsigned long long)(took / NS_PER_MS));
		close(thread);
		EXPECT_EXEC("", "DELETE_GLOBAL begun\n" END);
		EXPECT_TRUE(pt_until(pt_stat(self->arena).objects == self->objects, 2000))
			TH_LOG("%s: %lld objects left", endless[i].name,
			       (long long)(pt_stat(self->arena).objects - self->objects));
	}
}

/*
 * The fd of the thread outlives the process that was killed while it ran a long
 * instruction. Who has it goes on where that stopped, as if nothing had happened.
 */
static const struct {
	const char *name;
	const char *operation;	/* on r0, a list of 3 items, with r1 of 2 ** 18 items */
	const char *length;
} resumed[] = {
	{ "extend by a list", "LIST_EXTEND r0, r1\n", "262147\n" },
	{ "extend by a str", "LIST_EXTEND r0, r2\n", "262147\n" },
	{ "repeat in place", "LOAD_CONST r3, 80000\nBINARY_OP r0, r0!, r3, *=\n", "240000\n" },
	{ "delete the first", "COPY r0, r1\nLOAD_CONST r3, 0\nDELETE_SUBSCR r0, r3\n", "262143\n" },
};

/* Go on with what was paused or killed; the length of r0 is bound in the end. */
static const char *length_after_kill(FIXTURE_DATA(exit) *self, const char *operation)
{
	struct pymm_run run = { 0 };
	char text[1024];
	pid_t child;

	snprintf(text, sizeof(text), LONG_STR("r2", "18")
		 "LOAD_CONST r1, 1\nBUILD_LIST r1, r1\nLOAD_CONST r0, 262144\n"
		 "BINARY_OP r1, r1, r0, *\nLOAD_CONST r0, 7\nBUILD_LIST r0, r0\nLOAD_CONST r3, 3\n"
		 "BINARY_OP r0, r0, r3, *\n" BEGUN "%s"
		 "GET_LEN r0, r0\nSTORE_GLOBAL r0, length\n" END, operation);
	child = pt_fork();
	if (!child) {
		pt_exec(self->other, text);
		_exit(0);
	}
	if (!pt_until(pt_stat(self->arena).names, PT_DEADLINE_MS))
		pt_die("not begun");
	pt_kill(child);
	/* -EINVAL: it was done already. */
	pt_run_flags(self->other, PYMM_RUN_RESUME, &run);
	pt_exec(self->thread, "DELETE_GLOBAL begun\n" END);
	return pt_exec(self->thread, "LOAD_GLOBAL r0, length\nPRINT r0, end\nDELETE_GLOBAL length\n" END);
}

TEST_F(exit, what_was_killed_goes_on)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(resumed); i++) {
		EXPECT_STREQ(resumed[i].length, length_after_kill(self, resumed[i].operation))
			TH_LOG("%s", resumed[i].name);
	}
}

/* A chain of a million, where that takes no minute, that dies with the process that dropped it. */
TEST_F(exit, killed_while_a_chain_dies)
{
	unsigned int length = pt_fewer(1000000);
	struct pymm_run run = { 0 };
	pid_t child;

	pt_execf(self->thread, "LOAD_CONST r0, None\nLOAD_CONST r1, %u\nLOAD_CONST r2, 1\n"
		 "more:\nBUILD_LIST r0, r0!\nBINARY_OP r1, r1, r2, -=\n"
		 "POP_JUMP_IF_FALSE r1, made\nJUMP_BACKWARD more\nmade:\n"
		 "STORE_GLOBAL r0!, chain\n" END, length);
	ASSERT_LE(self->objects + length, pt_stat(self->arena).objects);
	child = pt_fork();
	if (!child) {
		pt_exec(self->other, "DELETE_GLOBAL chain\n" END);
		_exit(0);
	}
	ASSERT_TRUE(pt_until(!pt_stat(self->arena).names, PT_DEADLINE_MS));
	EXPECT_GT(SOON, pt_kill(child));
	/* Its thread fd is still open here, so its frame is kept, unless it was quicker. */
	pt_run_flags(self->other, PYMM_RUN_ABANDON, &run);
	EXPECT_TRUE(pt_until(pt_stat(self->arena).objects == self->objects, 2000 * pt_slower()));
}

/* ---- at random ---- */

#define THREADS	4

/* Four threads that allocate, collect, call and fight for the GIL and a lock. */
static void fight(int arena)
{
	static const char text[] =
		"again:\nLOAD_GLOBAL r0, lock\nLOCK_ACQUIRE r1, r0, 100000\nLOAD_GLOBAL r1, l\n"
		"BUILD_LIST r2, r1\nBUILD_TUPLE r3, r1..r2\nLIST_APPEND r2, r3!\nGC_COLLECT r4, 0\n"
		"MAKE_FUNCTION r5, f\nCALL r6, r5, r1..r2\nLOAD_CONST r7, 1000\nLIST_APPEND r2!, r7!\n"
		"JUMP_BACKWARD again\n.code f x y\nBUILD_LIST r2, r0..r1\nRETURN_VALUE r2!\n";
	struct pt_task tasks[THREADS];

	for (int i = 0; i < THREADS; i++)
		pt_start(&tasks[i], pt_thread(arena, NULL), text);
	for (;;)
		pause();
}

TEST_F(exit, killed_at_random)
{
	uint64_t state = 4711;

	pt_set_interval(self->arena, 1);
	pt_exec(self->thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, l\nLOCK_NEW r0\n"
		"STORE_GLOBAL r0!, lock\n" END);
	for (int i = 0; i < 15; i++) {
		pid_t child = pt_fork();
		uint64_t start;

		if (!child)
			fight(self->arena);
		ASSERT_TRUE(pt_until(pt_stat(self->arena).threads == 2 + THREADS, PT_DEADLINE_MS));
		start = pt_now() + pt_below(&state, 5 * NS_PER_MS);
		while (pt_now() < start)
			sched_yield();
		EXPECT_GT(SOON, pt_kill(child));
		EXPECT_TRUE(pt_until(pt_stat(self->arena).threads == 2, 2000));
		EXPECT_EXEC("", END);
	}
	EXPECT_EXEC("", "GC_COLLECT r0, 2\n" END);
	EXPECT_EQ(1, pt_refs(self->arena, "l"));
}

/* ---- the module ---- */

TEST_F(exit, module_stays_while_an_fd_is_open)
{
	struct pymm_dump dump = { 0 };
	int fds[3] = { pt_open(), pt_open() };

	fds[1] = (close(fds[1]), pt_thread(fds[0], NULL));
	ASSERT_EQ(0, pt_ioctl(fds[0], PYMM_IOC_DUMP, &dump));
	fds[2] = dump.fd;
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(-1, syscall(SYS_delete_module, "pymm", O_NONBLOCK));
		EXPECT_EQ(EWOULDBLOCK, errno);
		close(fds[i]);
	}
}

TEST_HARNESS_MAIN
