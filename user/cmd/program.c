// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm program { run | check | dis }
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

#define OUTPUT_SIZE	65536U

/*
 * Steps of one call: a signal that comes between the look for it and the call
 * does not end the call, so the call has to end by itself.
 */
#define SLICE		(1ULL << 24)

/* A program being run. */
struct session {
	struct cmd *cmd;
	const char *file;
	struct pymm_arena *arena;
	struct pymm_thread *thread;
	struct pymm_program *program;
	struct pymm_run run;
	void *buffer;
	struct pymm_traceback *traceback;
	FILE *out;		/* stdout, or with JSON a stream to text */
	char *text;
	size_t text_size;
	uint64_t limit;		/* steps; 0 for no limit */
	uint64_t steps;
	bool started;
	bool interrupts;	/* SIGINT is for the program */
	bool interrupt;		/* one came */
};

static unsigned int line_of(const struct session *session)
{
	return pymm_program_line(session->program, session->run.code, session->run.pos);
}

static int set_limits(struct session *session)
{
	struct pymm_config config = {
		.max_bytes = cmd_number(session->cmd, "--max-bytes", 0),
		.max_objects = cmd_number(session->cmd, "--max-objects", 0),
	};
	int ret;

	config.fields = (config.max_bytes ? PYMM_CONFIG_MAX_BYTES : 0) |
			(config.max_objects ? PYMM_CONFIG_MAX_OBJECTS : 0);
	if (!config.fields)
		return CMD_OK;
	ret = pymm_arena_config(session->arena, &config);
	return ret ? cmd_fail_errno(session->cmd, ret, "cannot set the limits") : CMD_OK;
}

static int open_session(struct session *session)
{
	struct cmd *cmd = session->cmd;
	int ret = cmd_load_program(cmd, cmd->argv[0], &session->program);

	if (!ret)
		ret = cmd_open_arena(cmd, &session->arena);
	if (!ret)
		ret = set_limits(session);
	if (!ret)
		ret = cmd_open_thread(cmd, session->arena, &session->thread);
	if (ret)
		return ret;
	session->buffer = malloc(OUTPUT_SIZE);
	session->run.output_size = OUTPUT_SIZE;
	session->traceback = calloc(PYMM_MAX_TRACEBACK, sizeof(*session->traceback));
	session->run.traceback = (uintptr_t)session->traceback;
	session->run.traceback_size = PYMM_MAX_TRACEBACK;
	session->interrupts = cmd_flag(cmd, "--interrupt");
	session->out = cmd->json ? open_memstream(&session->text, &session->text_size) : stdout;
	if (!session->buffer || !session->traceback || !session->out)
		return cmd_fail(cmd, "out of memory");
	return CMD_OK;
}

static void close_session(struct session *session)
{
	if (session->out && session->out != stdout)
		fclose(session->out);
	free(session->text);
	free(session->buffer);
	free(session->traceback);
	pymm_thread_close(session->thread);
	pymm_arena_close(session->arena);
	pymm_program_free(session->program);
}

/* The kernel refused the image, or could not run it. */
static int fail_run(struct session *session, int error)
{
	const char *text = pymm_reject_text(session->run.reject);
	unsigned int line = 0;

	if (session->out && ferror(session->out))
		return cmd_fail(session->cmd, "cannot write what the program prints");
	if (error != -EINVAL || !session->run.reject)
		return cmd_fail_errno(session->cmd, error, "%s", session->file);
	if (session->run.reject != PYMM_REJECT_CONST_DATA &&
	    session->run.reject != PYMM_REJECT_UTF8)
		line = line_of(session);
	return cmd_fail_source(session->cmd, session->file, line, 0, text);
}

static int grow_buffer(struct session *session)
{
	uint32_t size = session->run.output_needed;
	void *buffer;

	if (size <= session->run.output_size)
		return 0;
	buffer = realloc(session->buffer, size);
	if (!buffer)
		return -ENOMEM;
	session->buffer = buffer;
	session->run.output_size = size;
	return 0;
}

