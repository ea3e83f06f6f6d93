// SPDX-License-Identifier: GPL-2.0
/*
 * The contract of linux/pymm.h, for every ioctl: numbers, sizes, reserved fields, flags,
 * pointers.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "gil_util.h"
#include "image_util.h"
#include "pymm_util.h"

/* ---- layout: what other architectures, compilers and versions must agree on ---- */

#define OFFSET(type, member, at) \
	_Static_assert(offsetof(struct type, member) == (at), #type "." #member)
#define SIZE(type, size) _Static_assert(sizeof(struct type) == (size), #type)

SIZE(pymm_query, PYMM_QUERY_SIZE_VER1);
OFFSET(pymm_query, rights, 4);
OFFSET(pymm_query, abi_version, 8);
OFFSET(pymm_query, nr_opcodes, 12);
OFFSET(pymm_query, nr_types, 16);
OFFSET(pymm_query, names_size, 20);
OFFSET(pymm_query, names, 24);
OFFSET(pymm_query, run_flags, 32);
OFFSET(pymm_query, config_fields, 36);
OFFSET(pymm_query, config_flags, 40);
OFFSET(pymm_query, max_insns, 44);
OFFSET(pymm_query, max_consts, 48);
OFFSET(pymm_query, max_slots, 52);
OFFSET(pymm_query, max_image_size, 56);
OFFSET(pymm_query, max_depth, 60);
OFFSET(pymm_query, arena_id, 64);
OFFSET(pymm_query, reserved, 68);
OFFSET(pymm_query, policies, 72);
OFFSET(pymm_query, reserved2, 76);
SIZE(pymm_config, PYMM_CONFIG_SIZE_VER1);
OFFSET(pymm_config, flags, 4);
OFFSET(pymm_config, switch_interval_ns, 8);
OFFSET(pymm_config, thresholds, 16);
OFFSET(pymm_config, max_threads, 28);
OFFSET(pymm_config, max_objects, 32);
OFFSET(pymm_config, max_bytes, 40);
OFFSET(pymm_config, policy, 48);
OFFSET(pymm_config, reserved, 52);
SIZE(pymm_thread_new, PYMM_THREAD_NEW_SIZE_VER0);
OFFSET(pymm_thread_new, fd, 4);
OFFSET(pymm_thread_new, thread_id, 8);
OFFSET(pymm_thread_new, reserved, 12);
SIZE(pymm_dup, PYMM_DUP_SIZE_VER0);
OFFSET(pymm_dup, rights, 4);
OFFSET(pymm_dup, fd, 8);
OFFSET(pymm_dup, reserved, 12);
SIZE(pymm_stat, PYMM_STAT_SIZE_VER1);
OFFSET(pymm_stat, objects, 8);
OFFSET(pymm_stat, bytes, 40);
OFFSET(pymm_stat, tracked, 56);
OFFSET(pymm_stat, gc_ns, 152);
OFFSET(pymm_stat, steps, 176);
OFFSET(pymm_stat, gil_waiters, 208);
OFFSET(pymm_stat, gil_abandoned, 216);
OFFSET(pymm_stat, unraisable, 224);
OFFSET(pymm_stat, frozen, 232);
OFFSET(pymm_stat, pool_bytes, 240);
SIZE(pymm_dump, PYMM_DUMP_SIZE_VER0);
OFFSET(pymm_dump, fd, 4);
OFFSET(pymm_dump, size, 8);
SIZE(pymm_dump_record, 8);
SIZE(pymm_dump_arena, 32);
SIZE(pymm_dump_object, 32);
SIZE(pymm_dump_name, 24);
OFFSET(pymm_dump_name, key, 16);
SIZE(pymm_dump_frame, 24);
SIZE(pymm_dump_thread, 96);
OFFSET(pymm_dump_thread, since_ns, 24);
SIZE(pymm_dump_lock, 24);
SIZE(pymm_run, PYMM_RUN_SIZE_VER1);
OFFSET(pymm_run, image, 8);
OFFSET(pymm_run, output, 16);
OFFSET(pymm_run, output_size, 24);
OFFSET(pymm_run, output_used, 28);
OFFSET(pymm_run, output_needed, 32);
OFFSET(pymm_run, reserved, 36);
OFFSET(pymm_run, max_steps, 40);
OFFSET(pymm_run, steps, 48);
OFFSET(pymm_run, status, 56);
OFFSET(pymm_run, reject, 76);
OFFSET(pymm_run, message, 80);
OFFSET(pymm_run, traceback, 272);
OFFSET(pymm_run, traceback_used, 284);
SIZE(pymm_traceback, 64);
SIZE(pymm_gil_args, PYMM_GIL_SIZE_VER0);
OFFSET(pymm_gil_args, deadline, 8);
OFFSET(pymm_gil_args, held, 16);
OFFSET(pymm_gil_args, acquires, 24);
OFFSET(pymm_gil_args, drops, 80);
SIZE(pymm_insn, 16);
OFFSET(pymm_insn, imm, 8);
SIZE(pymm_image, 16);
SIZE(pymm_code, 24);
SIZE(pymm_const, 8);
SIZE(pymm_record, 8);

/* ---- one row for each ioctl, with arguments that are valid ---- */

#define NO_FD	(-1)

struct row {
	const char *name;
	unsigned int nr;
	unsigned int size;	/* of version 0 */
	unsigned int now;	/* what it has grown to; 0: it has not */
	bool on_thread;
	int fd_at;		/* where it returns an fd, or NO_FD */
};

static const struct row rows[] = {
	{ "QUERY", 0x00, PYMM_QUERY_SIZE_VER0, PYMM_QUERY_SIZE_VER1, false, NO_FD },
	{ "CONFIG", 0x01, PYMM_CONFIG_SIZE_VER0, PYMM_CONFIG_SIZE_VER1, false, NO_FD },
	{ "THREAD", 0x02, PYMM_THREAD_NEW_SIZE_VER0, 0, false, offsetof(struct pymm_thread_new, fd) },
	{ "DUP", 0x03, PYMM_DUP_SIZE_VER0, 0, false, offsetof(struct pymm_dup, fd) },
	{ "STAT", 0x04, PYMM_STAT_SIZE_VER0, PYMM_STAT_SIZE_VER1, false, NO_FD },
	{ "DUMP", 0x05, PYMM_DUMP_SIZE_VER0, 0, false, offsetof(struct pymm_dump, fd) },
	{ "RUN", 0x10, PYMM_RUN_SIZE_VER0, PYMM_RUN_SIZE_VER1, true, NO_FD },
	{ "GIL", 0x11, PYMM_GIL_SIZE_VER0, 0, true, NO_FD },
};

static unsigned int size_now(const struct row *row)
{
	return row->now ?: row->size;
}

#define NR_QUERY	0
#define NR_CONFIG	1
#define NR_THREAD	2
#define NR_DUP		3
#define NR_STAT		4
#define NR_DUMP		5
#define NR_RUN		6
#define NR_GIL		7

FIXTURE(uapi) {
	int arena;
	int thread;
	uint64_t objects;
	struct pt_image image;		/* binds x, prints it */
	struct pymm_stat before;
	int next_fd;
	uint8_t *args;			/* 16 KiB */
};

static void make_image(struct pt_image *image)
{
	pt_image_begin(image);
	pt_code_begin(image, 1, 0);
	pt_insn(image, PYMM_OP_LOAD_CONST, 0, 0, 0, 0, 1);
	pt_insn(image, PYMM_OP_STORE_GLOBAL, 0, 0, 0, 0, 0);
	pt_insn(image, PYMM_OP_PRINT, PYMM_INSN_END, 0, 0, 0, 0);
	pt_insn(image, PYMM_OP_RETURN_VALUE, 0, 0, 0, 0, 0);
	pt_const_str(image, "x");
	pt_const_int(image, 1000);
	pt_code_end(image);
}

FIXTURE_SETUP(uapi)
{
	PT_OPEN(self->arena);
	self->thread = pt_thread(self->arena, NULL);
	ASSERT_LE(0, self->thread);
	self->objects = pt_settle(self->arena, self->thread);
	make_image(&self->image);
	self->args = calloc(4, 4096);
	self->before = pt_stat(self->arena);
	self->next_fd = pt_free_fd();
}

FIXTURE_TEARDOWN(uapi)
{
	EXPECT_STREQ("", pt_finish(self->arena, self->thread, self->objects));
	pt_image_free(&self->image);
	free(self->args);
}

static int row_fd(const FIXTURE_DATA(uapi) *self, const struct row *row)
{
	return row->on_thread ? self->thread : self->arena;
}

/* Arguments that are valid; those of RUN only check the image, so that they change nothing. */
static void *valid_args(FIXTURE_DATA(uapi) *self, const struct row *row)
{
	struct pymm_run *run = (void *)self->args;

	memset(self->args, 0, 4 * 4096);
	if (row->nr == 0x10) {
		run->flags = PYMM_RUN_CHECK;
		run->image = (uintptr_t)self->image.data;
		run->image_size = self->image.size;
	}
	return self->args;
}

/* Call with the arguments, saying that they have that size. */
static int call(FIXTURE_DATA(uapi) *self, const struct row *row, unsigned int size, void *args)
{
	unsigned long cmd = _IOC(_IOC_READ | _IOC_WRITE, PYMM_IOC_MAGIC, row->nr, size);
	int ret = pt_ioctl(row_fd(self, row), cmd, args);

	if (!ret && row->fd_at != NO_FD)
		close(*(int *)((uint8_t *)args + row->fd_at));
	return ret;
}

/* Did calls that failed leave the arena and the descriptors as they were? */
static const char *changed(FIXTURE_DATA(uapi) *self)
{
	struct pymm_stat now = pt_stat(self->arena);

	if (pt_free_fd() != self->next_fd)
		return "a descriptor is left";
	if (now.threads != self->before.threads)
		return "a thread is left";
	if (now.objects != self->before.objects)
		return "objects";
	if (now.names != self->before.names)
		return "names";
	if (now.steps != self->before.steps)
		return "steps";
	if (now.gil_holder)
		return "GIL holder";
	return "";
}

/* ---- sizes ---- */

TEST_F(uapi, size_below_first_version)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(-EINVAL, call(self, &rows[i], rows[i].size - 1,
					valid_args(self, &rows[i])))
			TH_LOG("%s", rows[i].name);
	}
	EXPECT_STREQ("", changed(self));
}

