// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each ioctl with each access of user memory faulting, each descriptor and each allocation
 * refused: it returns the errno of that, or says what was lost, and leaves no file behind.
 */
#include <stdlib.h>

#include "cases.h"

struct fault_case {
	struct cases *cases;
	int made;	/* descriptor that the call gave, or 0 */
	struct pymm_run run;
	bool whole;	/* nothing is lost: what failed was a copy of nothing */
};

static int call_query(struct fault_case *call)
{
	char names[4096];
	struct pymm_query query = { .names = (uintptr_t)names, .names_size = sizeof(names) };

	return unit_ioctl(call->cases->unit.arena, PYMM_IOC_QUERY, &query);
}

static int call_config(struct fault_case *call)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_MAX_THREADS, .max_threads = 100 };

	return unit_config(&call->cases->unit, &config);
}

static int call_stat(struct fault_case *call)
{
	struct pymm_stat stat = { 0 };

	return unit_ioctl(call->cases->unit.arena, PYMM_IOC_STAT, &stat);
}

static int call_thread(struct fault_case *call)
{
	struct pymm_thread_new new = { 0 };
	int err = unit_ioctl(call->cases->unit.arena, PYMM_IOC_THREAD, &new);

	call->made = err ? 0 : new.fd;
	return err;
}

static int call_dup(struct fault_case *call)
{
	struct pymm_dup dup = { .rights = PYMM_RIGHT_RUN };
	int err = unit_ioctl(call->cases->unit.arena, PYMM_IOC_DUP, &dup);

	call->made = err ? 0 : dup.fd;
	return err;
}

static int call_dump(struct fault_case *call)
{
	struct pymm_dump dump = { 0 };
	int err = unit_ioctl(call->cases->unit.arena, PYMM_IOC_DUMP, &dump);

	call->made = err ? 0 : dump.fd;
	return err;
}

static int call_open(struct fault_case *call)
{
	int fd = shim_open("/dev/pymm", 0);

	call->made = fd < 0 ? 0 : fd;
	return fd < 0 ? -errno : 0;
}

static int call_gil(struct fault_case *call)
{
	return unit_gil(&call->cases->unit.thread, PYMM_GIL_ACQUIRE, true);
}

static int call_run(struct fault_case *call)
{
	struct unit_image image = unit_assemble("LOAD_CONST r0, 1000\nBUILD_LIST r0, r0!\nPRINT r0, end\n" END);
	int err;

	err = unit_run(&call->cases->unit.thread, &image, 0);
	call->run = call->cases->unit.thread.run;
	free(image.data);
	return err;
}

/* An exception ends it, and the frames are to be told. */
static int call_raise(struct fault_case *call)
{
	struct unit_image image = unit_assemble("LOAD_GLOBAL r0, nothing\n" END);
	struct pymm_traceback entries[2] = { 0 };
	struct pymm_run run = { .image = (uintptr_t)image.data, .image_size = image.size,
				.traceback = (uintptr_t)entries, .traceback_size = ARRAY_SIZE(entries) };
	int err;

	err = unit_ioctl(call->cases->unit.thread.fd, PYMM_IOC_RUN, &run);
	call->run = run;
	free(image.data);
	call->whole = !err && run.traceback_used == 1 && !strcmp(entries[0].name, "<module>");
	return err;
}

static int call_refused(struct fault_case *call)
{
	struct unit_image image = unit_assemble(END);
	int err;

	((struct pymm_image *)image.data)->magic++;
	err = unit_run(&call->cases->unit.thread, &image, 0);
	free(image.data);
	return err == -EINVAL ? 0 : err;
}

static int call_read(struct fault_case *call)
{
	struct pymm_dump dump = { 0 };
	char to[64];
	int err = unit_ioctl(call->cases->unit.arena, PYMM_IOC_DUMP, &dump);

	if (err)
		return err;
	err = shim_read(dump.fd, to, sizeof(to)) < 0 ? -errno : 0;
	shim_close(dump.fd);
	return err;
}

static const struct {
	const char *name;
	int (*call)(struct fault_case *call);
} calls[] = {
	{ "QUERY", call_query }, { "CONFIG", call_config }, { "STAT", call_stat },
	{ "THREAD", call_thread }, { "DUP", call_dup }, { "DUMP", call_dump }, { "GIL", call_gil },
	{ "RUN", call_run }, { "RUN that raises", call_raise }, { "RUN that is refused", call_refused }, { "open()", call_open },
	{ "read()", call_read },
};

static const struct {
	const char *name;
	enum shim_fault fault;
	int errors[2];
} faults[] = {
	{ "user memory", SHIM_USER, { -EFAULT, -EFAULT } },
	{ "descriptors", SHIM_FD, { -EMFILE, -EMFILE } },
	{ "memory", SHIM_ALLOC, { -ENOMEM, -ENFILE } },
};