/* One call of the kernel, with what it printed. */
static int run_slice(struct session *session)
{
	struct pymm_run *run = &session->run, before = *run;
	int ret;

	run->output = (uintptr_t)session->buffer;
	run->max_steps = SLICE;
	if (session->limit && session->limit - session->steps < SLICE)
		run->max_steps = session->limit - session->steps;
	if (!session->started)
		ret = pymm_thread_run(session->thread, session->program, run);
	else if (session->interrupt)
		ret = pymm_thread_interrupt(session->thread, run);
	else
		ret = pymm_thread_resume(session->thread, run);
	if (ret == -EINTR) {
		/* Nothing was executed: all is as it was. */
		*run = before;
		run->status = PYMM_STATUS_INTERRUPTED;
		return 0;
	}
	if (ret)
		return ret;
	session->started = true;
	session->interrupt = false;
	session->steps += run->steps;
	ret = pymm_output_render(session->buffer, run->output_used, session->out);
	return ret ? ret : fflush(session->out) ? -EIO : 0;
}

static bool is_over(const struct session *session)
{
	uint32_t status = session->run.status;

	return status == PYMM_STATUS_DONE || status == PYMM_STATUS_EXCEPTION;
}

/* A signal that is for the program is taken before it goes on. */
static bool is_to_end(const struct session *session)
{
	return session->interrupts && session->started ? cmd_terminated() : cmd_signalled();
}

/* Until the program ends, its limit is reached or a signal ends it. */
static int run_all(struct session *session)
{
	int ret;

	do {
		/* Before it has begun there is nowhere to raise anything. */
		if (session->interrupts && session->started && cmd_take_interrupt())
			session->interrupt = true;
		ret = run_slice(session);
		if (ret)
			return fail_run(session, ret);
		if (session->run.status == PYMM_STATUS_OUTPUT_FULL && grow_buffer(session))
			return cmd_fail(session->cmd, "out of memory");
		if (!is_over(session) && session->limit && session->steps >= session->limit) {
			session->run.status = PYMM_STATUS_LIMIT;
			return CMD_OK;
		}
	} while (!is_over(session) && !is_to_end(session));
	if (!is_over(session))
		session->run.status = PYMM_STATUS_INTERRUPTED;
	return CMD_OK;
}

static void json_stat(struct json *json, const struct pymm_stat *stat)
{
	json_open_object(json, "stat");
	json_add_uint(json, "objects", stat->objects);
	json_add_uint(json, "objects_allocated", stat->objects_allocated);
	json_add_uint(json, "objects_freed", stat->objects_freed);
	json_add_uint(json, "bytes", stat->bytes);
	json_add_uint(json, "bytes_peak", stat->bytes_peak);
	json_add_uint(json, "pool_bytes", stat->pool_bytes);
	json_add_uint(json, "names", stat->names);
	json_open_array(json, "collections");
	for (int i = 0; i < PYMM_GENERATIONS; i++)
		json_add_uint(json, NULL, stat->collections[i]);
	json_close(json);
	json_open_array(json, "collected");
	for (int i = 0; i < PYMM_GENERATIONS; i++)
		json_add_uint(json, NULL, stat->collected[i]);
	json_close(json);
	json_add_uint(json, "gc_ns", stat->gc_ns);
	json_close(json);
}

/* On stderr: stdout has what the program printed. */
static void print_stat(const struct session *session, const struct pymm_stat *stat)
{
	fprintf(stderr, "steps %" PRIu64 "\n", session->steps);
	fprintf(stderr, "objects alive %llu, allocated %llu, freed %llu\n", stat->objects,
		stat->objects_allocated, stat->objects_freed);
	fprintf(stderr, "bytes %llu, peak %llu, pages of small pieces %llu\n", stat->bytes,
		stat->bytes_peak, stat->pool_bytes);
	fprintf(stderr, "names %llu\n", stat->names);
	for (int i = 0; i < PYMM_GENERATIONS; i++)
		fprintf(stderr, "generation %d: collections %llu, objects collected %llu\n", i,
			stat->collections[i], stat->collected[i]);
	fprintf(stderr, "time in collections %llu ns\n", stat->gc_ns);
}

/* With --stat, before the thread is closed, as what its frames hold still counts. */
static int show_stat(struct session *session)
{
	struct pymm_stat stat;
	int ret;

	if (!cmd_flag(session->cmd, "--stat"))
		return CMD_OK;
	ret = pymm_arena_stat(session->arena, &stat);
	if (ret)
		return cmd_fail_errno(session->cmd, ret, "cannot read the counters");
	if (session->cmd->json)
		json_stat(session->cmd->json, &stat);
	else
		print_stat(session, &stat);
	return CMD_OK;
}

