// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "cmd.h"

static int show(struct cmd *cmd)
{
	if (cmd->json) {
		json_open_object(cmd->json, NULL);
		json_add_string(cmd->json, "version", PYMM_VERSION);
		json_add_uint(cmd->json, "abi_version", PYMM_ABI_VERSION);
		return CMD_OK;
	}
	printf("pymm %s, ABI %d\n", PYMM_VERSION, PYMM_ABI_VERSION);
	return CMD_OK;
}

static const struct cmd_command commands[] = {
	{ .name = "show", .summary = "version of this command, and of the ABI it knows",
	  .run = show },
	{ 0 },
};

const struct cmd_object cmd_version = {
	.name = "version",
	.summary = "the version of pymm",
	.commands = commands,
	.bare = true,
};
