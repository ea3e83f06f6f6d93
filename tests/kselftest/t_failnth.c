// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation and every copy from and to user space of every ioctl fails, one
 * after the other, each in a fresh arena: the call succeeds all the same, or says
 * ENOMEM or EFAULT; it leaks nothing; it has its whole effect or none; and the arena
 * is as usable as before. t_failnth_programs.c does the same inside of programs.
 *
 * A row is a call. A kernel that knows an ioctl without a row fails rows_for_all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "fault_util.h"
#include "gil_util.h"

/* What a try is done with; descriptors are -1 where there is none. */
struct try {
	int arena;
	int thread;
	int fd;				/* what it returned, or works on */
	struct pymm_program *program;
	uint64_t steps;			/* of the arena, before the call */
	union {
		struct pymm_query query;
		struct pymm_config config;
		struct pymm_thread_new thread_new;
		struct pymm_dup dup;
		struct pymm_stat stat;
		struct pymm_dump dump;
		struct pymm_run run;
		struct pymm_gil_args gil;
	} args;
	uint64_t room[512];		/* output, names, records */
};

/**
 * struct row - a call
 * @name: for messages
 * @cmd: the ioctl, or 0
 * @normal: what it returns when nothing fails
 * @prepare: what comes before it; NULL: nothing
 * @call: the call, alone
 * @check: "", or what is wrong after it returned @ret; NULL: nothing can be
 */
struct row {
	const char *name;
	unsigned int cmd;
	int normal;
	void (*prepare)(struct try *try);
	int (*call)(struct try *try);
	const char *(*check)(struct try *try, int ret);
};

static int call_open(struct try *try)
{
	return (try->arena = pt_open()) < 0 ? try->arena : 0;
}

static int call_query(struct try *try)
{
	return pt_ioctl(try->arena, PYMM_IOC_QUERY, &try->args);
}

static int call_config(struct try *try)
{
	return pt_ioctl(try->arena, PYMM_IOC_CONFIG, &try->args);
}

static int call_thread(struct try *try)
{
	return pt_ioctl(try->arena, PYMM_IOC_THREAD, &try->args);
}

static int call_dup(struct try *try)
{
	return pt_ioctl(try->arena, PYMM_IOC_DUP, &try->args);
}

static int call_stat(struct try *try)
{
	return pt_ioctl(try->arena, PYMM_IOC_STAT, &try->args);
}

static int call_dump(struct try *try)
{
	return pt_ioctl(try->arena, PYMM_IOC_DUMP, &try->args);
}

static int call_run(struct try *try)
{
	return pt_ioctl(try->thread, PYMM_IOC_RUN, &try->args);
}

static int call_gil(struct try *try)
{
	return pt_ioctl(try->thread, PYMM_IOC_GIL, &try->args);
}

static int call_read(struct try *try)
{
	return read(try->fd, try->room, sizeof(try->room)) < 0 ? -errno : 0;
}

static int call_close_thread(struct try *try)
{
	int ret = close(try->thread) ? -errno : 0;

	try->thread = -1;
	return ret;
}

static int call_close_arena(struct try *try)
{
	int ret = close(try->arena) ? -errno : 0;

	try->arena = -1;
	return ret;
}

/* ---- arena fds ---- */

static void open_arena(struct try *try)
{
	try->arena = pt_open();
	if (try->arena < 0)
		pt_die("open: %s", strerror(-try->arena));
}

static void open_both(struct try *try)
{
	open_arena(try);
	try->thread = pt_thread(try->arena, NULL);
	if (try->thread < 0)
		pt_die("THREAD: %s", strerror(-try->thread));
}

/* More objects than a dump's first pages have room for. */
static void open_full(struct try *try)
{
	open_both(try);
	if (strcmp(pt_exec(try->thread, "LOAD_CONST r0, ('two words', 1000)\nBUILD_LIST r1, r0\n"
			   "LOAD_CONST r2, 200\nBINARY_OP r1, r1, r2, *=\nSTORE_GLOBAL r1, a\n"
			   END), ""))
		pt_die("open_full");
}

