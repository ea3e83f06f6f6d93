// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload threads: its options, and what its modes share.
 */
#include <inttypes.h>
#include <string.h>

#include "workload_modes.h"

/**
 * struct mode - what --mode says
 * @name: its word
 * @run: does it
 * @max_turns: the most that -n may say; 0: it has none
 * @min_threads: fewer make no sense
 * @runs: it is measured several times
 * @thinks: a thread waits for something else than the GIL
 */
struct mode {
	const char *name;
	int (*run)(struct workload *w);
	uint64_t max_turns;
	unsigned int min_threads;
	bool runs;
	bool thinks;
};

static const struct mode modes[] = {
	{ "cpu", mode_cpu, INT64_MAX / 1024, 1, true, false },
	{ "io", mode_io, MAX_PINGS, 1, false, true },
	{ "mixed", mode_mixed, 0, 2, false, true },
	{ "race", mode_race, INT64_MAX / 1024, 1, true, false },
	{ "lock", mode_lock, INT64_MAX / 1024, 1, true, false },
	{ "multi", mode_multi, INT64_MAX / 1024, 1, true, false },
	{ 0 },
};

int workload_configure(struct workload *w, const struct pymm_arena *arena, bool check_all)
{
	int ret;

	w->config.fields = PYMM_CONFIG_SWITCH_INTERVAL | PYMM_CONFIG_FLAGS | PYMM_CONFIG_POLICY;
	w->config.flags = PYMM_CONFIG_F_GC | (check_all ? PYMM_CONFIG_F_CHECK_ALL : 0);
	ret = pymm_arena_config(arena, &w->config);
	return ret ? cmd_fail_errno(w->cmd, ret, "cannot configure the arena") : CMD_OK;
}

int workload_arena(struct workload *w, struct pymm_arena **out)
{
	int ret = cmd_open_arena(w->cmd, out);

	if (!ret)
		ret = workload_configure(w, *out, workload_check_all(w));
	return ret;
}

bool workload_check_all(const struct workload *w)
{
	return cmd_flag(w->cmd, "--check-all");
}

int workload_choose_turns(struct workload *w, const struct pymm_arena *arena,
			  const struct loop *loop)
{
	struct pymm_thread *thread;
	int ret;

	if (w->turns)
		return CMD_OK;
	ret = cmd_open_thread(w->cmd, arena, &thread);
	if (ret)
		return ret;
	ret = loop_turns(w->cmd, thread, loop, w->wanted_ns / w->threads, &w->turns);
	pymm_thread_close(thread);
	return ret;
}

const char *check_points_text(bool check_all)
{
	return check_all ? "all instructions" : "backward jumps";
}

void workload_print_config(const struct workload *w)
{
	char interval[TIME_TEXT_LEN];

	printf("policy %s, switch interval %s", pymm_policy_name(w->config.policy),
	       time_text(interval, w->config.switch_interval_ns));
}

void workload_json(const struct workload *w)
{
	struct json *json = w->cmd->json;

	json_open_object(json, NULL);
	json_add_string(json, "mode", w->mode);
	json_add_string(json, "policy", pymm_policy_name(w->config.policy));
	json_add_uint(json, "threads", w->threads);
	json_add_uint(json, "switch_interval_ns", w->config.switch_interval_ns);
}

void json_open_member(struct json *json, const struct team_member *member)
{
	json_open_object(json, NULL);
	json_add_uint(json, "thread", member->thread_id);
	json_add_uint(json, "steps", member->run.steps);
	json_add_uint(json, "holds", member->gil.holds);
	json_add_uint(json, "hold_ns", member->gil.hold_ns);
	json_add_uint(json, "hold_max_ns", member->gil.hold_max_ns);
	json_add_uint(json, "waits", member->gil.waits);
	json_add_uint(json, "wait_ns", member->gil.wait_ns);
	json_add_uint(json, "wait_max_ns", member->gil.wait_max_ns);
	json_add_uint(json, "drops", member->gil.drops);
}

/* Options that say nothing to the mode are not passed over: who gave one means something by it. */
static int check_options(const struct workload *w, const struct mode *mode)
{
	bool turns = cmd_text(w->cmd, "-n", NULL);

	if (turns && cmd_number(w->cmd, "-s", 0))
		return cmd_misused(w->cmd, "-n and -s cannot be had together: give one of them");
	if (turns && !mode->max_turns)
		return cmd_misused(w->cmd, "-n: --mode %s runs for a time: give -s SECONDS instead",
				   mode->name);
	if (turns && w->turns > mode->max_turns)
		return cmd_misused(w->cmd, "-n: that is too large for --mode %s: at most %" PRIu64,
				   mode->name, mode->max_turns);
	if (w->threads < mode->min_threads)
		return cmd_misused(w->cmd, "-t: --mode %s wants at least %u threads", mode->name,
				   mode->min_threads);
	if (cmd_text(w->cmd, "--runs", NULL) && !mode->runs)
		return cmd_misused(w->cmd,
				   "--runs: --mode %s measures once: give -s SECONDS for longer",
				   mode->name);
	if (cmd_text(w->cmd, "--think", NULL) && !mode->thinks)
		return cmd_misused(w->cmd,
				   "--think: nothing is waited for in --mode %s: leave it out",
				   mode->name);
	return CMD_OK;
}

int workload_threads(struct cmd *cmd)
{
	const char *name = cmd_text(cmd, "--mode", "cpu");
	struct workload w = {
		.cmd = cmd,
		.mode = name,
		.threads = (unsigned int)cmd_number(cmd, "-t", 2),
		.nr_runs = (unsigned int)cmd_number(cmd, "--runs", 3),
		.turns = cmd_number(cmd, "-n", 0),
		.wanted_ns = cmd_number(cmd, "-s", 1) * UINT64_C(1000000000),
		.think_ns = cmd_number(cmd, "--think", 1000) * 1000,
		.config.switch_interval_ns = cmd_number(cmd, "-i", 5000) * 1000,
	};
	const struct mode *mode = modes;
	int ret;

	while (strcmp(mode->name, name))
		mode++;
	ret = check_options(&w, mode);
	if (ret)
		return ret;
	ret = pymm_policy_from_name(cmd_text(cmd, "--policy", "cpython"), &w.config.policy);
	if (ret)
		return cmd_fail_errno(cmd, ret, "--policy");
	cmd_catch_signals();
	return mode->run(&w);
}
