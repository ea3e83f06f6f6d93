// SPDX-License-Identifier: GPL-2.0
/*
 * A collection of a large heap stalls nobody: whoever waits for it can be killed, it can be killed itself, tasks on its
 * processor run, it allocates nothing, and the kernel has nothing to say of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "gil_util.h"
#include "pymm_util.h"
#include "trace_util.h"

/* Within 100 ms, on a machine that is not emulated. */
#define SOON	(100 * NS_PER_MS * PT_EMULATION)

/* Where collections take place, and where all else does. */
#define CPU_COLLECTOR	0
#define CPU_OTHERS	1

/* A collection is to take as long, to have time for a few tasks to begin waiting and to die. */
#define LONG_ENOUGH	((150 + 50 * pt_slower()) * NS_PER_MS)

/* References are many times quicker made than objects, and take as long to look at. */
#define REFERENCES	(2000000 / pt_slower())
#define MAX_PARTS	22

FIXTURE(gc_stall) {
	int arena;
	int thread;		/* id 1: collects */
	int other;		/* id 2 */
	uint64_t objects;	/* as PT_FIXTURE */
	unsigned int lists;	/* in the list that is called heap */
	unsigned int parts;	/* and how many of them are long */
	uint64_t takes;		/* ns that a collection of it takes */
	int kernel_log;
};

static void run_on(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		pt_die("sched_setaffinity: %s", strerror(errno));
}

static void sleep_ns(uint64_t ns)
{
	struct timespec time = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	nanosleep(&time, NULL);
}

/* ---- what the kernel says ---- */

static int log_open(void)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || lseek(fd, 0, SEEK_END) < 0)
		pt_die("/dev/kmsg: %s", strerror(errno));
	return fd;
}

/* Races of the kernel alone are none of ours, and run.sh looks at the others. */
static bool is_complaint(const char *record)
{
	static const char *const words[] = {
		"soft lockup", "hard LOCKUP", "stall", "blocked for more than", "hung task", "BUG", "WARNING",
	};

	if (strstr(record, "KCSAN"))
		return false;
	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(record, words[i]))
			return true;
	return false;
}

/* The first complaint since log_open(), or "". */
static const char *log_complaint(int fd)
{
	static char record[8192];
	ssize_t size;

	while ((size = read(fd, record, sizeof(record) - 1)) >= 0 || errno == EPIPE) {
		record[size < 0 ? 0 : size] = 0;
		if (is_complaint(record))
			return record;
	}
	if (errno != EAGAIN)
		pt_die("/dev/kmsg: %s", strerror(errno));
	return "";
}

/* ---- a large heap ---- */

#define FULL	"GC_COLLECT r9, 2\nPRINT r9, end\n"

/* Time of a full collection, which finds nothing. */
static uint64_t time_of_collection(int arena, int thread)
{
	uint64_t before = pt_stat(arena).gc_ns;

	if (strcmp(pt_exec(thread, FULL END), "0\n"))
		pt_die("there is garbage");
	return pt_stat(arena).gc_ns - before;
}

/* Lists in the list heap, half a million or as many as can be made in half a second. */
static unsigned int make_lists(int thread)
{
	struct pymm_program *program = pt_assemble(
		"BUILD_LIST r0, ()\nSTORE_GLOBAL r0, heap\nmore:\n"
		"BUILD_LIST r1, ()\nLIST_APPEND r0, r1!\nBUILD_LIST r1, ()\nLIST_APPEND r0, r1!\n"
		"BUILD_LIST r1, ()\nLIST_APPEND r0, r1!\nBUILD_LIST r1, ()\nLIST_APPEND r0, r1!\n"
		"JUMP_BACKWARD more\n");
	uint64_t end = pt_now() + 500 * NS_PER_MS;
	struct pymm_run run = { .max_steps = 2 + 9 * 5000 };
	unsigned int lists = 20000;
	int ret = pt_run(thread, program, &run);

	for (run.max_steps = 9 * 5000; !ret && lists < 500000 && pt_now() < end; lists += 20000)
		ret = pt_run_flags(thread, PYMM_RUN_RESUME, &run);
	pt_must(ret, "RUN");
	pt_must(pt_run_flags(thread, PYMM_RUN_ABANDON, &run), "ABANDON");
	pymm_program_free(program);
	return lists;
}

static void make_part(int thread)
{
	pt_execf(thread, "LOAD_GLOBAL r0, heap\nBUILD_LIST r1, ()\nBUILD_LIST r1, r1!\nLOAD_CONST r2, %u\n"
		 "BINARY_OP r1, r1!, r2, *=\nLIST_APPEND r0, r1!\n" END, REFERENCES);
}

