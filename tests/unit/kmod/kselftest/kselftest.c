// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the tests that were linked with it, each in a process; see kselftest_harness.h.
 *
 * A test that asks the host for anything, a process of its own, a timer, a file, is left out: what it
 * calls is linked to kt_refused_...(), so that no test that comes anew can harm the host. Which tests
 * these are is in left_out, which ../check.sh compares with what is printed here.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <sys/wait.h>

#include "../unit.h"
#include "../../../../kmod/ioctl.h"
#include "kselftest_harness.h"

/* How the process of a test ends. */
enum kt_outcome {
	KT_PASSED,
	KT_FAILED,
	KT_SKIPPED,
	KT_LEFT_OUT,
};

struct kt_run {
	struct __test_metadata metadata;	/* the first */
	jmp_buf left;
};

/* Constructors fill it. */
static struct kt_test *kt_first, **kt_end = &kt_first;

/* Of the test that runs in this process. */
static const struct kt_run *kt_running;

void kt_register(struct kt_test *test)
{
	*kt_end = test;
	kt_end = &test->next;
}

static __attribute__((noreturn)) void kt_leave(struct __test_metadata *metadata)
{
	longjmp(((struct kt_run *)metadata)->left, 1);
}

/* What is closed is walked first. */
static void kt_walk(struct file *file, void *arg)
{
	struct kt_run *run = arg;
	struct unit_report report;
	struct pymm_arena_file *arena;
	struct pymm_thread *thread;

	if (file->f_op != &pymm_arena_fops)
		return;
	arena = file->private_data;
	/* A task may be in a call: what it changes is not to be looked at. */
	list_for_each_entry(thread, &arena->arena->threads, node)
		if (thread->busy)
			return;
	if (unit_walk(arena->arena, &report))
		return;
	TH_LOG("walk: %s", report.text);
	run->metadata.failed = true;
}

static void kt_left(struct kt_run *run)
{
	size_t bytes, count;

	shim_work_flush();
	if (run->metadata.failed)
		return;
	shim_check(!shim_files(), "files are left open");
	shim_module_exit();
	count = shim_live(&bytes);
	if (count || shim_pids()) {
		TH_LOG("%zu allocations, %zu bytes, %u pids are left", count, bytes, shim_pids());
		run->metadata.failed = true;
	}
}

/* What it asked for it does not get. What it has found until then counts. */
static __attribute__((noreturn)) void kt_refuse(void)
{
	_exit(kt_running->metadata.failed ? KT_FAILED : KT_LEFT_OUT);
}

/* Calls of the host that tests make; Makefile has the same names. */
#define KT_REFUSE(call)								\
	long kt_refused_##call(void);						\
	long kt_refused_##call(void)						\
	{									\
		kt_refuse();							\
	}
KT_REFUSE(fork)
KT_REFUSE(mkdir)
KT_REFUSE(rmdir)
KT_REFUSE(stat)
KT_REFUSE(fopen)
KT_REFUSE(kill)
KT_REFUSE(prctl)
KT_REFUSE(setitimer)
KT_REFUSE(setrlimit)
KT_REFUSE(socketpair)
KT_REFUSE(unshare)
KT_REFUSE(sched_setaffinity)

int kt_open(const char *path, int flags, ...)
{
	if (strcmp(path, "/dev/pymm") && strcmp(path, "/dev/null"))
		kt_refuse();
	return shim_open(path, flags);
}

static enum kt_outcome kt_run(const struct kt_test *test)
{
	struct kt_run run = { .metadata.leave = kt_leave };

	kt_running = &run;
	shim_reset(1);
	shim_on_close(kt_walk, &run);
	shim_user_probe(true);
	shim_check(!shim_module_init(), "the module cannot be inserted");
	if (!setjmp(run.left))
		test->run(&run.metadata);
	kt_left(&run);
	return run.metadata.failed ? KT_FAILED : run.metadata.skipped ? KT_SKIPPED : KT_PASSED;
}

static enum kt_outcome kt_fork(const struct kt_test *test)
{
	int status;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (!child)
		exit(kt_run(test));
	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return KT_FAILED;
	return WEXITSTATUS(status) > KT_LEFT_OUT ? KT_FAILED : WEXITSTATUS(status);
}

static bool kt_named(const struct kt_test *test, char **names)
{
	for (; *names; names++)
		if (!strcmp(test->name, *names))
			return true;
	return false;
}

/* Arguments are names of tests not to run. */
int main(int argc, char **argv)
{
	static const char *const words[] = {
		[KT_PASSED] = "ok", [KT_FAILED] = "not ok", [KT_SKIPPED] = "# skipped",
		[KT_LEFT_OUT] = "# left out",
	};
	unsigned int counts[ARRAY_SIZE(words)] = { 0 };
	enum kt_outcome outcome;

	for (struct kt_test *test = kt_first; test; test = test->next) {
		outcome = kt_named(test, argv + (argc > 0)) ? KT_LEFT_OUT : kt_fork(test);
		counts[outcome]++;
		printf("%s - %s\n", words[outcome], test->name);
	}
	printf("1..%u\n", counts[KT_PASSED] + counts[KT_FAILED]);
	return counts[KT_FAILED] ? 1 : 0;
}
