// SPDX-License-Identifier: GPL-2.0
/*
 * The GIL: taking and giving up, deadlines, signals, the switch interval, and that
 * only one thread has it at a time, whatever the number of CPUs.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "gil_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"
#include "trace_util.h"

/* Turns of a loop that take some tens of ms in an emulated guest. */
#define TURNS	600000

/* Such a loop, in @text. */
struct cpu_bound {
	char text[200];
};

static struct cpu_bound cpu_bound(void)
{
	struct cpu_bound loop;

	snprintf(loop.text, sizeof(loop.text),
		 "LOAD_CONST r0, %u\nLOAD_CONST r1, 1\n"
		 "loop:\nBINARY_OP r0, r0!, r1, -=\nPOP_JUMP_IF_FALSE r0, done\n"
		 "JUMP_BACKWARD loop\ndone:\n" END, TURNS / pt_slower());
	return loop;
}

PT_FIXTURE_OF_TWO(gil)

/* ---- one thread ---- */

TEST_F(gil, acquire_and_release)
{
	struct pymm_gil_args args;

	EXPECT_EQ(0, pt_gil(self->thread, PYMM_GIL_ACQUIRE, PYMM_NO_DEADLINE, &args));
	EXPECT_EQ(1, args.held);
	EXPECT_EQ(1, pt_stat(self->arena).gil_holder);
	EXPECT_EQ(0, pt_gil(self->thread, PYMM_GIL_RELEASE, 0, &args));
	EXPECT_EQ(0, args.held);
	EXPECT_EQ(0, pt_stat(self->arena).gil_holder);
}

TEST_F(gil, acquire_what_it_holds)
{
	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	EXPECT_EQ(-EDEADLK, pt_gil_acquire(self->thread));
	EXPECT_EQ(-EDEADLK, pt_gil(self->thread, PYMM_GIL_ACQUIRE, 0, NULL));
	EXPECT_EQ(1, pt_gil_stat(self->thread).held);
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

TEST_F(gil, release_what_nobody_holds)
{
	EXPECT_EQ(-EPERM, pt_gil_release(self->thread));
}

TEST_F(gil, release_what_another_holds)
{
	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	EXPECT_EQ(-EPERM, pt_gil_release(self->other));
	EXPECT_EQ(1, pt_stat(self->arena).gil_holder);
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

/* A task that acquires the GIL for a thread, and ends when it is told to. */
struct brief {
	int thread;
	int ret;
	bool end;
};

static void *acquire_and_end(void *arg)
{
	struct brief *brief = arg;

	brief->ret = pt_gil_acquire(brief->thread);
	pt_until(__atomic_load_n(&brief->end, __ATOMIC_ACQUIRE), PT_DEADLINE_MS);
	return NULL;
}

/* Who acquired it for this thread is gone: nobody holds it, and the next one is told. */
TEST_F(gil, release_what_a_task_that_ended_holds)
{
	struct brief brief = { .thread = self->thread, .end = true };
	pthread_t pthread;

	ASSERT_EQ(0, pthread_create(&pthread, NULL, acquire_and_end, &brief));
	ASSERT_EQ(0, pthread_join(pthread, NULL));
	EXPECT_EQ(0, brief.ret);
	EXPECT_EQ(-EPERM, pt_gil_release(self->thread));
	EXPECT_EQ(-EOWNERDEAD, pt_gil_acquire(self->other));
	EXPECT_EQ(0, pt_gil_release(self->other));
}

/* However long the switch interval is. */
TEST_F(gil, waits_for_a_task_that_ends)
{
	struct brief brief = { .thread = self->thread };
	struct pt_waiter waiter;
	pthread_t pthread;
	uint64_t start;

	pt_set_interval(self->arena, 3600ULL * 1000 * NS_PER_MS);
	ASSERT_EQ(0, pthread_create(&pthread, NULL, acquire_and_end, &brief));
	ASSERT_TRUE(pt_until(pt_stat(self->arena).gil_holder, PT_DEADLINE_MS));
	pt_waiter_start(&waiter, self->other);
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	__atomic_store_n(&brief.end, true, __ATOMIC_RELEASE);
	start = pt_now();
	pthread_join(pthread, NULL);
	EXPECT_EQ(-EOWNERDEAD, pt_waiter_join(&waiter));
	EXPECT_GT(start + 300 * NS_PER_MS * PT_EMULATION, pt_now());
}

TEST_F(gil, stat_takes_nothing)
{
	EXPECT_EQ(0, pt_gil_stat(self->thread).held);
	EXPECT_EQ(0, pt_stat(self->arena).gil_holder);
}

TEST_F(gil, counters_of_a_hold)
{
	struct pymm_gil_args before = pt_gil_stat(self->thread);
	struct pymm_gil_args after;
	uint64_t start = pt_now(), inside, outside;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	inside = pt_now();
	ASSERT_TRUE(pt_until(pt_now() > inside + 2 * NS_PER_MS, PT_DEADLINE_MS));
	inside = pt_now() - inside;
	ASSERT_EQ(0, pt_gil_release(self->thread));
	outside = pt_now() - start;
	after = pt_gil_stat(self->thread);
	EXPECT_EQ(before.acquires + 1, after.acquires);
	EXPECT_EQ(before.holds + 1, after.holds);
	EXPECT_EQ(before.waits, after.waits);
	EXPECT_EQ(before.drops, after.drops);
	EXPECT_LE(inside, after.hold_ns - before.hold_ns);
	EXPECT_GE(outside, after.hold_ns - before.hold_ns);
	EXPECT_LE(inside, after.hold_max_ns);
}

TEST_F(gil, switches_count_changes_of_holder)
{
	uint64_t before = pt_stat(self->arena).gil_switches;

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, pt_gil_acquire(self->thread));
		ASSERT_EQ(0, pt_gil_release(self->thread));
	}
	EXPECT_EQ(before, pt_stat(self->arena).gil_switches);
	ASSERT_EQ(0, pt_gil_acquire(self->other));
	ASSERT_EQ(0, pt_gil_release(self->other));
	EXPECT_EQ(before + 1, pt_stat(self->arena).gil_switches);
}

