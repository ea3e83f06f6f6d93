// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm trace: runs a tool for some time, or beside a command.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "trace.h"
#include "trace_child.h"
#include "trace_hist.h"

/* A signal that comes just before a wait begins is noticed after so long. */
#define NOTICE_MS	200

#define SECOND	UINT64_C(1000000000)

/**
 * struct watch - one call of the command
 * @cmd: the call
 * @trace: the tool, running
 * @child: the command that is watched
 * @has_child: there is one
 * @child_ended: and it has ended
 */
struct watch {
	struct cmd *cmd;
	struct trace *trace;
	struct trace_child child;
	bool has_child;
	bool child_ended;
};

/* Until @deadline, 0 for none; true if there is nothing to wait for any more. */
static bool wait_until(struct watch *watch, uint64_t deadline)
{
	struct pollfd child = { .fd = watch->has_child ? watch->child.pidfd : -1,
				.events = POLLIN };

	while (!cmd_signalled()) {
		uint64_t now = time_now();
		uint64_t left = deadline ? (deadline - now) / 1000000 + 1 : NOTICE_MS;

		if (deadline && now >= deadline)
			return false;
		if (poll(&child, 1, left < NOTICE_MS ? (int)left : NOTICE_MS) > 0) {
			watch->child_ended = true;
			return true;
		}
	}
	return true;
}

static int show(struct watch *watch)
{
	struct cmd *cmd = watch->cmd;
	int ret = trace_read(watch->trace);

	if (ret)
		return cmd_fail_errno(cmd, ret, "cannot read what was counted");
	if (cmd->json) {
		trace_json(watch->trace, cmd->json, NULL);
		return json_flush(cmd->json) ? cmd_fail(cmd, "cannot write JSON") : CMD_OK;
	}
	trace_print(watch->trace, stdout);
	fflush(stdout);
	return CMD_OK;
}

static void print_clock(const struct cmd *cmd)
{
	time_t seconds = time(NULL);
	struct tm local;
	char text[16];

	if (cmd->json || !localtime_r(&seconds, &local))
		return;
	strftime(text, sizeof(text), "%H:%M:%S", &local);
	printf("\n%s", text);
}

/* One result at the end, or one for each interval. */
static int show_all(struct watch *watch)
{
	uint64_t interval = cmd_number(watch->cmd, "-i", 0) * SECOND;
	uint64_t duration = cmd_number(watch->cmd, "-d", 0) * SECOND;
	uint64_t left = cmd_number(watch->cmd, "-c", 0);
	uint64_t next = time_now(), end = duration ? next + duration : 0;
	bool done = false;
	int ret = CMD_OK;

	while (!done && ret == CMD_OK) {
		uint64_t until = end;

		if (interval) {
			next += interval;
			until = end && end < next ? end : next;
		}
		done = wait_until(watch, until) || (end && time_now() >= end) || left == 1 ||
		       !interval;
		if (left)
			left--;
		if (done)
			trace_stop(watch->trace);
		if (interval)
			print_clock(watch->cmd);
		ret = show(watch);
	}
	return ret;
}

static int end_child(struct watch *watch)
{
	int status = child_end(&watch->child);

	if (!watch->child_ended || status < 0)
		return CMD_OK;
	if (WIFEXITED(status) && WEXITSTATUS(status))
		return cmd_fail(watch->cmd, "the command '%s' ended with status %d",
				watch->cmd->argv[0], WEXITSTATUS(status));
	if (WIFSIGNALED(status))
		return cmd_fail(watch->cmd, "the command '%s' ended by a signal: %s",
				watch->cmd->argv[0], strsignal(WTERMSIG(status)));
	return CMD_OK;
}

static bool ends_by_itself(const struct cmd *cmd)
{
	return cmd_number(cmd, "-d", 0) || cmd_number(cmd, "-c", 0);
}

static int run_tool(struct watch *watch, const struct trace_tool *tool)
{
	struct trace_filter filter = {
		.arena = (uint32_t)cmd_number(watch->cmd, "-a", 0),
		.pid = watch->has_child ? (uint32_t)watch->child.pid :
					  (uint32_t)cmd_number(watch->cmd, "-p", 0),
		.verbose = cmd_flag(watch->cmd, "-v"),
	};
	int ret = trace_open(tool, &filter, &watch->trace);

	if (ret)
		return trace_fail(watch->cmd, ret);
	cmd_catch_signals();
	if (watch->has_child) {
		ret = child_go(&watch->child);
		if (ret)
			return cmd_fail_errno(watch->cmd, ret, "%s", watch->cmd->argv[0]);
	} else {
		fprintf(stderr, "Tracing%s\n",
			ends_by_itself(watch->cmd) ? "." : ", Ctrl-C ends it.");
	}
	return show_all(watch);
}

static int check_options(struct cmd *cmd)
{
	if (cmd->argc && cmd_number(cmd, "-p", 0))
		return cmd_misused(cmd, "-p and a command cannot be had together");
	if (cmd_number(cmd, "-c", 0) && !cmd_number(cmd, "-i", 0))
		return cmd_misused(cmd, "-c counts intervals: give -i, too");
	return CMD_OK;
}

static int run(struct cmd *cmd, const struct trace_tool *tool)
{
	struct watch watch = { .cmd = cmd, .has_child = cmd->argc > 0 };
	int ret = check_options(cmd), child_ret;

	if (ret)
		return ret;
	if (watch.has_child) {
		ret = child_start(&watch.child, cmd->argv);
		if (ret)
			return cmd_fail_errno(cmd, ret, "%s", cmd->argv[0]);
	}
	ret = run_tool(&watch, tool);
	child_ret = watch.has_child ? end_child(&watch) : CMD_OK;
	trace_close(watch.trace);
	return ret ? ret : child_ret;
}

static int run_gil(struct cmd *cmd)
{
	return run(cmd, &trace_tool_gil);
}

static int run_gc(struct cmd *cmd)
{
	return run(cmd, &trace_tool_gc);
}

static int run_object(struct cmd *cmd)
{
	return run(cmd, &trace_tool_object);
}

/* In seconds: longer than anybody traces. */
#define YEAR	(UINT64_C(86400) * 365)

static const struct cmd_option options[] = {
	{ "-d", CMD_NUMBER, "SECONDS", "how long; without it and -c until Ctrl-C", 1, YEAR, NULL },
	{ "-i", CMD_NUMBER, "SECONDS", "print each so many seconds what was new in them", 1,
	  YEAR, NULL },
	{ "-c", CMD_NUMBER, "COUNT", "end after so many intervals", 1, UINT32_MAX, NULL },
	{ "-p", CMD_NUMBER, "PID", "only this process", 1, INT32_MAX, NULL },
	{ "-a", CMD_NUMBER, "ARENA", "only this arena", 1, UINT32_MAX, NULL },
	{ "-v", CMD_FLAG, NULL, "show what libbpf says", 0, 0, NULL },
	{ 0 },
};

#define ARGS "[-- COMMAND [ARGUMENT...]]"

static const struct cmd_command commands[] = {
	{ "gil", ARGS, "times of waiting for the GIL and of holding it, and who got it from whom",
	  options, 0, -1, run_gil },
	{ "gc", ARGS, "collections of each generation: objects visited, garbage, times", options, 0,
	  -1, run_gc },
	{ "object", ARGS, "objects made and freed, by type", options, 0, -1, run_object },
	{ 0 },
};

const struct cmd_object cmd_trace = {
	.name = "trace",
	.summary = "watch arenas with eBPF, for some time or beside a command",
	.commands = commands,
};