/* As many of them as it takes for a collection to be long enough, as far as they fit. */
static unsigned int make_parts(int arena, int thread, uint64_t *takes)
{
	uint64_t without = time_of_collection(arena, thread);
	uint64_t longer = LONG_ENOUGH / 16;
	unsigned int parts = 1;

	make_part(thread);
	*takes = time_of_collection(arena, thread);
	if (*takes > without + longer)
		longer = *takes - without;
	while (*takes < LONG_ENOUGH && parts < MAX_PARTS) {
		for (uint64_t more = 1 + (LONG_ENOUGH - *takes) / longer; more && parts < MAX_PARTS; more--, parts++)
			make_part(thread);
		*takes = time_of_collection(arena, thread);
	}
	return parts;
}

FIXTURE_SETUP(gc_stall)
{
	self->arena = -1;
	self->thread = -1;
	self->other = -1;
	self->kernel_log = -1;
	if (sysconf(_SC_NPROCESSORS_ONLN) <= CPU_OTHERS)
		SKIP(return, "there is one processor");
	PT_OPEN(self->arena);
	self->kernel_log = log_open();
	self->thread = pt_thread(self->arena, NULL);
	self->other = pt_thread(self->arena, NULL);
	ASSERT_LE(0, self->other);
	self->objects = pt_settle(self->arena, self->thread);
	pt_set_flags(self->arena, 0);
	pt_set_max_bytes(self->arena, 400ULL << 20);
	run_on(CPU_OTHERS);
	self->lists = make_lists(self->thread);
	self->parts = make_parts(self->arena, self->thread, &self->takes);
	TH_LOG("%u lists, %u with %u references: a collection takes %llu ms", self->lists, self->parts, REFERENCES,
	       (unsigned long long)(self->takes / NS_PER_MS));
}

FIXTURE_TEARDOWN(gc_stall)
{
	if (self->other >= 0)
		close(self->other);
	/* pt_finish() takes a snapshot of what is bound. */
	if (self->thread >= 0)
		pt_exec(self->thread, "DELETE_GLOBAL heap\n" END);
	EXPECT_STREQ("", pt_finish(self->arena, self->thread, self->objects));
	if (self->kernel_log >= 0) {
		EXPECT_STREQ("", log_complaint(self->kernel_log));
		close(self->kernel_log);
	}
}

/* Nothing refers to the heap but it itself. */
static void drop_heap(int thread)
{
	if (*pt_exec(thread, "LOAD_GLOBAL r0, heap\nLIST_APPEND r0, r0\nDELETE_GLOBAL heap\n" END))
		pt_die("the heap is not dropped");
}

/* What a collection of it returns then: it, its items, and what each long one refers to. */
#define EXPECT_HEAP_FOUND(seen)										\
do {													\
	char __text[16];										\
													\
	snprintf(__text, sizeof(__text), "%u\n", 1 + self->lists + 2 * self->parts);			\
	EXPECT_STREQ(__text, seen);									\
} while (0)

/* ---- a collection that goes on meanwhile ---- */

/*
 * Nothing that takes the arena's lock tells where it is: that would wait for it. A task that would not let go its
 * processor could not be sent to another one: it is to begin there.
 */
static void begin(struct pt_task *collection, int thread)
{
	run_on(CPU_COLLECTOR);
	pt_start(collection, thread, FULL END);
	run_on(CPU_OTHERS);
}

static bool goes_on(const struct pt_task *collection)
{
	return !__atomic_load_n(&collection->done, __ATOMIC_ACQUIRE);
}

/* What it printed; stays until the next one begins. */
static const char *join(struct pt_task *collection)
{
	static char *output;

	free(output);
	output = strdup(pt_join(collection));
	pt_task_free(collection);
	return output;
}

/* ---- who waits for it ---- */

static int call_acquire(int arena, int thread)
{
	(void)arena;
	return pt_gil_acquire(thread);
}

static int call_run(int arena, int thread)
{
	(void)arena;
	return *pt_exec(thread, END);
}

static int call_thread(int arena, int thread)
{
	(void)thread;
	return pt_thread(arena, NULL) < 0;
}

static int call_stat(int arena, int thread)
{
	(void)thread;
	pt_stat(arena);
	return 0;
}

static int call_dump(int arena, int thread)
{
	struct pymm_dump dump = { 0 };

	(void)thread;
	return pt_ioctl(arena, PYMM_IOC_DUMP, &dump);
}

