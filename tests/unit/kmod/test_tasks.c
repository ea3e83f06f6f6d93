// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several tasks in one arena: by name, what one does at a certain point of another; and at
 * random, many runs of which each is repeated by its seed.
 */
#include <errno.h>
#include <stdlib.h>

#include "cases.h"
#include "../../../kmod/set.h"

/* A task that runs a text in a thread of its own. */
struct runner {
	struct unit_thread thread;
	struct shim_task *task;
	struct unit_image image;
	int ret;
	bool done;
};

static void runner_run(void *arg)
{
	struct runner *runner = arg;

	runner->ret = unit_run_to_end(&runner->thread, runner->image.data ? &runner->image : NULL, 0);
	runner->done = true;
}

static void runner_open(struct cases *cases, struct runner *runner, const char *text)
{
	*runner = (struct runner){ .image = unit_assemble(text) };
	shim_check(!unit_thread_open(cases->unit.arena, &runner->thread), "no thread");
}

/* Start it, and let it come to where it sleeps. */
static void runner_start(struct cases *cases, struct runner *runner, const char *text)
{
	runner_open(cases, runner, text);
	runner->task = shim_spawn(runner_run, runner);
	shim_sleep(1000000);
}

/* Go on with the frames that were kept. */
static void runner_resume(struct runner *runner)
{
	free(runner->image.data);
	runner->image.data = NULL;
	runner->done = false;
	runner->task = shim_spawn(runner_run, runner);
	shim_sleep(1000000);
}

static void runner_join(struct runner *runner)
{
	shim_join(runner->task);
	runner->task = NULL;
}

static void runner_end(struct runner *runner)
{
	if (runner->task)
		runner_join(runner);
	free(runner->image.data);
	unit_thread_close(&runner->thread);
}

#define FOREVER "again:\nJUMP_BACKWARD again\n"
#define BIND_LOCK "LOCK_NEW r0\nLOCK_ACQUIRE r1, r0, forever\nSTORE_GLOBAL r0!, lock\n" END
#define ACQUIRE "LOAD_GLOBAL r0, lock\nLOCK_ACQUIRE r1, r0, forever\nPRINT r1, end\n" END
#define RELEASE "LOAD_GLOBAL r0, lock\nLOCK_RELEASE r0!\n" END
#define TRY "LOAD_GLOBAL r0, lock\nLOCK_ACQUIRE r1, r0, nowait\nPRINT r1, end\n" END

/* ---- Locks ---- */

/*
 * A waiter is granted the Lock, but a signal comes before it has the GIL again: it is paused with
 * a Lock that it does not know of.
 */
static void granted_and_interrupted(struct cases *cases, struct runner *waiter)
{
	struct unit_thread *holder = &cases->unit.thread;

	case_begin(cases);
	case_exec(cases, "", BIND_LOCK);
	runner_start(cases, waiter, ACQUIRE);
	case_check(cases, !waiter->done);
	case_equal(cases, 0, unit_gil(holder, PYMM_GIL_ACQUIRE, true));
	case_text(cases, "", unit_exec(holder, RELEASE));
	shim_sleep(1000000);
	shim_signal(waiter->task, false);
	runner_join(waiter);
	case_equal(cases, 0, waiter->ret);
	case_equal(cases, PYMM_STATUS_INTERRUPTED, waiter->thread.run.status);
	case_walk(cases);
	case_text(cases, "False\n", unit_exec(holder, TRY));
	case_equal(cases, 0, unit_gil(holder, PYMM_GIL_RELEASE, true));
}

static void test_granted(struct cases *cases)
{
	struct runner waiter;

	granted_and_interrupted(cases, &waiter);
	runner_resume(&waiter);
	runner_join(&waiter);
	case_text(cases, "True\n", waiter.thread.text);
	case_exec(cases, "", RELEASE);
	runner_end(&waiter);
	case_end(cases, "a Lock that was granted, and the waiter resumed");

	granted_and_interrupted(cases, &waiter);
	case_equal(cases, 0, unit_abandon(&waiter.thread));
	case_exec(cases, "True\n", TRY);
	runner_end(&waiter);
	case_end(cases, "a Lock that was granted, and the waiter abandoned");

	granted_and_interrupted(cases, &waiter);
	runner_end(&waiter);
	shim_work_flush();
	case_exec(cases, "True\n", TRY);
	case_end(cases, "a Lock that was granted, and the waiter's thread closed");
}

static void test_lock_interrupted(struct cases *cases)
{
	struct runner waiter;

	case_begin(cases);
	case_exec(cases, "", BIND_LOCK);
	runner_start(cases, &waiter, ACQUIRE);
	shim_signal(waiter.task, false);
	runner_join(&waiter);
	case_equal(cases, PYMM_STATUS_INTERRUPTED, waiter.thread.run.status);
	case_walk(cases);
	case_exec(cases, "", RELEASE);
	runner_resume(&waiter);
	runner_join(&waiter);
	case_text(cases, "True\n", waiter.thread.text);
	runner_end(&waiter);
	case_end(cases, "a Lock's waiter is interrupted, then resumed");

	case_begin(cases);
	case_exec(cases, "", BIND_LOCK);
	runner_start(cases, &waiter, "LOAD_GLOBAL r0, lock\nLOCK_ACQUIRE r1, r0, 1000000\nPRINT r1, end\n" END);
	runner_join(&waiter);
	case_text(cases, "False\n", waiter.thread.text);
	runner_end(&waiter);
	case_end(cases, "a Lock's waiter gives up at its deadline");
}

/* ---- the GIL ---- */

static void test_gil(struct cases *cases)
{
	struct unit_thread *main = &cases->unit.thread;
	struct runner one, two;

	case_begin(cases);
	runner_start(cases, &one, FOREVER);
	runner_start(cases, &two, FOREVER);
	shim_sleep(100000000);
	case_check(cases, unit_stat(&cases->unit).gil_forced_switches > 5);
	case_equal(cases, -ETIMEDOUT, unit_gil(main, PYMM_GIL_ACQUIRE, false));
	shim_signal(one.task, false);
	shim_signal(two.task, false);
	runner_join(&one);
	runner_join(&two);
	case_equal(cases, PYMM_STATUS_INTERRUPTED, one.thread.run.status);
	case_equal(cases, PYMM_STATUS_INTERRUPTED, two.thread.run.status);
	case_walk(cases);
	runner_end(&one);
	runner_end(&two);
	shim_work_flush();
	case_end(cases, "two that run for ever take turns");

	case_begin(cases);
	case_equal(cases, 0, unit_gil(main, PYMM_GIL_ACQUIRE, true));
	runner_start(cases, &one, "LOAD_CONST r0, 1\nPRINT r0, end\n" END);
	case_check(cases, !one.done);
	shim_signal(one.task, true);
	runner_join(&one);
	case_equal(cases, -EINTR, one.ret);
	case_equal(cases, 0, unit_gil(main, PYMM_GIL_RELEASE, true));
	runner_end(&one);
	case_end(cases, "killed while it waits for the GIL");

	case_begin(cases);
	runner_start(cases, &one, FOREVER);
	runner_start(cases, &two, FOREVER);
	shim_sleep(20000000);
	shim_signal(one.task, true);
	shim_signal(two.task, true);
	runner_join(&one);
	runner_join(&two);
	case_walk(cases);
	runner_end(&one);
	runner_end(&two);
	shim_work_flush();
	case_end(cases, "killed while they take turns");
}

