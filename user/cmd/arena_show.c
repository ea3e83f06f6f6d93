// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm arena show: the arenas that the caller may see, found through the processes that have them.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arena.h"
#include "target.h"

/* A file descriptor of an arena. */
struct user {
	uint32_t arena;
	pid_t pid;
	int fd;
};

struct arena {
	uint32_t id;
	bool known;		/* may it be inspected? */
	struct pymm_stat stat;
};

/* What was found. */
struct show {
	int64_t fd;		/* wanted, or -1 */
	struct arena *arenas;
	size_t nr_arenas;
	struct user *users;
	size_t nr_users;
	size_t skipped;		/* processes */
};

static struct arena *find_arena(struct show *show, uint32_t id)
{
	struct arena *arenas;

	for (size_t i = 0; i < show->nr_arenas; i++)
		if (show->arenas[i].id == id)
			return &show->arenas[i];
	arenas = reallocarray(show->arenas, show->nr_arenas + 1, sizeof(*arenas));
	if (!arenas)
		return NULL;
	show->arenas = arenas;
	arenas += show->nr_arenas++;
	*arenas = (struct arena){ .id = id };
	return arenas;
}

static int visit(struct target *target, void *data)
{
	struct show *show = data;
	struct arena *arena;
	struct user *users;

	if (show->fd >= 0 && target->fd != show->fd)
		return 0;
	arena = find_arena(show, target->id);
	users = reallocarray(show->users, show->nr_users + 1, sizeof(*users));
	if (!arena || !users)
		return -ENOMEM;
	show->users = users;
	users[show->nr_users++] = (struct user){ target->id, target->pid, target->fd };
	if (!arena->known && target->rights & PYMM_RIGHT_INSPECT)
		arena->known = !pymm_arena_stat(target->arena, &arena->stat);
	return 0;
}

static int look_at(struct show *show, pid_t pid)
{
	struct pymm_process *process;
	int ret = pymm_process_open(pid, &process);

	if (ret)
		return ret;
	ret = target_each(process, pid, visit, show);
	pymm_process_close(process);
	return ret;
}

/* Those that may not be looked at are counted; those that have ended are none. */
static int look_at_all(struct show *show)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int ret = 0;
	char *end;

	if (!dir)
		return -errno;
	while (!ret && (entry = readdir(dir))) {
		pid_t pid = (pid_t)strtol(entry->d_name, &end, 10);

		if (*end || pid <= 0 || pid == getpid())
			continue;
		ret = look_at(show, pid);
		if (ret == -EACCES || ret == -EPERM)
			show->skipped++;
		if (ret != -ENOMEM && ret != -EMFILE && ret != -ENFILE)
			ret = 0;
	}
	closedir(dir);
	return ret;
}

static int look(struct cmd *cmd, struct show *show)
{
	pid_t pid = (pid_t)cmd_number(cmd, "-p", 0);
	struct pymm_process *process;
	int ret;

	if (!pid && show->fd >= 0)
		return cmd_misused(cmd, "arena show: -f is of a process: give -p, too");
	if (!pid) {
		ret = look_at_all(show);
		return ret ? cmd_fail_errno(cmd, ret, "cannot look for arenas") : CMD_OK;
	}
	ret = pymm_process_open(pid, &process);
	if (ret)
		return target_fail(cmd, pid, ret);
	ret = target_each(process, pid, visit, show);
	if (ret)
		ret = target_fail(cmd, pid, ret);
	else if (!show->nr_arenas)
		ret = target_fail_none(cmd, pid, process);
	pymm_process_close(process);
	return ret;
}

static void read_comm(pid_t pid, char comm[32])
{
	char path[32];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	comm[0] = '\0';
	file = fopen(path, "re");
	if (!file)
		return;
	if (!fgets(comm, 32, file))
		comm[0] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
	fclose(file);
}

/* The next one of an arena, behind @user; NULL at the end. */
static const struct user *next_user(const struct show *show, uint32_t id, const struct user *user)
{
	const struct user *end = show->users + show->nr_users;

	for (user = user ? user + 1 : show->users; user < end; user++)
		if (user->arena == id)
			return user;
	return NULL;
}

/* ---- text ---- */

