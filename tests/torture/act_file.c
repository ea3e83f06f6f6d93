// SPDX-License-Identifier: GPL-2.0
/* Actions with files: parameters, counters, dumps, rights, passing on, making and closing. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gil_util.h"
#include "pymm_util.h"
#include "torture.h"

/* ---- CONFIG ---- */

#define MIB	(1ULL << 20)

static void set(struct tt_worker *worker, int arena, struct pymm_config *config)
{
	struct pymm_config wanted = *config;

	if (!tt_expect(worker, "CONFIG", pt_ioctl(arena, PYMM_IOC_CONFIG, config), 0))
		return;
	/* Others set them too, but nobody to less than the smallest. */
	if (config->max_objects < 1024 || config->max_bytes < MIB || !config->max_threads ||
	    !config->switch_interval_ns || config->fields != wanted.fields)
		tt_fail(worker->shared, "CONFIG returned what nobody set");
}

/* For a moment, there is little room. */
static void squeeze(struct tt_worker *worker, int arena)
{
	struct pymm_config tight = {
		.fields = PYMM_CONFIG_MAX_OBJECTS | PYMM_CONFIG_MAX_BYTES | PYMM_CONFIG_MAX_THREADS,
		.max_objects = 1024 + tt_below(&worker->random, 20000),
		.max_bytes = MIB + tt_below(&worker->random, 8 * MIB),
		.max_threads = 1 + tt_below(&worker->random, 100),
	};
	struct pymm_config wide = {
		.fields = tight.fields,
		.max_objects = 0x7fffffff,
		.max_bytes = 256 * MIB,
		.max_threads = 1024,
	};

	set(worker, arena, &tight);
	pt_pause();
	set(worker, arena, &wide);
}

void tt_act_config(struct tt_worker *worker)
{
	enum tt_place place = tt_place_random(worker);
	int arena = worker->round->arenas[place];
	struct pymm_config config = { .fields = PYMM_CONFIG_FLAGS, .flags = PYMM_CONFIG_F_GC };

	switch (tt_below(&worker->random, 5)) {
	case 0:
		config.fields = PYMM_CONFIG_SWITCH_INTERVAL;
		config.switch_interval_ns = 1 + tt_below(&worker->random, 6 * NS_PER_MS);
		break;
	case 1:
		config.fields = PYMM_CONFIG_THRESHOLDS;
		for (int i = 0; i < PYMM_GENERATIONS; i++)
			config.thresholds[i] = tt_below(&worker->random, i ? 10 : 1000);
		break;
	case 2:
		if (place == TT_MEMORY) {
			squeeze(worker, arena);
			return;
		}
		break;
	case 3:
		config.fields = PYMM_CONFIG_POLICY;
		config.policy = tt_below(&worker->random, PYMM_POLICY_IO_BOOST + 1);
		break;
	default:
		if (tt_below(&worker->random, 4) == 0)
			config.flags = 0;
		if (place == TT_LOCKS && tt_below(&worker->random, 2))
			config.flags |= PYMM_CONFIG_F_CHECK_ALL;
		break;
	}
	set(worker, arena, &config);
}

/* ---- looking ---- */

void tt_act_look(struct tt_worker *worker)
{
	enum tt_place place = tt_place_random(worker);
	int arena = worker->round->arenas[place];
	struct pymm_stat first, second;
	char why[160];

	if (!tt_below(&worker->random, 4)) {
		if (!tt_heap_check(arena, false, why, sizeof(why)))
			tt_fail(worker->shared, "a dump of arena %d, in use: %s", place, why);
		return;
	}
	first = pt_stat(arena);
	pt_query(arena);
	pt_config(arena);
	second = pt_stat(arena);
	if (second.objects_allocated < first.objects_allocated || second.steps < first.steps ||
	    second.gil_switches < first.gil_switches || second.bytes_peak < first.bytes_peak ||
	    second.gil_abandoned < first.gil_abandoned)
		tt_fail(worker->shared, "a counter of arena %d went backwards", place);
}

/* ---- rights ---- */

