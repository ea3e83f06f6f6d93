// SPDX-License-Identifier: GPL-2.0-only
/* Calls as nobody should make them: where the structs lie, how large they are, what interrupts. */
#include "ioctl_fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Long enough for what ends by itself, on an emulated machine with KASAN. */
#define FUZZ_LATE_NS	15000000L

/** fuzz_fail() - report that a check failed; the first report counts */
void fuzz_fail(struct fuzz_shared *shared, const char *format, ...)
{
	va_list args;

	if (!atomic_exchange(&shared->failed, true)) {
		va_start(args, format);
		vsnprintf(shared->failure, sizeof(shared->failure), format, args);
		va_end(args);
	}
	atomic_store(&shared->stop, true);
}

/* ---- signals ---- */

static void fuzz_nothing(int number)
{
	(void)number;
}

/** fuzz_signals_init() - of a process: one signal restarts calls, the other ends them */
void fuzz_signals_init(void)
{
	struct sigaction action = { .sa_handler = fuzz_nothing };

	sigaction(SIGUSR1, &action, NULL);
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR2, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int fuzz_timer_new(timer_t *timer, int number)
{
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = number };

	event._sigev_un._tid = (pid_t)syscall(SYS_gettid);
	return timer_create(CLOCK_MONOTONIC, &event, timer) ? -errno : 0;
}

static void fuzz_timer_set(timer_t timer, long ns, long again)
{
	struct itimerspec spec = { .it_value.tv_nsec = ns, .it_interval.tv_nsec = again };

	timer_settime(timer, 0, &spec, NULL);
}

/** fuzz_arm() - no call takes long from here on, and some are disturbed early */
void fuzz_arm(struct fuzz_task *task)
{
	fuzz_timer_set(task->late, FUZZ_LATE_NS, FUZZ_LATE_NS);
	if (!task->alone && gen_one_in(&task->source, 8))
		fuzz_timer_set(task->early, 1 + gen_below(&task->source, 5000000), 0);
}

/** fuzz_disarm() - the opposite of fuzz_arm() */
void fuzz_disarm(struct fuzz_task *task)
{
	fuzz_timer_set(task->late, 0, 0);
	fuzz_timer_set(task->early, 0, 0);
}

/* Writing the file copies from user memory, which may be what is made to fail. */
static void fuzz_fail_nth(struct fuzz_task *task, uint32_t nth)
{
	char text[16];
	size_t len = (size_t)snprintf(text, sizeof(text), "%u", nth);

	while (pwrite(task->fail_nth, text, len, 0) < 0)
		if (errno != EFAULT && errno != EINTR) {
			fuzz_fail(task->shared, "fail-nth: %s", strerror(errno));
			return;
		}
}

/* The kernel counts down to the fault: at 0 it has been injected. */
static void fuzz_fail_end(struct fuzz_task *task)
{
	char text[16] = "";

	if (pread(task->fail_nth, text, sizeof(text) - 1, 0) > 0 && text[0] == '0')
		atomic_fetch_add(&task->shared->faults, 1);
	fuzz_fail_nth(task, 0);
}

/* ---- a thread of the fuzzer ---- */

static int fuzz_memory_init(struct fuzz_task *task)
{
	uint8_t *memory = mmap(NULL, (FUZZ_PAGES + 2) * FUZZ_PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED ||
	    mprotect(memory + FUZZ_PAGES * FUZZ_PAGE, FUZZ_PAGE, PROT_NONE) ||
	    mprotect(memory + (FUZZ_PAGES + 1) * FUZZ_PAGE, FUZZ_PAGE, PROT_READ))
		return -errno;
	task->memory = memory;
	return 0;
}

/** fuzz_task_init() - what this thread needs; those who call it have set what is shared */
int fuzz_task_init(struct fuzz_task *task)
{
	char path[64];
	int err = fuzz_memory_init(task);

	if (!err)
		err = fuzz_timer_new(&task->early, SIGUSR2);
	if (!err)
		err = fuzz_timer_new(&task->late, SIGUSR1);
	snprintf(path, sizeof(path), "/proc/self/task/%ld/fail-nth", syscall(SYS_gettid));
	task->fail_nth = open(path, O_RDWR | O_CLOEXEC);
	task->kmsg = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);
	if (!err && task->kmsg < 0)
		err = -errno;
	return err;
}

