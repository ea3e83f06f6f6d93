// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel tests share; see pymm_util.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "image_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

/* ---- time, waiting, processes ---- */

void pt_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("# ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	/* The harness takes 1 for a failure; buffers belong to whoever forked us. */
	_exit(1);
}

void pt_must(int ret, const char *what)
{
	if (ret)
		pt_die("%s: %s", what, strerror(-ret));
}

unsigned int pt_slower(void)
{
	const char *factor = getenv("PYMM_SLOWER");
	int slower = factor ? atoi(factor) : 1;

	return slower > 1 ? slower : 1;
}

unsigned int pt_fewer(unsigned int objects)
{
	return objects / (pt_slower() * pt_slower() * pt_slower());
}

/* In place of the C library's: the harness ends a test after 30 s, which is early where all is slower. */
unsigned int alarm(unsigned int seconds)
{
	struct itimerval timer = { .it_value.tv_sec = seconds * pt_slower() };
	struct itimerval before;

	setitimer(ITIMER_REAL, &timer, &before);
	return before.it_value.tv_sec;
}

uint64_t pt_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

void pt_pause(void)
{
	poll(NULL, 0, 1);
}

pid_t pt_fork(void)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		pt_die("fork: %s", strerror(errno));
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return pid;
}

int pt_wait(pid_t pid)
{
	struct pollfd ended = {
		.fd = syscall(SYS_pidfd_open, pid, 0),
		.events = POLLIN,
	};
	int status = -1;

	if (ended.fd < 0)
		pt_die("pidfd_open: %s", strerror(errno));
	if (poll(&ended, 1, PT_DEADLINE_MS) == 1)
		waitpid(pid, &status, 0);
	close(ended.fd);
	return status;
}

uint64_t pt_kill(pid_t pid)
{
	uint64_t start = pt_now();

	kill(pid, SIGKILL);
	if (pt_wait(pid) < 0)
		pt_die("a killed process did not end");
	return pt_now() - start;
}

bool pt_blocked(pid_t tid)
{
	char path[64];
	char *text, *state;
	bool blocked;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	text = pt_read(path);
	if (!text)
		return false;
	state = strrchr(text, ')');
	blocked = state && state[1] && strchr("SD", state[2]);
	free(text);
	return blocked;
}

int pt_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t done = 0;

	if (fd < 0)
		return -errno;
	/* Files of tracefs take one word at a time. */
	while (*text && (done = write(fd, text, strlen(text))) > 0)
		text += done;
	if (done < 0)
		done = -errno;
	close(fd);
	return done < 0 ? done : 0;
}

char *pt_read(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	FILE *copy;
	int c;

	if (!in)
		return NULL;
	copy = open_memstream(&text, &size);
	while ((c = getc(in)) != EOF)
		putc(c, copy);
	fclose(copy);
	fclose(in);
	return text;
}

int pt_free_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		pt_die("/dev/null: %s", strerror(errno));
	close(fd);
	return fd;
}

static void nothing(int sig)
{
	(void)sig;
}

void pt_quiet_signal(int sig)
{
	struct sigaction action = { .sa_handler = nothing };

	if (sigaction(sig, &action, NULL))
		pt_die("sigaction: %s", strerror(errno));
}

uint64_t pt_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

uint64_t pt_below(uint64_t *state, uint64_t limit)
{
	return (pt_random(state) >> 20) % limit;
}

/* ---- arenas and threads ---- */

int pt_ioctl(int fd, unsigned long cmd, void *arg)
{
	return ioctl(fd, cmd, arg) ? -errno : 0;
}