/* Whether there was an @nth time to fail. */
static bool fail_once(struct fault_case *call, unsigned int which, unsigned int how, u64 nth)
{
	unsigned int files = shim_files();
	bool reached;
	int err;

	call->made = 0;
	memset(&call->run, 0, sizeof(call->run));
	call->whole = false;
	shim_fail(faults[how].fault, nth);
	err = calls[which].call(call);
	reached = shim_count(faults[how].fault) >= nth;
	shim_fail(faults[how].fault, 0);
	if (call->made)
		shim_close(call->made);
	/* When the copy to user memory failed, the GIL was acquired all the same. */
	if (unit_arena(&call->cases->unit)->gil.holder)
		unit_gil(&call->cases->unit.thread, PYMM_GIL_RELEASE, true);
	shim_work_flush();
	case_equal(call->cases, files, shim_files());
	case_walk(call->cases);
	if (!reached)
		case_equal(call->cases, 0, err);
	else if (!err)
		/* Nothing to return: memory for an instruction, or for the frames, or the output. */
		case_check(call->cases, call->run.exception == PYMM_EXC_MEMORY_ERROR || call->whole ||
			   (call->run.traceback_depth && !call->run.traceback_used) ||
			   (call->run.result_flags & PYMM_RAN_OUTPUT_LOST));
	else
		case_check(call->cases, err == faults[how].errors[0] || err == faults[how].errors[1]);
	return reached;
}

static void fail_all(struct cases *cases, unsigned int which, unsigned int how)
{
	struct fault_case call = { .cases = cases };
	char name[64];
	u64 nth = 0;

	case_begin(cases);
	while (fail_once(&call, which, how, ++nth) && nth < 1000)
		;
	snprintf(name, sizeof(name), "%s: %s", calls[which].name, faults[how].name);
	case_end(cases, name);
}

/* A page of user memory that is not there. */
static void test_addresses(struct cases *cases)
{
	struct unit_image image = unit_assemble("LOAD_CONST r0, 1000\nPRINT r0, end\n" END);
	struct pymm_run run = { .image = (uintptr_t)image.data, .image_size = image.size,
				.output = 16, .output_size = 64 };
	int thread;

	case_begin(cases);
	thread = cases->unit.thread.fd;
	case_equal(cases, -EFAULT, unit_ioctl(thread, PYMM_IOC_RUN, &run));
	case_equal(cases, -EFAULT, unit_ioctl(thread, PYMM_IOC_RUN, NULL));
	run.output = 0;
	case_equal(cases, -EINVAL, unit_ioctl(thread, PYMM_IOC_RUN, &run));
	run.output_size = 0;
	run.image = 8;
	case_equal(cases, -EFAULT, unit_ioctl(thread, PYMM_IOC_RUN, &run));
	free(image.data);
	case_end(cases, "addresses that are not mapped");
}

/* A set that is to become small, and finds no memory for its smaller table, is as it was. */
static void test_set_operator(struct cases *cases)
{
	static const char before[] = "{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17}\n";
	struct unit_image image = unit_assemble("LOAD_GLOBAL r0, s\nLOAD_GLOBAL r1, o\nBINARY_OP r0, r0!, r1!, -=\n"
						"LOAD_CONST r0, None\nRETURN_VALUE r0!\n");
	unsigned int refused = 0;
	bool done;
	u64 nth = 0;
	int err;

	case_begin(cases);
	case_exec(cases, "", "LOAD_CONST r0, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)\nBUILD_SET r1, ()\n"
		  "SET_UPDATE r1, r0\nSTORE_GLOBAL r1!, s\nLOAD_CONST r0, (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)\n"
		  "BUILD_SET r1, ()\nSET_UPDATE r1, r0\nSTORE_GLOBAL r1!, o\n" END);
	do {
		shim_fail(SHIM_ALLOC, ++nth);
		err = unit_run_to_end(&cases->unit.thread, &image, 0);
		shim_fail(SHIM_ALLOC, 0);
		done = !err && cases->unit.thread.run.status == PYMM_STATUS_DONE;
		refused += !err && cases->unit.thread.run.exception == PYMM_EXC_MEMORY_ERROR;
		case_exec(cases, done ? "{16, 17, 15}\n" : before, "LOAD_GLOBAL r0, s\nPRINT r0, end\n" END);
	} while (!done && nth < 100);
	case_check(cases, refused);
	free(image.data);
	case_end(cases, "a set without memory for a smaller table");
}

int main(void)
{
	struct cases cases = { 0 };
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(calls); i++)
		for (j = 0; j < ARRAY_SIZE(faults); j++)
			fail_all(&cases, i, j);
	test_addresses(&cases);
	test_set_operator(&cases);
	return tap_end(&cases.tap);
}
