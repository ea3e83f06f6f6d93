// SPDX-License-Identifier: LGPL-2.1-only OR MIT
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"

struct pymm_arena {
	int fd;
};

static int arena_ioctl(const struct pymm_arena *arena, unsigned long number, void *arg)
{
	return ioctl(arena->fd, number, arg) < 0 ? -errno : 0;
}

/* Owns @fd on success only. */
static int arena_new(int fd, struct pymm_arena **out)
{
	*out = malloc(sizeof(**out));
	if (!*out)
		return -ENOMEM;
	(*out)->fd = fd;
	return 0;
}

PYMM_API int pymm_arena_open(struct pymm_arena **out)
{
	int fd = open(PYMM_DEVICE, O_RDWR | O_CLOEXEC), ret;

	*out = NULL;
	if (fd < 0)
		return -errno;
	ret = arena_new(fd, out);
	if (ret)
		close(fd);
	return ret;
}

PYMM_API int pymm_arena_adopt(int fd, struct pymm_arena **out)
{
	struct pymm_arena arena = { .fd = fd };
	struct pymm_query query;
	int ret;

	*out = NULL;
	ret = pymm_arena_query(&arena, &query);
	/* Some drivers say EINVAL to a number that is not theirs. */
	if (ret == -EINVAL)
		return -ENOTTY;
	return ret ? ret : arena_new(fd, out);
}

PYMM_API void pymm_arena_close(struct pymm_arena *arena)
{
	if (!arena)
		return;
	close(arena->fd);
	free(arena);
}

PYMM_API int pymm_arena_fd(const struct pymm_arena *arena)
{
	return arena->fd;
}

PYMM_API int pymm_arena_dup(const struct pymm_arena *arena, uint32_t rights,
			    struct pymm_arena **out)
{
	struct pymm_dup args = { .rights = rights };
	int ret;

	*out = NULL;
	ret = arena_ioctl(arena, PYMM_IOC_DUP, &args);
	if (ret)
		return ret;
	ret = arena_new(args.fd, out);
	if (ret)
		close(args.fd);
	return ret;
}

PYMM_API int pymm_arena_query(const struct pymm_arena *arena, struct pymm_query *query)
{
	memset(query, 0, sizeof(*query));
	return arena_ioctl(arena, PYMM_IOC_QUERY, query);
}

/* Points @names into the text behind it, in which each name ends with a NUL. */
static int split_names(char **names, size_t count, size_t size)
{
	char *at = (char *)(names + count), *end = at + size;

	for (size_t i = 0; i < count; i++) {
		char *nul = memchr(at, '\0', (size_t)(end - at));

		if (!nul)
			return -EPROTO;
		names[i] = at;
		at = nul + 1;
	}
	return 0;
}

PYMM_API int pymm_arena_names(const struct pymm_arena *arena, struct pymm_query *query,
			      char ***names)
{
	size_t count, size;
	char **array;
	int ret;

	*names = NULL;
	ret = pymm_arena_query(arena, query);
	if (ret)
		return ret;
	/* What a running kernel knows does not change between the two calls. */
	count = (size_t)query->nr_opcodes + query->nr_types;
	size = query->names_size;
	array = malloc(count * sizeof(*array) + size + 1);
	if (!array)
		return -ENOMEM;
	memset(query, 0, sizeof(*query));
	query->names_size = (uint32_t)size;
	query->names = (uintptr_t)(array + count);
	ret = arena_ioctl(arena, PYMM_IOC_QUERY, query);
	query->names = 0;
	if (!ret)
		ret = split_names(array, count, size);
	if (ret) {
		free(array);
		return ret;
	}
	*names = array;
	return 0;
}

PYMM_API int pymm_arena_config(const struct pymm_arena *arena, struct pymm_config *config)
{
	return arena_ioctl(arena, PYMM_IOC_CONFIG, config);
}

PYMM_API int pymm_arena_stat(const struct pymm_arena *arena, struct pymm_stat *stat)
{
	memset(stat, 0, sizeof(*stat));
	return arena_ioctl(arena, PYMM_IOC_STAT, stat);
}