static void json_traceback(const struct session *session)
{
	struct json *json = session->cmd->json;
	const struct pymm_traceback *at = session->traceback;

	json_open_array(json, "traceback");
	for (uint32_t i = 0; i < session->run.traceback_used; i++, at++) {
		json_open_object(json, NULL);
		json_add_uint(json, "line", pymm_program_line(session->program, at->code, at->pos));
		json_add_string(json, "name", at->name);
		json_close(json);
	}
	json_close(json);
}

static void json_place(const struct session *session)
{
	json_add_string(session->cmd->json, "file", session->file);
	json_add_uint(session->cmd->json, "line", line_of(session));
}

static void json_result(struct session *session)
{
	static const char *const statuses[] = {
		[PYMM_STATUS_DONE] = "done",
		[PYMM_STATUS_EXCEPTION] = "exception",
		[PYMM_STATUS_INTERRUPTED] = "interrupted",
		[PYMM_STATUS_LIMIT] = "limit",
	};
	struct json *json = session->cmd->json;

	json_open_object(json, NULL);
	json_add_string(json, "status", statuses[session->run.status]);
	json_add_uint(json, "steps", session->steps);
	json_add_bytes(json, "output", session->text, session->text_size);
	if (session->run.status == PYMM_STATUS_EXCEPTION) {
		json_open_object(json, "exception");
		json_add_string(json, "type", pymm_exception_name(session->run.exception));
		json_add_string(json, "message", session->run.message);
		json_place(session);
		json_traceback(session);
		json_close(json);
	} else if (session->run.status != PYMM_STATUS_DONE) {
		json_place(session);
	}
}

/* As traceback.print_tb() of CPython: of lines that follow one another the first three. */
static void print_traceback(const struct session *session)
{
	const struct pymm_traceback *at = session->traceback, *end = at + session->run.traceback_used;
	unsigned int line, before = 0, same = 0;

	fprintf(stderr, "Traceback (most recent call last):\n");
	for (; at < end; at++, before = line) {
		line = pymm_program_line(session->program, at->code, at->pos);
		same = line == before ? same + 1 : 0;
		if (same < 3)
			fprintf(stderr, "  File \"%s\", line %u, in %s\n", session->file, line, at->name);
		else if (at + 1 == end || pymm_program_line(session->program, at[1].code, at[1].pos) != line)
			fprintf(stderr, "  [Previous line repeated %u more time%s]\n", same - 2,
				same == 3 ? "" : "s");
	}
}

/* Says on stderr how the program ended when it did not end well. */
static void print_result(struct session *session)
{
	const struct pymm_run *run = &session->run;

	if (run->status == PYMM_STATUS_DONE)
		return;
	fflush(stdout);
	/* A single frame is where the next line says. */
	if (run->traceback_used > 1)
		print_traceback(session);
	fprintf(stderr, "%s:%u: ", session->file, line_of(session));
	if (run->status == PYMM_STATUS_EXCEPTION && run->exception == PYMM_EXC_OTHER)
		fprintf(stderr, "%s\n", run->message);
	else if (run->status == PYMM_STATUS_EXCEPTION)
		fprintf(stderr, "%s%s%s\n", pymm_exception_name(run->exception),
			run->message[0] ? ": " : "", run->message);
	else if (run->status == PYMM_STATUS_LIMIT)
		fprintf(stderr, "stopped after %" PRIu64 " steps\n", session->steps);
	else
		fprintf(stderr, "interrupted\n");
}

static int finish(struct session *session)
{
	uint32_t status = session->run.status;
	int ret;

	if (session->cmd->json)
		json_result(session);
	else
		print_result(session);
	ret = show_stat(session);
	if (!ret)
		ret = program_dump(session->cmd, session->arena);
	if (session->run.result_flags & PYMM_RAN_KEPT)
		pymm_thread_abandon(session->thread);
	if (status == PYMM_STATUS_INTERRUPTED ||
	    (status == PYMM_STATUS_EXCEPTION &&
	     session->run.exception == PYMM_EXC_KEYBOARD_INTERRUPT))
		return CMD_INTERRUPTED;
	return status == PYMM_STATUS_DONE ? ret : CMD_FAILED;
}

static int run_program(struct cmd *cmd)
{
	struct session session = {
		.cmd = cmd,
		.file = cmd_file_name(cmd->argv[0]),
		.limit = cmd_number(cmd, "--steps", 0),
	};
	int ret = open_session(&session);

	if (!ret) {
		cmd_catch_signals();
		ret = run_all(&session);
	}
	if (!ret)
		ret = finish(&session);
	close_session(&session);
	return ret;
}

