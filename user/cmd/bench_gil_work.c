// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm's side of the rows gil/... of pymm bench: what CPython's does in DIR/gil.
 */
#include <errno.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench_gil.h"
#include "trace_hist.h"
#include "workload_team.h"

#define MS		UINT64_C(1000000)
#define THINK_NS	(1 * MS)
#define AWAY_NS		(2 * MS)
#define MAX_SPINNERS	8
/* So many times what a loop of a statement is to run. */
#define FAIR_TIMES	5

static const char forever[] = "loop:\nJUMP_BACKWARD loop\n";

/* The text's "while n > 0: n -= 1". */
static const struct loop countdown;

/**
 * struct work - what the first thread of a team measures, beside the others
 * @row: of which row
 * @ns: a time for each turn, or one for all
 * @echo: the process that answers
 * @there: pipe to it
 * @here: pipe from it
 */
struct work {
	const struct gil_row *row;
	uint64_t *ns;
	pid_t echo;
	int there[2];
	int here[2];
};

static void sleep_ns(uint64_t ns)
{
	struct timespec time = { .tv_nsec = (long)ns };

	while (nanosleep(&time, &time) && errno == EINTR)
		;
}

/* Thousandths of ns. */
static uint64_t per_turn(uint64_t ns, const struct gil_row *row)
{
	return row->turns ? ns * 1000 / row->turns : 0;
}

static uint64_t median(uint64_t *ns, uint64_t nr)
{
	qsort(ns, nr, sizeof(*ns), compare_u64);
	return ns[nr / 2];
}

static int take(struct team *team, struct pymm_thread *thread)
{
	int ret;

	do
		ret = pymm_thread_gil_acquire(thread, PYMM_NO_DEADLINE);
	while (ret == -EINTR && !team_stopping(team));
	return ret;
}

static int open_arena(struct bench *bench, const struct gil_row *row, struct bench_arena *arena)
{
	struct pymm_config config = {
		.fields = PYMM_CONFIG_POLICY | (row->interval_us ? PYMM_CONFIG_SWITCH_INTERVAL : 0),
		.policy = row->policy,
		.switch_interval_ns = row->interval_us * 1000,
	};
	int ret = bench_arena_open(bench->cmd, arena), error;

	if (ret)
		return ret;
	error = pymm_arena_config(arena->arena, &config);
	return error ? cmd_fail_errno(bench->cmd, error, "cannot configure the arena") : CMD_OK;
}

/* ---- a job beside spinners ---- */

typedef int (*job_fn)(struct team *team, struct pymm_thread *thread, void *arg);

/* @job leads: its end is that of the spinners; NULL: they run for @limit_ns. */
static int run_team(struct bench *bench, const struct gil_row *row, job_fn job, void *arg,
		    uint64_t limit_ns, struct team_member *members, uint64_t *wall_ns)
{
	struct pymm_program *program;
	struct bench_arena arena = { 0 };
	struct team_job jobs[1 + MAX_SPINNERS];
	struct team_order order = { .jobs = jobs, .limit_ns = limit_ns, .leads = job };
	int ret = pymm_program_assemble(forever, sizeof(forever) - 1, NULL, &program);

	if (ret)
		return cmd_fail_errno(bench->cmd, ret, "cannot make a program");
	ret = open_arena(bench, row, &arena);
	if (job)
		jobs[order.nr++] = (struct team_job){ .arena = arena.arena, .run = job, .arg = arg };
	for (unsigned int i = 0; i < row->spinners; i++)
		jobs[order.nr++] = (struct team_job){ .arena = arena.arena, .program = program };
	if (!ret)
		ret = team_work(bench->cmd, &order, members, wall_ns);
	bench_arena_close(&arena);
	pymm_program_free(program);
	return ret;
}

/* The same for one that fills @work->ns; the median is the value. */
static int run_work(struct bench *bench, const struct gil_row *row, job_fn job, struct work *work,
		    uint64_t *value)
{
	struct team_member members[1 + MAX_SPINNERS] = { 0 };
	uint64_t wall_ns;
	int ret;

	work->row = row;
	work->ns = calloc(row->turns, sizeof(*work->ns));
	if (!work->ns)
		return cmd_fail(bench->cmd, "out of memory");
	ret = run_team(bench, row, job, work, 0, members, &wall_ns);
	*value = median(work->ns, row->turns) * 1000;
	free(work->ns);
	return ret;
}

