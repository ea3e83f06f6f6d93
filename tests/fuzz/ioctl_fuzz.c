// SPDX-License-Identifier: GPL-2.0-only
/*
 * ioctl_fuzz: calls of any kind on /dev/pymm, of many threads and processes, guided by what the
 * module executes (KCOV).
 *
 *   ioctl_fuzz [--seed N] [--seconds N] [--runs N] [--threads N] [--workers N]
 *              [--pcs N] [--keep FILE] [--blind] [--replay CHAIN]... [--from FILE]
 *
 * An input is a list of operations (ioctl_op.c) on a table of files. It comes about from a chain
 * of seeds: the first makes a list, each other one changes it. Inputs that reach new code are
 * kept, and changed further. So a few numbers tell an input; they are written to the kernel's log
 * before it is executed, and --replay executes it again.
 *
 * With --threads 1 one process executes one input after the other, each on files of its own.
 * After each, the arena is checked (ioctl_check.c). With more threads, they share arenas and
 * thread files, and processes (--workers) are killed and begun again. --runs is the number of
 * inputs of each thread of a process. With --threads 1 --runs N, inputs are kept whatever they
 * reach, as that depends on time as well: the same seed gives the same inputs then.
 *
 * It fails when the kernel logs anything that is a warning or worse, when a check fails, when a
 * process cannot be killed, or when the module stays in use after all have ended. Status: 0
 * passed, 1 failed, 2 it could not be run.
 */
#include "ioctl_fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define FUZZ_MAX_WORKERS	8
#define FUZZ_MAX_REPLAYS	8
/* How long a process may take to die, on an emulated machine with KASAN. */
#define FUZZ_DEATH_SECONDS	60

/**
 * struct fuzz_options - what was asked for
 * @seed: of everything
 * @seconds: how long; 0: until all runs are done
 * @runs: inputs of each thread of a process; 0: no limit
 * @threads: of each process
 * @workers: processes
 * @pcs: addresses that could be reached, for the report; 0: not known
 * @blind: run without KCOV
 * @keep: where inputs worth keeping are written in the end, or NULL
 * @replays: inputs to be executed again; nothing else is then
 * @nr_replays: how many
 */
struct fuzz_options {
	uint32_t seed;
	uint32_t seconds;
	uint32_t runs;
	uint32_t threads;
	uint32_t workers;
	uint32_t pcs;
	bool blind;
	const char *keep;
	struct fuzz_chain replays[FUZZ_MAX_REPLAYS];
	uint32_t nr_replays;
};

/**
 * struct fuzz_worker - a process
 * @shared: see there
 * @options: see there
 * @files: that its threads share
 * @index: which process
 * @life: how often it was begun
 */
struct fuzz_worker {
	struct fuzz_shared *shared;
	const struct fuzz_options *options;
	struct fuzz_files files;
	uint32_t index;
	uint32_t life;
};

/* One thread of it. */
struct fuzz_start {
	struct fuzz_worker *worker;
	uint32_t index;
	pthread_t thread;
};

void fuzz_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("ioctl_fuzz: ", stdout);
	vprintf(format, args);
	putchar('\n');
	va_end(args);
	fflush(stdout);
}

/* ---- executing ---- */

static void fuzz_tell(struct fuzz_task *task, const struct fuzz_chain *chain)
{
	char text[160], line[200];
	int len;

	task->shared->running[task->index] = *chain;
	fuzz_chain_print(chain, text, sizeof(text));
	len = snprintf(line, sizeof(line), "<6>ioctl_fuzz: %u --replay %s\n", task->index, text);
	(void)!write(task->kmsg, line, (size_t)len);
}

static void fuzz_execute_ops(struct fuzz_task *task, const struct fuzz_input *input)
{
	for (uint32_t i = 0; i < input->nr_ops && !atomic_load(&task->shared->stop); i++)
		fuzz_op_execute(task, &input->ops[i]);
}

/* An input on files of its own; a descriptor that it does not know of sees what it leaves. */
static void fuzz_execute_alone(struct fuzz_task *task, const struct fuzz_input *input)
{
	int arena;

	fuzz_files_open(task->files);
	arena = fcntl(atomic_load(&task->files->fds[0]), F_DUPFD_CLOEXEC, 0);
	fuzz_execute_ops(task, input);
	fuzz_files_close(task->files);
	if (arena < 0)
		fuzz_fail(task->shared, "no arena: %s", strerror(errno));
	else
		fuzz_check_arena(task->shared, arena);
	close(arena);
}