TEST_F(uapi, size_zero)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(-EINVAL, call(self, &rows[i], 0, valid_args(self, &rows[i])))
			TH_LOG("%s", rows[i].name);
	}
	EXPECT_STREQ("", changed(self));
}

TEST_F(uapi, size_of_first_version)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(0, call(self, &rows[i], rows[i].size, valid_args(self, &rows[i])))
			TH_LOG("%s", rows[i].name);
	}
}

TEST_F(uapi, numbers_are_abi)
{
	static const unsigned long numbers[] = {
		PYMM_IOC_QUERY, PYMM_IOC_CONFIG, PYMM_IOC_THREAD, PYMM_IOC_DUP,
		PYMM_IOC_STAT, PYMM_IOC_DUMP, PYMM_IOC_RUN, PYMM_IOC_GIL,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(_IOC(_IOC_READ | _IOC_WRITE, 0xBB, rows[i].nr, size_now(&rows[i])), numbers[i]);
	}
}

TEST_F(uapi, tail_of_zeros)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(0, call(self, &rows[i], rows[i].size + 1, valid_args(self, &rows[i])))
			TH_LOG("%s", rows[i].name);
	}
}

TEST_F(uapi, tail_of_zeros_up_to_a_page)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(0, call(self, &rows[i], 4096, valid_args(self, &rows[i])))
			TH_LOG("%s", rows[i].name);
	}
}