static void take_gil(void *arg)
{
	unit_gil(arg, PYMM_GIL_ACQUIRE, true);
}

/* Its task ends with the GIL: the next one gets it, and is told. */
static void test_gil_owner_died(struct cases *cases)
{
	struct unit_thread other;
	struct runner one;

	case_begin(cases);
	shim_check(!unit_thread_open(cases->unit.arena, &other), "no thread");
	shim_join(shim_spawn(take_gil, &other));
	case_equal(cases, -EOWNERDEAD, unit_gil(&cases->unit.thread, PYMM_GIL_ACQUIRE, true));
	case_equal(cases, 0, unit_gil(&cases->unit.thread, PYMM_GIL_RELEASE, true));
	case_equal(cases, 1, unit_stat(&cases->unit).gil_abandoned);
	unit_thread_close(&other);
	case_end(cases, "the GIL's owner ends");

	case_begin(cases);
	shim_check(!unit_thread_open(cases->unit.arena, &other), "no thread");
	case_equal(cases, 0, unit_gil(&other, PYMM_GIL_ACQUIRE, true));
	runner_start(cases, &one, "LOAD_CONST r0, 1\nPRINT r0, end\n" END);
	case_check(cases, !one.done);
	unit_thread_close(&other);
	runner_join(&one);
	case_text(cases, "1\n", one.thread.text);
	case_check(cases, one.thread.run.result_flags & PYMM_RAN_OWNER_DIED);
	runner_end(&one);
	case_end(cases, "the GIL's thread is closed while another one waits");
}

/* ---- the arena's lock ---- */

static void every_tick(void *arg)
{
	unit_thread(arg)->budget = 0;
}

static u64 dump_size(struct cases *cases)
{
	struct pymm_dump dump = { 0 };

	case_equal(cases, 0, unit_ioctl(cases->unit.arena, PYMM_IOC_DUMP, &dump));
	shim_close(dump.fd);
	return dump.size;
}

static void stat_forever(void *arg)
{
	struct cases *cases = arg;

	for (int i = 0; i < 50; i++) {
		unit_stat(&cases->unit);
		shim_sleep(1000);
	}
}

static void test_outsiders(struct cases *cases)
{
	struct shim_task *stats[3];
	struct runner one;
	unsigned int i;

	case_begin(cases);
	runner_start(cases, &one, FOREVER);
	for (i = 0; i < ARRAY_SIZE(stats); i++)
		stats[i] = shim_spawn(stat_forever, cases);
	for (i = 0; i < ARRAY_SIZE(stats); i++)
		shim_join(stats[i]);
	case_check(cases, !one.done);
	shim_signal(one.task, true);
	runner_join(&one);
	runner_end(&one);
	shim_work_flush();
	case_end(cases, "outsiders get the arena while a program runs");
}

/* A heap whose dump takes many ticks. */
#define LARGE									\
	"LOAD_CONST r1, 30000\nLOAD_CONST r2, 1\nBUILD_LIST r3, ()\n"		\
	"more:\nBUILD_LIST r0, ()\nLIST_APPEND r3, r0!\nBINARY_OP r1, r1!, r2, -\n" \
	"POP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD more\ndone:\nSTORE_GLOBAL r3!, large\n" END

static void dump_large(void *arg)
{
	dump_size(arg);
}

/*
 * The runner hands the arena over to a dump, which takes its time. Who is killed gets the arena
 * back soon; the dump begins again.
 */
static void test_hurry(struct cases *cases)
{
	struct shim_task *dumper;
	struct runner one;

	case_begin(cases);
	case_exec(cases, "", LARGE);
	runner_start(cases, &one, FOREVER);
	shim_hook(every_tick, &one.thread);
	dumper = shim_spawn(dump_large, cases);
	/* A few ticks of the dump, which has the lock by now. */
	shim_sleep(100000);
	shim_hook(NULL, NULL);
	case_check(cases, !one.done && unit_arena(&cases->unit)->lock.owner);
	shim_signal(one.task, true);
	runner_join(&one);
	case_equal(cases, PYMM_STATUS_INTERRUPTED, one.thread.run.status);
	shim_join(dumper);
	case_walk(cases);
	runner_end(&one);
	shim_work_flush();
	case_end(cases, "killed while a dump has the arena");
}

/* Killed while it waits for the arena, before a program begins. */
static void test_enter_killed(struct cases *cases)
{
	struct shim_task *dumper;
	struct runner one;

	case_begin(cases);
	case_exec(cases, "", LARGE);
	runner_open(cases, &one, "LOAD_CONST r0, 1\nPRINT r0, end\n" END);
	dumper = shim_spawn(dump_large, cases);
	one.task = shim_spawn(runner_run, &one);
	/* A few ticks of the dump. */
	shim_sleep(50000);
	case_check(cases, !one.done && unit_arena(&cases->unit)->lock.owner);
	shim_signal(one.task, true);
	runner_join(&one);
	case_equal(cases, -EINTR, one.ret);
	shim_join(dumper);
	case_walk(cases);
	case_equal(cases, 0, unit_gil(&cases->unit.thread, PYMM_GIL_ACQUIRE, true));
	case_equal(cases, 0, unit_gil(&cases->unit.thread, PYMM_GIL_RELEASE, true));
	runner_end(&one);
	case_end(cases, "killed while it waits for the arena");
}

struct opener {
	struct cases *cases;
	struct unit_thread thread;
	int err;
};

static void open_thread(void *arg)
{
	struct opener *opener = arg;

	opener->err = unit_thread_open(opener->cases->unit.arena, &opener->thread);
}

/* Killed while it waits for the arena to make a thread in it: there is none. */
static void test_thread_killed(struct cases *cases)
{
	struct opener opener = { .cases = cases };
	struct shim_task *dumper, *task;

	case_begin(cases);
	case_exec(cases, "", LARGE);
	dumper = shim_spawn(dump_large, cases);
	task = shim_spawn(open_thread, &opener);
	/* A few ticks of the dump. */
	shim_sleep(50000);
	case_check(cases, unit_arena(&cases->unit)->lock.owner);
	shim_signal(task, true);
	shim_join(task);
	case_equal(cases, -EINTR, opener.err);
	shim_join(dumper);
	case_equal(cases, 1, unit_stat(&cases->unit).threads);
	case_end(cases, "killed while it waits for the arena to make a thread");
}