static void prepare_query(struct try *try)
{
	open_both(try);
	try->args.query.names = (uintptr_t)try->room;
	try->args.query.names_size = sizeof(try->room);
}

static void prepare_config(struct try *try)
{
	open_both(try);
	try->args.config = (struct pymm_config){
		.fields = PYMM_CONFIG_SWITCH_INTERVAL | PYMM_CONFIG_THRESHOLDS |
			  PYMM_CONFIG_MAX_THREADS,
		.switch_interval_ns = 7000000, .thresholds = { 1, 2, 3 }, .max_threads = 44,
	};
}

/* All that was to be set was, or nothing, the latter only after an error. */
static const char *check_config(struct try *try, int ret)
{
	struct pymm_config now = pt_config(try->arena);
	bool old = now.switch_interval_ns == 5000000 && now.thresholds[0] == 2000 &&
		   now.thresholds[2] == 10 && now.max_threads == 1024;
	bool new = now.switch_interval_ns == 7000000 && now.thresholds[0] == 1 &&
		   now.thresholds[2] == 3 && now.max_threads == 44;

	if (!old && !new)
		return "half of it was set";
	if (!ret && !new)
		return "nothing was set";
	return ret == -EFAULT || old == !!ret ? "" : "it was set";
}

static const char *check_thread(struct try *try, int ret)
{
	if (!ret)
		try->fd = try->args.thread_new.fd;
	/* The first thread is the row's, if it has one. */
	if (pt_stat(try->arena).threads != (uint64_t)!ret + (try->thread >= 0))
		return "wrong number of threads";
	return ret || !strcmp(pt_exec(try->fd, END), "") ? "" : "it runs nothing";
}

static void prepare_dup(struct try *try)
{
	open_both(try);
	try->args.dup.rights = PYMM_RIGHT_INSPECT;
}

static const char *check_dup(struct try *try, int ret)
{
	if (ret)
		return "";
	try->fd = try->args.dup.fd;
	return pt_query(try->fd).rights == PYMM_RIGHT_INSPECT ? "" : "wrong rights";
}

static const char *check_stat(struct try *try, int ret)
{
	return ret || try->args.stat.threads == 1 ? "" : "wrong number of threads";
}

/* The records of a dump, one after the other, end where it ends. */
static const char *check_records(int fd)
{
	struct pymm_dump_record record;
	char rest[4096];

	while (read(fd, &record, sizeof(record)) == sizeof(record)) {
		size_t more = record.size - sizeof(record);

		if (record.size % 8 || more > sizeof(rest) ||
		    read(fd, rest, more) != (ssize_t)more)
			return "bad records";
	}
	return "";
}

static const char *check_dump(struct try *try, int ret)
{
	if (ret)
		return "";
	try->fd = try->args.dump.fd;
	return check_records(try->fd);
}

static void prepare_read(struct try *try)
{
	open_full(try);
	if (call_dump(try))
		pt_die("DUMP");
	try->fd = try->args.dump.fd;
}

/* What could not be read is still to be read. */
static const char *check_read(struct try *try, int ret)
{
	struct pymm_dump_arena head;

	if (!ret)
		return "";
	if (read(try->fd, &head, sizeof(head)) != sizeof(head) ||
	    head.record.kind != PYMM_DUMP_ARENA)
		return "the beginning is lost";
	return "";
}

static void prepare_frames(struct try *try)
{
	struct pymm_run run = { .max_steps = 4 };

	open_both(try);
	try->program = pt_assemble("LOAD_CONST r0, 'two words'\nBUILD_LIST r1, r0\n"
				   "LIST_APPEND r1, r1\n" LOOP_FOREVER);
	if (pt_run(try->thread, try->program, &run) || !(run.result_flags & PYMM_RAN_KEPT))
		pt_die("no frames");
}

/* ---- thread fds: RUN ---- */

