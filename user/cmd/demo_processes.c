// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene processes: each has an interpreter, and so an arena, of its own.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo_updates.h"
#include "trace_hist.h"

#define MS	UINT64_C(1000000)

/* ---- a process and what it says ---- */

/**
 * struct child - a process that does something and answers
 * @pid: its number
 * @fd: where it answers
 */
struct child {
	pid_t pid;
	int fd;
};

/* What a child does; it may write to @fd. 0, or it failed. */
typedef int (*child_fn)(struct demo *demo, int fd, void *arg);

static int start(struct demo *demo, child_fn work, void *arg, struct child *child)
{
	int ends[2];

	/* What is not written yet would be written twice. */
	fflush(NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return cmd_fail_errno(demo->cmd, errno, "a socket");
	child->pid = fork();
	if (child->pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return cmd_fail_errno(demo->cmd, errno, "cannot start a process");
	}
	if (!child->pid) {
		/* Or it would wait for itself to close it. */
		close(ends[0]);
		_exit(work(demo, ends[1], arg) ? 1 : 0);
	}
	close(ends[1]);
	child->fd = ends[0];
	return CMD_OK;
}

static int end(struct demo *demo, struct child *child)
{
	int status;

	close(child->fd);
	while (waitpid(child->pid, &status, 0) < 0)
		if (errno != EINTR)
			return cmd_fail_errno(demo->cmd, errno, "a process");
	return status ? cmd_fail(demo->cmd, "a process failed") : CMD_OK;
}

/* ---- memory of its own ---- */

#define BIND_X	ASM("BUILD_LIST r0, ()") ASM("STORE_GLOBAL r0!, x") \
		ASM("LOAD_CONST r0, None") ASM("RETURN_VALUE r0!")

static int run_text(struct pymm_arena *arena, const char *text)
{
	struct pymm_program *program = NULL;
	struct pymm_thread *thread;
	struct pymm_run run = { 0 };
	int ret = pymm_thread_open(arena, &thread);

	if (ret)
		return ret;
	ret = pymm_program_assemble(text, strlen(text), NULL, &program);
	if (!ret)
		ret = pymm_thread_exec(thread, program, NULL, &run);
	pymm_program_free(program);
	pymm_thread_close(thread);
	return ret ? ret : (int)run.status;
}

static uint32_t id_of_x(const struct pymm_arena *arena)
{
	const struct pymm_dump_name *name;
	struct pymm_snapshot *snapshot;
	uint32_t id;

	if (pymm_snapshot_take(arena, &snapshot))
		return 0;
	name = pymm_snapshot_name(snapshot, "x");
	id = name ? name->id : 0;
	pymm_snapshot_free(snapshot);
	return id;
}

/* An interpreter's memory: an arena that the process opens. */
static int bind_in_own(struct demo *demo, int fd, void *arg)
{
	struct pymm_arena *arena;
	uint32_t id;

	(void)arg;
	(void)demo;
	if (pymm_arena_open(&arena) || run_text(arena, BIND_X))
		return -1;
	id = id_of_x(arena);
	return write(fd, &id, sizeof(id)) == sizeof(id) ? 0 : -1;
}

/* The arena that it has inherited the descriptor of. */
static int look_in_shared(struct demo *demo, int fd, void *arg)
{
	uint32_t id = id_of_x(demo->arena);

	(void)arg;
	return write(fd, &id, sizeof(id)) == sizeof(id) ? 0 : -1;
}

static int ask(struct demo *demo, child_fn work, uint32_t *id)
{
	struct child child = { .fd = -1 };
	int ret = start(demo, work, NULL, &child);

	if (ret)
		return ret;
	if (read(child.fd, id, sizeof(*id)) != sizeof(*id))
		*id = 0;
	return end(demo, &child);
}

static int own_memory(struct demo *demo)
{
	uint32_t own = 0, here, shared = 0;
	struct seen x = { 0 };
	int ret;

	demo_python(demo, "x = []  # in a process of its own");
	ret = ask(demo, bind_in_own, &own);
	here = id_of_x(demo->arena);
	if (!ret)
		ret = demo_run(demo, "x = []  # here", ASM("BUILD_LIST r0, ()")
			       ASM("STORE_GLOBAL r0!, x"), NULL);
	if (!ret)
		ret = demo_name(demo, "x", &x);
	if (!ret)
		ret = ask(demo, look_in_shared, &shared);
	if (ret)
		return ret;
	demo_claim(demo, "S42", own && !here && x.id && shared == x.id,
		   "the process had bound x in an arena of its own, and no x was here. An arena that "
		   "is passed on is one for both: x names object %u here, and %u there", x.id, shared);
	return CMD_OK;
}

/* ---- in parallel ---- */

/* The text's "while n > 0: n -= 1". */
static const struct loop countdown;

#define WORK_NS		(200 * MS)
#define PROCESSES	2
#define RUNS		3
#define MAX_RUNS	9
/* Two at a time are faster if they take less than so much of the time of one after the other. */
#define FASTER		0.9

/* Waits for a byte, does the work in an arena of its own, and says that it has. */
static int work_alone(struct demo *demo, int fd, void *arg)
{
	const struct pymm_program *program = arg;
	struct pymm_thread *thread;
	struct pymm_arena *arena;
	struct pymm_run run = { 0 };
	char byte;

	(void)demo;
	if (pymm_arena_open(&arena) || pymm_thread_open(arena, &thread))
		return -1;
	while (read(fd, &byte, 1) == 1)
		if (pymm_thread_exec(thread, program, NULL, &run) || write(fd, &byte, 1) != 1)
			return -1;
	return 0;
}

/* Have the first @nr of them do the work @times times: how long that takes. */
static int let_work(struct demo *demo, const struct child *children, unsigned int nr,
		    unsigned int times, uint64_t *ns)
{
	uint64_t started = time_now();
	bool failed = false;
	char byte = 0;

	for (unsigned int i = 0; i < times; i++) {
		for (unsigned int j = 0; j < nr; j++)
			failed |= write(children[j].fd, &byte, 1) != 1;
		for (unsigned int j = 0; j < nr && !failed; j++)
			failed |= read(children[j].fd, &byte, 1) != 1;
	}
	*ns = time_now() - started;
	return failed ? cmd_fail(demo->cmd, "a process does not answer") : CMD_OK;
}

static int compare_ways(struct demo *demo, const struct child *children, uint64_t *serial,
			uint64_t *parallel)
{
	uint64_t ns;
	int ret = CMD_OK;

	*serial = *parallel = UINT64_MAX;
	for (int i = 0; !ret && (i < RUNS || (i < MAX_RUNS && (double)*parallel >=
					       FASTER * (double)*serial)); i++) {
		ret = let_work(demo, children, 1, PROCESSES, &ns);
		*serial = ns < *serial ? ns : *serial;
		if (!ret)
			ret = let_work(demo, children, PROCESSES, 1, &ns);
		*parallel = ns < *parallel ? ns : *parallel;
	}
	return ret;
}

static int with_children(struct demo *demo, struct pymm_program *program, uint64_t *serial,
			 uint64_t *parallel)
{
	struct child children[PROCESSES] = { 0 };
	unsigned int started = 0;
	int ret = CMD_OK, ended;

	while (!ret && started < PROCESSES) {
		ret = start(demo, work_alone, program, &children[started]);
		started += !ret;
	}
	if (!ret)
		ret = compare_ways(demo, children, serial, parallel);
	while (started) {
		ended = end(demo, &children[--started]);
		ret = ret ? ret : ended;
	}
	return ret;
}

static int speedup(struct demo *demo)
{
	char serial_text[TIME_TEXT_LEN], parallel_text[TIME_TEXT_LEN];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t turns, serial = 0, parallel = 0;
	struct pymm_program *program = NULL;
	int ret = loop_turns(demo->cmd, demo->thread, &countdown, WORK_NS, &turns);

	demo_python(demo, "p1 = Process(target=count); p2 = Process(target=count); p1.start(); ...");
	if (!ret)
		ret = loop_program(demo->cmd, &countdown, turns, &program);
	if (!ret)
		ret = with_children(demo, program, &serial, &parallel);
	pymm_program_free(program);
	if (ret)
		return ret;
	demo_claim(demo, "S41", cpus < 2 || (double)parallel < FASTER * (double)serial,
		   "on %ld CPUs two processes with an arena each took %s for what takes %s one after "
		   "the other: %.2f times that", cpus, time_text(parallel_text, parallel),
		   time_text(serial_text, serial), (double)parallel / (double)serial);
	return CMD_OK;
}

/* ---- what it costs to talk ---- */

#define ROUND_TRIPS	500
#define TRIES		3

static int echo(struct demo *demo, int fd, void *arg)
{
	char byte;

	(void)demo;
	(void)arg;
	while (read(fd, &byte, 1) == 1)
		if (write(fd, &byte, 1) != 1)
			return -1;
	return 0;
}

static int round_trip(struct demo *demo, uint64_t *ns)
{
	struct child child = { .fd = -1 };
	uint64_t all;
	int ret = start(demo, echo, NULL, &child), ended;

	if (ret)
		return ret;
	*ns = UINT64_MAX;
	for (int i = 0; !ret && i < TRIES; i++) {
		ret = let_work(demo, &child, 1, ROUND_TRIPS, &all);
		*ns = all / ROUND_TRIPS < *ns ? all / ROUND_TRIPS : *ns;
	}
	ended = end(demo, &child);
	return ret ? ret : ended;
}

/* What two threads do instead: bind a name, of an object that both have. */
static const struct loop binding = {
	.body = ASM("LOAD_GLOBAL r3, x") ASM("STORE_GLOBAL r3!, y"), .copies = 10,
};

static int bind_time(struct demo *demo, double *ns)
{
	struct pymm_program *program = NULL;
	uint64_t turns, all;
	int ret = loop_turns(demo->cmd, demo->thread, &binding, 50 * MS, &turns);

	if (!ret)
		ret = loop_program(demo->cmd, &binding, turns, &program);
	if (!ret)
		ret = loop_time(demo->cmd, demo->thread, program, &all);
	pymm_program_free(program);
	*ns = ret ? 0 : (double)all / ((double)turns * binding.copies);
	return ret;
}

static int costs(struct demo *demo)
{
	char text[TIME_TEXT_LEN];
	uint64_t trip;
	double ns;
	int ret;

	demo_python(demo, "connection.send(1); connection.recv()  # and in an arena: y = x");
	ret = round_trip(demo, &trip);
	if (!ret)
		ret = bind_time(demo, &ns);
	if (ret)
		return ret;
	demo_claim(demo, "S43", (double)trip > 10 * ns,
		   "one byte to another process and back: %s; to bind a name that another thread "
		   "sees: %.0f ns", time_text(text, trip), ns);
	return CMD_OK;
}

int demo_processes(struct demo *demo)
{
	int ret = own_memory(demo);

	if (!ret)
		ret = speedup(demo);
	return ret ? ret : costs(demo);
}
