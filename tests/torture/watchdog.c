// SPDX-License-Identifier: GPL-2.0
/*
 * The main process: it waits until the controller has ended, and looks whether everybody makes
 * progress. When somebody does not, it prints what all tasks are at, and ends them.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pymm_util.h"
#include "torture.h"

static void print_file(const char *dir, const char *name)
{
	char path[320];
	char *text, *line, *rest;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	rest = text = pt_read(path);
	while (rest && (line = strsep(&rest, "\n")))
		if (*line)
			tt_say("    %s: %s", name, line);
	free(text);
}

/* What a task is at, as far as the kernel tells. */
static void print_task(pid_t pid, const char *tid)
{
	char dir[288];

	snprintf(dir, sizeof(dir), "/proc/%d/task/%s", pid, tid);
	tt_say("  task %s of process %d", tid, pid);
	print_file(dir, "comm");
	print_file(dir, "wchan");
	print_file(dir, "syscall");
	print_file(dir, "stack");
	print_file(dir, "stat");
}

static void print_process(pid_t pid)
{
	char path[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			print_task(pid, entry->d_name);
	if (dir)
		closedir(dir);
}

/* The controller's process group: workers, their children, helpers. */
static void print_all(pid_t group)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		pid_t pid = atoi(entry->d_name);

		if (pid > 0 && getpgid(pid) == group)
			print_process(pid);
	}
	if (dir)
		closedir(dir);
}

static bool late(const struct tt_shared *shared, uint64_t since)
{
	return since && pt_now() > since + shared->options.stall * 1000 * NS_PER_MS;
}

/* Says who makes no progress, if anybody. */
static bool stalled(struct tt_shared *shared)
{
	uint32_t actor = tt_get(shared->controller);
	bool is = false;

	for (unsigned int i = 0; i < shared->options.processes; i++)
		for (unsigned int j = 0; j < shared->options.threads; j++) {
			const struct tt_task *task = &shared->processes[i].tasks[j];

			if (!late(shared, tt_get(task->since)))
				continue;
			tt_fail(shared, "stall: task %d of worker %u is at %s since %llu ms",
				tt_get(task->tid), i, tt_actor_name(tt_get(task->actor)),
				(pt_now() - tt_get(task->since)) / NS_PER_MS);
			is = true;
		}
	if (late(shared, tt_get(shared->beat))) {
		tt_fail(shared, "stall: the controller is at %s",
			actor < TT_ACTORS ? tt_actor_name(actor) : "the end of a round");
		is = true;
	}
	return is;
}

int tt_watch(struct tt_shared *shared, pid_t controller)
{
	int status;

	for (;;) {
		if (waitpid(controller, &status, WNOHANG) == controller)
			break;
		if (stalled(shared)) {
			print_all(controller);
			kill(-controller, SIGKILL);
			return 1;
		}
		for (int i = 0; i < 100; i++)
			pt_pause();
	}
	/* Whatever is left of it. */
	kill(-controller, SIGKILL);
	if (WIFEXITED(status) && shared->done)
		return WEXITSTATUS(status);
	tt_fail(shared, "the controller ended with status %#x", status);
	return 1;
}
