// SPDX-License-Identifier: GPL-2.0
/* The controller: rounds, the workers' lives, stutter. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pymm_util.h"
#include "torture.h"

/* How long a round lasts, and how often all stand still in it, on the average. */
#define ROUND_MS	(8000 * pt_slower())
#define STUTTER_MS	(1500 * pt_slower())

void tt_beat(struct tt_shared *shared)
{
	tt_set(shared->beat, pt_now());
}

bool tt_mortal(const struct tt_shared *shared, unsigned int place)
{
	return place % 2 && shared->options.actors[TT_KILL];
}

/* ---- workers ---- */

static void start_worker(struct tt_round *round, unsigned int place)
{
	struct tt_process *process = &round->shared->processes[place];
	pid_t pid = pt_fork();

	if (!pid)
		tt_work(round, place);
	process->pid = pid;
}

/* Its place is free again; what its identity is known by is changed first. */
static void bury(struct tt_process *process)
{
	tt_add(process->incarnation, 1);
	for (unsigned int i = 0; i < TT_MAX_THREADS; i++) {
		tt_set(process->tasks[i].since, 0);
		tt_set(process->tasks[i].tid, 0);
		tt_set(process->tasks[i].resting, false);
		tt_set(process->tasks[i].state, TT_IDLE);
	}
	process->pid = 0;
	tt_set(process->doomed, false);
}

static bool ended_well(const struct tt_shared *shared, const struct tt_process *process, int status)
{
	if (process->doomed && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return true;
	return !status && tt_get(shared->phase) == TT_END;
}

/* See which workers have ended; replace those that were killed if @again. */
static void reap(struct tt_round *round, bool again)
{
	struct tt_shared *shared = round->shared;

	for (unsigned int i = 0; i < shared->options.processes; i++) {
		struct tt_process *process = &shared->processes[i];
		int status;

		if (process->pid && waitpid(process->pid, &status, WNOHANG) > 0) {
			if (!ended_well(shared, process, status))
				tt_fail(shared, "worker %u ended with status %#x", i, status);
			bury(process);
		}
		if (!process->pid && again)
			start_worker(round, i);
	}
}

static bool all_ended(struct tt_round *round)
{
	reap(round, false);
	for (unsigned int i = 0; i < round->shared->options.processes; i++)
		if (round->shared->processes[i].pid)
			return false;
	return true;
}

static bool all_resting(struct tt_round *round)
{
	struct tt_shared *shared = round->shared;

	reap(round, false);
	for (unsigned int i = 0; i < shared->options.processes; i++) {
		const struct tt_process *process = &shared->processes[i];

		for (unsigned int j = 0; process->pid && j < shared->options.threads; j++)
			if (!tt_get(process->tasks[j].resting))
				return false;
	}
	return true;
}

/* ---- stutter ---- */

/* The watchdog does not see the controller meanwhile: who does not come to rest is a stall. */
static void stand_still(struct tt_round *round, struct tt_disturber *disturber)
{
	struct tt_shared *shared = round->shared;
	uint64_t since = pt_now();

	tt_set(shared->controller, TT_STUTTER);
	tt_set(shared->phase, TT_REST);
	tt_disturber_rest(disturber);
	while (!all_resting(round))
		pt_pause();
	tt_beat(shared);
	tt_quiet(round);
	tt_beat(shared);
	tt_set(shared->phase, TT_GO);
	tt_operation(shared, TT_STUTTER, since);
}

static uint64_t next_stutter(uint64_t *random)
{
	return pt_now() + (STUTTER_MS / 4 + tt_below(random, STUTTER_MS * 3 / 2)) * NS_PER_MS;
}

static void go(struct tt_round *round, struct tt_disturber *disturber, uint64_t until)
{
	struct tt_shared *shared = round->shared;
	uint64_t random = tt_seed(shared->options.seed, round->number, UINT32_MAX, 1);
	uint64_t stutter = next_stutter(&random);

	while (pt_now() < until && !tt_get(shared->failures)) {
		tt_beat(shared);
		reap(round, true);
		tt_disturb(disturber);
		if (shared->options.actors[TT_STUTTER] && pt_now() > stutter) {
			stand_still(round, disturber);
			stutter = next_stutter(&random);
		}
		pt_pause();
	}
}

/* ---- rounds ---- */

static void round_begin(struct tt_round *round)
{
	struct tt_shared *shared = round->shared;

	memset(shared->arenas, 0, sizeof(shared->arenas));
	memset(shared->processes, 0, sizeof(shared->processes));
	shared->kills = 0;
	for (unsigned int i = 0; i < shared->options.processes; i++)
		shared->processes[i].mortal = tt_mortal(shared, i);
	for (int i = 0; i < TT_PLACES; i++) {
		round->arenas[i] = pt_open();
		round->threads[i] = pt_thread(round->arenas[i], NULL);
		if (round->threads[i] < 0)
			pt_die("no arena: %s", strerrorname_np(-round->threads[i]));
		round->objects[i] = pt_settle(round->arenas[i], round->threads[i]);
		round->own_steps[i] = pt_stat(round->arenas[i]).steps;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, round->pool))
		pt_die("socketpair: %s", strerror(errno));
	tt_quiet_begin(round);
	tt_set(shared->phase, TT_GO);
}

