// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "trace_hist.h"
#include "workload_team.h"

/* How often the main thread looks for signals, and tries to stop threads. */
#define LOOK_NS		50000000

/**
 * struct worker - an OS thread
 * @team: its team
 * @job: what it does
 * @member: where its results go
 * @thread: the thread of the arena
 * @os_thread: the OS's
 * @started_ns: when its job began
 * @ended_ns: when it ended
 */
struct worker {
	struct team *team;
	const struct team_job *job;
	struct team_member *member;
	struct pymm_thread *thread;
	pthread_t os_thread;
	uint64_t started_ns;
	uint64_t ended_ns;
};

/**
 * struct team - all of them
 * @order: what they do
 * @workers: as many as ordered
 * @nr: number of threads that were started
 * @lock: protects what follows
 * @changed: @ready or @running has changed
 * @ready: threads may start
 * @stop: what is not ended is to be given up
 * @running: threads that have not ended
 */
struct team {
	const struct team_order *order;
	struct worker *workers;
	unsigned int nr;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool ready;
	bool stop;
	unsigned int running;
};

bool team_stopping(struct team *team)
{
	bool stop;

	pthread_mutex_lock(&team->lock);
	stop = team->stop;
	pthread_mutex_unlock(&team->lock);
	return stop;
}

/*
 * Signals that are not meant to stop the team (a debugger's) must not end the program. Of one that
 * is stopped, the frames go with its thread.
 */
static int run_program(struct worker *worker)
{
	struct pymm_run *run = &worker->member->run;
	uint64_t steps = 0;
	bool begun = false;
	int ret;

	for (;;) {
		ret = begun ? pymm_thread_resume(worker->thread, run) :
			      pymm_thread_run(worker->thread, worker->job->program, run);
		if (!ret) {
			begun = true;
			steps += run->steps;
		}
		if (ret ? ret != -EINTR : run->status != PYMM_STATUS_INTERRUPTED)
			break;
		if (team_stopping(worker->team)) {
			worker->member->stopped = true;
			ret = 0;
			break;
		}
	}
	run->steps = steps;
	return ret;
}

static int do_job(struct worker *worker)
{
	const struct team_job *job = worker->job;

	return job->program ? run_program(worker) :
			      job->run(worker->team, worker->thread, job->arg);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct team *team = worker->team;
	struct team_member *member = worker->member;

	pthread_mutex_lock(&team->lock);
	while (!team->ready)
		pthread_cond_wait(&team->changed, &team->lock);
	pthread_mutex_unlock(&team->lock);

	worker->started_ns = time_now();
	member->error = do_job(worker);
	worker->ended_ns = time_now();
	if (!member->error)
		member->error = pymm_thread_gil_stat(worker->thread, &member->gil);

	pthread_mutex_lock(&team->lock);
	team->running--;
	team->stop |= team->order->leads && worker == team->workers;
	pthread_cond_broadcast(&team->changed);
	pthread_mutex_unlock(&team->lock);
	return NULL;
}

/* A signal that comes before the call has begun stops nothing: it is sent until all have ended. */
static void stop_all(struct team *team)
{
	team->stop = true;
	for (unsigned int i = 0; i < team->nr; i++)
		pthread_kill(team->workers[i].os_thread, SIGUSR1);
}

/* Until something changes, or it is time to look again: no longer than @ns. */
static void wait_for_change(struct team *team, uint64_t ns)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)(ns < LOOK_NS ? ns : LOOK_NS);
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&team->changed, &team->lock, &until);
}

static void wait_for_all(struct team *team)
{
	const struct team_order *order = team->order;
	uint64_t started_ns = time_now(), passed_ns = 0;
	uint64_t limit_ns = order->limit_ns ? order->limit_ns : UINT64_MAX;
	bool ended = false;

	pthread_mutex_lock(&team->lock);
	while (team->running) {
		/* Those that are late are told again and again. */
		wait_for_change(team, passed_ns < limit_ns ? limit_ns - passed_ns : LOOK_NS);
		if (!ended && team->running && team->running < team->nr) {
			ended = true;
			if (order->first_end)
				order->first_end(order->arg);
		}
		passed_ns = time_now() - started_ns;
		if (team->stop || passed_ns >= limit_ns || cmd_signalled())
			stop_all(team);
		if (order->progress)
			progress_tick(order->progress);
	}
	pthread_mutex_unlock(&team->lock);
}

