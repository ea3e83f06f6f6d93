// SPDX-License-Identifier: GPL-2.0-only
/* What ioctl_fuzz does with files of the module: one function for each kind of thing. */
#include "ioctl_fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define FUZZ_FIRST_THREAD	FUZZ_ARENAS
#define FUZZ_FIRST_OTHER	(FUZZ_ARENAS + FUZZ_THREADS)

/* ---- the table of files ---- */

/* Which file an operation is on: one of its kind, or one time in 16 any. */
static uint32_t fuzz_place_of(uint8_t target, uint32_t first, uint32_t count)
{
	return target >= 240 ? target % FUZZ_FDS : first + target % count;
}

static int fuzz_arena_fd(struct fuzz_task *task, uint8_t target)
{
	return atomic_load(&task->files->fds[fuzz_place_of(target, 0, FUZZ_ARENAS)]);
}

static int fuzz_thread_fd(struct fuzz_task *task, uint8_t target)
{
	return atomic_load(&task->files->fds[fuzz_place_of(target, FUZZ_FIRST_THREAD,
							   FUZZ_THREADS)]);
}

static int fuzz_any_fd(struct fuzz_task *task, uint8_t target)
{
	return atomic_load(&task->files->fds[target % FUZZ_FDS]);
}

/* Put a descriptor into the table, in place of another one. */
static void fuzz_put_fd(struct fuzz_task *task, uint32_t place, int fd)
{
	int old = atomic_exchange(&task->files->fds[place], fd);

	if (old >= 0)
		close(old);
}

static int fuzz_thread_new(int arena)
{
	struct pymm_thread_new args = {};

	return ioctl(arena, PYMM_IOC_THREAD, &args) ? -errno : args.fd;
}

/** fuzz_files_open() - an arena and threads of it, so that there is something to begin with */
void fuzz_files_open(struct fuzz_files *files)
{
	int arena = open("/dev/pymm", O_RDWR | O_CLOEXEC);
	uint32_t i;

	for (i = 0; i < FUZZ_FDS; i++)
		atomic_store(&files->fds[i], -1);
	if (arena < 0)
		return;
	atomic_store(&files->fds[0], arena);
	for (i = 0; i < FUZZ_THREADS / 2; i++)
		atomic_store(&files->fds[FUZZ_FIRST_THREAD + i], fuzz_thread_new(arena));
}

/** fuzz_files_close() - close all */
void fuzz_files_close(struct fuzz_files *files)
{
	for (uint32_t i = 0; i < FUZZ_FDS; i++) {
		int fd = atomic_exchange(&files->fds[i], -1);

		if (fd >= 0)
			close(fd);
	}
}

/* ---- files ---- */

static void fuzz_do_open(struct fuzz_task *task, const struct fuzz_op *op)
{
	static const int modes[] = { O_RDWR, O_RDONLY, O_WRONLY, O_RDWR | O_NONBLOCK, O_PATH };
	int mode = modes[gen_one_in(&task->source, 4) ? gen_below(&task->source, 5) : 0];

	fuzz_put_fd(task, op->target % FUZZ_ARENAS, open("/dev/pymm", mode | O_CLOEXEC));
}

static void fuzz_do_close(struct fuzz_task *task, const struct fuzz_op *op)
{
	fuzz_put_fd(task, op->target % FUZZ_FDS, -1);
}

static void fuzz_do_dup(struct fuzz_task *task, const struct fuzz_op *op)
{
	int fd = fcntl(fuzz_any_fd(task, op->target), F_DUPFD_CLOEXEC, 0);

	if (fd >= 0)
		fuzz_put_fd(task, op->other % FUZZ_FDS, fd);
}

static uint32_t fuzz_flags(struct fuzz_task *task)
{
	return gen_one_in(&task->source, 24) ? (uint32_t)gen_number(&task->source) : 0;
}

