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

struct team;

/**
 * struct worker - an OS thread
 * @team: its team
 * @member: where its results go
 * @thread: the thread of the arena
 * @os_thread: the OS's
 * @started_ns: when its call began
 * @ended_ns: when it ended
 */
struct worker {
	struct team *team;
	struct team_member *member;
	struct pymm_thread *thread;
	pthread_t os_thread;
	uint64_t started_ns;
	uint64_t ended_ns;
};

/**
 * struct team - all of them
 * @program: what they run
 * @workers: @nr of them
 * @nr: number of threads
 * @lock: protects what follows
 * @changed: @ready or @running has changed
 * @ready: threads may start
 * @stop: what is not ended is to be given up
 * @running: threads that have not ended
 */
struct team {
	const struct pymm_program *program;
	struct worker *workers;
	unsigned int nr;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool ready;
	bool stop;
	unsigned int running;
};

static bool stopping(struct team *team)
{
	bool stop;

	pthread_mutex_lock(&team->lock);
	stop = team->stop;
	pthread_mutex_unlock(&team->lock);
	return stop;
}

/* Signals that are not meant to stop the team (a debugger's) must not end the program. */
static int run_program(struct worker *worker)
{
	struct pymm_run *run = &worker->member->run;
	uint64_t steps = 0;
	int ret;

	do
		ret = pymm_thread_run(worker->thread, worker->team->program, run);
	while (ret == -EINTR && !stopping(worker->team));
	while (!ret && run->status == PYMM_STATUS_INTERRUPTED) {
		if (stopping(worker->team))
			return pymm_thread_abandon(worker->thread) ?: -EINTR;
		steps += run->steps;
		ret = pymm_thread_resume(worker->thread, run);
	}
	run->steps += steps;
	return ret;
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
	member->error = run_program(worker);
	worker->ended_ns = time_now();
	if (!member->error)
		member->error = pymm_thread_gil_stat(worker->thread, &member->gil);

	pthread_mutex_lock(&team->lock);
	team->running--;
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

static void wait_for_all(struct team *team, struct progress *progress)
{
	struct timespec until;

	pthread_mutex_lock(&team->lock);
	while (team->running) {
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += LOOK_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&team->changed, &team->lock, &until);
		if (cmd_signalled())
			stop_all(team);
		if (progress)
			progress_tick(progress);
	}
	pthread_mutex_unlock(&team->lock);
}

/* All stand ready before the first one starts; then the team runs, as far as it could be made. */
static int run_workers(struct team *team, unsigned int nr, struct progress *progress)
{
	sigset_t theirs, before;
	int ret = 0;

	sigemptyset(&theirs);
	sigaddset(&theirs, SIGINT);
	sigaddset(&theirs, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &theirs, &before);
	for (team->nr = 0; !ret && team->nr < nr; team->nr += !ret)
		ret = -pthread_create(&team->workers[team->nr].os_thread, NULL, work,
				      &team->workers[team->nr]);
	pthread_sigmask(SIG_SETMASK, &before, NULL);

	pthread_mutex_lock(&team->lock);
	team->running = team->nr;
	team->ready = true;
	pthread_cond_broadcast(&team->changed);
	pthread_mutex_unlock(&team->lock);

	wait_for_all(team, progress);
	for (unsigned int i = 0; i < team->nr; i++)
		pthread_join(team->workers[i].os_thread, NULL);
	return ret;
}

static void wake(int number)
{
	(void)number;
}

/* Without SA_RESTART, so that a call which blocks returns. */
static int run_wakeable(struct team *team, unsigned int nr, struct progress *progress)
{
	struct sigaction action = { .sa_handler = wake }, before;
	int ret;

	sigemptyset(&action.sa_mask);
	sigaction(SIGUSR1, &action, &before);
	ret = run_workers(team, nr, progress);
	sigaction(SIGUSR1, &before, NULL);
	return ret;
}

static int open_threads(struct cmd *cmd, const struct pymm_arena *arena, struct team *team,
			unsigned int nr, struct team_member *members)
{
	for (unsigned int i = 0; i < nr; i++) {
		struct worker *worker = &team->workers[i];
		int ret = cmd_open_thread(cmd, arena, &worker->thread);

		if (ret)
			return ret;
		members[i] = (struct team_member){ .thread_id = pymm_thread_id(worker->thread) };
		worker->team = team;
		worker->member = &members[i];
	}
	return CMD_OK;
}

static int check_members(struct cmd *cmd, const struct team_member *members, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		if (members[i].error || members[i].run.status != PYMM_STATUS_DONE)
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

int team_run(struct cmd *cmd, const struct pymm_arena *arena, const struct pymm_program *program,
	     unsigned int nr, struct team_member *members, uint64_t *wall_ns,
	     struct progress *progress)
{
	struct team team = {
		.program = program,
		.workers = calloc(nr, sizeof(*team.workers)),
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
	};
	int ret, error;

	if (!team.workers)
		return cmd_fail(cmd, "out of memory");
	ret = open_threads(cmd, arena, &team, nr, members);
	if (ret == CMD_OK) {
		error = run_wakeable(&team, nr, progress);
		*wall_ns = wall_time(&team);
		ret = error ? cmd_fail_errno(cmd, error, "cannot start %u threads", nr) :
			      check_members(cmd, members, nr);
	}
	for (unsigned int i = 0; i < nr; i++)
		pymm_thread_close(team.workers[i].thread);
	free(team.workers);
	return ret;
}
