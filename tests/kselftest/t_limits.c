// SPDX-License-Identifier: GPL-2.0
/*
 * Limits: objects, bytes, threads, and the memory cgroup of whoever allocates.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "image_util.h"
#include "pymm_util.h"

PT_FIXTURE(limits)

#define MIB (1ULL << 20)

/* Bytes by which loading a program may exceed max_bytes. */
#define RESERVE 65536

static bool is_memory_error(const char *seen)
{
	return !strncmp(seen, "MemoryError", 11);
}

/* ---- objects ---- */

#define LISTS_FOR_EVER \
	"BUILD_LIST r0, ()\nloop:\nBUILD_LIST r1, ()\nLIST_APPEND r0, r1!\nJUMP_BACKWARD loop\n"

TEST_F(limits, objects)
{
	uint64_t before = pt_stat(self->arena).objects;

	pt_set_max_objects(self->arena, before + 1500);
	EXPECT_TRUE(is_memory_error(pt_exec(self->thread, LISTS_FOR_EVER)));
	EXPECT_EQ(before, pt_stat(self->arena).objects);
	EXPECT_EXEC("1\n", "LOAD_CONST r0, 1\nPRINT r0, end\n" END);
}

/* So many can be had, and not one more. */
TEST_F(limits, objects_up_to_the_limit)
{
	struct pymm_program *program = pt_assemble(LISTS_FOR_EVER);
	struct pymm_run run = { .max_steps = 3001 };
	uint64_t alive;

	/* 1000 lists in the frame's list. */
	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	ASSERT_EQ(PYMM_STATUS_LIMIT, run.status);
	alive = pt_stat(self->arena).objects;
	EXPECT_LE(1001, alive);
	pt_set_max_objects(self->arena, alive + 100);
	run.max_steps = 0;
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(PYMM_EXC_MEMORY_ERROR, run.exception);
	EXPECT_EQ(100, run.steps / 3);
	pymm_program_free(program);
}

TEST_F(limits, ints_are_objects)
{
	pt_set_max_objects(self->arena, pt_stat(self->arena).objects + 1500);
	EXPECT_TRUE(is_memory_error(pt_exec(self->thread,
		"BUILD_LIST r0, ()\nLOAD_CONST r1, 1000\nloop:\nBINARY_OP r1, r1, r1, +\n"
		"LOAD_CONST r2, 1000\nBINARY_OP r1, r1, r2, %\nBINARY_OP r1, r1, r2, +\n"
		"LIST_APPEND r0, r1\nJUMP_BACKWARD loop\n")));
}

/* With the collector off, garbage fills the arena; a small program still makes room. */
TEST_F(limits, garbage_counts_until_collected)
{
	uint64_t objects = pt_stat(self->arena).objects;

	pt_set_flags(self->arena, 0);
	pt_set_max_objects(self->arena, objects + 1500);
	EXPECT_TRUE(is_memory_error(pt_exec(self->thread,
		"loop:\nBUILD_LIST r0, ()\nLIST_APPEND r0, r0\nJUMP_BACKWARD loop\n")));
	EXPECT_LE(objects + 1400, pt_stat(self->arena).objects);
	EXPECT_EXEC("", "GC_COLLECT r0, 2\n" END);
	EXPECT_EQ(objects, pt_stat(self->arena).objects);
}

/* Pauses a program between an allocation and the next one. */
static struct pymm_program *pause_before_allocation(int thread, struct pymm_run *run,
						    const char *allocation)
{
	char text[256];
	struct pymm_program *program;

	snprintf(text, sizeof(text), "NOP\n%s" END, allocation);
	program = pt_assemble(text);
	*run = (struct pymm_run){ .max_steps = 1 };
	if (pt_run(thread, program, run) || run->status != PYMM_STATUS_LIMIT)
		pt_die("no pause");
	run->max_steps = 0;
	return program;
}

#define THREE_THOUSAND_LISTS								\
	"BUILD_LIST r0, ()\nLOAD_CONST r1, 3000\nLOAD_CONST r2, 1\n"			\
	"loop:\nBUILD_LIST r3, ()\nLIST_APPEND r0, r3!\nBINARY_OP r1, r1, r2, -=\n"	\
	"POP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD loop\ndone:\nSTORE_GLOBAL r0, all\n"

