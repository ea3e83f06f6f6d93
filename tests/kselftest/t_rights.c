// SPDX-License-Identifier: GPL-2.0
/*
 * Files are the capabilities: rights, passing of descriptors, life of an arena.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pymm_util.h"
#include "snapshot_util.h"

#define NOBODY	65534

PT_FIXTURE(rights)

TEST_F(rights, a_fresh_arena_has_all)
{
	EXPECT_EQ(PYMM_RIGHTS_ALL, pt_query(self->arena).rights);
}

TEST_F(rights, every_subset_of_all)
{
	for (uint32_t rights = 0; rights <= PYMM_RIGHTS_ALL; rights++) {
		int dup = pt_dup(self->arena, rights);

		ASSERT_LE(0, dup);
		EXPECT_EQ(rights, pt_query(dup).rights);
		close(dup);
	}
}

/* From each set of rights to each other one. */
TEST_F(rights, never_more_than_it_has)
{
	for (uint32_t from = 0; from <= PYMM_RIGHTS_ALL; from++) {
		int source = pt_dup(self->arena, from);

		for (uint32_t to = 0; to <= PYMM_RIGHTS_ALL; to++) {
			int dup = pt_dup(source, to);

			if (to & ~from) {
				EXPECT_EQ(-EACCES, dup)
					TH_LOG("from %u to %u", from, to);
				continue;
			}
			EXPECT_LE(0, dup)
				TH_LOG("from %u to %u", from, to);
			EXPECT_EQ(to, pt_query(dup).rights);
			close(dup);
		}
		close(source);
	}
}

TEST_F(rights, unknown_right)
{
	for (int bit = 3; bit < 32; bit++) {
		EXPECT_EQ(-EOPNOTSUPP, pt_dup(self->arena, 1U << bit))
			TH_LOG("bit %d", bit);
	}
}

TEST_F(rights, dup_is_the_same_arena)
{
	int dup = pt_dup(self->arena, PYMM_RIGHTS_ALL);

	pt_exec(self->thread, "LOAD_CONST r0, 1000\nSTORE_GLOBAL r0, x\n" END);
	EXPECT_EQ(pt_query(self->arena).arena_id, pt_query(dup).arena_id);
	EXPECT_EQ(pt_id(self->arena, "x"), pt_id(dup, "x"));
	close(dup);
}

/* ---- each right, missing ---- */

TEST_F(rights, query_needs_none)
{
	struct pymm_query query = { 0 };
	int dup = pt_dup(self->arena, 0);

	EXPECT_EQ(0, pt_ioctl(dup, PYMM_IOC_QUERY, &query));
	close(dup);
}

TEST_F(rights, reading_config_needs_none)
{
	struct pymm_config config = { 0 };
	int dup = pt_dup(self->arena, 0);

	EXPECT_EQ(0, pt_ioctl(dup, PYMM_IOC_CONFIG, &config));
	EXPECT_EQ(5000000, config.switch_interval_ns);
	close(dup);
}

TEST_F(rights, setting_config_without_config)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_MAX_THREADS, .max_threads = 5 };
	int dup = pt_dup(self->arena, PYMM_RIGHTS_ALL & ~PYMM_RIGHT_CONFIG);

	EXPECT_EQ(-EACCES, pt_ioctl(dup, PYMM_IOC_CONFIG, &config));
	EXPECT_EQ(1024, pt_config(self->arena).max_threads);
	close(dup);
}

TEST_F(rights, setting_config_with_only_config)
{
	struct pymm_config config = { .fields = PYMM_CONFIG_MAX_THREADS, .max_threads = 5 };
	int dup = pt_dup(self->arena, PYMM_RIGHT_CONFIG);

	EXPECT_EQ(0, pt_ioctl(dup, PYMM_IOC_CONFIG, &config));
	EXPECT_EQ(5, pt_config(self->arena).max_threads);
	close(dup);
}

TEST_F(rights, stat_without_inspect)
{
	struct pymm_stat stat = { 0 };
	int dup = pt_dup(self->arena, PYMM_RIGHTS_ALL & ~PYMM_RIGHT_INSPECT);

	EXPECT_EQ(-EACCES, pt_ioctl(dup, PYMM_IOC_STAT, &stat));
	close(dup);
}

TEST_F(rights, dump_without_inspect)
{
	struct pymm_dump dump = { 0 };
	int dup = pt_dup(self->arena, PYMM_RIGHTS_ALL & ~PYMM_RIGHT_INSPECT);

	EXPECT_EQ(-EACCES, pt_ioctl(dup, PYMM_IOC_DUMP, &dump));
	close(dup);
}

TEST_F(rights, stat_and_dump_with_only_inspect)
{
	struct pymm_stat stat = { 0 };
	struct pymm_dump dump = { 0 };
	int dup = pt_dup(self->arena, PYMM_RIGHT_INSPECT);

	EXPECT_EQ(0, pt_ioctl(dup, PYMM_IOC_STAT, &stat));
	EXPECT_EQ(0, pt_ioctl(dup, PYMM_IOC_DUMP, &dump));
	close(dump.fd);
	close(dup);
}

TEST_F(rights, thread_without_run)
{
	int dup = pt_dup(self->arena, PYMM_RIGHTS_ALL & ~PYMM_RIGHT_RUN);

	EXPECT_EQ(-EACCES, pt_thread(dup, NULL));
	EXPECT_EQ(1, pt_stat(self->arena).threads);
	close(dup);
}

TEST_F(rights, thread_with_only_run)
{
	int dup = pt_dup(self->arena, PYMM_RIGHT_RUN);
	int thread = pt_thread(dup, NULL);

	EXPECT_LE(0, thread);
	EXPECT_STREQ("1\n", pt_exec(thread, "LOAD_CONST r0, 1\nPRINT r0, end\n" END));
	close(thread);
	close(dup);
}

