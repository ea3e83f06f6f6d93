// SPDX-License-Identifier: GPL-2.0
/*
 * The contract of linux/pymm.h: the files that it gives, and DUMP.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE(uapi)

/* ---- new descriptors, other file operations ---- */

TEST_F(uapi, new_descriptors_close_on_exec)
{
	struct pymm_dump dump = { 0 };
	int dup = pt_dup(self->arena, 0);

	ASSERT_EQ(0, pt_ioctl(self->arena, PYMM_IOC_DUMP, &dump));
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->thread, F_GETFD));
	EXPECT_EQ(FD_CLOEXEC, fcntl(dup, F_GETFD));
	EXPECT_EQ(FD_CLOEXEC, fcntl(dump.fd, F_GETFD));
	close(dup);
	close(dump.fd);
}

/* Lower the limit of descriptors so far that none can be had. */
static void no_more_descriptors(int next)
{
	struct rlimit limit = { .rlim_cur = next, .rlim_max = next };

	if (setrlimit(RLIMIT_NOFILE, &limit))
		pt_die("setrlimit: %s", strerror(errno));
}

TEST_F(uapi, no_descriptor_free)
{
	struct pymm_dump dump = { 0 };
	struct rlimit limit;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	no_more_descriptors(pt_free_fd());
	EXPECT_EQ(-EMFILE, pt_thread(self->arena, NULL));
	EXPECT_EQ(-EMFILE, pt_dup(self->arena, 0));
	EXPECT_EQ(-EMFILE, pt_ioctl(self->arena, PYMM_IOC_DUMP, &dump));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(1, pt_stat(self->arena).threads);
}

TEST_F(uapi, thread_ids_count_from_1)
{
	int other = pt_open();
	uint32_t id;
	int fd = pt_thread(other, &id);

	EXPECT_EQ(1, id);
	close(fd);
	fd = pt_thread(other, &id);
	EXPECT_EQ(2, id);
	close(fd);
	close(other);
}

TEST_F(uapi, read_write_map)
{
	int fds[] = { self->arena, self->thread };
	char byte = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(fds); i++) {
		EXPECT_EQ(-1, read(fds[i], &byte, 1));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(-1, write(fds[i], &byte, 1));
		EXPECT_EQ(EINVAL, errno);
		EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fds[i], 0));
		EXPECT_EQ(ENODEV, errno);
	}
}

/* Whatever poll() says of them, it returns at once. */
TEST_F(uapi, poll_returns)
{
	struct pollfd fds[] = {
		{ .fd = self->arena, .events = POLLIN | POLLOUT },
		{ .fd = self->thread, .events = POLLIN | POLLOUT },
	};

	EXPECT_LE(0, poll(fds, 2, 0));
	EXPECT_EQ(0, fds[0].revents & POLLNVAL);
	EXPECT_EQ(0, fds[1].revents & POLLNVAL);
}

/* ---- DUMP ---- */

/* All that can be read, at most @chunk bytes at once. */
static size_t read_all(int fd, uint8_t *to, size_t room, size_t chunk)
{
	size_t size = 0;
	ssize_t got;

	while ((got = read(fd, to + size, chunk < room - size ? chunk : room - size)) > 0)
		size += got;
	return size;
}

