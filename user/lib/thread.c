// SPDX-License-Identifier: LGPL-2.1-only OR MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"

/* What pymm_thread_exec() begins with; it grows when one print needs more. */
#define OUTPUT_SIZE	65536U

struct pymm_thread {
	int fd;
	uint32_t id;
};

static int thread_ioctl(const struct pymm_thread *thread, unsigned long number, void *arg)
{
	return ioctl(thread->fd, number, arg) < 0 ? -errno : 0;
}

PYMM_API int pymm_thread_open(const struct pymm_arena *arena, struct pymm_thread **out)
{
	struct pymm_thread_new args = { 0 };

	*out = malloc(sizeof(**out));
	if (!*out)
		return -ENOMEM;
	if (ioctl(pymm_arena_fd(arena), PYMM_IOC_THREAD, &args) < 0) {
		int ret = -errno;

		free(*out);
		*out = NULL;
		return ret;
	}
	(*out)->fd = args.fd;
	(*out)->id = args.thread_id;
	return 0;
}

PYMM_API void pymm_thread_close(struct pymm_thread *thread)
{
	if (!thread)
		return;
	close(thread->fd);
	free(thread);
}

PYMM_API int pymm_thread_fd(const struct pymm_thread *thread)
{
	return thread->fd;
}

PYMM_API uint32_t pymm_thread_id(const struct pymm_thread *thread)
{
	return thread->id;
}

static int thread_run(struct pymm_thread *thread, uint32_t flags, const void *image, size_t size,
		      struct pymm_run *run)
{
	struct pymm_run args = {
		.flags = flags,
		.image_size = (uint32_t)size,
		.image = (uintptr_t)image,
		.output = run->output,
		.output_size = run->output_size,
		.max_steps = run->max_steps,
		.traceback = run->traceback,
		.traceback_size = run->traceback_size,
	};

	*run = args;
	return thread_ioctl(thread, PYMM_IOC_RUN, run);
}

PYMM_API int pymm_thread_run(struct pymm_thread *thread, const struct pymm_program *program,
			     struct pymm_run *run)
{
	size_t size;
	const void *image = pymm_program_image(program, &size);

	return thread_run(thread, 0, image, size, run);
}

PYMM_API int pymm_thread_check(struct pymm_thread *thread, const struct pymm_program *program,
			       struct pymm_run *run)
{
	size_t size;
	const void *image = pymm_program_image(program, &size);

	return thread_run(thread, PYMM_RUN_CHECK, image, size, run);
}

PYMM_API int pymm_thread_resume(struct pymm_thread *thread, struct pymm_run *run)
{
	return thread_run(thread, PYMM_RUN_RESUME, NULL, 0, run);
}

PYMM_API int pymm_thread_interrupt(struct pymm_thread *thread, struct pymm_run *run)
{
	return thread_run(thread, PYMM_RUN_RESUME | PYMM_RUN_INTERRUPT, NULL, 0, run);
}

PYMM_API int pymm_thread_abandon(struct pymm_thread *thread)
{
	struct pymm_run run = { 0 };

	return thread_run(thread, PYMM_RUN_ABANDON, NULL, 0, &run);
}

/* pymm_thread_exec() at work. */
struct exec {
	struct pymm_thread *thread;
	struct pymm_run *run;
	FILE *out;
	void *buffer;
	uint32_t size;		/* of buffer */
	uint64_t max_steps;	/* 0: no limit */
	uint64_t steps;		/* so far */
	bool kept;		/* the kernel keeps frames */
};

static int exec_grow(struct exec *exec, uint32_t size)
{
	void *buffer;

	if (size <= exec->size)
		return 0;
	buffer = realloc(exec->buffer, size);
	if (!buffer)
		return -ENOMEM;
	exec->buffer = buffer;
	exec->size = size;
	return 0;
}

/* Runs until the next pause: from the start, or with @program NULL from the last pause. */
static int exec_once(struct exec *exec, const struct pymm_program *program)
{
	struct pymm_run *run = exec->run;
	int ret;

	run->output = (uintptr_t)exec->buffer;
	run->output_size = exec->size;
	run->max_steps = exec->max_steps ? exec->max_steps - exec->steps : 0;
	ret = program ? pymm_thread_run(exec->thread, program, run) :
			pymm_thread_resume(exec->thread, run);
	if (ret)
		return ret;
	exec->steps += run->steps;
	exec->kept = run->result_flags & PYMM_RAN_KEPT;
	if (exec->out && run->output_used)
		return pymm_output_render(exec->buffer, run->output_used, exec->out);
	return 0;
}

/* Goes on after pauses; the first one was made by exec_once(). */
static int exec_loop(struct exec *exec)
{
	int ret = 0;

	while (!ret && exec->run->status == PYMM_STATUS_OUTPUT_FULL) {
		if (exec->max_steps && exec->steps >= exec->max_steps) {
			exec->run->status = PYMM_STATUS_LIMIT;
			break;
		}
		ret = exec_grow(exec, exec->run->output_needed);
		if (!ret)
			ret = exec_once(exec, NULL);
	}
	if (!ret && exec->run->status == PYMM_STATUS_INTERRUPTED)
		ret = -EINTR;
	return ret;
}

PYMM_API int pymm_thread_exec(struct pymm_thread *thread, const struct pymm_program *program,
			      FILE *out, struct pymm_run *run)
{
	struct exec exec = {
		.thread = thread,
		.run = run,
		.out = out,
		.max_steps = run->max_steps,
	};
	int ret = exec_grow(&exec, OUTPUT_SIZE);

	if (!ret)
		ret = exec_once(&exec, program);
	if (!ret)
		ret = exec_loop(&exec);
	if (ret && exec.kept)
		pymm_thread_abandon(thread);
	free(exec.buffer);
	run->output = 0;
	run->output_size = 0;
	run->max_steps = exec.max_steps;
	run->steps = exec.steps;
	return ret;
}

PYMM_API int pymm_thread_gil_acquire(struct pymm_thread *thread, uint64_t deadline)
{
	struct pymm_gil_args args = { .op = PYMM_GIL_ACQUIRE, .deadline = deadline };

	return thread_ioctl(thread, PYMM_IOC_GIL, &args);
}

PYMM_API int pymm_thread_gil_release(struct pymm_thread *thread)
{
	struct pymm_gil_args args = { .op = PYMM_GIL_RELEASE };

	return thread_ioctl(thread, PYMM_IOC_GIL, &args);
}

PYMM_API int pymm_thread_gil_stat(struct pymm_thread *thread, struct pymm_gil_args *args)
{
	memset(args, 0, sizeof(*args));
	args->op = PYMM_GIL_STAT;
	return thread_ioctl(thread, PYMM_IOC_GIL, args);
}

PYMM_API int pymm_allow_threads_begin(struct pymm_thread *thread)
{
	int saved = errno, ret = pymm_thread_gil_release(thread);

	errno = saved;
	return ret;
}

/* What follows it relies on the GIL: no signal may keep the caller from having it. */
PYMM_API int pymm_allow_threads_end(struct pymm_thread *thread)
{
	int saved = errno, ret;

	do
		ret = pymm_thread_gil_acquire(thread, PYMM_NO_DEADLINE);
	while (ret == -EINTR);
	errno = saved;
	return ret;
}
