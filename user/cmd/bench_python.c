// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPython's side of pymm bench: a python3 that runs DIR/measure.py, which says
 * how they speak with one another.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

static int spawn_with(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attributes,
		      char **argv, int link, pid_t *pid)
{
	/* In a process group of its own: Ctrl-C is for the command, which ends it. */
	int error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP);

	if (!error)
		error = posix_spawn_file_actions_adddup2(actions, link, STDIN_FILENO);
	if (!error)
		error = posix_spawn_file_actions_adddup2(actions, link, STDOUT_FILENO);
	return error ? error : posix_spawnp(pid, argv[0], actions, attributes, argv, environ);
}

static int spawn(char **argv, int link, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	error = posix_spawnattr_init(&attributes);
	if (!error) {
		error = spawn_with(&actions, &attributes, argv, link, pid);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Reads a line without its end; a python3 that has ended has said why, on stderr. */
static int read_line(struct cmd *cmd, const struct bench_python *python, char *line, int size)
{
	if (fgets(line, size, python->answers) && strchr(line, '\n')) {
		*strchr(line, '\n') = '\0';
		return CMD_OK;
	}
	return cmd_signalled() ? CMD_INTERRUPTED : cmd_fail(cmd, "python3 does not answer");
}

static int start(const char *dir, const char *mode, struct bench_python *python)
{
	char *argv[] = { "python3", "-IS", NULL, (char *)mode, NULL };
	int links[2], error;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, links))
		return errno;
	python->requests = links[0];
	python->answers = fdopen(links[0], "r");
	if (!python->answers || asprintf(&argv[2], "%s/measure.py", dir) < 0) {
		error = ENOMEM;
	} else {
		error = spawn(argv, links[1], &python->pid);
		free(argv[2]);
	}
	if (!python->answers)
		close(links[0]);
	close(links[1]);
	return error;
}

int bench_python_start(struct cmd *cmd, const char *dir, enum bench_python_mode mode,
		       struct bench_python *python)
{
	static const char *const modes[] = {
		[BENCH_MODULES] = NULL,
		[BENCH_HEAP] = "heap",
		[BENCH_MEMORY] = "memory",
	};
	int error;

	*python = (struct bench_python){ 0 };
	error = start(dir, modes[mode], python);
	if (error == ENOENT) {
		fprintf(stderr, "pymm: there is no python3 to compare with\n");
		return CMD_OK;
	}
	if (error)
		return cmd_fail_errno(cmd, error, "cannot start python3");
	return read_line(cmd, python, python->version, sizeof(python->version));
}

void bench_python_end(struct bench_python *python)
{
	if (python->answers)
		fclose(python->answers);
	if (python->pid <= 0)
		return;
	kill(python->pid, SIGTERM);
	while (waitpid(python->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int ask(const struct bench_python *python, const char *dir, const char *name,
	       uint64_t turns)
{
	char *request;
	int len = asprintf(&request, "%" PRIu64 " %s/%s.py\n", turns, dir, name);
	ssize_t sent;

	if (len < 0)
		return -ENOMEM;
	sent = send(python->requests, request, (size_t)len, MSG_NOSIGNAL);
	free(request);
	if (sent < 0)
		return -errno;
	return sent == len ? 0 : -EIO;
}

int bench_python_run(struct cmd *cmd, const struct bench_python *python, const char *dir,
		     const char *name, uint64_t turns, struct bench_run *run)
{
	char line[BENCH_TEXT_SIZE + 48];
	int text = 0;
	int ret = ask(python, dir, name, turns);

	if (ret)
		return cmd_fail_errno(cmd, ret, "cannot write to python3");
	ret = read_line(cmd, python, line, sizeof(line));
	if (ret)
		return ret;
	if (sscanf(line, "%" SCNu64 " %" SCNu64 "%n", &run->ns, &run->bytes, &text) != 2 ||
	    line[text] != ' ')
		return cmd_fail(cmd, "python3 answers '%s'", line);
	snprintf(run->text, sizeof(run->text), "%s\n", line + text + 1);
	return CMD_OK;
}
