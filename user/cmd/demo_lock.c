// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene lock: what a lock does, and for whom.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "demo_updates.h"
#include "trace_hist.h"

/* It gives up after some time, so that a scene which ends early leaves no thread waiting. */
#define TAKE	ASM("LOAD_GLOBAL r5, lock") ASM("LOCK_ACQUIRE r6, r5, 10_000_000_000")
#define GIVE	ASM("LOAD_GLOBAL r5, lock") ASM("LOCK_RELEASE r5!")
#define GIVE_UP_NS	UINT64_C(10000000000)

/**
 * struct taker - a thread that asks for the lock while another one has it
 * @thread: its thread
 * @program: takes the lock
 * @run: how that ended
 * @ret: likewise
 * @done: it has ended
 */
struct taker {
	struct pymm_thread *thread;
	struct pymm_program *program;
	struct pymm_run run;
	int ret;
	atomic_bool done;
};

static void *take_lock(void *arg)
{
	struct taker *taker = arg;

	taker->ret = pymm_thread_exec(taker->thread, taker->program, NULL, &taker->run);
	atomic_store(&taker->done, true);
	return NULL;
}

/* Until the taker has had the GIL, and has released it while its program goes on. */
static int await_release(struct demo *demo, struct taker *taker, uint64_t switches, bool *released)
{
	uint64_t until_ns = time_now() + GIVE_UP_NS / 2;
	struct pymm_stat stat;
	int ret;

	do {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
		ret = demo_stat(demo, &stat);
		*released = !ret && stat.gil_switches > switches && !stat.gil_holder;
	} while (!ret && !*released && !atomic_load(&taker->done) && time_now() < until_ns);
	return ret;
}

/* With the lock taken, the taker waiting for it: another thread runs, then releases it. */
static int run_beside(struct demo *demo, struct taker *taker, uint64_t switches, bool *released,
		      uint64_t *steps)
{
	struct pymm_stat before, after;
	int ret = await_release(demo, taker, switches, released);

	if (!ret)
		ret = demo_stat(demo, &before);
	if (!ret)
		ret = updates_reset(demo,
				    "counter = 0  # in the first thread, while the second waits");
	if (!ret)
		ret = demo_stat(demo, &after);
	*steps = ret || atomic_load(&taker->done) ? 0 : after.steps - before.steps;
	return ret ? ret : demo_run(demo, "lock.release()", GIVE, NULL);
}

/* lock.acquire() of a free lock; @holds receives how often the thread had the GIL meanwhile. */
static int take_free_lock(struct demo *demo, uint64_t *holds)
{
	struct pymm_gil_args before = { 0 }, after = { 0 };
	int error = pymm_thread_gil_stat(demo->thread, &before);
	int ret = demo_run(demo, "lock.acquire()", TAKE, NULL);

	if (!error)
		error = pymm_thread_gil_stat(demo->thread, &after);
	*holds = after.holds - before.holds;
	return ret || !error ? ret : cmd_fail_errno(demo->cmd, error, "cannot read GIL counters");
}

static int with_taker(struct demo *demo, struct taker *taker, bool *released, uint64_t *steps)
{
	struct pymm_stat stat;
	pthread_t os_thread;
	int ret = demo_stat(demo, &stat), error;

	if (ret)
		return ret;
	demo_python(demo, "Thread(target=lock.acquire).start()");
	error = pthread_create(&os_thread, NULL, take_lock, taker);
	if (error)
		return cmd_fail_errno(demo->cmd, error, "cannot start a thread");
	ret = run_beside(demo, taker, stat.gil_switches, released, steps);
	pthread_join(os_thread, NULL);
	if (!ret && (taker->ret || taker->run.status != PYMM_STATUS_DONE))
		return loop_failed(demo->cmd, taker->ret, &taker->run);
	return ret;
}

static int wait_without_gil(struct demo *demo)
{
	static const char text[] = TAKE ASM("RETURN_VALUE r6!");
	struct taker taker = { 0 };
	bool released = false;
	uint64_t steps = 0, holds;
	int ret = take_free_lock(demo, &holds);

	if (!ret)
		ret = cmd_open_thread(demo->cmd, demo->arena, &taker.thread);
	if (ret)
		return ret;
	ret = pymm_program_assemble(text, sizeof(text) - 1, NULL, &taker.program);
	ret = ret ? cmd_fail_errno(demo->cmd, ret, "cannot make a program") :
		    with_taker(demo, &taker, &released, &steps);
	pymm_program_free(taker.program);
	pymm_thread_close(taker.thread);
	if (!ret)
		ret = demo_run(demo, NULL, GIVE, NULL);
	if (ret)
		return ret;
	demo_claim(demo, "G7", released && steps && holds == 1,
		   "the first thread took the lock in %" PRIu64
		   " hold of the GIL; the second waited, "
		   "the GIL %s, while the first executed %" PRIu64 " instructions",
		   holds, released ? "released" : "kept", steps);
	return CMD_OK;
}