/* Binds two names, or none if it fails before it begins. */
#define TWO_NAMES	"LOAD_CONST r0, (1, 'two words')\nBUILD_LIST r1, r0\nPRINT r1, end\n" \
			"STORE_GLOBAL r1, a\nSTORE_GLOBAL r1, b\n"

static void prepare_text(struct try *try, const char *text, uint32_t flags)
{
	struct pymm_run *run = &try->args.run;
	size_t size;

	open_both(try);
	try->program = pt_assemble(text);
	run->flags = flags;
	run->image = (uintptr_t)pymm_program_image(try->program, &size);
	run->image_size = size;
	run->output = (uintptr_t)try->room;
	run->output_size = sizeof(try->room);
	try->steps = pt_stat(try->arena).steps;
}

static void prepare_run(struct try *try)
{
	prepare_text(try, TWO_NAMES END, 0);
}

static bool raised_memory_error(const struct pymm_run *run)
{
	return run->status == PYMM_STATUS_EXCEPTION && run->exception == PYMM_EXC_MEMORY_ERROR;
}

static bool printed_well(const struct try *try)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	bool well;

	if (try->args.run.result_flags & PYMM_RAN_OUTPUT_LOST)
		fputs(try->args.run.output_used ? "lost?" : "[(1, 'two words')]\n", out);
	else if (pymm_output_render(try->room, try->args.run.output_used, out))
		fputs("bad records", out);
	fclose(out);
	well = !strcmp(text, "[(1, 'two words')]\n");
	free(text);
	return well;
}

/* A call that says ENOMEM has executed nothing; EFAULT can come after all of it. */
static const char *check_run(struct try *try, int ret)
{
	struct pymm_stat now = pt_stat(try->arena);

	if (ret == -ENOMEM && (now.names || now.steps != try->steps))
		return "it ran and says that it did not";
	if (ret == -EFAULT)
		return now.names % 2 ? "half of it ran" : "";
	if (ret || raised_memory_error(&try->args.run))
		return "";
	if (try->args.run.status != PYMM_STATUS_DONE || now.names != 2)
		return "it did not run to its end";
	return printed_well(try) ? "" : "wrong output";
}

static void prepare_check(struct try *try)
{
	prepare_text(try, TWO_NAMES END, PYMM_RUN_CHECK);
}

static const char *check_nothing_ran(struct try *try, int ret)
{
	struct pymm_stat now = pt_stat(try->arena);

	(void)ret;
	return now.names || now.steps != try->steps ? "something ran" : "";
}

/* An image that is refused for its magic number. */
static void prepare_refused(struct try *try)
{
	static struct pymm_image image = { .magic = 1, .size = sizeof(image) };

	open_both(try);
	try->args.run.image = (uintptr_t)&image;
	try->args.run.image_size = sizeof(image);
	try->steps = pt_stat(try->arena).steps;
}

static const char *check_refused(struct try *try, int ret)
{
	if (ret == -EINVAL && try->args.run.reject != PYMM_REJECT_IMAGE)
		return "no reason";
	return check_nothing_ran(try, ret);
}

static void pause_run(struct try *try, uint32_t flags)
{
	struct pymm_run *run = &try->args.run;

	prepare_text(try, TWO_NAMES END, 0);
	run->max_steps = 2;
	if (call_run(try) || run->status != PYMM_STATUS_LIMIT)
		pt_die("no pause");
	run->flags = flags;
	run->image = 0;
	run->image_size = 0;
	run->max_steps = 0;
}

static void prepare_resume(struct try *try)
{
	pause_run(try, PYMM_RUN_RESUME);
}

