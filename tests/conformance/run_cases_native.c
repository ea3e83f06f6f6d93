// SPDX-License-Identifier: GPL-2.0-only
/*
 * run_cases on the core of the module in user space: run_cases.c is linked with it as a whole, its
 * calls of the system with the shim's. Each arena is walked before it is closed, and nothing may be
 * left at the end.
 */
#include <shim.h>

#include "unit.h"
#include "../../kmod/ioctl.h"

int cases_main(int argc, char *argv[]);
int cases_open(const char *path, int flags, ...);

int cases_open(const char *path, int flags, ...)
{
	return shim_open(path, flags);
}

static void walk(struct file *file, void *arg)
{
	struct pymm_arena_file *arena;
	struct unit_report report;

	if (file->f_op != &pymm_arena_fops)
		return;
	arena = file->private_data;
	shim_check(unit_walk(arena->arena, &report), "walk: %s", report.text);
}

int main(int argc, char *argv[])
{
	size_t bytes;
	int status;

	shim_reset(1);
	shim_on_close(walk, NULL);
	shim_check(!shim_module_init(), "the module cannot be inserted");
	status = cases_main(argc, argv);
	shim_work_flush();
	shim_check(!shim_files(), "files are left open");
	shim_module_exit();
	shim_check(!shim_live(&bytes), "%zu bytes are left", bytes);
	return status;
}
