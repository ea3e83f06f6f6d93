// SPDX-License-Identifier: LGPL-2.1-only OR MIT
/*
 * Arenas of other processes: their file descriptors are found in /proc, and copied with
 * pidfd_getfd(2), for which the kernel wants the permission to trace the process.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

struct pymm_process {
	pid_t pid;
	int pidfd;
};

PYMM_API int pymm_process_open(pid_t pid, struct pymm_process **out)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	*out = NULL;
	if (pidfd < 0)
		return -errno;
	*out = malloc(sizeof(**out));
	if (!*out) {
		close(pidfd);
		return -ENOMEM;
	}
	(*out)->pid = pid;
	(*out)->pidfd = pidfd;
	return 0;
}

PYMM_API void pymm_process_close(struct pymm_process *process)
{
	if (!process)
		return;
	close(process->pidfd);
	free(process);
}

/* What the files are of; without the device there are only those that are not of it itself. */
static void find_device(struct statx *device)
{
	if (statx(AT_FDCWD, PYMM_DEVICE, 0, STATX_TYPE, device) || !S_ISCHR(device->stx_mode))
		device->stx_mode = 0;
}

/* Is that a file of the device, by whatever name it was opened? A file system is not asked. */
static bool is_device(int dir, const char *name, const struct statx *device)
{
	struct statx file;

	return device->stx_mode && !statx(dir, name, AT_STATX_DONT_SYNC, STATX_TYPE, &file) &&
	       S_ISCHR(file.stx_mode) && file.stx_rdev_major == device->stx_rdev_major &&
	       file.stx_rdev_minor == device->stx_rdev_minor;
}

/* enum pymm_process_kind of a file descriptor, 0 of another file, or a negative errno. */
static int kind_of(int dir, const char *name, const struct statx *device)
{
	char link[64];
	ssize_t len = readlinkat(dir, name, link, sizeof(link) - 1);

	if (len < 0)
		return errno == ENOENT ? 0 : -errno;
	link[len] = '\0';
	if (!strcmp(link, "anon_inode:[pymm-arena]"))
		return PYMM_PROCESS_ARENA;
	if (!strcmp(link, "anon_inode:[pymm-thread]"))
		return PYMM_PROCESS_THREAD;
	if (!strncmp(link, "anon_inode:", strlen("anon_inode:")))
		return 0;
	return is_device(dir, name, device) ? PYMM_PROCESS_ARENA : 0;
}

static int compare_fds(const void *a, const void *b)
{
	const struct pymm_process_fd *left = a, *right = b;

	return left->fd < right->fd ? -1 : left->fd > right->fd;
}

static int read_fds(DIR *dir, struct vec *fds)
{
	int fd = dirfd(dir), kind;
	struct pymm_process_fd found;
	struct dirent *entry;
	struct statx device;
	char *end;

	if (fd < 0)
		return -errno;
	find_device(&device);
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			return -errno;
		found.fd = (int)strtol(entry->d_name, &end, 10);
		if (*end)
			continue;
		kind = kind_of(fd, entry->d_name, &device);
		if (kind < 0)
			return kind;
		found.kind = (unsigned int)kind;
		if (kind && vec_append(fds, &found, 1, sizeof(found)))
			return -ENOMEM;
	}
}

static bool is_gone(const struct pymm_process *process)
{
	return syscall(SYS_pidfd_send_signal, process->pidfd, 0, NULL, 0) && errno == ESRCH;
}

PYMM_API int pymm_process_fds(const struct pymm_process *process, struct pymm_process_fd **fds,
			      size_t *count)
{
	struct vec found = { 0 };
	char path[32];
	DIR *dir;
	int ret;

	*fds = NULL;
	*count = 0;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)process->pid);
	dir = opendir(path);
	if (!dir)
		ret = -errno;
	/* A mount of /proc may hide processes of other users. */
	if (!dir && ret == -ENOENT)
		ret = is_gone(process) ? -ESRCH : -EACCES;
	if (!dir)
		return ret;
	ret = read_fds(dir, &found);
	closedir(dir);
	/* Of a process that has ended, or of one that came after it. */
	if (!ret && is_gone(process))
		ret = -ESRCH;
	if (ret) {
		vec_free(&found);
		return ret;
	}
	if (found.count)
		qsort(found.data, found.count, sizeof(struct pymm_process_fd), compare_fds);
	*fds = found.data;
	*count = found.count;
	return 0;
}

/* Asked of the copy, so that it is still true when the file is used. */
static bool is_arena(int fd)
{
	struct statx device;
	char path[32];

	find_device(&device);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return kind_of(AT_FDCWD, path, &device) == PYMM_PROCESS_ARENA;
}

PYMM_API int pymm_process_arena(const struct pymm_process *process, int fd,
				struct pymm_arena **out)
{
	int copy = (int)syscall(SYS_pidfd_getfd, process->pidfd, fd, 0), ret;

	*out = NULL;
	if (copy < 0)
		return -errno;
	ret = is_arena(copy) ? pymm_arena_adopt(copy, out) : -ENOTTY;
	if (ret)
		close(copy);
	return ret;
}
