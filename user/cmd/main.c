// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm [OPTIONS] OBJECT { COMMAND | help }: finds the command and runs it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "util.h"

/* In the order in which help shows them. */
static const struct cmd_object *const objects[] = {
	&cmd_demo,
	&cmd_program,
	&cmd_workload,
	&cmd_arena,
	&cmd_gc,
	&cmd_gil,
	&cmd_trace,
	&cmd_bench,
	&cmd_feature,
	&cmd_version,
	NULL,
};

static const struct cmd_object *find_object(const char *name)
{
	for (const struct cmd_object *const *object = objects; *object; object++)
		if (!strcmp((*object)->name, name))
			return *object;
	return NULL;
}

static int unknown_object(struct cmd *cmd, const char *name)
{
	struct cmd_words words = { .nearest = nearest_to(name, strlen(name)) };

	for (const struct cmd_object *const *object = objects; *object; object++)
		cmd_words_add(&words, (*object)->name);
	return cmd_unknown(cmd, &words, NULL, "object");
}

static const struct cmd_command *find_command(const struct cmd_object *object, const char *name)
{
	for (const struct cmd_command *command = object->commands; command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}

/* Takes the word that names the command, which may be left out where the object allows it. */
static int select_command(struct cmd *cmd)
{
	const struct cmd_object *object = cmd->object;
	bool bare = !cmd->argc || (cmd->argv[0][0] == '-' && cmd->argv[0][1]);

	if (bare && object->bare) {
		cmd->command = object->commands;
		return CMD_OK;
	}
	if (bare)
		return cmd_misused(cmd, "%s: which command?", object->name);
	cmd->command = find_command(object, cmd->argv[0]);
	if (!cmd->command)
		return cmd_unknown_command(cmd, cmd->argv[0]);
	cmd->argc--;
	cmd->argv++;
	return CMD_OK;
}

static int run_object(struct cmd *cmd)
{
	int ret;

	cmd->object = find_object(cmd->argv[0]);
	if (!cmd->object)
		return unknown_object(cmd, cmd->argv[0]);
	cmd->argc--;
	cmd->argv++;
	if (cmd->argc && !strcmp(cmd->argv[0], "help"))
		return help_object(cmd);
	ret = select_command(cmd);
	if (ret)
		return ret;
	ret = args_parse(cmd);
	if (ret == ARGS_HELP)
		return help_object(cmd);
	return ret ? ret : cmd->command->run(cmd);
}

/* pymm help [OBJECT] */
static int run_help(struct cmd *cmd)
{
	if (cmd->argc == 1)
		return help_all(cmd, objects);
	cmd->object = find_object(cmd->argv[1]);
	return cmd->object ? help_object(cmd) : unknown_object(cmd, cmd->argv[1]);
}

static int run(struct cmd *cmd)
{
	int ret = args_parse_global(cmd);

	if (ret == ARGS_HELP)
		return help_all(cmd, objects);
	if (ret == ARGS_VERSION)
		return cmd_version.commands->run(cmd);
	if (ret)
		return ret;
	if (!cmd->argc)
		return cmd_misused(cmd, "which object?");
	if (!strcmp(cmd->argv[0], "help"))
		return run_help(cmd);
	return run_object(cmd);
}

int main(int argc, char **argv)
{
	struct cmd cmd = { .argc = argc - 1, .argv = argv + 1 };
	int ret;

	if (argc < 1)
		return CMD_USAGE;
	ret = run(&cmd);
	if (json_flush(cmd.json) && ret == CMD_OK)
		ret = cmd_fail(&cmd, "cannot write JSON");
	json_free(cmd.json);
	if (fflush(stdout) && ret == CMD_OK)
		ret = cmd_fail(&cmd, "cannot write to stdout");
	return ret;
}
