// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm's side of pymm bench.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "trace_hist.h"

/* An arena's limit protects the machine from programs that run away. */
static int lift_limit(struct cmd *cmd, const struct pymm_arena *arena)
{
	struct pymm_config config = {
		.fields = PYMM_CONFIG_MAX_BYTES,
		.max_bytes = UINT64_C(1) << 40,
	};
	int ret = pymm_arena_config(arena, &config);

	return ret ? cmd_fail_errno(cmd, ret, "cannot set the limits") : CMD_OK;
}

int bench_arena_open(struct cmd *cmd, struct bench_arena *arena)
{
	int ret;

	*arena = (struct bench_arena){ 0 };
	ret = cmd_open_arena(cmd, &arena->arena);
	if (!ret)
		ret = lift_limit(cmd, arena->arena);
	if (!ret)
		ret = cmd_open_thread(cmd, arena->arena, &arena->thread);
	return ret;
}

void bench_arena_close(struct bench_arena *arena)
{
	pymm_thread_close(arena->thread);
	pymm_arena_close(arena->arena);
}

int bench_program_load(struct cmd *cmd, const char *dir, const char *name,
		       struct pymm_program **program)
{
	char *path;
	int ret;

	*program = NULL;
	if (asprintf(&path, "%s/%s.pyasm", dir, name) < 0)
		return cmd_fail(cmd, "out of memory");
	ret = cmd_load_program(cmd, path, program);
	free(path);
	return ret;
}

static int check_end(struct cmd *cmd, int error, const struct pymm_run *run)
{
	if (error)
		return cmd_fail_errno(cmd, error, "cannot run a loop");
	switch (run->status) {
	case PYMM_STATUS_DONE:
		return CMD_OK;
	case PYMM_STATUS_INTERRUPTED:
		return CMD_INTERRUPTED;
	case PYMM_STATUS_EXCEPTION:
		return cmd_fail(cmd, "a loop ended by %s: %s", pymm_exception_name(run->exception),
				run->message);
	default:
		return cmd_fail(cmd, "a loop prints too much");
	}
}

/* turns = @turns, in the arena */
static int bind_turns(struct cmd *cmd, const struct bench_arena *arena, uint64_t turns)
{
	struct pymm_program *program;
	struct pymm_run run = { 0 };
	char text[128];
	int len = snprintf(text, sizeof(text),
			   "LOAD_CONST r0, %" PRIu64 "\n"
			   "STORE_GLOBAL r0, turns\n"
			   "RETURN_VALUE r0!\n", turns);
	int ret = pymm_program_assemble(text, (size_t)len, NULL, &program);

	if (!ret)
		ret = pymm_thread_run(arena->thread, program, &run);
	pymm_program_free(program);
	return check_end(cmd, ret, &run);
}

static int render(const void *records, size_t size, char text[BENCH_TEXT_SIZE])
{
	FILE *out = fmemopen(text, BENCH_TEXT_SIZE, "w");
	int ret;

	if (!out)
		return -errno;
	ret = pymm_output_render(records, size, out);
	return fclose(out) && !ret ? -errno : ret;
}

static int read_bytes(struct cmd *cmd, const struct bench_arena *arena, uint64_t *bytes)
{
	struct pymm_stat stat;
	int ret = pymm_arena_stat(arena->arena, &stat);

	*bytes = stat.bytes;
	return ret ? cmd_fail_errno(cmd, ret, "cannot read the counters") : CMD_OK;
}

int bench_arena_run(struct cmd *cmd, const struct bench_arena *arena,
		    const struct pymm_program *program, uint64_t turns, struct bench_run *run)
{
	uint64_t records[BENCH_TEXT_SIZE];
	struct pymm_run args = { .output = (uintptr_t)records, .output_size = sizeof(records) };
	uint64_t started;
	int ret = bind_turns(cmd, arena, turns);

	if (ret)
		return ret;
	started = time_now();
	ret = pymm_thread_run(arena->thread, program, &args);
	run->ns = time_now() - started;
	ret = check_end(cmd, ret, &args);
	if (ret)
		return ret;
	ret = render(records, args.output_used, run->text);
	if (ret)
		return cmd_fail_errno(cmd, ret, "what a loop printed");
	return read_bytes(cmd, arena, &run->bytes);
}
