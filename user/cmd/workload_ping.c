// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "workload_ping.h"

#define PIPE_READ	0
#define PIPE_WRITE	1

static void close_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* The other end; it ends when nobody can write to it any more. */
static void *echo(void *arg)
{
	struct ping *ping = arg;
	const struct timespec think = {
		.tv_sec = (time_t)(ping->think_ns / 1000000000),
		.tv_nsec = (long)(ping->think_ns % 1000000000),
	};
	char byte;

	while (read(ping->there[PIPE_READ], &byte, 1) == 1) {
		if (ping->think_ns)
			nanosleep(&think, NULL);
		if (write(ping->here[PIPE_WRITE], &byte, 1) != 1)
			break;
	}
	close_end(&ping->here[PIPE_WRITE]);
	return NULL;
}

static int to_and_fro(struct team *team, const struct ping *ping)
{
	char byte = 0;
	ssize_t len;

	if (write(ping->there[PIPE_WRITE], &byte, 1) != 1)
		return -errno;
	do
		len = read(ping->here[PIPE_READ], &byte, 1);
	while (len < 0 && errno == EINTR && !team_stopping(team));
	if (len < 0)
		return -errno;
	return len ? 0 : -EPIPE;
}

static int take_gil(struct team *team, struct pymm_thread *thread)
{
	int ret;

	do
		ret = pymm_thread_gil_acquire(thread, PYMM_NO_DEADLINE);
	while (ret == -EINTR && !team_stopping(team));
	return ret == -EOWNERDEAD ? 0 : ret;
}

static int ping_once(struct team *team, struct pymm_thread *thread, struct ping *ping)
{
	int ret = pymm_thread_gil_release(thread);
	uint64_t asked_ns;

	if (!ret)
		ret = to_and_fro(team, ping);
	if (ret)
		return ret;
	asked_ns = time_now();
	ret = take_gil(team, thread);
	if (!ret)
		ping->back[ping->nr++] = time_now() - asked_ns;
	return ret;
}

static int make_room(struct ping *ping)
{
	uint64_t *back;

	/* It doubles at each power of two. */
	if (ping->nr & (ping->nr - 1))
		return 0;
	back = realloc(ping->back, (ping->nr ? ping->nr * 2 : 1) * sizeof(*back));
	if (!back)
		return -ENOMEM;
	ping->back = back;
	return 0;
}

static int ping_all(struct team *team, struct pymm_thread *thread, struct ping *ping)
{
	uint64_t started_ns;
	int ret = take_gil(team, thread);

	if (ret)
		return ret;
	started_ns = time_now();
	do {
		ret = make_room(ping);
		if (!ret)
			ret = ping_once(team, thread, ping);
		ping->wall_ns = time_now() - started_ns;
	} while (!ret && ping->nr < MAX_PINGS &&
		 (ping->wanted ? ping->nr < ping->wanted : ping->wall_ns < ping->limit_ns));
	if (ret)
		return ret;
	qsort(ping->back, ping->nr, sizeof(*ping->back), compare_u64);
	return pymm_thread_gil_release(thread);
}

int ping_job(struct team *team, struct pymm_thread *thread, void *arg)
{
	struct ping *ping = arg;
	pthread_t other;
	int ret;

	for (unsigned int i = 0; i < 2; i++)
		ping->there[i] = ping->here[i] = -1;
	ret = pipe2(ping->there, O_CLOEXEC) || pipe2(ping->here, O_CLOEXEC) ? -errno : 0;
	if (!ret)
		ret = -pthread_create(&other, NULL, echo, ping);
	if (!ret) {
		ret = ping_all(team, thread, ping);
		close_end(&ping->there[PIPE_WRITE]);
		pthread_join(other, NULL);
	}
	for (unsigned int i = 0; i < 2; i++) {
		close_end(&ping->there[i]);
		close_end(&ping->here[i]);
	}
	return ret;
}

void ping_free(struct ping *ping)
{
	free(ping->back);
}
