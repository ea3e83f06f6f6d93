// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>

#include "unit.h"
#include "../../../kmod/ioctl.h"

#define UNIT_ROOM	4096

static void *unit_memory(void *memory)
{
	shim_check(memory, "no memory for the test itself");
	return memory;
}

static int unit_errno(int ret)
{
	return ret < 0 ? -errno : ret;
}

int unit_ioctl(int fd, unsigned long request, void *arg)
{
	return unit_errno(shim_ioctl(fd, request, arg));
}

/* ---- arenas and threads ---- */

int unit_open(struct unit *unit)
{
	int err;

	*unit = (struct unit){ .arena = -1, .thread.fd = -1 };
	err = shim_module_init();
	if (err)
		return err;
	unit->arena = unit_errno(shim_open("/dev/pymm", 0));
	err = unit->arena < 0 ? unit->arena : unit_thread_open(unit->arena, &unit->thread);
	if (!err)
		return 0;
	if (unit->arena >= 0)
		shim_close(unit->arena);
	shim_module_exit();
	return err;
}

bool unit_nothing_left(struct unit_report *report)
{
	size_t bytes, count = shim_live(&bytes);

	*report->text = '\0';
	if (count)
		snprintf(report->text, sizeof(report->text), "%zu allocations, %zu bytes, are left",
			 count, bytes);
	else if (shim_files() || shim_pids())
		snprintf(report->text, sizeof(report->text), "%u files, %u pids are left",
			 shim_files(), shim_pids());
	return !*report->text;
}

bool unit_close(struct unit *unit, struct unit_report *report)
{
	unit_thread_close(&unit->thread);
	shim_close(unit->arena);
	shim_work_flush();
	shim_module_exit();
	return unit_nothing_left(report);
}

struct pymm_arena *unit_arena(const struct unit *unit)
{
	return ((struct pymm_arena_file *)shim_private(unit->arena))->arena;
}

struct pymm_thread *unit_thread(const struct unit_thread *thread)
{
	return shim_private(thread->fd);
}

int unit_thread_open(int arena, struct unit_thread *thread)
{
	struct pymm_thread_new args = { 0 };
	int err = unit_ioctl(arena, PYMM_IOC_THREAD, &args);

	*thread = (struct unit_thread){ .fd = -1, .room = UNIT_ROOM };
	if (err)
		return err;
	thread->fd = args.fd;
	thread->text = unit_memory(strdup(""));
	return 0;
}

void unit_thread_close(struct unit_thread *thread)
{
	shim_close(thread->fd);
	free(thread->text);
	thread->text = NULL;
}

struct pymm_stat unit_stat(const struct unit *unit)
{
	struct pymm_stat stat = { 0 };

	shim_check(!unit_ioctl(unit->arena, PYMM_IOC_STAT, &stat), "STAT failed");
	return stat;
}

int unit_config(const struct unit *unit, struct pymm_config *config)
{
	return unit_ioctl(unit->arena, PYMM_IOC_CONFIG, config);
}

int unit_gil(const struct unit_thread *thread, u32 op, bool wait)
{
	struct pymm_gil_args args = { .op = op };

	if (op == PYMM_GIL_ACQUIRE)
		args.deadline = wait ? PYMM_NO_DEADLINE : 1;
	return unit_ioctl(thread->fd, PYMM_IOC_GIL, &args);
}

/* ---- programs ---- */

void unit_text_clear(struct unit_thread *thread)
{
	*thread->text = '\0';
}

static void unit_text_add(struct unit_thread *thread, const char *text)
{
	size_t had = strlen(thread->text);

	thread->text = unit_memory(realloc(thread->text, had + strlen(text) + 1));
	strcpy(thread->text + had, text);
}

static int unit_call(struct unit_thread *thread, u32 flags, const struct unit_image *image,
		     u64 max_steps)
{
	struct pymm_run *run = &thread->run;
	void *output = unit_memory(malloc(thread->room));
	char *text;
	int err;

	*run = (struct pymm_run){
		.flags = flags,
		.image = image ? (uintptr_t)image->data : 0,
		.image_size = image ? image->size : 0,
		.output = (uintptr_t)output,
		.output_size = thread->room,
		.max_steps = max_steps,
	};
	err = unit_ioctl(thread->fd, PYMM_IOC_RUN, run);
	if (!err && run->output_used) {
		text = unit_render(output, run->output_used);
		unit_text_add(thread, text);
		free(text);
	}
	free(output);
	return err;
}

int unit_run(struct unit_thread *thread, const struct unit_image *image, u64 max_steps)
{
	return unit_call(thread, image ? 0 : PYMM_RUN_RESUME, image, max_steps);
}

int unit_run_flags(struct unit_thread *thread, u32 flags, const struct unit_image *image)
{
	return unit_call(thread, flags, image, 0);
}