/* A dump, and whoever else waits for the arena, is killed at each look. */
static void test_dump_killed(struct cases *cases)
{
	struct pymm_dump dump = { 0 };
	bool killed = true;
	u64 nth = 0;
	int err;

	case_begin(cases);
	case_exec(cases, "", LARGE);
	while (killed && nth < 1000) {
		shim_fail(SHIM_KILL, ++nth);
		err = unit_ioctl(cases->unit.arena, PYMM_IOC_DUMP, &dump);
		killed = shim_count(SHIM_KILL) >= nth;
		shim_fail(SHIM_KILL, 0);
		shim_signal_clear(shim_task());
		case_equal(cases, killed ? -EINTR : 0, err);
	}
	case_check(cases, nth > 30);
	shim_close(dump.fd);
	case_end(cases, "a dump killed at each look for signals");
}

/* ---- what has to be completed, or undone ---- */

/* An outsider that looks again and again how far an operation is with its object. */
struct watch {
	struct cases *cases;
	u32 no;
	u32 last;
	unsigned int fewer;	/* times that less was left to do than before */
	bool over;
};

/* Keys that an operation remembers, or items of a list. What is seen of a set is in order. */
static u32 watch_progress(struct watch *watch)
{
	const struct pymm_arena *arena = unit_arena(&watch->cases->unit);
	const struct pymm_set *set;
	u32 i, links = 0, keys = 0;

	if (pymm_is(arena, watch->no, PYMM_TYPE_LIST))
		return pymm_object(arena, watch->no)->len;
	set = pymm_set(arena, watch->no);
	for (i = 0; i <= set->mask; i++) {
		links += set->entries[i].link != 0;
		keys += set->entries[i].key != 0;
	}
	case_equal(watch->cases, pymm_set_used(arena, watch->no), keys);
	return links;
}

static void watch_run(void *arg)
{
	struct watch *watch = arg;
	u32 now;

	while (!watch->over) {
		unit_stat(&watch->cases->unit);
		now = watch_progress(watch);
		watch->fewer += now && now < watch->last;
		watch->last = now;
		shim_sleep(1000);
	}
}

/* While @text completes or undoes what it did to x, others get the arena again and again. */
static void others_come_in(struct cases *cases, const char *name, const char *begin, const char *text,
			   const char *expected, u64 max_objects)
{
	struct watch watch = { .cases = cases };
	struct shim_task *watcher;

	case_begin(cases);
	case_exec(cases, "", begin);
	watch.no = case_id(cases, "x");
	if (max_objects)
		unit_arena(&cases->unit)->heap.max_objects = max_objects;
	watcher = shim_spawn(watch_run, &watch);
	case_exec(cases, expected, text);
	watch.over = true;
	shim_join(watcher);
	unit_arena(&cases->unit)->heap.max_objects = PYMM_MAX_OBJECTS;
	case_check(cases, watch.fewer > 5);
	case_end(cases, name);
}

#define RANGE_20000 "LOAD_GLOBAL r1, range\nLOAD_CONST r2, 1000\nLOAD_CONST r3, 21000\nCALL r1, r1!, r2..r3!\n"

static void test_completed(struct cases *cases)
{
	others_come_in(cases, "others get the arena while a set's new keys are confirmed",
		       "LOAD_CONST r0, 1\nBUILD_SET r0, r0!\nSTORE_GLOBAL r0!, x\n" END,
		       RANGE_20000 "LOAD_GLOBAL r0, x\nSET_UPDATE r0, r1!\nGET_LEN r1, r0!\nPRINT r1!, end\n" END,
		       "20001\n", 0);
	others_come_in(cases, "others get the arena while a set's new keys are taken back",
		       "LOAD_CONST r0, 1\nBUILD_SET r0, r0!\nSTORE_GLOBAL r0!, x\n" END,
		       RANGE_20000 "BUILD_LIST r0, ()\nLIST_EXTEND r0, r1!\nLIST_APPEND r0, r0\n"
		       "LOAD_GLOBAL r1, x\nSET_UPDATE r1!, r0\n" END,
		       "TypeError: unhashable type: 'list'\n", 0);
	others_come_in(cases, "others get the arena while keys go",
		       RANGE_20000 "BUILD_SET r0, ()\nSET_UPDATE r0, r1!\nSTORE_GLOBAL r0!, x\n" END,
		       RANGE_20000 "BUILD_SET r2, ()\nSET_UPDATE r2, r1!\nLOAD_GLOBAL r0, x\nBINARY_OP r0, r0!, r2!, -=\n"
		       "PRINT r0!, end\n" END,
		       "set()\n", 0);
	others_come_in(cases, "others get the arena while what a list got is taken back",
		       "LOAD_CONST r0, 1\nBUILD_LIST r0, r0!\nSTORE_GLOBAL r0!, x\n" END,
		       RANGE_20000 "LOAD_GLOBAL r0, x\nLIST_EXTEND r0!, r1!\n" END,
		       "MemoryError: the arena's limit of 15000 objects is reached\n", 15000);
}

/* ---- collections ---- */

/* The order of tracked objects has no room for one more: the paused program makes lists until then. */
static void fill_order(struct cases *cases)
{
	struct pymm_gc *gc = &unit_arena(&cases->unit)->gc;

	while (gc->segs[PYMM_SEG_GEN0].end < gc->cap)
		case_equal(cases, 0, unit_run(&cases->unit.thread, NULL, 1));
}

/* The order is full, and no memory is to be had. */
static void test_order_full(struct cases *cases)
{
	static const char text[] =
		"BUILD_LIST r0, ()\nBUILD_LIST r1, ()\nBUILD_MAP r2, ()\nLOAD_CONST r3, 1\nSTORE_SUBSCR r3, r2, r3\n"
		"STORE_GLOBAL r2, dict\nmore:\nBUILD_LIST r4, ()\nLIST_APPEND r1, r4!\nJUMP_BACKWARD more\n";
	struct unit_thread other;
	struct unit_image image = unit_assemble(text);

	case_begin(cases);
	shim_check(!unit_thread_open(cases->unit.arena, &other), "no thread");
	case_equal(cases, 0, unit_run(&cases->unit.thread, &image, 100));
	free(image.data);
	/* A new key, then a value for an old one, that make the dict tracked. */
	image = unit_assemble("LOAD_GLOBAL r0, dict\nLOAD_GLOBALS r1\nLOAD_CONST r2, 2\nSTORE_SUBSCR r1, r0, r2\n" END);
	case_equal(cases, 0, unit_run(&other, &image, 3));
	fill_order(cases);
	shim_fail(SHIM_ALLOC, 1);
	case_equal(cases, 0, unit_run(&other, NULL, 0));
	case_equal(cases, PYMM_EXC_MEMORY_ERROR, other.run.exception);
	case_walk(cases);
	free(image.data);
	image = unit_assemble("LOAD_GLOBAL r0, dict\nLOAD_GLOBALS r1\nLOAD_CONST r2, 1\nSTORE_SUBSCR r1, r0, r2\n" END);
	case_equal(cases, 0, unit_run(&other, &image, 3));
	fill_order(cases);
	shim_fail(SHIM_ALLOC, 1);
	case_equal(cases, 0, unit_run(&other, NULL, 0));
	case_equal(cases, PYMM_EXC_MEMORY_ERROR, other.run.exception);
	case_walk(cases);
	free(image.data);
	case_text(cases, "{1: 1}\n", unit_exec(&other, "LOAD_GLOBAL r0, dict\nPRINT r0, end\n" END));
	case_equal(cases, 0, unit_abandon(&cases->unit.thread));
	unit_thread_close(&other);
	shim_work_flush();
	case_end(cases, "a dict that cannot be tracked");
}