static void fuzz_execute(struct fuzz_task *task, const struct fuzz_chain *chain)
{
	struct fuzz_input input;

	fuzz_input_of(&input, chain);
	fuzz_tell(task, chain);
	gen_source_seed(&task->source, chain->seeds[chain->len - 1]);
	fuzz_cover_start(task);
	if (task->alone)
		fuzz_execute_alone(task, &input);
	else
		fuzz_execute_ops(task, &input);
	if (fuzz_cover_stop(task) || task->keep_all)
		fuzz_chain_keep(task->shared, chain);
	atomic_fetch_add(&task->shared->inputs, 1);
}

static void fuzz_task_loop(struct fuzz_task *task, const struct fuzz_worker *worker)
{
	const struct fuzz_options *options = worker->options;
	struct gen_source source;
	struct fuzz_chain chain;
	uint32_t run;

	gen_source_seed(&source, ((uint64_t)options->seed << 32) + (worker->life << 8) +
				 task->index);
	for (run = 0; (!options->runs || run < options->runs) &&
		      !atomic_load(&task->shared->stop); run++) {
		if (options->nr_replays)
			chain = options->replays[(run + task->index) % options->nr_replays];
		else
			fuzz_chain_choose(task->shared, &chain, &source);
		fuzz_execute(task, &chain);
	}
}

static void *fuzz_task_main(void *argument)
{
	struct fuzz_start *start = argument;
	struct fuzz_worker *worker = start->worker;
	struct fuzz_task *task = calloc(1, sizeof(*task));
	int err;

	if (!task) {
		fuzz_fail(worker->shared, "a thread cannot begin: no memory");
		return NULL;
	}
	task->shared = worker->shared;
	task->files = &worker->files;
	task->index = start->index;
	task->alone = worker->options->threads == 1;
	task->keep_all = task->alone && worker->options->runs;
	task->kcov = -1;
	err = fuzz_task_init(task);
	if (!err && !worker->options->blind)
		err = fuzz_cover_open(task);
	if (err)
		fuzz_fail(task->shared, "a thread cannot begin: %s", strerror(-err));
	else
		fuzz_task_loop(task, worker);
	fuzz_task_exit(task);
	free(task);
	return NULL;
}

/* ---- processes ---- */

static void fuzz_worker_main(struct fuzz_worker *worker)
{
	uint32_t i, threads = worker->options->threads;
	struct fuzz_start starts[FUZZ_MAX_TASKS];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fuzz_signals_init();
	if (threads > 1)
		fuzz_files_open(&worker->files);
	for (i = 0; i < threads; i++) {
		starts[i] = (struct fuzz_start){
			.worker = worker, .index = worker->index * threads + i,
		};
		if (pthread_create(&starts[i].thread, NULL, fuzz_task_main, &starts[i]))
			_exit(2);
	}
	for (i = 0; i < threads; i++)
		pthread_join(starts[i].thread, NULL);
	_exit(0);
}

static pid_t fuzz_worker_start(struct fuzz_worker *worker)
{
	pid_t pid = fork();

	if (!pid) {
		setpgid(0, 0);
		fuzz_worker_main(worker);
	}
	setpgid(pid, pid);
	worker->life++;
	return pid;
}

/* Where the threads of a process stand that does not die. */
static void fuzz_show_stuck(pid_t pid)
{
	char command[160];

	snprintf(command, sizeof(command),
		 "for t in /proc/%d/task/*; do cat $t/comm $t/stat $t/stack; done", pid);
	if (system(command))
		fuzz_say("process %d cannot be shown", pid);
}

/* Kill a process and its children; nothing must keep it. */
static void fuzz_worker_kill(struct fuzz_shared *shared, pid_t pid)
{
	struct timespec pause = { .tv_nsec = 10000000 };
	uint32_t tries;

	kill(-pid, SIGKILL);
	for (tries = 0; tries < FUZZ_DEATH_SECONDS * 100; tries++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return;
		nanosleep(&pause, NULL);
	}
	fuzz_show_stuck(pid);
	fuzz_fail(shared, "process %d was not dead %d s after SIGKILL", pid, FUZZ_DEATH_SECONDS);
}

/* ---- reports ---- */

static void fuzz_progress(const struct fuzz_shared *shared, const struct fuzz_options *options,
			  long seconds)
{
	uint32_t kept = atomic_load(&shared->nr_corpus);
	char of[24] = "";

	if (options->pcs)
		snprintf(of, sizeof(of), " of %u", options->pcs);
	fuzz_say("%ld s: %lu inputs, %lu calls, %lu faults, %u%s PCs, %u edges, %u kept", seconds,
		 atomic_load(&shared->inputs), atomic_load(&shared->calls),
		 atomic_load(&shared->faults),
		 atomic_load(&shared->nr_pcs), of, atomic_load(&shared->nr_edges),
		 kept > FUZZ_MAX_CORPUS ? FUZZ_MAX_CORPUS : kept);
}

