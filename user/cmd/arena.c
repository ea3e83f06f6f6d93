// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm arena { show | dump }: arenas of other processes, without running anything in them.
 */
#include <errno.h>
#include <stdlib.h>

#include "arena.h"
#include "dump.h"
#include "target.h"

/* Counts of the records that follow, so that a reader knows whether it has all. */
static void json_head(struct json *json, const struct target *target,
		      const struct pymm_dump_arena *arena)
{
	json_open_object(json, NULL);
	json_add_string(json, "kind", "arena");
	json_add_uint(json, "arena", arena->arena_id);
	json_add_int(json, "pid", target->pid);
	json_add_int(json, "fd", target->fd);
	json_add_uint(json, "objects", arena->nr_objects);
	json_add_uint(json, "names", arena->nr_names);
	json_add_uint(json, "frames", arena->nr_frames);
}

static int write_record(struct json *json, const struct target *target,
			const struct pymm_dump_record *record)
{
	static const char *const kinds[] = {
		[PYMM_DUMP_ARENA] = "arena",
		[PYMM_DUMP_OBJECT] = "object",
		[PYMM_DUMP_NAME] = "name",
		[PYMM_DUMP_FRAME] = "frame",
	};

	if (record->kind >= sizeof(kinds) / sizeof(kinds[0]) || !kinds[record->kind])
		return 0;
	if (record->kind == PYMM_DUMP_ARENA) {
		json_head(json, target, (const void *)record);
	} else {
		json_open_object(json, NULL);
		json_add_string(json, "kind", kinds[record->kind]);
		dump_json(json, record);
	}
	return json_flush(json);
}

static int write_records(struct cmd *cmd, const struct target *target,
			 const struct pymm_snapshot *snapshot)
{
	const struct pymm_dump_record *record = NULL;
	struct json *json = json_new(stdout, cmd->pretty);
	int ret = json ? 0 : -ENOMEM;

	while (!ret && (record = pymm_snapshot_next(snapshot, record)))
		ret = write_record(json, target, record);
	json_free(json);
	return ret;
}

static int dump(struct cmd *cmd)
{
	struct pymm_snapshot *snapshot;
	struct target target;
	int ret = target_open(cmd, PYMM_RIGHT_INSPECT, &target);

	if (ret)
		return ret;
	ret = target_snapshot(cmd, &target, &snapshot);
	target_close(&target);
	if (ret)
		return ret;
	ret = write_records(cmd, &target, snapshot);
	pymm_snapshot_free(snapshot);
	return ret ? cmd_fail_errno(cmd, ret, "cannot write the snapshot") : CMD_OK;
}

static const struct cmd_option options[] = {
	TARGET_OPTIONS,
	{ 0 },
};

static const struct cmd_command commands[] = {
	{ .name = "show", .options = options, .run = arena_show,
	  .summary = "all arenas, or those of a process" },
	{ .name = "dump", .options = options, .run = dump,
	  .summary = "what an arena of a process holds, as lines of JSON" },
	{ 0 },
};

const struct cmd_object cmd_arena = {
	.name = "arena",
	.summary = "arenas of other processes, and what they hold",
	.commands = commands,
};
