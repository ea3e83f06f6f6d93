// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs that are run in the arena of another process: beside its own threads, under its GIL,
 * for a limited time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gc.h"
#include "trace_hist.h"

#define OUTPUT_SIZE	65536U

/*
 * What prints an int and ends the line: its record with the value, and that of the end. It is
 * written whole, so that it stands at the end of what the last call printed.
 */
#define RESULT_SIZE	(2 * sizeof(struct pymm_record) + sizeof(int64_t))

/* A program being run. */
struct gc_run {
	struct cmd *cmd;
	const struct target *target;
	struct pymm_program *program;
	struct pymm_thread *thread;
	struct pymm_run run;
	void *buffer;
	FILE *out;
	uint64_t seconds;
	uint64_t deadline;
};

static bool is_late(const struct gc_run *run)
{
	return time_now() >= run->deadline;
}

/* Who keeps it from being done. */
static int fail_late(struct gc_run *run)
{
	const struct target *target = run->target;
	const char *stopped = target_stopped(target->pid) ?
		" (the process is stopped: SIGCONT lets it go on)" : "";
	struct pymm_stat stat;
	int ret = pymm_arena_stat(target->arena, &stat);

	if (ret)
		return cmd_fail_errno(run->cmd, ret, "arena %u", target->id);
	if (stat.gil_holder && stat.gil_holder != pymm_thread_id(run->thread))
		return cmd_fail(run->cmd, "arena %u: gave up after %llu s: thread %u holds the GIL%s",
				target->id, (unsigned long long)run->seconds, stat.gil_holder,
				stopped);
	return cmd_fail(run->cmd, "arena %u: gave up after %llu s: a finalizer or callback waits, or there is more to do: see --timeout%s",
			target->id, (unsigned long long)run->seconds, stopped);
}

/* A call of the kernel was ended by a signal: CMD_OK when it is to go on. */
static int after_signal(struct gc_run *run)
{
	if (cmd_signalled()) {
		cmd_fail(run->cmd, "interrupted");
		return CMD_INTERRUPTED;
	}
	return is_late(run) ? fail_late(run) : CMD_OK;
}

static int take_gil(struct gc_run *run)
{
	int ret, status;

	for (;;) {
		ret = pymm_thread_gil_acquire(run->thread, run->deadline);
		/* The holder before is gone: that is no concern of this one. */
		if (!ret || ret == -EOWNERDEAD)
			return CMD_OK;
		if (ret == -ETIMEDOUT)
			return fail_late(run);
		if (ret != -EINTR)
			return cmd_fail_errno(run->cmd, ret, "cannot have the GIL of arena %u",
					      run->target->id);
		status = after_signal(run);
		if (status)
			return status;
	}
}

static int grow_buffer(struct gc_run *run)
{
	uint32_t size = run->run.output_needed;
	void *buffer;

	if (size <= run->run.output_size)
		return 0;
	buffer = realloc(run->buffer, size);
	if (!buffer)
		return -ENOMEM;
	run->buffer = buffer;
	run->run.output_size = size;
	return 0;
}

/* What is printed before the result is that of the arena's own finalizers and callbacks. */
static int take_output(struct gc_run *run, int64_t *result)
{
	uint32_t used = run->run.output_used;
	char *end = (char *)run->buffer + used;

	if (result && run->run.status == PYMM_STATUS_DONE) {
		if (used < RESULT_SIZE)
			return -EPROTO;
		used -= RESULT_SIZE;
		memcpy(result, end - RESULT_SIZE + sizeof(struct pymm_record), sizeof(*result));
	}
	return used ? pymm_output_render(run->buffer, used, run->out) : 0;
}

static int fail_exception(struct gc_run *run)
{
	const struct pymm_run *ended = &run->run;
	bool named = ended->exception != PYMM_EXC_OTHER;

	return cmd_fail(run->cmd, "arena %u: %s%s%s", run->target->id,
			named ? pymm_exception_name(ended->exception) : "",
			named && ended->message[0] ? ": " : "", ended->message);
}

/* Until the next pause, of which a signal that came too early for anything to be executed is one. */
static int run_once(struct gc_run *run, bool *started, int64_t *result)
{
	struct pymm_run *args = &run->run;
	int ret;

	args->output = (uintptr_t)run->buffer;
	ret = *started ? pymm_thread_resume(run->thread, args) :
			 pymm_thread_run(run->thread, run->program, args);
	if (ret == -EINTR) {
		args->status = PYMM_STATUS_INTERRUPTED;
		return 0;
	}
	if (ret)
		return ret;
	*started = true;
	ret = take_output(run, result);
	if (!ret && args->status == PYMM_STATUS_OUTPUT_FULL)
		ret = grow_buffer(run);
	return ret;
}

static int run_program(struct gc_run *run, int64_t *result)
{
	bool started = false;
	int ret, status;

	for (;;) {
		ret = run_once(run, &started, result);
		if (ret)
			return cmd_fail_errno(run->cmd, ret, "arena %u", run->target->id);
		if (run->run.status == PYMM_STATUS_DONE)
			return CMD_OK;
		if (run->run.status == PYMM_STATUS_EXCEPTION)
			return fail_exception(run);
		if (run->run.status != PYMM_STATUS_INTERRUPTED)
			continue;
		status = after_signal(run);
		if (status)
			return status;
	}
}

static int open_run(struct gc_run *run, const char *text, char **output, size_t *size)
{
	int ret = pymm_program_assemble(text, strlen(text), NULL, &run->program);

	if (ret)
		return cmd_fail_errno(run->cmd, ret, "cannot assemble");
	ret = pymm_thread_open(run->target->arena, &run->thread);
	if (ret == -EDQUOT)
		return cmd_fail(run->cmd, "arena %u has as many threads as it may have",
				run->target->id);
	if (ret)
		return cmd_fail_errno(run->cmd, ret, "cannot make a thread in arena %u",
				      run->target->id);
	run->buffer = malloc(OUTPUT_SIZE);
	run->run.output_size = OUTPUT_SIZE;
	run->out = open_memstream(output, size);
	return run->buffer && run->out ? CMD_OK : cmd_fail(run->cmd, "out of memory");
}

/*
 * What is left of the program goes with the thread. The GIL is given back before, as the next
 * one who gets it would be told that its holder died.
 */
static void close_run(struct gc_run *run)
{
	if (run->thread)
		pymm_thread_gil_release(run->thread);
	pymm_thread_close(run->thread);
	pymm_program_free(run->program);
	free(run->buffer);
}

int gc_run(struct cmd *cmd, const struct target *target, const char *text, int64_t *result,
	   char **output)
{
	struct gc_run run = {
		.cmd = cmd,
		.target = target,
		.seconds = cmd_number(cmd, "--timeout", 10),
	};
	size_t size;
	int ret;

	*output = NULL;
	run.deadline = time_now() + run.seconds * 1000000000;
	cmd_catch_signals();
	cmd_catch_alarm((unsigned int)run.seconds);
	ret = open_run(&run, text, output, &size);
	if (!ret)
		ret = take_gil(&run);
	if (!ret)
		ret = run_program(&run, result);
	close_run(&run);
	if (run.out && fclose(run.out) && !ret)
		ret = cmd_fail(cmd, "out of memory");
	return ret;
}