TEST_F(limits, objects_below_what_is_in_use)
{
	struct pymm_program *program;
	struct pymm_run run;

	pt_exec(self->thread, THREE_THOUSAND_LISTS END);
	program = pause_before_allocation(self->thread, &run, "BUILD_LIST r0, ()\n");
	pt_set_max_objects(self->arena, 1024);
	EXPECT_LT(3000, pt_stat(self->arena).objects);
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(PYMM_EXC_MEMORY_ERROR, run.exception);
	pt_set_max_objects(self->arena, 0x7fffffff);
	EXPECT_EXEC("", "DELETE_GLOBAL all\nBUILD_LIST r0, ()\n" END);
	pymm_program_free(program);
}

/* Far above the limit, not even a program can be loaded. */
TEST_F(limits, programs_above_the_limit)
{
	pt_exec(self->thread, THREE_THOUSAND_LISTS END);
	pt_set_max_objects(self->arena, 1024);
	EXPECT_EXEC("<Disk quota exceeded>\n", END);
	pt_set_max_objects(self->arena, 0x7fffffff);
}

/* What frees is possible above the limit, and makes room. */
TEST_F(limits, freeing_above_the_limit)
{
	struct pymm_program *program;
	struct pymm_run run;

	pt_exec(self->thread, THREE_THOUSAND_LISTS END);
	program = pause_before_allocation(self->thread, &run,
					  "DELETE_GLOBAL all\nBUILD_LIST r0, ()\n");
	pt_set_max_objects(self->arena, 1024);
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(PYMM_STATUS_DONE, run.status);
	pymm_program_free(program);
}

/* Just at the limit, a program that makes room can be loaded: there is a reserve for that. */
TEST_F(limits, a_program_makes_room_at_the_limit)
{
	uint64_t objects = pt_stat(self->arena).objects;

	pt_exec(self->thread, THREE_THOUSAND_LISTS END);
	pt_set_max_objects(self->arena, pt_stat(self->arena).objects);
	EXPECT_TRUE(is_memory_error(pt_exec(self->thread, "BUILD_LIST r0, ()\n" END)));
	EXPECT_EXEC("", "DELETE_GLOBAL all\n" END);
	EXPECT_EQ(objects, pt_stat(self->arena).objects);
	EXPECT_EXEC("", "BUILD_LIST r0, ()\n" END);
}

/* The reserve is for loading alone: programs cannot fill it with what they keep. */
TEST_F(limits, the_reserve_is_not_for_programs)
{
	struct pymm_config config;

	pt_exec(self->thread, THREE_THOUSAND_LISTS END);
	config = (struct pymm_config){ .fields = PYMM_CONFIG_MAX_OBJECTS,
				       .max_objects = pt_stat(self->arena).objects };
	ASSERT_EQ(0, pt_ioctl(self->arena, PYMM_IOC_CONFIG, &config));
	for (int i = 0; i < 5; i++) {
		EXPECT_TRUE(is_memory_error(pt_execf(self->thread,
			"LOAD_GLOBAL r0, all\nBUILD_LIST r1, ()\nLIST_APPEND r0, r1\n" END)));
	}
	EXPECT_GE(config.max_objects, pt_stat(self->arena).objects);
	EXPECT_EXEC("", "DELETE_GLOBAL all\n" END);
}

/* ---- bytes ---- */

