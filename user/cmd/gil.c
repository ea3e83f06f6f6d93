// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm gil { show | set }: the GIL of another process's arena, and who waits there for whom.
 */
#include <errno.h>

#include "../lib/policies.h"
#include "gil.h"
#include "target.h"
#include "trace_hist.h"

static const char *const policies[] = { POLICY_NAMES, NULL };

const char *gil_policy_text(uint32_t policy, char text[GIL_POLICY_LEN])
{
	const char *name = pymm_policy_name(policy);

	if (name)
		snprintf(text, GIL_POLICY_LEN, "%s", name);
	else
		snprintf(text, GIL_POLICY_LEN, "policy_%u", policy);
	return text;
}

/* What the options ask for. */
static int parse(struct cmd *cmd, struct pymm_config *config)
{
	const char *policy = cmd_text(cmd, "--policy", NULL);
	uint64_t us = cmd_number(cmd, "-i", 0);

	if (!policy && !us)
		return cmd_misused(cmd, "gil set: nothing is to be set: give --policy or -i");
	/* It is one of those that the option may have. */
	if (policy && !pymm_policy_from_name(policy, &config->policy))
		config->fields |= PYMM_CONFIG_POLICY;
	if (us)
		config->fields |= PYMM_CONFIG_SWITCH_INTERVAL;
	config->switch_interval_ns = us * 1000;
	return CMD_OK;
}

static int configure(struct cmd *cmd, const struct target *target, struct pymm_config *config)
{
	int ret = pymm_arena_config(target->arena, config);

	if (ret == -EOPNOTSUPP)
		return cmd_fail(cmd, "arena %u: this kernel's pymm does not know the policy '%s': 'pymm feature' lists those it knows",
				target->id, cmd_text(cmd, "--policy", ""));
	return ret ? cmd_fail_errno(cmd, ret, "arena %u", target->id) : CMD_OK;
}

static int set(struct cmd *cmd)
{
	char policy[GIL_POLICY_LEN], interval[TIME_TEXT_LEN];
	struct pymm_config config = { 0 };
	struct target target;
	int ret = parse(cmd, &config);

	if (!ret)
		ret = target_open(cmd, PYMM_RIGHT_CONFIG, &target);
	if (ret)
		return ret;
	ret = configure(cmd, &target, &config);
	target_close(&target);
	if (ret)
		return ret;
	gil_policy_text(config.policy, policy);
	if (!cmd->json) {
		printf("policy %s, switch interval %s\n", policy,
		       time_text(interval, config.switch_interval_ns));
		return CMD_OK;
	}
	target_json(cmd->json, &target);
	json_add_string(cmd->json, "policy", policy);
	json_add_uint(cmd->json, "switch_interval_ns", config.switch_interval_ns);
	return CMD_OK;
}

static const struct cmd_option show_options[] = {
	TARGET_OPTIONS,
	{ 0 },
};

static const struct cmd_option set_options[] = {
	TARGET_OPTIONS,
	{ "--policy", CMD_TEXT, "POLICY", "which waiting thread has the GIL next", 0, 0, policies },
	{ "-i", CMD_NUMBER, "MICROSECONDS", "switch interval", 1, UINT64_C(3600000000), NULL },
	{ 0 },
};

static const struct cmd_command commands[] = {
	{ "show", NULL, "who holds the GIL, who waits for whom, and deadlocks", show_options, 0, 0,
	  gil_show },
	{ "set", NULL, "its policy and its switch interval", set_options, 0, 0, set },
	{ 0 },
};

const struct cmd_object cmd_gil = {
	.name = "gil",
	.summary = "the GIL of another process's arena, and its locks",
	.commands = commands,
	.bare = true,
};