/* Each call as the rights of the fd say. */
static void try_rights(struct tt_worker *worker, int arena, uint32_t rights)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_FLAGS, .flags = PYMM_CONFIG_F_GC };
	struct pymm_stat stat = { 0 };
	int run, inspect, set;

	run = pt_thread(arena, NULL);
	inspect = pt_ioctl(arena, PYMM_IOC_STAT, &stat);
	set = pt_ioctl(arena, PYMM_IOC_CONFIG, &config);
	if ((run == -EACCES) != !(rights & PYMM_RIGHT_RUN) ||
	    (inspect == -EACCES) != !(rights & PYMM_RIGHT_INSPECT) ||
	    (set == -EACCES) != !(rights & PYMM_RIGHT_CONFIG) ||
	    pt_query(arena).rights != rights)
		tt_fail(worker->shared, "rights %#x of an fd are not what it can do", rights);
	tt_expect(worker, "THREAD", run, EACCES, EDQUOT, 0);
	if (run >= 0)
		close(run);
}

void tt_act_dup(struct tt_worker *worker)
{
	enum tt_place place = tt_place_random(worker);
	uint32_t rights = tt_below(&worker->random, PYMM_RIGHTS_ALL + 1);
	uint32_t fewer = rights & tt_below(&worker->random, PYMM_RIGHTS_ALL + 1);
	int dup = pt_dup(worker->round->arenas[place], rights);
	int again, copy;

	if (!tt_expect(worker, "DUP", dup, 0))
		return;
	again = pt_dup(dup, fewer);
	copy = fcntl(dup, F_DUPFD_CLOEXEC, 0);
	if (rights != PYMM_RIGHTS_ALL && pt_dup(dup, PYMM_RIGHTS_ALL) != -EACCES)
		tt_fail(worker->shared, "rights %#x were dupped to all", rights);
	try_rights(worker, dup, rights);
	close(dup);
	if (tt_expect(worker, "DUP of a dup", again, 0)) {
		try_rights(worker, again, fewer);
		close(again);
	}
	if (copy >= 0)
		close(copy);
}

/* ---- passing on ---- */

enum parcel_kind {
	PARCEL_ARENA,		/* of those that all share, with some rights */
	PARCEL_PRIVATE,		/* an arena that nobody else has */
	PARCEL_THREAD,		/* may have kept frames */
	PARCEL_DUMP,
};

struct parcel {
	uint32_t kind;
	uint32_t place;
	uint32_t rights;
};

static int send_parcel(int socket, const struct parcel *parcel, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec bytes = { .iov_base = (void *)parcel, .iov_len = sizeof(*parcel) };
	struct msghdr message = {
		.msg_iov = &bytes, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_DONTWAIT) < 0 ? -errno : 0;
}

