// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "trace_child.h"

/* Runs in the new process; the link closes itself when the command begins. */
static void run_command(int link, char **argv)
{
	char go;
	int error;

	if (read(link, &go, 1) != 1)
		_exit(127);
	execvp(argv[0], argv);
	error = errno;
	if (write(link, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

int child_start(struct trace_child *child, char **argv)
{
	int links[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, links))
		return -errno;
	child->pid = fork();
	if (child->pid == 0) {
		close(links[0]);
		run_command(links[1], argv);
	}
	close(links[1]);
	child->link = links[0];
	child->pidfd = child->pid < 0 ? -1 : pidfd_open(child->pid, 0);
	if (child->pidfd < 0) {
		int error = errno;

		child_end(child);
		return -error;
	}
	return 0;
}

int child_go(struct trace_child *child)
{
	int error = 0;
	ssize_t n;

	if (write(child->link, "", 1) != 1)
		return -errno;
	do
		n = read(child->link, &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	return n == sizeof(error) ? -error : 0;
}

int child_end(struct trace_child *child)
{
	int status = 0, ret;

	close(child->link);
	if (child->pid < 0)
		return -ECHILD;
	ret = waitpid(child->pid, &status, WNOHANG);
	if (ret == 0)
		kill(child->pid, SIGTERM);
	while (ret == 0 || (ret < 0 && errno == EINTR))
		ret = waitpid(child->pid, &status, 0);
	if (child->pidfd >= 0)
		close(child->pidfd);
	return ret < 0 ? -errno : status;
}