static void fuzz_write_kept(const struct fuzz_shared *shared, const char *path)
{
	uint32_t i, nr = atomic_load(&shared->nr_corpus);
	FILE *out = fopen(path, "we");
	char text[160];

	if (!out) {
		fuzz_say("%s: %s", path, strerror(errno));
		return;
	}
	for (i = 0; i < nr && i < FUZZ_MAX_CORPUS; i++) {
		fuzz_chain_print(&shared->corpus[i], text, sizeof(text));
		fprintf(out, "%s\n", text);
	}
	fclose(out);
}

/* They are executed first. */
static bool fuzz_read_kept(struct fuzz_shared *shared, const char *path)
{
	FILE *in = fopen(path, "re");
	struct fuzz_chain chain;
	char line[200];

	if (!in)
		return false;
	while (fgets(line, sizeof(line), in))
		if (line[0] != '#' && fuzz_chain_parse(&chain, line))
			fuzz_chain_keep(shared, &chain);
	shared->nr_read = atomic_load(&shared->nr_corpus);
	fclose(in);
	return true;
}

static void fuzz_report_failure(const struct fuzz_shared *shared,
				const struct fuzz_options *options)
{
	uint32_t i, tasks = options->workers * options->threads;
	char text[160];

	fuzz_say("FAILED (seed %u): %s", options->seed, shared->failure);
	for (i = 0; i < tasks; i++) {
		fuzz_chain_print(&shared->running[i], text, sizeof(text));
		fuzz_say("thread %u was at --replay %s", i, text);
	}
	fuzz_say("earlier inputs stand in the kernel's log");
}

/* ---- the whole ---- */

static uint32_t fuzz_alive(const pid_t *pids, uint32_t workers)
{
	uint32_t i, alive = 0;

	for (i = 0; i < workers; i++)
		alive += pids[i] > 0;
	return alive;
}

/* A process that ended by itself has done its runs; another one in its place has not. */
static void fuzz_supervise_tick(struct fuzz_worker *workers, pid_t *pids,
				const struct fuzz_options *options, struct gen_source *source)
{
	uint32_t i = gen_below(source, options->workers);
	int status;

	if (options->threads > 1 && !options->runs && pids[i] > 0 && gen_one_in(source, 16)) {
		fuzz_worker_kill(workers[i].shared, pids[i]);
		pids[i] = fuzz_worker_start(&workers[i]);
	}
	for (i = 0; i < options->workers; i++) {
		if (pids[i] <= 0 || waitpid(pids[i], &status, WNOHANG) != pids[i])
			continue;
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			fuzz_fail(workers[i].shared, "process %d ended with status %x", pids[i],
				  status);
		pids[i] = 0;
	}
}

static void fuzz_supervise(struct fuzz_shared *shared, const struct fuzz_options *options, int kmsg)
{
	struct fuzz_worker workers[FUZZ_MAX_WORKERS] = {};
	struct timespec start, now, pause = { .tv_nsec = 100000000 };
	pid_t pids[FUZZ_MAX_WORKERS] = {};
	struct gen_source source;
	long told = 0, seconds = 0;
	uint32_t i;

	gen_source_seed(&source, options->seed);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < options->workers; i++) {
		workers[i] = (struct fuzz_worker){
			.shared = shared, .options = options, .index = i,
		};
		pids[i] = fuzz_worker_start(&workers[i]);
	}
	while (!atomic_load(&shared->stop) && fuzz_alive(pids, options->workers)) {
		nanosleep(&pause, NULL);
		fuzz_log_check(shared, kmsg);
		fuzz_supervise_tick(workers, pids, options, &source);
		clock_gettime(CLOCK_MONOTONIC, &now);
		seconds = now.tv_sec - start.tv_sec;
		if (seconds >= told + 5) {
			told = seconds;
			fuzz_progress(shared, options, seconds);
		}
		if (options->seconds && seconds >= options->seconds)
			break;
	}
	atomic_store(&shared->stop, true);
	for (i = 0; i < options->workers; i++)
		if (pids[i] > 0)
			fuzz_worker_kill(shared, pids[i]);
	fuzz_progress(shared, options, seconds);
}

