// SPDX-License-Identifier: GPL-2.0
/*
 * Waits that are disturbed: by storms of signals, the freezer, a crowd, a fork. None hangs, none is
 * lost, none ends early.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "gil_util.h"
#include "pymm_util.h"

PT_FIXTURE_OF_TWO(waits)

#define POLICIES	(PYMM_POLICY_IO_BOOST + 1)

static void set_policy(int arena, uint32_t policy)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_POLICY, .policy = policy };

	pt_must(pt_ioctl(arena, PYMM_IOC_CONFIG, &config), "CONFIG");
}

/* ---- signals ---- */

static volatile sig_atomic_t signals;

static void count_signal(int sig)
{
	(void)sig;
	signals++;
}

/* Sends a signal every 200 us to a task, until it is told to stop. */
struct storm {
	pthread_t pthread;
	pthread_t victim;
	bool stop;
	unsigned int sent;
};

static void *rage(void *arg)
{
	struct storm *storm = arg;

	while (!__atomic_load_n(&storm->stop, __ATOMIC_ACQUIRE)) {
		pthread_kill(storm->victim, SIGUSR1);
		storm->sent++;
		usleep(200);
	}
	return NULL;
}

static void storm_begin(struct storm *storm, pthread_t victim)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = SA_RESTART };

	signals = 0;
	*storm = (struct storm){ .victim = victim };
	if (sigaction(SIGUSR1, &action, NULL) || pthread_create(&storm->pthread, NULL, rage, storm))
		pt_die("no storm");
}

/* How many of them came through. */
static int storm_end(struct storm *storm)
{
	__atomic_store_n(&storm->stop, true, __ATOMIC_RELEASE);
	pthread_join(storm->pthread, NULL);
	return signals;
}

/* A program that goes on after every pause: how it ended. */
static uint32_t run_through(int thread, const char *text)
{
	struct pymm_program *program = pt_assemble(text);
	struct pymm_run run = { 0 };
	int ret = pt_run(thread, program, &run);

	while (ret == -EINTR)
		ret = pt_run(thread, program, &run);
	while (!ret && run.status == PYMM_STATUS_INTERRUPTED)
		ret = pt_run_flags(thread, PYMM_RUN_RESUME, &run);
	pymm_program_free(program);
	return ret ? ~0U : run.status;
}

static void *acquire_alone(void *arg)
{
	struct pt_waiter *waiter = arg;

	waiter->ret = pt_gil_acquire(waiter->thread);
	__atomic_store_n(&waiter->done, true, __ATOMIC_RELEASE);
	if (!waiter->ret)
		waiter->ret = pt_gil_release(waiter->thread);
	return NULL;
}

TEST_F(waits, a_storm_on_who_waits_for_the_gil)
{
	for (uint32_t policy = 0; policy < POLICIES; policy++) {
		struct pt_waiter waiter = { .thread = self->other };
		struct storm storm;
		uint64_t until;

		set_policy(self->arena, policy);
		ASSERT_EQ(0, pt_gil_acquire(self->thread));
		ASSERT_EQ(0, pthread_create(&waiter.pthread, NULL, acquire_alone, &waiter));
		ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
		storm_begin(&storm, waiter.pthread);
		until = pt_now() + 100 * NS_PER_MS;
		pt_until(pt_now() > until, PT_DEADLINE_MS);
		EXPECT_FALSE(__atomic_load_n(&waiter.done, __ATOMIC_ACQUIRE));
		EXPECT_EQ(0, pt_gil_release(self->thread));
		EXPECT_TRUE(pt_until(__atomic_load_n(&waiter.done, __ATOMIC_ACQUIRE), PT_DEADLINE_MS));
		EXPECT_LT(0, storm_end(&storm));
		pthread_join(waiter.pthread, NULL);
		EXPECT_EQ(0, waiter.ret);
		EXPECT_EQ(0, pt_stat(self->arena).gil_waiters);
	}
}

