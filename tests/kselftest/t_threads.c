// SPDX-License-Identifier: GPL-2.0
/*
 * Races between threads, and with those who look on: nothing runs without the GIL,
 * nobody sees what is half made, and what is shared stays one object.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "gil_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE_OF_TWO(threads)

/* ---- a thread whose GIL comes and goes while it is run ---- */

#define ROUNDS	(15 / pt_slower())
#define TURNS	20000

/*
 * counter += 1, TURNS times; no switch comes between the load and the store. This takes
 * longer than a waiter for the GIL waits before it looks who holds it.
 */
#define COUNT_UP	"LOAD_CONST r0, 20000\nLOAD_CONST r1, 1\nloop:\nLOAD_GLOBAL r2, counter\n"	\
			"BINARY_OP r2, r2!, r1, +=\nSTORE_GLOBAL r2!, counter\n"			\
			"BINARY_OP r0, r0!, r1, -=\nPOP_JUMP_IF_FALSE r0, done\n"			\
			"JUMP_BACKWARD loop\ndone:\n"

struct runner {
	int thread;
	const char *failed;
	bool done;
};

/* A task that takes the GIL for the thread, and ends without a word. */
struct giver {
	int thread;
	int ret;
	bool has;
};

static void *take_and_end(void *arg)
{
	struct giver *giver = arg;

	giver->ret = pt_gil_acquire(giver->thread);
	if (giver->ret == -EOWNERDEAD)
		giver->ret = 0;
	__atomic_store_n(&giver->has, true, __ATOMIC_RELEASE);
	/* The other task runs the thread by now. */
	pt_pause();
	return NULL;
}