/* What was on its way is closed by a kernel thread, and reaped by another one. */
static bool alone(int arena)
{
	return pt_stat(arena).threads == 1;
}

static void round_end(struct tt_round *round)
{
	struct tt_shared *shared = round->shared;

	close(round->pool[0]);
	close(round->pool[1]);
	for (int i = 0; i < TT_PLACES; i++)
		if (!pt_until(alone(round->arenas[i]), shared->options.stall * 1000))
			tt_fail(shared, "arena %d has %llu threads, and one is open", i,
				(unsigned long long)pt_stat(round->arenas[i]).threads);
	tt_quiet(round);
	for (int i = 0; i < TT_PLACES; i++) {
		const char *left;

		tt_beat(shared);
		left = pt_finish(round->arenas[i], round->threads[i], round->objects[i]);
		if (*left)
			tt_fail(shared, "leak in arena %d: %s", i, left);
	}
}

static void run_round(struct tt_shared *shared, const struct tt_programs *programs, uint64_t until)
{
	struct tt_round round = {
		.shared = shared,
		.number = shared->rounds,
		.controller = getpid(),
		.programs = programs,
	};
	struct tt_disturber *disturber;

	round_begin(&round);
	disturber = tt_disturber_new(&round);
	go(&round, disturber, until);
	tt_set(shared->controller, TT_ACTORS);
	tt_set(shared->phase, TT_END);
	tt_disturber_rest(disturber);
	while (!all_ended(&round))
		pt_pause();
	tt_beat(shared);
	tt_disturber_free(disturber);
	round_end(&round);
}

static void reload(struct tt_shared *shared)
{
	uint64_t random = tt_seed(shared->options.seed, shared->rounds, UINT32_MAX, 2);
	uint64_t since = pt_now();

	tt_set(shared->controller, TT_RELOAD);
	tt_beat(shared);
	tt_reload(shared, &random);
	tt_operation(shared, TT_RELOAD, since);
}

int tt_control(struct tt_shared *shared)
{
	uint64_t end = pt_now() + shared->options.seconds * 1000 * NS_PER_MS;
	struct tt_programs *programs = tt_programs_new(shared);
	struct tt_rest rest = { 0 };

	while (pt_now() < end && !tt_get(shared->failures)) {
		uint64_t until = pt_now() + ROUND_MS * NS_PER_MS;

		run_round(shared, programs, until < end ? until : end);
		if (tt_get(shared->failures))
			break;
		tt_rest_check(shared, &rest);
		if (shared->options.actors[TT_RELOAD] && !tt_get(shared->failures))
			reload(shared);
		shared->rounds++;
	}
	tt_programs_free(shared, programs);
	tt_set(shared->done, true);
	return tt_get(shared->failures) ? 1 : 0;
}