/*
 * As above, when an object with a finalizer dies: that is not called, which is counted. And when a
 * __dict__ is asked for: there is none.
 */
static void test_order_full_of_an_instance(struct cases *cases)
{
	static const char fill[] =
		"LOAD_CONST r0, '__del__'\nMAKE_FUNCTION r1, del\nBUILD_MAP r0, r0..r1!\nLOAD_CONST r1, None\nBUILD_CLASS r0, r1!, r0!, F\n"
		"CALL r1, r0, ()\nSTORE_GLOBAL r1!, x\nBUILD_LIST r1, ()\nmore:\nBUILD_LIST r4, ()\nLIST_APPEND r1, r4!\nJUMP_BACKWARD more\n"
		".code del self\nLOAD_CONST r1, 'del'\nPRINT r1, end\n" END;
	struct unit_image image = unit_assemble(fill);
	struct unit_thread other;

	case_begin(cases);
	shim_check(!unit_thread_open(cases->unit.arena, &other), "no thread");
	case_equal(cases, 0, unit_run(&cases->unit.thread, &image, 100));
	free(image.data);
	image = unit_assemble("LOAD_GLOBAL r0, x\nLOAD_ATTR r1, r0, __dict__\n" END);
	case_equal(cases, 0, unit_run(&other, &image, 1));
	fill_order(cases);
	shim_fail(SHIM_ALLOC, 1);
	case_equal(cases, 0, unit_run(&other, NULL, 0));
	shim_fail(SHIM_ALLOC, 0);
	case_equal(cases, PYMM_EXC_MEMORY_ERROR, other.run.exception);
	case_walk(cases);
	free(image.data);
	case_text(cases, "{}\n", unit_exec(&other, "LOAD_GLOBAL r0, x\nLOAD_ATTR r1, r0, __dict__\nPRINT r1, end\n" END));
	image = unit_assemble("LOAD_CONST r0, None\nSTORE_GLOBAL r0, x\n" END);
	unit_text_clear(&other);
	case_equal(cases, 0, unit_run(&other, &image, 1));
	fill_order(cases);
	shim_fail(SHIM_ALLOC, 1);
	case_equal(cases, 0, unit_run(&other, NULL, 0));
	shim_fail(SHIM_ALLOC, 0);
	case_equal(cases, PYMM_STATUS_DONE, other.run.status);
	case_text(cases, "", other.text);
	case_equal(cases, 1, unit_stat(&cases->unit).unraisable);
	case_walk(cases);
	free(image.data);
	case_equal(cases, 0, unit_abandon(&cases->unit.thread));
	unit_thread_close(&other);
	shim_work_flush();
	case_end(cases, "an instance where nothing can be tracked");
}

/* ---- what a thread that runs no more leaves ---- */

/* 1100 times @body, which may use r0 to r4; a list of what it leaves in r0 is made in r9. */
#define MANY(body)									\
	"LOAD_CONST r5, 1100\nLOAD_CONST r6, 1\nBUILD_LIST r9, ()\nmore:\n" body	\
	"LIST_APPEND r9, r0!\nBINARY_OP r5, r5!, r6, -\nPOP_JUMP_IF_FALSE r5, done\nJUMP_BACKWARD more\ndone:\n"
/* class r7: __del__(self): called.append(None) */
#define CLASS_F										\
	"BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, called\nLOAD_CONST r0, '__del__'\nMAKE_FUNCTION r1, call\n"	\
	"BUILD_MAP r0, r0..r1!\nLOAD_CONST r1, None\nBUILD_CLASS r7, r1!, r0!, F\n"
#define CLASS_C										\
	"BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, called\nBUILD_MAP r0, ()\nLOAD_CONST r1, None\nBUILD_CLASS r7, r1!, r0!, C\n"
#define CODE_CALL ".code call x\nLOAD_GLOBAL r1, called\nLOAD_CONST r2, None\nLIST_APPEND r1, r2\n" END
#define CALLED "LOAD_GLOBAL r0, called\nGET_LEN r0, r0!\nPRINT r0, end\n" END

/* Many weak references of one object have their callbacks, whatever it dies of. */
static void test_many_weakrefs(struct cases *cases)
{
	case_begin(cases);
	case_exec(cases, "1100\n",
		  CLASS_C "CALL r8, r7, ()\nMAKE_FUNCTION r4, call\n" MANY("WEAKREF_NEW r0, r8, r4\n") "DELETE_FAST r8\n"
		  CALLED CODE_CALL);
	case_end(cases, "an object with many weak references dies");

	case_begin(cases);
	case_exec(cases, "0 1\n1100\n",
		  CLASS_C "CALL r8, r7, ()\nSTORE_ATTR r8, r8, me\nMAKE_FUNCTION r4, call\n" MANY("WEAKREF_NEW r0, r8, r4\n")
		  "DELETE_FAST r8\nLOAD_GLOBAL r0, called\nGET_LEN r0, r0!\nPRINT r0\nGC_COLLECT r0, 2\nPRINT r0, end\n" CALLED CODE_CALL);
	case_end(cases, "an object with many weak references is collected");
}

/* Runs a text up to where it goes on for ever, and drops its frames. */
static void abandon(struct cases *cases, const char *text)
{
	struct unit_image image = unit_assemble(text);

	case_equal(cases, 0, unit_run(&cases->unit.thread, &image, 100000));
	case_equal(cases, PYMM_STATUS_LIMIT, cases->unit.thread.run.status);
	case_equal(cases, 0, unit_abandon(&cases->unit.thread));
	case_walk(cases);
	free(image.data);
}

