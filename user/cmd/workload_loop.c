// SPDX-License-Identifier: GPL-2.0-only
/*
 * Programs with a counted loop.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "trace_hist.h"
#include "workload.h"

/* Programs that are shorter are not worth measuring. */
#define PROBE_NS	UINT64_C(20000000)

const struct loop loop_countdown;

const struct loop loop_update = { .body = UPDATE, .copies = 1 };

const struct loop loop_locked_update = {
	.body = ASM("LOAD_GLOBAL r5, lock")
		ASM("LOCK_ACQUIRE r6, r5, forever")
		UPDATE
		ASM("LOCK_RELEASE r5!"),
	.copies = 1,
};

/*
 * n = TURNS
 * while n > 0:
 *     BODY
 *     n -= 1
 *
 * as CPython compiles it: the condition stands before the loop and at its end.
 */
static void write_loop(FILE *out, const struct loop *loop, uint64_t turns)
{
	fprintf(out, "\tLOAD_CONST r0, %" PRIu64 "\n"
		"%s"
		"\tLOAD_CONST r1, 0\n"
		"\tCOMPARE_OP r2, r0, r1!, >\n"
		"\tPOP_JUMP_IF_FALSE r2!, done\n"
		"loop:\n", turns, loop->setup ? loop->setup : "");
	for (unsigned int i = 0; loop->body && i < loop->copies; i++)
		fputs(loop->body, out);
	fputs("\tLOAD_CONST r1, 1\n"
	      "\tBINARY_OP r0, r0!, r1!, -=\n"
	      "\tLOAD_CONST r1, 0\n"
	      "\tCOMPARE_OP r2, r0, r1!, >\n"
	      "\tPOP_JUMP_IF_FALSE r2!, done\n"
	      "\tJUMP_BACKWARD loop\n"
	      "done:\n"
	      "\tLOAD_CONST r1, None\n"
	      "\tRETURN_VALUE r1!\n", out);
}

int loop_program(struct cmd *cmd, const struct loop *loop, uint64_t turns,
		 struct pymm_program **out)
{
	struct pymm_error error;
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	int ret;

	*out = NULL;
	if (!file)
		return cmd_fail(cmd, "out of memory");
	write_loop(file, loop, turns);
	if (fclose(file)) {
		free(text);
		return cmd_fail(cmd, "out of memory");
	}
	ret = pymm_program_assemble(text, size, &error, out);
	free(text);
	if (ret == -EINVAL)
		return cmd_fail(cmd, "line %u of the loop: %s", error.line, error.message);
	return ret ? cmd_fail_errno(cmd, ret, "cannot make a program") : CMD_OK;
}

int loop_failed(struct cmd *cmd, int error, const struct pymm_run *run)
{
	if (error == -EINTR)
		return CMD_INTERRUPTED;
	if (error)
		return cmd_fail_errno(cmd, error, "cannot run a program");
	return cmd_fail(cmd, "the program ended by %s: %s", pymm_exception_name(run->exception),
			run->message);
}

int loop_time(struct cmd *cmd, struct pymm_thread *thread, const struct pymm_program *program,
	      uint64_t *ns)
{
	uint64_t started = time_now();
	struct pymm_run run = { 0 };
	int ret = pymm_thread_exec(thread, program, NULL, &run);

	*ns = time_now() - started;
	if (ret || run.status != PYMM_STATUS_DONE)
		return loop_failed(cmd, ret, &run);
	return CMD_OK;
}

int loop_turns(struct cmd *cmd, struct pymm_thread *thread, const struct loop *loop,
	       uint64_t wanted_ns, uint64_t *turns)
{
	uint64_t ns = 0;

	for (*turns = 1000; ns < PROBE_NS; *turns *= 4) {
		struct pymm_program *program;
		int ret = loop_program(cmd, loop, *turns, &program);

		if (!ret)
			ret = loop_time(cmd, thread, program, &ns);
		pymm_program_free(program);
		if (ret)
			return ret;
	}
	*turns = (uint64_t)((double)*turns / 4 * (double)wanted_ns / (double)ns) + 1;
	return CMD_OK;
}
