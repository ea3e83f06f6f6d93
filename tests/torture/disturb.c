// SPDX-License-Identifier: GPL-2.0
/*
 * What the controller does to the workers, each at random intervals: kill, stop, signal, freeze
 * them; have a process run out of memory in an arena of theirs; switch trace events and BPF tools
 * on and off; try to unload the module. Nothing here waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pymm_util.h"
#include "torture.h"

#define FREEZER		"/sys/fs/cgroup/pymm-torture-%d-%u"
#define SMALL		"/sys/fs/cgroup/pymm-torture-%d-small"
#define TRACING		"/sys/kernel/tracing/instances/pymm-torture"

/* A stop or a freeze is short: all others may wait for who it hits. */
#define STOP_NS		(40 * NS_PER_MS)
/* How long a kill may wait for a good moment. */
#define HUNT_NS		(10 * NS_PER_MS)

struct tt_disturber {
	struct tt_round *round;
	struct tt_shared *shared;
	uint64_t random;
	uint64_t due[TT_ACTORS];
	uint64_t stopped[TT_MAX_PROCESSES];	/* until when; 0: it is not */
	uint64_t frozen[TT_MAX_PROCESSES];
	pid_t hungry;				/* helpers; 0: none */
	pid_t tool;
	uint64_t tool_until;
	bool tool_told;				/* to end */
};

static void write_file(struct tt_shared *shared, const char *path, const char *text)
{
	int ret = pt_write(path, text);

	if (ret)
		tt_fail(shared, "%s cannot be written: %s", path, strerrorname_np(-ret));
}

static struct tt_process *any_process(struct tt_disturber *disturber, bool mortal)
{
	unsigned int count = disturber->shared->options.processes;
	unsigned int at = tt_below(&disturber->random, count);

	for (unsigned int i = 0; i < count; i++) {
		struct tt_process *process = &disturber->shared->processes[(at + i) % count];

		if (process->pid && !process->doomed && (process->mortal || !mortal))
			return process;
	}
	return NULL;
}

/* ---- kill ---- */

/* The most interesting thing that one of its threads is at. */
static enum tt_state state_of(const struct tt_shared *shared, const struct tt_process *process)
{
	static const enum tt_state order[] = { TT_HOLDING, TT_WAITING, TT_RUNNING };

	for (unsigned int i = 0; i < TT_COUNT(order); i++)
		for (unsigned int j = 0; j < shared->options.threads; j++)
			if (tt_get(process->tasks[j].state) == order[i])
				return order[i];
	return TT_IDLE;
}

/* One who is at @wanted, or anybody if there is none for some time. */
static struct tt_process *hunt(struct tt_disturber *disturber, enum tt_state wanted)
{
	uint64_t until = pt_now() + HUNT_NS;
	struct tt_process *process;

	do
		process = any_process(disturber, true);
	while (process && state_of(disturber->shared, process) != wanted && pt_now() < until);
	return process;
}

static void kill_one(struct tt_disturber *disturber)
{
	struct tt_shared *shared = disturber->shared;
	struct tt_process *process = hunt(disturber, tt_below(&disturber->random, TT_STATES));

	if (!process)
		return;
	shared->killed[state_of(shared, process)]++;
	/* From here on what it leaves behind is excused. */
	tt_set(process->doomed, true);
	tt_add(shared->kills, 1);
	kill(process->pid, SIGKILL);
}

/* ---- stop, freeze, signal ---- */

static void stop_one(struct tt_disturber *disturber)
{
	struct tt_process *process = any_process(disturber, false);

	if (!process)
		return;
	disturber->stopped[process - disturber->shared->processes] =
		pt_now() + tt_below(&disturber->random, STOP_NS);
	kill(process->pid, SIGSTOP);
}

static void freeze(struct tt_disturber *disturber, unsigned int place, const char *text)
{
	char path[96];

	snprintf(path, sizeof(path), FREEZER "/cgroup.freeze", disturber->round->controller, place);
	write_file(disturber->shared, path, text);
}

static void freeze_one(struct tt_disturber *disturber)
{
	unsigned int place = tt_below(&disturber->random, disturber->shared->options.processes);

	disturber->frozen[place] = pt_now() + tt_below(&disturber->random, STOP_NS);
	freeze(disturber, place, "1");
}

static void let_go(struct tt_disturber *disturber, uint64_t now)
{
	for (unsigned int i = 0; i < TT_MAX_PROCESSES; i++) {
		if (disturber->stopped[i] && disturber->stopped[i] <= now) {
			disturber->stopped[i] = 0;
			if (disturber->shared->processes[i].pid)
				kill(disturber->shared->processes[i].pid, SIGCONT);
		}
		if (disturber->frozen[i] && disturber->frozen[i] <= now) {
			disturber->frozen[i] = 0;
			freeze(disturber, i, "0");
		}
	}
}