/* Programs that need more and more memory of each kind. */
static const struct {
	const char *name;
	const char *text;
} growers[] = {
	{ "objects", LISTS_FOR_EVER },
	{ "a list", "BUILD_LIST r0, ()\nLOAD_CONST r1, None\nloop:\nLIST_APPEND r0, r1\n"
	  "JUMP_BACKWARD loop\n" },
	{ "a list, doubled", "LOAD_CONST r1, None\nBUILD_LIST r0, r1\nloop:\nLIST_EXTEND r0, r0\n"
	  "JUMP_BACKWARD loop\n" },
	{ "a list, repeated", "LOAD_CONST r1, None\nBUILD_LIST r0, r1\nLOAD_CONST r1, 1000\n"
	  "loop:\nBINARY_OP r0, r0, r1, *=\nJUMP_BACKWARD loop\n" },
	{ "a tuple", "LOAD_CONST r0, (1, 2)\nloop:\nBINARY_OP r0, r0!, r0, +\nJUMP_BACKWARD loop\n" },
	{ "a str", "LOAD_CONST r0, 'ab'\nloop:\nBINARY_OP r0, r0!, r0, +=\nJUMP_BACKWARD loop\n" },
	{ "a dict", "BUILD_MAP r0, ()\nLOAD_CONST r1, 0\nLOAD_CONST r2, 1\nloop:\n"
	  "STORE_SUBSCR r2, r0, r1\nBINARY_OP r1, r1!, r2, +=\nJUMP_BACKWARD loop\n" },
	{ "tuples of tuples", "LOAD_CONST r0, ()\nloop:\nBUILD_TUPLE r0, r0!\nJUMP_BACKWARD loop\n" },
	{ "functions", "BUILD_LIST r0, ()\nloop:\nMAKE_FUNCTION r1, f\nLIST_APPEND r0, r1!\n"
	  "JUMP_BACKWARD loop\n.code f\n" END },
};

TEST_F(limits, bytes)
{
	pt_set_max_bytes(self->arena, 2 * MIB);
	for (unsigned int i = 0; i < ARRAY_SIZE(growers); i++) {
		uint64_t before = pt_stat(self->arena).objects;

		EXPECT_TRUE(is_memory_error(pt_exec(self->thread, growers[i].text)))
			TH_LOG("%s", growers[i].name);
		EXPECT_EQ(before, pt_stat(self->arena).objects)
			TH_LOG("%s", growers[i].name);
		EXPECT_GE(2 * MIB + RESERVE, pt_stat(self->arena).bytes_peak)
			TH_LOG("%s", growers[i].name);
		EXPECT_EXEC("ok\n", "LOAD_CONST r0, 'ok'\nPRINT r0, end\n" END);
	}
}

/* What a big payload took comes back, time and again. */
TEST_F(limits, bytes_come_back)
{
	uint64_t bytes = 0;

	pt_set_max_bytes(self->arena, 8 * MIB / pt_slower());
	for (int i = 0; i < 5; i++) {
		EXPECT_TRUE(is_memory_error(pt_exec(self->thread, growers[5].text)));
		EXPECT_TRUE(is_memory_error(pt_exec(self->thread, growers[2].text)));
		if (!bytes)
			bytes = pt_stat(self->arena).bytes;
		EXPECT_EQ(bytes, pt_stat(self->arena).bytes);
	}
}

TEST_F(limits, bytes_below_what_is_in_use)
{
	struct pymm_program *program;
	struct pymm_run run;

	pt_exec(self->thread, "LOAD_CONST r0, 'ab'\nLOAD_CONST r1, 2000000\nBINARY_OP r0, r0, r1, *\n"
		"STORE_GLOBAL r0, s\n" END);
	ASSERT_LT(4000000, pt_stat(self->arena).bytes);
	program = pause_before_allocation(self->thread, &run,
		"LOAD_CONST r0, 'ab'\nLOAD_CONST r1, 100000\nBINARY_OP r0, r0, r1, *\n");
	pt_set_max_bytes(self->arena, 1 * MIB);
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
	EXPECT_EQ(PYMM_EXC_MEMORY_ERROR, run.exception);
	pt_set_max_bytes(self->arena, 256 * MIB);
	EXPECT_EXEC("4000000\n", "LOAD_GLOBAL r0, s\nGET_LEN r0, r0\nPRINT r0, end\n"
		"DELETE_GLOBAL s\n" END);
	pt_set_max_bytes(self->arena, 1 * MIB);
	EXPECT_EXEC("", "LOAD_CONST r0, 'ab'\nLOAD_CONST r1, 10000\nBINARY_OP r0, r0, r1, *\n" END);
	pymm_program_free(program);
}