int unit_abandon(struct unit_thread *thread)
{
	return unit_call(thread, PYMM_RUN_ABANDON, NULL, 0);
}

int unit_run_to_end(struct unit_thread *thread, const struct unit_image *image, u64 max_steps)
{
	int err = unit_run(thread, image, max_steps);

	while (!err && (thread->run.status == PYMM_STATUS_OUTPUT_FULL ||
			thread->run.status == PYMM_STATUS_LIMIT)) {
		thread->room = max(thread->room, thread->run.output_needed);
		err = unit_run(thread, NULL, max_steps);
	}
	return err;
}

const char *unit_exec_image(struct unit_thread *thread, const struct unit_image *image)
{
	char line[PYMM_MESSAGE_SIZE + 64] = "";
	int err;

	unit_text_clear(thread);
	err = unit_run_to_end(thread, image, 0);
	if (err)
		snprintf(line, sizeof(line), "<%s>\n", strerror(-err));
	else if (thread->run.status == PYMM_STATUS_EXCEPTION)
		snprintf(line, sizeof(line), "%s%s%s\n",
			 thread->run.exception == PYMM_EXC_OTHER ? "" :
			 unit_exception_name(thread->run.exception),
			 thread->run.exception == PYMM_EXC_OTHER ? "" : ": ", thread->run.message);
	else if (thread->run.status == PYMM_STATUS_INTERRUPTED)
		snprintf(line, sizeof(line), "<interrupted>\n");
	if (!err && thread->run.status == PYMM_STATUS_INTERRUPTED)
		unit_abandon(thread);
	unit_text_add(thread, line);
	return thread->text;
}

const char *unit_exec(struct unit_thread *thread, const char *text)
{
	struct unit_image image = unit_assemble(text);
	const char *result = unit_exec_image(thread, &image);

	free(image.data);
	return result;
}

struct unit_alarm {
	struct shim_task *task;
	bool done;
};

/* Nobody else may be left who would wake a task that waits for ever. */
static void unit_ring(void *arg)
{
	struct unit_alarm *alarm = arg;

	while (!alarm->done) {
		shim_sleep(NSEC_PER_SEC);
		if (!alarm->done)
			shim_signal(alarm->task, false);
	}
}

/*
 * A finalizer or callback may go on for ever, or wait for a lock that nobody releases: those that
 * are left begin with the next program.
 */
static bool unit_run_for_a_while(struct unit_thread *thread, const struct unit_image *image)
{
	struct unit_alarm alarm = { .task = shim_task() };
	struct shim_task *ring = shim_spawn(unit_ring, &alarm);
	int err = unit_run(thread, image, 100000);

	alarm.done = true;
	shim_join(ring);
	shim_signal_clear(shim_task());
	shim_check(!err, "collecting: error %d", err);
	if (thread->run.status != PYMM_STATUS_DONE && thread->run.status != PYMM_STATUS_EXCEPTION)
		shim_check(!unit_abandon(thread), "collecting: what is left cannot be dropped");
	return thread->run.status == PYMM_STATUS_DONE;
}

void unit_collect(struct unit_thread *thread)
{
	static const char text[] =
		"LOAD_GLOBALS r0\n"
		"BUILD_LIST r1, ()\n"
		"LIST_EXTEND r1, r0\n"
		"GET_LEN r2, r1\n"
		"next:\n"
		"POP_JUMP_IF_FALSE r2, done\n"
		"LOAD_CONST r3, 1\n"
		"BINARY_OP r2, r2!, r3!, -\n"
		"BINARY_SUBSCR r3, r1, r2\n"
		"DELETE_SUBSCR r0, r3!\n"
		"JUMP_BACKWARD next\n"
		"done:\n"
		"DELETE_FAST r1\n"
		"LOAD_GLOBAL r1, gc\n"
		"LOAD_ATTR r2, r1, callbacks\n"
		"LOAD_CONST r3, None\n"
		"BUILD_SLICE r3, r3\n"
		"DELETE_SUBSCR r2, r3\n"
		"LOAD_ATTR r2, r1, garbage\n"
		"DELETE_SUBSCR r2, r3\n"
		"LOAD_ATTR r2, r1, unfreeze\n"
		"CALL r2, r2!, ()\n"
		"GC_COLLECT r2, 2\n"
		"RETURN_VALUE r2!\n";

	struct unit_image image = unit_assemble(text);
	unsigned int done = 0, tries;

	unit_text_clear(thread);
	/* A finalizer may resurrect its object once, and bind names. */
	for (tries = 0; done < 3 && tries < 10000; tries++)
		done += unit_run_for_a_while(thread, &image);
	shim_check(done == 3, "there is no end to finalizers");
	free(image.data);
}
