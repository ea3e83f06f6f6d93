// SPDX-License-Identifier: GPL-2.0-only
/*
 * File descriptors of other processes, where there is no module: none of them is an arena.
 */
#include <errno.h>
#include <fcntl.h>
#include <pymm/pymm.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asm_tap.h"

static pid_t fork_waiting(void)
{
	pid_t pid = fork();

	if (!pid)
		pause();
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void test_fds(struct tap *tap, const struct pymm_process *process)
{
	struct pymm_process_fd *fds;
	size_t count = 1;
	int ret = pymm_process_fds(process, &fds, &count);

	tap_case(tap, !ret && !count, "files of other kinds are none of pymm", "%d, %zu of them",
		 ret, count);
	free(fds);
}

static void test_arena(struct tap *tap, const struct pymm_process *process, int fd, int expected,
		       const char *name)
{
	struct pymm_arena *arena = (void *)tap;
	int ret = pymm_process_arena(process, fd, &arena);

	tap_case(tap, ret == expected && !arena, name, "%d", ret);
}

static void test_other(struct tap *tap)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), event = eventfd(0, EFD_CLOEXEC);
	pid_t pid = fork_waiting();
	struct pymm_process *process;
	int ret = pymm_process_open(pid, &process), before, after;

	tap_case(tap, !ret && process, "a process", "%d", ret);
	if (ret)
		return;
	test_fds(tap, process);
	before = dup(null);
	test_arena(tap, process, null, -ENOTTY, "a device that is no arena");
	test_arena(tap, process, event, -ENOTTY, "an anonymous file that is no arena");
	test_arena(tap, process, 9999, -EBADF, "a file descriptor that there is not");
	close(before);
	after = dup(null);
	tap_case(tap, before == after, "nothing stays open of what is no arena", "%d", after);
	end(pid);
	test_arena(tap, process, null, -ESRCH, "a process that has ended");
	pymm_process_close(process);
	ret = pymm_process_open(pid, &process);
	tap_case(tap, ret == -ESRCH && !process, "no process", "%d", ret);
	pymm_process_close(NULL);
}

static void test_ended(struct tap *tap)
{
	pid_t pid = fork_waiting();
	struct pymm_process_fd *fds = (void *)tap;
	struct pymm_process *process;
	size_t count;
	int ret = pymm_process_open(pid, &process);

	end(pid);
	if (!ret)
		ret = pymm_process_fds(process, &fds, &count);
	tap_case(tap, ret == -ESRCH && !fds, "files of a process that has ended", "%d", ret);
	pymm_process_close(process);
}

int main(void)
{
	struct tap tap = { 0 };

	test_other(&tap);
	test_ended(&tap);
	return tap_end(&tap);
}