/* Makes lists of that many items, half a megabyte, and keeps each eighth. */
static const char *keep_few(int thread, unsigned int items)
{
	static char text[1024];

	snprintf(text, sizeof(text),
		 "LOAD_CONST r0, None\nBUILD_LIST r0, r0\nLOAD_CONST r1, %u\nBINARY_OP r0, r0!, r1!, *\n"
		 "BUILD_LIST r1, ()\nBUILD_LIST r2, ()\nLOAD_CONST r3, %u\nLOAD_CONST r4, 1\n"
		 "more:\nBINARY_OP r5, r0, r1, +\nLIST_APPEND r2, r5!\nBINARY_OP r3, r3!, r4, -\n"
		 "POP_JUMP_IF_FALSE r3, done\nJUMP_BACKWARD more\ndone:\n"
		 "LOAD_CONST r6, None\nLOAD_CONST r7, None\nLOAD_CONST r8, 8\nBUILD_SLICE r6, r6..r8\n"
		 "BINARY_SUBSCR r2, r2!, r6!\nSTORE_GLOBAL r2!, kept_%u\nRETURN_VALUE r4!\n",
		 items, 500000 / 4 / items, items);
	return pt_exec(thread, text);
}

/* A page of small pieces is there as long as one of them is: the pages have a limit as well. */
TEST_F(limits, pages_of_small_pieces)
{
	uint64_t before = pt_stat(self->arena).pool_bytes;
	const char *seen = "";
	unsigned int items;

	if (!before)
		SKIP(return, "this kernel looks at each access: small pieces are allocations of their own");
	pt_set_max_bytes(self->arena, MIB);
	for (items = 120; items > 60 && !*seen; items -= 10)
		seen = keep_few(self->thread, items);
	EXPECT_TRUE(!strncmp(seen, "MemoryError: small pieces keep ", 31)) TH_LOG("%s", seen);
	EXPECT_GT(MIB / 2, pt_stat(self->arena).bytes);
	EXPECT_LT(3 * MIB / 2, pt_stat(self->arena).pool_bytes);
	EXPECT_GT(3 * MIB, pt_stat(self->arena).pool_bytes);
	pt_exec(self->thread, "DELETE_GLOBAL kept_120\nDELETE_GLOBAL kept_110\n" END);
	EXPECT_STREQ("", keep_few(self->thread, items + 10));
}

TEST_F(limits, peak_is_kept)
{
	struct pymm_stat stat;

	pt_exec(self->thread, "LOAD_CONST r0, 'ab'\nLOAD_CONST r1, 2000000\nBINARY_OP r0, r0, r1, *\n"
		END);
	stat = pt_stat(self->arena);
	EXPECT_LT(4000000, stat.bytes_peak);
	EXPECT_GT(4000000, stat.bytes);
}

/* The frames of a deep recursion, too, are the arena's memory. */
TEST_F(limits, deep_calls_in_little_memory)
{
	const char *seen;

	pt_set_max_bytes(self->arena, 1 * MIB);
	seen = pt_exec(self->thread,
		"MAKE_FUNCTION r0, f\nSTORE_GLOBAL r0, f\nCALL r1, r0, ()\n" END
		".code f\nLOAD_GLOBAL r0, f\nCALL r255, r0, ()\nRETURN_VALUE r0\n");
	EXPECT_TRUE(is_memory_error(seen) || !strncmp(seen, "RecursionError", 14));
	EXPECT_GE(1 * MIB + RESERVE, pt_stat(self->arena).bytes_peak);
}

/* ---- threads ---- */

TEST_F(limits, threads)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_MAX_THREADS, .max_threads = 3 };
	int two, three;

	ASSERT_EQ(0, pt_ioctl(self->arena, PYMM_IOC_CONFIG, &config));
	two = pt_thread(self->arena, NULL);
	three = pt_thread(self->arena, NULL);
	ASSERT_LE(0, three);
	EXPECT_EQ(-EDQUOT, pt_thread(self->arena, NULL));
	EXPECT_EQ(3, pt_stat(self->arena).threads);
	close(two);
	two = pt_thread(self->arena, NULL);
	EXPECT_LE(0, two);
	close(two);
	close(three);
}