/* Signals come more often than its turn, beside threads that compute: it has its turn all the same. */
TEST_F(waits, a_storm_does_not_cost_the_turn)
{
	struct pt_task spinners[3];
	int threads[ARRAY_SIZE(spinners)];
	struct storm storm;

	pt_set_interval(self->arena, 20 * NS_PER_MS);
	for (unsigned int i = 0; i < ARRAY_SIZE(spinners); i++) {
		threads[i] = pt_thread(self->arena, NULL);
		pt_start(&spinners[i], threads[i], LOOP_FOREVER);
	}
	ASSERT_TRUE(pt_gil_waited_for(self->arena, ARRAY_SIZE(spinners) - 1));
	for (uint32_t policy = 0; policy < POLICIES; policy++) {
		set_policy(self->arena, policy);
		storm_begin(&storm, pthread_self());
		for (int i = 0; i < 3; i++) {
			EXPECT_EQ(0, pt_gil(self->thread, PYMM_GIL_ACQUIRE, pt_now() + 3000 * NS_PER_MS, NULL))
				TH_LOG("policy %u", policy);
			pt_gil_release(self->thread);
		}
		EXPECT_LT(0, storm_end(&storm));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(spinners); i++) {
		EXPECT_TRUE(pt_interrupt(&spinners[i]));
		EXPECT_STREQ("<interrupted>\n", pt_join(&spinners[i]));
		pt_task_free(&spinners[i]);
		close(threads[i]);
	}
}

/* Each in turn, with a thread beside it that takes the GIL away and has the locks. */
TEST_F(waits, a_storm_on_programs)
{
	static const char *const texts[] = {
		"LOAD_CONST r0, 0.05\nSLEEP r0, r0!\n" END,
		"LOAD_GLOBAL r0, lock\nLOCK_ACQUIRE r1, r0, 50000000\n" END,
		"LOAD_GLOBAL r0, rlock\nLOCK_ACQUIRE r1, r0, 50000000\n" END,
		"LOAD_CONST r0, 20000\nLOAD_CONST r1, 1\nmore:\nBINARY_OP r0, r0!, r1, -=\nPOP_JUMP_IF_FALSE r0, done\n"
		"JUMP_BACKWARD more\ndone:\n" END,
	};
	struct pt_task spinner;
	struct storm storm;

	ASSERT_STREQ("", pt_exec(self->other, "LOCK_NEW r0\nLOCK_ACQUIRE r1, r0, nowait\nSTORE_GLOBAL r0!, lock\n"
				 "RLOCK_NEW r0\nLOCK_ACQUIRE r1, r0, nowait\nSTORE_GLOBAL r0!, rlock\n" END));
	pt_set_interval(self->arena, 1 * NS_PER_MS);
	pt_start(&spinner, self->other, LOOP_FOREVER);
	for (unsigned int i = 0; i < ARRAY_SIZE(texts); i++) {
		uint64_t start = pt_now();

		storm_begin(&storm, pthread_self());
		EXPECT_EQ(PYMM_STATUS_DONE, run_through(self->thread, texts[i])) TH_LOG("text %u", i);
		if (i < 3) {
			EXPECT_LE(start + 50 * NS_PER_MS, pt_now()) TH_LOG("text %u", i);
		}
		storm_end(&storm);
	}
	EXPECT_TRUE(pt_interrupt(&spinner));
	EXPECT_STREQ("<interrupted>\n", pt_join(&spinner));
	pt_task_free(&spinner);
}

/* ---- a crowd ---- */

#define CROWD	1000

/**
 * struct crowd - OS threads that all want the GIL, once under each policy
 * @begin: all of them, and who disturbs them: from here on they want it
 * @end: all have had it
 * @members: each with what went wrong
 */
struct crowd {
	pthread_barrier_t begin;
	pthread_barrier_t end;
	struct crowd_member {
		struct crowd *crowd;
		pthread_t pthread;
		int thread;
		int errors;
	} members[CROWD];
};

static void *crowd_in(void *arg)
{
	struct crowd_member *member = arg;

	for (uint32_t policy = 0; policy < POLICIES; policy++) {
		pthread_barrier_wait(&member->crowd->begin);
		member->errors += pt_gil_acquire(member->thread) != 0;
		member->errors += pt_gil_release(member->thread) != 0;
		pthread_barrier_wait(&member->crowd->end);
	}
	return NULL;
}

static struct crowd *crowd_begin(int arena)
{
	struct crowd *crowd = calloc(1, sizeof(*crowd));
	pthread_attr_t small;

	if (!crowd)
		pt_die("out of memory");
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	pthread_barrier_init(&crowd->begin, NULL, CROWD + 1);
	pthread_barrier_init(&crowd->end, NULL, CROWD + 1);
	for (int i = 0; i < CROWD; i++) {
		struct crowd_member *member = &crowd->members[i];

		member->crowd = crowd;
		member->thread = pt_thread(arena, NULL);
		if (member->thread < 0 || pthread_create(&member->pthread, &small, crowd_in, member))
			pt_die("no crowd");
	}
	pthread_attr_destroy(&small);
	return crowd;
}