TEST_F(uapi, tail_not_zero)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t *args = valid_args(self, &rows[i]);

		args[size_now(&rows[i])] = 1;
		EXPECT_EQ(-E2BIG, call(self, &rows[i], size_now(&rows[i]) + 1, args))
			TH_LOG("%s", rows[i].name);
	}
	EXPECT_STREQ("", changed(self));
}

TEST_F(uapi, last_byte_of_tail_not_zero)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t *args = valid_args(self, &rows[i]);

		args[4095] = 0x80;
		EXPECT_EQ(-E2BIG, call(self, &rows[i], 4096, args))
			TH_LOG("%s", rows[i].name);
	}
	EXPECT_STREQ("", changed(self));
}

TEST_F(uapi, size_over_a_page)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(-E2BIG, call(self, &rows[i], 4096 + 8, valid_args(self, &rows[i])))
			TH_LOG("%s", rows[i].name);
	}
	EXPECT_STREQ("", changed(self));
}

/* A larger struct's tail is the kernel's to write: zeros, as it knows nothing of it. */
TEST_F(uapi, nothing_behind_the_struct_is_written)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t *args = valid_args(self, &rows[i]);

		memset(args + rows[i].size, 0xee, 64);
		EXPECT_EQ(0, call(self, &rows[i], rows[i].size, args));
		for (int at = 0; at < 64; at++) {
			EXPECT_EQ(0xee, args[rows[i].size + at])
				TH_LOG("%s", rows[i].name);
		}
	}
}