static void fuzz_do_dup_rights(struct fuzz_task *task, const struct fuzz_op *op)
{
	struct pymm_dup args = { .flags = fuzz_flags(task), .reserved = fuzz_flags(task) };

	args.rights = gen_one_in(&task->source, 2) ? PYMM_RIGHTS_ALL : gen_below(&task->source, 16);
	args.fd = -1;
	if (!fuzz_ioctl(task, fuzz_arena_fd(task, op->target), PYMM_IOC_DUP, &args, sizeof(args)))
		fuzz_put_fd(task, op->other % FUZZ_ARENAS, args.fd);
}

static void fuzz_do_thread(struct fuzz_task *task, const struct fuzz_op *op)
{
	struct pymm_thread_new args = { .flags = fuzz_flags(task), .fd = -1 };

	if (!fuzz_ioctl(task, fuzz_arena_fd(task, op->target), PYMM_IOC_THREAD, &args,
			sizeof(args)))
		fuzz_put_fd(task, FUZZ_FIRST_THREAD + op->other % FUZZ_THREADS, args.fd);
}

/* ---- what asks ---- */

static void fuzz_do_query(struct fuzz_task *task, const struct fuzz_op *op)
{
	struct pymm_query args = { .flags = fuzz_flags(task), .reserved = fuzz_flags(task) };
	bool usable;

	args.names_size = gen_below(&task->source, 4096);
	if (gen_below(&task->source, 4))
		args.names = (uintptr_t)fuzz_place(task, args.names_size, &usable);
	fuzz_ioctl(task, fuzz_arena_fd(task, op->target), PYMM_IOC_QUERY, &args, sizeof(args));
}

static void fuzz_do_config(struct fuzz_task *task, const struct fuzz_op *op)
{
	struct pymm_config args = {};
	struct gen_source *source = &task->source;

	args.fields = gen_below(source, gen_one_in(source, 16) ? 256 : 128);
	args.flags = gen_below(source, gen_one_in(source, 16) ? 8 : 4);
	args.switch_interval_ns = gen_one_in(source, 4) ? (uint64_t)gen_number(source) :
							  1 + gen_below(source, 1000000);
	for (int i = 0; i < PYMM_GENERATIONS; i++)
		args.thresholds[i] = gen_one_in(source, 8) ? (uint32_t)gen_number(source) :
							     gen_below(source, 20);
	args.max_threads = gen_one_in(source, 4) ? gen_below(source, 8) : 64;
	args.max_objects = 1024 + (gen_one_in(source, 2) ? 0 : gen_below(source, 100000));
	args.max_bytes = (1 << 20) + gen_below(source, 1 << 22);
	if (gen_one_in(source, 16))
		args.max_objects = (uint64_t)gen_number(source);
	args.policy = gen_below(source, gen_one_in(source, 16) ? 64 : 3);
	fuzz_ioctl(task, fuzz_arena_fd(task, op->target), PYMM_IOC_CONFIG, &args, sizeof(args));
}

static void fuzz_do_stat(struct fuzz_task *task, const struct fuzz_op *op)
{
	struct pymm_stat args = { .flags = fuzz_flags(task), .reserved = fuzz_flags(task) };

	fuzz_ioctl(task, fuzz_arena_fd(task, op->target), PYMM_IOC_STAT, &args, sizeof(args));
}

static void fuzz_do_dump(struct fuzz_task *task, const struct fuzz_op *op)
{
	struct pymm_dump args = { .flags = fuzz_flags(task), .fd = -1 };

	if (!fuzz_ioctl(task, fuzz_arena_fd(task, op->target), PYMM_IOC_DUMP, &args, sizeof(args)))
		fuzz_put_fd(task, FUZZ_FIRST_OTHER + op->other % FUZZ_OTHERS, args.fd);
}

/* ---- programs ---- */

