// SPDX-License-Identifier: GPL-2.0
/*
 * Policies of the GIL: which of the threads that wait has it next, whether one asks for it at
 * once, and that no policy loses anybody.
 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "gil_util.h"
#include "pymm_util.h"

#define WAITERS	8

/* Long, in comparison with all that happens here: who waits for it waits in vain. */
#define LONG_INTERVAL	(20ULL * 1000 * NS_PER_MS)
/* Short, in comparison with it. */
#define SOON		(800 * NS_PER_MS)

PT_FIXTURE_OF_TWO(policy)

static int set_policy(int arena, uint32_t policy)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_POLICY, .policy = policy };

	return pt_ioctl(arena, PYMM_IOC_CONFIG, &config);
}

/* ---- CONFIG ---- */

TEST_F(policy, each_is_set_and_shown)
{
	EXPECT_EQ(PYMM_POLICY_CPYTHON, pt_config(self->arena).policy);
	for (uint32_t policy = 0; policy <= PYMM_POLICY_IO_BOOST; policy++) {
		EXPECT_TRUE(pt_query(self->arena).policies >> policy & 1);
		EXPECT_EQ(0, set_policy(self->arena, policy));
		EXPECT_EQ(policy, pt_config(self->arena).policy);
	}
}

TEST_F(policy, unknown_ones_are_refused)
{
	static const uint32_t unknown[] = { PYMM_POLICY_IO_BOOST + 1, 32, 0x80000000, 0xffffffff };

	ASSERT_EQ(0, set_policy(self->arena, PYMM_POLICY_FIFO));
	for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++) {
		if (unknown[i] < 32) {
			EXPECT_FALSE(pt_query(self->arena).policies >> unknown[i] & 1);
		}
		EXPECT_EQ(-EOPNOTSUPP, set_policy(self->arena, unknown[i]));
		EXPECT_EQ(PYMM_POLICY_FIFO, pt_config(self->arena).policy);
	}
}

TEST_F(policy, reserved_is_0)
{
	struct pymm_config config = { .reserved = 1 };

	EXPECT_EQ(-EINVAL, pt_ioctl(self->arena, PYMM_IOC_CONFIG, &config));
}

TEST_F(policy, wants_the_right)
{
	int dup = pt_dup(self->arena, PYMM_RIGHT_INSPECT | PYMM_RIGHT_RUN);

	EXPECT_EQ(-EACCES, set_policy(dup, PYMM_POLICY_FIFO));
	EXPECT_EQ(PYMM_POLICY_CPYTHON, pt_config(dup).policy);
	close(dup);
}

/* ---- who is next ---- */

/* Tasks that take the GIL, note when it was their turn, and keep it until they may go. */
struct queue {
	unsigned int turn;
	bool go;
	struct queuer {
		pthread_t pthread;
		struct queue *queue;
		int thread;
		unsigned int turn;
		int ret;
	} queuers[WAITERS];
};

static void *queue_up(void *arg)
{
	struct queuer *queuer = arg;
	struct queue *queue = queuer->queue;

	queuer->ret = pt_gil_acquire(queuer->thread);
	if (queuer->ret)
		return NULL;
	queuer->turn = __atomic_add_fetch(&queue->turn, 1, __ATOMIC_SEQ_CST);
	if (!pt_until(__atomic_load_n(&queue->go, __ATOMIC_ACQUIRE), PT_DEADLINE_MS))
		queuer->ret = 1;
	queuer->ret |= pt_gil_release(queuer->thread);
	return NULL;
}

/* All wait, one came after the other; the GIL must be held. */
static void queue_begin(struct queue *queue, int arena)
{
	*queue = (struct queue){ 0 };
	for (int i = 0; i < WAITERS; i++) {
		struct queuer *queuer = &queue->queuers[i];

		queuer->queue = queue;
		queuer->thread = pt_thread(arena, NULL);
		if (pthread_create(&queuer->pthread, NULL, queue_up, queuer))
			pt_die("pthread_create");
		if (!pt_gil_waited_for(arena, i + 1))
			pt_die("it does not wait");
	}
}

