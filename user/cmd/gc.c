// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm gc: the collector of another process's arena, as the functions of Python's gc show and set it.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "gc.h"

/* ---- what the kernel says without a program ---- */

static int read_config(struct cmd *cmd, const struct target *target, struct pymm_config *config)
{
	int ret = pymm_arena_config(target->arena, config);

	return ret ? cmd_fail_errno(cmd, ret, "arena %u", target->id) : CMD_OK;
}

static int read_stat(struct cmd *cmd, const struct target *target, struct pymm_stat *stat)
{
	int ret = pymm_arena_stat(target->arena, stat);

	return ret ? cmd_fail_errno(cmd, ret, "cannot read the counters of arena %u", target->id) :
		     CMD_OK;
}

/* All that 'gc stats' shows. */
struct stats {
	struct pymm_stat stat;
	struct pymm_config config;
};

static void json_stats(struct json *json, const struct target *target, const struct stats *stats)
{
	const struct pymm_stat *stat = &stats->stat;

	target_json(json, target);
	json_add_bool(json, "enabled", stats->config.flags & PYMM_CONFIG_F_GC);
	json_open_array(json, "generations");
	for (int i = 0; i < PYMM_GENERATIONS; i++) {
		json_open_object(json, NULL);
		json_add_uint(json, "collections", stat->collections[i]);
		json_add_uint(json, "collected", stat->collected[i]);
		/* Nothing has finalizers any more that would make it so. */
		json_add_uint(json, "uncollectable", 0);
		json_add_uint(json, "tracked", stat->tracked[i]);
		json_add_uint(json, "threshold", stats->config.thresholds[i]);
		json_add_uint(json, "count", stat->counts[i]);
		json_close(json);
	}
	json_close(json);
	json_add_uint(json, "frozen", stat->frozen);
	json_add_uint(json, "gc_ns", stat->gc_ns);
}

static void print_stats(const struct target *target, const struct stats *stats)
{
	const struct pymm_stat *stat = &stats->stat;

	printf("arena %u of process %d: automatic collection is %s\n", target->id,
	       (int)target->pid, stats->config.flags & PYMM_CONFIG_F_GC ? "enabled" : "disabled");
	printf("generation  threshold  count  tracked  collections  collected  uncollectable\n");
	for (int i = 0; i < PYMM_GENERATIONS; i++)
		printf("%10d %10u %6llu %8llu %12llu %10llu %14d\n", i, stats->config.thresholds[i],
		       stat->counts[i], stat->tracked[i], stat->collections[i], stat->collected[i],
		       0);
	printf("frozen: %llu\ntime in collections: %llu ns\n", stat->frozen, stat->gc_ns);
}

static int stats(struct cmd *cmd)
{
	struct stats stats = { 0 };
	struct target target;
	int ret = target_open(cmd, PYMM_RIGHT_INSPECT, &target);

	if (ret)
		return ret;
	ret = read_stat(cmd, &target, &stats.stat);
	if (!ret)
		ret = read_config(cmd, &target, &stats.config);
	target_close(&target);
	if (!ret && cmd->json)
		json_stats(cmd->json, &target, &stats);
	else if (!ret)
		print_stats(&target, &stats);
	return ret;
}

static int show_triple(struct cmd *cmd, const struct target *target, const char *key,
		       const uint64_t numbers[PYMM_GENERATIONS])
{
	if (!cmd->json) {
		printf("%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", numbers[0], numbers[1], numbers[2]);
		return CMD_OK;
	}
	target_json(cmd->json, target);
	json_open_array(cmd->json, key);
	for (int i = 0; i < PYMM_GENERATIONS; i++)
		json_add_uint(cmd->json, NULL, numbers[i]);
	json_close(cmd->json);
	return CMD_OK;
}