/** fuzz_task_exit() - give that back */
void fuzz_task_exit(struct fuzz_task *task)
{
	timer_delete(task->early);
	timer_delete(task->late);
	munmap(task->memory, (FUZZ_PAGES + 2) * FUZZ_PAGE);
	close(task->kmsg);
	if (task->fail_nth >= 0)
		close(task->fail_nth);
	if (task->kcov >= 0)
		close(task->kcov);
}

/* ---- calls ---- */

/**
 * fuzz_place() - an address for @size bytes
 * @size: bytes, at most those of FUZZ_PAGES pages
 * @usable: receives whether this process can read and write there
 *
 * Mostly good, and often at the end of what is, so that one byte too much is one too many.
 */
void *fuzz_place(struct fuzz_task *task, size_t size, bool *usable)
{
	struct gen_source *source = &task->source;
	uint8_t *end = task->memory + FUZZ_PAGES * FUZZ_PAGE;

	*usable = true;
	if (gen_below(source, 12))
		return gen_one_in(source, 3) ? end - size : task->memory;
	*usable = false;
	switch (gen_below(source, 8)) {
	case 0:
		return end - gen_below(source, (uint32_t)size + 1);
	case 1:
		return end + FUZZ_PAGE;
	case 2:
		return NULL;
	case 3:
		return (void *)(0xffff888000000000UL + gen_below(source, 1 << 20));
	case 4:
		return (void *)(0x7ffffffff000UL - gen_below(source, (uint32_t)size + 1));
	case 5:
		return (void *)(uintptr_t)gen_number(source);
	case 6:
		*usable = true;
		return task->memory + 1 + gen_below(source, 15);
	default:
		*usable = true;
		/* Across the end of a page, which is not the last one. */
		size = size < FUZZ_PAGE ? size : FUZZ_PAGE;
		return task->memory + FUZZ_PAGE - gen_below(source, (uint32_t)size + 1);
	}
}

/* A size next to the struct's, with zeros behind it or not. */
static size_t fuzz_odd_size(struct fuzz_task *task, size_t size)
{
	switch (gen_below(&task->source, 4)) {
	case 0:
		return gen_below(&task->source, (uint32_t)size + 1);
	case 1:
		return size + gen_below(&task->source, 64);
	case 2:
		return FUZZ_PAGE - 1 + gen_below(&task->source, 3);
	default:
		return gen_below(&task->source, 1 << _IOC_SIZEBITS);
	}
}

/**
 * fuzz_ioctl() - call with a struct that may lie anywhere and be of any size
 * @cmd: the number, with the struct's size in it
 * @args: the struct, written back after success
 * @size: its bytes
 *
 * Returns 0 or -errno.
 */
long fuzz_ioctl(struct fuzz_task *task, int fd, unsigned long cmd, void *args, size_t size)
{
	size_t room = size;
	bool usable;
	uint8_t *to;
	long err;

	if (gen_one_in(&task->source, 24))
		room = fuzz_odd_size(task, size);
	to = fuzz_place(task, room, &usable);
	if (usable) {
		memset(to, gen_one_in(&task->source, 32), room);
		memcpy(to, args, room < size ? room : size);
	}
	cmd = _IOC(_IOC_DIR(cmd), _IOC_TYPE(cmd), _IOC_NR(cmd), room);
	fuzz_arm(task);
	if (task->nth && task->fail_nth >= 0)
		fuzz_fail_nth(task, task->nth);
	err = ioctl(fd, cmd, to) ? -errno : 0;
	if (task->nth && task->fail_nth >= 0)
		fuzz_fail_end(task);
	fuzz_disarm(task);
	atomic_fetch_add(&task->shared->calls, 1);
	if (usable && !err)
		memcpy(args, to, room < size ? room : size);
	return err;
}
