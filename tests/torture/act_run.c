// SPDX-License-Identifier: GPL-2.0
/* Actions that run programs. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "programs.h"
#include "pymm_util.h"
#include "torture.h"

/* What a program that counts, and prints if it finds another one where it is alone, has to do. */
static bool run_alone(struct tt_worker *worker, enum tt_place place, enum tt_program program,
		      const char *of)
{
	uint64_t output[32];
	struct pymm_run run = { .output = (uintptr_t)output, .output_size = sizeof(output) };
	int ret = tt_run(worker, place, worker->threads[place], program, &run);

	if (!tt_expect(worker, "RUN", ret, EINTR, place == TT_MEMORY ? EDQUOT : EINTR, ENOMEM, 0))
		return false;
	if (run.output_used)
		tt_fail(worker->shared, "two holders of %s of arena %d: program %u found what "
			"another one bound", of, place, worker->number);
	return run.status == PYMM_STATUS_DONE;
}

void tt_act_counter(struct tt_worker *worker)
{
	enum tt_place place = tt_below(&worker->random, 3) ? TT_EXACT : TT_MEMORY;

	if (run_alone(worker, place, TT_PROGRAM_COUNTER, "the GIL") && place == TT_EXACT)
		worker->task->counted += TT_TURNS;
}

void tt_act_section(struct tt_worker *worker)
{
	enum tt_place place = tt_below(&worker->random, 3) ? TT_EXACT : TT_MEMORY;

	run_alone(worker, place, TT_PROGRAM_SECTION, "the GIL");
}

void tt_act_lock(struct tt_worker *worker)
{
	if (tt_below(&worker->random, 2)) {
		if (run_alone(worker, TT_LOCKS, TT_PROGRAM_RLOCK, "the RLock"))
			worker->task->relocked += TT_LOCK_TURNS;
	} else if (run_alone(worker, TT_LOCKS, TT_PROGRAM_LOCK, "the Lock")) {
		worker->task->locked += TT_LOCK_TURNS;
	}
}

static void run_any(struct tt_worker *worker, enum tt_program program)
{
	enum tt_place place = tt_place_runs(worker);
	struct pymm_run run = { 0 };

	tt_expect(worker, "RUN", tt_run(worker, place, worker->threads[place], program, &run),
		  EINTR, place == TT_MEMORY ? EDQUOT : EINTR, ENOMEM, 0);
}

void tt_act_objects(struct tt_worker *worker)
{
	run_any(worker, TT_PROGRAM_OBJECTS +
		tt_below(&worker->random, TT_PROGRAMS - TT_PROGRAM_OBJECTS));
}

void tt_act_collect(struct tt_worker *worker)
{
	run_any(worker, TT_PROGRAM_COLLECT);
}

/* ---- programs that pause ---- */

static int drop_frames(int thread, struct pymm_run *run)
{
	int ret;

	do
		ret = pt_run_flags(thread, PYMM_RUN_ABANDON, run);
	while (ret == -EINTR);
	return ret;
}

/* What can be done with kept frames. Returns whether there are any left. */
static bool go_on(struct tt_worker *worker, enum tt_place place, int thread, struct pymm_run *run)
{
	struct pymm_run other = { 0 };
	int ret;

	switch (tt_below(&worker->random, 8)) {
	case 0:
		tt_expect(worker, "ABANDON", drop_frames(thread, run), 0);
		tt_account(worker, place, run);
		return false;
	case 1:
		tt_expect(worker, "RUN with kept frames",
			  pt_run(thread, worker->programs[TT_PROGRAM_SHORT], &other), EBUSY, 0);
		return true;
	default:
		run->max_steps = 1 + tt_below(&worker->random, 200);
		do
			ret = pt_run_flags(thread, PYMM_RUN_RESUME, run);
		while (ret == -EINTR);
		if (!tt_expect(worker, "RESUME", ret, 0))
			return false;
		tt_account(worker, place, run);
		return run->result_flags & PYMM_RAN_KEPT;
	}
}

void tt_act_pause(struct tt_worker *worker)
{
	enum tt_place place = tt_place_runs(worker);
	uint64_t output[256];
	struct pymm_run run = {
		.max_steps = 1 + tt_below(&worker->random, 60),
		.output = (uintptr_t)output,
		.output_size = tt_below(&worker->random, TT_COUNT(output)) * sizeof(*output),
	};
	int thread = pt_thread(worker->round->arenas[place], NULL);
	unsigned int turns = tt_below(&worker->random, 30);
	bool kept;

	if (!tt_expect(worker, "THREAD", thread, place == TT_MEMORY ? EDQUOT : 0, 0))
		return;
	kept = tt_expect(worker, "RUN", pt_run(thread, worker->programs[TT_PROGRAM_PRINT], &run),
			 EINTR, place == TT_MEMORY ? EDQUOT : EINTR, ENOMEM, 0);
	if (kept) {
		tt_account(worker, place, &run);
		kept = run.result_flags & PYMM_RAN_KEPT;
	}
	/* From here on there is room for each print. */
	run.output_size = sizeof(output);
	while (kept && turns--)
		kept = go_on(worker, place, thread, &run);
	if (!kept)
		tt_expect(worker, "RESUME without frames",
			  pt_run_flags(thread, PYMM_RUN_RESUME, &run), EINVAL, 0);
	/* Half done, or not. */
	close(thread);
}

/* ---- a file that is closed while it is used ---- */

struct closing {
	struct tt_worker *worker;
	enum tt_place place;
	int thread;
};

static void *run_while_closed(void *arg)
{
	struct closing *closing = arg;
	struct tt_worker *worker = closing->worker;
	struct pymm_run run = { 0 };
	int ret = pt_run(closing->thread, worker->programs[TT_PROGRAM_LOOP], &run);

	/* ENOTTY: it was closed before. */
	if (tt_expect(worker, "RUN", ret, EINTR, ENOTTY, ENOMEM,
		      closing->place == TT_MEMORY ? EDQUOT : EINTR, 0))
		tt_account(worker, closing->place, &run);
	return NULL;
}

void tt_act_close(struct tt_worker *worker)
{
	struct closing closing = { .worker = worker, .place = tt_place_runs(worker) };
	uint64_t until = pt_now() + tt_below(&worker->random, 4 * NS_PER_MS);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pthread_t pthread;

	closing.thread = pt_thread(worker->round->arenas[closing.place], NULL);
	if (!tt_expect(worker, "THREAD", closing.thread,
		       closing.place == TT_MEMORY ? EDQUOT : 0, 0)) {
		close(null);
		return;
	}
	if (pthread_create(&pthread, NULL, run_while_closed, &closing))
		pt_die("pthread_create");
	while (pt_now() < until)
		;
	/* The number stays in use, so that no other thread's file is run by mistake. */
	if (null < 0 || dup2(null, closing.thread) < 0)
		pt_die("/dev/null");
	if (tt_below(&worker->random, 2))
		pthread_kill(pthread, SIGUSR1);
	pthread_join(pthread, NULL);
	close(closing.thread);
	close(null);
}