/* ---- numbers ---- */

TEST_F(uapi, unknown_number_on_an_arena)
{
	for (unsigned int nr = 0x06; nr < 0x100; nr++) {
		EXPECT_EQ(-ENOTTY, pt_ioctl(self->arena,
					    _IOC(_IOC_READ | _IOC_WRITE, PYMM_IOC_MAGIC, nr, 16),
					    self->args))
			TH_LOG("number %#x", nr);
	}
}

TEST_F(uapi, unknown_number_on_a_thread)
{
	for (unsigned int nr = 0; nr < 0x100; nr++) {
		if (nr == 0x10 || nr == 0x11)
			continue;
		EXPECT_EQ(-ENOTTY, pt_ioctl(self->thread,
					    _IOC(_IOC_READ | _IOC_WRITE, PYMM_IOC_MAGIC, nr, 16),
					    self->args))
			TH_LOG("number %#x", nr);
	}
}

TEST_F(uapi, any_number_on_a_dump)
{
	struct pymm_dump dump = { 0 };

	ASSERT_EQ(0, pt_ioctl(self->arena, PYMM_IOC_DUMP, &dump));
	for (unsigned int nr = 0; nr < 0x100; nr++) {
		EXPECT_EQ(-ENOTTY, pt_ioctl(dump.fd,
					    _IOC(_IOC_READ | _IOC_WRITE, PYMM_IOC_MAGIC, nr, 16),
					    self->args))
			TH_LOG("number %#x", nr);
	}
	close(dump.fd);
}

TEST_F(uapi, another_magic)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(-ENOTTY, pt_ioctl(row_fd(self, &rows[i]),
					    _IOC(_IOC_READ | _IOC_WRITE, 0xBC, rows[i].nr,
						 rows[i].size),
					    valid_args(self, &rows[i])))
			TH_LOG("%s", rows[i].name);
	}
}

/* ---- reserved fields and flags ---- */

TEST_F(uapi, reserved_fields)
{
	static const struct {
		int row;
		unsigned int at;
	} reserved[] = {
		{ NR_QUERY, offsetof(struct pymm_query, reserved) },
		{ NR_THREAD, offsetof(struct pymm_thread_new, reserved) },
		{ NR_DUP, offsetof(struct pymm_dup, reserved) },
		{ NR_STAT, offsetof(struct pymm_stat, reserved) },
		{ NR_RUN, offsetof(struct pymm_run, reserved) },
		{ NR_GIL, offsetof(struct pymm_gil_args, reserved) },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(reserved); i++) {
		const struct row *row = &rows[reserved[i].row];
		uint8_t *args = valid_args(self, row);

		*(uint32_t *)(args + reserved[i].at) = 1;
		EXPECT_EQ(-EINVAL, call(self, row, row->size, args))
			TH_LOG("%s", row->name);
	}
	EXPECT_STREQ("", changed(self));
}