static void test_abandoned(struct cases *cases)
{
	/* No program may run then: the next one begins with the finalizers. */
	case_begin(cases);
	abandon(cases, CLASS_F MANY("CALL r0, r7, ()\n") FOREVER CODE_CALL);
	case_exec(cases, "1100\n", CALLED);
	case_end(cases, "finalizers are left to the next program");

	case_begin(cases);
	abandon(cases, CLASS_C "CALL r8, r7, ()\nMAKE_FUNCTION r4, call\nWEAKREF_NEW r0, r8, r4\nSTORE_GLOBAL r0!, ref\n" FOREVER CODE_CALL);
	case_exec(cases, "1\n", CALLED);
	case_exec(cases, "None\n", "LOAD_GLOBAL r0, ref\nCALL r0, r0!, ()\nPRINT r0, end\n" END);
	case_end(cases, "a callback is left to the next program");

	/* The plain one, which is the first, has none. */
	case_begin(cases);
	abandon(cases, CLASS_C "CALL r8, r7, ()\nMAKE_FUNCTION r4, call\nWEAKREF_NEW r0, r8, r4\nSTORE_GLOBAL r0!, ref\n"
		"LOAD_CONST r4, None\nWEAKREF_NEW r0, r8, r4\nSTORE_GLOBAL r0!, plain\n" FOREVER CODE_CALL);
	case_exec(cases, "1\n", CALLED);
	case_end(cases, "a callback is left to the next program, a weak reference without is not");

	/* In the first of many callbacks: the others are not called any more. */
	case_begin(cases);
	abandon(cases, CLASS_C "STORE_GLOBAL r7, C\nCALL r8, r7, ()\nSTORE_ATTR r8, r8, me\nMAKE_FUNCTION r4, call\n" MANY("WEAKREF_NEW r0, r8, r4\n")
		"DELETE_FAST r8\nSTORE_GLOBAL r9!, refs\nGC_COLLECT r0, 2\n" END
		".code call x\nLOAD_GLOBAL r1, called\nLOAD_CONST r2, None\nLIST_APPEND r1, r2\n" FOREVER);
	case_equal(cases, 0, unit_stat(&cases->unit).gil_holder);
	case_exec(cases, "1\n", CALLED);
	case_exec(cases, "None 1\n1\n", "LOAD_GLOBAL r0, refs\nLOAD_CONST r1, 1099\nBINARY_SUBSCR r0, r0!, r1!\nCALL r0, r0!, ()\n"
		  "PRINT r0\nGC_COLLECT r0, 2\nPRINT r0, end\n" CALLED);
	case_end(cases, "a collection is abandoned in a callback");
}

/* ---- exceptions ---- */

/* Killed at the @nth look for signals, then resumed if it was @kept. Whether it came to that look. */
static bool raise_killed_at(struct cases *cases, const struct unit_image *image, u64 nth, bool *kept)
{
	struct unit_thread *thread = &cases->unit.thread;
	bool killed;

	unit_text_clear(thread);
	shim_hook(every_tick, thread);
	shim_fail(SHIM_KILL, nth);
	unit_run_to_end(thread, image, 0);
	killed = shim_count(SHIM_KILL) >= nth;
	shim_fail(SHIM_KILL, 0);
	shim_hook(NULL, NULL);
	shim_signal_clear(shim_task());
	case_walk(cases);
	*kept = thread->run.result_flags & PYMM_RAN_KEPT;
	if (*kept)
		case_equal(cases, 0, unit_run_to_end(thread, NULL, 0));
	return killed;
}

/*
 * What is to be raised, or its cause, has an __init__, behind which there is no way back: whoever is
 * killed while its context is looked at, and goes on all the same, gets a MemoryError.
 */
static void raise_killed(struct cases *cases, const char *name, const char *raise)
{
	char *text = case_join(
		"LOAD_CONST r0, '__del__'\nMAKE_FUNCTION r1, del\nLOAD_CONST r2, '__init__'\nMAKE_FUNCTION r3, init\n"
		"BUILD_MAP r0, r0..r3!\nLOAD_GLOBAL r1, Exception\nBUILD_CLASS r0, r1!, r0!, E\n"
		"a:\nLOAD_ATTR r2, r0, nothing\nb:\nPUSH_EXC_INFO r3, r2\nc:\nLOAD_GLOBAL r4, nothing\nd:\nPUSH_EXC_INFO r5, r4\n"
		"e:\nLOAD_CONST r6, 1\nLOAD_ATTR r6, r6, nothing\nf:\nPUSH_EXC_INFO r7, r6\ng:\n", raise,
		"h:\nGET_TYPE r9, r8\nPRINT r9\nDELETE_FAST r9\nDELETE_FAST r8\nLOAD_CONST r9, 'end'\nPRINT r9, end\n"
		"POP_EXCEPT r7!\nPOP_EXCEPT r5!\nPOP_EXCEPT r3!\n" END
		".handler a, b, b, r2\n.handler c, d, d, r4\n.handler e, f, f, r6\n.handler g, h, h, r8\n"
		".code init self\nBUILD_LIST r1, self\nBUILD_LIST r1, r1!\nLOAD_CONST r2, 'init'\nPRINT r2\n" END
		".code del self\nLOAD_CONST r1, 'del'\nPRINT r1\n" END, NULL);
	struct unit_image image = unit_assemble(text);
	unsigned int done = 0, lost = 0;
	struct unit_report report;
	bool killed, kept;
	u64 nth = 0;

	for (;;) {
		/* Where it takes the same ticks each time. */
		case_begin(cases);
		killed = raise_killed_at(cases, &image, ++nth, &kept);
		if (kept && strstr(cases->unit.thread.text, "MemoryError")) {
			case_text(cases, "init del <class 'MemoryError'> end\n", cases->unit.thread.text);
			lost++;
		} else if (kept) {
			case_text(cases, strstr(raise, "ValueError") ? "init <class 'ValueError'> del end\n" :
				  "init <class 'E'> del end\n", cases->unit.thread.text);
			done++;
		}
		unit_collect(&cases->unit.thread);
		case_equal(cases, 0, unit_stat(&cases->unit).objects);
		if (!killed || *cases->failure)
			break;
		shim_check(unit_close(&cases->unit, &report), "%s", report.text);
	}
	case_check(cases, *cases->failure || (done > 20 && lost));
	free(image.data);
	free(text);
	case_end(cases, name);
}

static void test_raise_killed(struct cases *cases)
{
	raise_killed(cases, "killed while an exception is raised that __init__ has made", "RAISE r0\n");
	raise_killed(cases, "killed while an exception is raised whose cause __init__ has made",
		     "LOAD_GLOBAL r9, ValueError\nRAISE_FROM r9, r0\n");
}

/*
 * Full collections wait until a quarter of what the last one left has come anew
 * (semantics.md 4.06): with 6000 old objects, and thresholds of 100, 1, 1, not each time that
 * they would be due by their count.
 */