/* Ends it; whether each had its turn in the order in which they came. */
static bool queue_end(struct queue *queue)
{
	bool in_order = true;

	__atomic_store_n(&queue->go, true, __ATOMIC_RELEASE);
	for (int i = 0; i < WAITERS; i++) {
		struct queuer *queuer = &queue->queuers[i];

		pthread_join(queuer->pthread, NULL);
		close(queuer->thread);
		if (queuer->ret)
			pt_die("a waiter failed: %d", queuer->ret);
		in_order &= queuer->turn == (unsigned int)i + 1;
	}
	return in_order;
}

TEST_F(policy, fifo_is_in_order)
{
	struct queue queue;

	ASSERT_EQ(0, set_policy(self->arena, PYMM_POLICY_FIFO));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, pt_gil_acquire(self->thread));
		queue_begin(&queue, self->arena);
		EXPECT_EQ(0, pt_gil_release(self->thread));
		EXPECT_TRUE(queue_end(&queue));
	}
}

/* Who has just let go of it, and who comes just now, do not overtake those who wait. */
TEST_F(policy, fifo_lets_nobody_overtake)
{
	struct queue queue;

	ASSERT_EQ(0, set_policy(self->arena, PYMM_POLICY_FIFO));
	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	queue_begin(&queue, self->arena);
	ASSERT_EQ(0, pt_gil_release(self->thread));
	EXPECT_EQ(-ETIMEDOUT, pt_gil(self->thread, PYMM_GIL_ACQUIRE, 0, NULL));
	EXPECT_EQ(-ETIMEDOUT, pt_gil(self->other, PYMM_GIL_ACQUIRE, 0, NULL));
	EXPECT_TRUE(queue_end(&queue));
	EXPECT_EQ(0, pt_gil(self->thread, PYMM_GIL_ACQUIRE, 0, NULL));
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

/* A holder that is asked to drop it is behind those who wait, and sleeps for no switch. */
TEST_F(policy, fifo_has_no_forced_switches)
{
	struct pymm_stat before = pt_stat(self->arena), after;
	struct pt_task tasks[2];

	ASSERT_EQ(0, set_policy(self->arena, PYMM_POLICY_FIFO));
	pt_set_interval(self->arena, 1 * NS_PER_MS);
	pt_start(&tasks[0], self->thread, LOOP_FOREVER);
	pt_start(&tasks[1], self->other, LOOP_FOREVER);
	EXPECT_TRUE(pt_until(pt_stat(self->arena).gil_switches >= before.gil_switches + 8,
			     PT_DEADLINE_MS));
	after = pt_stat(self->arena);
	EXPECT_LE(before.gil_drop_requests + 6, after.gil_drop_requests);
	EXPECT_EQ(before.gil_forced_switches, after.gil_forced_switches);
	for (int i = 0; i < 2; i++) {
		EXPECT_TRUE(pt_interrupt(&tasks[i]));
		pt_join(&tasks[i]);
		pt_task_free(&tasks[i]);
	}
}

/* All of them are set while threads wait, who go on in their order. */
TEST_F(policy, set_while_threads_wait)
{
	struct queue queue;

	for (uint32_t from = 0; from <= PYMM_POLICY_IO_BOOST; from++) {
		ASSERT_EQ(0, set_policy(self->arena, from));
		/* Long, or who waits under the last one is urgent: for those, nobody asks. */
		pt_set_interval(self->arena, LONG_INTERVAL);
		ASSERT_EQ(0, pt_gil_acquire(self->thread));
		queue_begin(&queue, self->arena);
		for (uint32_t to = 0; to <= PYMM_POLICY_IO_BOOST; to++)
			EXPECT_EQ(0, set_policy(self->arena, to));
		EXPECT_EQ(0, set_policy(self->arena, PYMM_POLICY_FIFO));
		EXPECT_EQ(0, pt_gil_release(self->thread));
		EXPECT_TRUE(queue_end(&queue));
	}
}

/* ---- who asks at once ---- */

/* A program that runs for ever, and a thread that wants the GIL now and then. */
struct convoy {
	struct pt_task spinner;
	int thread;
};

static void convoy_begin(struct convoy *convoy, int arena, int spinner, int thread, uint32_t policy)
{
	if (set_policy(arena, policy))
		pt_die("cannot set the policy");
	pt_set_interval(arena, LONG_INTERVAL);
	convoy->thread = thread;
	pt_start(&convoy->spinner, spinner, LOOP_FOREVER);
	if (!pt_gil_held_by(arena, 1))
		pt_die("the spinner does not run");
}

static bool convoy_end(struct convoy *convoy)
{
	bool interrupted = pt_interrupt(&convoy->spinner);

	pt_join(&convoy->spinner);
	pt_task_free(&convoy->spinner);
	return interrupted;
}

static void wait_ms(unsigned int ms)
{
	uint64_t until = pt_now() + ms * NS_PER_MS;

	pt_until(pt_now() >= until, PT_DEADLINE_MS);
}

/*
 * Have the GIL for @held ms, be away for @away, and come back: what that returns. @brief: the hold
 * was no longer than that, as the kernel counted it: an emulated processor may stand still in it.
 */
static int come_back(struct convoy *convoy, unsigned int held, unsigned int away, bool *brief)
{
	uint64_t before = pt_gil_stat(convoy->thread).hold_ns;
	int ret;

	wait_ms(held);
	ret = pt_gil_release(convoy->thread);
	if (ret)
		return ret;
	*brief = pt_gil_stat(convoy->thread).hold_ns - before <= away * NS_PER_MS;
	wait_ms(away);
	return pt_gil(convoy->thread, PYMM_GIL_ACQUIRE, pt_now() + SOON, NULL);
}

TEST_F(policy, io_boost_lets_in_who_comes_back)
{
	struct convoy convoy;
	int times = 0;
	bool brief;

	convoy_begin(&convoy, self->arena, self->thread, self->other, PYMM_POLICY_IO_BOOST);
	EXPECT_EQ(0, pt_gil(self->other, PYMM_GIL_ACQUIRE, pt_now() + SOON, NULL));
	for (int i = 0; i < 20; i++) {
		int ret = come_back(&convoy, 0, 1 + i % 3, &brief);

		if (ret == -ETIMEDOUT && !brief) {
			/* The first time, who comes is urgent again. */
			close(convoy.thread);
			self->other = convoy.thread = pt_thread(self->arena, NULL);
			ret = pt_gil(convoy.thread, PYMM_GIL_ACQUIRE, pt_now() + SOON, NULL);
		} else {
			times++;
		}
		ASSERT_EQ(0, ret);
	}
	EXPECT_LE(10, times);
	EXPECT_EQ(0, pt_gil_release(self->other));
	EXPECT_TRUE(convoy_end(&convoy));
	EXPECT_LE(20, pt_gil_stat(self->thread).drops);
}

/* Who keeps it for longer than it does without it waits for the interval, as all others do. */
TEST_F(policy, io_boost_is_not_for_those_who_keep_it)
{
	struct convoy convoy;
	bool brief;

	convoy_begin(&convoy, self->arena, self->thread, self->other, PYMM_POLICY_IO_BOOST);
	ASSERT_EQ(0, pt_gil(self->other, PYMM_GIL_ACQUIRE, pt_now() + SOON, NULL));
	EXPECT_EQ(-ETIMEDOUT, come_back(&convoy, 200, 0, &brief));
	EXPECT_TRUE(convoy_end(&convoy));
}

/* The convoy: under the others, an interval passes first. */
TEST_F(policy, others_wait_for_the_interval)
{
	for (uint32_t policy = 0; policy <= PYMM_POLICY_FIFO; policy++) {
		struct convoy convoy;

		convoy_begin(&convoy, self->arena, self->thread, self->other, policy);
		EXPECT_EQ(-ETIMEDOUT, pt_gil(self->other, PYMM_GIL_ACQUIRE, pt_now() + SOON, NULL));
		EXPECT_TRUE(convoy_end(&convoy));
	}
}

/* Who is urgent all the time, as they are several, leaves something to one who computes. */
TEST_F(policy, io_boost_leaves_a_share)
{
	struct pt_task spinner, busy[6];
	int threads[ARRAY_SIZE(busy)];
	uint64_t until = pt_now() + 1500 * NS_PER_MS;

	ASSERT_EQ(0, set_policy(self->arena, PYMM_POLICY_IO_BOOST));
	pt_start(&spinner, self->thread, LOOP_FOREVER);
	for (unsigned int i = 0; i < ARRAY_SIZE(busy); i++) {
		threads[i] = pt_thread(self->arena, NULL);
		pt_start(&busy[i], threads[i], "LOAD_CONST r1, 1\nLOAD_CONST r2, 0.001\nagain:\nLOAD_CONST r0, 1200\n"
			 "more:\nBINARY_OP r0, r0!, r1, -=\nPOP_JUMP_IF_FALSE r0, done\nJUMP_BACKWARD more\ndone:\n"
			 "SLEEP r3, r2\nJUMP_BACKWARD again\n");
	}
	pt_until(pt_now() > until, PT_DEADLINE_MS);
	EXPECT_TRUE(pt_interrupt(&spinner));
	EXPECT_STREQ("<interrupted>\n", pt_join(&spinner));
	EXPECT_LE(15 * NS_PER_MS, pt_gil_stat(self->thread).hold_ns);
	for (unsigned int i = 0; i < ARRAY_SIZE(busy); i++) {
		EXPECT_TRUE(pt_interrupt(&busy[i]));
		EXPECT_STREQ("<interrupted>\n", pt_join(&busy[i]));
		pt_task_free(&busy[i]);
		close(threads[i]);
	}
	pt_task_free(&spinner);
}

/* ---- nobody is lost ---- */

/* Threads that run, threads that come and go, signals, and a policy that changes. */
TEST_F(policy, all_at_once)
{
	struct pt_task spinners[2];
	struct pt_waiter waiters[WAITERS];
	uint64_t until;

	pt_quiet_signal(SIGUSR1);
	pt_set_interval(self->arena, 1 * NS_PER_MS);
	pt_start(&spinners[0], self->thread, LOOP_FOREVER);
	pt_start(&spinners[1], self->other, LOOP_FOREVER);
	until = pt_now() + 500 * NS_PER_MS;
	for (unsigned int i = 0; pt_now() < until; i++) {
		int thread = pt_thread(self->arena, NULL);

		ASSERT_LE(0, thread);
		ASSERT_EQ(0, set_policy(self->arena, i % 3));
		for (int j = 0; j < WAITERS; j++)
			pt_waiter_start(&waiters[j], j ? pt_thread(self->arena, NULL) : thread);
		for (int j = 0; j < WAITERS; j += 3)
			pthread_kill(waiters[j].pthread, SIGUSR1);
		for (int j = 0; j < WAITERS; j++) {
			int ret = pt_waiter_join(&waiters[j]);

			EXPECT_TRUE(!ret || (ret == -EINTR && j % 3 == 0)) TH_LOG("%d", ret);
			close(waiters[j].thread);
		}
	}
	for (int i = 0; i < 2; i++) {
		EXPECT_TRUE(pt_interrupt(&spinners[i]));
		EXPECT_STREQ("<interrupted>\n", pt_join(&spinners[i]));
		pt_task_free(&spinners[i]);
	}
	EXPECT_EQ(0, pt_stat(self->arena).gil_waiters);
}

/* A holder and a waiter that are killed: who waits behind them has it, and is told once. */
TEST_F(policy, killed_tasks)
{
	for (uint32_t policy = 0; policy <= PYMM_POLICY_IO_BOOST; policy++) {
		pid_t holder, waiter;

		ASSERT_EQ(0, set_policy(self->arena, policy));
		holder = pt_fork();
		if (!holder) {
			int thread = pt_thread(self->arena, NULL);

			pt_gil_acquire(thread);
			for (;;)
				pause();
		}
		ASSERT_TRUE(pt_until(pt_stat(self->arena).gil_holder, PT_DEADLINE_MS));
		waiter = pt_fork();
		if (!waiter) {
			pt_gil_acquire(pt_thread(self->arena, NULL));
			for (;;)
				pause();
		}
		ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
		/* It may be the one that is told, or that is not there any more. */
		pt_kill(holder);
		pt_kill(waiter);
		EXPECT_EQ(-EOWNERDEAD, pt_gil_acquire(self->thread));
		EXPECT_EQ(0, pt_gil_release(self->thread));
		EXPECT_EQ(0, pt_gil_acquire(self->other));
		EXPECT_EQ(0, pt_gil_release(self->other));
	}
}

TEST_HARNESS_MAIN
