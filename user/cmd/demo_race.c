// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scenes race and lock: updates of a counter by two threads.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "demo.h"
#include "trace_hist.h"
#include "workload_team.h"

#define THREADS		2
/* What one thread takes for its updates; thousands of switch intervals. */
#define UPDATES_NS	UINT64_C(200000000)
/* The shortest interval that there is, for switches at as many places as can be. */
#define INTERVAL_NS	50000

/* counter += 1, as CPython compiles it: the four instructions of it. */
#define READ	ASM("LOAD_GLOBAL r3, counter") ASM("LOAD_CONST r4, 1")
#define ADD	ASM("BINARY_OP r3, r3!, r4!, +=")
#define WRITE	ASM("STORE_GLOBAL r3!, counter")
#define UPDATE	READ ADD WRITE

/* for _ in range(n): counter += 1 */
static const struct loop unlocked = { .body = UPDATE, .copies = 1 };

/* for _ in range(n): with lock: counter += 1 */
static const struct loop locked = {
	.body = ASM("LOAD_GLOBAL r5, lock")
		ASM("LOCK_ACQUIRE r6, r5, forever")
		UPDATE
		ASM("LOCK_RELEASE r5!"),
	.copies = 1,
};

static int configure(struct demo *demo, bool check_all)
{
	struct pymm_config config = {
		.fields = PYMM_CONFIG_SWITCH_INTERVAL | PYMM_CONFIG_FLAGS,
		.flags = PYMM_CONFIG_F_GC | (check_all ? PYMM_CONFIG_F_CHECK_ALL : 0),
		.switch_interval_ns = INTERVAL_NS,
	};
	int ret = pymm_arena_config(demo->arena, &config);

	return ret ? cmd_fail_errno(demo->cmd, ret, "cannot configure the arena") : CMD_OK;
}

static int reset_counter(struct demo *demo, const char *python)
{
	return demo_run(demo, python, ASM("LOAD_CONST r0, 0") ASM("STORE_GLOBAL r0!, counter"),
			NULL);
}

static int counter(struct demo *demo, int64_t *value)
{
	struct demo_output output;
	long long printed;
	int ret = demo_run(demo, "print(counter)",
			   ASM("LOAD_GLOBAL r0, counter") ASM("PRINT r0!, end"), &output);

	if (!ret && sscanf(output.text, "%lld", &printed) != 1)
		return cmd_fail(demo->cmd, "a number was to be printed");
	*value = ret ? 0 : printed;
	return ret;
}

/**
 * struct updates - two threads at work on the counter
 * @expected: updates
 * @value: of the counter afterwards
 * @switches: of the GIL meanwhile
 * @made: objects made meanwhile
 */
struct updates {
	int64_t expected;
	int64_t value;
	uint64_t switches;
	uint64_t made;
};

static int run_updates(struct demo *demo, const struct loop *loop, bool check_all,
		       struct updates *updates)
{
	struct team_member members[THREADS];
	struct pymm_program *program = NULL;
	struct pymm_stat before, after;
	uint64_t turns, wall_ns;
	int ret = configure(demo, check_all);

	if (!ret)
		ret = loop_turns(demo->cmd, demo->thread, loop, UPDATES_NS, &turns);
	if (!ret)
		ret = reset_counter(demo, NULL);
	if (!ret)
		ret = loop_program(demo->cmd, loop, turns, &program);
	if (!ret)
		ret = demo_stat(demo, &before);
	if (!ret)
		ret = team_run(demo->cmd, demo->arena, program, THREADS, members, &wall_ns, NULL);
	pymm_program_free(program);
	if (!ret)
		ret = demo_stat(demo, &after);
	if (!ret)
		ret = counter(demo, &updates->value);
	if (ret)
		return ret;
	updates->expected = (int64_t)turns * THREADS;
	updates->switches = after.gil_switches - before.gil_switches;
	updates->made = after.objects_allocated - before.objects_allocated;
	return CMD_OK;
}

/* ---- race ---- */

static int three_steps(struct demo *demo)
{
	static const struct claim steps = {
		.says = "\"counter += 1\" is NOT atomic: 1. read counter, 2. add 1, 3. write "
			"counter back",
	};
	struct seen read, added, written;
	int ret = reset_counter(demo, "counter = 0");

	demo_python(demo, "counter += 1");
	if (!ret)
		ret = demo_begin(demo, demo->thread, UPDATE, 2);
	if (!ret)
		ret = demo_name(demo, "counter", &read);
	if (!ret)
		ret = demo_step(demo, demo->thread, 1);
	if (!ret)
		ret = demo_name(demo, "counter", &added);
	if (!ret)
		ret = demo_step(demo, demo->thread, 1);
	if (!ret)
		ret = demo_name(demo, "counter", &written);
	if (!ret)
		ret = demo_step(demo, demo->thread, 0);
	if (ret)
		return ret;
	demo_claim(demo, &steps, read.id == added.id && added.id != written.id,
		   "counter names object %u after the read, %u after the addition, %u after the "
		   "write", read.id, added.id, written.id);
	return CMD_OK;
}

/* The text's order: A reads, B reads, both add, A writes, B writes. */
static int interleave(struct demo *demo, struct pymm_thread *a, struct pymm_thread *b)
{
	int ret = demo_begin(demo, a, UPDATE, 2);

	if (!ret)
		ret = demo_begin(demo, b, UPDATE, 2);
	if (!ret)
		ret = demo_step(demo, a, 1);
	if (!ret)
		ret = demo_step(demo, b, 1);
	if (!ret)
		ret = demo_step(demo, a, 0);
	return ret ? ret : demo_step(demo, b, 0);
}