static void test_rare_full_collections(struct cases *cases)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_THRESHOLDS, .thresholds = { 100, 1, 1 } };
	struct pymm_stat before, after;

	case_begin(cases);
	case_exec(cases, "0\n",
		  "LOAD_CONST r1, 6000\nLOAD_CONST r2, 1\nBUILD_LIST r3, ()\nmore:\nBUILD_LIST r0, ()\nLIST_APPEND r3, r0!\n"
		  "BINARY_OP r1, r1!, r2, -\nPOP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD more\ndone:\nSTORE_GLOBAL r3!, old\n"
		  "GC_COLLECT r0, 2\nPRINT r0, end\n" END);
	case_equal(cases, 0, unit_config(&cases->unit, &config));
	before = unit_stat(&cases->unit);
	case_exec(cases, "",
		  "LOAD_CONST r1, 1400\nLOAD_CONST r2, 1\nBUILD_LIST r3, ()\nmore:\nBUILD_LIST r0, ()\nLIST_APPEND r3, r0!\n"
		  "BINARY_OP r1, r1!, r2, -\nPOP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD more\ndone:\nSTORE_GLOBAL r3!, new\n" END);
	after = unit_stat(&cases->unit);
	case_equal(cases, 0, after.collections[2] - before.collections[2]);
	case_check(cases, after.collections[1] - before.collections[1] > 2);
	case_exec(cases, "",
		  "LOAD_CONST r1, 3000\nLOAD_CONST r2, 1\nBUILD_LIST r3, ()\nmore:\nBUILD_LIST r0, ()\nLIST_APPEND r3, r0!\n"
		  "BINARY_OP r1, r1!, r2, -\nPOP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD more\ndone:\nSTORE_GLOBAL r3!, newer\n" END);
	case_check(cases, unit_stat(&cases->unit).collections[2] > before.collections[2]);
	case_end(cases, "full collections are rare");
}

/*
 * Thread one is killed in the middle of freeing garbage and keeps its continuation. What others
 * do then: collect (nothing happens), allocate (the order is compacted), dump, close it. There was a
 * class with a finalizer, so garbage is freed one by one.
 */
#define FINALIZER								\
	"LOAD_CONST r0, None\nLOAD_CONST r1, '__del__'\nMAKE_FUNCTION r2, del\nBUILD_MAP r1, r1..r2!\n" \
	"BUILD_CLASS r0, r0!, r1!, F\nDELETE_FAST r0\n" END ".code del self\n" END
#define GARBAGE									\
	"LOAD_CONST r1, 50\nLOAD_CONST r2, 1\n"					\
	"more:\nBUILD_LIST r0, ()\nLIST_APPEND r0, r0\nBUILD_MAP r3, ()\nSTORE_SUBSCR r3, r3, r2\n" \
	"BINARY_OP r1, r1!, r2, -\nPOP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD more\n" \
	"done:\nDELETE_FAST r0\nDELETE_FAST r3\nGC_COLLECT r0, 2\nPRINT r0, end\n" END
#define CHURN									\
	"LOAD_CONST r1, 3000\nLOAD_CONST r2, 1\nBUILD_LIST r3, ()\n"		\
	"more:\nBUILD_LIST r0, ()\nBUILD_LIST r4, ()\nLIST_APPEND r3, r0\nBINARY_OP r1, r1!, r2, -\n" \
	"POP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD more\n"			\
	"done:\nGC_COLLECT r0, 2\nPRINT r0, end\n" END

/* Whether the kill at the @nth look met it in a collection. */
static bool collect_killed_at(struct cases *cases, u64 nth, bool resume)
{
	struct unit_image image = unit_assemble(GARBAGE);
	struct unit_thread thread;
	bool collecting;

	shim_check(!unit_thread_open(cases->unit.arena, &thread), "no thread");
	shim_hook(every_tick, &thread);
	shim_fail(SHIM_KILL, nth);
	unit_run_to_end(&thread, &image, 0);
	shim_fail(SHIM_KILL, 0);
	shim_hook(NULL, NULL);
	shim_signal_clear(shim_task());
	free(image.data);
	collecting = unit_arena(&cases->unit)->gc.collecting;
	if (collecting) {
		case_walk(cases);
		case_check(cases, dump_size(cases) > 0);
		case_exec(cases, "0\n", CHURN);
	}
	if (collecting && resume) {
		case_equal(cases, 0, unit_run_to_end(&thread, NULL, 0));
		case_text(cases, "100\n", thread.text);
	}
	unit_thread_close(&thread);
	shim_work_flush();
	case_walk(cases);
	unit_collect(&cases->unit.thread);
	case_equal(cases, 0, unit_stat(&cases->unit).objects);
	return collecting;
}

static void test_collections(struct cases *cases)
{
	unsigned int met = 0;
	u64 nth;

	case_begin(cases);
	case_exec(cases, "", FINALIZER);
	for (nth = 500; nth < 2500 && !*cases->failure; nth += 7)
		met += collect_killed_at(cases, nth, nth % 2);
	case_check(cases, met > 20);
	case_end(cases, "others use the arena in the middle of a collection");
}

/*
 * Killed at each look while all objects are looked at, and resumed: 3000 lists, in the order in
 * which a collection finds each of them reachable late, as the next one refers to it.
 */
static void collects_killed(struct cases *cases, const char *name, const char *text, const char *expected)
{
	struct unit_image image = unit_assemble(text);
	struct unit_thread *thread = &cases->unit.thread;
	bool killed = true, kept;
	u64 nth = 0, met = 0;

	case_begin(cases);
	while (killed && nth < 300 && !*cases->failure) {
		case_exec(cases, "",
			  "LOAD_CONST r1, 3000\nLOAD_CONST r2, 1\nBUILD_LIST r0, ()\nmore:\nBUILD_LIST r0, r0!\n"
			  "BINARY_OP r1, r1!, r2, -\nPOP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD more\n"
			  "done:\nSTORE_GLOBAL r0!, chain\n" END);
		killed = raise_killed_at(cases, &image, ++nth, &kept);
		if (!killed || kept)
			case_text(cases, expected, thread->text);
		met += kept;
	}
	case_check(cases, met);
	free(image.data);
	case_end(cases, name);
}

static void test_collects_killed(struct cases *cases)
{
	collects_killed(cases, "killed while a chain is found reachable", "GC_COLLECT r0, 2\nPRINT r0, end\n" END, "0\n");
	collects_killed(cases, "killed while all objects are listed",
			"LOAD_GLOBAL r0, gc\nLOAD_ATTR r0, r0!, get_objects\nCALL r0, r0!, ()\nGET_LEN r0, r0!\n"
			"LOAD_CONST r1, 3000\nCOMPARE_OP r0, r0!, r1!, >\nPRINT r0, end\n" END, "True\n");
}

/*
 * A count that has reached its end lives for ever, and the references that are counted in a
 * collection may be more: that is as if 2^31 of them were.
 */