static void print_users(const struct show *show, uint32_t id)
{
	const struct user *user = NULL;
	pid_t last = 0;
	char comm[32];

	while ((user = next_user(show, id, user))) {
		if (user->pid != last) {
			read_comm(user->pid, comm);
			/* A name of a process may be anything. */
			for (char *c = comm; *c; c++)
				*c = (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c;
			printf("%s%d/%d %s", last ? ", " : "  ", (int)user->pid, user->fd, comm);
		}
		last = user->pid;
	}
	printf("\n");
}

static void print_arena(const struct arena *arena)
{
	const struct pymm_stat *stat = &arena->stat;
	char holder[16] = "-";

	if (!arena->known) {
		printf("%6u %9s %12s %6s %7s %6s  %11s", arena->id, "?", "?", "?", "?", "?", "?");
		return;
	}
	if (stat->gil_holder)
		snprintf(holder, sizeof(holder), "%u", stat->gil_holder);
	printf("%6u %9llu %12llu %6llu %7llu %6s  %3llu %3llu %3llu", arena->id, stat->objects,
	       stat->bytes, stat->names, stat->threads, holder, stat->collections[0],
	       stat->collections[1], stat->collections[2]);
}

static void print(const struct show *show)
{
	if (show->nr_arenas)
		printf(" arena   objects        bytes  names threads    GIL  collections  process/fd\n");
	for (size_t i = 0; i < show->nr_arenas; i++) {
		print_arena(&show->arenas[i]);
		print_users(show, show->arenas[i].id);
	}
}

/* ---- JSON ---- */

static void json_users(struct json *json, const struct show *show, uint32_t id)
{
	const struct user *user = next_user(show, id, NULL), *next;
	char comm[32];

	json_open_array(json, "processes");
	while (user) {
		read_comm(user->pid, comm);
		json_open_object(json, NULL);
		json_add_int(json, "pid", user->pid);
		json_add_string(json, "comm", comm);
		json_open_array(json, "fds");
		for (next = user; next && next->pid == user->pid; next = next_user(show, id, next))
			json_add_int(json, NULL, next->fd);
		json_close(json);
		json_close(json);
		user = next;
	}
	json_close(json);
}

static void json_known(struct json *json, const struct pymm_stat *stat)
{
	json_add_uint(json, "objects", stat->objects);
	json_add_uint(json, "bytes", stat->bytes);
	json_add_uint(json, "names", stat->names);
	json_add_uint(json, "threads", stat->threads);
	if (stat->gil_holder)
		json_add_uint(json, "gil_holder", stat->gil_holder);
	else
		json_add_null(json, "gil_holder");
	json_open_array(json, "collections");
	for (int i = 0; i < PYMM_GENERATIONS; i++)
		json_add_uint(json, NULL, stat->collections[i]);
	json_close(json);
}

static void json_show(struct json *json, const struct show *show)
{
	static const char *const keys[] = {
		"objects", "bytes", "names", "threads", "gil_holder", "collections",
	};

	json_open_object(json, NULL);
	json_open_array(json, "arenas");
	for (size_t i = 0; i < show->nr_arenas; i++) {
		const struct arena *arena = &show->arenas[i];

		json_open_object(json, NULL);
		json_add_uint(json, "arena", arena->id);
		json_users(json, show, arena->id);
		if (arena->known)
			json_known(json, &arena->stat);
		for (size_t k = 0; !arena->known && k < sizeof(keys) / sizeof(keys[0]); k++)
			json_add_null(json, keys[k]);
		json_close(json);
	}
	json_close(json);
	json_add_uint(json, "skipped", show->skipped);
}

int arena_show(struct cmd *cmd)
{
	struct show show = { .fd = -1 };
	int ret;

	if (cmd_text(cmd, "-f", NULL))
		show.fd = (int64_t)cmd_number(cmd, "-f", 0);
	ret = look(cmd, &show);
	if (!ret && cmd->json)
		json_show(cmd->json, &show);
	else if (!ret)
		print(&show);
	if (!ret && show.skipped)
		fprintf(stderr, "pymm: %zu process%s may not be looked at by this user\n",
			show.skipped, show.skipped == 1 ? "" : "es");
	free(show.arenas);
	free(show.users);
	return ret;
}
