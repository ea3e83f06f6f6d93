// SPDX-License-Identifier: GPL-2.0
/* A worker: threads that choose actions at random, until the round ends. */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "gil_util.h"
#include "pymm_util.h"
#include "torture.h"

static const struct {
	void (*act)(struct tt_worker *worker);
	unsigned int weight;
} actions[TT_WORKER_ACTORS] = {
	[TT_HOLD] = { tt_act_hold, 8 },
	[TT_COUNTER] = { tt_act_counter, 4 },
	[TT_SECTION] = { tt_act_section, 4 },
	[TT_LOCK] = { tt_act_lock, 4 },
	[TT_OBJECTS] = { tt_act_objects, 4 },
	[TT_COLLECT] = { tt_act_collect, 1 },
	[TT_PAUSE] = { tt_act_pause, 2 },
	[TT_CLOSE] = { tt_act_close, 1 },
	[TT_FORK] = { tt_act_fork, 1 },
	[TT_ABANDON] = { tt_act_abandon, 1 },
	[TT_CONFIG] = { tt_act_config, 1 },
	[TT_LOOK] = { tt_act_look, 2 },
	[TT_DUP] = { tt_act_dup, 2 },
	[TT_PASS] = { tt_act_pass, 3 },
	[TT_ARENA] = { tt_act_arena, 2 },
};

void tt_state(struct tt_worker *worker, enum tt_state state)
{
	tt_set(worker->task->state, state);
}

enum tt_place tt_place_random(struct tt_worker *worker)
{
	return tt_below(&worker->random, TT_PLACES);
}

enum tt_place tt_place_runs(struct tt_worker *worker)
{
	return tt_below(&worker->random, TT_STRICT);
}

bool tt_expect(struct tt_worker *worker, const char *what, int ret, ...)
{
	va_list args;
	int allowed;

	if (ret >= 0)
		return true;
	va_start(args, ret);
	while ((allowed = va_arg(args, int)) && allowed != -ret)
		;
	va_end(args);
	if (allowed)
		tt_error(worker->shared, worker->task->actor, ret);
	else
		tt_fail(worker->shared, "%s: %s returned %s",
			tt_actor_name(worker->task->actor), what, strerrorname_np(-ret));
	return false;
}

void tt_told(struct tt_worker *worker, enum tt_place place)
{
	tt_add(worker->shared->arenas[place].told, 1);
}

void tt_account(struct tt_worker *worker, enum tt_place place, const struct pymm_run *run)
{
	tt_add(worker->shared->arenas[place].steps, run->steps);
	if (run->result_flags & PYMM_RAN_OWNER_DIED)
		tt_told(worker, place);
	if (run->result_flags & PYMM_RAN_LOCK_OWNER_DIED)
		tt_add(worker->shared->arenas[place].locks_told, 1);
	if (run->result_flags & PYMM_RAN_OUTPUT_LOST)
		tt_fail(worker->shared, "%s: output was lost", tt_actor_name(worker->task->actor));
	if (run->status != PYMM_STATUS_EXCEPTION)
		return;
	if (run->exception == PYMM_EXC_MEMORY_ERROR && place == TT_MEMORY)
		tt_add(worker->shared->arenas[place].memory_errors, 1);
	else
		tt_fail(worker->shared, "%s: %s: %s", tt_actor_name(worker->task->actor),
			pymm_exception_name(run->exception), run->message);
}

int tt_run_on(struct tt_worker *worker, enum tt_place place, int thread, int ret,
	      struct pymm_run *run)
{
	while (!ret) {
		tt_account(worker, place, run);
		if (run->status != PYMM_STATUS_INTERRUPTED)
			break;
		tt_error(worker->shared, worker->task->actor, -EINTR);
		/* It waits for the GIL, and the next signal can end that. */
		do
			ret = pt_run_flags(thread, PYMM_RUN_RESUME, run);
		while (ret == -EINTR);
		if (ret)
			tt_fail(worker->shared, "RESUME: %s", strerrorname_np(-ret));
	}
	return ret;
}

int tt_run(struct tt_worker *worker, enum tt_place place, int thread, enum tt_program program,
	   struct pymm_run *run)
{
	int ret;

	tt_state(worker, TT_RUNNING);
	ret = pt_run(thread, worker->programs[program], run);
	ret = tt_run_on(worker, place, thread, ret, run);
	tt_state(worker, TT_IDLE);
	return ret;
}

/*
 * At random; but at first each thread begins elsewhere, so that all are chosen soon. Returns
 * TT_WORKER_ACTORS if no actor of the workers is wanted.
 */
static unsigned int choose(struct tt_worker *worker)
{
	const struct tt_options *options = &worker->shared->options;
	const bool *wanted = options->actors;
	unsigned int sum = 0, at;

	at = worker->number + worker->begun++ * options->processes * options->threads;
	if (at < TT_WORKER_ACTORS && wanted[at])
		return at;
	for (unsigned int i = 0; i < TT_WORKER_ACTORS; i++)
		sum += wanted[i] ? actions[i].weight : 0;
	if (!sum)
		return TT_WORKER_ACTORS;
	at = tt_below(&worker->random, sum);
	for (unsigned int i = 0;; i++) {
		if (!wanted[i])
			continue;
		if (at < actions[i].weight)
			return i;
		at -= actions[i].weight;
	}
}