static int text_order(struct demo *demo)
{
	static const struct claim lost = {
		.says = "A reads 0, B reads 0, A adds, B adds, A writes 1, B writes 1: the final "
			"value is 1, not 2",
	};
	struct pymm_thread *other;
	int64_t value = 0;
	int ret = cmd_open_thread(demo->cmd, demo->arena, &other);

	if (ret)
		return ret;
	ret = reset_counter(demo, "counter = 0  # then two threads, step by step: counter += 1");
	if (!ret)
		ret = interleave(demo, demo->thread, other);
	pymm_thread_close(other);
	if (!ret)
		ret = counter(demo, &value);
	if (ret)
		return ret;
	demo_claim(demo, &lost, value == 1,
		   "with the two threads paused in that order, counter is %" PRId64, value);
	return CMD_OK;
}

static int lose_updates(struct demo *demo)
{
	static const struct claim likely_not = {
		.says = "two threads, each: for _ in range(N): counter += 1. Likely not 2 * N!",
		.but = "true up to CPython 3.9, where a switch can come between any two "
			"instructions",
	};
	static const struct claim internals = {
		.says = "the GIL protects Python's internal data structures, not your data",
	};
	struct updates updates;
	unsigned int checked, wrong;
	int ret;

	demo_python(demo, "t1.start(); t2.start(); t1.join(); t2.join()");
	ret = run_updates(demo, &unlocked, true, &updates);
	if (!ret)
		ret = demo_miscounted(demo, &checked, &wrong);
	if (ret)
		return ret;
	demo_claim(demo, &likely_not, updates.value > 0 && updates.value < updates.expected,
		   "every instruction a check point: %" PRId64 " of %" PRId64 " updates, %" PRId64
		   " lost; %" PRIu64 " switches", updates.value, updates.expected,
		   updates.expected - updates.value, updates.switches);
	demo_claim(demo, &internals, checked && !wrong,
		   "%" PRIu64 " objects were made meanwhile; of the %u alive, %u have a count that "
		   "is not the number of references to them", updates.made, checked, wrong);
	return CMD_OK;
}

static int keep_updates(struct demo *demo)
{
	static const struct claim exact = {
		.says = "the same. Likely not 2 * N!",
		.but = "since CPython 3.10 it is 2 * N: no check point lies between the read and "
			"the write",
	};
	struct updates updates;
	int ret;

	demo_python(demo, "t1.start(); t2.start(); t1.join(); t2.join()");
	ret = run_updates(demo, &unlocked, false, &updates);
	if (ret)
		return ret;
	demo_claim(demo, &exact, updates.value == updates.expected && updates.switches > THREADS,
		   "only backward jumps are check points: %" PRId64 " of %" PRId64 " updates; %"
		   PRIu64 " switches", updates.value, updates.expected, updates.switches);
	return CMD_OK;
}

int demo_race(struct demo *demo)
{
	int ret = three_steps(demo);

	if (!ret)
		ret = text_order(demo);
	if (!ret)
		ret = lose_updates(demo);
	return ret ? ret : keep_updates(demo);
}

/* ---- lock ---- */

/* It gives up after some time, so that a scene which ends early leaves no thread waiting. */
#define TAKE	ASM("LOAD_GLOBAL r5, lock") ASM("LOCK_ACQUIRE r6, r5, 10_000_000_000")
#define GIVE	ASM("LOAD_GLOBAL r5, lock") ASM("LOCK_RELEASE r5!")
#define GIVE_UP_NS	UINT64_C(10000000000)

static int make_lock(struct demo *demo)
{
	return demo_run(demo, "lock = Lock()", ASM("LOCK_NEW r0") ASM("STORE_GLOBAL r0!, lock"),
			NULL);
}

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
		ret = reset_counter(demo,
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
	static const struct claim waits = {
		.says = "the GIL is released while a thread is waiting to acquire a lock, so "
			"others can run",
		.but = "only where the lock is taken: to acquire a free one keeps the GIL",
	};
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
	demo_claim(demo, &waits, released && steps && holds == 1,
		   "the first thread took the lock in %" PRIu64
		   " hold of the GIL; the second waited, "
		   "the GIL %s, while the first executed %" PRIu64 " instructions",
		   holds, released ? "released" : "kept", steps);
	return CMD_OK;
}

static int exclusive(struct demo *demo)
{
	static const struct claim exact = {
		.says = "with lock: counter += 1 is atomic now",
		.but = "it is three steps still; other threads that take the lock must wait for "
			"them",
	};
	struct updates updates;
	struct seen lock;
	int ret;

	demo_python(demo, "for _ in range(N):  # in two threads");
	demo_python(demo, "    with lock: counter += 1");
	ret = run_updates(demo, &locked, true, &updates);
	if (!ret)
		ret = demo_name(demo, "lock", &lock);
	if (ret)
		return ret;
	demo_claim(demo, &exact, updates.value == updates.expected && !lock.value,
		   "every instruction a check point: %" PRId64 " of %" PRId64 " updates; %" PRIu64
		   " switches; the lock is %s", updates.value, updates.expected, updates.switches,
		   lock.value ? "taken" : "free");
	return CMD_OK;
}

int demo_lock(struct demo *demo)
{
	int ret = make_lock(demo);

	if (!ret)
		ret = wait_without_gil(demo);
	return ret ? ret : exclusive(demo);
}
