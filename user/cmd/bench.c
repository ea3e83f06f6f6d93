// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm bench: pymm and CPython, side by side.
 */
#include <errno.h>
#include <fnmatch.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "trace_hist.h"

static const char installed[] = PYMM_BENCH_DIR;

bool bench_wants(const struct bench *bench, const char *name)
{
	for (int i = 0; i < bench->cmd->argc; i++)
		if (!fnmatch(bench->cmd->argv[i], name, 0))
			return true;
	return !bench->cmd->argc;
}

void bench_begin(struct bench *bench, const char *what)
{
	bench->progress = (struct progress){ .started_ns = time_now() };
	snprintf(bench->progress.what, sizeof(bench->progress.what), "%s", what);
}

/* A signal may come while nothing waits, as between two runs: nothing returns early then. */
int bench_go_on(struct bench *bench)
{
	progress_tick(&bench->progress);
	return cmd_signalled() ? CMD_INTERRUPTED : CMD_OK;
}

int bench_compare(struct bench *bench, const char *name, const struct bench_run runs[BENCH_SIDES])
{
	const char *pymm = runs[BENCH_PYMM].text, *cpython = runs[BENCH_CPYTHON].text;

	if (!bench->python.pid || !strcmp(pymm, cpython))
		return CMD_OK;
	return cmd_fail(bench->cmd, "%s: pymm printed %.*s, CPython %.*s", name,
			(int)strcspn(pymm, "\n"), pymm, (int)strcspn(cpython, "\n"), cpython);
}

static int measure(struct bench *bench)
{
	int ret;

	json_open_array(bench->cmd->json, NULL);
	json_open_array(bench->file, NULL);
	ret = bench_statements(bench);
	if (!ret)
		ret = bench_collector(bench);
	return ret ? ret : bench_gil(bench);
}

/* With the document for -o, of which nothing is written when something fails. */
static int measure_to_file(struct bench *bench, const char *path)
{
	FILE *out = fopen(path, "we");
	int ret;

	if (!out)
		return cmd_fail_errno(bench->cmd, errno, "%s", path);
	bench->file = json_new(out, bench->cmd->pretty);
	ret = bench->file ? measure(bench) : cmd_fail(bench->cmd, "out of memory");
	if (!ret && json_flush(bench->file))
		ret = cmd_fail(bench->cmd, "cannot write to %s", path);
	json_free(bench->file);
	if (fclose(out) && !ret)
		ret = cmd_fail_errno(bench->cmd, errno, "%s", path);
	return ret;
}

/* Does any row match? */
static bool is_row(const struct bench *bench, const char *pattern)
{
	for (size_t i = 0; i < bench->rows.nr; i++)
		if (!fnmatch(pattern, bench->rows.rows[i].name, 0))
			return true;
	for (size_t i = 0; i < bench->heaps.nr; i++) {
		const struct bench_heap *heap = &bench->heaps.heaps[i];

		for (size_t j = 0; j < heap->nr; j++)
			if (heap->steps[j].name &&
			    !fnmatch(pattern, heap->steps[j].name, 0))
				return true;
	}
	for (size_t i = 0; bench_gil_row(i, NULL); i++)
		if (!fnmatch(pattern, bench_gil_row(i, NULL), 0))
			return true;
	return false;
}

static int check_names(struct bench *bench)
{
	struct cmd *cmd = bench->cmd;

	for (int i = 0; i < cmd->argc; i++)
		if (!is_row(bench, cmd->argv[i]))
			return cmd_misused(cmd, "bench run: there is no row '%s' in %s", cmd->argv[i],
					   bench->rows.dir);
	return CMD_OK;
}

static int read_rows(struct cmd *cmd, const char *dir, struct bench *bench)
{
	int ret = bench_rows_read(cmd, dir, &bench->rows);

	return ret ? ret : bench_heaps_read(cmd, dir, &bench->heaps);
}

static int bench_run(struct cmd *cmd)
{
	const char *path = cmd_text(cmd, "-o", NULL);
	struct bench bench = {
		.cmd = cmd,
		.unit = cmd_flag(cmd, "--icount") ? "instructions" : "ns",
		.rounds = (unsigned int)cmd_number(cmd, "-r", 7),
		.wanted_ns = cmd_number(cmd, "-m", 400) * 1000000,
		.objects = cmd_number(cmd, "-n", 1000000),
	};
	int ret = read_rows(cmd, cmd_text(cmd, "-d", installed), &bench);

	if (!ret)
		ret = check_names(&bench);
	cmd_catch_signals();
	if (!ret)
		ret = bench_python_start(cmd, bench.rows.dir, BENCH_MODULES, &bench.python);
	if (!ret)
		ret = path ? measure_to_file(&bench, path) : measure(&bench);
	bench_python_end(&bench.python);
	bench_rows_free(&bench.rows);
	bench_heaps_free(&bench.heaps);
	return ret;
}

/* For help, where they are installed. */
static int list_rows(struct cmd *cmd)
{
	struct bench bench = { .cmd = cmd };
	const char *statement;
	int ret;

	if (access(installed, R_OK))
		return CMD_OK;
	ret = read_rows(cmd, installed, &bench);
	if (!ret)
		printf("\nA row is one of\n");
	for (size_t i = 0; !ret && i < bench.rows.nr; i++)
		printf("  %-19s %s\n", bench.rows.rows[i].name, bench.rows.rows[i].statement);
	for (size_t i = 0; !ret && i < bench.heaps.nr; i++) {
		const struct bench_heap *heap = &bench.heaps.heaps[i];

		for (size_t j = 0; j < heap->nr; j++)
			if (heap->steps[j].name)
				printf("  %-19s %s\n", heap->steps[j].name, heap->steps[j].statement);
	}
	for (size_t i = 0; !ret && bench_gil_row(i, &statement); i++)
		printf("  %-19s %s\n", bench_gil_row(i, NULL), statement);
	bench_rows_free(&bench.rows);
	bench_heaps_free(&bench.heaps);
	return ret;
}

static const struct cmd_option run_options[] = {
	{ "-r", CMD_NUMBER, "ROUNDS", "how often both sides are measured, in turns (7)", 1,
	  BENCH_MAX_ROUNDS, NULL },
	{ "-m", CMD_NUMBER, "MILLISECONDS", "how long the slower side runs a statement's loop (400)",
	  1, 60000, NULL },
	{ "-n", CMD_NUMBER, "OBJECTS", "how many objects the heaps of gc/... have (1000000)", 1,
	  100000000, NULL },
	{ "-d", CMD_TEXT, "DIR", "where the rows are; otherwise those installed", 0, 0, NULL },
	{ "-o", CMD_TEXT, "FILE", "write JSON to a file as well", 0, 0, NULL },
	{ "--icount", CMD_FLAG, NULL, "the clock counts instructions: QEMU's -icount shift=0", 0, 0,
	  NULL },
	{ 0 },
};

static const struct cmd_command commands[] = {
	{ "run", "[ROW...]", "measure statements and the collector in pymm and in python3",
	  run_options, 0, -1, bench_run },
	{ 0 },
};

const struct cmd_object cmd_bench = {
	.name = "bench",
	.summary = "pymm and CPython, side by side",
	.commands = commands,
	.more = list_rows,
	.bare = true,
};