static void signal_many(struct tt_disturber *disturber)
{
	struct tt_shared *shared = disturber->shared;
	unsigned int count = 1 + tt_below(&disturber->random, 20);

	while (count--) {
		struct tt_process *process = any_process(disturber, false);
		pid_t tid;

		if (!process)
			return;
		tid = tt_get(process->tasks[tt_below(&disturber->random,
						     shared->options.threads)].tid);
		if (tid)
			syscall(SYS_tgkill, process->pid, tid,
				tt_below(&disturber->random, 2) ? SIGUSR1 : SIGUSR2);
	}
}

/* ---- a process that runs out of memory ---- */

/* Lists for ever, in a small cgroup. */
static void grow(const struct tt_round *round)
{
	int arena = round->arenas[TT_MEMORY], thread;
	char path[96];

	prctl(PR_SET_NAME, "pymm_hungry");
	snprintf(path, sizeof(path), SMALL "/cgroup.procs", round->controller);
	if (pt_write(path, "0"))
		_exit(2);
	thread = pt_thread(arena, NULL);
	/* Another one's limit. */
	if (thread == -EDQUOT)
		_exit(0);
	pt_exec(thread, "BUILD_LIST r0, ()\nmore:\nBUILD_LIST r1, ()\nLIST_APPEND r0, r1!\n"
		"JUMP_BACKWARD more\n");
	_exit(0);
}

static void hunger(struct tt_disturber *disturber)
{
	if (disturber->hungry)
		return;
	disturber->hungry = pt_fork();
	if (!disturber->hungry)
		grow(disturber->round);
}

/* It ended: killed by the OOM killer, or by a MemoryError. */
static void hunger_end(struct tt_disturber *disturber, int status)
{
	struct tt_shared *shared = disturber->shared;

	disturber->hungry = 0;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
		tt_add(shared->kills, 1);
		shared->oom_kills++;
	} else if (status) {
		tt_fail(shared, "the process that ran out of memory ended with %#x", status);
	}
}

/* ---- who watches ---- */

static void trace(struct tt_disturber *disturber)
{
	static const char *const events[] = {
		"", "pymm_object_alloc/", "pymm_name_bind/", "pymm_gil_request/",
		"pymm_gil_acquire/", "pymm_gil_release/", "pymm_gil_drop_request/",
		"pymm_gc_start/", "pymm_gc_end/",
	};
	char path[128];

	snprintf(path, sizeof(path), TRACING "/events/pymm/%senable",
		 events[tt_below(&disturber->random, TT_COUNT(events))]);
	write_file(disturber->shared, path, tt_below(&disturber->random, 2) ? "1" : "0");
}

static void run_tool(const char *tool)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0)
		_exit(127);
	for (int i = STDIN_FILENO; i <= STDERR_FILENO; i++)
		dup2(null, i);
	execlp("pymm", "pymm", "trace", tool, NULL);
	_exit(127);
}

static void watch_by_bpf(struct tt_disturber *disturber)
{
	static const char *const tools[] = { "gil", "gc", "object" };
	const char *tool = tools[tt_below(&disturber->random, TT_COUNT(tools))];

	if (disturber->tool)
		return;
	disturber->tool_until = pt_now() + tt_below(&disturber->random, 2000 * NS_PER_MS);
	disturber->tool_told = false;
	disturber->tool = pt_fork();
	if (!disturber->tool)
		run_tool(tool);
}

static void tool_end(struct tt_disturber *disturber, int status)
{
	disturber->tool = 0;
	/* The signal can come before it listens. */
	if (status && status != SIGINT && (!WIFEXITED(status) || WEXITSTATUS(status) != 130))
		tt_fail(disturber->shared, "pymm trace ended with status %#x", status);
}

static void reap_helpers(struct tt_disturber *disturber)
{
	int status;

	if (disturber->hungry && waitpid(disturber->hungry, &status, WNOHANG) > 0)
		hunger_end(disturber, status);
	if (!disturber->tool)
		return;
	if (!disturber->tool_told && pt_now() > disturber->tool_until) {
		disturber->tool_told = true;
		kill(disturber->tool, SIGINT);
	}
	if (waitpid(disturber->tool, &status, WNOHANG) > 0)
		tool_end(disturber, status);
}

static void try_unload(struct tt_disturber *disturber)
{
	tt_unload(disturber->shared);
}

/* ---- all of them ---- */