static size_t fuzz_make_image(struct fuzz_task *task)
{
	struct gen_source *source = &task->source;
	uint32_t changes = gen_one_in(source, 2) ? gen_below(source, 6) : 0;

	gen_program_make(&task->program, source);
	if (gen_one_in(source, 8)) {
		gen_program_make(&task->other, source);
		gen_program_cross(&task->program, &task->other, source);
	}
	while (changes--)
		gen_program_mutate(&task->program, source);
	return gen_program_encode(&task->program, task->image, sizeof(task->image));
}

/*
 * Where the image and the output lie: apart, or over each other. What is too large for the
 * pages is cut, which the verifier finds.
 */
static void fuzz_run_places(struct fuzz_task *task, struct pymm_run *run, size_t size)
{
	struct gen_source *source = &task->source;
	size_t room = (FUZZ_PAGES - 1) * FUZZ_PAGE;
	uint8_t *image;
	bool usable;

	if (size > room)
		size = room;
	image = fuzz_place(task, size, &usable);
	if (usable)
		memcpy(image, task->image, size);
	run->image = (uintptr_t)image;
	run->image_size = gen_one_in(source, 64) ? (uint32_t)gen_number(source) : (uint32_t)size;
}

static void fuzz_run_output(struct fuzz_task *task, struct pymm_run *run)
{
	struct gen_source *source = &task->source;
	bool usable;

	run->output_size = gen_one_in(source, 4) ? gen_below(source, 256) : 8192;
	if (gen_one_in(source, 8))
		run->output_size = 0;
	if (run->output_size)
		run->output = (uintptr_t)fuzz_place(task, run->output_size, &usable);
	if (gen_one_in(source, 64))
		run->output_size = (uint32_t)gen_number(source);
	run->max_steps = gen_one_in(source, 16) ? 0 : 1 + gen_below(source, 3000);
	run->reserved = fuzz_flags(task);
}

static void fuzz_run(struct fuzz_task *task, const struct fuzz_op *op, uint32_t flags, size_t size)
{
	struct pymm_run run = { .flags = flags };

	if (size)
		fuzz_run_places(task, &run, size);
	fuzz_run_output(task, &run);
	fuzz_ioctl(task, fuzz_thread_fd(task, op->target), PYMM_IOC_RUN, &run, sizeof(run));
}

static void fuzz_do_run(struct fuzz_task *task, const struct fuzz_op *op)
{
	fuzz_run(task, op, fuzz_flags(task), fuzz_make_image(task));
}

static void fuzz_do_run_broken(struct fuzz_task *task, const struct fuzz_op *op)
{
	size_t size = fuzz_make_image(task);

	size = gen_image_break(task->image, size, sizeof(task->image), &task->source);
	fuzz_run(task, op, gen_one_in(&task->source, 4) ? PYMM_RUN_CHECK : 0, size);
}

static void fuzz_do_resume(struct fuzz_task *task, const struct fuzz_op *op)
{
	fuzz_run(task, op, PYMM_RUN_RESUME, 0);
}

static void fuzz_do_abandon(struct fuzz_task *task, const struct fuzz_op *op)
{
	fuzz_run(task, op, PYMM_RUN_ABANDON, 0);
}

static void fuzz_do_gil(struct fuzz_task *task, const struct fuzz_op *op)
{
	struct pymm_gil_args args = { .flags = fuzz_flags(task), .reserved = fuzz_flags(task) };
	struct gen_source *source = &task->source;
	struct timespec now;

	args.op = gen_below(source, gen_one_in(source, 16) ? 8 : 3);
	if (args.op == PYMM_GIL_ACQUIRE) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		args.deadline = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec +
				gen_below(source, 3000000);
	}
	if (gen_one_in(source, 6))
		args.deadline = gen_one_in(source, 2) ? PYMM_NO_DEADLINE :
							(uint64_t)gen_number(source);
	fuzz_ioctl(task, fuzz_thread_fd(task, op->target), PYMM_IOC_GIL, &args, sizeof(args));
}