/* ---- deadlines ---- */

TEST_F(gil, deadline_past_and_free)
{
	EXPECT_EQ(0, pt_gil(self->thread, PYMM_GIL_ACQUIRE, 1, NULL));
	EXPECT_EQ(0, pt_gil_release(self->thread));
	EXPECT_EQ(0, pt_gil(self->thread, PYMM_GIL_ACQUIRE, 0, NULL));
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

TEST_F(gil, deadline_past_and_held)
{
	struct pymm_gil_args args;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	EXPECT_EQ(-ETIMEDOUT, pt_gil(self->other, PYMM_GIL_ACQUIRE, 1, NULL));
	EXPECT_EQ(-ETIMEDOUT, pt_gil(self->other, PYMM_GIL_ACQUIRE, pt_now() - 1, NULL));
	args = pt_gil_stat(self->other);
	EXPECT_EQ(0, args.held);
	EXPECT_EQ(0, args.acquires);
	EXPECT_EQ(0, pt_stat(self->arena).gil_waiters);
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

TEST_F(gil, deadline_to_come)
{
	uint64_t deadline;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	deadline = pt_now() + 30 * NS_PER_MS;
	EXPECT_EQ(-ETIMEDOUT, pt_gil(self->other, PYMM_GIL_ACQUIRE, deadline, NULL));
	EXPECT_LE(deadline, pt_now());
	EXPECT_GE(deadline + 1000 * NS_PER_MS, pt_now());
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

TEST_F(gil, deadline_far_away)
{
	struct pt_waiter waiter;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	pt_waiter_start(&waiter, self->other);
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	EXPECT_EQ(0, pt_gil_release(self->thread));
	EXPECT_EQ(0, pt_waiter_join(&waiter));
}

/* A deadline that does not fit a ktime_t is as good as none. */
TEST_F(gil, deadline_beyond_all_clocks)
{
	EXPECT_EQ(0, pt_gil(self->thread, PYMM_GIL_ACQUIRE, PYMM_NO_DEADLINE - 1, NULL));
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

/* In a time namespace where a day more has passed: 0, or where it went wrong. */
static int wait_a_day_ahead(int thread, uint64_t real_now)
{
	uint64_t now = pt_now();

	if (now < real_now + 86000 * 1000 * NS_PER_MS)
		return 2;
	/* Taken for the host's time, this deadline is a day away: let it fail. */
	alarm(5);
	if (pt_gil(thread, PYMM_GIL_ACQUIRE, now + 30 * NS_PER_MS, NULL) != -ETIMEDOUT)
		return 3;
	if (pt_now() < now + 30 * NS_PER_MS)
		return 4;
	return 0;
}

TEST_F(gil, deadline_in_a_time_namespace)
{
	uint64_t now = pt_now();
	pid_t outer, inner;
	int status;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	outer = pt_fork();
	if (!outer) {
		if (unshare(CLONE_NEWTIME) ||
		    pt_write("/proc/self/timens_offsets", "monotonic 86400 0\n"))
			_exit(77);
		inner = pt_fork();
		if (!inner) {
			pt_quiet_signal(SIGALRM);
			_exit(wait_a_day_ahead(self->other, now));
		}
		status = pt_wait(inner);
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
	}
	status = pt_wait(outer);
	EXPECT_EQ(0, pt_gil_release(self->thread));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		SKIP(return, "no time namespaces");
	EXPECT_EQ(0, status);
}

/* ---- waiters ---- */

TEST_F(gil, a_waiter_gets_it_on_release)
{
	struct pt_waiter waiter;
	struct pymm_gil_args args;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	pt_waiter_start(&waiter, self->other);
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	EXPECT_EQ(0, pt_gil_release(self->thread));
	EXPECT_EQ(0, pt_waiter_join(&waiter));
	args = pt_gil_stat(self->other);
	EXPECT_EQ(1, args.acquires);
	EXPECT_EQ(1, args.waits);
	EXPECT_LT(0, args.wait_ns);
	EXPECT_EQ(args.wait_ns, args.wait_max_ns);
	EXPECT_EQ(0, pt_stat(self->arena).gil_waiters);
}

TEST_F(gil, a_waiter_is_interrupted)
{
	struct pt_waiter waiter;

	pt_quiet_signal(SIGUSR1);
	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	pt_waiter_start(&waiter, self->other);
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	pthread_kill(waiter.pthread, SIGUSR1);
	EXPECT_EQ(-EINTR, pt_waiter_join(&waiter));
	EXPECT_EQ(0, pt_stat(self->arena).gil_waiters);
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

static volatile sig_atomic_t signals;

static void count_signal(int sig)
{
	(void)sig;
	signals++;
}

TEST_F(gil, a_waiter_goes_on_after_a_restarting_signal)
{
	struct sigaction action = { .sa_handler = count_signal, .sa_flags = SA_RESTART };
	struct pt_waiter waiter;

	sigaction(SIGUSR1, &action, NULL);
	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	pt_waiter_start(&waiter, self->other);
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	pthread_kill(waiter.pthread, SIGUSR1);
	ASSERT_TRUE(pt_until(signals == 1, PT_DEADLINE_MS));
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	EXPECT_EQ(0, pt_gil_release(self->thread));
	EXPECT_EQ(0, pt_waiter_join(&waiter));
}

TEST_F(gil, a_run_waits_for_it)
{
	struct pt_task task;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	pt_start(&task, self->other, "LOAD_CONST r0, 1\nPRINT r0, end\n" END);
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	EXPECT_EQ(0, pt_gil_release(self->thread));
	EXPECT_STREQ("1\n", pt_join(&task));
	pt_task_free(&task);
}

TEST_F(gil, a_waiting_run_is_interrupted)
{
	struct pt_task task;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	pt_start(&task, self->other, "LOAD_CONST r0, 1\nSTORE_GLOBAL r0, x\n" END);
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	EXPECT_TRUE(pt_interrupt(&task));
	EXPECT_STREQ("<Interrupted system call>\n", pt_join(&task));
	EXPECT_EQ(0, pt_gil_release(self->thread));
	EXPECT_EQ(0, pt_id(self->arena, "x"));
	pt_task_free(&task);
}

TEST_F(gil, a_waiting_run_is_killed)
{
	pid_t child;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	child = pt_fork();
	if (!child) {
		pt_exec(self->other, END);
		_exit(1);
	}
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	EXPECT_GT(100 * NS_PER_MS * PT_EMULATION, pt_kill(child));
	EXPECT_EQ(0, pt_stat(self->arena).gil_waiters);
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

#define WAITERS	64

TEST_F(gil, every_waiter_is_served)
{
	struct pt_waiter waiters[WAITERS];
	uint64_t before = pt_stat(self->arena).gil_switches;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	for (int i = 0; i < WAITERS; i++) {
		int thread = pt_thread(self->arena, NULL);

		ASSERT_LE(0, thread);
		pt_waiter_start(&waiters[i], thread);
	}
	ASSERT_TRUE(pt_gil_waited_for(self->arena, WAITERS));
	EXPECT_EQ(0, pt_gil_release(self->thread));
	for (int i = 0; i < WAITERS; i++) {
		EXPECT_EQ(0, pt_waiter_join(&waiters[i]));
		EXPECT_EQ(1, pt_gil_stat(waiters[i].thread).acquires);
		close(waiters[i].thread);
	}
	EXPECT_EQ(before + WAITERS, pt_stat(self->arena).gil_switches);
}

/* ---- the switch interval ---- */

TEST_F(gil, a_running_holder_is_asked_and_drops)
{
	struct pymm_stat before = pt_stat(self->arena);
	struct pymm_stat after;
	struct pymm_gil_args waiter;
	struct pt_task task;

	pt_start(&task, self->thread, LOOP_FOREVER);
	ASSERT_TRUE(pt_gil_held_by(self->arena, 1));
	EXPECT_EQ(0, pt_gil_acquire(self->other));
	after = pt_stat(self->arena);
	EXPECT_EQ(before.gil_drop_requests + 1, after.gil_drop_requests);
	EXPECT_EQ(2, after.gil_holder);
	waiter = pt_gil_stat(self->other);
	EXPECT_LE(5 * NS_PER_MS, waiter.wait_ns);
	EXPECT_EQ(0, pt_gil_release(self->other));
	EXPECT_TRUE(pt_interrupt(&task));
	EXPECT_STREQ("<interrupted>\n", pt_join(&task));
	EXPECT_EQ(1, pt_gil_stat(self->thread).drops);
	pt_task_free(&task);
}

TEST_F(gil, an_interval_of_60_ms)
{
	struct pt_task task;

	pt_set_interval(self->arena, 60 * NS_PER_MS);
	pt_start(&task, self->thread, LOOP_FOREVER);
	ASSERT_TRUE(pt_gil_held_by(self->arena, 1));
	EXPECT_EQ(0, pt_gil_acquire(self->other));
	EXPECT_LE(60 * NS_PER_MS, pt_gil_stat(self->other).wait_ns);
	EXPECT_EQ(0, pt_gil_release(self->other));
	EXPECT_TRUE(pt_interrupt(&task));
	pt_join(&task);
	pt_task_free(&task);
}

/* 1 ns is as 50 us: no storm of timers, and the holder is asked soon. */
TEST_F(gil, the_smallest_interval)
{
	struct pt_task task;

	pt_set_interval(self->arena, 1);
	pt_start(&task, self->thread, LOOP_FOREVER);
	ASSERT_TRUE(pt_gil_held_by(self->arena, 1));
	EXPECT_EQ(0, pt_gil_acquire(self->other));
	EXPECT_LE(50000, pt_gil_stat(self->other).wait_ns);
	EXPECT_EQ(0, pt_gil_release(self->other));
	EXPECT_TRUE(pt_interrupt(&task));
	pt_join(&task);
	pt_task_free(&task);
}

/* Who holds it in user space is asked as well, but comes to no check point. */
TEST_F(gil, a_holder_in_user_space_keeps_it)
{
	uint64_t before = pt_stat(self->arena).gil_drop_requests;
	struct pt_waiter waiter;

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	pt_waiter_start(&waiter, self->other);
	EXPECT_TRUE(pt_until(pt_stat(self->arena).gil_drop_requests > before, PT_DEADLINE_MS));
	EXPECT_EQ(1, pt_gil_stat(self->thread).held);
	EXPECT_EQ(1, pt_stat(self->arena).gil_waiters);
	EXPECT_EQ(0, pt_gil_release(self->thread));
	EXPECT_EQ(0, pt_waiter_join(&waiter));
}

/*
 * Who dropped it on request waits until another has had it: two programs that run
 * for ever change places as long as both run.
 */
TEST_F(gil, forced_switches)
{
	struct pymm_stat before = pt_stat(self->arena);
	struct pt_task one, two;

	pt_set_interval(self->arena, 1 * NS_PER_MS);
	pt_start(&one, self->thread, LOOP_FOREVER);
	pt_start(&two, self->other, LOOP_FOREVER);
	EXPECT_TRUE(pt_until(pt_stat(self->arena).gil_forced_switches >=
			     before.gil_forced_switches + 5, PT_DEADLINE_MS));
	EXPECT_TRUE(pt_until(pt_stat(self->arena).gil_switches >= before.gil_switches + 5,
			     PT_DEADLINE_MS));
	EXPECT_LE(before.gil_drop_requests + 5, pt_stat(self->arena).gil_drop_requests);
	EXPECT_TRUE(pt_interrupt(&one));
	EXPECT_TRUE(pt_interrupt(&two));
	pt_join(&one);
	pt_join(&two);
	EXPECT_LT(0, pt_gil_stat(self->thread).drops);
	EXPECT_LT(0, pt_gil_stat(self->other).drops);
	pt_task_free(&one);
	pt_task_free(&two);
}

/* A holder that drops the GIL in the middle of a hold has it again when RUN returns. */
TEST_F(gil, a_run_that_passed_it_on_has_it_again)
{
	struct pt_waiter waiter;

	pt_set_interval(self->arena, 1 * NS_PER_MS);
	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	pt_waiter_start(&waiter, self->other);
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	EXPECT_STREQ("", pt_exec(self->thread, cpu_bound().text));
	EXPECT_EQ(0, pt_waiter_join(&waiter));
	EXPECT_EQ(1, pt_gil_stat(self->thread).held);
	EXPECT_LT(0, pt_gil_stat(self->thread).drops);
	EXPECT_EQ(0, pt_gil_release(self->thread));
}

/* ---- one at a time ---- */

struct hold {
	uint64_t start;
	uint64_t end;
	uint64_t thread;
};

static int by_end(const void *a, const void *b)
{
	const struct hold *one = a, *two = b;

	return one->end < two->end ? -1 : one->end > two->end;
}

/* The finished holds of an arena, in order, from what was traced. */
static unsigned int read_holds(struct pt_trace *trace, uint32_t arena, struct hold *holds,
			       unsigned int room)
{
	char *text = pt_trace_text(trace);
	char *at = text;
	unsigned int count = 0;
	struct pt_event event;

	while (count < room && pt_event_next(&at, &event)) {
		if (strcmp(event.name, "pymm_gil_release") ||
		    pt_event_field(&event, "arena") != arena)
			continue;
		holds[count].end = pt_event_field(&event, "ts");
		holds[count].start = holds[count].end - pt_event_field(&event, "ns");
		holds[count++].thread = pt_event_field(&event, "thread");
	}
	free(text);
	qsort(holds, count, sizeof(*holds), by_end);
	return count;
}

/* Two programs at once; how long both took. */
static uint64_t run_both(int one, int two, const char *text)
{
	struct pt_task tasks[2];
	uint64_t start = pt_now();

	pt_start(&tasks[0], one, text);
	pt_start(&tasks[1], two, text);
	if (strcmp(pt_join(&tasks[0]), "") || strcmp(pt_join(&tasks[1]), ""))
		pt_die("a program failed");
	start = pt_now() - start;
	pt_task_free(&tasks[0]);
	pt_task_free(&tasks[1]);
	return start;
}

#define ROOM	20000

TEST_F(gil, holds_never_overlap)
{
	struct hold *holds = calloc(ROOM, sizeof(*holds));
	struct pt_trace trace;
	uint64_t wall, sum = 0;
	unsigned int count;
	uint64_t threads = 0;

	if (pt_trace_begin(&trace, "pymm_gil_release"))
		SKIP(return, "no tracefs");
	pt_set_interval(self->arena, 1 * NS_PER_MS);
	wall = run_both(self->thread, self->other, cpu_bound().text);
	count = read_holds(&trace, pt_query(self->arena).arena_id, holds, ROOM);
	pt_trace_end(&trace);
	EXPECT_LT(4, count);
	EXPECT_GT(ROOM, count);
	for (unsigned int i = 0; i < count; i++) {
		sum += holds[i].end - holds[i].start;
		threads |= 1 << holds[i].thread;
		if (i) {
			EXPECT_LE(holds[i - 1].end, holds[i].start);
		}
	}
	EXPECT_EQ(1 << 1 | 1 << 2, threads);
	EXPECT_GE(wall * 102 / 100, sum);
	free(holds);
}

static uint64_t run_in_turn(int one, int two, const char *text)
{
	uint64_t start = pt_now();

	if (strcmp(pt_exec(one, text), "") || strcmp(pt_exec(two, text), ""))
		pt_die("a program failed");
	return pt_now() - start;
}

/* From now on this thread, and those it makes, run on one CPU. */
static void stay_on_one_cpu(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		pt_die("sched_setaffinity: %s", strerror(errno));
}

/*
 * Two threads do their work in no more than 1/0.9 of the time that one after the
 * other needs. On one CPU, as waking another CPU of an emulated guest takes as long
 * as the host likes. The host may do other work at any time, so both are measured
 * in turn, again and again, and of each the shortest time counts. On a kernel that
 * checks much, what a switch costs is the checks.
 */
TEST_F(gil, two_threads_lose_no_time)
{
	uint64_t serial = UINT64_MAX, both = UINT64_MAX;

	if (pt_slower() > 1)
		SKIP(return, "this kernel's checks make switches slow");
	if (*(getenv("PYMM_BESIDE") ?: ""))
		SKIP(return, "the host does other work");
	stay_on_one_cpu();

	for (int i = 0; i < 25 && (i < 3 || serial * 10 < both * 9); i++) {
		uint64_t one_by_one = run_in_turn(self->thread, self->other, cpu_bound().text);
		uint64_t at_once = run_both(self->thread, self->other, cpu_bound().text);

		serial = one_by_one < serial ? one_by_one : serial;
		both = at_once < both ? at_once : both;
	}
	EXPECT_LE(both * 9, serial * 10);
}

/* Read, modify, write of a variable that nothing but the GIL protects. */
#define LOOPS	2000

struct adder {
	pthread_t pthread;
	int thread;
	volatile unsigned long *counter;
	int errors;
};

static void *add(void *arg)
{
	struct adder *adder = arg;

	for (int i = 0; i < LOOPS; i++) {
		unsigned long seen;

		adder->errors += pt_gil_acquire(adder->thread) != 0;
		seen = *adder->counter;
		if (i % 64 == 0)
			sched_yield();
		*adder->counter = seen + 1;
		adder->errors += pt_gil_release(adder->thread) != 0;
	}
	return NULL;
}

TEST_F(gil, who_holds_it_is_alone)
{
	struct adder adders[4];
	volatile unsigned long counter = 0;

	for (int i = 0; i < 4; i++) {
		adders[i] = (struct adder){
			.thread = pt_thread(self->arena, NULL), .counter = &counter };
		ASSERT_EQ(0, pthread_create(&adders[i].pthread, NULL, add, &adders[i]));
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(adders[i].pthread, NULL);
		EXPECT_EQ(0, adders[i].errors);
		EXPECT_EQ(LOOPS, pt_gil_stat(adders[i].thread).acquires);
		close(adders[i].thread);
	}
	EXPECT_EQ(4 * LOOPS, counter);
}

/* ---- a call that may take long, of who holds the GIL across calls ---- */

/* The fixture's arena and a new thread of it, as libpymm has them. */
struct caller {
	struct pymm_arena *arena;
	struct pymm_thread *thread;
};

static struct caller caller_open(int arena)
{
	struct caller caller;

	pt_must(pymm_arena_adopt(pt_dup(arena, PYMM_RIGHTS_ALL), &caller.arena), "adopt");
	pt_must(pymm_thread_open(caller.arena, &caller.thread), "THREAD");
	return caller;
}

static void caller_close(struct caller *caller)
{
	pymm_thread_close(caller->thread);
	pymm_arena_close(caller->arena);
}

TEST_F(gil, allow_threads)
{
	struct caller caller = caller_open(self->arena);
	uint32_t id = pymm_thread_id(caller.thread);

	ASSERT_EQ(0, pymm_thread_gil_acquire(caller.thread, PYMM_NO_DEADLINE));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(-ETIMEDOUT, pt_gil(self->thread, PYMM_GIL_ACQUIRE, 0, NULL));
		EXPECT_EQ(0, pymm_allow_threads_begin(caller.thread));
		EXPECT_EQ(0, pt_stat(self->arena).gil_holder);
		EXPECT_EQ(0, pt_gil(self->thread, PYMM_GIL_ACQUIRE, 0, NULL));
		EXPECT_EQ(0, pt_gil_release(self->thread));
		EXPECT_EQ(0, pymm_allow_threads_end(caller.thread));
		EXPECT_EQ(id, pt_stat(self->arena).gil_holder);
	}
	EXPECT_EQ(0, pymm_thread_gil_release(caller.thread));
	caller_close(&caller);
}

/* One without the other says so, and errno stays what it was. */
TEST_F(gil, allow_threads_out_of_order)
{
	struct caller caller = caller_open(self->arena);

	errno = E2BIG;
	EXPECT_EQ(-EPERM, pymm_allow_threads_begin(caller.thread));
	EXPECT_EQ(E2BIG, errno);
	EXPECT_EQ(0, pymm_allow_threads_end(caller.thread));
	EXPECT_EQ(-EDEADLK, pymm_allow_threads_end(caller.thread));
	EXPECT_EQ(E2BIG, errno);
	EXPECT_EQ(0, pymm_allow_threads_begin(caller.thread));
	EXPECT_EQ(-EPERM, pymm_allow_threads_begin(caller.thread));
	EXPECT_EQ(E2BIG, errno);
	caller_close(&caller);
}

/* A task in pymm_allow_threads_end(). */
struct comer {
	struct pymm_thread *thread;
	int ret;
	int error;		/* errno behind it */
	bool done;
};

static void *come_back(void *arg)
{
	struct comer *comer = arg;

	errno = EXDEV;
	comer->ret = pymm_allow_threads_end(comer->thread);
	comer->error = errno;
	__atomic_store_n(&comer->done, true, __ATOMIC_RELEASE);
	/* Who ends with the GIL abandons it. */
	if (!comer->ret)
		comer->ret = pymm_allow_threads_begin(comer->thread);
	return NULL;
}

#define SIGNALS	20

/* It comes back with the GIL, whatever signals come first. */
TEST_F(gil, allow_threads_goes_on_after_signals)
{
	struct caller caller = caller_open(self->arena);
	struct comer comer = { .thread = caller.thread };
	pthread_t pthread;

	pt_quiet_signal(SIGUSR1);
	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	ASSERT_EQ(0, pthread_create(&pthread, NULL, come_back, &comer));
	for (int i = 0; i < SIGNALS; i++) {
		ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
		pthread_kill(pthread, SIGUSR1);
		pt_pause();
	}
	ASSERT_TRUE(pt_gil_waited_for(self->arena, 1));
	EXPECT_FALSE(__atomic_load_n(&comer.done, __ATOMIC_ACQUIRE));
	EXPECT_EQ(0, pt_gil_release(self->thread));
	pthread_join(pthread, NULL);
	EXPECT_TRUE(comer.done);
	EXPECT_EQ(0, comer.ret);
	EXPECT_EQ(EXDEV, comer.error);
	caller_close(&caller);
}

/* The holder before it went without letting go: it is told, and has the GIL. */
TEST_F(gil, allow_threads_after_a_dead_holder)
{
	struct caller caller = caller_open(self->arena);

	ASSERT_EQ(0, pt_gil_acquire(self->other));
	close(self->other);
	self->other = -1;
	EXPECT_EQ(-EOWNERDEAD, pymm_allow_threads_end(caller.thread));
	EXPECT_EQ(pymm_thread_id(caller.thread), pt_stat(self->arena).gil_holder);
	EXPECT_EQ(0, pymm_allow_threads_begin(caller.thread));
	EXPECT_EQ(0, pymm_allow_threads_end(caller.thread));
	EXPECT_EQ(0, pymm_allow_threads_begin(caller.thread));
	caller_close(&caller);
}

/* Arenas have a GIL each: two of them run at the same time. */
TEST_F(gil, arenas_do_not_wait_for_each_other)
{
	int arena = pt_open();
	int thread = pt_thread(arena, NULL);

	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	EXPECT_EQ(0, pt_gil(thread, PYMM_GIL_ACQUIRE, 0, NULL));
	EXPECT_EQ(0, pt_gil_release(thread));
	EXPECT_EQ(0, pt_gil_release(self->thread));
	close(thread);
	close(arena);
}

/* All that can be asked of an arena, and of another thread of it. */
static void ask_all(int arena, int other)
{
	pymm_snapshot_free(pt_snapshot(arena));
	pt_stat(arena);
	pt_query(arena);
	pt_config(arena);
	pt_gil_stat(other);
	close(pt_dup(arena, 0));
	close(pt_thread(arena, NULL));
}

/* Instructions that take long, and many that do not. */
static const char *const busy[] = {
	LOOP_FOREVER,
	"loop:\nLOAD_CONST r0, 'two words'\nLOAD_CONST r1, 1000000\nBINARY_OP r2, r0, r1, *\n"
		"LOAD_CONST r3, 'third'\nCONTAINS_OP r3, r3, r2, in\nJUMP_BACKWARD loop\n",
	"LOAD_CONST r0, None\nloop:\nBUILD_LIST r1, r0\nLOAD_CONST r2, 1000000\n"
		"BINARY_OP r1, r1, r2, *=\nJUMP_BACKWARD loop\n",
};

/* What is asked of an arena whose program runs for ever is answered soon. */
TEST_F(gil, inspecting_does_not_wait_for_it)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(busy); i++) {
		struct pt_task task;

		pt_start(&task, self->thread, busy[i]);
		ASSERT_TRUE(pt_gil_held_by(self->arena, 1));
		for (int j = 0; j < 5; j++) {
			uint64_t start = pt_now();

			ask_all(self->arena, self->other);
			EXPECT_GT(start + 100 * NS_PER_MS * PT_EMULATION, pt_now())
				TH_LOG("program %u", i);
		}
		EXPECT_TRUE(pt_interrupt(&task));
		pt_join(&task);
		pt_task_free(&task);
	}
}

TEST_HARNESS_MAIN