static const struct {
	enum tt_actor actor;
	unsigned int every_ms;		/* on the average, on a fast kernel */
	void (*act)(struct tt_disturber *disturber);
} acts[] = {
	{ TT_KILL, 120, kill_one },
	{ TT_STOP, 150, stop_one },
	{ TT_SIGNAL, 5, signal_many },
	{ TT_FREEZE, 200, freeze_one },
	{ TT_OOM, 700, hunger },
	{ TT_TRACE, 600, trace },
	{ TT_BPF, 2500, watch_by_bpf },
	{ TT_UNLOAD, 60, try_unload },
};

static uint64_t next_time(struct tt_disturber *disturber, unsigned int every_ms)
{
	return pt_now() + tt_below(&disturber->random, 2 * every_ms * pt_slower() * NS_PER_MS);
}

void tt_disturb(struct tt_disturber *disturber)
{
	let_go(disturber, pt_now());
	reap_helpers(disturber);
	for (unsigned int i = 0; i < TT_COUNT(acts); i++) {
		enum tt_actor actor = acts[i].actor;
		uint64_t now = pt_now();

		if (!disturber->shared->options.actors[actor] || now < disturber->due[i])
			continue;
		tt_set(disturber->shared->controller, actor);
		acts[i].act(disturber);
		tt_operation(disturber->shared, actor, now);
		disturber->due[i] = next_time(disturber, acts[i].every_ms);
	}
}

void tt_disturber_rest(struct tt_disturber *disturber)
{
	let_go(disturber, UINT64_MAX);
	if (disturber->hungry) {
		int status;

		kill(disturber->hungry, SIGKILL);
		if (waitpid(disturber->hungry, &status, 0) == disturber->hungry)
			hunger_end(disturber, status);
	}
}

/* ---- cgroups and tracing ---- */

static void make_dir(struct tt_shared *shared, const char *path)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		tt_fail(shared, "%s cannot be made: %s", path, strerrorname_np(errno));
}

static void make_dirs(struct tt_disturber *disturber)
{
	struct tt_shared *shared = disturber->shared;
	char path[96];

	for (unsigned int i = 0; i < shared->options.processes; i++) {
		snprintf(path, sizeof(path), FREEZER, disturber->round->controller, i);
		make_dir(shared, path);
	}
	if (shared->options.actors[TT_OOM]) {
		snprintf(path, sizeof(path), SMALL, disturber->round->controller);
		make_dir(shared, path);
		snprintf(path, sizeof(path), SMALL "/memory.max", disturber->round->controller);
		write_file(shared, path, "16M");
	}
	if (shared->options.actors[TT_TRACE]) {
		make_dir(shared, TRACING);
		write_file(shared, TRACING "/buffer_size_kb", "64");
	}
}

static void remove_dir(struct tt_shared *shared, const char *path)
{
	if (!pt_until(!rmdir(path) || errno == ENOENT, PT_DEADLINE_MS))
		tt_fail(shared, "%s cannot be removed: %s", path, strerrorname_np(errno));
}

static void remove_dirs(struct tt_disturber *disturber)
{
	struct tt_shared *shared = disturber->shared;
	char path[96];

	for (unsigned int i = 0; i < shared->options.processes; i++) {
		snprintf(path, sizeof(path), FREEZER, disturber->round->controller, i);
		remove_dir(shared, path);
	}
	if (shared->options.actors[TT_OOM]) {
		snprintf(path, sizeof(path), SMALL, disturber->round->controller);
		remove_dir(shared, path);
	}
	if (shared->options.actors[TT_TRACE]) {
		write_file(shared, TRACING "/events/pymm/enable", "0");
		remove_dir(shared, TRACING);
	}
}

void tt_freezer_join(const struct tt_round *round, unsigned int place)
{
	char path[96];

	snprintf(path, sizeof(path), FREEZER "/cgroup.procs", round->controller, place);
	write_file(round->shared, path, "0");
}

struct tt_disturber *tt_disturber_new(struct tt_round *round)
{
	struct tt_disturber *disturber = calloc(1, sizeof(*disturber));

	if (!disturber)
		pt_die("out of memory");
	disturber->round = round;
	disturber->shared = round->shared;
	disturber->random = tt_seed(round->shared->options.seed, round->number, UINT32_MAX, 0);
	for (unsigned int i = 0; i < TT_COUNT(acts); i++)
		disturber->due[i] = next_time(disturber, acts[i].every_ms);
	make_dirs(disturber);
	return disturber;
}

void tt_disturber_free(struct tt_disturber *disturber)
{
	int status;

	if (disturber->tool) {
		kill(disturber->tool, SIGINT);
		if (waitpid(disturber->tool, &status, 0) == disturber->tool)
			tool_end(disturber, status);
	}
	remove_dirs(disturber);
	free(disturber);
}