/* ---- calls that nothing is known of ---- */

static void fuzz_do_any_ioctl(struct fuzz_task *task, const struct fuzz_op *op)
{
	static const uint8_t types[] = { PYMM_IOC_MAGIC, PYMM_IOC_MAGIC, PYMM_IOC_MAGIC, 'T', 0 };
	struct gen_source *source = &task->source;
	uint8_t bytes[512];
	uint32_t i, nr, dir;
	uint8_t type;

	for (i = 0; i < sizeof(bytes); i++)
		bytes[i] = gen_below(source, 8) ? 0 : (uint8_t)gen_below(source, 256);
	nr = gen_below(source, gen_one_in(source, 4) ? 256 : 0x14);
	dir = gen_one_in(source, 4) ? gen_below(source, 4) : _IOC_READ | _IOC_WRITE;
	type = types[gen_below(source, sizeof(types))];
	fuzz_ioctl(task, fuzz_any_fd(task, op->target),
		   _IOC(dir, type, nr, 0), bytes, gen_below(source, sizeof(bytes)));
}

static void fuzz_do_read(struct fuzz_task *task, const struct fuzz_op *op)
{
	int fd = atomic_load(&task->files->fds[fuzz_place_of(op->target, FUZZ_FIRST_OTHER,
							     FUZZ_OTHERS)]);
	size_t size = gen_below(&task->source, 20000);
	bool usable;
	void *to = fuzz_place(task, size, &usable);
	off_t at = gen_one_in(&task->source, 2) ? gen_below(&task->source, 100000) :
						  gen_number(&task->source);

	fuzz_arm(task);
	if (gen_one_in(&task->source, 2))
		(void)!pread(fd, to, size, at);
	else
		(void)!read(fd, to, size);
	fuzz_disarm(task);
	atomic_fetch_add(&task->shared->calls, 1);
}

static void fuzz_do_file(struct fuzz_task *task, const struct fuzz_op *op)
{
	struct pollfd poll_fd = { .fd = fuzz_any_fd(task, op->target), .events = POLLIN | POLLOUT };
	int fd = poll_fd.fd;
	void *at;

	switch (gen_below(&task->source, 6)) {
	case 0:
		at = mmap(NULL, FUZZ_PAGE, PROT_READ | PROT_WRITE,
			  gen_one_in(&task->source, 2) ? MAP_SHARED : MAP_PRIVATE, fd, 0);
		if (at != MAP_FAILED)
			fuzz_fail(task->shared, "mmap of a file of the module succeeded");
		break;
	case 1:
		poll(&poll_fd, 1, 0);
		break;
	case 2:
		(void)!write(fd, task->memory, gen_below(&task->source, 100));
		break;
	case 3:
		lseek(fd, gen_number(&task->source), (int)gen_below(&task->source, 5));
		break;
	case 4:
		fsync(fd);
		break;
	default:
		fcntl(fd, F_SETFL, O_NONBLOCK);
		break;
	}
	atomic_fetch_add(&task->shared->calls, 1);
}

/* ---- processes ---- */

/* Hand a file over; it is taken, or left in a socket that is closed. */
static void fuzz_do_pass(struct fuzz_task *task, const struct fuzz_op *op)
{
	union {
		struct cmsghdr head;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control = {};
	char byte = 0;
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	int fd = fuzz_any_fd(task, op->target), ends[2];

	if (fd < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends))
		return;
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	if (sendmsg(ends[0], &message, MSG_DONTWAIT) == 1) {
		if (gen_one_in(&task->source, 2))
			fuzz_put_fd(task, op->target % FUZZ_FDS, -1);
		message.msg_controllen = sizeof(control);
		if (gen_below(&task->source, 4) &&
		    recvmsg(ends[1], &message, MSG_CMSG_CLOEXEC) == 1 &&
		    CMSG_FIRSTHDR(&message) && control.head.cmsg_type == SCM_RIGHTS) {
			memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
			fuzz_put_fd(task, op->target % FUZZ_FDS, fd);
		}
	}
	close(ends[0]);
	close(ends[1]);
}