static int count(struct cmd *cmd)
{
	struct pymm_stat stat;
	struct target target;
	int ret = target_open(cmd, PYMM_RIGHT_INSPECT, &target);
	uint64_t counts[PYMM_GENERATIONS];

	if (ret)
		return ret;
	ret = read_stat(cmd, &target, &stat);
	target_close(&target);
	if (ret)
		return ret;
	for (int i = 0; i < PYMM_GENERATIONS; i++)
		counts[i] = stat.counts[i];
	return show_triple(cmd, &target, "count", counts);
}

/* ---- what is set ---- */

static int parse_thresholds(struct cmd *cmd, uint32_t thresholds[PYMM_GENERATIONS])
{
	uint64_t number;

	for (int i = 0; i < cmd->argc; i++) {
		if (cmd_parse_number(cmd->argv[i], &number))
			return cmd_misused(cmd, "gc threshold: '%s' is not a whole number",
					   cmd->argv[i]);
		if (number > INT32_MAX)
			return cmd_misused(cmd, "gc threshold: %s is too large: at most %" PRId32,
					   cmd->argv[i], INT32_MAX);
		thresholds[i] = (uint32_t)number;
	}
	return CMD_OK;
}

/* As gc.set_threshold(): those that are not given stay. */
static int set_thresholds(struct cmd *cmd, const struct target *target,
			  const uint32_t given[PYMM_GENERATIONS], struct pymm_config *config)
{
	int ret = read_config(cmd, target, config);

	if (ret || !cmd->argc)
		return ret;
	for (int i = 0; i < cmd->argc; i++)
		config->thresholds[i] = given[i];
	config->fields = PYMM_CONFIG_THRESHOLDS;
	return read_config(cmd, target, config);
}

static int threshold(struct cmd *cmd)
{
	uint32_t given[PYMM_GENERATIONS] = { 0 };
	uint64_t numbers[PYMM_GENERATIONS];
	struct pymm_config config = { 0 };
	struct target target;
	int ret = parse_thresholds(cmd, given);

	if (!ret)
		ret = target_open(cmd, cmd->argc ? PYMM_RIGHT_CONFIG : 0, &target);
	if (ret)
		return ret;
	ret = set_thresholds(cmd, &target, given, &config);
	target_close(&target);
	if (ret)
		return ret;
	for (int i = 0; i < PYMM_GENERATIONS; i++)
		numbers[i] = config.thresholds[i];
	return show_triple(cmd, &target, "threshold", numbers);
}

static int set_enabled(struct cmd *cmd, bool enabled)
{
	struct pymm_config config = { 0 };
	struct target target;
	int ret = target_open(cmd, PYMM_RIGHT_CONFIG, &target);

	if (ret)
		return ret;
	ret = read_config(cmd, &target, &config);
	config.fields = PYMM_CONFIG_FLAGS;
	config.flags &= ~PYMM_CONFIG_F_GC;
	config.flags |= enabled ? PYMM_CONFIG_F_GC : 0;
	if (!ret)
		ret = read_config(cmd, &target, &config);
	target_close(&target);
	if (ret || !cmd->json)
		return ret;
	target_json(cmd->json, &target);
	json_add_bool(cmd->json, "enabled", config.flags & PYMM_CONFIG_F_GC);
	return CMD_OK;
}

static int enable(struct cmd *cmd)
{
	return set_enabled(cmd, true);
}

static int disable(struct cmd *cmd)
{
	return set_enabled(cmd, false);
}

/* ---- what a program of the arena has to do ---- */

/*
 * What was printed is shown also when it failed, with @key NULL: it is
 * printed only once.
 */
static void show_result(struct cmd *cmd, const struct target *target, const char *key,
			int64_t result, const char *output)
{
	if (cmd->json && key) {
		target_json(cmd->json, target);
		json_add_int(cmd->json, key, result);
	}
	if (cmd->json && output && (key || *output))
		json_add_string(cmd->json, "output", output);
	else if (!cmd->json && output)
		printf("%s", output);
	if (!cmd->json && key)
		printf("%s: %" PRId64 "\n", key, result);
}