/* If it did not go on, it can go on now; after EFAULT, who knows. */
static const char *check_resume(struct try *try, int ret)
{
	struct pymm_run run = { .flags = PYMM_RUN_RESUME };
	bool memory_error = !ret && raised_memory_error(&try->args.run);
	int again = pt_ioctl(try->thread, PYMM_IOC_RUN, &run);

	if (!ret && again != -EINVAL)
		return "frames are left";
	if (ret == -ENOMEM && again)
		return "the frames are gone";
	/* No room for output: now it stands before the print, for ever. */
	if (!again && run.status == PYMM_STATUS_OUTPUT_FULL)
		return "";
	return memory_error || pt_stat(try->arena).names == 2 ? "" : "it did not go on";
}

static void prepare_abandon(struct try *try)
{
	pause_run(try, PYMM_RUN_ABANDON);
}

static const char *check_abandon(struct try *try, int ret)
{
	struct pymm_run run = { .flags = PYMM_RUN_ABANDON };
	int again = pt_ioctl(try->thread, PYMM_IOC_RUN, &run);

	if (again == (ret ? 0 : -EINVAL) || (ret == -EFAULT && again == -EINVAL))
		return pt_stat(try->arena).names ? "it ran" : "";
	return ret ? "the frames are gone" : "frames are left";
}

/* ---- thread fds: GIL ---- */

static void prepare_acquire(struct try *try)
{
	open_both(try);
	try->args.gil.op = PYMM_GIL_ACQUIRE;
	try->args.gil.deadline = PYMM_NO_DEADLINE;
}

static const char *check_acquire(struct try *try, int ret)
{
	bool held = pt_gil_stat(try->thread).held;

	if (ret != -EFAULT && held != !ret)
		return ret ? "it is held" : "it is not held";
	if (held && pt_gil_release(try->thread))
		return "it cannot be released";
	return "";
}

static void prepare_release(struct try *try)
{
	open_both(try);
	if (pt_gil_acquire(try->thread))
		pt_die("ACQUIRE");
	try->args.gil.op = PYMM_GIL_RELEASE;
}

static const char *check_release(struct try *try, int ret)
{
	bool held = pt_gil_stat(try->thread).held;

	if (ret != -EFAULT && held != !!ret)
		return ret ? "it is not held" : "it is held";
	if (held && pt_gil_release(try->thread))
		return "it cannot be released";
	return "";
}

/* A holder goes without a release. */
static void abandon_gil(struct try *try)
{
	int other = pt_thread(try->arena, NULL);

	if (pt_gil_acquire(other))
		pt_die("ACQUIRE");
	close(other);
}

static void prepare_owner_died(struct try *try)
{
	prepare_acquire(try);
	abandon_gil(try);
}

/* It is told once, by the call that succeeds. */
static const char *check_owner_died(struct try *try, int ret)
{
	int again;

	if (pt_gil_stat(try->thread).held)
		return check_acquire(try, ret == -EOWNERDEAD ? 0 : ret);
	if (ret == -EOWNERDEAD)
		return "it is not held";
	again = pt_gil_acquire(try->thread);
	pt_gil_release(try->thread);
	return again == -EOWNERDEAD ? "" : "nobody is told";
}

static void prepare_run_owner_died(struct try *try)
{
	prepare_run(try);
	abandon_gil(try);
}

static const char *check_run_owner_died(struct try *try, int ret)
{
	struct pymm_run run = { .output = (uintptr_t)try->room, .output_size = 4096 };
	const char *wrong = check_run(try, ret);

	if (*wrong || ret == -EFAULT)
		return wrong;
	if (!ret)
		return try->args.run.result_flags & PYMM_RAN_OWNER_DIED ? "" : "it is not told";
	if (pt_run(try->thread, try->program, &run))
		return "it does not run";
	return run.result_flags & PYMM_RAN_OWNER_DIED ? "" : "nobody is told";
}

/* ---- the table ---- */