/* Children of processes that were killed are this one's now, and dead or dying. */
static void fuzz_reap_children(struct fuzz_shared *shared)
{
	struct timespec pause = { .tv_nsec = 10000000 };
	uint32_t tries;
	pid_t pid;

	for (tries = 0; tries < FUZZ_DEATH_SECONDS * 100; tries++) {
		do
			pid = waitpid(-1, NULL, WNOHANG);
		while (pid > 0);
		if (pid < 0 && errno == ECHILD)
			return;
		nanosleep(&pause, NULL);
	}
	fuzz_fail(shared, "a child was not dead %d s after its parent", FUZZ_DEATH_SECONDS);
}

static void fuzz_check_unused(struct fuzz_shared *shared)
{
	struct timespec pause = { .tv_nsec = 100000000 };
	char text[32] = "";
	int fd, tries;

	for (tries = 0; tries < FUZZ_DEATH_SECONDS * 10; tries++) {
		fd = open("/sys/module/pymm/refcnt", O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
			fuzz_fail(shared, "/sys/module/pymm/refcnt: %s", strerror(errno));
		close(fd);
		if (!strtol(text, NULL, 10))
			return;
		nanosleep(&pause, NULL);
	}
	fuzz_fail(shared, "the module is still in use: %s", text);
}

static int fuzz_main(struct fuzz_shared *shared, const struct fuzz_options *options)
{
	int kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (kmsg < 0 || lseek(kmsg, 0, SEEK_END) < 0) {
		fuzz_say("/dev/kmsg: %s", strerror(errno));
		return 2;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (!fuzz_kernel_setup()) {
		fuzz_say("the module is not loaded");
		return 2;
	}
	fuzz_say("seed %u, %u processes of %u threads, faults are%s injected", options->seed,
		 options->workers, options->threads,
		 access("/proc/self/fail-nth", W_OK) ? " not" : "");
	fuzz_supervise(shared, options, kmsg);
	fuzz_reap_children(shared);
	fuzz_check_unused(shared);
	fuzz_log_check(shared, kmsg);
	if (options->keep)
		fuzz_write_kept(shared, options->keep);
	if (atomic_load(&shared->failed)) {
		fuzz_report_failure(shared, options);
		return 1;
	}
	fuzz_say("passed; %lu arenas were checked, %lu of them emptied",
		 atomic_load(&shared->checked), atomic_load(&shared->emptied));
	return 0;
}

static int fuzz_usage(void)
{
	fuzz_say("usage: ioctl_fuzz [--seed N] [--seconds N] [--runs N] [--threads N] "
		 "[--workers N] [--pcs N] [--keep FILE] [--blind] [--replay CHAIN]... "
		 "[--from FILE]");
	return 2;
}

static bool fuzz_add_replay(struct fuzz_options *options, const char *text)
{
	if (options->nr_replays == FUZZ_MAX_REPLAYS)
		return false;
	return fuzz_chain_parse(&options->replays[options->nr_replays++], text);
}

/* false: an option is wrong. */
static bool fuzz_option(struct fuzz_options *options, struct fuzz_shared *shared, int option)
{
	uint32_t number = optarg ? (uint32_t)strtoul(optarg, NULL, 0) : 0;

	switch (option) {
	case 's':
		options->seed = number;
		return true;
	case 't':
		options->seconds = number;
		return true;
	case 'r':
		options->runs = number;
		return true;
	case 'n':
		options->threads = number;
		return number > 0;
	case 'w':
		options->workers = number;
		return number > 0 && number <= FUZZ_MAX_WORKERS;
	case 'p':
		options->pcs = number;
		return true;
	case 'k':
		options->keep = optarg;
		return true;
	case 'b':
		options->blind = true;
		return true;
	case 'f':
		return fuzz_read_kept(shared, optarg);
	case 'y':
		return fuzz_add_replay(options, optarg);
	default:
		return false;
	}
}

int main(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "runs", required_argument, NULL, 'r' },
		{ "threads", required_argument, NULL, 'n' },
		{ "workers", required_argument, NULL, 'w' },
		{ "pcs", required_argument, NULL, 'p' },
		{ "keep", required_argument, NULL, 'k' },
		{ "blind", no_argument, NULL, 'b' },
		{ "from", required_argument, NULL, 'f' },
		{ "replay", required_argument, NULL, 'y' },
		{ NULL, 0, NULL, 0 },
	};
	struct fuzz_options options = { .seed = 1, .threads = 3, .workers = 2 };
	struct fuzz_shared *shared;
	int option;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED)
		return 2;
	while ((option = getopt_long(argc, argv, "", names, NULL)) != -1)
		if (!fuzz_option(&options, shared, option))
			return fuzz_usage();
	if (options.threads == 1)
		options.workers = 1;
	if (optind < argc || options.threads * options.workers > FUZZ_MAX_TASKS ||
	    !(options.seconds || options.runs))
		return fuzz_usage();
	return fuzz_main(shared, &options);
}