/*
 * Runs a program, and shows the int that it prints, or with @frozen how many objects are
 * frozen after it: not by itself, as what it has made for itself is frozen as well.
 */
static int run_in_target(struct cmd *cmd, const char *text, bool frozen)
{
	struct pymm_stat stat = { 0 };
	struct target target;
	char *output = NULL;
	int64_t result = 0;
	int ret = target_open(cmd, PYMM_RIGHT_RUN | PYMM_RIGHT_INSPECT, &target);

	if (ret)
		return ret;
	ret = gc_run(cmd, &target, text, frozen ? NULL : &result, &output);
	if (!ret && frozen) {
		ret = read_stat(cmd, &target, &stat);
		result = (int64_t)stat.frozen;
	}
	target_close(&target);
	show_result(cmd, &target, ret ? NULL : frozen ? "frozen" : "collected", result, output);
	free(output);
	return ret;
}

static int collect(struct cmd *cmd)
{
	const char *operand = cmd->argc ? cmd->argv[0] : "2";
	uint64_t generation;
	char text[128];

	if (cmd_parse_number(operand, &generation) || generation >= PYMM_GENERATIONS)
		return cmd_misused(cmd, "gc collect: '%s' is no generation: there are 0, 1, 2",
				   operand);
	snprintf(text, sizeof(text), "GC_COLLECT r0, %u\nPRINT r0, end\nRETURN_VALUE r0!\n",
		 (unsigned int)generation);
	return run_in_target(cmd, text, false);
}

/*
 * The module gc, whatever the program calls so: in a function whose namespace is empty, the
 * name is that of what is built in.
 */
#define GC_CALL(function)                                                                  \
	"MAKE_FUNCTION r0, call\nGET_TYPE r1, r0\nLOAD_ATTR r2, r0!, __code__\n"            \
	"BUILD_MAP r3, ()\nCALL r0, r1!, r2..r3!\nCALL r0, r0!, ()\nRETURN_VALUE r0!\n"      \
	".code call\nLOAD_GLOBAL r0, gc\nLOAD_ATTR r0, r0!, " function "\n"                 \
	"CALL r0, r0!, ()\nRETURN_VALUE r0!\n"

static int freeze(struct cmd *cmd)
{
	return run_in_target(cmd, GC_CALL("freeze"), true);
}

static int unfreeze(struct cmd *cmd)
{
	return run_in_target(cmd, GC_CALL("unfreeze"), true);
}

static const struct cmd_option options[] = {
	TARGET_OPTIONS,
	{ 0 },
};

static const struct cmd_option run_options[] = {
	TARGET_OPTIONS,
	{ "--timeout", CMD_NUMBER, "SECONDS", "give up after so long (10)", 1, 86400, NULL },
	{ 0 },
};

static const struct cmd_command commands[] = {
	{ "stats", NULL, "collections, thresholds and objects of each generation", options, 0, 0,
	  stats },
	{ "count", NULL, "as gc.get_count()", options, 0, 0, count },
	{ "threshold", "[T0 [T1 [T2]]]", "as gc.get_threshold(), after gc.set_threshold()", options,
	  0, PYMM_GENERATIONS, threshold },
	{ "collect", "[GENERATION]", "gc.collect(), of generation 2 and those below it",
	  run_options, 0, 1, collect },
	{ "freeze", NULL, "gc.freeze(): no collection looks at what there is now", run_options, 0,
	  0, freeze },
	{ "unfreeze", NULL, "gc.unfreeze(): collections look at it again", run_options, 0, 0,
	  unfreeze },
	{ "enable", NULL, "gc.enable(): automatic collection", options, 0, 0, enable },
	{ "disable", NULL, "gc.disable()", options, 0, 0, disable },
	{ 0 },
};

const struct cmd_object cmd_gc = {
	.name = "gc",
	.summary = "the collector of another process's arena",
	.commands = commands,
};