static int call_config(int arena, int thread)
{
	(void)thread;
	pt_set_thresholds(arena, 2000, 10, 10);
	return 0;
}

/* The first ones wait for the end of the collection, all for that of its analysis. */
static const struct waiting {
	const char *name;
	int (*call)(int arena, int thread);
} waiting[] = {
	{ "GIL", call_acquire },
	{ "RUN", call_run },
	{ "THREAD", call_thread },
	{ "STAT", call_stat },
	{ "DUMP", call_dump },
	{ "CONFIG", call_config },
};
#define NR_WAIT_TO_THE_END	2

/* A process that makes a call. It alone has the thread, which ends with it. */
static pid_t waiter(int arena, int *thread, const struct waiting *waiting)
{
	pid_t child = pt_fork();

	if (!child)
		_exit(waiting->call(arena, *thread));
	close(*thread);
	*thread = -1;
	return child;
}

/* Does it sleep in an ioctl? It says no more when it has ended. */
static bool in_ioctl(pid_t pid)
{
	char path[64], *text;
	bool is;

	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	text = pt_read(path);
	is = text && atoi(text) == SYS_ioctl && *text != 'r';
	free(text);
	return is;
}

static bool ended(pid_t pid)
{
	siginfo_t info = { 0 };

	return waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid == pid;
}

/*
 * Kill one that waits for the collection. Its death must not take until the end of that: false
 * where it came so late that this cannot be told, or did not wait.
 */
static bool kill_waiter(struct __test_metadata *_metadata, int arena, int *thread, const struct waiting *waiting,
			const struct pt_task *collection)
{
	pid_t child = waiter(arena, thread, waiting);
	uint64_t took;

	pt_until(in_ioctl(child) || ended(child) || !goes_on(collection), PT_DEADLINE_MS);
	if (!in_ioctl(child)) {
		pt_kill(child);
		return false;
	}
	took = pt_kill(child);
	if (!goes_on(collection))
		return false;
	EXPECT_GT(SOON, took)
		TH_LOG("%s: death took %llu ms", waiting->name, (unsigned long long)(took / NS_PER_MS));
	return true;
}

/* Collections of the living heap, as many as it takes for each. */
TEST_F(gc_stall, who_waits_can_be_killed)
{
	struct pt_task collection;
	unsigned int done = 0;
	int threads[ARRAY_SIZE(waiting)];

	for (unsigned int tries = 0; tries < 30 && done < ARRAY_SIZE(waiting); tries++) {
		for (unsigned int i = done; i < ARRAY_SIZE(waiting); i++)
			threads[i] = pt_thread(self->arena, NULL);
		begin(&collection, self->other);
		sleep_ns(self->takes / 8);
		while (done < ARRAY_SIZE(waiting) &&
		       kill_waiter(_metadata, self->arena, &threads[done], &waiting[done], &collection))
			done++;
		EXPECT_STREQ("0\n", join(&collection));
		for (unsigned int i = done; i < ARRAY_SIZE(waiting); i++)
			close(threads[i]);
	}
	EXPECT_EQ(ARRAY_SIZE(waiting), done)
		TH_LOG("%s: nobody died before the collection's end", waiting[done].name);
}

/* And while the heap is found, and freed: that comes after the first STAT, and lets the others have their turn. */
TEST_F(gc_stall, who_waits_for_garbage_can_be_killed)
{
	struct pt_task collection;
	uint64_t start, took = 0;
	int threads[2 * NR_WAIT_TO_THE_END];

	for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
		threads[i] = pt_thread(self->arena, NULL);
	drop_heap(self->thread);
	begin(&collection, self->other);
	sleep_ns(self->takes / 8);
	for (unsigned int i = 0; i < NR_WAIT_TO_THE_END; i++) {
		EXPECT_TRUE(kill_waiter(_metadata, self->arena, &threads[i], &waiting[i], &collection))
			TH_LOG("%s: no death before the collection's end", waiting[i].name);
	}
	pt_stat(self->arena);
	for (unsigned int i = 0; i < NR_WAIT_TO_THE_END && goes_on(&collection); i++)
		kill_waiter(_metadata, self->arena, &threads[NR_WAIT_TO_THE_END + i], &waiting[i], &collection);
	while (goes_on(&collection)) {
		start = pt_now();
		pt_stat(self->arena);
		if (pt_now() - start > took)
			took = pt_now() - start;
	}
	EXPECT_GT(SOON, took)
		TH_LOG("STAT took %llu ms", (unsigned long long)(took / NS_PER_MS));
	EXPECT_HEAP_FOUND(join(&collection));
	EXPECT_EQ(self->objects, pt_stat(self->arena).objects);
	for (unsigned int i = 0; i < ARRAY_SIZE(threads); i++)
		if (threads[i] >= 0)
			close(threads[i]);
}