static void act(struct tt_worker *worker)
{
	struct tt_task *task = worker->task;
	unsigned int actor = choose(worker);
	uint64_t since = pt_now();

	if (actor == TT_WORKER_ACTORS) {
		pt_pause();
		return;
	}
	tt_set(task->actor, actor);
	tt_set(task->since, since);
	actions[actor].act(worker);
	tt_set(task->since, 0);
	tt_set(task->state, TT_IDLE);
	tt_operation(worker->shared, actor, since);
}

static void rest(struct tt_worker *worker)
{
	tt_set(worker->task->resting, true);
	while (tt_get(worker->shared->phase) == TT_REST)
		pt_pause();
	tt_set(worker->task->resting, false);
}

/* What a thread of a process that nobody killed has acquired it has given up. */
static void check_thread(struct tt_worker *worker, int thread)
{
	struct pymm_gil_args stat;
	int ret = pt_gil(thread, PYMM_GIL_STAT, 0, &stat);

	if (ret)
		tt_fail(worker->shared, "GIL_STAT: %s", strerrorname_np(-ret));
	else if (stat.held || stat.acquires != stat.holds)
		tt_fail(worker->shared, "a thread acquired the GIL %llu times, released it %llu",
			(unsigned long long)stat.acquires, (unsigned long long)stat.holds);
	else if (stat.waits > stat.acquires || stat.drops > stat.holds ||
		 stat.wait_max_ns > stat.wait_ns || stat.hold_max_ns > stat.hold_ns)
		tt_fail(worker->shared, "the counters of a thread contradict each other");
}

static void *torture(void *arg)
{
	struct tt_worker *worker = arg;

	tt_set(worker->task->tid, gettid());
	while (tt_get(worker->shared->phase) != TT_END) {
		if (tt_get(worker->shared->phase) == TT_REST)
			rest(worker);
		else
			act(worker);
	}
	for (int i = 0; i < TT_PLACES; i++) {
		check_thread(worker, worker->threads[i]);
		close(worker->threads[i]);
	}
	return NULL;
}

static void set_max_threads(int arena)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_MAX_THREADS, .max_threads = 1024 };

	if (pt_ioctl(arena, PYMM_IOC_CONFIG, &config))
		pt_die("CONFIG");
}

static void prepare(struct tt_worker *worker, const struct tt_round *round, unsigned int place,
		    unsigned int thread)
{
	struct tt_shared *shared = round->shared;

	*worker = (struct tt_worker){
		.round = round,
		.shared = shared,
		.process = &shared->processes[place],
		.task = &shared->processes[place].tasks[thread],
		.number = place * shared->options.threads + thread,
		.identity = tt_identity(shared, place),
	};
	worker->programs = round->programs[worker->number].programs;
	worker->random = tt_seed(shared->options.seed, round->number, worker->number,
				 worker->identity);
	for (int i = 0; i < TT_PLACES; i++) {
		int ret = pt_thread(round->arenas[i], &worker->ids[i]);

		/* Somebody set the limit low, and may have been killed since. */
		while (ret == -EDQUOT && i == TT_MEMORY) {
			set_max_threads(round->arenas[i]);
			ret = pt_thread(round->arenas[i], &worker->ids[i]);
		}
		if (ret < 0)
			pt_die("THREAD: %s", strerrorname_np(-ret));
		worker->threads[i] = ret;
	}
}

static void nothing(int sig)
{
	(void)sig;
}

/* One signal ends what waits, the other one has it begin again. */
static void prepare_signals(void)
{
	struct sigaction action = { .sa_handler = nothing, .sa_flags = SA_RESTART };

	pt_quiet_signal(SIGUSR1);
	if (sigaction(SIGUSR2, &action, NULL))
		pt_die("sigaction: %s", strerror(errno));
}

void tt_work(const struct tt_round *round, unsigned int place)
{
	unsigned int threads = round->shared->options.threads;
	struct tt_worker *workers = calloc(threads, sizeof(*workers));
	pthread_t *pthreads = calloc(threads, sizeof(*pthreads));

	if (!workers || !pthreads)
		pt_die("out of memory");
	prepare_signals();
	prctl(PR_SET_NAME, "pymm_worker");
	tt_freezer_join(round, place);
	for (unsigned int i = 0; i < threads; i++)
		prepare(&workers[i], round, place, i);
	for (unsigned int i = 0; i < threads; i++) {
		errno = pthread_create(&pthreads[i], NULL, torture, &workers[i]);
		if (errno)
			pt_die("pthread_create: %s", strerror(errno));
	}
	for (unsigned int i = 0; i < threads; i++)
		pthread_join(pthreads[i], NULL);
	free(workers);
	free(pthreads);
	_exit(0);
}
