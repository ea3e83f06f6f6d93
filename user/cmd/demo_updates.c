// SPDX-License-Identifier: GPL-2.0-only
/*
 * Updates of a counter.
 */
#include <inttypes.h>

#include "demo_updates.h"
#include "workload_team.h"

/* What one thread takes for its updates; thousands of switch intervals. */
#define UPDATES_NS	UINT64_C(200000000)
/* The shortest interval that there is, for switches at as many places as can be. */
#define INTERVAL_NS	50000

int updates_configure(struct demo *demo, bool check_all)
{
	struct pymm_config config = {
		.fields = PYMM_CONFIG_SWITCH_INTERVAL | PYMM_CONFIG_FLAGS,
		.flags = PYMM_CONFIG_F_GC | (check_all ? PYMM_CONFIG_F_CHECK_ALL : 0),
		.switch_interval_ns = INTERVAL_NS,
	};
	int ret = pymm_arena_config(demo->arena, &config);

	return ret ? cmd_fail_errno(demo->cmd, ret, "cannot configure the arena") : CMD_OK;
}

int updates_reset(struct demo *demo, const char *python)
{
	return demo_run(demo, python, ASM("LOAD_CONST r0, 0") ASM("STORE_GLOBAL r0!, counter"),
			NULL);
}

int updates_counter(struct demo *demo, int64_t *value)
{
	struct demo_output output;
	long long printed;
	int ret = demo_run(demo, "print(counter)",
			   ASM("LOAD_GLOBAL r0, counter") ASM("PRINT r0!, end"), &output);

	if (!ret && sscanf(output.text, "%lld", &printed) != 1)
		return cmd_fail(demo->cmd, "a number was to be printed");
	*value = ret ? 0 : printed;
	return ret;
}

int updates_run(struct demo *demo, const struct loop *loop, bool check_all,
		struct updates *updates)
{
	struct team_member members[UPDATE_THREADS];
	struct pymm_program *program = NULL;
	struct pymm_stat before, after;
	uint64_t turns, wall_ns;
	int ret = updates_configure(demo, check_all);

	if (!ret)
		ret = loop_turns(demo->cmd, demo->thread, loop, UPDATES_NS, &turns);
	if (!ret)
		ret = updates_reset(demo, NULL);
	if (!ret)
		ret = loop_program(demo->cmd, loop, turns, &program);
	if (!ret)
		ret = demo_stat(demo, &before);
	if (!ret)
		ret = team_run(demo->cmd, demo->arena, program, UPDATE_THREADS, members, &wall_ns,
			       NULL);
	pymm_program_free(program);
	if (!ret)
		ret = demo_stat(demo, &after);
	if (!ret)
		ret = updates_counter(demo, &updates->value);
	if (ret)
		return ret;
	updates->expected = (int64_t)turns * UPDATE_THREADS;
	updates->switches = after.gil_switches - before.gil_switches;
	updates->made = after.objects_allocated - before.objects_allocated;
	return CMD_OK;
}

int updates_make_lock(struct demo *demo, const char *python)
{
	return demo_run(demo, python, ASM("LOCK_NEW r0") ASM("STORE_GLOBAL r0!, lock"), NULL);
}

/* The text's order: A reads, B reads, both add, A writes, B writes. */
static int interleave(struct demo *demo, struct pymm_thread *a, struct pymm_thread *b)
{
	int ret = demo_begin(demo, a, UPDATE, 2);

	if (!ret)
		ret = demo_begin(demo, b, UPDATE, 2);
	if (!ret)
		ret = demo_step(demo, a, 1);
	if (!ret)
		ret = demo_step(demo, b, 1);
	if (!ret)
		ret = demo_step(demo, a, 0);
	return ret ? ret : demo_step(demo, b, 0);
}

int updates_interleave(struct demo *demo, int64_t *value)
{
	struct pymm_thread *other;
	int ret = cmd_open_thread(demo->cmd, demo->arena, &other);

	*value = 0;
	if (ret)
		return ret;
	ret = updates_reset(demo, "counter = 0  # then two threads, step by step: counter += 1");
	if (!ret)
		ret = interleave(demo, demo->thread, other);
	pymm_thread_close(other);
	return ret ? ret : updates_counter(demo, value);
}
