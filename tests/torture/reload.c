// SPDX-License-Identifier: GPL-2.0
/* The module's removal: refused while it is in use, done beside an arena that is dying. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pymm_util.h"
#include "torture.h"

static int delete_module(void)
{
	return syscall(SYS_delete_module, "pymm", O_NONBLOCK) ? -errno : 0;
}

static int insert_module(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return ret;
}

void tt_unload(struct tt_shared *shared)
{
	int ret = delete_module();

	if (ret == -EWOULDBLOCK || ret == -EBUSY)
		tt_error(shared, TT_UNLOAD, ret);
	else
		tt_fail(shared, "the module is in use, and delete_module() returned %s",
			ret ? strerrorname_np(-ret) : "0");
}

/* So many lists in one, three steps each; bound to a name, or in the frame of a paused program. */
static bool fill(struct tt_shared *shared, int thread)
{
	struct pymm_program *program = pt_assemble(
		"BUILD_LIST r0, ()\nSTORE_GLOBAL r0, all\n"
		"more:\nBUILD_LIST r1, ()\nLIST_APPEND r0, r1!\nJUMP_BACKWARD more\n");
	struct pymm_run run = { .max_steps = 60000 };
	uint64_t left = shared->options.objects * 3ULL;
	int ret = pt_run(thread, program, &run);

	while (!ret && run.status == PYMM_STATUS_LIMIT && left > run.steps) {
		left -= run.steps;
		tt_beat(shared);
		ret = pt_run_flags(thread, PYMM_RUN_RESUME, &run);
	}
	pymm_program_free(program);
	if (ret || run.status != PYMM_STATUS_LIMIT)
		tt_fail(shared, "the large arena cannot be filled: %s, %s",
			ret ? strerrorname_np(-ret) : "", run.message);
	return !ret;
}

/* Leave the lists to the name alone, or to the frame alone. */
static void drop_one(int arena, int thread, bool name)
{
	struct pymm_run run = { 0 };
	int other;

	if (!name) {
		pt_run_flags(thread, PYMM_RUN_ABANDON, &run);
		return;
	}
	other = pt_thread(arena, NULL);
	pt_exec(other, "DELETE_GLOBAL all\n" END);
	close(other);
}

void tt_reload(struct tt_shared *shared, uint64_t *random)
{
	/* The thread's end drops them one by one, or the arena's end drops all. */
	bool by_thread = tt_below(random, 2), thread_first = tt_below(random, 2);
	int arena = pt_open();
	int thread = pt_thread(arena, NULL);
	int ret;

	if (arena < 0 || thread < 0)
		pt_die("no arena");
	pt_set_max_bytes(arena, 1ULL << 40);
	pt_set_flags(arena, 0);
	if (!fill(shared, thread))
		return;
	drop_one(arena, thread, by_thread);
	close(thread_first ? thread : arena);
	close(thread_first ? arena : thread);
	ret = delete_module();
	if (ret) {
		tt_fail(shared, "delete_module() beside a dying arena: %s", strerrorname_np(-ret));
		return;
	}
	ret = insert_module(shared->options.module);
	if (ret)
		tt_fail(shared, "%s cannot be loaded again: %s", shared->options.module,
			strerrorname_np(-ret));
	else if (!pt_until(!access(PYMM_DEVICE, R_OK | W_OK), PT_DEADLINE_MS))
		tt_fail(shared, "there is no " PYMM_DEVICE " after the module was loaded again");
}
