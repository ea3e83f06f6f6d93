// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows gil/... of pymm bench: threads that want the GIL, on both sides in turns.
 *
 * A system call costs more than what CPython does in its own memory, so each row says how many
 * pymm makes, and its net time is that without them: getppid() is measured beside.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "bench_gil.h"

#define PINGS		60
#define PING(name, file, spinners, policy, what) \
	{ name, file, what, "ns", 4, PINGS, spinners, policy, 0, gil_ping }
#define TAKE(name, interval, us, turns) \
	{ name, "take-" interval, "the GIL again, beside a spinner, interval " interval, "ns", 2, \
	  turns, 1, PYMM_POLICY_CPYTHON, us, gil_take }

/* Turns are for a -m of 400. */
#define OF_TURNS	UINT64_C(400000000)
#define MIN_TURNS	3

static const struct gil_row rows[] = {
	{ "gil/getppid", "getppid", "getppid()", "ns", 1, 100000, .measure = gil_getppid },
	{ "gil/release-acquire", "release-acquire", "release and acquire, nobody waits", "ns", 2, 20000,
	  .measure = gil_release_acquire },
	{ "gil/handoff", "handoff", "release, until one who waits has it", "ns", 2, 50,
	  .measure = gil_handoff },
	TAKE("gil/take-5ms", "5ms", 5000, 40),
	TAKE("gil/take-0.5ms", "0.5ms", 500, 60),
	TAKE("gil/take-0.05ms", "0.05ms", 50, 100),
	PING("gil/ping-idle", "ping-idle", 0, PYMM_POLICY_CPYTHON, "a byte there and back"),
	PING("gil/ping-1spin", "ping-1spin", 1, PYMM_POLICY_CPYTHON, "beside a spinner"),
	PING("gil/ping-2spin", "ping-2spin", 2, PYMM_POLICY_CPYTHON, "beside two"),
	PING("gil/ping-idle-fifo", "ping-idle", 0, PYMM_POLICY_FIFO, "policy fifo"),
	PING("gil/ping-1spin-fifo", "ping-1spin", 1, PYMM_POLICY_FIFO, "policy fifo"),
	PING("gil/ping-2spin-fifo", "ping-2spin", 2, PYMM_POLICY_FIFO, "policy fifo"),
	PING("gil/ping-idle-boost", "ping-idle", 0, PYMM_POLICY_IO_BOOST, "policy io-boost"),
	PING("gil/ping-1spin-boost", "ping-1spin", 1, PYMM_POLICY_IO_BOOST, "policy io-boost"),
	PING("gil/ping-2spin-boost", "ping-2spin", 2, PYMM_POLICY_IO_BOOST, "policy io-boost"),
	{ "gil/spinner-boost", "spinner", "time of a spinner beside pings to alone, policy io-boost",
	  "times", 0, 200, 1, PYMM_POLICY_IO_BOOST, 0, gil_spinner },
	{ "gil/two-threads", "two-threads", "time of two threads to one that does all", "times", 0,
	  2000000, .measure = gil_two_threads },
	{ "gil/lock", "lock", "lock.acquire(); lock.release()", "ns", 0, 1000000, .measure = gil_lock },
	{ "gil/lock-contended", "lock-contended", "the same in two threads", "ns", 0, 200000,
	  .measure = gil_lock_contended },
	{ "gil/fair-fifo", NULL, "longest to shortest hold of 8 spinners, policy fifo", "times", 0, 1,
	  8, PYMM_POLICY_FIFO, 0, gil_fair },
};

#define NR_ROWS	(sizeof(rows) / sizeof(rows[0]))

const char *bench_gil_row(size_t i, const char **statement)
{
	if (i >= NR_ROWS)
		return NULL;
	if (statement)
		*statement = rows[i].statement;
	return rows[i].name;
}

/* What CPython's side prints is its value, a whole number of ns, or of thousandths. */
static int ask_python(struct bench *bench, const struct gil_row *row, uint64_t *value)
{
	struct bench_run run = { 0 };
	char *name, *end;
	int ret;

	if (!bench->python.pid || !row->file)
		return CMD_OK;
	if (asprintf(&name, "gil/%s", row->file) < 0)
		return cmd_fail(bench->cmd, "out of memory");
	ret = bench_python_run(bench->cmd, &bench->python, bench->rows.dir, name, row->turns, &run);
	free(name);
	if (ret)
		return ret;
	errno = 0;
	*value = strtoull(run.text, &end, 10) * (*row->unit == 'n' ? 1000 : 1);
	if (errno || *end != '\n' || !*value)
		return cmd_fail(bench->cmd, "%s: CPython's side printed %s", row->name, run.text);
	return CMD_OK;
}

static int run_rounds(struct bench *bench, const struct gil_row *row, struct bench_values *values)
{
	int ret = CMD_OK;

	for (unsigned int i = 0; !ret && i < bench->rounds; i++) {
		ret = bench_go_on(bench);
		if (!ret && (i & 1))
			ret = ask_python(bench, row, &values->of[BENCH_CPYTHON][i]);
		if (!ret)
			ret = row->measure(bench, row, &values->of[BENCH_PYMM][i]);
		if (!ret && !(i & 1))
			ret = ask_python(bench, row, &values->of[BENCH_CPYTHON][i]);
	}
	return ret;
}

/* Without the system calls, of which one takes @getppid ns. */
static void subtract_calls(const struct gil_row *row, double getppid, struct bench_result *result)
{
	if (*row->unit != 'n')
		return;
	result->net[BENCH_PYMM] = result->whole[BENCH_PYMM] - row->syscalls * getppid;
	result->net[BENCH_CPYTHON] = result->whole[BENCH_CPYTHON];
}

static int measure_row(struct bench *bench, const struct gil_row *full, double *getppid, bool report)
{
	struct gil_row scaled = *full, *row = &scaled;
	struct bench_values *values = calloc(1, sizeof(*values));
	struct bench_result result = {
		.name = full->name,
		.statement = full->statement,
		.unit = full->unit,
		.copies = 1,
		.turns = 1000,
		.syscalls = full->syscalls,
		.alone = !full->file,
	};
	int ret;

	if (!values)
		return cmd_fail(bench->cmd, "out of memory");
	row->turns = full->turns * bench->wanted_ns / OF_TURNS;
	if (row->turns < MIN_TURNS)
		row->turns = MIN_TURNS;
	bench_begin(bench, row->name);
	ret = run_rounds(bench, row, values);
	progress_end(&bench->progress);
	if (!ret)
		bench_evaluate(bench, values, NULL, &result);
	free(values);
	if (ret)
		return ret;
	if (row->measure == gil_getppid)
		*getppid = result.whole[BENCH_PYMM];
	subtract_calls(row, *getppid, &result);
	result.turns = row->turns;
	if (report)
		bench_report(bench, &result);
	return CMD_OK;
}

int bench_gil(struct bench *bench)
{
	double getppid = NAN;
	int ret = CMD_OK;

	/* Where the clock counts instructions, there is one processor. */
	if (cmd_flag(bench->cmd, "--icount"))
		return CMD_OK;
	for (size_t i = 0; !ret && i < NR_ROWS; i++) {
		bool wanted = bench_wants(bench, rows[i].name);

		if (!wanted || isnan(getppid)) {
			if (!wanted)
				continue;
			bench_print_head(bench, "one operation");
			/* The others need it. */
			if (i)
				ret = measure_row(bench, &rows[0], &getppid, false);
		}
		if (!ret)
			ret = measure_row(bench, &rows[i], &getppid, true);
	}
	return ret;
}