/* ---- alone ---- */

int gil_getppid(struct bench *bench, const struct gil_row *row, uint64_t *value)
{
	uint64_t started = time_now();

	(void)bench;
	for (uint64_t i = 0; i < row->turns; i++)
		getppid();
	*value = per_turn(time_now() - started, row);
	return CMD_OK;
}

int gil_release_acquire(struct bench *bench, const struct gil_row *row, uint64_t *value)
{
	struct bench_arena arena = { 0 };
	uint64_t started;
	int ret = open_arena(bench, row, &arena), error;

	if (ret)
		return ret;
	error = pymm_thread_gil_acquire(arena.thread, PYMM_NO_DEADLINE);
	started = time_now();
	for (uint64_t i = 0; !error && i < row->turns; i++) {
		error = pymm_thread_gil_release(arena.thread);
		if (!error)
			error = pymm_thread_gil_acquire(arena.thread, PYMM_NO_DEADLINE);
	}
	*value = per_turn(time_now() - started, row);
	bench_arena_close(&arena);
	return error ? cmd_fail_errno(bench->cmd, error, "the GIL") : CMD_OK;
}

/* ---- from one to another ---- */

/**
 * struct handoff - two threads that pass the GIL on
 * @work: the times
 * @go: the second one is to ask for it
 * @done: it has had it
 * @dropped_ns: when the first one let go
 * @error: of the second one
 */
struct handoff {
	struct work work;
	sem_t go;
	sem_t done;
	uint64_t dropped_ns;
	int error;
};

static void wait_for(sem_t *sem)
{
	while (sem_wait(sem) && errno == EINTR)
		;
}

/* A team stops its members by signals: each turn is short, and comes to its end. */
static int handoff_takes(struct team *team, struct pymm_thread *thread, void *arg)
{
	struct handoff *handoff = arg;

	for (uint64_t i = 0; !handoff->error && i < handoff->work.row->turns; i++) {
		wait_for(&handoff->go);
		handoff->error = take(team, thread);
		handoff->work.ns[i] = time_now() - handoff->dropped_ns;
		if (!handoff->error)
			handoff->error = pymm_thread_gil_release(thread);
		sem_post(&handoff->done);
	}
	return handoff->error;
}

static int handoff_gives(struct team *team, struct pymm_thread *thread, void *arg)
{
	struct handoff *handoff = arg;
	uint64_t until;
	int ret = take(team, thread);

	for (uint64_t i = 0; i < handoff->work.row->turns; i++) {
		sem_post(&handoff->go);
		/* Until it waits. */
		for (until = time_now() + 1 * MS; time_now() < until;)
			;
		handoff->dropped_ns = time_now();
		if (!ret)
			ret = pymm_thread_gil_release(thread);
		wait_for(&handoff->done);
		if (!ret)
			ret = take(team, thread);
	}
	return ret;
}

static int handoff_run(struct bench *bench, struct handoff *handoff)
{
	struct bench_arena arena = { 0 };
	struct team_member members[2];
	uint64_t wall_ns;
	int ret = open_arena(bench, handoff->work.row, &arena);
	const struct team_job jobs[] = {
		{ .arena = arena.arena, .run = handoff_gives, .arg = handoff },
		{ .arena = arena.arena, .run = handoff_takes, .arg = handoff },
	};
	const struct team_order order = { .jobs = jobs, .nr = 2 };

	if (!ret)
		ret = team_work(bench->cmd, &order, members, &wall_ns);
	bench_arena_close(&arena);
	return ret;
}

int gil_handoff(struct bench *bench, const struct gil_row *row, uint64_t *value)
{
	struct handoff handoff = { .work.row = row };
	int ret;

	handoff.work.ns = calloc(row->turns, sizeof(*handoff.work.ns));
	if (!handoff.work.ns)
		return cmd_fail(bench->cmd, "out of memory");
	sem_init(&handoff.go, 0, 0);
	sem_init(&handoff.done, 0, 0);
	ret = handoff_run(bench, &handoff);
	*value = median(handoff.work.ns, row->turns) * 1000;
	sem_destroy(&handoff.go);
	sem_destroy(&handoff.done);
	free(handoff.work.ns);
	return ret;
}