/* Each unknown bit of the first field, which is flags, or the selectors of CONFIG. */
TEST_F(uapi, unknown_flags)
{
	struct pymm_query query = pt_query(self->arena);

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint32_t known = i == NR_RUN ? query.run_flags :
				 i == NR_CONFIG ? query.config_fields : 0;

		for (int bit = 0; bit < 32; bit++) {
			uint32_t *args = valid_args(self, &rows[i]);

			if (known & 1U << bit)
				continue;
			*args |= 1U << bit;
			EXPECT_EQ(-EOPNOTSUPP, call(self, &rows[i], rows[i].size, args))
				TH_LOG("%s bit %d", rows[i].name, bit);
		}
	}
	EXPECT_STREQ("", changed(self));
}

TEST_F(uapi, unknown_config_flag)
{
	uint32_t known = pt_query(self->arena).config_flags;

	for (int bit = 0; bit < 32; bit++) {
		struct pymm_config config = {
			.fields = PYMM_CONFIG_FLAGS, .flags = PYMM_CONFIG_F_GC | 1U << bit };

		if (known & 1U << bit)
			continue;
		EXPECT_EQ(-EOPNOTSUPP, pt_ioctl(self->arena, PYMM_IOC_CONFIG, &config))
			TH_LOG("bit %d", bit);
	}
	EXPECT_EQ(PYMM_CONFIG_F_GC, pt_config(self->arena).flags);
}

TEST_F(uapi, run_flags_exclude_each_other)
{
	static const uint32_t pairs[] = {
		PYMM_RUN_RESUME | PYMM_RUN_ABANDON, PYMM_RUN_RESUME | PYMM_RUN_CHECK,
		PYMM_RUN_ABANDON | PYMM_RUN_CHECK,
		PYMM_RUN_ABANDON | PYMM_RUN_INTERRUPT, PYMM_RUN_CHECK | PYMM_RUN_INTERRUPT,
		PYMM_RUN_INTERRUPT,
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct pymm_run *run = valid_args(self, &rows[NR_RUN]);

		EXPECT_EQ(-EINVAL, pt_run_image(self->thread, self->image.data, self->image.size,
						pairs[i], run));
	}
	EXPECT_STREQ("", changed(self));
}

TEST_F(uapi, traceback_of_run)
{
	static struct pymm_traceback entries[PYMM_MAX_TRACEBACK + 1];
	const struct {
		uint64_t traceback;
		uint32_t size;
		uint32_t reserved;
		int ret;
	} cases[] = {
		{ 0, 1, 0, -EINVAL },
		{ (uintptr_t)entries, PYMM_MAX_TRACEBACK + 1, 0, -EINVAL },
		{ (uintptr_t)entries, 1, 1, -EINVAL },
		{ 4096, 1, 0, -EFAULT },
		{ -4096ULL, 1, 0, -EFAULT },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pymm_run run = {
			.traceback = cases[i].traceback, .traceback_size = cases[i].size,
			.reserved2 = cases[i].reserved,
		};

		EXPECT_EQ(cases[i].ret, pt_run_image(self->thread, self->image.data, self->image.size, 0, &run))
			TH_LOG("%u", i);
	}
	EXPECT_STREQ("", changed(self));
}

TEST_F(uapi, gil_op_unknown)
{
	EXPECT_EQ(-EINVAL, pt_gil(self->thread, 3, 0, NULL));
	EXPECT_EQ(-EINVAL, pt_gil(self->thread, ~0U, 0, NULL));
}

TEST_F(uapi, gil_deadline_where_none_belongs)
{
	EXPECT_EQ(-EINVAL, pt_gil(self->thread, PYMM_GIL_STAT, 1, NULL));
	EXPECT_EQ(-EINVAL, pt_gil(self->thread, PYMM_GIL_RELEASE, PYMM_NO_DEADLINE, NULL));
}

TEST_F(uapi, output_size_over_16_mib)
{
	struct pymm_run *run = valid_args(self, &rows[NR_RUN]);

	run->output = (uintptr_t)self->args;
	run->output_size = (16 << 20) + 1;
	EXPECT_EQ(-EINVAL, pt_run_image(self->thread, self->image.data, self->image.size, 0, run));
	EXPECT_STREQ("", changed(self));
}

/* ---- pointers ---- */

TEST_F(uapi, struct_not_mapped)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_EQ(-EFAULT, call(self, &rows[i], rows[i].size, NULL))
			TH_LOG("%s", rows[i].name);
		EXPECT_EQ(-EFAULT, call(self, &rows[i], rows[i].size, (void *)-4096L))
			TH_LOG("%s", rows[i].name);
	}
	EXPECT_STREQ("", changed(self));
}