static const struct row rows[] = {
	{ "open", 0, 0, NULL, call_open, NULL },
	{ "QUERY", PYMM_IOC_QUERY, 0, prepare_query, call_query, NULL },
	{ "CONFIG, read", PYMM_IOC_CONFIG, 0, open_both, call_config, NULL },
	{ "CONFIG, set", PYMM_IOC_CONFIG, 0, prepare_config, call_config, check_config },
	{ "THREAD, the first", PYMM_IOC_THREAD, 0, open_arena, call_thread, check_thread },
	{ "THREAD", PYMM_IOC_THREAD, 0, open_both, call_thread, check_thread },
	{ "DUP", PYMM_IOC_DUP, 0, prepare_dup, call_dup, check_dup },
	{ "STAT", PYMM_IOC_STAT, 0, open_both, call_stat, check_stat },
	{ "DUMP of a bare arena", PYMM_IOC_DUMP, 0, open_arena, call_dump, check_dump },
	{ "DUMP", PYMM_IOC_DUMP, 0, open_full, call_dump, check_dump },
	{ "read of a dump", 0, 0, prepare_read, call_read, check_read },
	{ "RUN", PYMM_IOC_RUN, 0, prepare_run, call_run, check_run },
	{ "RUN, check", PYMM_IOC_RUN, 0, prepare_check, call_run, check_nothing_ran },
	{ "RUN, refused", PYMM_IOC_RUN, -EINVAL, prepare_refused, call_run, check_refused },
	{ "RUN, resume", PYMM_IOC_RUN, 0, prepare_resume, call_run, check_resume },
	{ "RUN, abandon", PYMM_IOC_RUN, 0, prepare_abandon, call_run, check_abandon },
	{ "RUN after a holder's end", PYMM_IOC_RUN, 0, prepare_run_owner_died, call_run,
	  check_run_owner_died },
	{ "GIL, stat", PYMM_IOC_GIL, 0, open_both, call_gil, NULL },
	{ "GIL, acquire", PYMM_IOC_GIL, 0, prepare_acquire, call_gil, check_acquire },
	{ "GIL, acquire after a holder's end", PYMM_IOC_GIL, -EOWNERDEAD, prepare_owner_died,
	  call_gil, check_owner_died },
	{ "GIL, release", PYMM_IOC_GIL, 0, prepare_release, call_gil, check_release },
	{ "close of a thread", 0, 0, prepare_frames, call_close_thread, NULL },
	{ "close of an arena", 0, 0, open_full, call_close_arena, NULL },
};

/* ---- a try ---- */

/* Uses what an arena makes for its first use, so that all arenas end up alike. */
#define USE_ALL	"LOAD_CONST r0, 300\nLOAD_CONST r1, 'identifier'\nBUILD_LIST r2, r0..r1\n"	\
		"STORE_GLOBAL r2, u\nPRINT r2, end\nDELETE_GLOBAL u\nDELETE_FAST r2\n"		\
		"GC_COLLECT r0, 2\n"
#define USE_ALL_PRINTS	"[300, 'identifier']\n"

/* The arena works, and holds what an arena at rest holds: @stat tells. */
static const char *use_and_empty(struct try *try, struct pymm_stat *stat)
{
	const char *wrong = "";
	int thread;

	if (try->arena < 0)
		open_arena(try);
	thread = pt_thread(try->arena, NULL);
	if (thread < 0)
		return "no thread can be had";
	pt_unbind_all(try->arena, thread);
	if (strcmp(pt_exec(thread, USE_ALL END), USE_ALL_PRINTS))
		wrong = "the arena does not work";
	close(thread);
	*stat = pt_stat(try->arena);
	return wrong;
}

static void close_if(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* One that is reserved and has no file is neither free nor in /proc. */
static bool is_free(int fd)
{
	int copy = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, fd);

	close_if(copy);
	return copy == fd;
}

/* The outcome of a try. */
struct outcome {
	int ret;
	bool failed;		/* something was made to fail */
	const char *wrong;
	struct pymm_stat stat;	/* of the arena at rest afterwards */
};

static struct outcome try_row(struct pt_faults *faults, const struct row *row,
			      enum pt_fault_mode mode, unsigned int nth)
{
	struct try try = { .arena = -1, .thread = -1, .fd = -1 };
	struct outcome outcome = { 0 };
	const char *wrong;
	int free_fd;

