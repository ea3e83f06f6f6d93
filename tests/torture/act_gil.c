// SPDX-License-Identifier: GPL-2.0
/* Actions with the GIL, acquired and held across calls. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gil_util.h"
#include "pymm_util.h"
#include "torture.h"

static uint64_t random_deadline(struct tt_worker *worker)
{
	switch (tt_below(&worker->random, 4)) {
	case 0:
		return 0;
	case 1:
		return pt_now() + tt_below(&worker->random, 20 * NS_PER_MS);
	default:
		return PYMM_NO_DEADLINE;
	}
}

/* Acquire, and be seen by the witness. Returns whether it is held. */
static bool acquire(struct tt_worker *worker, enum tt_place place, int thread, uint64_t deadline)
{
	int timed_out = deadline == PYMM_NO_DEADLINE ? EINTR : ETIMEDOUT;
	int ret;

	tt_state(worker, TT_WAITING);
	ret = pt_gil(thread, PYMM_GIL_ACQUIRE, deadline, NULL);
	if (ret == -EOWNERDEAD)
		tt_told(worker, place);
	if (ret && ret != -EOWNERDEAD) {
		tt_state(worker, TT_IDLE);
		tt_expect(worker, "ACQUIRE", ret, EINTR, timed_out, 0);
		return false;
	}
	tt_enter(worker, place, ret);
	return true;
}

static void release(struct tt_worker *worker, enum tt_place place, int thread)
{
	int ret;

	tt_leave(worker, place);
	ret = pt_gil(thread, PYMM_GIL_RELEASE, 0, NULL);
	if (ret == -EPERM)
		tt_fail(worker->shared, "two holders of the GIL of arena %d: thread %u has not "
			"released it, and another one has it", place, worker->ids[place]);
	else
		tt_expect(worker, "RELEASE", ret, 0);
}

/* Mostly short, now and then long enough that all others wait. */
static void hold(struct tt_worker *worker)
{
	uint64_t kind = tt_below(&worker->random, 100);
	uint64_t until = pt_now();

	if (kind < 60)
		until += tt_below(&worker->random, 50000);
	else if (kind < 90)
		until += tt_below(&worker->random, 2 * NS_PER_MS);
	else if (kind < 98)
		sched_yield();
	else
		until += tt_below(&worker->random, 60 * NS_PER_MS);
	/* Not asleep: another task with the GIL shows best beside one that is on a CPU. */
	while (pt_now() < until)
		;
}

/* Nobody runs a program, and nobody gets the GIL, while it is held here. */
static void hold_and_look(struct tt_worker *worker, enum tt_place place)
{
	int arena = worker->round->arenas[place];
	struct pymm_stat before = pt_stat(arena), after;
	struct pymm_gil_args stat;

	tt_expect(worker, "a second ACQUIRE",
		  pt_gil(worker->threads[place], PYMM_GIL_ACQUIRE, 0, NULL), EDEADLK, 0);
	tt_expect(worker, "GIL_STAT", pt_gil(worker->threads[place], PYMM_GIL_STAT, 0, &stat), 0);
	hold(worker);
	after = pt_stat(arena);
	if (!stat.held || before.gil_holder != worker->ids[place] ||
	    after.gil_holder != worker->ids[place] || after.gil_switches != before.gil_switches)
		tt_fail(worker->shared, "two holders of the GIL of arena %d: thread %u acquired "
			"it, then thread %u had it", place, worker->ids[place], after.gil_holder);
	else if (after.objects_allocated != before.objects_allocated)
		tt_fail(worker->shared, "two holders of the GIL of arena %d: a program allocated "
			"objects while thread %u held it", place, worker->ids[place]);
}