TEST_F(uapi, dump_size_and_chunks)
{
	struct pymm_dump one = { 0 }, two = { 0 };
	uint8_t bytes[8192], other[8192];

	pt_exec(self->thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, name\n" END);
	ASSERT_EQ(0, pt_ioctl(self->arena, PYMM_IOC_DUMP, &one));
	ASSERT_EQ(0, pt_ioctl(self->arena, PYMM_IOC_DUMP, &two));
	ASSERT_GT(sizeof(bytes), one.size);
	EXPECT_EQ(one.size, read_all(one.fd, bytes, sizeof(bytes), sizeof(bytes)));
	EXPECT_EQ(two.size, read_all(two.fd, other, sizeof(other), 7));
	EXPECT_EQ(one.size, two.size);
	EXPECT_EQ(0, memcmp(bytes, other, one.size));
	EXPECT_EQ(0, read(one.fd, bytes, 1));
	close(one.fd);
	close(two.fd);
}

TEST_F(uapi, dump_records_are_well_formed)
{
	struct pymm_dump dump = { 0 };
	_Alignas(8) uint8_t bytes[16384];
	struct pymm_dump_arena *head = (void *)bytes;
	unsigned int kinds[PYMM_DUMP_LOCK + 1] = { 0 };
	size_t at = 0;

	pt_exec(self->thread, "LOAD_CONST r0, 'text'\nBUILD_LIST r1, r0..r0\n"
		"LOCK_NEW r0\nLIST_APPEND r1, r0!\nSTORE_GLOBAL r1!, name\n" END);
	ASSERT_EQ(0, pt_ioctl(self->arena, PYMM_IOC_DUMP, &dump));
	ASSERT_EQ(dump.size, read_all(dump.fd, bytes, sizeof(bytes), 4096));
	while (at < dump.size) {
		struct pymm_dump_record *record = (void *)(bytes + at);

		ASSERT_EQ(0, record->size % 8);
		ASSERT_LE(sizeof(*record), record->head);
		ASSERT_LE(record->head, record->size);
		ASSERT_GE(PYMM_DUMP_LOCK, record->kind);
		ASSERT_LE(1, record->kind);
		kinds[record->kind]++;
		at += record->size;
	}
	EXPECT_EQ(dump.size, at);
	EXPECT_EQ(PYMM_DUMP_ARENA, head->record.kind);
	EXPECT_EQ(pt_query(self->arena).arena_id, head->arena_id);
	EXPECT_EQ(1, kinds[PYMM_DUMP_ARENA]);
	EXPECT_EQ(head->nr_objects, kinds[PYMM_DUMP_OBJECT]);
	EXPECT_EQ(head->nr_names, kinds[PYMM_DUMP_NAME]);
	EXPECT_EQ(head->nr_frames, kinds[PYMM_DUMP_FRAME]);
	EXPECT_EQ(pt_stat(self->arena).threads, kinds[PYMM_DUMP_THREAD]);
	EXPECT_EQ(1, kinds[PYMM_DUMP_LOCK]);
	EXPECT_EQ(1, head->nr_names);
	EXPECT_EQ(0, head->reserved);
	EXPECT_NE(0, head->globals);
	EXPECT_EQ(pt_stat(self->arena).objects, head->nr_objects);
	close(dump.fd);
}

TEST_F(uapi, dump_of_a_bare_arena)
{
	int bare = pt_open();
	struct pymm_dump dump = { 0 };
	struct pymm_dump_arena head;

	ASSERT_EQ(0, pt_ioctl(bare, PYMM_IOC_DUMP, &dump));
	EXPECT_EQ(sizeof(head), dump.size);
	EXPECT_EQ(sizeof(head), read(dump.fd, &head, sizeof(head)));
	EXPECT_EQ(0, head.globals);
	EXPECT_EQ(0, head.nr_objects);
	close(dump.fd);
	close(bare);
}

TEST_F(uapi, dump_outlives_its_arena)
{
	int arena = pt_open();
	struct pymm_dump dump = { 0 };
	struct pymm_dump_arena head;

	ASSERT_EQ(0, pt_ioctl(arena, PYMM_IOC_DUMP, &dump));
	close(arena);
	EXPECT_EQ(sizeof(head), read(dump.fd, &head, sizeof(head)));
	close(dump.fd);
}

TEST_F(uapi, dump_read_to_bad_pointer)
{
	struct pymm_dump dump = { 0 };

	ASSERT_EQ(0, pt_ioctl(self->arena, PYMM_IOC_DUMP, &dump));
	EXPECT_EQ(-1, read(dump.fd, (void *)4096, 16));
	EXPECT_EQ(EFAULT, errno);
	close(dump.fd);
}

TEST_F(uapi, dump_is_not_written)
{
	struct pymm_dump dump = { 0 };

	ASSERT_EQ(0, pt_ioctl(self->arena, PYMM_IOC_DUMP, &dump));
	EXPECT_EQ(-1, write(dump.fd, "", 1));
	EXPECT_TRUE(errno == EBADF || errno == EINVAL);
	close(dump.fd);
}

TEST_F(uapi, dump_changes_no_count)
{
	struct pymm_stat before, after;

	pt_exec(self->thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, name\n" END);
	before = pt_stat(self->arena);
	EXPECT_EQ(1, pt_refs(self->arena, "name"));
	EXPECT_EQ(1, pt_refs(self->arena, "name"));
	after = pt_stat(self->arena);
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(after)));
}

TEST_HARNESS_MAIN