/* ---- passing descriptors on ---- */

static int send_fd(int socket, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec byte = { .iov_base = "", .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &byte, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(socket, &message, 0) == 1 ? 0 : -errno;
}

static int receive_fd(int socket)
{
	char control[CMSG_SPACE(sizeof(int))];
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr message = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *head;
	int fd = -1;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
		return -errno;
	head = CMSG_FIRSTHDR(&message);
	if (head)
		memcpy(&fd, CMSG_DATA(head), sizeof(fd));
	return fd;
}

static void become_nobody(void)
{
	if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
	    setresuid(NOBODY, NOBODY, NOBODY))
		_exit(100);
}

TEST_F(rights, node_is_for_its_owner)
{
	struct stat node;

	ASSERT_EQ(0, stat(PYMM_DEVICE, &node));
	EXPECT_EQ(0, node.st_uid);
	EXPECT_EQ(0, node.st_mode & 07);
}

TEST_F(rights, another_user_cannot_open_the_node)
{
	pid_t child = pt_fork();

	if (!child) {
		become_nobody();
		_exit(pt_open() == -EACCES ? 0 : 1);
	}
	EXPECT_EQ(0, pt_wait(child));
}

/* A child without any privilege uses what it received. */
static int use_passed_arena(int socket)
{
	int arena, thread;

	become_nobody();
	arena = receive_fd(socket);
	if (arena < 0)
		return 1;
	thread = pt_thread(arena, NULL);
	if (thread < 0)
		return 2;
	return strcmp(pt_exec(thread, "LOAD_GLOBAL r0, x\nPRINT r0, end\n" END), "1000\n") ? 3 : 0;
}

TEST_F(rights, another_user_can_use_a_passed_arena)
{
	int sockets[2];
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	pt_exec(self->thread, "LOAD_CONST r0, 1000\nSTORE_GLOBAL r0, x\n" END);
	child = pt_fork();
	if (!child)
		_exit(use_passed_arena(sockets[1]));
	ASSERT_EQ(0, send_fd(sockets[0], self->arena));
	EXPECT_EQ(0, pt_wait(child));
	close(sockets[0]);
	close(sockets[1]);
}

TEST_F(rights, a_passed_fd_keeps_its_rights)
{
	int inspect = pt_dup(self->arena, PYMM_RIGHT_INSPECT);
	int sockets[2];
	int passed;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	ASSERT_EQ(0, send_fd(sockets[0], inspect));
	passed = receive_fd(sockets[1]);
	ASSERT_LE(0, passed);
	EXPECT_EQ(PYMM_RIGHT_INSPECT, pt_query(passed).rights);
	EXPECT_EQ(-EACCES, pt_thread(passed, NULL));
	close(passed);
	close(inspect);
	close(sockets[0]);
	close(sockets[1]);
}

/* A thread fd carries the right to run: no right is asked for again. */
TEST_F(rights, another_user_can_use_a_passed_thread)
{
	pid_t child = pt_fork();

	if (!child) {
		become_nobody();
		_exit(strcmp(pt_exec(self->thread, "LOAD_CONST r0, 1\nPRINT r0, end\n" END),
			     "1\n") ? 1 : 0);
	}
	EXPECT_EQ(0, pt_wait(child));
}

/* An arena in flight over a socket that nobody reads any more is dropped. */
TEST_F(rights, an_arena_lost_in_flight)
{
	int sockets[2];
	int arena = pt_open();

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	ASSERT_EQ(0, send_fd(sockets[0], arena));
	close(arena);
	close(sockets[0]);
	close(sockets[1]);
}

TEST_F(rights, fork_shares_the_arena)
{
	pid_t child = pt_fork();

	if (!child) {
		int thread = pt_thread(self->arena, NULL);

		pt_exec(thread, "LOAD_CONST r0, 1000\nSTORE_GLOBAL r0, x\n" END);
		_exit(0);
	}
	EXPECT_EQ(0, pt_wait(child));
	EXPECT_STREQ("1000\n", pt_exec(self->thread, "LOAD_GLOBAL r0, x\nPRINT r0, end\n" END));
}

/* ---- life ---- */

TEST_F(rights, arena_lives_as_long_as_a_dup)
{
	int arena = pt_open();
	int dup = pt_dup(arena, PYMM_RIGHT_INSPECT | PYMM_RIGHT_RUN);
	int thread = pt_thread(arena, NULL);

	pt_exec(thread, "LOAD_CONST r0, 1000\nSTORE_GLOBAL r0, x\n" END);
	close(thread);
	close(arena);
	EXPECT_NE(0, pt_id(dup, "x"));
	thread = pt_thread(dup, NULL);
	EXPECT_STREQ("1000\n", pt_exec(thread, "LOAD_GLOBAL r0, x\nPRINT r0, end\n" END));
	close(thread);
	close(dup);
}

TEST_F(rights, arena_lives_as_long_as_a_thread)
{
	int arena = pt_open();
	int thread = pt_thread(arena, NULL);

	pt_exec(thread, "LOAD_CONST r0, 1000\nSTORE_GLOBAL r0, x\n" END);
	close(arena);
	EXPECT_STREQ("1000\n", pt_exec(thread, "LOAD_GLOBAL r0, x\nPRINT r0, end\n" END));
	close(thread);
}

TEST_F(rights, arenas_are_apart)
{
	int arena = pt_open();
	int thread = pt_thread(arena, NULL);

	pt_exec(thread, "LOAD_CONST r0, 1000\nSTORE_GLOBAL r0, x\n" END);
	EXPECT_EQ(0, pt_id(self->arena, "x"));
	close(thread);
	close(arena);
}

TEST_HARNESS_MAIN