/* All stand ready before the first one starts. If one is missing, the others are stopped. */
static int run_workers(struct team *team)
{
	sigset_t theirs, before;
	int ret = 0;

	sigemptyset(&theirs);
	sigaddset(&theirs, SIGINT);
	sigaddset(&theirs, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &theirs, &before);
	for (team->nr = 0; !ret && team->nr < team->order->nr; team->nr += !ret)
		ret = -pthread_create(&team->workers[team->nr].os_thread, NULL, work,
				      &team->workers[team->nr]);
	pthread_sigmask(SIG_SETMASK, &before, NULL);

	pthread_mutex_lock(&team->lock);
	team->running = team->nr;
	team->stop = ret;
	team->ready = true;
	pthread_cond_broadcast(&team->changed);
	pthread_mutex_unlock(&team->lock);

	wait_for_all(team);
	for (unsigned int i = 0; i < team->nr; i++)
		pthread_join(team->workers[i].os_thread, NULL);
	return ret;
}

static void wake(int number)
{
	(void)number;
}

/* Without SA_RESTART, so that a call which blocks returns. */
static int run_wakeable(struct team *team)
{
	struct sigaction action = { .sa_handler = wake }, before;
	int ret;

	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, &before);
	ret = run_workers(team);
	sigaction(SIGUSR1, &before, NULL);
	return ret;
}

static int open_threads(struct cmd *cmd, struct team *team, struct team_member *members)
{
	for (unsigned int i = 0; i < team->order->nr; i++) {
		struct worker *worker = &team->workers[i];
		int ret;

		worker->team = team;
		worker->job = &team->order->jobs[i];
		worker->member = &members[i];
		ret = cmd_open_thread(cmd, worker->job->arena, &worker->thread);
		if (ret)
			return ret;
		members[i] = (struct team_member){ .thread_id = pymm_thread_id(worker->thread) };
	}
	return CMD_OK;
}

static int check_members(struct cmd *cmd, const struct team_member *members, unsigned int nr)
{
	if (cmd_signalled())
		return CMD_INTERRUPTED;
	for (unsigned int i = 0; i < nr; i++)
		if (members[i].error ||
		    (members[i].run.status != PYMM_STATUS_DONE && !members[i].stopped))
			return loop_failed(cmd, members[i].error, &members[i].run);
	return CMD_OK;
}

static uint64_t wall_time(const struct team *team)
{
	uint64_t started = UINT64_MAX, ended = 0;

	for (unsigned int i = 0; i < team->nr; i++) {
		if (started > team->workers[i].started_ns)
			started = team->workers[i].started_ns;
		if (ended < team->workers[i].ended_ns)
			ended = team->workers[i].ended_ns;
	}
	return ended - started;
}

int team_work(struct cmd *cmd, const struct team_order *order, struct team_member *members,
	      uint64_t *wall_ns)
{
	struct team team = {
		.order = order,
		.workers = calloc(order->nr, sizeof(*team.workers)),
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
	};
	int ret, error;

	if (!team.workers)
		return cmd_fail(cmd, "out of memory");
	ret = open_threads(cmd, &team, members);
	if (ret == CMD_OK) {
		error = run_wakeable(&team);
		*wall_ns = wall_time(&team);
		ret = error ? cmd_fail_errno(cmd, error, "cannot start %u threads", order->nr) :
			      check_members(cmd, members, order->nr);
	}
	for (unsigned int i = 0; i < order->nr; i++)
		pymm_thread_close(team.workers[i].thread);
	free(team.workers);
	return ret;
}

int team_run(struct cmd *cmd, const struct pymm_arena *arena, const struct pymm_program *program,
	     unsigned int nr, struct team_member *members, uint64_t *wall_ns,
	     struct progress *progress)
{
	struct team_job *jobs = calloc(nr, sizeof(*jobs));
	int ret;

	if (!jobs)
		return cmd_fail(cmd, "out of memory");
	for (unsigned int i = 0; i < nr; i++)
		jobs[i] = (struct team_job){ .arena = arena, .program = program };
	ret = team_work(cmd,
			&(struct team_order){ .jobs = jobs, .nr = nr, .progress = progress },
			members, wall_ns);
	free(jobs);
	return ret;
}