static int receive_parcel(int socket, struct parcel *parcel)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec bytes = { .iov_base = parcel, .iov_len = sizeof(*parcel) };
	struct msghdr message = {
		.msg_iov = &bytes, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *head;
	int fd = -EBADMSG;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) < 0)
		return -errno;
	head = CMSG_FIRSTHDR(&message);
	if (head && head->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

/* A thread, with a program in the middle if it can be. */
static int make_thread(struct tt_worker *worker, enum tt_place place)
{
	struct pymm_run run = { .max_steps = 1 + tt_below(&worker->random, 100) };
	int thread = pt_thread(worker->round->arenas[place], NULL);

	if (thread < 0 || tt_below(&worker->random, 2))
		return thread;
	if (tt_expect(worker, "RUN", pt_run(thread, worker->programs[TT_PROGRAM_LOOP], &run),
		      EINTR, ENOMEM, place == TT_MEMORY ? EDQUOT : EINTR, 0))
		tt_account(worker, place, &run);
	return thread;
}

static int make_parcel(struct tt_worker *worker, struct parcel *parcel)
{
	struct pymm_dump dump = { 0 };
	int ret;

	parcel->kind = tt_below(&worker->random, 4);
	parcel->place = tt_place_runs(worker);
	parcel->rights = tt_below(&worker->random, PYMM_RIGHTS_ALL + 1);
	switch (parcel->kind) {
	case PARCEL_ARENA:
		return pt_dup(worker->round->arenas[parcel->place], parcel->rights);
	case PARCEL_PRIVATE:
		parcel->rights = PYMM_RIGHTS_ALL;
		return pt_open();
	case PARCEL_THREAD:
		return make_thread(worker, parcel->place);
	default:
		ret = pt_ioctl(worker->round->arenas[parcel->place], PYMM_IOC_DUMP, &dump);
		return ret ? ret : dump.fd;
	}
}

static void use_thread(struct tt_worker *worker, enum tt_place place, int thread)
{
	struct pymm_run run = { 0 };
	int ret;

	do
		ret = pt_run_flags(thread, PYMM_RUN_RESUME, &run);
	while (ret == -EINTR);
	/* EINVAL: it had no frames. */
	tt_expect(worker, "RESUME", tt_run_on(worker, place, thread, ret, &run), EINVAL, 0);
	tt_expect(worker, "RUN", tt_run(worker, place, thread, TT_PROGRAM_SHORT, &run), EINTR,
		  ENOMEM, place == TT_MEMORY ? EDQUOT : EINTR, 0);
}

static void use_parcel(struct tt_worker *worker, const struct parcel *parcel, int fd)
{
	char bytes[256];

	switch (parcel->kind) {
	case PARCEL_ARENA:
	case PARCEL_PRIVATE:
		try_rights(worker, fd, parcel->rights);
		break;
	case PARCEL_THREAD:
		use_thread(worker, parcel->place, fd);
		break;
	default:
		if (read(fd, bytes, sizeof(bytes)) < (ssize_t)sizeof(struct pymm_dump_arena))
			tt_fail(worker->shared, "a dump that was passed on cannot be read");
		break;
	}
}

void tt_act_pass(struct tt_worker *worker)
{
	struct parcel parcel = { 0 };
	int fd = receive_parcel(worker->round->pool[1], &parcel);

	if (fd >= 0 && tt_below(&worker->random, 8)) {
		use_parcel(worker, &parcel, fd);
		close(fd);
	} else if (fd >= 0) {
		close(fd);
	} else {
		tt_expect(worker, "recvmsg", fd, EAGAIN, 0);
	}
	for (unsigned int i = tt_below(&worker->random, 3); i; i--) {
		int ret;

		fd = make_parcel(worker, &parcel);
		if (!tt_expect(worker, "a file to pass on", fd, EDQUOT, ENOMEM, 0))
			continue;
		ret = send_parcel(worker->round->pool[0], &parcel, fd);
		tt_expect(worker, "sendmsg", ret, EAGAIN, ETOOMANYREFS, 0);
		close(fd);
	}
}

/* ---- arenas of its own ---- */

static void use_private(struct tt_worker *worker, int arena, int thread)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_FLAGS };
	struct pymm_run run = { 0 };
	enum tt_program program = TT_PROGRAM_OBJECTS +
				  tt_below(&worker->random, TT_PROGRAMS - TT_PROGRAM_OBJECTS);
	int ret;

	tt_expect(worker, "CONFIG", pt_ioctl(arena, PYMM_IOC_CONFIG, &config), 0);
	run.max_steps = tt_below(&worker->random, 3000);
	ret = pt_run(thread, worker->programs[program], &run);
	tt_expect(worker, "RUN", ret, EINTR, ENOMEM, 0);
	if (ret || run.status != PYMM_STATUS_EXCEPTION)
		return;
	/* Nobody bound shared and table here. */
	if (run.exception != PYMM_EXC_NAME_ERROR)
		tt_fail(worker->shared, "arena: %s: %s", pymm_exception_name(run.exception),
			run.message);
}

void tt_act_arena(struct tt_worker *worker)
{
	int arenas[3] = { -1, -1, -1 }, threads[3] = { -1, -1, -1 };
	unsigned int count = 1 + tt_below(&worker->random, 3);

	for (unsigned int i = 0; i < count; i++) {
		arenas[i] = pt_open();
		if (!tt_expect(worker, "open", arenas[i], EINTR, ENOMEM, 0))
			continue;
		/* Some are never used. */
		if (!tt_below(&worker->random, 4))
			continue;
		threads[i] = pt_thread(arenas[i], NULL);
		if (!tt_expect(worker, "THREAD", threads[i], ENOMEM, 0))
			continue;
		use_private(worker, arenas[i], threads[i]);
		/* Some go while their GIL is held. */
		if (!tt_below(&worker->random, 4))
			tt_expect(worker, "ACQUIRE", pt_gil(threads[i], PYMM_GIL_ACQUIRE,
							    PYMM_NO_DEADLINE, NULL), EINTR, 0);
	}
	/* Which of its files goes last is left to chance. */
	for (unsigned int i = 0; i < count; i++) {
		bool arena_first = tt_below(&worker->random, 2);

		if (arenas[i] >= 0 && arena_first)
			close(arenas[i]);
		if (threads[i] >= 0)
			close(threads[i]);
		if (arenas[i] >= 0 && !arena_first)
			close(arenas[i]);
	}
}