int pt_open(void)
{
	int fd = open(PYMM_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int pt_thread(int arena, uint32_t *id)
{
	struct pymm_thread_new new = { .fd = -1 };
	int ret = pt_ioctl(arena, PYMM_IOC_THREAD, &new);

	if (id)
		*id = new.thread_id;
	return ret ? ret : new.fd;
}

int pt_dup(int arena, uint32_t rights)
{
	struct pymm_dup dup = { .rights = rights, .fd = -1 };
	int ret = pt_ioctl(arena, PYMM_IOC_DUP, &dup);

	return ret ? ret : dup.fd;
}

struct pymm_stat pt_stat(int arena)
{
	struct pymm_stat stat = { 0 };

	pt_must(pt_ioctl(arena, PYMM_IOC_STAT, &stat), "STAT");
	return stat;
}

struct pymm_query pt_query(int arena)
{
	struct pymm_query query = { 0 };

	pt_must(pt_ioctl(arena, PYMM_IOC_QUERY, &query), "QUERY");
	return query;
}

struct pymm_config pt_config(int arena)
{
	struct pymm_config config = { 0 };

	pt_must(pt_ioctl(arena, PYMM_IOC_CONFIG, &config), "CONFIG");
	return config;
}

static void set(int arena, struct pymm_config *config)
{
	pt_must(pt_ioctl(arena, PYMM_IOC_CONFIG, config), "CONFIG");
}

void pt_set_flags(int arena, uint32_t flags)
{
	set(arena, &(struct pymm_config){ .fields = PYMM_CONFIG_FLAGS, .flags = flags });
}

void pt_set_interval(int arena, uint64_t ns)
{
	set(arena, &(struct pymm_config){
		.fields = PYMM_CONFIG_SWITCH_INTERVAL, .switch_interval_ns = ns });
}

void pt_set_thresholds(int arena, uint32_t first, uint32_t second, uint32_t third)
{
	set(arena, &(struct pymm_config){
		.fields = PYMM_CONFIG_THRESHOLDS, .thresholds = { first, second, third } });
}

void pt_set_max_objects(int arena, uint64_t objects)
{
	set(arena, &(struct pymm_config){
		.fields = PYMM_CONFIG_MAX_OBJECTS, .max_objects = objects });
}

void pt_set_max_bytes(int arena, uint64_t bytes)
{
	set(arena, &(struct pymm_config){ .fields = PYMM_CONFIG_MAX_BYTES, .max_bytes = bytes });
}

/* ---- programs ---- */

struct pymm_program *pt_assemble(const char *text)
{
	struct pymm_program *program;
	struct pymm_error error = { 0 };
	char *copy = strdup(text);
	int ret;

	for (char *c = copy; *c; c++)
		if (*c == '\'')
			*c = '"';
	ret = pymm_program_assemble(copy, strlen(copy), &error, &program);
	if (ret)
		pt_die("line %u: %s (%s) in:\n%s", error.line, error.message, strerror(-ret), copy);
	free(copy);
	return program;
}

int pt_run(int thread, const struct pymm_program *program, struct pymm_run *run)
{
	size_t size;

	run->flags = 0;
	run->image = (uintptr_t)pymm_program_image(program, &size);
	run->image_size = size;
	return pt_ioctl(thread, PYMM_IOC_RUN, run);
}

int pt_run_flags(int thread, uint32_t flags, struct pymm_run *run)
{
	run->flags = flags;
	run->image = 0;
	run->image_size = 0;
	return pt_ioctl(thread, PYMM_IOC_RUN, run);
}

/* Go on whenever the output is full, with room for what did not fit. */
static int run_to_end(int thread, const struct pymm_program *program, struct pymm_run *run,
		      FILE *out)
{
	uint32_t room = 65536;
	void *records = malloc(room);
	int ret;

	run->output = (uintptr_t)records;
	run->output_size = room;
	ret = pt_run(thread, program, run);
	while (!ret) {
		if (pymm_output_render(records, run->output_used, out))
			pt_die("bad output records");
		if (run->status != PYMM_STATUS_OUTPUT_FULL)
			break;
		if (run->output_needed > room) {
			room = run->output_needed;
			records = realloc(records, room);
			run->output = (uintptr_t)records;
			run->output_size = room;
		}
		ret = pt_run_flags(thread, PYMM_RUN_RESUME, run);
	}
	free(records);
	return ret;
}

/* What pt_exec() returns, to be freed. */
static char *exec_program(int thread, const struct pymm_program *program)
{
	struct pymm_run run = { 0 };
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int ret = run_to_end(thread, program, &run, out);

	if (ret) {
		fprintf(out, "<%s>\n", strerror(-ret));
	} else if (run.status == PYMM_STATUS_EXCEPTION && run.exception == PYMM_EXC_OTHER) {
		fprintf(out, "%s\n", run.message);
	} else if (run.status == PYMM_STATUS_EXCEPTION) {
		fprintf(out, "%s: %s\n", pymm_exception_name(run.exception), run.message);
	} else if (run.status == PYMM_STATUS_INTERRUPTED) {
		fprintf(out, "<interrupted>\n");
		/* It waits for the GIL, so the next signal may end it too early. */
		do
			ret = pt_run_flags(thread, PYMM_RUN_ABANDON, &run);
		while (ret == -EINTR);
		pt_must(ret, "ABANDON");
	} else if (run.status != PYMM_STATUS_DONE) {
		fprintf(out, "<status %u>\n", run.status);
	}
	fclose(out);
	return text;
}

const char *pt_exec(int thread, const char *text)
{
	static __thread char *last;
	struct pymm_program *program = pt_assemble(text);

	free(last);
	last = exec_program(thread, program);
	pymm_program_free(program);
	return last;
}

const char *pt_execf(int thread, const char *format, ...)
{
	const char *output;
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		pt_die("out of memory");
	va_end(args);
	output = pt_exec(thread, text);
	free(text);
	return output;
}

static void *run_task(void *arg)
{
	struct pt_task *task = arg;

	__atomic_store_n(&task->tid, gettid(), __ATOMIC_RELEASE);
	task->output = exec_program(task->thread, task->program);
	__atomic_store_n(&task->done, true, __ATOMIC_RELEASE);
	return NULL;
}

void pt_start(struct pt_task *task, int thread, const char *text)
{
	memset(task, 0, sizeof(*task));
	task->thread = thread;
	task->program = pt_assemble(text);
	pt_quiet_signal(SIGUSR1);
	errno = pthread_create(&task->pthread, NULL, run_task, task);
	if (errno)
		pt_die("pthread_create: %s", strerror(errno));
	while (!__atomic_load_n(&task->tid, __ATOMIC_ACQUIRE))
		sched_yield();
}

const char *pt_join(struct pt_task *task)
{
	if (!pt_until(__atomic_load_n(&task->done, __ATOMIC_ACQUIRE), PT_DEADLINE_MS))
		return "<not ended>";
	pthread_join(task->pthread, NULL);
	return task->output;
}

void pt_task_free(struct pt_task *task)
{
	pymm_program_free(task->program);
	free(task->output);
	memset(task, 0, sizeof(*task));
}

static bool interrupted(struct pt_task *task)
{
	if (__atomic_load_n(&task->done, __ATOMIC_ACQUIRE))
		return true;
	pthread_kill(task->pthread, SIGUSR1);
	return false;
}

bool pt_interrupt(struct pt_task *task)
{
	return pt_until(interrupted(task), PT_DEADLINE_MS);
}

/* ---- the fixture of most tests ---- */

uint64_t pt_settle(int arena, int thread)
{
	if (strcmp(pt_exec(thread, END), ""))
		pt_die("an empty program: %s", pt_exec(thread, END));
	return pt_stat(arena).objects;
}

/* Unbind a name, whatever characters are in it, so not through the assembler. */
static void unbind(int thread, const struct pymm_dump_name *name)
{
	struct pymm_run run = { 0 };
	struct pt_image image;

	pt_image_begin(&image);
	pt_code_begin(&image, 1, 0);
	pt_insn(&image, PYMM_OP_DELETE_GLOBAL, 0, 0, 0, 0, 0);
	pt_insn(&image, PYMM_OP_LOAD_CONST, 0, 0, 0, 0, 1);
	pt_insn(&image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
	pt_const(&image, PYMM_CONST_STR, name + 1, name->len);
	pt_const(&image, PYMM_CONST_NONE, NULL, 0);
	pt_code_end(&image);
	pt_must(pt_run_image(thread, image.data, image.size, 0, &run), "unbind");
	pt_image_free(&image);
}

void pt_unbind_all(int arena, int thread)
{
	const struct pymm_dump_record *record = NULL;
	struct pymm_snapshot *snapshot;

	if (!pt_stat(arena).names)
		return;
	snapshot = pt_snapshot(arena);
	while ((record = pymm_snapshot_next(snapshot, record)))
		if (record->kind == PYMM_DUMP_NAME)
			unbind(thread, (const struct pymm_dump_name *)record);
	pymm_snapshot_free(snapshot);
}

/* Says in @text what @stat has that an arena at rest has not. */
static bool left_behind(const struct pymm_stat *stat, uint64_t objects, char *text, size_t size)
{
	snprintf(text, size, "left: %lld objects, %llu names, %llu threads, GIL holder %u, waiters %u",
		 (long long)(stat->objects - objects), (unsigned long long)stat->names,
		 (unsigned long long)stat->threads, stat->gil_holder, stat->gil_waiters);
	return stat->objects != objects || stat->names || stat->threads || stat->gil_holder ||
	       stat->gil_waiters;
}

static bool at_rest(int arena, uint64_t objects, char *text, size_t size)
{
	struct pymm_stat stat = pt_stat(arena);

	return !left_behind(&stat, objects, text, size);
}

const char *pt_finish(int arena, int thread, uint64_t objects)
{
	static char text[160];

	if (arena < 0)
		return "";
	if (thread >= 0)
		close(thread);
	thread = pt_thread(arena, NULL);
	if (thread < 0)
		pt_die("THREAD: %s", strerror(-thread));
	pt_unbind_all(arena, thread);
	pt_exec(thread, "GC_COLLECT r0, 2\n" END);
	close(thread);
	/* Frames of a closed thread may still be going. */
	if (pt_until(at_rest(arena, objects, text, sizeof(text)), 2000))
		text[0] = 0;
	close(arena);
	return text;
}