static void test_saturated(struct cases *cases)
{
	struct pymm_arena *arena;
	u32 x;

	case_begin(cases);
	case_exec(cases, "", "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, x\n" END);
	arena = unit_arena(&cases->unit);
	x = case_id(cases, "x");
	pymm_object(arena, x)->refs = 1u << 31;
	*pymm_gc_refs(arena, x) = (1u << 31) + 5;
	case_text(cases, "1 0\n", unit_exec(&cases->unit.thread,
					    "BUILD_LIST r0, ()\nLIST_APPEND r0, r0\nDELETE_FAST r0\nGC_COLLECT r0, 2\n"
					    "PRINT r0\nLOAD_GLOBAL r0, x\nGET_LEN r0, r0!\nPRINT r0, end\n" END));
	case_equal(cases, 0, *pymm_gc_refs(arena, x));
	pymm_object(arena, x)->refs = 1;
	case_end(cases, "a saturated count in a collection");
}

/* What gc.freeze() took is in a generation of its own. */
static void test_frozen(struct cases *cases)
{
	case_begin(cases);
	case_exec(cases, "", "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, x\nLOAD_GLOBAL r0, gc\nLOAD_ATTR r0, r0!, freeze\n"
		  "CALL r0, r0!, ()\n" END);
	case_check(cases, dump_size(cases) > 0);
	case_equal(cases, PYMM_GENERATION_PERMANENT, pymm_gc_generation(unit_arena(&cases->unit), case_id(cases, "x")));
	case_end(cases, "a frozen object in a dump");
}

/* ---- at random ---- */

static const char *const random_texts[] = {
	/* counter += 1 under a lock, 200 times. */
	"LOAD_CONST r1, 200\nLOAD_CONST r2, 1\n"
	"more:\nLOAD_GLOBAL r0, lock\nLOCK_ACQUIRE r3, r0, forever\nLOAD_GLOBAL r4, counter\nBINARY_OP r4, r4!, r2, +\n"
	"STORE_GLOBAL r4!, counter\nLOCK_RELEASE r0!\nBINARY_OP r1, r1!, r2, -\nPOP_JUMP_IF_FALSE r1, done\n"
	"JUMP_BACKWARD more\ndone:\n" END,
	/* Shared containers grow and shrink. */
	"LOAD_CONST r1, 100\nLOAD_CONST r2, 1\nLOAD_GLOBAL r5, list\nLOAD_GLOBAL r6, dict\n"
	"more:\nBUILD_LIST r0, r5\nLIST_APPEND r5, r0!\nSTORE_SUBSCR r5, r6, r1\nLIST_EXTEND r5, r6\nBINARY_OP r0, r5, r5, +\n"
	"LOAD_CONST r3, 0\nBINARY_OP r5, r5!, r3, *=\nCOMPARE_OP r0, r6, r6, ==\nBINARY_OP r1, r1!, r2, -\n"
	"POP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD more\ndone:\n" END,
	GARBAGE, CHURN,
	/* Calls, and what they print. */
	"MAKE_FUNCTION r0, f\nLOAD_CONST r1, 30\nSTORE_GLOBAL r0, f\nCALL r2, r0, r1\nPRINT r2, end\n" END
	".code f n\nLOAD_CONST r1, 0\nCOMPARE_OP r1, n, r1!, ==\nPOP_JUMP_IF_FALSE r1!, deeper\nRETURN_VALUE n!\n"
	"deeper:\nLOAD_CONST r1, 1\nBINARY_OP n, n!, r1!, -\nLOAD_GLOBAL r2, f\nCALL r1, r2!, n\nPRINT r1\nRETURN_VALUE r1!\n",
};

#define RUNNERS 5

struct random_run {
	struct cases *cases;
	struct runner runners[RUNNERS];
	bool disturb;
	bool over;
};

/* Looks, dumps, sets limits, sends signals, as chance wants it. */
static void disturb(void *arg)
{
	struct random_run *run = arg;
	struct pymm_config config = { .fields = PYMM_CONFIG_FLAGS };
	struct shim_task *task;

	while (!run->over) {
		task = run->runners[shim_random() % RUNNERS].task;
		switch (shim_random() % 5) {
		case 0:
			unit_stat(&run->cases->unit);
			break;
		case 1:
			dump_size(run->cases);
			break;
		case 2:
			config.flags = PYMM_CONFIG_F_GC | (shim_random() % 2 ? PYMM_CONFIG_F_CHECK_ALL : 0);
			unit_config(&run->cases->unit, &config);
			break;
		default:
			if (run->disturb && task)
				shim_signal(task, shim_random() % 2);
			break;
		}
		shim_sleep(shim_random() % 2000000);
	}
}

static void random_counter(struct random_run *run)
{
	char expected[32];

	/* GARBAGE, CHURN and calls do not touch it; each runner of text 0 adds 200. */
	snprintf(expected, sizeof(expected), "%u\n", 200 * ((RUNNERS + 4) / 5));
	case_exec(run->cases, expected, "LOAD_GLOBAL r0, counter\nPRINT r0, end\n" END);
}

static void random_run(struct cases *cases, u32 seed, bool disturbed)
{
	struct random_run run = { .cases = cases, .disturb = disturbed };
	struct pymm_config config = { .fields = PYMM_CONFIG_SWITCH_INTERVAL, .switch_interval_ns = 100000 };
	struct shim_task *disturber;
	unsigned int i;

	case_begin(cases);
	shim_seed(seed);
	case_equal(cases, 0, unit_config(&cases->unit, &config));
	case_exec(cases, "", "LOCK_NEW r0\nSTORE_GLOBAL r0!, lock\nLOAD_CONST r0, 0\nSTORE_GLOBAL r0!, counter\n"
		  "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, list\nBUILD_MAP r0, ()\nSTORE_GLOBAL r0!, dict\n" END);
	shim_preempt(2 + seed % 20);
	for (i = 0; i < RUNNERS; i++)
		runner_start(cases, &run.runners[i], random_texts[(seed + i) % ARRAY_SIZE(random_texts)]);
	disturber = shim_spawn(disturb, &run);
	for (i = 0; i < RUNNERS; i++) {
		/* Who waits for a Lock that a killed task keeps would wait for ever. */
		while (!run.runners[i].done && disturbed) {
			shim_sleep(5000000);
			shim_signal(run.runners[i].task, true);
		}
		runner_join(&run.runners[i]);
	}
	run.over = true;
	shim_join(disturber);
	shim_preempt(0);
	case_walk(cases);
	if (!disturbed)
		random_counter(&run);
	for (i = 0; i < RUNNERS; i++)
		runner_end(&run.runners[i]);
	shim_work_flush();
}

static void test_random(struct cases *cases)
{
	char name[64];

	for (u32 seed = 1; seed <= 40; seed++) {
		random_run(cases, seed, seed % 2);
		snprintf(name, sizeof(name), "at random, seed %u", seed);
		case_end(cases, name);
	}
}

/* ---- opening and closing ---- */

