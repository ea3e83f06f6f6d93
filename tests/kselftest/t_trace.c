// SPDX-License-Identifier: GPL-2.0
/*
 * Trace events: that they are there, fire when they should and say what is so; and
 * that tracers of all kinds come and go while a program runs for ever.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "gil_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"
#include "trace_util.h"

FIXTURE(trace) {
	int arena;
	int thread;		/* id 1 */
	uint64_t objects;
	struct pt_trace trace;
	char *text;
	char *at;
};

FIXTURE_SETUP(trace)
{
	PT_OPEN(self->arena);
	if (access(PT_TRACING "/instances", F_OK)) {
		close(self->arena);
		self->arena = -1;
		SKIP(return, "no tracefs");
	}
	self->thread = pt_thread(self->arena, NULL);
	ASSERT_LE(0, self->thread);
	self->objects = pt_settle(self->arena, self->thread);
}

FIXTURE_TEARDOWN(trace)
{
	free(self->text);
	EXPECT_STREQ("", pt_finish(self->arena, self->thread, self->objects));
}

/* ---- what is there ---- */

TEST_F(trace, events_and_their_fields)
{
	static const char *const events[][8] = {
		{ "pymm_object_alloc", "u32 arena;", "u32 id;", "u32 type;", "u64 serial;" },
		{ "pymm_object_free", "u32 arena;", "u32 id;", "u32 type;", "u64 serial;" },
		{ "pymm_name_bind", "u32 arena;", "u32 ns;", "u32 old_id;", "u32 new_id;",
		  "char name[32];" },
		{ "pymm_name_unbind", "u32 arena;", "u32 ns;", "u32 old_id;", "u32 new_id;",
		  "char name[32];" },
		{ "pymm_gil_request", "u32 arena;", "u32 thread;", "u32 other;", "u64 ns;", "u64 ts;" },
		{ "pymm_gil_acquire", "u32 arena;", "u32 thread;", "u32 other;", "u64 ns;", "u64 ts;" },
		{ "pymm_gil_release", "u32 arena;", "u32 thread;", "u32 other;", "u64 ns;", "u64 ts;" },
		{ "pymm_gil_drop_request", "u32 arena;", "u32 thread;", "u32 other;", "u64 ns;",
		  "u64 ts;" },
		{ "pymm_gc_start", "u32 arena;", "u32 thread;", "u32 generation;", "u64 objects;" },
		{ "pymm_gc_end", "u32 arena;", "u32 thread;", "u32 generation;", "u64 objects;",
		  "u64 collected;", "u64 ns;" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(events); i++) {
		char path[128];
		char *format;

		snprintf(path, sizeof(path), PT_TRACING "/events/pymm/%s/format", events[i][0]);
		format = pt_read(path);
		ASSERT_NE(NULL, format)
			TH_LOG("%s", events[i][0]);
		for (int field = 1; events[i][field]; field++) {
			EXPECT_NE(NULL, strstr(format, events[i][field]))
				TH_LOG("%s: %s", events[i][0], events[i][field]);
		}
		free(format);
	}
}

/* ---- what they say ---- */

static void begin(FIXTURE_DATA(trace) *self, const char *events)
{
	int ret = pt_trace_begin(&self->trace, events);

	if (ret)
		pt_die("tracefs: %s", strerror(-ret));
}

static void end(FIXTURE_DATA(trace) *self)
{
	self->text = self->at = pt_trace_text(&self->trace);
	pt_trace_end(&self->trace);
}

/* The next event of this arena with that name; false when there is none. */
static bool next(FIXTURE_DATA(trace) *self, const char *name, struct pt_event *event)
{
	while (pt_event_next(&self->at, event))
		if (!strcmp(event->name, name) &&
		    pt_event_field(event, "arena") == pt_query(self->arena).arena_id)
			return true;
	return false;
}

/* The value of the field name=, which is a string. */
static bool names(const struct pt_event *event, const char *name)
{
	char pattern[64];

	snprintf(pattern, sizeof(pattern), " name=%s old=", name);
	return strstr(event->fields, pattern);
}

TEST_F(trace, bind)
{
	struct pt_event event;
	uint32_t first, second;

	begin(self, "pymm_name_bind");
	pt_exec(self->thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, x\n" END);
	first = pt_id(self->arena, "x");
	pt_exec(self->thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, x\n" END);
	second = pt_id(self->arena, "x");
	end(self);
	ASSERT_TRUE(next(self, "pymm_name_bind", &event));
	EXPECT_TRUE(names(&event, "x"));
	EXPECT_EQ(0, pt_event_field(&event, "old"));
	EXPECT_EQ(first, pt_event_field(&event, "new"));
	ASSERT_TRUE(next(self, "pymm_name_bind", &event));
	EXPECT_EQ(first, pt_event_field(&event, "old"));
	EXPECT_EQ(second, pt_event_field(&event, "new"));
	EXPECT_FALSE(next(self, "pymm_name_bind", &event));
}

TEST_F(trace, bind_tells_the_namespace)
{
	struct pymm_dump dump = { 0 };
	struct pymm_dump_arena head = { 0 };
	struct pt_event event;

	begin(self, "pymm_name_bind");
	pt_exec(self->thread, "LOAD_CONST r0, 1\nSTORE_GLOBAL r0!, x\n" END);
	end(self);
	ASSERT_EQ(0, pt_ioctl(self->arena, PYMM_IOC_DUMP, &dump));
	ASSERT_EQ(sizeof(head), read(dump.fd, &head, sizeof(head)));
	close(dump.fd);
	ASSERT_TRUE(next(self, "pymm_name_bind", &event));
	EXPECT_EQ(head.globals, pt_event_field(&event, "ns"));
}

TEST_F(trace, unbind)
{
	struct pt_event event;
	uint32_t id;

	pt_exec(self->thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, x\n" END);
	id = pt_id(self->arena, "x");
	begin(self, "pymm_name_unbind");
	pt_exec(self->thread, "DELETE_GLOBAL x\n" END);
	end(self);
	ASSERT_TRUE(next(self, "pymm_name_unbind", &event));
	EXPECT_TRUE(names(&event, "x"));
	EXPECT_EQ(id, pt_event_field(&event, "old"));
	EXPECT_EQ(0, pt_event_field(&event, "new"));
}

TEST_F(trace, a_long_name_is_cut)
{
	struct pt_event event;

	begin(self, "pymm_name_bind");
	pt_exec(self->thread, "LOAD_CONST r0, 1\n"
		"STORE_GLOBAL r0!, a_name_of_more_than_thirty_one_letters\n" END);
	end(self);
	ASSERT_TRUE(next(self, "pymm_name_bind", &event));
	EXPECT_TRUE(names(&event, "a_name_of_more_than_thirty_one_"));
}

TEST_F(trace, objects)
{
	struct pt_event event;
	uint32_t id;
	bool found = false;

	begin(self, "pymm_object_alloc pymm_object_free");
	pt_exec(self->thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, x\n" END);
	id = pt_id(self->arena, "x");
	pt_exec(self->thread, "DELETE_GLOBAL x\n" END);
	end(self);
	while (!found && next(self, "pymm_object_alloc", &event))
		found = pt_event_field(&event, "type") == PYMM_TYPE_LIST;
	ASSERT_TRUE(found);
	EXPECT_EQ(id, pt_event_field(&event, "id"));
	found = false;
	while (!found && next(self, "pymm_object_free", &event))
		found = pt_event_field(&event, "type") == PYMM_TYPE_LIST;
	ASSERT_TRUE(found);
	EXPECT_EQ(id, pt_event_field(&event, "id"));
}

/* The next event of that name for a list: its serial number. */
static uint64_t list_serial(FIXTURE_DATA(trace) *self, const char *name, uint32_t *id)
{
	struct pt_event event;

	while (next(self, name, &event))
		if (pt_event_field(&event, "type") == PYMM_TYPE_LIST) {
			*id = pt_event_field(&event, "id");
			return pt_event_field(&event, "serial");
		}
	return UINT64_MAX;
}

/* An id that two objects have one after the other; each has a serial number of its own. */
TEST_F(trace, serial_numbers_tell_lives_apart)
{
	uint64_t serials[4];
	uint32_t ids[4];

	begin(self, "pymm_object_alloc pymm_object_free");
	pt_exec(self->thread, "BUILD_LIST r0, ()\nDELETE_FAST r0\nBUILD_LIST r0, ()\nDELETE_FAST r0\n" END);
	end(self);
	for (int i = 0; i < 4; i++)
		serials[i] = list_serial(self, i % 2 ? "pymm_object_free" : "pymm_object_alloc", &ids[i]);
	for (int i = 1; i < 4; i++)
		EXPECT_EQ(ids[0], ids[i]);
	EXPECT_LT(0, serials[0]);
	EXPECT_EQ(serials[0], serials[1]);
	EXPECT_EQ(serials[0] + 1, serials[2]);
	EXPECT_EQ(serials[2], serials[3]);
	EXPECT_GE(pt_stat(self->arena).objects_allocated, serials[3]);
}

/* Of an object that was made before, also in the place of one whose number was known. */
TEST_F(trace, serial_numbers_from_before_are_not_known)
{
	uint32_t id, other;

	pt_exec(self->thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0, x\n" END);
	begin(self, "pymm_object_alloc pymm_object_free");
	pt_exec(self->thread, "DELETE_GLOBAL x\nBUILD_LIST r0, ()\nSTORE_GLOBAL r0, x\n" END);
	end(self);
	EXPECT_EQ(0, list_serial(self, "pymm_object_free", &id));
	EXPECT_LT(0, list_serial(self, "pymm_object_alloc", &other));
	EXPECT_EQ(id, other);
	free(self->text);
	self->text = NULL;
	pt_exec(self->thread, "DELETE_GLOBAL x\nBUILD_LIST r0, ()\nSTORE_GLOBAL r0, x\n" END);
	EXPECT_EQ(id, pt_id(self->arena, "x"));
	begin(self, "pymm_object_alloc pymm_object_free");
	pt_exec(self->thread, "DELETE_GLOBAL x\n" END);
	end(self);
	EXPECT_EQ(0, list_serial(self, "pymm_object_free", &id));
	EXPECT_EQ(other, id);
}

/* As many of each as the counters say. */
TEST_F(trace, objects_add_up)
{
	struct pymm_stat before, after;
	struct pt_event event;
	uint64_t made = 0, freed = 0;
	uint32_t arena = pt_query(self->arena).arena_id;

	before = pt_stat(self->arena);
	begin(self, "pymm_object_alloc pymm_object_free");
	pt_exec(self->thread, "LOAD_CONST r0, 'a text'\nBUILD_TUPLE r1, r0\nBUILD_LIST r2, r0..r1\n"
		"LIST_APPEND r2, r2\nLOAD_CONST r3, 1000\nBINARY_OP r3, r3, r3, *\nLOCK_NEW r4\n"
		"MAKE_FUNCTION r5, f\nDELETE_FAST r2\nGC_COLLECT r6, 2\n" END ".code f\n" END);
	end(self);
	after = pt_stat(self->arena);
	while (pt_event_next(&self->at, &event)) {
		if (pt_event_field(&event, "arena") != arena)
			continue;
		made += !strcmp(event.name, "pymm_object_alloc");
		freed += !strcmp(event.name, "pymm_object_free");
	}
	EXPECT_LT(8, made);
	EXPECT_EQ(after.objects_allocated - before.objects_allocated, made);
	EXPECT_EQ(after.objects_freed - before.objects_freed, freed);
}

TEST_F(trace, gil)
{
	struct pt_event event;
	uint64_t start, end_ns, acquired;

	begin(self, "pymm_gil_acquire pymm_gil_release");
	start = pt_now();
	ASSERT_EQ(0, pt_gil_acquire(self->thread));
	ASSERT_EQ(0, pt_gil_release(self->thread));
	end_ns = pt_now();
	end(self);
	ASSERT_TRUE(next(self, "pymm_gil_acquire", &event));
	EXPECT_EQ(1, pt_event_field(&event, "thread"));
	EXPECT_EQ(0, pt_event_field(&event, "ns"));
	acquired = pt_event_field(&event, "ts");
	EXPECT_LE(start, acquired);
	ASSERT_TRUE(next(self, "pymm_gil_release", &event));
	EXPECT_EQ(1, pt_event_field(&event, "thread"));
	EXPECT_EQ(0, pt_event_field(&event, "other"));
	EXPECT_EQ(pt_event_field(&event, "ts") - acquired, pt_event_field(&event, "ns"));
	EXPECT_GE(end_ns, pt_event_field(&event, "ts"));
}

/* Thread 2 wants what thread 1 has, which runs a program. */
TEST_F(trace, gil_contended)
{
	int other = pt_thread(self->arena, NULL);
	struct pt_event event;
	struct pt_task task;

	pt_start(&task, self->thread, LOOP_FOREVER);
	ASSERT_TRUE(pt_gil_held_by(self->arena, 1));
	begin(self, "pymm_gil_request pymm_gil_drop_request pymm_gil_acquire");
	ASSERT_EQ(0, pt_gil_acquire(other));
	end(self);
	ASSERT_EQ(0, pt_gil_release(other));
	EXPECT_TRUE(pt_interrupt(&task));
	pt_join(&task);
	pt_task_free(&task);
	close(other);
	ASSERT_TRUE(next(self, "pymm_gil_request", &event));
	EXPECT_EQ(2, pt_event_field(&event, "thread"));
	EXPECT_EQ(1, pt_event_field(&event, "other"));
	EXPECT_EQ(0, pt_event_field(&event, "ns"));
	ASSERT_TRUE(next(self, "pymm_gil_drop_request", &event));
	EXPECT_EQ(1, pt_event_field(&event, "thread"));
	ASSERT_TRUE(next(self, "pymm_gil_acquire", &event));
	EXPECT_EQ(2, pt_event_field(&event, "thread"));
	EXPECT_EQ(1, pt_event_field(&event, "other"));
	EXPECT_LE(5 * NS_PER_MS, pt_event_field(&event, "ns"));
}

TEST_F(trace, gc)
{
	struct pt_event event;
	uint64_t objects;

	pt_exec(self->thread, "GC_COLLECT r0, 2\n" END);
	begin(self, "pymm_gc_start pymm_gc_end");
	pt_exec(self->thread, "BUILD_LIST r0, ()\nLIST_APPEND r0, r0\nBUILD_LIST r0, ()\nGC_COLLECT r1, 0\n"
		END);
	end(self);
	ASSERT_TRUE(next(self, "pymm_gc_start", &event));
	EXPECT_EQ(1, pt_event_field(&event, "thread"));
	EXPECT_EQ(0, pt_event_field(&event, "generation"));
	objects = pt_event_field(&event, "objects");
	EXPECT_LE(2, objects);
	ASSERT_TRUE(next(self, "pymm_gc_end", &event));
	EXPECT_EQ(0, pt_event_field(&event, "generation"));
	EXPECT_EQ(objects, pt_event_field(&event, "objects"));
	EXPECT_EQ(1, pt_event_field(&event, "collected"));
	EXPECT_LT(0, pt_event_field(&event, "ns"));
}

/* ---- tracers that come and go while a program runs for ever ---- */

/* How long a tracer may take to attach or detach: a grace period of RCU tasks, emulated. */
#define TRACER_MS	(1000 * PT_EMULATION)

#define RUNNING_FOREVER(task)								\
	do {										\
		pt_start(task, self->thread, "again:\nBUILD_LIST r0, ()\nJUMP_BACKWARD again\n"); \
		ASSERT_TRUE(pt_gil_held_by(self->arena, 1)); \
	} while (0)

#define STOP_RUNNING(task)								\
	do {										\
		EXPECT_TRUE(pt_interrupt(task));					\
		EXPECT_STREQ("<interrupted>\n", pt_join(task));				\
		pt_task_free(task);							\
	} while (0)

/* The name of a function of the module that can be probed, to be freed; or NULL. */
static char *function_of_module(void)
{
	FILE *in = fopen(PT_TRACING "/available_filter_functions", "re");
	char *name = NULL;
	char line[512];

	while (in && !name && fgets(line, sizeof(line), in)) {
		char *end = strstr(line, " [pymm]");

		if (end)
			name = strndup(line, end - line);
	}
	if (in)
		fclose(in);
	return name;
}

static int append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

TEST_F(trace, kprobe_comes_and_goes)
{
	char *name = function_of_module();
	struct pt_task task;
	char probe[600];
	uint64_t start;

	if (!name || access(PT_TRACING "/kprobe_events", W_OK))
		SKIP(return, "no kprobe events");
	RUNNING_FOREVER(&task);
	snprintf(probe, sizeof(probe), "p:pymm_test/probe pymm:%s\n", name);
	free(name);
	start = pt_now();
	EXPECT_EQ(0, append(PT_TRACING "/kprobe_events", probe));
	EXPECT_EQ(0, pt_write(PT_TRACING "/events/pymm_test/probe/enable", "1"));
	EXPECT_EQ(0, pt_write(PT_TRACING "/events/pymm_test/probe/enable", "0"));
	EXPECT_EQ(0, append(PT_TRACING "/kprobe_events", "-:pymm_test/probe\n"));
	EXPECT_GT(start + TRACER_MS * NS_PER_MS, pt_now());
	STOP_RUNNING(&task);
}

/*
 * One function only: with many, kernels before 6.17 may sort what they patch wrongly
 * and die of their own breakpoint ("Oops: int3"), in whatever module.
 */
TEST_F(trace, function_tracer_comes_and_goes)
{
	char *name = function_of_module();
	char dir[128], path[160];
	struct pt_task task;
	uint64_t start;

	snprintf(dir, sizeof(dir), PT_TRACING "/instances/pymm-ftrace-%d", getpid());
	ASSERT_EQ(0, mkdir(dir, 0700));
	snprintf(path, sizeof(path), "%s/set_ftrace_filter", dir);
	if (!name || pt_write(path, name)) {
		rmdir(dir);
		SKIP(return, "no function tracer");
	}
	free(name);
	snprintf(path, sizeof(path), "%s/current_tracer", dir);
	RUNNING_FOREVER(&task);
	start = pt_now();
	EXPECT_EQ(0, pt_write(path, "function"));
	EXPECT_EQ(0, pt_write(path, "nop"));
	EXPECT_GT(start + TRACER_MS * NS_PER_MS, pt_now());
	STOP_RUNNING(&task);
	EXPECT_EQ(0, rmdir(dir));
}

/* ---- the BPF programs that are installed with the module ---- */

/* Runs a shell command; its output, to be freed; NULL when it failed. */
static char *shell(const char *command)
{
	FILE *in = popen(command, "re");
	char *text = NULL;
	size_t size = 0;
	FILE *copy = open_memstream(&text, &size);
	int c;

	while (in && (c = getc(in)) != EOF)
		putc(c, copy);
	fclose(copy);
	if (in && !pclose(in))
		return text;
	free(text);
	return NULL;
}

static bool no_bpf(void)
{
	return system("command -v bpftool >/dev/null && test -e ../bpf/gil.bpf.o &&"
		      " test -d /sys/fs/bpf");
}

#define PINNED	"/sys/fs/bpf/pymm-test"

TEST_F(trace, bpf_programs_come_and_go)
{
	struct pt_task task;
	uint64_t start;

	if (no_bpf())
		SKIP(return, "no bpftool, or no BPF objects");
	RUNNING_FOREVER(&task);
	start = pt_now();
	EXPECT_EQ(0, system("bpftool prog loadall ../bpf/gil.bpf.o " PINNED " autoattach"));
	EXPECT_EQ(0, system("rm -r " PINNED));
	EXPECT_GT(start + 3 * TRACER_MS * NS_PER_MS, pt_now());
	STOP_RUNNING(&task);
}

/* The ticks that fentry.bpf.o has counted, or -1. */
static long counted_ticks(void)
{
	char *text = shell("bpftool -j map dump name fentry.bss | python3 -c '\n"
			   "import json, sys\n"
			   "print(json.load(sys.stdin)[0][\"formatted\"][\"value\"][\".bss\"][0]"
			   "[\"pymm_ticks\"])'");
	long ticks = text ? atol(text) : -1;

	free(text);
	return ticks;
}

/* A trampoline: its making and freeing wait for every task to pass a quiescent state. */
TEST_F(trace, fentry_comes_and_goes)
{
	struct pt_task task;
	uint64_t start;

	if (no_bpf())
		SKIP(return, "no bpftool, or no BPF objects");
	RUNNING_FOREVER(&task);
	start = pt_now();
	EXPECT_EQ(0, system("bpftool prog loadall fentry.bpf.o " PINNED " autoattach"));
	EXPECT_GT(start + TRACER_MS * NS_PER_MS, pt_now());
	EXPECT_TRUE(pt_until(counted_ticks() > 0, PT_DEADLINE_MS));
	start = pt_now();
	EXPECT_EQ(0, system("rm -r " PINNED));
	EXPECT_GT(start + TRACER_MS * NS_PER_MS, pt_now());
	STOP_RUNNING(&task);
}

TEST_F(trace, bpf_program_counts)
{
	int other = pt_thread(self->arena, NULL);
	struct pt_task task;
	char *map;

	if (no_bpf())
		SKIP(return, "no bpftool, or no BPF objects");
	ASSERT_EQ(0, system("bpftool prog loadall ../bpf/gil.bpf.o " PINNED " autoattach"));
	pt_start(&task, self->thread, LOOP_FOREVER);
	ASSERT_TRUE(pt_gil_held_by(self->arena, 1));
	EXPECT_EQ(0, pt_gil_acquire(other));
	EXPECT_EQ(0, pt_gil_release(other));
	STOP_RUNNING(&task);
	map = shell("bpftool -j map dump name gil_threads | python3 -c '\n"
		    "import json, sys\n"
		    "d = {e[\"key\"][\"thread\"]: e[\"value\"] for e in\n"
		    "     (e[\"formatted\"] for e in json.load(sys.stdin))}\n"
		    "print(sorted(d), d[1][\"acquires\"] > 0, d[2][\"acquires\"], d[2][\"requests\"])'");
	ASSERT_NE(NULL, map);
	EXPECT_STREQ("[1, 2] True 1 1\n", map);
	free(map);
	EXPECT_EQ(0, system("rm -r " PINNED));
	close(other);
}

/* Every object that is installed passes the BPF verifier. */
TEST_F(trace, bpf_programs_load)
{
	if (no_bpf())
		SKIP(return, "no bpftool, or no BPF objects");
	EXPECT_EQ(0, system("for object in ../bpf/*.bpf.o; do"
			    " bpftool prog loadall $object " PINNED " autoattach && rm -r " PINNED
			    " || exit; done"));
}

TEST_HARNESS_MAIN