/* A program can pass the GIL on; the thread has it again in the end, unless a signal came. */
static bool hold_and_run(struct tt_worker *worker, enum tt_place place)
{
	struct pymm_run run = { 0 };
	struct pymm_gil_args stat;
	int thread = worker->threads[place];

	tt_leave(worker, place);
	tt_expect(worker, "RUN", tt_run(worker, place, thread, TT_PROGRAM_SHORT, &run), EDQUOT,
		  ENOMEM, 0);
	if (!tt_expect(worker, "GIL_STAT", pt_gil(thread, PYMM_GIL_STAT, 0, &stat), 0) ||
	    !stat.held)
		return false;
	tt_enter(worker, place, run.result_flags & PYMM_RAN_OWNER_DIED);
	return true;
}

void tt_act_hold(struct tt_worker *worker)
{
	enum tt_place place = tt_place_random(worker);
	int thread = worker->threads[place];

	if (!acquire(worker, place, thread, random_deadline(worker)))
		return;
	for (unsigned int i = tt_below(&worker->random, 3); i; i--) {
		switch (tt_below(&worker->random, 4)) {
		case 0:
			hold_and_look(worker, place);
			break;
		case 1:
			/* A program that had to pass the GIL on could be told there instead. */
			if (place != TT_STRICT && !hold_and_run(worker, place))
				return;
			break;
		case 2:
			release(worker, place, thread);
			if (!acquire(worker, place, thread, PYMM_NO_DEADLINE))
				return;
			break;
		default:
			hold(worker);
			tt_still(worker, place);
			break;
		}
	}
	hold(worker);
	release(worker, place, thread);
}

/* In the child of a holder: it has the files, but the GIL is the parent's. */
static int be_a_child(struct tt_worker *worker, enum tt_place place)
{
	int thread = pt_thread(worker->round->arenas[place], NULL);
	int ret;

	if (thread < 0)
		return thread == -EDQUOT && place == TT_MEMORY ? 0 : 1;
	if (pt_gil(worker->threads[place], PYMM_GIL_ACQUIRE, 0, NULL) != -EDEADLK)
		return 2;
	ret = pt_gil(thread, PYMM_GIL_ACQUIRE, pt_now() + NS_PER_MS, NULL);
	return ret == -ETIMEDOUT ? 0 : 3;
}

void tt_act_fork(struct tt_worker *worker)
{
	enum tt_place place = tt_place_random(worker);
	int thread = worker->threads[place];
	int status = 0;
	pid_t child;

	if (!acquire(worker, place, thread, random_deadline(worker)))
		return;
	child = pt_fork();
	if (!child)
		_exit(be_a_child(worker, place));
	hold(worker);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 3)
		tt_fail(worker->shared, "two holders of the GIL of arena %d: the holder's child "
			"acquired it", place);
	else if (status)
		tt_fail(worker->shared, "the child of a holder ended with status %#x", status);
	release(worker, place, thread);
}

struct abandoning {
	struct tt_worker *worker;
	enum tt_place place;
	int thread;
};

/* This task ends, and with it its hold. */
static void *acquire_and_end(void *arg)
{
	struct abandoning *abandoning = arg;
	struct tt_worker *worker = abandoning->worker;

	if (acquire(worker, abandoning->place, abandoning->thread, PYMM_NO_DEADLINE)) {
		tt_leave(worker, abandoning->place);
		tt_add(worker->shared->arenas[abandoning->place].abandons, 1);
	}
	return NULL;
}

void tt_act_abandon(struct tt_worker *worker)
{
	enum tt_place place = tt_place_random(worker);
	struct abandoning abandoning = { .worker = worker, .place = place };
	pthread_t pthread;

	abandoning.thread = pt_thread(worker->round->arenas[place], NULL);
	if (!tt_expect(worker, "THREAD", abandoning.thread, place == TT_MEMORY ? EDQUOT : 0, 0))
		return;
	if (tt_below(&worker->random, 2)) {
		/* The file goes, the task stays. */
		acquire_and_end(&abandoning);
	} else {
		if (pthread_create(&pthread, NULL, acquire_and_end, &abandoning))
			pt_die("pthread_create");
		pthread_join(pthread, NULL);
	}
	close(abandoning.thread);
}
