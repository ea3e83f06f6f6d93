// SPDX-License-Identifier: GPL-2.0-only
/*
 * The arena of another process, and all that can be wrong with it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "target.h"

/* What was found in the process. */
struct search {
	uint32_t rights;	/* wanted */
	int64_t fd;		/* wanted, or -1 */
	struct target best;
	bool several;		/* arenas */
	char list[512];		/* "3 (arena 1), 4 (arena 2)" */
	bool more;		/* than there is room for */
};

int target_fail(struct cmd *cmd, pid_t pid, int error)
{
	switch (error) {
	case -ESRCH:
		return cmd_fail(cmd, "process %d: there is no such process", (int)pid);
	case -EINVAL:
	case -ENOENT:
		return cmd_fail(cmd, "process %d: that is a thread of a process: give the Tgid of /proc/%d/status",
				(int)pid, (int)pid);
	case -EPERM:
	case -EACCES:
		return cmd_fail(cmd, "process %d: permission denied: run pymm as root, or as the user of the process (not enough if that changed its user, or where kernel.yama.ptrace_scope is not 0)",
				(int)pid);
	default:
		return cmd_fail_errno(cmd, error, "process %d", (int)pid);
	}
}

int target_each(struct pymm_process *process, pid_t pid,
		int (*visit)(struct target *target, void *data), void *data)
{
	struct pymm_process_fd *fds;
	size_t count;
	int ret = pymm_process_fds(process, &fds, &count);

	for (size_t i = 0; !ret && i < count; i++) {
		struct target target = { .pid = pid, .fd = fds[i].fd };
		struct pymm_query query = { 0 };

		if (fds[i].kind != PYMM_PROCESS_ARENA)
			continue;
		ret = pymm_process_arena(process, target.fd, &target.arena);
		/* It was closed meanwhile, and perhaps another file has its number. */
		if (ret == -EBADF || ret == -ENOTTY) {
			ret = 0;
			continue;
		}
		if (!ret)
			ret = pymm_arena_query(target.arena, &query);
		if (!ret) {
			target.id = query.arena_id;
			target.rights = query.rights;
			ret = visit(&target, data);
		}
		pymm_arena_close(target.arena);
	}
	free(fds);
	return ret;
}

static void note_in_list(struct search *search, const struct target *target)
{
	size_t used = strlen(search->list);
	int len = snprintf(search->list + used, sizeof(search->list) - used, "%s%d (arena %u)",
			   used ? ", " : "", target->fd, target->id);

	/* One that does not fit is not shown in half. */
	if (len < 0 || (size_t)len >= sizeof(search->list) - used) {
		search->list[used] = '\0';
		search->more = true;
	}
}

static bool is_enough(const struct search *search, uint32_t rights)
{
	return !(search->rights & ~rights);
}

static int visit_fd(struct target *target, void *data)
{
	struct search *search = data;
	struct target *best = &search->best;

	if (search->fd >= 0 && target->fd != search->fd)
		return 0;
	if (best->arena && best->id != target->id)
		search->several = true;
	note_in_list(search, target);
	if (best->arena && (is_enough(search, best->rights) || !is_enough(search, target->rights)))
		return 0;
	pymm_arena_close(best->arena);
	*best = *target;
	target->arena = NULL;
	return 0;
}

static bool has_threads(struct pymm_process *process)
{
	struct pymm_process_fd *fds;
	size_t count;
	bool found = false;

	if (pymm_process_fds(process, &fds, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		found |= fds[i].kind == PYMM_PROCESS_THREAD;
	free(fds);
	return found;
}

int target_fail_none(struct cmd *cmd, pid_t pid, struct pymm_process *process)
{
	if (cmd_text(cmd, "-f", NULL))
		return cmd_fail(cmd, "process %d: its file descriptor %d is no arena", (int)pid,
				(int)cmd_number(cmd, "-f", 0));
	if (has_threads(process))
		return cmd_fail(cmd, "process %d has only threads, through which their arena cannot be reached: it must keep the arena open",
				(int)pid);
	if (access(PYMM_DEVICE, F_OK))
		return cmd_fail(cmd, "%s", cmd_missing_text());
	return cmd_fail(cmd, "process %d has no arena: 'pymm arena show' lists those there are",
			(int)pid);
}

static int fail_rights(struct cmd *cmd, const struct search *search)
{
	static const struct {
		uint32_t right;
		const char *name;
	} rights[] = {
		{ PYMM_RIGHT_INSPECT, "inspect" },
		{ PYMM_RIGHT_RUN, "run" },
		{ PYMM_RIGHT_CONFIG, "config" },
	};
	const struct target *best = &search->best;
	const char *name = "";

	for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++)
		if (rights[i].right & search->rights & ~best->rights)
			name = rights[i].name;
	return cmd_fail(cmd, "process %d: its file descriptor %d of arena %u has not the right to %s%s",
			(int)best->pid, best->fd, best->id, name,
			search->fd < 0 ? ", nor has another one" : "");
}

static int choose(struct cmd *cmd, pid_t pid, struct pymm_process *process, struct search *search)
{
	int ret = target_each(process, pid, visit_fd, search);

	if (ret)
		return target_fail(cmd, pid, ret);
	if (!search->best.arena)
		return target_fail_none(cmd, pid, process);
	if (search->several)
		return cmd_fail(cmd, "process %d has several arenas: choose with -f one of its file descriptors %s%s",
				(int)pid, search->list, search->more ? ", ..." : "");
	return is_enough(search, search->best.rights) ? CMD_OK : fail_rights(cmd, search);
}

int target_open(struct cmd *cmd, uint32_t rights, struct target *target)
{
	struct search search = { .rights = rights, .fd = -1 };
	pid_t pid = (pid_t)cmd_number(cmd, "-p", 0);
	struct pymm_process *process;
	int ret;

	if (!pid)
		return cmd_misused(cmd, "%s %s: -p PID is missing: the process whose arena it is about",
				   cmd->object->name, cmd->command->name);
	if (cmd_text(cmd, "-f", NULL))
		search.fd = (int64_t)cmd_number(cmd, "-f", 0);
	ret = pymm_process_open(pid, &process);
	if (ret)
		return target_fail(cmd, pid, ret);
	ret = choose(cmd, pid, process, &search);
	pymm_process_close(process);
	if (ret)
		pymm_arena_close(search.best.arena);
	else
		*target = search.best;
	return ret;
}

void target_close(struct target *target)
{
	pymm_arena_close(target->arena);
	target->arena = NULL;
}

int target_snapshot(struct cmd *cmd, const struct target *target, struct pymm_snapshot **out)
{
	int ret = pymm_snapshot_take(target->arena, out);

	if (ret == -EDQUOT)
		return cmd_fail(cmd, "arena %u is too large for a snapshot", target->id);
	return ret ? cmd_fail_errno(cmd, ret, "cannot take a snapshot of arena %u", target->id) :
		     CMD_OK;
}

void target_json(struct json *json, const struct target *target)
{
	json_open_object(json, NULL);
	json_add_int(json, "pid", target->pid);
	json_add_int(json, "fd", target->fd);
	json_add_uint(json, "arena", target->id);
}

bool target_stopped(pid_t pid)
{
	char path[32], line[512], *end = NULL;
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	stat = fopen(path, "re");
	if (!stat)
		return false;
	/* The state follows the name, which may have anything in it. */
	if (fgets(line, sizeof(line), stat))
		end = strrchr(line, ')');
	fclose(stat);
	return end && (!strncmp(end, ") T", 3) || !strncmp(end, ") t", 3));
}
