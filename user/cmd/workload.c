// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm workload: programs that keep an arena busy, and what that costs.
 */
#include <inttypes.h>
#include <unistd.h>

#include "../lib/policies.h"
#include "trace_hist.h"
#include "workload.h"

#define SILENT_S	2
#define LINE_S		10

/* On a terminal one line that changes, elsewhere a line now and then, for a log. */
void progress_tick(struct progress *progress)
{
	uint64_t seconds = (time_now() - progress->started_ns) / 1000000000;
	bool terminal = cmd_redraws(STDERR_FILENO);

	if (seconds < SILENT_S || seconds < progress->said_s + (terminal ? 1 : LINE_S))
		return;
	progress->said_s = seconds;
	fprintf(stderr, "%s%s ... %" PRIu64 " s%s", terminal ? "\r" : "", progress->what, seconds,
		terminal ? "" : "\n");
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->said_s && cmd_redraws(STDERR_FILENO))
		fprintf(stderr, "\r\033[K");
	progress->said_s = 0;
}

int compare_u64(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

	return left < right ? -1 : left > right;
}

static const char *const modes[] = { "cpu", "io", "mixed", "race", "lock", "multi", NULL };
static const char *const policies[] = { POLICY_NAMES, NULL };

static const struct cmd_option threads_options[] = {
	{ "--mode", CMD_TEXT, "MODE", "what the threads do", 0, 0, modes },
	{ "--policy", CMD_TEXT, "POLICY", "which one has the GIL next", 0, 0, policies },
	{ "-t", CMD_NUMBER, "THREADS", "how many (2)", 1, 1024, NULL },
	{ "-n", CMD_NUMBER, "N", "turns of each thread, or pings", 1, INT64_MAX / 1024, NULL },
	{ "-s", CMD_NUMBER, "SECONDS", "or: as many as take so long (1)", 1, 3600, NULL },
	{ "-i", CMD_NUMBER, "MICROSECONDS", "switch interval (5000)", 1, UINT64_C(3600000000),
	  NULL },
	{ "--check-all", CMD_FLAG, NULL, "every instruction is a check point, as up to CPython 3.9",
	  0, 0, NULL },
	{ "--runs", CMD_NUMBER, "N", "times that it is measured (3)", 1, 1000, NULL },
	{ "--think", CMD_NUMBER, "MICROSECONDS",
	  "how long that takes which a thread waits for (1000)", 0, UINT64_C(3600000000), NULL },
	{ 0 },
};

static const struct cmd_option ops_options[] = {
	{ "-s", CMD_NUMBER, "SECONDS", "how long (2)", 1, 3600, NULL },
	{ 0 },
};

static const struct cmd_command commands[] = {
	{ "threads", NULL, "threads under a GIL: what they get done, and what it costs",
	  threads_options, 0, 0, workload_threads },
	{ "bind", NULL, "binding of names: operations a second", ops_options, 0, 0, workload_bind },
	{ "mutate", NULL, "changes of lists and dicts: operations a second", ops_options, 0, 0,
	  workload_mutate },
	{ 0 },
};

const struct cmd_object cmd_workload = {
	.name = "workload",
	.summary = "keep an arena busy, and measure",
	.commands = commands,
};