static void open_another(void *arg)
{
	int *fd = arg;

	*fd = shim_open("/dev/pymm", 0);
}

/* Whose dying arenas hold much memory waits before it gets another one. */
static void test_dying_arenas(struct cases *cases)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_MAX_BYTES, .max_bytes = 1ULL << 30 };
	struct unit_report report;
	struct shim_task *task;
	struct unit other = { 0 };
	int fd = 0;

	case_begin(cases);
	other.arena = shim_open("/dev/pymm", 0);
	shim_check(!unit_thread_open(other.arena, &other.thread), "no thread");
	case_equal(cases, 0, unit_config(&other, &config));
	case_text(cases, "", unit_exec(&other.thread, "LOAD_CONST r0, None\nBUILD_LIST r0, r0\nLOAD_CONST r1, 67108800\n"
				       "BINARY_OP r0, r0!, r1, *\nSTORE_GLOBAL r0!, x\n" END));
	case_check(cases, unit_walk(unit_arena(&other), &report));
	unit_thread_close(&other.thread);
	shim_work_flush();
	shim_close(other.arena);
	/* Who is killed does not wait for it. */
	shim_signal(shim_task(), true);
	case_equal(cases, -1, shim_open("/dev/pymm", 0));
	case_equal(cases, EINTR, errno);
	shim_signal_clear(shim_task());
	/* Another user does not either. */
	shim_uid(1000);
	fd = shim_open("/dev/pymm", 0);
	case_check(cases, fd > 0);
	shim_close(fd);
	shim_uid(0);
	/* Others wait: the work that frees it is done when all sleep. */
	task = shim_spawn(open_another, &fd);
	shim_join(task);
	case_check(cases, fd > 0);
	shim_close(fd);
	case_end(cases, "a large arena that dies");
}

/*
 * A signal pauses a program. KeyboardInterrupt is raised where that stands, when it is asked for: at
 * the jump of a loop, not at its target, and where a lock is waited for.
 */
static void test_keyboard_interrupt(struct cases *cases)
{
	static const char *const text =
		"t:\nagain:\nJUMP_BACKWARD again\nu:\n.handler t, u, h, r0\nh:\nGET_TYPE r1, r0\nPRINT r1, end\n"
		"LOAD_CONST r1, 1\nmore:\nPOP_JUMP_IF_FALSE r1, out\nLOAD_CONST r1, False\nJUMP_BACKWARD more\nout:\n" END;
	static const char *const waits =
		"LOCK_NEW r0\nLOCK_ACQUIRE r1, r0, forever\nt:\nLOCK_ACQUIRE r1, r0, forever\nu:\n.handler t, u, h, r2\nh:\nGET_TYPE r1, r2\n"
		"PRINT r1, end\nLOCK_RELEASE r0\n" END;
	struct unit_image image = unit_assemble(text), uncaught = unit_assemble(FOREVER);
	struct unit_image waiting = unit_assemble(waits);
	struct unit_image first = unit_assemble("NOP\nt:\nagain:\nNOP\nJUMP_BACKWARD again\nu:\n.handler t, u, u, r0\n"
						"PRINT r0, end\n" END);
	struct unit_thread *thread;

	case_begin(cases);
	thread = &cases->unit.thread;
	shim_signal(shim_task(), false);
	case_equal(cases, 0, unit_run_flags(thread, 0, &image));
	case_equal(cases, PYMM_STATUS_INTERRUPTED, thread->run.status);
	case_text(cases, "", thread->text);
	/* Another signal pauses it before anything is raised. */
	shim_signal(shim_task(), false);
	case_equal(cases, 0, unit_run_flags(thread, PYMM_RUN_RESUME | PYMM_RUN_INTERRUPT, NULL));
	case_equal(cases, PYMM_STATUS_INTERRUPTED, thread->run.status);
	case_text(cases, "", thread->text);
	/* What was asked for is not forgotten. */
	case_equal(cases, 0, unit_run_flags(thread, PYMM_RUN_RESUME, NULL));
	case_equal(cases, PYMM_STATUS_DONE, thread->run.status);
	case_text(cases, "<class 'KeyboardInterrupt'>\n", thread->text);
	case_walk(cases);
	shim_signal(shim_task(), false);
	case_equal(cases, 0, unit_run_flags(thread, 0, &waiting));
	case_equal(cases, PYMM_STATUS_INTERRUPTED, thread->run.status);
	case_equal(cases, 0, unit_run_flags(thread, PYMM_RUN_RESUME | PYMM_RUN_INTERRUPT, NULL));
	case_equal(cases, PYMM_STATUS_DONE, thread->run.status);
	case_text(cases, "<class 'KeyboardInterrupt'>\n<class 'KeyboardInterrupt'>\n", thread->text);
	case_walk(cases);
	shim_signal(shim_task(), false);
	case_equal(cases, 0, unit_run_flags(thread, 0, &uncaught));
	case_equal(cases, 0, unit_run_flags(thread, PYMM_RUN_RESUME | PYMM_RUN_INTERRUPT, NULL));
	case_equal(cases, PYMM_STATUS_EXCEPTION, thread->run.status);
	case_equal(cases, PYMM_EXC_KEYBOARD_INTERRUPT, thread->run.exception);
	case_equal(cases, 0, thread->run.pos);
	case_walk(cases);
	free(image.data);
	free(uncaught.data);
	/* Paused before a jump to the first instruction that the handler is for. */
	case_equal(cases, 0, unit_run(thread, &first, 2));
	case_equal(cases, PYMM_STATUS_LIMIT, thread->run.status);
	case_equal(cases, 2, thread->run.pos);
	case_equal(cases, 0, unit_run_flags(thread, PYMM_RUN_RESUME | PYMM_RUN_INTERRUPT, NULL));
	case_equal(cases, PYMM_STATUS_DONE, thread->run.status);
	case_walk(cases);
	free(waiting.data);
	free(first.data);
	case_end(cases, "KeyboardInterrupt");
}

int main(void)
{
	struct cases cases = { 0 };

	test_granted(&cases);
	test_lock_interrupted(&cases);
	test_gil(&cases);
	test_gil_owner_died(&cases);
	test_outsiders(&cases);
	test_hurry(&cases);
	test_enter_killed(&cases);
	test_thread_killed(&cases);
	test_dump_killed(&cases);
	test_completed(&cases);
	test_order_full(&cases);
	test_order_full_of_an_instance(&cases);
	test_many_weakrefs(&cases);
	test_abandoned(&cases);
	test_raise_killed(&cases);
	test_rare_full_collections(&cases);
	test_collections(&cases);
	test_collects_killed(&cases);
	test_saturated(&cases);
	test_frozen(&cases);
	test_random(&cases);
	test_dying_arenas(&cases);
	test_keyboard_interrupt(&cases);
	return tap_end(&cases.tap);
}