static int say_checked(struct session *session, const char *by, const char *why)
{
	struct cmd *cmd = session->cmd;

	if (cmd->json) {
		json_open_object(cmd->json, NULL);
		json_add_string(cmd->json, "file", session->file);
		json_add_string(cmd->json, "status", "ok");
		json_add_string(cmd->json, "checked_by", by);
		return CMD_OK;
	}
	printf("%s: ok, checked by the %s%s\n", session->file, by, why);
	return CMD_OK;
}

/* The image as the kernel sees it; only the assembler's view when there is no kernel to ask. */
static int check_image(struct session *session)
{
	struct pymm_run *run = &session->run;
	int ret = pymm_arena_open(&session->arena);

	if (cmd_is_missing(ret))
		return say_checked(session, "assembler", " only: pymm.ko is not loaded");
	if (ret == -EACCES)
		return say_checked(session, "assembler", " only: no permission for " PYMM_DEVICE);
	if (ret)
		return cmd_fail_errno(session->cmd, ret, PYMM_DEVICE);
	ret = cmd_open_thread(session->cmd, session->arena, &session->thread);
	if (ret)
		return ret;
	ret = pymm_thread_check(session->thread, session->program, run);
	if (ret)
		return fail_run(session, ret);
	return say_checked(session, "kernel", "");
}

static int check_program(struct cmd *cmd)
{
	struct session session = { .cmd = cmd, .file = cmd_file_name(cmd->argv[0]) };
	int ret = cmd_load_program(cmd, cmd->argv[0], &session.program);

	if (!ret)
		ret = check_image(&session);
	close_session(&session);
	return ret;
}

static int dis_json(struct cmd *cmd, const struct pymm_program *program)
{
	char *text = NULL;
	size_t size = 0;
	FILE *memory = open_memstream(&text, &size);
	int ret;

	if (!memory)
		return -ENOMEM;
	ret = pymm_program_disassemble(program, memory);
	if (fclose(memory) && !ret)
		ret = -ENOMEM;
	if (!ret) {
		json_open_object(cmd->json, NULL);
		json_add_string(cmd->json, "file", cmd_file_name(cmd->argv[0]));
		json_add_bytes(cmd->json, "text", text, size);
	}
	free(text);
	return ret;
}

static int dis_program(struct cmd *cmd)
{
	struct pymm_program *program;
	int ret = cmd_load_program(cmd, cmd->argv[0], &program);

	if (ret)
		return ret;
	ret = cmd->json ? dis_json(cmd, program) : pymm_program_disassemble(program, stdout);
	pymm_program_free(program);
	return ret ? cmd_fail_errno(cmd, ret, "cannot disassemble") : CMD_OK;
}

static const struct cmd_option run_options[] = {
	{ .name = "--steps", .kind = CMD_NUMBER, .value = "N", .min = 1,
	  .summary = "stop after N instructions" },
	{ .name = "--stat", .kind = CMD_FLAG,
	  .summary = "show the arena's counters after the run, on stderr" },
	{ .name = "--dump", .kind = CMD_FLAG,
	  .summary = "show its objects, names and frames then, on stderr" },
	{ .name = "--dot", .kind = CMD_TEXT, .value = "FILE",
	  .summary = "write them to a file, as a graph for Graphviz" },
	{ .name = "--interrupt", .kind = CMD_FLAG,
	  .summary = "SIGINT raises KeyboardInterrupt in the program, and does not end it" },
	{ .name = "--max-bytes", .kind = CMD_NUMBER, .value = "N", .min = 1 << 20,
	  .max = 1ULL << 40, .summary = "limit of the arena's memory (268_435_456)" },
	{ .name = "--max-objects", .kind = CMD_NUMBER, .value = "N", .min = 1024,
	  .max = INT32_MAX, .summary = "limit of objects alive (2_147_483_647)" },
	{ 0 },
};

static const struct cmd_command commands[] = {
	{ .name = "run", .args = "FILE|-", .min_args = 1, .max_args = 1, .options = run_options,
	  .summary = "run a program and print what it prints", .run = run_program },
	{ .name = "check", .args = "FILE|-", .min_args = 1, .max_args = 1,
	  .summary = "assemble a program and have the kernel verify it", .run = check_program },
	{ .name = "dis", .args = "FILE|-", .min_args = 1, .max_args = 1,
	  .summary = "assemble a program and show its instructions", .run = dis_program },
	{ 0 },
};

const struct cmd_object cmd_program = {
	.name = "program",
	.summary = "run, check and disassemble programs in pyasm(5)",
	.commands = commands,
};
