// SPDX-License-Identifier: GPL-2.0-only
/*
 * Running the demo's programs.
 */
#include <errno.h>
#include <string.h>

#include "demo.h"
#include "workload.h"

#define TEXT_LEN	2048

/* What every program ends with, as a module's code does in CPython; its functions follow. */
#define END ASM("LOAD_CONST r15, None") ASM("RETURN_VALUE r15!")

static int assemble(struct demo *demo, const char *text, struct pymm_program **out)
{
	char whole[TEXT_LEN];
	struct pymm_error error;
	const char *functions = strstr(text, ".code");
	int main = functions ? (int)(functions - text) : (int)strlen(text);
	int len = snprintf(whole, sizeof(whole), "%.*s%s%s", main, text, END, text + main);
	int ret = pymm_program_assemble(whole, (size_t)len, &error, out);

	if (ret == -EINVAL)
		return cmd_fail(demo->cmd, "line %u of a scene's program: %s", error.line,
				error.message);
	return ret ? cmd_fail_errno(demo->cmd, ret, "cannot make a program") : CMD_OK;
}

static int exec(struct demo *demo, const char *text, FILE *out, struct pymm_run *run)
{
	struct pymm_program *program;
	int ret = assemble(demo, text, &program);

	if (ret)
		return ret;
	memset(run, 0, sizeof(*run));
	ret = pymm_thread_exec(demo->thread, program, out, run);
	pymm_program_free(program);
	return ret ? loop_failed(demo->cmd, ret, run) : CMD_OK;
}

static void show_output(const struct demo *demo, const struct demo_output *output)
{
	if (!demo_quiet(demo) && output->text[0])
		printf("  %s", output->text);
}

int demo_run(struct demo *demo, const char *python, const char *text, struct demo_output *output)
{
	struct demo_output discarded;
	struct demo_output *printed = output ? output : &discarded;
	struct pymm_run run;
	FILE *out;
	int ret;

	if (python)
		demo_python(demo, python);
	memset(printed, 0, sizeof(*printed));
	out = fmemopen(printed->text, sizeof(printed->text) - 1, "w");
	if (!out)
		return cmd_fail_errno(demo->cmd, errno, "cannot keep what is printed");
	ret = exec(demo, text, out, &run);
	fclose(out);
	if (ret)
		return ret;
	show_output(demo, printed);
	return run.status == PYMM_STATUS_DONE ? CMD_OK : loop_failed(demo->cmd, 0, &run);
}

int demo_prints(struct demo *demo, const char *python, const char *text, const char *expected)
{
	const char *last = strstr(python, "print(");
	struct demo_output output;
	int ret = demo_run(demo, python, text, &output);

	if (ret)
		return ret;
	output.text[strcspn(output.text, "\n")] = '\0';
	demo_seen(demo, !strcmp(output.text, expected), "%s: %s", last ? last : python,
		  output.text);
	return CMD_OK;
}

int demo_raise(struct demo *demo, const char *python, const char *text, struct pymm_run *run)
{
	int ret;

	demo_python(demo, python);
	ret = exec(demo, text, NULL, run);
	if (!ret && !demo_quiet(demo) && run->status == PYMM_STATUS_EXCEPTION)
		printf("  %s: %s\n", pymm_exception_name(run->exception), run->message);
	return ret;
}

/* A program that did neither end nor pause as it was meant to must not stay in the thread. */
static int check_paused(struct demo *demo, struct pymm_thread *thread, int ret,
			const struct pymm_run *run, uint32_t expected)
{
	if (!ret && run->status == expected)
		return CMD_OK;
	if (!ret && (run->result_flags & PYMM_RAN_KEPT))
		pymm_thread_abandon(thread);
	if (!ret && run->status == PYMM_STATUS_INTERRUPTED)
		ret = -EINTR;
	if (!ret && run->status != PYMM_STATUS_EXCEPTION)
		return cmd_fail(demo->cmd, "a program that was to pause ended, or the reverse");
	return loop_failed(demo->cmd, ret, run);
}

int demo_begin(struct demo *demo, struct pymm_thread *thread, const char *text, uint64_t steps)
{
	struct pymm_run run = { .max_steps = steps };
	struct pymm_program *program;
	int ret = assemble(demo, text, &program);

	if (ret)
		return ret;
	ret = pymm_thread_run(thread, program, &run);
	pymm_program_free(program);
	return check_paused(demo, thread, ret, &run, PYMM_STATUS_LIMIT);
}

int demo_step(struct demo *demo, struct pymm_thread *thread, uint64_t steps)
{
	struct pymm_run run = { .max_steps = steps };
	int ret = pymm_thread_resume(thread, &run);

	return check_paused(demo, thread, ret, &run, steps ? PYMM_STATUS_LIMIT : PYMM_STATUS_DONE);
}