TEST_F(limits, threads_below_what_is_in_use)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_MAX_THREADS, .max_threads = 1 };
	int other = pt_thread(self->arena, NULL);

	ASSERT_EQ(0, pt_ioctl(self->arena, PYMM_IOC_CONFIG, &config));
	EXPECT_STREQ("", pt_exec(other, END));
	EXPECT_EQ(-EDQUOT, pt_thread(self->arena, NULL));
	close(other);
	EXPECT_EQ(-EDQUOT, pt_thread(self->arena, NULL));
	config.max_threads = 1024;
	ASSERT_EQ(0, pt_ioctl(self->arena, PYMM_IOC_CONFIG, &config));
}

/* ---- the memory cgroup ---- */

struct cgroup {
	char dir[64];
};

static int cgroup_write(const struct cgroup *cgroup, const char *file, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", cgroup->dir, file);
	return pt_write(path, text);
}

static uint64_t cgroup_current(const struct cgroup *cgroup)
{
	char path[128];
	uint64_t current;
	char *text;

	snprintf(path, sizeof(path), "%s/memory.current", cgroup->dir);
	text = pt_read(path);
	if (!text)
		pt_die("cannot read %s", path);
	current = strtoull(text, NULL, 10);
	free(text);
	return current;
}

static int cgroup_make(struct cgroup *cgroup, const char *max)
{
	snprintf(cgroup->dir, sizeof(cgroup->dir), "/sys/fs/cgroup/pymm-%d", getpid());
	rmdir(cgroup->dir);
	if (mkdir(cgroup->dir, 0700))
		return -errno;
	cgroup_write(cgroup, "memory.swap.max", "0");
	return cgroup_write(cgroup, "memory.max", max);
}

static void cgroup_remove(const struct cgroup *cgroup)
{
	if (!pt_until(!rmdir(cgroup->dir), PT_DEADLINE_MS))
		pt_die("rmdir %s: %s", cgroup->dir, strerror(errno));
}

/* A child that lives in the cgroup and runs @text in @arena (its own one if -1). */
static pid_t run_in_cgroup(const struct cgroup *cgroup, int arena, const char *text)
{
	pid_t child = pt_fork();
	int thread;

	if (child)
		return child;
	if (cgroup_write(cgroup, "cgroup.procs", "0"))
		_exit(99);
	if (arena < 0)
		arena = pt_open();
	pt_set_max_bytes(arena, 1024 * MIB);
	thread = pt_thread(arena, NULL);
	_exit(is_memory_error(pt_exec(thread, text)) ? 1 : 0);
}

/* 8 MiB of text under the name s. */
#define EIGHT_MIB									\
	"LOAD_CONST r0, 'a'\nLOAD_CONST r8, 23\nLOAD_CONST r9, 1\n"			\
	"double:\nBINARY_OP r0, r0, r0, +\nBINARY_OP r8, r8!, r9, -=\n"			\
	"POP_JUMP_IF_FALSE r8, doubled\nJUMP_BACKWARD double\ndoubled:\n"		\
	"STORE_GLOBAL r0, s\n"

#define NEED_CGROUP(cgroup, max)						\
	do {									\
		if (cgroup_make(cgroup, max))					\
			SKIP(return, "no memory cgroups");			\
	} while (0)

TEST_F(limits, memory_is_charged_to_the_caller)
{
	struct cgroup cgroup;
	uint64_t before;

	NEED_CGROUP(&cgroup, "max");
	before = cgroup_current(&cgroup);
	EXPECT_EQ(0, pt_wait(run_in_cgroup(&cgroup, self->arena, EIGHT_MIB END)));
	/* The arena lives on, so what the child had it allocate stays charged to the child's cgroup. */
	EXPECT_LE(before + 7 * MIB, cgroup_current(&cgroup));
	EXPECT_EXEC("", "DELETE_GLOBAL s\n" END);
	EXPECT_TRUE(pt_until(cgroup_current(&cgroup) < before + 4 * MIB, PT_DEADLINE_MS));
	cgroup_remove(&cgroup);
}