/* Runs the thread with the GIL that another task took for it, while that one ends. */
static void *run_with_a_dead_ones_gil(void *arg)
{
	struct runner *runner = arg;

	for (unsigned int i = 0; i < ROUNDS && !*runner->failed; i++) {
		struct giver giver = { .thread = runner->thread };
		pthread_t pthread;

		if (pthread_create(&pthread, NULL, take_and_end, &giver))
			pt_die("pthread_create");
		while (!__atomic_load_n(&giver.has, __ATOMIC_ACQUIRE))
			sched_yield();
		if (strcmp(pt_exec(runner->thread, COUNT_UP END), ""))
			runner->failed = "a run failed";
		pthread_join(pthread, NULL);
		if (giver.ret)
			runner->failed = "an acquire failed";
		/* It may have been passed on, or abandoned. */
		pt_gil_release(runner->thread);
	}
	__atomic_store_n(&runner->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static int64_t counter(int arena)
{
	struct pymm_snapshot *snapshot = pt_snapshot(arena);
	const struct pymm_dump_name *name = pymm_snapshot_name(snapshot, "counter");
	const struct pymm_dump_object *object = name ? pymm_snapshot_object(snapshot, name->id) :
						       NULL;
	int64_t value = object ? object->value : -1;

	pymm_snapshot_free(snapshot);
	return value;
}

/* While this thread holds the GIL, nobody counts. */
static const char *watch_once(int arena, int thread)
{
	int ret = pt_gil_acquire(thread);
	const char *wrong = "";
	int64_t before;

	if (ret && ret != -EOWNERDEAD)
		return "an acquire failed";
	before = counter(arena);
	pt_pause();
	if (counter(arena) != before)
		wrong = "a program ran without the GIL";
	if (pt_gil_release(thread))
		return "a release failed";
	return wrong;
}

TEST_F(threads, nothing_runs_without_the_gil)
{
	struct runner runner = { .thread = self->thread, .failed = "" };
	unsigned int looks = 0;
	pthread_t pthread;

	/* Not a small int: those are in no dump. */
	EXPECT_STREQ("", pt_exec(self->thread, "LOAD_CONST r0, 1000\nSTORE_GLOBAL r0!, counter\n" END));
	ASSERT_EQ(0, pthread_create(&pthread, NULL, run_with_a_dead_ones_gil, &runner));
	while (!__atomic_load_n(&runner.done, __ATOMIC_ACQUIRE)) {
		const char *wrong = watch_once(self->arena, self->other);

		EXPECT_STREQ("", wrong);
		if (*wrong)
			break;
		looks++;
	}
	pthread_join(pthread, NULL);
	EXPECT_STREQ("", runner.failed);
	EXPECT_EQ(1000 + ROUNDS * TURNS, counter(self->arena));
	EXPECT_LT(0, looks);
}

/* ---- strings in the making ---- */

#define PART	"0123456789abcdef"
#define PARTS	60000

/* Is it one of those that the programs make, as long as it must be? */
static bool well_made(const struct pymm_dump_object *str)
{
	const char *text = (const char *)(str + 1);

	/* Constants and names. */
	if (str->value < (int64_t)(sizeof(PART) - 1))
		return true;
	if (str->value != sizeof(PART) - 1 && str->value != PARTS * (int64_t)(sizeof(PART) - 1))
		return false;
	for (uint32_t i = 0; i < str->nr_refs; i++)
		if (text[i] != PART[i % (sizeof(PART) - 1)])
			return false;
	return true;
}

/* Counts the long ones; a half made one is a failure. */
static unsigned int look_at_strs(struct __test_metadata *_metadata, int arena)
{
	struct pymm_snapshot *snapshot = pt_snapshot(arena);
	const struct pymm_dump_record *record = NULL;
	unsigned int count = 0;

	while ((record = pymm_snapshot_next(snapshot, record))) {
		const struct pymm_dump_object *object = (const void *)record;

		if (record->kind != PYMM_DUMP_OBJECT || object->type != PYMM_TYPE_STR)
			continue;
		count += object->value > 1000;
		EXPECT_TRUE(well_made(object))
			TH_LOG("a str of %lld characters", (long long)object->value);
	}
	pymm_snapshot_free(snapshot);
	return count;
}

TEST_F(threads, a_dump_shows_no_half_made_str)
{
	struct pt_task task;
	unsigned int seen = 0, looks;

	pt_start(&task, self->thread, "LOAD_CONST r0, '" PART "'\nLOAD_CONST r1, 60000\nloop:\n"
		 "BINARY_OP r2, r0, r1, *\nDELETE_FAST r2\nJUMP_BACKWARD loop\n");
	ASSERT_TRUE(pt_until(pt_stat(self->arena).gil_holder, PT_DEADLINE_MS));
	for (looks = 0; looks < 400 && _metadata->exit_code == KSFT_PASS; looks++)
		seen += look_at_strs(_metadata, self->arena);
	EXPECT_TRUE(pt_interrupt(&task));
	pt_join(&task);
	pt_task_free(&task);
	/* Most looks come while one is made. */
	EXPECT_GT(looks, seen);
}

/* ---- interned strings ---- */

/* A program with @count identifiers, that says whether 'keeper' is the one of name k. */
static char *identifiers(char prefix, int count)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	fputs("LOAD_GLOBAL r0, k\nLOAD_CONST r1, 'keeper'\nIS_OP r2, r0, r1, is\nPRINT r2, end\n", out);
	for (int i = 0; i < count; i++)
		fprintf(out, "LOAD_CONST r1, '%c%d'\n", prefix, i);
	fputs("GET_LEN r1, r1\nPRINT r1, end\n" END, out);
	fclose(out);
	return text;
}

struct interner {
	pthread_t pthread;
	int arena;
	char prefix;
	const char *failed;
};

/*
 * Loads the identifiers, stops, and closes the thread: they die by and by, in the
 * kernel's own time, while others intern the same and more.
 */
static void *intern_and_go(void *arg)
{
	struct interner *interner = arg;
	char *text = identifiers(interner->prefix, 2000);
	struct pymm_program *program = pt_assemble(text);

	for (int i = 0; i < 25 && !*interner->failed; i++) {
		struct pymm_run run = { .max_steps = 1 };
		int thread = pt_thread(interner->arena, NULL);

		if (pt_run(thread, program, &run) || run.status != PYMM_STATUS_LIMIT)
			interner->failed = "a run failed";
		close(thread);
		thread = pt_thread(interner->arena, NULL);
		if (strcmp(pt_exec(thread, text), "True\n5\n"))
			interner->failed = "an interned str is not the one";
		close(thread);
	}
	pymm_program_free(program);
	free(text);
	return NULL;
}

/* A few at a time, until the table is made anew for so few: there is no more in it than lives. */
static void intern_few(struct __test_metadata *_metadata, int thread)
{
	char *text = identifiers('c', 100);

	for (int i = 0; i < 150; i++) {
		EXPECT_STREQ("True\n3\n", pt_exec(thread, text));
	}
	free(text);
}

/* Two intern the same strings, a third one others: the table grows and shrinks. */
TEST_F(threads, interned_strings_stay_one)
{
	struct interner interners[] = {
		{ .prefix = 'a' }, { .prefix = 'a' }, { .prefix = 'b' },
	};

	/* As many switches as can be. */
	pt_set_interval(self->arena, 1);
	EXPECT_STREQ("", pt_exec(self->thread,
		"LOAD_CONST r0, 'keeper'\nSTORE_GLOBAL r0, k\n" END));
	for (unsigned int i = 0; i < ARRAY_SIZE(interners); i++) {
		interners[i].arena = self->arena;
		interners[i].failed = "";
		ASSERT_EQ(0, pthread_create(&interners[i].pthread, NULL, intern_and_go,
					    &interners[i]));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(interners); i++) {
		pthread_join(interners[i].pthread, NULL);
		EXPECT_STREQ("", interners[i].failed);
	}
	intern_few(_metadata, self->thread);
	/* Only what a name refers to is left; the name itself is a shared character. */
	EXPECT_EQ(1, pt_count_type(self->arena, PYMM_TYPE_STR));
}

TEST_HARNESS_MAIN