/* How much went wrong in all. */
static int crowd_end(struct crowd *crowd)
{
	int errors = 0;

	for (int i = 0; i < CROWD; i++) {
		pthread_join(crowd->members[i].pthread, NULL);
		errors += crowd->members[i].errors;
		close(crowd->members[i].thread);
	}
	free(crowd);
	return errors;
}

/* As many as an arena has threads by default: each has its turn, under each policy. */
TEST_F(waits, a_thousand)
{
	struct crowd *crowd = crowd_begin(self->arena);

	for (uint32_t policy = 0; policy < POLICIES; policy++) {
		set_policy(self->arena, policy);
		ASSERT_EQ(0, pt_gil_acquire(self->thread));
		pthread_barrier_wait(&crowd->begin);
		EXPECT_TRUE(pt_gil_waited_for(self->arena, CROWD));
		EXPECT_EQ(0, pt_gil_release(self->thread));
		pthread_barrier_wait(&crowd->end);
		EXPECT_EQ(0, pt_stat(self->arena).gil_waiters);
	}
	EXPECT_EQ(0, crowd_end(crowd));
}

/* ---- the freezer ---- */

static int write_cgroup(const char *dir, const char *file, const char *text)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	return pt_write(path, text);
}

/* A frozen waiter keeps nobody from the GIL, and has it after all. */
TEST_F(waits, a_frozen_waiter)
{
	char dir[64];
	int status;

	snprintf(dir, sizeof(dir), "/sys/fs/cgroup/pymm-frozen-%d", getpid());
	if (mkdir(dir, 0700))
		SKIP(return, "no cgroup can be made");
	for (uint32_t policy = 0; policy < POLICIES; policy++) {
		pid_t child;

		set_policy(self->arena, policy);
		ASSERT_EQ(0, pt_gil_acquire(self->thread));
		child = pt_fork();
		if (!child) {
			if (write_cgroup(dir, "cgroup.procs", "0"))
				_exit(77);
			_exit(pt_gil(self->other, PYMM_GIL_ACQUIRE, PYMM_NO_DEADLINE, NULL));
		}
		ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
		ASSERT_EQ(0, write_cgroup(dir, "cgroup.freeze", "1"));
		/* To be frozen, it has to leave the call, which begins again later. */
		ASSERT_TRUE(pt_gil_waited_for(self->arena, 0));
		for (int i = 0; i < 3; i++) {
			EXPECT_EQ(0, pt_gil_release(self->thread));
			EXPECT_EQ(0, pt_gil(self->thread, PYMM_GIL_ACQUIRE, pt_now() + 5000 * NS_PER_MS, NULL));
		}
		ASSERT_EQ(0, write_cgroup(dir, "cgroup.freeze", "0"));
		EXPECT_EQ(0, pt_gil_release(self->thread));
		status = pt_wait(child);
		EXPECT_EQ(0, status);
		/* It has ended with the GIL. */
		EXPECT_EQ(-EOWNERDEAD, pt_gil_acquire(self->thread));
		EXPECT_EQ(0, pt_gil_release(self->thread));
	}
	EXPECT_TRUE(pt_until(!rmdir(dir), PT_DEADLINE_MS));
}

/* ---- a fork ---- */

/* The child has the files, and so the thread; but the task that holds the GIL is the parent. */
TEST_F(waits, a_fork_of_the_holder)
{
	pid_t child;
	int status;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	child = pt_fork();
	if (!child) {
		if (pt_gil(self->other, PYMM_GIL_ACQUIRE, 0, NULL) != -ETIMEDOUT)
			_exit(2);
		if (pt_gil_acquire(self->thread) != -EDEADLK)
			_exit(3);
		_exit(0);
	}
	status = pt_wait(child);
	EXPECT_EQ(0, status);
	EXPECT_EQ(1, pt_gil_stat(self->thread).held);
	EXPECT_EQ(0, pt_gil_release(self->thread));
	/* One that gives it back has given it back for both. */
	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	child = pt_fork();
	if (!child)
		_exit(pt_gil_release(self->thread) ? 1 : 0);
	status = pt_wait(child);
	EXPECT_EQ(0, status);
	EXPECT_EQ(-EPERM, pt_gil_release(self->thread));
	EXPECT_EQ(0, pt_gil_acquire(self->other));
	EXPECT_EQ(0, pt_gil_release(self->other));
}

TEST_HARNESS_MAIN