/* ---- who collects ---- */

/*
 * A process that collects is killed after some time, or with @after 0 as soon as it lets others look at the heap: when
 * the analysis is over. What it kept is dropped, if it did not come to its end. Returns whether it did.
 */
static bool kill_collector(struct __test_metadata *_metadata, int arena, int thread, uint64_t after)
{
	struct pymm_run run = { 0 };
	pid_t child = pt_fork();
	uint64_t took;
	int ret;

	if (!child) {
		run_on(CPU_COLLECTOR);
		pt_exec(thread, FULL END);
		_exit(0);
	}
	sleep_ns(after ? after : 20 * NS_PER_MS);
	if (!after)
		pt_stat(arena);
	took = pt_kill(child);
	EXPECT_GT(SOON, took)
		TH_LOG("death took %llu ms", (unsigned long long)(took / NS_PER_MS));
	ret = pt_run_flags(thread, PYMM_RUN_ABANDON, &run);
	EXPECT_TRUE(!ret || ret == -EINVAL);
	return ret;
}

/* In the analysis: nothing has happened. */
TEST_F(gc_stall, who_collects_can_be_killed)
{
	struct pymm_stat before = pt_stat(self->arena);
	struct pymm_stat after;

	EXPECT_FALSE(kill_collector(_metadata, self->arena, self->other, self->takes / 2));
	after = pt_stat(self->arena);
	EXPECT_EQ(before.objects, after.objects);
	EXPECT_EQ(before.tracked[2], after.tracked[2]);
	drop_heap(self->thread);
	before = pt_stat(self->arena);
	EXPECT_FALSE(kill_collector(_metadata, self->arena, self->other, self->takes / 2));
	after = pt_stat(self->arena);
	EXPECT_EQ(before.objects, after.objects);
	EXPECT_EQ(before.collections[2], after.collections[2]);
	EXPECT_HEAP_FOUND(pt_exec(self->thread, FULL END));
	EXPECT_EQ(self->objects, pt_stat(self->arena).objects);
}

/* What of it is freed, and what is found later, is all. A finalizer, even of other objects, has the order be CPython's. */
TEST_F(gc_stall, who_frees_garbage_can_be_killed)
{
	drop_heap(self->thread);
	kill_collector(_metadata, self->arena, self->other, self->takes);
	pt_exec(self->thread, "GC_COLLECT r0, 2\n" END);
	EXPECT_EQ(self->objects, pt_stat(self->arena).objects);
	EXPECT_STREQ("", pt_exec(self->thread, "LOAD_CONST r0, '__del__'\nMAKE_FUNCTION r1, del\nBUILD_MAP r0, r0..r1!\n"
				 "LOAD_CONST r1, None\nBUILD_CLASS r0, r1!, r0!, F\n" END ".code del self\n" END));
	make_lists(self->thread);
	drop_heap(self->thread);
	kill_collector(_metadata, self->arena, self->other, 0);
	pt_exec(self->thread, "GC_COLLECT r0, 2\n" END);
	EXPECT_EQ(self->objects, pt_stat(self->arena).objects);
}

/* ---- who shares its processor ---- */

struct neighbour {
	pthread_t pthread;
	bool stop;
	unsigned int turns;	/* written by both, as what follows */
	uint64_t longest;	/* time from one to the next */
};

static void *sleep_and_look(void *arg)
{
	struct neighbour *neighbour = arg;
	uint64_t last = pt_now(), now;

	run_on(CPU_COLLECTOR);
	while (!__atomic_load_n(&neighbour->stop, __ATOMIC_ACQUIRE)) {
		sleep_ns(NS_PER_MS);
		now = pt_now();
		__atomic_fetch_add(&neighbour->turns, 1, __ATOMIC_RELAXED);
		if (now - last > __atomic_load_n(&neighbour->longest, __ATOMIC_RELAXED))
			__atomic_store_n(&neighbour->longest, now - last, __ATOMIC_RELAXED);
		last = now;
	}
	return NULL;
}

/*
 * A collection; what it printed. The neighbour has a turn soon, and is not kept waiting for most of the time: where the
 * host takes many turns they are spread, where it stops a processor once the others are many.
 */
