// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene waiting: threads that wait for something else than the GIL, which is free meanwhile.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "demo_updates.h"
#include "trace_hist.h"
#include "workload_ping.h"

#define MS	UINT64_C(1000000)

/* ---- a thread that reads, and one that runs ---- */

/**
 * struct reader - an OS thread that lets go of the GIL to read from a pipe
 * @thread: the thread of the arena
 * @ends: of the pipe
 * @left: it has let go of the GIL
 * @came_back: it has the GIL again
 * @error: 0 or a negative errno
 */
struct reader {
	struct pymm_thread *thread;
	int ends[2];
	bool left;
	bool came_back;
	int error;
};

static void *read_byte(void *arg)
{
	struct reader *reader = arg;
	char byte;

	reader->error = pymm_thread_gil_acquire(reader->thread, PYMM_NO_DEADLINE);
	if (!reader->error)
		reader->error = pymm_thread_gil_release(reader->thread);
	__atomic_store_n(&reader->left, true, __ATOMIC_RELEASE);
	if (!reader->error && read(reader->ends[0], &byte, 1) != 1)
		reader->error = -EIO;
	if (!reader->error)
		reader->error = pymm_thread_gil_acquire(reader->thread, PYMM_NO_DEADLINE);
	__atomic_store_n(&reader->came_back, true, __ATOMIC_RELEASE);
	if (!reader->error)
		reader->error = pymm_thread_gil_release(reader->thread);
	return NULL;
}

static void sleep_ms(unsigned int ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = (long)ms * 1000000 }, NULL);
}

/* Beside the reader, once that waits: @during receives whether it still did at the end. */
static int run_beside(struct demo *demo, struct reader *reader, bool *during)
{
	int ret = CMD_OK;

	while (!__atomic_load_n(&reader->left, __ATOMIC_ACQUIRE))
		sleep_ms(1);
	ret = demo_run(demo, "n = 6 * 7  # in another thread meanwhile",
		       ASM("LOAD_CONST r0, 6") ASM("LOAD_CONST r1, 7")
		       ASM("BINARY_OP r0, r0!, r1!, *") ASM("STORE_GLOBAL r0!, n"), NULL);
	*during = !__atomic_load_n(&reader->came_back, __ATOMIC_ACQUIRE);
	return ret;
}

static int read_and_run(struct demo *demo, struct reader *reader, bool *during)
{
	pthread_t pthread;
	int ret;

	demo_python(demo, "connection.recv(1)  # a network response that does not come");
	if (pthread_create(&pthread, NULL, read_byte, reader))
		return cmd_fail(demo->cmd, "cannot start a thread");
	ret = run_beside(demo, reader, during);
	if (write(reader->ends[1], "x", 1) != 1 && !ret)
		ret = cmd_fail_errno(demo->cmd, errno, "a pipe");
	pthread_join(pthread, NULL);
	if (!ret && reader->error)
		ret = cmd_fail_errno(demo->cmd, reader->error, "the thread that reads");
	return ret;
}

static int network(struct demo *demo)
{
	struct pymm_gil_args args = { 0 };
	struct reader reader = { 0 };
	struct seen n = { 0 };
	bool during = false;
	int ret;

	if (pipe(reader.ends))
		return cmd_fail_errno(demo->cmd, errno, "a pipe");
	ret = cmd_open_thread(demo->cmd, demo->arena, &reader.thread);
	if (!ret)
		ret = read_and_run(demo, &reader, &during);
	if (!ret)
		ret = demo_name(demo, "n", &n);
	if (!ret)
		ret = pymm_thread_gil_stat(reader.thread, &args);
	pymm_thread_close(reader.thread);
	close(reader.ends[0]);
	close(reader.ends[1]);
	if (ret)
		return ret;
	demo_claim(demo, "S39", during && n.id && args.holds == 2,
		   "n was bound to object %u while the other thread waited in read(); that one had "
		   "the GIL %" PRIu64 " times: before it, and after it", n.id, (uint64_t)args.holds);
	return CMD_OK;
}

/* ---- short waits beside a thread that computes ---- */

#define PINGS		40

static const char forever[] = "loop:\n" ASM("JUMP_BACKWARD loop");

static int set_policy(struct demo *demo, uint32_t policy)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_POLICY, .policy = policy };
	int ret = pymm_arena_config(demo->arena, &config);

	return ret ? cmd_fail_errno(demo->cmd, ret, "cannot set the policy of the GIL") : CMD_OK;
}

/* Waits of 1 ms without the GIL, beside a spinner: the median of how long it takes to have it again. */
static int ping_beside(struct demo *demo, const struct pymm_program *spinner, uint32_t policy,
		       uint64_t *median)
{
	struct ping ping = { .wanted = PINGS, .think_ns = 1 * MS };
	const struct team_job jobs[] = {
		{ .arena = demo->arena, .run = ping_job, .arg = &ping },
		{ .arena = demo->arena, .program = spinner },
	};
	const struct team_order order = { .jobs = jobs, .nr = 2, .leads = true };
	struct team_member members[2];
	uint64_t wall_ns;
	int ret = set_policy(demo, policy);

	if (!ret)
		ret = team_work(demo->cmd, &order, members, &wall_ns);
	*median = !ret && ping.nr ? ping.back[ping.nr / 2] : 0;
	ping_free(&ping);
	return ret;
}

static int convoy(struct demo *demo)
{
	char slow_text[TIME_TEXT_LEN], fast_text[TIME_TEXT_LEN];
	struct pymm_program *spinner;
	uint64_t slow = 0, fast = 0;
	int ret = pymm_program_assemble(forever, sizeof(forever) - 1, NULL, &spinner);

	if (ret)
		return cmd_fail_errno(demo->cmd, ret, "cannot make a program");
	demo_python(demo, "connection.recv(1)  # again and again, beside: while n > 0: n -= 1");
	ret = ping_beside(demo, spinner, PYMM_POLICY_CPYTHON, &slow);
	if (!ret)
		ret = ping_beside(demo, spinner, PYMM_POLICY_IO_BOOST, &fast);
	pymm_program_free(spinner);
	if (!ret)
		ret = set_policy(demo, PYMM_POLICY_CPYTHON);
	if (ret)
		return ret;
	demo_claim(demo, "S40", slow >= 5 * MS && fast < slow,
		   "after each wait of 1 ms the GIL came back after %s (median of %d), as the other "
		   "thread had it for a whole switch interval; under the policy io-boost after %s",
		   time_text(slow_text, slow), PINGS, time_text(fast_text, fast));
	return CMD_OK;
}

int demo_waiting(struct demo *demo)
{
	int ret = network(demo);

	return ret ? ret : convoy(demo);
}