	if (row->prepare)
		row->prepare(&try);
	free_fd = pt_free_fd();
	pt_fault_arm(faults, mode, nth);
	outcome.ret = row->call(&try);
	outcome.failed = pt_fault_disarm(faults);
	outcome.wrong = row->check ? row->check(&try, outcome.ret) : "";
	if (outcome.ret != row->normal && outcome.ret != -ENOMEM && outcome.ret != -EFAULT)
		outcome.wrong = "not an error of the contract";
	close_if(try.fd);
	close_if(try.thread);
	wrong = use_and_empty(&try, &outcome.stat);
	close(try.arena);
	if (!*outcome.wrong)
		outcome.wrong = wrong;
	if (!*outcome.wrong && !is_free(free_fd))
		outcome.wrong = "a descriptor is left";
	pymm_program_free(try.program);
	return outcome;
}

/* Fail one thing after the other until there is nothing more to fail. */
static void sweep(struct __test_metadata *_metadata, struct pt_faults *faults,
		  const struct row *row, enum pt_fault_mode mode, unsigned int *total)
{
	struct outcome rest = try_row(faults, row, mode, 0);
	struct outcome outcome;
	unsigned int nth = 0;

	ASSERT_EQ(row->normal, rest.ret)
		TH_LOG("%s", row->name);
	ASSERT_STREQ("", rest.wrong)
		TH_LOG("%s", row->name);
	do {
		ASSERT_GT(PT_FAULT_MAX_NTH, ++nth)
			TH_LOG("%s", row->name);
		outcome = try_row(faults, row, mode, nth);
		EXPECT_STREQ("", outcome.wrong)
			TH_LOG("%s: fault %u, mode %d: %d", row->name, nth, mode, outcome.ret);
		EXPECT_STREQ("", pt_fault_left(&outcome.stat, &rest.stat))
			TH_LOG("%s: fault %u, mode %d: %d", row->name, nth, mode, outcome.ret);
	} while (outcome.failed);
	/* Each ioctl copies its struct in, back and out. */
	if (row->cmd) {
		EXPECT_LE(4, nth)
			TH_LOG("%s", row->name);
	}
	*total += nth - 1;
}

PT_FAULT_FIXTURE(failnth)

static void sweep_all(struct __test_metadata *_metadata, struct pt_faults *faults,
		      enum pt_fault_mode mode)
{
	unsigned int total = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		sweep(_metadata, faults, &rows[i], mode, &total);
	TH_LOG("%u faults in %zu calls", total, ARRAY_SIZE(rows));
}

TEST_F(failnth, one_fault)
{
	sweep_all(_metadata, &self->faults, PT_FAULT_ONCE);
}

TEST_F(failnth, no_memory_from_then_on)
{
	sweep_all(_metadata, &self->faults, PT_FAULT_FROM_THEN);
}

/* ---- rows for all ioctls ---- */

static bool has_row(unsigned int nr)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].cmd && _IOC_NR(rows[i].cmd) == nr)
			return true;
	return false;
}

/* Does the kernel know the number? A struct of no size is EINVAL then. */
static bool known(int fd, unsigned int nr)
{
	return pt_ioctl(fd, _IOC(_IOC_READ | _IOC_WRITE, PYMM_IOC_MAGIC, nr, 0), NULL) != -ENOTTY;
}

TEST(rows_for_all)
{
	struct try try = { 0 };
	unsigned int nr, count = 0;

	if (access(PYMM_DEVICE, F_OK))
		SKIP(return, "no " PYMM_DEVICE);
	open_both(&try);
	for (nr = 0; nr < 256; nr++) {
		if (!known(try.arena, nr) && !known(try.thread, nr))
			continue;
		count++;
		EXPECT_TRUE(has_row(nr))
			TH_LOG("ioctl %#x has no row", nr);
	}
	EXPECT_LE(8, count);
	close(try.thread);
	close(try.arena);
}

TEST_HARNESS_MAIN