static const char *collect_beside(struct __test_metadata *_metadata, int thread, struct neighbour *neighbour)
{
	struct pt_task collection;
	uint64_t longest, lasted;
	unsigned int turns;
	const char *seen;

	__atomic_store_n(&neighbour->turns, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&neighbour->longest, 0, __ATOMIC_RELAXED);
	lasted = pt_now();
	begin(&collection, thread);
	seen = join(&collection);
	lasted = pt_now() - lasted;
	longest = __atomic_load_n(&neighbour->longest, __ATOMIC_RELAXED);
	turns = __atomic_load_n(&neighbour->turns, __ATOMIC_RELAXED);
	EXPECT_GT(SOON, longest);
	EXPECT_FALSE(longest > lasted / 3 && turns < lasted / (4 * NS_PER_MS))
		TH_LOG("%u turns in %llu ms, none for %llu ms", turns, (unsigned long long)(lasted / NS_PER_MS),
		       (unsigned long long)(longest / NS_PER_MS));
	return seen;
}

/* Of the living heap, and of it as garbage. */
TEST_F(gc_stall, its_neighbour_has_its_turn)
{
	struct neighbour neighbour = { .stop = false };

	ASSERT_EQ(0, pthread_create(&neighbour.pthread, NULL, sleep_and_look, &neighbour));
	EXPECT_STREQ("0\n", collect_beside(_metadata, self->other, &neighbour));
	drop_heap(self->thread);
	EXPECT_HEAP_FOUND(collect_beside(_metadata, self->other, &neighbour));
	__atomic_store_n(&neighbour.stop, true, __ATOMIC_RELEASE);
	pthread_join(neighbour.pthread, NULL);
}

/* ---- what it allocates ---- */

/*
 * Have what this task allocates from here on recorded as well. Filters do not look at each switch of tasks, as
 * set_event_pid does.
 */
static void trace_allocations(const struct pt_trace *trace)
{
	static const char *const events[] = { "kmalloc", "kmem_cache_alloc", "mm_page_alloc" };
	char path[192], filter[32];

	snprintf(filter, sizeof(filter), "common_pid == %d", gettid());
	for (unsigned int i = 0; i < ARRAY_SIZE(events); i++) {
		snprintf(path, sizeof(path), "%s/events/kmem/%s/filter", trace->dir, events[i]);
		pt_must(pt_write(path, filter), path);
		snprintf(path, sizeof(path), "%s/events/kmem/%s/enable", trace->dir, events[i]);
		pt_must(pt_write(path, "1"), path);
	}
}

struct allocations {
	unsigned int collections;
	unsigned int inside;	/* of collections */
	unsigned int outside;
};

/* "  t_gc_stall-123     [000] ..s.. ...": its third flag says that an interrupt came in between. */
static bool is_allocation(const char *line)
{
	const char *flags = strstr(line, "] ");

	if (!flags || flags[4] != '.')
		return false;
	return strstr(line, ": kmalloc: ") || strstr(line, ": kmem_cache_alloc: ") || strstr(line, ": mm_page_alloc: ");
}

static struct allocations count_allocations(struct __test_metadata *_metadata, char *text)
{
	struct allocations count = { 0 };
	bool collecting = false;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		if (strstr(line, ": pymm_gc_start: "))
			collecting = true;
		if (strstr(line, ": pymm_gc_end: ")) {
			collecting = false;
			count.collections++;
		}
		if (!is_allocation(line))
			continue;
		count.inside += collecting;
		count.outside += !collecting;
		if (collecting)
			TH_LOG("%s", line);
	}
	return count;
}

/* A collection of the living heap, and of it as garbage. */
TEST_F(gc_stall, allocates_nothing)
{
	struct allocations count;
	struct pt_trace trace;
	char *text;

	pt_must(pt_trace_begin(&trace, "pymm_gc_start pymm_gc_end"), "trace events");
	trace_allocations(&trace);
	EXPECT_STREQ("0\n", pt_exec(self->thread, FULL END));
	drop_heap(self->thread);
	EXPECT_HEAP_FOUND(pt_exec(self->thread, FULL END));
	text = pt_trace_text(&trace);
	count = count_allocations(_metadata, text);
	free(text);
	pt_trace_end(&trace);
	EXPECT_EQ(2, count.collections);
	EXPECT_EQ(0, count.inside);
	/* What RUN needs. */
	EXPECT_LT(0, count.outside);
}

TEST_HARNESS_MAIN