static int exclusive(struct demo *demo)
{
	struct updates updates;
	struct seen lock;
	int ret;

	demo_python(demo, "for _ in range(N):  # in two threads");
	demo_python(demo, "    with lock: counter += 1");
	ret = updates_run(demo, &loop_locked_update, true, &updates);
	if (!ret)
		ret = demo_name(demo, "lock", &lock);
	if (ret)
		return ret;
	demo_claim(demo, "G9", updates.value == updates.expected && !lock.value,
		   "every instruction a check point: %" PRId64 " of %" PRId64 " updates; %" PRIu64
		   " switches; the lock is %s", updates.value, updates.expected, updates.switches,
		   lock.value ? "taken" : "free");
	return CMD_OK;
}

/* The block of A, paused behind its read. B asks for the lock; C writes without it. */
static int beside_block(struct demo *demo, struct pymm_thread *a)
{
	int ret;

	demo_python(demo, "with lock: counter += 1  # in A, which pauses after the read");
	ret = demo_begin(demo, a, ASM("LOAD_GLOBAL r5, lock")
			 ASM("LOCK_ACQUIRE r6, r5, nowait")
			 UPDATE
			 ASM("LOCK_RELEASE r5!"), 4);
	if (!ret)
		ret = demo_prints(demo, "print(lock.acquire(False))",
				  ASM("LOAD_GLOBAL r5, lock")
				  ASM("LOCK_ACQUIRE r6, r5, nowait")
				  ASM("PRINT r6!, end"), "False");
	if (!ret)
		ret = demo_run(demo, "counter += 1  # in B, without the lock", UPDATE, NULL);
	return ret ? ret : demo_step(demo, a, 0);
}

static int ignored(struct demo *demo)
{
	struct pymm_thread *a;
	int64_t value = 0;
	int ret = cmd_open_thread(demo->cmd, demo->arena, &a);

	if (ret)
		return ret;
	ret = updates_reset(demo, "counter = 0");
	if (!ret)
		ret = beside_block(demo, a);
	pymm_thread_close(a);
	if (!ret)
		ret = updates_counter(demo, &value);
	if (ret)
		return ret;
	demo_claim(demo, "G6", value == 1,
		   "as long as A had the lock, B could not have it, but could write without it: of "
		   "2 updates, counter has %" PRId64, value);
	return CMD_OK;
}

/* As CPython compiles it, the lock's __exit__ being LOCK_RELEASE. */
static int released_on_error(struct demo *demo)
{
	struct seen inside, after;
	struct pymm_run run;
	int ret;

	demo_python(demo, "with lock: counter += 1");
	ret = demo_begin(demo, demo->thread,
			 ASM("LOAD_GLOBAL r5, lock")
			 ASM("LOCK_ACQUIRE r6, r5, nowait")
			 UPDATE
			 ASM("LOCK_RELEASE r5!"), 2);
	if (!ret)
		ret = demo_name(demo, "lock", &inside);
	if (!ret)
		ret = demo_step(demo, demo->thread, 0);
	if (!ret)
		ret = demo_name(demo, "lock", &after);
	if (ret)
		return ret;
	demo_seen(demo, inside.value == 1 && !after.value,
		  "the lock was %s in the block, %s after it",
		  inside.value ? "taken" : "free", after.value ? "taken" : "free");
	ret = demo_raise(demo, "with lock: 1 // 0",
			 ASM("LOAD_GLOBAL r0, lock")
			 ASM("LOCK_ACQUIRE r1, r0, nowait")
			 ASM("LOAD_CONST r2, 1")
			 "\t.handler block, end, error, r1\n"
			 "block:\n"
			 ASM("LOAD_CONST r3, 0")
			 ASM("BINARY_OP r2, r2!, r3!, //")
			 "end:\n"
			 ASM("LOCK_RELEASE r0")
			 ASM("JUMP_FORWARD done")
			 "error:\n"
			 ASM("LOCK_RELEASE r0")
			 ASM("RERAISE r1!")
			 "done:\n", &run);
	if (!ret)
		ret = demo_name(demo, "lock", &after);
	if (ret)
		return ret;
	demo_claim(demo, "G8", run.status == PYMM_STATUS_EXCEPTION &&
		   run.exception == PYMM_EXC_ZERO_DIVISION_ERROR && !after.value,
		   "after the %s in it as well it is %s", pymm_exception_name(run.exception),
		   after.value ? "taken" : "free");
	return CMD_OK;
}

int demo_lock(struct demo *demo)
{
	int ret = updates_make_lock(demo, "lock = Lock()");

	if (!ret)
		ret = ignored(demo);
	if (!ret)
		ret = wait_without_gil(demo);
	if (!ret)
		ret = released_on_error(demo);
	return ret ? ret : exclusive(demo);
}