/* The last byte of the struct lies on a page that is not there. */
TEST_F(uapi, struct_half_mapped)
{
	uint8_t *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			      -1, 0);

	ASSERT_NE(MAP_FAILED, (void *)pages);
	ASSERT_EQ(0, munmap(pages + 4096, 4096));
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		uint8_t *args = pages + 4096 - rows[i].size + 1;

		memcpy(args, valid_args(self, &rows[i]), rows[i].size - 1);
		EXPECT_EQ(-EFAULT, call(self, &rows[i], rows[i].size, args))
			TH_LOG("%s", rows[i].name);
	}
	EXPECT_STREQ("", changed(self));
	munmap(pages, 4096);
}

/* Makes a copy of arguments that can be read but not written. */
static void *read_only(const void *args)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		pt_die("mmap");
	memcpy(page, args, 4096);
	mprotect(page, 4096, PROT_READ);
	return page;
}

TEST_F(uapi, struct_read_only)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		void *page = read_only(valid_args(self, &rows[i]));

		EXPECT_EQ(-EFAULT, call(self, &rows[i], rows[i].size, page))
			TH_LOG("%s", rows[i].name);
		munmap(page, 4096);
	}
	EXPECT_STREQ("", changed(self));
}

TEST_F(uapi, struct_read_only_runs_nothing)
{
	struct pymm_run *run = valid_args(self, &rows[NR_RUN]);

	run->flags = 0;
	run = read_only(run);
	EXPECT_EQ(-EFAULT, pt_ioctl(self->thread, PYMM_IOC_RUN, run));
	EXPECT_STREQ("", changed(self));
	munmap(run, 4096);
}

TEST_F(uapi, struct_read_only_takes_no_gil)
{
	struct pymm_gil_args *args = valid_args(self, &rows[NR_GIL]);

	args->op = PYMM_GIL_ACQUIRE;
	args->deadline = PYMM_NO_DEADLINE;
	args = read_only(args);
	EXPECT_EQ(-EFAULT, pt_ioctl(self->thread, PYMM_IOC_GIL, args));
	EXPECT_STREQ("", changed(self));
	munmap(args, 4096);
}

TEST_F(uapi, struct_read_only_sets_nothing)
{
	struct pymm_config *config = valid_args(self, &rows[NR_CONFIG]);

	config->fields = PYMM_CONFIG_MAX_THREADS;
	config->max_threads = 77;
	config = read_only(config);
	EXPECT_EQ(-EFAULT, pt_ioctl(self->arena, PYMM_IOC_CONFIG, config));
	EXPECT_EQ(1024, pt_config(self->arena).max_threads);
	munmap(config, 4096);
}

TEST_F(uapi, image_not_mapped)
{
	struct pymm_run run = { 0 };

	EXPECT_EQ(-EFAULT, pt_run_image(self->thread, (void *)4096, self->image.size, 0, &run));
	EXPECT_EQ(-EFAULT, pt_run_image(self->thread, (void *)-4096L, self->image.size, 0, &run));
	EXPECT_STREQ("", changed(self));
}

TEST_F(uapi, output_not_mapped)
{
	struct pymm_run run = { .output = 4096, .output_size = 4096 };

	EXPECT_EQ(-EFAULT, pt_run_image(self->thread, self->image.data, self->image.size, 0, &run));
	EXPECT_STREQ("", changed(self));
}

TEST_F(uapi, output_read_only)
{
	void *page = read_only(self->args);
	struct pymm_run run = { .output = (uintptr_t)page, .output_size = 4096 };

	EXPECT_EQ(-EFAULT, pt_run_image(self->thread, self->image.data, self->image.size, 0, &run));
	EXPECT_STREQ("", changed(self));
	munmap(page, 4096);
}

TEST_F(uapi, names_not_mapped)
{
	struct pymm_query query = { .names = 4096, .names_size = 65536 };

	EXPECT_EQ(-EFAULT, pt_ioctl(self->arena, PYMM_IOC_QUERY, &query));
}

TEST_HARNESS_MAIN