/* A child is another process with the same files; it has no timers, and is killed in the end. */
static void fuzz_child(struct fuzz_task *task, pid_t parent)
{
	struct fuzz_op op;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	task->cover = NULL;
	task->fail_nth = -1;
	for (;;) {
		fuzz_random_op(&op, &task->source);
		op.fail = 0;
		if (strcmp(fuzz_op_name(&op), "fork"))
			fuzz_op_execute(task, &op);
	}
}

static void fuzz_do_fork(struct fuzz_task *task, const struct fuzz_op *op)
{
	struct timespec pause = { .tv_nsec = gen_below(&task->source, 8000000) };
	pid_t parent = getpid(), child = fork();

	(void)op;
	if (!child)
		fuzz_child(task, parent);
	if (child < 0)
		return;
	nanosleep(&pause, NULL);
	kill(child, SIGKILL);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}

/* ---- the table ---- */

static const struct {
	const char *name;
	uint32_t weight;
	void (*execute)(struct fuzz_task *task, const struct fuzz_op *op);
} fuzz_ops[] = {
	{ "run", 40, fuzz_do_run },
	{ "run-broken", 10, fuzz_do_run_broken },
	{ "resume", 16, fuzz_do_resume },
	{ "abandon", 5, fuzz_do_abandon },
	{ "gil", 10, fuzz_do_gil },
	{ "thread", 8, fuzz_do_thread },
	{ "close", 6, fuzz_do_close },
	{ "open", 2, fuzz_do_open },
	{ "dup", 3, fuzz_do_dup },
	{ "dup-rights", 3, fuzz_do_dup_rights },
	{ "query", 2, fuzz_do_query },
	{ "config", 6, fuzz_do_config },
	{ "stat", 4, fuzz_do_stat },
	{ "dump", 4, fuzz_do_dump },
	{ "read", 4, fuzz_do_read },
	{ "file", 2, fuzz_do_file },
	{ "any-ioctl", 5, fuzz_do_any_ioctl },
	{ "pass", 2, fuzz_do_pass },
	{ "fork", 1, fuzz_do_fork },
};

#define FUZZ_NR_KINDS	(sizeof(fuzz_ops) / sizeof(*fuzz_ops))

/** fuzz_random_op() - any operation */
void fuzz_random_op(struct fuzz_op *op, struct gen_source *source)
{
	uint32_t at, total = 0, kind;

	for (kind = 0; kind < FUZZ_NR_KINDS; kind++)
		total += fuzz_ops[kind].weight;
	at = gen_below(source, total);
	for (kind = 0; at >= fuzz_ops[kind].weight; kind++)
		at -= fuzz_ops[kind].weight;
	op->kind = (uint8_t)kind;
	op->target = (uint8_t)gen_below(source, 256);
	op->other = (uint8_t)gen_below(source, 256);
	op->fail = 0;
	if (gen_one_in(source, 5))
		op->fail = (uint8_t)(1 + gen_below(source, gen_below(source, 3) ? 6 : 60));
	op->seed = gen_below(source, UINT32_MAX);
}

/** fuzz_op_name() - what it does */
const char *fuzz_op_name(const struct fuzz_op *op)
{
	return fuzz_ops[op->kind % FUZZ_NR_KINDS].name;
}

/** fuzz_op_execute() - do it */
void fuzz_op_execute(struct fuzz_task *task, const struct fuzz_op *op)
{
	struct gen_source before = task->source;

	gen_source_seed(&task->source, op->seed);
	task->nth = op->fail;
	fuzz_ops[op->kind % FUZZ_NR_KINDS].execute(task, op);
	task->nth = 0;
	task->source = before;
}