/* ---- beside one that computes ---- */

static uint64_t since(uint64_t started, uint64_t away_ns)
{
	uint64_t ns = time_now() - started;

	return ns > away_ns ? ns - away_ns : 1;
}

static int take_again(struct team *team, struct pymm_thread *thread, void *arg)
{
	struct work *work = arg;
	int ret = take(team, thread);

	for (uint64_t i = 0; !ret && i < work->row->turns; i++) {
		uint64_t started = time_now();

		ret = pymm_thread_gil_release(thread);
		sleep_ns(AWAY_NS);
		if (!ret)
			ret = take(team, thread);
		work->ns[i] = since(started, AWAY_NS);
	}
	return ret ? ret : pymm_thread_gil_release(thread);
}

int gil_take(struct bench *bench, const struct gil_row *row, uint64_t *value)
{
	struct work work = { 0 };

	return run_work(bench, row, take_again, &work, value);
}

/* ---- pings ---- */

static _Noreturn void echo(const struct work *work)
{
	char byte;

	close(work->there[1]);
	while (read(work->there[0], &byte, 1) == 1) {
		sleep_ns(THINK_NS);
		if (write(work->here[1], &byte, 1) != 1)
			break;
	}
	_exit(0);
}

static void close_pipe(int ends[2])
{
	for (int i = 0; i < 2; i++) {
		if (ends[i] >= 0)
			close(ends[i]);
		ends[i] = -1;
	}
}

static int echo_begin(struct bench *bench, struct work *work)
{
	*work = (struct work){ .there = { -1, -1 }, .here = { -1, -1 } };
	if (pipe2(work->there, O_CLOEXEC) || pipe2(work->here, O_CLOEXEC)) {
		close_pipe(work->there);
		return cmd_fail_errno(bench->cmd, errno, "a pipe");
	}
	fflush(NULL);
	work->echo = fork();
	if (!work->echo)
		echo(work);
	if (work->echo > 0)
		return CMD_OK;
	close_pipe(work->there);
	close_pipe(work->here);
	return cmd_fail_errno(bench->cmd, errno, "cannot start a process");
}

static void echo_end(struct work *work)
{
	close_pipe(work->there);
	close_pipe(work->here);
	while (waitpid(work->echo, NULL, 0) < 0 && errno == EINTR)
		;
}

/* As CPython does, which lets go of the GIL for each of the two calls. */
static int ping(struct team *team, struct pymm_thread *thread, const struct work *work)
{
	char byte = 0;
	ssize_t len;
	int ret = pymm_thread_gil_release(thread);

	if (!ret && write(work->there[1], &byte, 1) != 1)
		ret = -errno;
	if (!ret)
		ret = take(team, thread);
	if (!ret)
		ret = pymm_thread_gil_release(thread);
	if (ret)
		return ret;
	do
		len = read(work->here[0], &byte, 1);
	while (len < 0 && errno == EINTR && !team_stopping(team));
	return len == 1 ? take(team, thread) : len < 0 ? -errno : -EPIPE;
}

static int ping_all(struct team *team, struct pymm_thread *thread, void *arg)
{
	struct work *work = arg;
	int ret = take(team, thread);

	for (uint64_t i = 0; !ret && i < work->row->turns; i++) {
		uint64_t started = time_now();

		ret = ping(team, thread, work);
		work->ns[i] = since(started, THINK_NS);
	}
	return ret ? ret : pymm_thread_gil_release(thread);
}

int gil_ping(struct bench *bench, const struct gil_row *row, uint64_t *value)
{
	struct work work;
	int ret = echo_begin(bench, &work);

	if (ret)
		return ret;
	ret = run_work(bench, row, ping_all, &work, value);
	echo_end(&work);
	return ret;
}

/* ---- what they cost those who compute ---- */