/* The most that was ever charged. */
static uint64_t cgroup_peak(const struct cgroup *cgroup)
{
	char path[128];
	uint64_t peak;
	char *text;

	snprintf(path, sizeof(path), "%s/memory.peak", cgroup->dir);
	text = pt_read(path);
	if (!text)
		pt_die("cannot read %s", path);
	peak = strtoull(text, NULL, 10);
	free(text);
	return peak;
}

/* An image is the caller's memory as long as the call has it, even one that is refused. */
TEST_F(limits, images_are_charged)
{
	static const struct pymm_image refused = { .magic = 1 };
	size_t size = pt_query(self->arena).max_image_size;
	uint8_t *image = malloc(size);
	struct pymm_run run = { 0 };
	struct cgroup cgroup;
	uint64_t before;
	pid_t child;

	NEED_CGROUP(&cgroup, "max");
	/* These pages are the parent's: the child only reads them. */
	memset(image, 1, size);
	memcpy(image, &refused, sizeof(refused));
	before = cgroup_peak(&cgroup);
	child = pt_fork();
	if (!child) {
		if (cgroup_write(&cgroup, "cgroup.procs", "0"))
			_exit(99);
		_exit(pt_run_image(self->thread, image, size, 0, &run) != -EINVAL);
	}
	EXPECT_EQ(0, pt_wait(child));
	EXPECT_LE(before + size, cgroup_peak(&cgroup));
	cgroup_remove(&cgroup);
	free(image);
}

/* A process needs a part of it. */
#define LITTLE	(pt_slower() > 1 ? "8M" : "16M")

TEST_F(limits, memory_cgroup_limit)
{
	struct cgroup cgroup;

	NEED_CGROUP(&cgroup, LITTLE);
	for (unsigned int i = 0; i < 3; i++) {
		int status = pt_wait(run_in_cgroup(&cgroup, -1, growers[i].text));

		/* A MemoryError, or the OOM killer came first. */
		EXPECT_TRUE((WIFEXITED(status) && WEXITSTATUS(status) == 1) ||
			    (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))
			TH_LOG("%s: status %#x", growers[i].name, status);
	}
	EXPECT_EXEC("ok\n", "LOAD_CONST r0, 'ok'\nPRINT r0, end\n" END);
	cgroup_remove(&cgroup);
}

/* An arena shared with somebody who runs out of memory is usable afterwards. */
TEST_F(limits, memory_cgroup_limit_in_a_shared_arena)
{
	struct cgroup cgroup;

	NEED_CGROUP(&cgroup, LITTLE);
	pt_wait(run_in_cgroup(&cgroup, self->arena, growers[0].text));
	/* The child may have been killed with the GIL. */
	pt_exec(self->thread, END);
	EXPECT_TRUE(pt_until(pt_stat(self->arena).objects == self->objects, PT_DEADLINE_MS));
	EXPECT_EXEC("ok\n", "LOAD_CONST r0, 'ok'\nPRINT r0, end\n" END);
	cgroup_remove(&cgroup);
}

/* Arenas that come and go leave nothing charged. */
TEST_F(limits, nothing_stays_charged)
{
	struct cgroup cgroup;
	uint64_t before;
	pid_t child;

	NEED_CGROUP(&cgroup, "max");
	before = cgroup_current(&cgroup);
	child = pt_fork();
	if (!child) {
		if (cgroup_write(&cgroup, "cgroup.procs", "0"))
			_exit(99);
		for (unsigned int i = 0; i < 12 / pt_slower(); i++) {
			int arena = pt_open();
			int thread = pt_thread(arena, NULL);

			pt_exec(thread, EIGHT_MIB "BUILD_LIST r0, ()\nLIST_APPEND r0, r0\n" END);
			close(thread);
			close(arena);
		}
		_exit(0);
	}
	EXPECT_EQ(0, pt_wait(child));
	EXPECT_TRUE(pt_until(cgroup_current(&cgroup) < before + 4 * MIB, PT_DEADLINE_MS))
		TH_LOG("%llu bytes", (unsigned long long)(cgroup_current(&cgroup) - before));
	cgroup_remove(&cgroup);
}

TEST_HARNESS_MAIN