int gil_spinner(struct bench *bench, const struct gil_row *row, uint64_t *value)
{
	struct team_member members[1 + MAX_SPINNERS] = { 0 };
	uint64_t beside_ns = 0, alone_ns = 0, steps, ignored;
	struct work work;
	int ret = echo_begin(bench, &work);

	if (ret)
		return ret;
	work.row = row;
	work.ns = calloc(row->turns, sizeof(*work.ns));
	ret = work.ns ? run_team(bench, row, ping_all, &work, 0, members, &beside_ns) :
			cmd_fail(bench->cmd, "out of memory");
	free(work.ns);
	echo_end(&work);
	steps = members[1].run.steps;
	if (!ret)
		ret = run_team(bench, row, NULL, &ignored, beside_ns, members, &alone_ns);
	if (ret)
		return ret;
	/* Of the same number of steps. */
	*value = (uint64_t)(1000 * ((double)beside_ns / (double)(steps ? steps : 1)) /
			    ((double)alone_ns / (double)members[0].run.steps));
	return CMD_OK;
}

int gil_fair(struct bench *bench, const struct gil_row *row, uint64_t *value)
{
	struct team_member members[MAX_SPINNERS] = { 0 };
	uint64_t wall_ns, most = 0, least = UINT64_MAX;
	int ret = run_team(bench, row, NULL, NULL, FAIR_TIMES * bench->wanted_ns, members,
			   &wall_ns);

	if (ret)
		return ret;
	for (unsigned int i = 0; i < row->spinners; i++) {
		most = members[i].gil.hold_ns > most ? members[i].gil.hold_ns : most;
		least = members[i].gil.hold_ns < least ? members[i].gil.hold_ns : least;
	}
	*value = 1000 * most / (least ? least : 1);
	return CMD_OK;
}

/* ---- loops in one thread and in two ---- */

static int run_loop(struct bench *bench, const struct bench_arena *arena, const struct loop *loop,
		    uint64_t turns, unsigned int threads, uint64_t *ns)
{
	struct team_member members[2];
	struct pymm_program *program;
	int ret = loop_program(bench->cmd, loop, turns, &program);

	if (!ret)
		ret = team_run(bench->cmd, arena->arena, program, threads, members, ns, NULL);
	pymm_program_free(program);
	return ret;
}

int gil_two_threads(struct bench *bench, const struct gil_row *row, uint64_t *value)
{
	struct bench_arena arena = { 0 };
	uint64_t serial, threads;
	int ret = open_arena(bench, row, &arena);

	if (!ret)
		ret = run_loop(bench, &arena, &countdown, 2 * row->turns, 1, &serial);
	if (!ret)
		ret = run_loop(bench, &arena, &countdown, row->turns, 2, &threads);
	bench_arena_close(&arena);
	if (!ret)
		*value = 1000 * threads / serial;
	return ret;
}

static int make_lock(struct bench *bench, const struct bench_arena *arena)
{
	static const char text[] = "LOCK_NEW r0\nSTORE_GLOBAL r0, lock\nRETURN_VALUE r0!\n";
	struct pymm_program *program;
	struct pymm_run run = { 0 };
	int ret = pymm_program_assemble(text, sizeof(text) - 1, NULL, &program);

	if (!ret)
		ret = pymm_thread_run(arena->thread, program, &run);
	pymm_program_free(program);
	return ret || run.status ? loop_failed(bench->cmd, ret, &run) : CMD_OK;
}

/* r5 is the lock, as it is a local name on the other side. */
#define TURN "\tLOCK_ACQUIRE r3, r5, forever\n\tDELETE_FAST r3\n\tLOCK_RELEASE r5\n"

static int time_locks(struct bench *bench, const struct gil_row *row, unsigned int copies,
		      unsigned int threads, uint64_t *value)
{
	const struct loop loop = { "\tLOAD_GLOBAL r5, lock\n", TURN, copies };
	struct bench_arena arena = { 0 };
	uint64_t ns;
	int ret = open_arena(bench, row, &arena);

	if (!ret)
		ret = make_lock(bench, &arena);
	if (!ret)
		ret = run_loop(bench, &arena, &loop, row->turns / copies, threads, &ns);
	bench_arena_close(&arena);
	if (!ret)
		*value = 1000 * ns / (row->turns * threads);
	return ret;
}

int gil_lock(struct bench *bench, const struct gil_row *row, uint64_t *value)
{
	return time_locks(bench, row, 10, 1, value);
}

int gil_lock_contended(struct bench *bench, const struct gil_row *row, uint64_t *value)
{
	return time_locks(bench, row, 1, 2, value);
}
